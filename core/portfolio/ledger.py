"""From rows to what is held: a pure function, deterministic whatever the order the rows come in.

Rows take effect by trade date. Within a day: opening balances, then corporate actions (they are of the day's opening),
then what comes in without a time, then rows with a time in its order, then what goes out without a time. So a day's
round trip without times buys before it sells. Rows that agree in all this take effect by number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Context, Decimal, localcontext

from core.portfolio.effects import EFFECTS
from core.portfolio.lots import frozen
from core.portfolio.model import FIFO, Account, Finding, Kind, Ledger, Matching, Position, Transaction
from core.portfolio.trades import plain
from core.portfolio.working import Work

_EXACT = Context(prec=60)
"""Sums and products stay exact; only divisions round, where `core.portfolio.lots` says so."""

_OPENING, _ACTION, _COMES, _TIMED, _GOES = range(5)
_BAND: Mapping[Kind, int] = {
    Kind.OPENING_BALANCE: _OPENING,
    Kind.SPLIT: _ACTION,
    Kind.BONUS: _ACTION,
    Kind.RIGHTS: _ACTION,
    Kind.SPIN_OFF: _ACTION,
    Kind.MERGER: _ACTION,
    Kind.SYMBOL_CHANGE: _ACTION,
    Kind.DEPOSIT: _COMES,
    Kind.TRANSFER_IN: _COMES,
    Kind.BUY: _COMES,
    Kind.DIVIDEND: _COMES,
    Kind.INTEREST: _COMES,
    Kind.RETURN_OF_CAPITAL: _COMES,
    Kind.ADJUSTMENT: _GOES,
    Kind.SELL: _GOES,
    Kind.TRANSFER_OUT: _GOES,
    Kind.FEE: _GOES,
    Kind.TAX: _GOES,
    Kind.WITHDRAWAL: _GOES,
}
_RANK: Mapping[Kind, int] = {kind: rank for rank, kind in enumerate(_BAND)}
_LAST = 2**63
_CASH_KINDS = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL})
_CASH_IF_WITHOUT_SYMBOL = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.OPENING_BALANCE, Kind.ADJUSTMENT})
_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
_TWICE_WITHIN = 10

Order = tuple[date, int, float, int, int]


def order_of(row: Transaction) -> Order:
    """What rows are sorted by; rows without a number come last among their like."""
    number = _LAST if row.id is None else row.id
    if row.at is None:
        return (row.on, _BAND[row.kind], 0.0, _RANK[row.kind], number)
    return (row.on, _TIMED, row.at.timestamp(), _RANK[row.kind], number)


def replay(accounts: Iterable[Account], transactions: Iterable[Transaction], *, matching: Matching = FIFO) -> Ledger:
    """Everything that follows from the rows.

    Nothing in the rows makes this fail: what cannot be is booked as far as it says something, with a `Finding`.

    Raises:
        ValueError: a row is of an account that is not among `accounts`.
    """
    known = {each.id: each for each in accounts}
    rows = sorted(transactions, key=order_of)
    work = Work(known, matching, _cash_kept(rows))
    _apply(work, rows)
    return _ledger(tuple(known.values()), tuple(rows), work, None)


def extend(ledger: Ledger, transactions: Iterable[Transaction], *, accounts: Iterable[Account] = ()) -> Ledger:
    """The ledger with more rows; the same as a replay of all of them, and quick when they are its latest.

    Args:
        accounts: those the ledger does not know yet, or that changed their name.
    """
    more = {each.id: each for each in accounts}
    known = {each.id: more.pop(each.id, each) for each in ledger.accounts} | more
    rows = sorted(transactions, key=order_of)
    everything = (*ledger.transactions, *rows)
    newly_kept = _cash_kept(rows) - ledger.cash_kept
    in_front = bool(rows and ledger.transactions) and order_of(rows[0]) < order_of(ledger.transactions[-1])
    currencies = {each.id: each.currency for each in ledger.accounts}
    moved = any(known[each].currency != currency for each, currency in currencies.items())
    if in_front or moved or any(each in currencies for each in newly_kept):
        return replay(known.values(), everything, matching=ledger.matching)
    work = Work(known, ledger.matching, ledger.cash_kept | newly_kept, {_key(each): each for each in ledger.positions})
    work.cash = {account: dict(purses) for account, purses in ledger.cash.items()}
    work.findings = [each for each in ledger.findings if each.kind not in {"negative_cash", "transfer_twice"}]
    _apply(work, rows)
    return _ledger(tuple(known.values()), everything, work, ledger)


def _apply(work: Work, rows: Sequence[Transaction]) -> None:
    with localcontext(_EXACT):
        for row in rows:
            if row.account_id not in work.accounts or (
                row.counter_account_id is not None and row.counter_account_id not in work.accounts
            ):
                raise ValueError(f"transaction {row.id} is of account {row.account_id}, which is not in this ledger")
            EFFECTS[row.kind](work, row)


def _cash_kept(rows: Iterable[Transaction]) -> frozenset[int]:
    kept: set[int] = set()
    for row in rows:
        if row.kind in _CASH_KINDS or (row.kind in _CASH_IF_WITHOUT_SYMBOL and not row.symbol):
            kept.add(row.account_id)
            if row.counter_account_id is not None:
                kept.add(row.counter_account_id)
    return frozenset(kept)


def _ledger(accounts: tuple[Account, ...], rows: tuple[Transaction, ...], work: Work, before: Ledger | None) -> Ledger:
    with localcontext(_EXACT):
        touched = {key: frozen(each) for key, each in work.holdings.items()}
        index = touched if before is None else {_key(each): each for each in before.positions} | touched
        findings = (*work.findings, *_empty_purses(work), *_transfers_twice(rows))
    positions = tuple(index.values())
    return Ledger(
        accounts,
        rows,
        (*before.entries, *work.entries) if before else tuple(work.entries),
        positions,
        tuple(lot for each in positions for lot in each.lots),
        (*before.disposals, *work.disposals) if before else tuple(work.disposals),
        (*before.flows, *work.flows) if before else tuple(work.flows),
        findings,
        work.cash,
        work.matching,
        work.cash_kept,
        index,
    )


def _key(position: Position) -> tuple[int, str]:
    return position.account_id, position.symbol


def _empty_purses(work: Work) -> list[Finding]:
    return [
        Finding(
            "negative_cash",
            account_id,
            None,
            "",
            f"{work.accounts[account_id].name} is {plain(-held)} {currency} short of cash.",
            "A deposit or an opening balance of cash is missing; add it.",
        )
        for account_id, purses in work.cash.items()
        for currency, held in purses.items()
        if held < 0
    ]


def _transfers_twice(rows: Iterable[Transaction]) -> list[Finding]:
    """A transfer between own accounts that was entered on both sides, though one row books both."""
    seen: dict[tuple[int, int, str, Decimal | None], Transaction] = {}
    twice: list[Finding] = []
    for row in rows:
        if row.counter_account_id is None or row.kind not in _TRANSFERS:
            continue
        sides = (row.account_id, row.counter_account_id)
        source, target = sides if row.kind is Kind.TRANSFER_OUT else sides[::-1]
        key = (source, target, row.symbol, row.quantity if row.symbol else row.gross)
        before = seen.get(key)
        if before is not None and before.kind is not row.kind and (row.on - before.on).days <= _TWICE_WITHIN:
            twice.append(
                Finding(
                    "transfer_twice",
                    row.account_id,
                    row.id,
                    row.symbol,
                    f"The transfer of {before.on} seems to be here again on {row.on}, from the other side.",
                    "One row books both accounts: remove one of the two.",
                )
            )
        seen[key] = row
    return twice
