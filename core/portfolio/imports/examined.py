"""The rows of a file as transactions, checked and compared with what is there: pure, without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from core.market.errors import UnknownSymbol
from core.market.instruments import by_symbol, infer
from core.portfolio.errors import BadTransaction
from core.portfolio.imports import identity, trades
from core.portfolio.imports.instruments import Resolved, Resolver
from core.portfolio.imports.model import Draft, Format, Parsed, Row
from core.portfolio.model import OWN, Kind, Position, Transaction

RowState = Literal["new", "duplicate", "attention", "rejected"]
_DEALS = frozenset({Kind.BUY, Kind.SELL, Kind.DIVIDEND})


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One transaction of a file, or the reason why a line gives none.

    Attributes:
        line: of the file (sheet row, record); two rows can come from one line.
        state: "new" is booked, "attention" is booked when a person accepts it (or, where it is `complete`, by the
            command line), "duplicate" and "rejected" never.
        transaction: with canonical symbol and identity; None when it cannot be booked at all.
        instrument: as the broker wrote it.
        account: the name of the account, where the file tells several; `counter` that of a transfer's other side.
        number: what the file itself calls the row; the lots of other rows name it.
    """

    line: int
    state: RowState
    reason: str
    transaction: Transaction | None
    instrument: str = ""
    complete: bool = True
    account: str = ""
    counter: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """An instrument that a person should look at: the broker's words, what they were taken for, and why."""

    text: str
    symbol: str
    name: str
    currency: str
    doubt: str
    fund: bool


@dataclass(frozen=True, slots=True)
class Present:
    """What is in the account already.

    Attributes:
        identities: of the rows of this format.
        deals: (kind, day, symbol, quantity, worth) of trades and dividends that came another way.
        held: symbols with rows in the account: a statement of holdings would count them twice.
    """

    identities: Collection[str] = ()
    deals: Mapping[tuple[object, ...], str] | None = None
    held: Mapping[str, Position] | None = None


def examine(
    parsed: Parsed, chosen: Format, resolver: Resolver, present: Present, currency: str
) -> tuple[tuple[PreviewRow, ...], tuple[Unresolved, ...]]:
    """Every row of a file with what would become of it, and the instruments that were not certain.

    Args:
        currency: of the account, for rows that name none.
    """
    rows, repeated = identity.named(parsed.rows, chosen.name)
    if parsed.currency and parsed.currency != currency:
        rows = tuple(_without_rate(row) for row in rows)  # its rates are against another currency than the account's
    drafts = [row.draft for row in rows if row.draft is not None]
    resolver.prime(what for draft in drafts for what in (draft.instrument, draft.other) if what is not None)
    unresolved: dict[str, Unresolved] = {}
    out: list[PreviewRow] = []
    for place, row in enumerate(rows):
        if row.draft is None:
            state: RowState = "attention" if row.state == "attention" else "rejected"
            out.append(PreviewRow(row.line, state, row.reason, None, complete=False))
            continue
        found = _examined(row, row.draft, resolver, currency, unresolved)
        if found.transaction is not None and found.state != "rejected":
            found = _compared(found, found.transaction, present, repeated.get(place))
        out.append(found)
    return tuple(out), tuple(unresolved.values())


def _without_rate(row: Row) -> Row:
    if row.draft is None or row.draft.transaction.rate is None:
        return row
    return replace(row, draft=replace(row.draft, transaction=replace(row.draft.transaction, rate=None)))


def deals_of(rows: Iterable[Transaction], account_id: int, source: str) -> dict[tuple[object, ...], str]:
    """What came into an account by hand or in other formats: what makes two trades the same -> where it is from."""
    return {
        _deal(row): row.source
        for row in rows
        if row.account_id == account_id and row.source != source and row.kind in _DEALS
    }


def _deal(row: Transaction) -> tuple[object, ...]:
    worth = row.gross
    return (row.kind, row.on, row.symbol, row.quantity, None if worth is None else round(worth, 2))


