"""Interactive Brokers: Flex queries, XML with all its sections, or CSV of trades or of cash transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from core.portfolio.imports import ibkr, table, trades
from core.portfolio.imports.errors import BadImport, NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import Draft, Format, Parsed, Row, Sheet, Written
from core.portfolio.imports.table import as_row
from core.portfolio.model import Kind

Get = Callable[[str], str]

_TRADES: Final = {
    "currency": ("currencyprimary", "currency"),
    "symbol": ("symbol",),
    "at": ("datetime",),
    "day": ("tradedate",),
    "quantity": ("quantity",),
    "price": ("tradeprice",),
    "side": ("buysell",),
    "asset": ("assetclass", "assetcategory"),
    "isin": ("isin", "securityid"),
    "name": ("description",),
    "exchange": ("listingexchange", "exchange"),
    "trade": ("tradeid",),
    "transaction": ("transactionid",),
    "execution": ("ibexecid",),
    "fee": ("ibcommission",),
    "fee_currency": ("ibcommissioncurrency",),
    "taxes": ("taxes",),
    "level": ("levelofdetail",),
    "proceeds": ("proceeds",),
    "account": ("clientaccountid", "accountid"),
}
_TRADES_NEED: Final = (
    ("currency",),
    ("symbol",),
    ("at", "day"),
    ("quantity",),
    ("price",),
    ("fee",),
    ("trade", "transaction"),
)
_CASH: Final = {
    "currency": ("currencyprimary", "currency"),
    "at": ("datetime",),
    "day": ("settledate", "reportdate", "date"),
    "amount": ("amount",),
    "kind": ("type",),
    "name": ("description",),
    "symbol": ("symbol",),
    "isin": ("isin", "securityid"),
    "transaction": ("transactionid",),
    "account": ("clientaccountid", "accountid"),
}
_CASH_NEED: Final = (("currency",), ("at", "day"), ("amount",), ("kind",), ("name",), ("account", "transaction"))
_NOT_FILLS: Final = frozenset(
    {"order", "symbol_summary", "asset_summary", "closed_lot", "wash_sale", "lot", "summary", "detail_summary"}
)


def _detect(sheet: Sheet) -> float:
    if sheet.form == "xml":
        return 1.0 if "Flex" in sheet.document.tag else 0.0
    return max(table.recognised(sheet, _TRADES, _TRADES_NEED), table.recognised(sheet, _CASH, _CASH_NEED))


def _parse(sheet: Sheet) -> Parsed:
    if sheet.form == "xml":
        return _statement(sheet)
    for columns, needed, one in ((_TRADES, _TRADES_NEED, _fill), (_CASH, _CASH_NEED, _cash)):
        header = table.find_header(sheet, columns, needed)
        if header is not None:
            return table.read(sheet, header, ibkr.HOME, _by_role(one), date_roles=())
    raise BadImport(
        sheet.name, "it has no columns of a Flex query.", "Choose Trades or Cash Transactions in the query."
    )


def _by_role(one: Callable[[Get], Draft | Sequence[Draft]]) -> Callable[[table.Record], Draft | Sequence[Draft]]:
    return lambda record: one(record.text)


def _what(get: Get) -> Written:
    return Written(get("symbol"), trades.isin_in(get("isin")), get("exchange"), get("name"), get("currency"))


def _fill(get: Get) -> Draft | Sequence[Draft]:
    if get("level").lower() in _NOT_FILLS:
        raise NotARow
    quantity, side = get("quantity"), get("side").upper()
    if side.startswith("SELL") and not quantity.startswith("-"):
        quantity = f"-{quantity}"
    number = get("trade") or get("execution") or get("transaction")
    return ibkr.execution(
        category=get("asset"),
        currency=get("currency"),
        what=_what(get),
        at=get("at") or get("day"),
        quantity=quantity,
        price=get("price"),
        fees=get("fee"),
        fee_currency=get("fee_currency"),
        taxes=get("taxes"),
        key=f"{get('account')}:{number}" if number else "",
        proceeds=get("proceeds"),
    )


def _cash(get: Get) -> Draft:
    if get("level").lower() == "summary":
        raise NotARow
    number = get("transaction")
    return ibkr.cash_row(
        get("kind"),
        get("amount"),
        get("currency"),
        get("at") or get("day"),
        get("name"),
        _what(get) if get("symbol") else None,
        f"{get('account')}:cash:{number}" if number else "",
    )


def _action(get: Get) -> Draft:
    number = get("transaction")
    return ibkr.corporate_action(
        description=get("description"),
        quantity=get("quantity"),
        currency=get("currency"),
        at=get("at") or get("day"),
        proceeds=get("proceeds"),
        key=f"{get('account')}:action:{number}" if number else "",
        what=_what(get),
    )


def _transfer(get: Get) -> Draft:
    if get("asset").upper() not in ("STK", "FUND", "ETF", "CRYPTO", ""):
        raise Rejected("a transfer of cash or of a derivative; cash is among the cash transactions")
    units = ibkr.number(get("quantity"), "quantity")
    if not units:
        raise NotARow
    came = Kind.TRANSFER_IN if get("direction").upper() == "IN" or units > 0 else Kind.TRANSFER_OUT
    day, number = ibkr.when(get("at") or get("day")), get("transaction")
    key = f"{get('account')}:transfer:{number}" if number else ""
    return trades.units(came, units, day, _what(get), get("currency"), key=key, note=get("name"))


_SECTIONS: Final[dict[str, tuple[str, Callable[[Get], Any]]]] = {
    "Trades": ("Trade", _fill),
    "CashTransactions": ("CashTransaction", _cash),
    "CorporateActions": ("CorporateAction", _action),
    "Transfers": ("Transfer", _transfer),
}
_ATTRIBUTES: Final = {
    "at": "dateTime",
    "day": "tradeDate",
    "price": "tradePrice",
    "side": "buySell",
    "asset": "assetCategory",
    "name": "description",
    "exchange": "listingExchange",
    "trade": "tradeID",
    "transaction": "transactionID",
    "execution": "ibExecID",
    "fee": "ibCommission",
    "fee_currency": "ibCommissionCurrency",
    "level": "levelOfDetail",
    "account": "accountId",
    "kind": "type",
}


def _statement(sheet: Sheet) -> Parsed:
    """All sections of all statements; the number of an element is its line."""
    rows: list[Row] = []
    skipped = 0
    number = 0
    for section, element in _elements(sheet.document):
        number += 1
        try:
            drafts = _with_rate(_SECTIONS[section][1](_getter(element.attrib)), element.get("fxRateToBase", ""))
        except NotARow:
            skipped += 1
        except NeedsHand as error:
            rows.append(Row(number, "attention", str(error)))
        except Rejected as error:
            rows.append(Row(number, "rejected", str(error)))
        else:
            rows += [as_row(number, draft) for draft in drafts]
    if not number:
        wanted = "Add the sections Trades and Cash Transactions to the query, and run it again."
        raise BadImport(sheet.name, "the Flex statement holds neither trades nor cash transactions.", wanted)
    bases = {one.get("currency", "") for one in sheet.document.iter("AccountInformation")}
    base = bases.pop() if len(bases) == 1 else ""
    return Parsed(tuple(_rated(row, base) for row in rows), skipped, sheet.notes, base)


def _with_rate(drafts: Draft | Sequence[Draft], written: str) -> list[Draft]:
    """The rows with the statement's rate to the account's base currency."""
    rate = ibkr.number(written, "rate to base")
    several = [drafts] if isinstance(drafts, Draft) else list(drafts)
    if not rate or rate < 0 or len(several) > 1:  # the sides of a conversion are in two currencies
        return several
    return [replace(one, transaction=replace(one.transaction, rate=rate)) for one in several]


def _rated(row: Row, base: str) -> Row:
    """A row without the rate to the base currency, where the statement does not say which currency that is."""
    if row.draft is None or row.draft.transaction.rate is None:
        return row
    if base and row.draft.transaction.currency != base:
        return row
    return replace(row, draft=replace(row.draft, transaction=replace(row.draft.transaction, rate=None)))


def _elements(root: Any) -> Iterator[tuple[str, Any]]:
    for section, (tag, _) in _SECTIONS.items():
        for parent in root.iter(section):
            found = parent.findall(tag)
            yield from ((section, element) for element in found)


def _getter(attributes: dict[str, str]) -> Get:
    def get(role: str) -> str:
        found = attributes.get(_ATTRIBUTES.get(role, role), "").strip()
        if not found and role == "day":
            found = attributes.get("reportDate", "") or attributes.get("settleDate", "") or attributes.get("date", "")
        return found

    return get


FORMATS: Final = (
    Format(
        "ibkr_flex",
        "Interactive Brokers Flex query",
        "Interactive Brokers",
        "Client Portal, Performance & Reports, Flex Queries: Trades and Cash Transactions, as XML or CSV.",
        _detect,
        _parse,
        "USD",
    ),
)
