"""Corporate actions that the data source knows and the ledger does not: splits and dividends of what was held.

Sources tell an Indian bonus issue as a split; which of the two it was decides the tax cost of the new units, so both
are offered. A dividend is proposed for the units held at the close before the ex-date, gross: what was withheld is for
the investor to fill in.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from core.accounts.model import Account as Investor
from core.market.errors import MarketError
from core.market.model import Action, ActionKind, Sourced
from core.market.service import Market, market
from core.portfolio.checks import today_for
from core.portfolio.kept import ledger_of
from core.portfolio.model import FIFO, NOTHING, OWN, Kind, Ledger, Position, Transaction
from core.portfolio.proposals import Proposal, Proposed, Unasked, key_of, open_ones
from core.portfolio.trades import plain

SOURCE = "action"

_SPLIT_LIKE = frozenset({Kind.SPLIT, Kind.BONUS})
_SPLIT_WITHIN = timedelta(days=10)
_PAID_WITHIN = timedelta(days=75)
"""From the ex-date until a dividend is on the account: companies in India pay within 30 days of the meeting."""
_EARLY = timedelta(days=5)
_PLACES = Decimal("0.000001")


def proposals(investor: Investor, *, service: Market | None = None) -> Proposed:
    """Splits and dividends of everything that was held, that are neither in the ledger nor dismissed.

    Nothing fails when a source is away: its instruments are in `unasked`.
    """
    ledger = ledger_of(investor, FIFO, None, ())
    asked = service or market()
    told: dict[str, Sourced[tuple[Action, ...]]] = {}
    unasked: list[Unasked] = []
    for symbol in dict.fromkeys(each.symbol for each in ledger.positions):
        if symbol.startswith(OWN):
            continue
        try:
            told[symbol] = asked.actions(symbol, owner=investor.owner)
        except MarketError as error:
            unasked.append(Unasked(symbol, str(error)))
    return open_ones(investor, Proposed(tuple(propose(ledger, told)), tuple(unasked)))


def propose(ledger: Ledger, told: Mapping[str, Sourced[tuple[Action, ...]]]) -> list[Proposal]:
    """What the sources know and the ledger does not say: a pure function of the two.

    Args:
        told: by symbol; dividends per share as if all later splits had happened already (`core.market.model.Action`).
    """
    found: list[Proposal] = []
    for position in ledger.positions:
        answer = told.get(position.symbol)
        if answer is not None:
            found += _of_position(ledger, position, answer)
    return found


def _of_position(ledger: Ledger, position: Position, answer: Sourced[tuple[Action, ...]]) -> list[Proposal]:
    days, held = _held(ledger, position)
    mine = [
        row for row in ledger.transactions if row.account_id == position.account_id and row.symbol == position.symbol
    ]
    today = today_for(position.currency)
    due = sorted((each for each in answer.data if days and days[0] < each.ex_date <= today), key=lambda a: a.ex_date)
    found: list[Proposal] = []
    booked_splits = [row for row in mine if row.kind in _SPLIT_LIKE]
    booked_dividends = [row.on for row in mine if row.kind is Kind.DIVIDEND]
    for action in due:
        at = bisect_left(days, action.ex_date)
        units = held[at - 1] if at else NOTHING
        if action.kind is ActionKind.SPLIT:
            explained = _first(row.on for row in booked_splits if abs(row.on - action.ex_date) <= _SPLIT_WITHIN)
            if explained is None and units and (proposal := _split(position, action, units, answer)):
                found.append(proposal)
        elif action.kind is ActionKind.DIVIDEND:
            paid = _first(day for day in booked_dividends if -_EARLY <= day - action.ex_date <= _PAID_WITHIN)
            if paid is not None:
                booked_dividends.remove(paid)
            elif units > 0:
                found.append(_dividend(position, action, units, answer))
    return found


def _held(ledger: Ledger, position: Position) -> tuple[list[date], list[Decimal]]:
    """Days on which the units changed, and the units at the end of each."""
    changes: dict[date, Decimal] = {}
    for entry in ledger.entries:
        if entry.account_id == position.account_id and entry.symbol == position.symbol and entry.quantity_change:
            changes[entry.on] = changes.get(entry.on, NOTHING) + entry.quantity_change
    days = sorted(changes)
    return days, list(accumulate(changes[day] for day in days))


def _split(position: Position, action: Action, units: Decimal, answer: Sourced[tuple[Action, ...]]) -> Proposal | None:
    ratio = Fraction(action.value).limit_denominator(1000)
    if ratio <= 0 or ratio == 1:
        return None
    new, old = Decimal(ratio.numerator), Decimal(ratio.denominator)
    row = _row(position, Kind.SPLIT, action, ratio_new=new, ratio_old=old)
    return Proposal(
        key_of(row),
        row,
        f"{position.symbol}: {plain(new)} for {plain(old)} on {action.ex_date}, with {plain(units)} held.",
        answer.source,
        answer.as_of,
        answer.simulated,
        (Kind.BONUS,) if ratio > 1 else (),
    )


def _dividend(position: Position, action: Action, units: Decimal, answer: Sourced[tuple[Action, ...]]) -> Proposal:
    per_unit = Decimal(repr(action.value)) * later_splits(answer.data, action.ex_date)
    per_unit = per_unit.quantize(_PLACES).normalize()
    row = _row(position, Kind.DIVIDEND, action, quantity=units, price=per_unit)
    currency = row.currency
    return Proposal(
        key_of(row),
        row,
        f"{position.symbol}: {plain(per_unit)} {currency} a share on {action.ex_date}, with {plain(units)} held.",
        answer.source,
        answer.as_of,
        answer.simulated,
    )


def later_splits(actions: Sequence[Action], on: date) -> Decimal:
    """Units today for one of that day: the product of the splits after it."""
    factor = Fraction(1)
    for each in actions:
        if each.kind is ActionKind.SPLIT and each.ex_date > on and each.value > 0:
            factor *= Fraction(each.value).limit_denominator(1000)
    return Decimal(factor.numerator) / Decimal(factor.denominator)


def _row(position: Position, kind: Kind, action: Action, **told: Decimal) -> Transaction:
    return Transaction(
        None,
        position.account_id,
        kind,
        action.ex_date,
        symbol=position.symbol,
        currency=(action.currency or "").upper() or position.currency,
        source=SOURCE,
        external_id=f"{action.kind.value} {position.symbol} {action.ex_date.isoformat()}",
        **told,  # type: ignore[arg-type]  # numbers by the names of the row
    )


def _first(days: Iterable[date]) -> date | None:
    return min(days, default=None)
