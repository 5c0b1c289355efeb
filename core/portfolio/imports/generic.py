"""Any table of transactions or holdings: columns guessed by their titles and by what stands in them, or mapped.

A mapping is role -> title of a column. It is remembered under the signature of the titles, so the same kind of file
asks once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from core.portfolio.imports import actions, amounts, days, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import ANYWHERE, Draft, Format, Parsed, Sheet, Written
from core.portfolio.model import NOTHING, Kind

ROLES: Final = {
    "date": "Trade date",
    "time": "Time of day",
    "kind": "What happened (buy, sell, dividend, ...)",
    "symbol": "Symbol",
    "isin": "ISIN",
    "name": "Name",
    "exchange": "Exchange",
    "quantity": "Quantity (a minus sells)",
    "price": "Price of one unit",
    "amount": "Amount",
    "fees": "Fees",
    "taxes": "Taxes",
    "currency": "Currency",
    "rate": "Exchange rate",
    "id": "Number of the trade",
    "order": "Number of the order",
    "status": "Status of the order",
    "note": "Note",
}
"""What a column can be, for the page where a person maps them."""

COLUMNS: Final = {
    "date*": ("tradedate", "date", "transactiondate", "dateoftransaction", "executiondate", "dealdate", "orderdate",
             "executedat", "executiontime", "datetime", "dateandtime", "activitydate", "when", "timestamp", "day",
             "datedoperation", "dateoperation", "datum", "fecha", "data", "buchungstag", "boughton", "purchasedate",
              "rundate", "tradedt", "txndate", "trddate", "transdate", "settlementdate", "valuedate"),
    "clock": ("time", "tradetime", "executiontimeist", "heure", "uhrzeit"),
    "kind": ("type", "transactiontype", "tradetype", "activitytype", "action", "side", "buysell", "kind", "activity",
             "operation", "transaction", "ordertype", "bs", "typ", "art", "tipo", "event", "transcode", "direction"),
    "symbol": ("symbol", "ticker", "scrip", "tradingsymbol", "instrument", "stocksymbol", "code", "scripcode", "asset",
               "stockcode", "security", "nsesymbol", "nsecode", "coin", "scripname"),
    "isin": ("isin", "isincode", "isinno", "isinnumber"),
    "name": ("name", "companyname", "company", "stockname", "securityname", "description", "libelle", "bezeichnung",
             "stock", "product", "produkt", "schemename", "fundname"),
    "exchange": ("exchange", "exch", "market", "venue", "listingexchange"),
    "quantity": ("quantity", "qty", "units", "shares", "noofshares", "tradedquantity", "quantite", "stuck", "anzahl",
                 "numberofshares", "volume", "filledquantity", "executedqty", "nominal", "totalqty"),
    "price": ("price", "unitprice", "rate", "tradeprice", "averageprice", "avgprice", "pricepershare", "pershare",
              "pershareprice", "persharecost", "nav", "cours", "kurs", "executionprice", "marketrate", "buyprice",
              "costprice", "avgcost", "averagecost", "netrate", "costbasispershare", "priceperunit", "costpershare",
              "averagebuyprice", "avgbuyprice"),
    "amount": ("amount", "value", "total", "netamount", "settleamountnet", "totalamount", "consideration", "tradevalue",
               "montant", "betrag", "totalvalue", "net", "gross", "grossamount", "netvalue", "proceeds", "cost"),
    "fees*": ("fee", "fees", "commission", "brokerage", "charges", "frais", "gebuhr", "gebuhren", "totalcharges",
              "transactioncharges", "commissions", "comm", "feesandcomm", "feescomm"),
    "taxes*": ("tax", "taxes", "stt", "gst", "stampduty", "withholdingtax", "taxwithheld", "tds", "steuer"),
    "currency": ("currency", "ccy", "devise", "wahrung", "tradecurrency", "pricecurrency", "moneda", "valuta", "cur"),
    "id": ("tradeid", "transactionid", "id", "tradeno", "tradenumber", "executionid", "fillid", "tradenum", "txnid",
           "referenceno", "refno", "dealid"),
    "order": ("orderid", "orderno", "ordernumber", "exchangeorderid"),
    "status": ("status", "orderstatus"),
    "note": ("note", "notes", "comment", "remarks", "comments", "narration"),
    "segment": ("segment",),
    "instrument_type": ("instrumenttype", "optiontype"),
    "strike": ("strikeprice", "strike"),
    "expiry": ("expirydate", "expiry"),
    "subtype": ("subtype",),
    "cost_value*": ("currentvalue", "marketvalue", "lasttradedprice", "ltp", "currentprice", "closingprice", "curval"),
}  # fmt: skip
_SOMETHING: Final = (("symbol", "isin", "name"), ("quantity", "amount"))
_TRADES: Final = (*_SOMETHING, ("date",), ("price", "amount"))
_NUMBERS: Final = ("quantity", "price", "amount", "fees", "taxes", "rate")
_DATE_SHAPE: Final = re.compile(
    r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/., ]+\d{2,4}|\d{8}\b)"
)
_RATIO: Final = re.compile(r"(\d+(?:\.\d+)?)[-\s]*(?::|for|/|to)[-\s]*(\d+(?:\.\d+)?)", re.IGNORECASE)
_RATIOS: Final = frozenset({Kind.SPLIT, Kind.BONUS, Kind.RIGHTS, Kind.SPIN_OFF, Kind.MERGER, Kind.SYMBOL_CHANGE})
_CASH_KINDS: Final = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL})


@dataclass(frozen=True, slots=True)
class Guess:
    """What the columns of a table seem to be.

    Attributes:
        header: with the roles that were found.
        missing: words for what no column was found for; the person has to say. Empty when the table can be read.
        holdings: the table lists what is held, not what happened.
    """

    header: table.Header
    missing: tuple[str, ...]
    holdings: bool


def guess(sheet: Sheet, mapping: Mapping[str, str] | None = None) -> Guess | None:
    """The header and roles of any table; a person's `mapping` (role -> title) goes before what the titles say.

    None when no row looks like a header at all.
    """
    if sheet.form != "table":
        return None
    header = table.find_header(sheet, COLUMNS, _SOMETHING) or table.find_header(sheet, COLUMNS, ()) or _first(sheet)
    if header is None:
        return None
    places = dict(header.places)
    if mapping:
        titles = {title: place for place, title in reversed(list(enumerate(header.titles))) if title}
        told = {role: (titles[title],) for role, title in mapping.items() if role in ROLES and title in titles}
        taken = {place for each in told.values() for place in each}
        places = {role: left for role, each in places.items() if (left := tuple(p for p in each if p not in taken))}
        places |= {"clock" if role == "time" else role: each for role, each in told.items()}
    _by_shape(sheet, header.row, places)
    header = replace(header, places=places)
    holdings = "kind" not in places and ("date" not in places or header.has("quantity", "cost_value"))
    missing = [
        words
        for words, roles in (
            ("the symbol, ISIN or name", ("symbol", "isin", "name")),
            ("the quantity or amount", ("quantity", "amount")),
            ("the price or amount", ("price", "amount")),
        )
        if not any(role in places for role in roles)
    ]
    if not holdings and "date" not in places:
        missing.append("the date")
    if not holdings and "kind" not in places and not _signed(sheet, header):
        missing.append("what happened (buy or sell)")
    if holdings and "price" not in places:
        missing.append("the average price")
    return Guess(header, tuple(dict.fromkeys(missing)), holdings)


def signature(titles: Sequence[str]) -> str:
    """What a mapping is remembered by: the titles' bare words, in order, as 32 hex digits."""
    return hashlib.sha256("|".join(table.word(title) for title in titles).encode()).hexdigest()[:32]


