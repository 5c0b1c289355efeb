"""DEGIRO: Transactions and Account, in the languages of its countries.

Currencies stand in columns without a title: right of a price or a sum in Transactions, left of a sum in Account. There
is no ticker, only ISIN and name. Trades are read from Transactions alone: Account repeats each of them in several rows.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from core.portfolio.imports import actions, amounts, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import Draft, Format, Home, Parsed, Sheet, Written
from core.portfolio.model import NOTHING, Kind

_DAY: Final = ("date", "datum", "fecha", "data", "dato")
_CLOCK: Final = ("time", "tijd", "uhrzeit", "heure", "ora", "hora", "tid", "zeit")
_NAME: Final = ("product", "produkt", "produit", "prodotto", "producto", "produto")
_ORDER: Final = ("orderid", "ordre", "idordre", "idordine", "iddelaorden", "idorden", "ordernummer")
_TRADES: Final = {
    "date": _DAY,
    "clock": _CLOCK,
    "name": _NAME,
    "isin": ("isin", "codeisin"),
    "exchange": ("referenceexchange", "beurs", "referenzborse", "borse", "bourse", "placeboursiere", "exchange",
                 "borsa", "bolsa", "bolsade", "placederefrence", "borsadiriferimento", "bolsadereferencia"),
    "venue": ("venue", "executionvenue", "uitvoeringsplaats", "ausfuhrungsort", "lieudexecution", "centrodeejecucion",
              "sededes", "sedediesecuzione"),
    "quantity": ("quantity", "aantal", "anzahl", "quantite", "quantita", "cantidad", "numero", "quantidade", "number"),
    "price": ("price", "koers", "kurs", "cours", "prezzo", "quotazione", "precio", "preco", "prix"),
    "local": ("localvalue", "lokalewaarde", "wertinlokalwahrung", "montantdevises", "valorelocale", "valorlocal",
              "controvalorelocale", "valeurlocale"),
    "value": ("value", "valueeur", "waarde", "waardeeur", "wert", "werteur", "montant", "montanteur", "valore", "valor",
              "valoreeur", "valoreur", "valeur", "valeureur"),
    "exchange_rate": ("exchangerate", "wisselkoers", "wechselkurs", "tauxdechange", "tassodicambio", "tipodecambio",
                      "taxadecambio"),
    "fees*": ("transactionandorthird~", "transactioncosts~", "transactionfee~", "transactiekosten~", "gebuhr~",
              "transaktionsgebuhr~", "transaktionskosten~", "fraisdecourtage~", "fraisdetransaction~", "autofx~",
              "costiditransazione~", "costesdetransaccion~", "custosdetransacao~", "commissioniautofx~"),
    "total": ("total", "totaleur", "totaal", "totaaleur", "gesamt", "gesamteur", "gesamtbetrag", "totale", "totaleeur",
              "montanttotal"),
    "order": _ORDER,
}  # fmt: skip
_TRADES_NEED: Final = (
    ("date",),
    ("name",),
    ("isin",),
    ("quantity",),
    ("price",),
    ("local", "value"),
    ("exchange", "venue"),
)

_ACCOUNT: Final = {
    "date": _DAY,
    "clock": _CLOCK,
    "valued": (
        "valuedate",
        "valutadatum",
        "valuta",
        "datedevaleur",
        "datadivaluta",
        "fechavalor",
        "datavalor",
        "datavalore",
    ),
    "name": _NAME,
    "isin": ("isin", "codeisin"),
    "description": ("description", "omschrijving", "beschreibung", "descrizione", "descripcion", "descricao"),
    "fx": ("fx", "borsa", "tipo", "kurs", "mutation"),
    "change": (
        "change",
        "mutatie",
        "anderung",
        "mouvements",
        "mouvement",
        "variazioni",
        "variazione",
        "variacion",
        "mudanca",
    ),
    "balance": ("balance", "saldo", "solde"),
    "order": _ORDER,
}
_ACCOUNT_NEED: Final = (("date",), ("description",), ("change",), ("balance",), ("isin",))

_PHRASES: Final = (
    (r"cash sweep|degiro cash|flatex\s?degiro.*(transfer|overboeking)|overboeking (van|naar)|compte especes", None),
    (r"fx (credit|debit)|valuta (credit|debit|creditering|debitering)|wahrungswechsel|operation de change|"
     r"prelievo cambio|ingreso cambio|retirada cambio|accredito cambio", Kind.TRANSFER_IN),
    (r"dividend\s?(tax|belasting)|dividendensteuer|impots sur divid|ritenuta|retencion|imposto sobre divid|"
     r"withholding|kapitalertragsteuer|quellensteuer", Kind.TAX),
    (r"dividend", Kind.DIVIDEND),
    (r"capital return|kapitaalsuitkering|return of capital|kapitalruckzahlung", Kind.RETURN_OF_CAPITAL),
    (r"transaction fee|transactiekosten|transaktionsgebuhr|courtage et|costi di transazione|"
     r"costes de transaccion|stamp duty|third party", Kind.SPLIT),
    (r"connection|aansluitingskosten|kosten|gebuhr|frais|fee|costi|comision|comissao|adr", Kind.FEE),
    (r"interest|rente|zins|interet|interess|juros", Kind.INTEREST),
    (r"withdrawal|terugstorting|opname|auszahlung|retrait|prelievo|retirada|levantamento", Kind.WITHDRAWAL),
    (r"deposit|storting|einzahlung|versement|deposito|ideal|sofort|ingreso|versamento", Kind.DEPOSIT),
)  # fmt: skip
_DEAL: Final = re.compile(
    r"^(buy|sell|koop|verkoop|kauf|verkauf|achat|vente|acquisto|vendita|compra|venta|venda)\s+[\d.,]+"
)
_CODE: Final = re.compile(r"[A-Z]{3}")


def _home(header: table.Header) -> Home:
    """English files write 1,234.50, all others 1.234,50."""
    english = table.word(header.titles[header.places["date"][0]]) == "date" and "product" in {
        table.word(title) for title in header.titles
    }
    return Home("day first", "Europe/Amsterdam", "EUR", comma=not english, market="")


def _detect(sheet: Sheet) -> float:
    return table.recognised(sheet, _TRADES, _TRADES_NEED)


def _parse(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _TRADES, _TRADES_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of DEGIRO transactions.", "Download Transactions as CSV.")
    home = _home(header)
    roles = ("quantity", "price", "local", "value", "exchange_rate", "fees", "total")
    told = (table.most_common_code(sheet, header, role, beside=True) for role in ("total", "fees", "value"))
    base = next((code for code in told if code), "EUR")
    parsed = table.read(sheet, header, home, lambda r: _trade(r, home, base), number_roles=roles, clock="clock")
    return replace(parsed, currency=base)


def _trade(record: table.Record, home: Home, base: str) -> Draft:
    quantity, price = record.needed("quantity"), record.needed("price")
    written = record.after("price") if _CODE.fullmatch(record.after("price")) else record.after("local")
    if not _CODE.fullmatch(written):
        raise Rejected("the currency of the price is not told")
    currency, (price_major, local) = trades.major(written, price, record.number("local"))
    exchange, fees = record.number("exchange_rate"), record.total("fees")
    if currency == base:
        rate = None
    else:
        pence = Decimal(100) if price_major != price else Decimal(1)
        per_base = _per_base(record, local, exchange, pence)
        rate = trades.inverse(per_base)
        fees = round(fees * per_base, 6).normalize() if per_base else fees
    what = Written("", record.text("isin"), record.text("exchange"), record.text("name"), written)
    if price == 0:
        raise NeedsHand(f"{record.text('name')}: units at no price; add the split, spin-off or rights issue by hand")
    draft = trades.trade(
        Kind.BUY if quantity > 0 else Kind.SELL,
        quantity,
        price_major,
        record.day(),
        what,
        home,
        amount=local,
        fees=fees,
        currency=currency,
        rate=rate,
        order=record.text("order"),
    )
    if currency != base and rate is None:
        return replace(draft, doubt=f"no rate between {currency} and {base} is told; the fees are taken as {currency}")
    return draft


def _per_base(record: table.Record, local: Decimal | None, exchange: Decimal | None, pence: Decimal) -> Decimal | None:
    """Units of the price's currency for one of the account's: told, or what the two values say."""
    if exchange:
        return exchange / pence if exchange > pence else exchange
    value = record.number("value")
    return abs(local / value) if local and value else None


def _detect_account(sheet: Sheet) -> float:
    return table.recognised(sheet, _ACCOUNT, _ACCOUNT_NEED)


def _parse_account(sheet: Sheet) -> Parsed:
    header = table.find_header(sheet, _ACCOUNT, _ACCOUNT_NEED)
    if header is None:
        raise BadImport(sheet.name, "it has no columns of a DEGIRO account statement.", "Download Account as CSV.")
    home = _home(header)
    places = header.places["change"]
    sums = [[cell for p in (places[0], places[0] + 1) if p < len(row) and (cell := row[p])] for row in sheet.rows]
    comma = amounts.decimal_comma(sums, sheet.separator, home=home.comma)
    return table.read(sheet, header, home, lambda r: _moved(r, comma), clock="clock")


def _moved(record: table.Record, comma: bool) -> Draft:
    currency, written = record.text("change"), record.after("change")
    if not _CODE.fullmatch(currency):
        currency, written = written, currency
    if not currency and not written:
        raise NotARow
    words = actions.plain(record.text("description"))
    if _DEAL.match(words) or " @ " in record.text("description"):
        raise Rejected("a trade; trades are read from the file of transactions, where their fees and rates stand too")
    try:
        amount = amounts.parse(written, comma=comma)
    except ValueError:
        raise Rejected(f"the amount “{written[:30]}” is not a number") from None
    phrase = next((each for each in _PHRASES if re.search(each[0], words)), ("", Kind.ADJUSTMENT))
    if phrase[1] is None:
        raise NotARow
    if phrase[1] is Kind.SPLIT:
        raise Rejected("a fee of a trade; it is read from the file of transactions")
    if phrase[1] is Kind.ADJUSTMENT:
        raise NeedsHand(f"“{record.text('description')[:50]}” is not known; add it by hand where it matters")
    if not amount:
        raise Rejected("the amount is zero" if amount is not None else "the amount is missing")
    when = record.day()
    code, (size,) = trades.major(currency, amount)
    what = Written("", record.text("isin"), "", record.text("name"), currency) if record.text("isin") else None
    note = record.text("description")
    return trades.signed_cash(phrase[1], size or NOTHING, when, code, instrument=what, note=note)


FORMATS: Final = (
    Format(
        "degiro_transactions",
        "DEGIRO transactions",
        "DEGIRO",
        "DEGIRO, Inbox or Activity, Transactions: export CSV or XLSX.",
        _detect,
        _parse,
        "EUR",
    ),
    Format(
        "degiro_account",
        "DEGIRO account statement",
        "DEGIRO",
        "DEGIRO, Activity, Account: export CSV. Dividends, taxes, fees and payments are in it.",
        _detect_account,
        _parse_account,
        "EUR",
    ),
)