def _examined(
    row: Row, draft: Draft, resolver: Resolver, currency: str, unresolved: dict[str, Unresolved]
) -> PreviewRow:
    doubts = [row.reason] if row.reason else []
    resolved: list[Resolved | None] = []
    for what in (draft.instrument, draft.other):
        if what is None:
            resolved.append(None)
            continue
        found = resolver(what)
        resolved.append(found)
        if found.own or found.doubt:
            money = draft.transaction.currency or trades.major(what.currency)[0] or currency
            told = Unresolved(what.text, found.symbol, found.name, money, found.doubt, what.kind == "fund")
            unresolved.setdefault(found.symbol or what.text, told)
        if found.doubt:
            doubts.append(found.doubt)
    symbol, other = resolved
    transaction = replace(
        draft.transaction,
        symbol=symbol.symbol if symbol else "",
        other_symbol=other.symbol if other else "",
        isin=draft.transaction.isin,
    )
    if not transaction.currency:
        transaction = replace(transaction, currency=_currency_of(transaction.symbol) or currency)
    shown = draft.instrument.text if draft.instrument is not None else ""
    made = PreviewRow(
        row.line,
        "attention" if doubts else "new",
        "; ".join(doubts),
        transaction,
        shown,
        account=draft.account,
        counter=draft.counter,
        number=draft.number,
    )
    if (symbol is not None and not symbol.symbol) or (other is not None and not other.symbol):
        return replace(made, transaction=None, complete=False)
    try:
        return replace(made, transaction=transaction.checked())
    except BadTransaction as error:
        reason = f"{error.message} {error.remedy}".strip()
        return replace(made, state="rejected", reason=reason, transaction=None, complete=False)


def _compared(row: PreviewRow, transaction: Transaction, present: Present, repeats: int | None) -> PreviewRow:
    if repeats is not None:
        return replace(row, state="duplicate", reason=f"the same row stands on line {repeats}")
    if transaction.external_id in present.identities:
        return replace(row, state="duplicate", reason="it is in the account already")
    if transaction.kind is Kind.OPENING_BALANCE and present.held is not None:
        held = present.held.get(transaction.symbol)
        if held is not None:
            reason = (
                f"{transaction.symbol} is in the account already ({held.quantity:f} units); this would count it twice"
            )
            return replace(row, state="attention", reason=reason, complete=False)
    if present.deals and transaction.kind in _DEALS and (source := present.deals.get(_deal(transaction))) is not None:
        reason = f"the same {transaction.kind.value} is in the account already (source: {source})"
        return replace(row, state="attention", reason=reason, complete=False)
    return row


def _currency_of(symbol: str) -> str:
    if not symbol or symbol.startswith(OWN):
        return ""
    try:
        found = by_symbol(symbol) or infer(symbol)
    except UnknownSymbol:
        return ""
    return trades.major(found.currency)[0]


Content = tuple[object, ...]


def content_of(row: Transaction, account: str, counter: str) -> Content:
    """What makes two rows of exports the same, whatever numbers they bear."""
    numbers: tuple[Decimal | None, ...] = (
        row.quantity,
        row.price,
        row.amount,
        row.fees,
        row.taxes,
        row.rate,
        row.ratio_new,
        row.ratio_old,
        row.cost_share,
    )
    on: date = row.on
    return (
        account.casefold(),
        counter.casefold(),
        row.kind,
        on,
        row.at,
        row.symbol,
        row.other_symbol,
        numbers,
        row.currency,
        row.isin,
        row.note,
        tuple(sorted(row.tags)),
    )


def without_present(rows: Iterable[PreviewRow], present: Counter[Content]) -> tuple[PreviewRow, ...]:
    """Rows of an export, those that are there already marked: as many times as they are there."""
    left = Counter(present)
    out: list[PreviewRow] = []
    for row in rows:
        if row.transaction is not None and row.state in ("new", "attention"):
            content = content_of(row.transaction, row.account, row.counter)
            if left[content] > 0:
                left[content] -= 1
                out.append(replace(row, state="duplicate", reason="it is in the ledger already"))
                continue
        out.append(row)
    return tuple(out)