def detect(sheet: Sheet) -> float:
    """Below every format of a broker: 0.3 for a table of transactions, 0.2 for holdings."""
    found = guess(sheet)
    if found is None or found.missing:
        return 0.0
    return 0.2 if found.holdings else 0.3


def parse(sheet: Sheet, mapping: Mapping[str, str] | None = None) -> Parsed:
    """The rows, by guessed or mapped columns.

    Raises:
        BadImport: some column is missing that a person has to point to.
    """
    found = guess(sheet, mapping)
    if found is None:
        raise BadImport(sheet.name, "no header of a table was found in it.", "Give it one: date, type, symbol, ...")
    if found.missing:
        titles = ", ".join(f"“{title[:30]}”" for title in found.header.titles if title)[:300]
        raise BadImport(
            sheet.name,
            f"no column was recognised for {', '.join(found.missing)} among {titles}.",
            "Say on the page Imports which column is which, or rename it (date, type, symbol, quantity, price).",
        )
    home = ANYWHERE
    if found.holdings:
        on = trades.stated_day(sheet, home)
        return table.read(
            sheet, found.header, home, lambda r: _holding(r, on), date_roles=("date",), number_roles=_NUMBERS
        )
    return table.read(sheet, found.header, home, _row, number_roles=_NUMBERS, clock="clock")


def _first(sheet: Sheet) -> table.Header | None:
    """The first row with three titles or more that are no numbers, when no title is known."""
    for place, row in enumerate(sheet.rows[: table.HEADER_WITHIN]):
        filled = [cell for cell in row if cell]
        if len(filled) >= 3 and not any(re.fullmatch(r"[-+₹$€£\d.,/:%() ]+", cell) for cell in filled):
            return table.Header(place, row, {})
    return None


def _by_shape(sheet: Sheet, header_row: int, places: dict[str, tuple[int, ...]]) -> None:
    """Roles by what stands in a column: ISINs, sides and dates look like nothing else."""
    body = sheet.rows[header_row + 1 : header_row + 200]
    taken = {place for each in places.values() for place in each}
    for place in range(max((len(row) for row in body), default=0)):
        cells = [row[place] for row in body if place < len(row) and row[place]]
        if not cells:
            continue
        most = 0.5 * len(cells)
        isins = sum(1 for cell in cells if trades.isin_in(cell))
        if isins > most and ("isin" not in places or places["isin"] == (place,)):
            for role in [role for role, each in places.items() if each == (place,)]:
                del places[role]
            places["isin"] = (place,)
        elif place in taken:
            continue
        elif "kind" not in places and sum(1 for cell in cells if actions.kind_of(cell)) > most:
            places["kind"] = (place,)
        elif "date" not in places and sum(1 for cell in cells if _DATE_SHAPE.match(cell)) > most:
            places["date"] = (place,)


def _signed(sheet: Sheet, header: table.Header) -> bool:
    """Whether some quantity is negative: then its sign tells sales from purchases."""
    places = header.places.get("quantity", ())
    return any(
        place < len(row) and row[place].lstrip().startswith(("-", "(", "−"))
        for row in sheet.rows[header.row + 1 :]
        for place in places[:1]
    )


def _currency(record: table.Record, what: Written) -> str:
    told = record.text("currency").strip()
    if told:
        if not re.fullmatch(r"[A-Za-z]{3,5}", told):
            raise Rejected(f"“{told[:20]}” is no currency")
        return told if told in ("GBp", "ZAc") else told.upper()
    text = f"{record.text('price')} {record.text('amount')}"
    for mark, code in (("₹", "INR"), ("Rs", "INR"), ("€", "EUR"), ("£", "GBP"), ("$", "USD")):
        if mark in text:
            return code
    if what.exchange.upper() in ("NSE", "BSE") or what.isin.startswith("INE") or what.symbol.endswith((".NS", ".BO")):
        return "INR"
    return ""


def _what(record: table.Record) -> Written:
    symbol = record.text("symbol")
    isin = record.text("isin") or trades.isin_in(symbol)
    asset = actions.plain(record.text("instrument_type"))
    kind = "crypto" if asset in ("crypto", "cryptocurrency") else ""
    return Written(symbol, isin, record.text("exchange"), record.text("name"), record.text("currency"), "", kind)


def _row(record: table.Record) -> Draft | tuple[Draft, ...]:
    written = record.text("kind")
    what = _what(record)
    trades.refuse_derivative(record, what.text)
    trades.refuse_unexecuted(record)
    words = actions.plain(written)
    kind = actions.kind_of(written) or actions.side_of(written)
    if kind in _RATIOS:
        return _corporate(record, kind, what)
    quantity, price, amount = record.number("quantity"), record.number("price"), record.number("amount")
    if not written and quantity is not None and not record.knows("kind"):
        kind = Kind.SELL if quantity < 0 else Kind.BUY
    if kind is None and words not in actions.REINVEST:
        raise Rejected(
            f"“{written[:40]}” is no kind of transaction that is known" if written else "the type is missing"
        )
    when = record.day()
    currency = _currency(record, what)
    currency, (price, amount) = trades.major(currency, price, amount)
    key, note = record.text("id"), record.text("note")
    fees, taxes, rate = record.total("fees"), record.total("taxes"), record.number("rate")
    rate = rate if rate and rate > 0 else None
    home = replace(ANYWHERE, currency=currency)
    reinvested = words in actions.REINVEST or (kind is Kind.DIVIDEND and record.text("subtype").upper() == "DRIP")
    if kind in (Kind.BUY, Kind.SELL) or reinvested:
        side = Kind.BUY if reinvested else kind
        assert side is not None
        if not quantity:
            raise Rejected("the quantity is zero" if quantity is not None else "the quantity is missing")
        gross = _gross(side, quantity, price, amount, fees)
        bought = trades.trade(
            side,
            quantity,
            price,
            when,
            what,
            home,
            amount=gross,
            fees=fees,
            taxes=taxes,
            rate=rate,
            key=f"{key}:units" if key and reinvested else key,
            order=record.text("order"),
            note=note,
        )
        if not reinvested:
            return bought
        worth = amount or (price or NOTHING) * abs(quantity)
        income = trades.cash(Kind.DIVIDEND, worth, when, currency, instrument=what, key=key, note=note, rate=rate)
        return income, bought
    assert kind is not None
    return _other(record, kind, when, what, quantity, price, amount, currency, key, note, rate)


def _corporate(record: table.Record, kind: Kind, what: Written) -> Draft:
    """A split or bonus by its ratio ("10:1", "3-for-1"), wherever in the row it stands."""
    named = kind.value.replace("_", " ")
    if kind not in (Kind.SPLIT, Kind.BONUS) or not what.text:
        raise NeedsHand(f"a {named}: add it by hand, with what came out of it")
    told = " ".join(record.text(role) for role in ("amount", "price", "note", "rate"))
    ratio = _RATIO.search(told) or _RATIO.search(" ".join(cell for cell in record.cells if not _DATE_SHAPE.match(cell)))
    currency = _currency(record, what) or "USD"
    if ratio is not None and Decimal(ratio[1]) > 0 and Decimal(ratio[2]) > 0:
        pair = (Decimal(ratio[1]), Decimal(ratio[2]))
        return trades.units(
            kind, NOTHING, record.day(), what, currency, ratio=pair, key=record.text("id"), note=record.text("note")
        )
    if kind is Kind.BONUS and (quantity := record.number("quantity")):
        return trades.units(
            kind, quantity, record.day(), what, currency, key=record.text("id"), note=record.text("note")
        )
    raise NeedsHand(f"a {named} without its ratio; add it by hand (how many new for how many old)")


def _gross(
    side: Kind, quantity: Decimal, price: Decimal | None, amount: Decimal | None, fees: Decimal
) -> Decimal | None:
    """The amount before fees, whichever the file tells: a net one lies as far from quantity x price as the fees are."""
    if not amount:
        return None
    size = abs(amount)
    if not price or not fees:
        return size if not price else _unless_equal(size, abs(quantity) * price)
    worth = abs(quantity) * price
    net = size - fees if side is Kind.BUY else size + fees
    return _unless_equal(net if abs(net - worth) < abs(size - worth) else size, worth)


def _unless_equal(amount: Decimal, worth: Decimal) -> Decimal | None:
    return None if amount == worth else amount


def _other(
    record: table.Record,
    kind: Kind,
    when: days.Day,
    what: Written,
    quantity: Decimal | None,
    price: Decimal | None,
    amount: Decimal | None,
    currency: str,
    key: str,
    note: str,
    rate: Decimal | None,
) -> Draft:
    """Everything that is no trade."""
    of = what if what.text and what.text.upper() not in ("$CASH", "CASH") else None
    fees, taxes = record.total("fees"), record.total("taxes")
    if kind in (Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.OPENING_BALANCE) and of is not None and quantity:
        return trades.units(kind, quantity, when, of, currency, price=price, key=key, note=note)
    worth = amount
    if worth is None and quantity is not None and price is not None:
        worth = quantity * price
    if worth is None or worth == 0:
        worth = fees if kind is Kind.FEE and fees else taxes if kind is Kind.TAX and taxes else worth
    if worth is None:
        raise Rejected("the amount is missing")
    if not currency:
        raise Rejected("the currency is not told")
    if kind is Kind.ADJUSTMENT:
        raise NeedsHand("an adjustment: add it by hand, with what it changes")
    if kind in (Kind.DIVIDEND, Kind.RETURN_OF_CAPITAL) and of is None:
        raise Rejected("the share that paid it is not told")
    return trades.cash(
        kind,
        worth,
        when,
        currency,
        instrument=None if kind in _CASH_KINDS else of,
        key=key,
        note=note or record.text("name")[:200] if of is None else note,
        taxes=taxes if kind is not Kind.TAX else NOTHING,
        rate=rate,
    )


def _holding(record: table.Record, on: date | None) -> Draft:
    what = _what(record)
    trades.refuse_derivative(record, what.text)
    currency = _currency(record, what)
    quantity = record.needed("quantity")
    day = record.maybe_day("date")
    if what.symbol.upper() in ("$CASH", "CASH"):
        raise NeedsHand(f"{amounts.plain(quantity)} {currency} of cash: add it as a deposit or an opening balance")
    if not what.text:
        raise NotARow
    stated = day.on if day is not None else on
    code, (price,) = trades.major(currency, record.number("price"))
    return trades.holding(quantity, price, stated or trades.today(ANYWHERE), what, code)


FORMATS: Final = (
    Format(
        "generic",
        "A table of any broker",
        "",
        "CSV or XLSX with a header: date, type, symbol, quantity, price, fees, currency.",
        detect,
        parse,
    ),
)
