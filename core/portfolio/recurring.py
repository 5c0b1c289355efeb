"""What recurs: a sum that is invested every week, month or quarter (SIP), and dividends put back into their shares.

A plan books nothing. Each day it falls due it proposes a purchase at the first close on or after that day; the investor
confirms it, with the broker's price where that differs.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Literal, cast, get_args

import pandas as pd

from core import clock
from core.accounts.model import Account as Investor
from core.market.errors import MarketError
from core.market.instruments import infer
from core.market.model import AssetClass, Bars, Sourced
from core.market.service import Market, market
from core.market.store.adjust import exchange_days
from core.portfolio.accounts import accounts_in, no_account
from core.portfolio.actions import later_splits
from core.portfolio.checks import today_for
from core.portfolio.errors import AlreadyChanged, BadTransaction
from core.portfolio.kept import ledger_of
from core.portfolio.model import FIFO, OWN, Kind, Ledger, Transaction
from core.portfolio.proposals import Proposal, Proposed, Unasked, key_of, open_ones
from core.portfolio.trades import plain
from db.repositories.portfolio_plans import PlanRepository, StoredPlan
from db.repositories.portfolio_scope import LedgerLock, Person
from db.session import read_session, unit_of_work

SOURCE = "plan"
PlanKind = Literal["sip", "reinvest"]
Every = Literal["week", "month", "quarter"]

_MOST_PLANS = 100
_MOST_DUE = 240
"""A plan proposes at most twenty years of months at once."""
_PRICE_WITHIN = timedelta(days=10)
_EPOCH = date(1970, 1, 1)
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3}
_DEAREST = Decimal(10) ** 16


@dataclass(frozen=True, slots=True)
class Plan:
    """Something that recurs.

    Attributes:
        amount: of each purchase, in `currency`; None for "reinvest", which takes what the dividend brought.
        every: how often; a month without the day of `starts_on` takes its last one.
        ends_on: the last day it may fall due; None: until it is ended.
    """

    id: int
    account_id: int
    kind: PlanKind
    symbol: str
    amount: Decimal | None
    currency: str
    every: Every
    starts_on: date
    ends_on: date | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class _Due:
    plan: Plan
    on: date
    amount: Decimal
    identity: str


def plans(investor: Investor) -> tuple[Plan, ...]:
    """The investor's plans, in the order they were made."""
    with read_session() as work:
        return tuple(_plan(row) for row in PlanRepository(work, Person(investor.id)).all())


def add_plan(investor: Investor, plan: Plan) -> Plan:
    """Make a plan; `id` and `version` are given here.

    Raises:
        BadTransaction: no such account, no instrument of a market, no amount above zero for a SIP, an end before its
            beginning, or 100 plans already; `field` names the part.
    """
    _check(plan)
    with unit_of_work() as work:
        person = Person(investor.id)
        LedgerLock(work, person)
        repository = PlanRepository(work, person)
        if len(repository.all()) >= _MOST_PLANS:
            raise BadTransaction("kind", f"You have {_MOST_PLANS} plans already.", "End one of them first.")
        account = next((each for each in accounts_in(work, investor) if each.id == plan.account_id), None)
        if account is None:
            missing = no_account(plan.account_id)
            raise BadTransaction("account_id", missing.message, missing.remedy)
        return _plan(repository.add(_stored(plan), clock.now()))


def end_plan(investor: Investor, plan_id: int, version: int) -> None:
    """Let a plan propose no more; what was booked stays.

    Raises:
        AlreadyChanged: it was ended before, or there is none of that number and version.
    """
    with unit_of_work() as work:
        LedgerLock(work, Person(investor.id))
        if not PlanRepository(work, Person(investor.id)).remove(plan_id, version, clock.now()):
            raise AlreadyChanged("This plan was ended before.", "Look at the list of plans.")


def proposals(investor: Investor, *, service: Market | None = None) -> Proposed:
    """Purchases that fell due and are neither booked nor dismissed, at the first close on or after their day.

    Nothing fails when a source is away: its proposals say in `missing` that the price has to be filled in.
    """
    made = plans(investor)
    if not made:
        return Proposed(())
    ledger = ledger_of(investor, FIFO, None, ())
    due = [each for plan in made for each in due_days(plan, ledger)]
    wanted = open_ones(investor, Proposed(tuple(_unpriced(each) for each in due)))
    still = {each.key for each in wanted.proposals}
    due = [each for each in due if key_of(_row(each, None, None)) in still]
    if not due:
        return Proposed(())
    asked = service or market()
    symbols = dict.fromkeys(each.plan.symbol for each in due)
    answers = asked.bars_many(tuple(symbols), "1d", min(each.on for each in due), owner=investor.owner)
    found = [_priced(each, answers.get(each.plan.symbol)) for each in due]
    unasked = tuple(
        Unasked(symbol, str(answer)) for symbol, answer in answers.items() if isinstance(answer, MarketError)
    )
    return open_ones(investor, Proposed(tuple(found), unasked))


def due_days(plan: Plan, ledger: Ledger) -> list[_Due]:
    """When, and with how much, a plan fell due until today, the first one first."""
    today = today_for(plan.currency)
    last = min(today, plan.ends_on) if plan.ends_on else today
    if plan.kind == "sip":
        assert plan.amount is not None
        return [
            _Due(plan, day, plan.amount, f"plan {plan.id} {day.isoformat()}") for day in _schedule(plan) if day <= last
        ]
    return [
        _Due(plan, row.on, net, f"plan {plan.id} dividend {row.id}")
        for row in ledger.transactions
        if row.kind is Kind.DIVIDEND
        and (row.account_id, row.symbol, row.currency) == (plan.account_id, plan.symbol, plan.currency)
        and plan.starts_on <= row.on <= last
        and (net := (row.gross or Decimal(0)) - row.fees - row.taxes) > 0
    ]


def _schedule(plan: Plan) -> Iterator[date]:
    for number in range(_MOST_DUE):
        if plan.every == "week":
            yield plan.starts_on + timedelta(weeks=number)
            continue
        months = plan.starts_on.month - 1 + number * _MONTHS[plan.every]
        year, month = plan.starts_on.year + months // 12, months % 12 + 1
        yield date(year, month, min(plan.starts_on.day, monthrange(year, month)[1]))


def _unpriced(due: _Due) -> Proposal:
    row = _row(due, None, None)
    words = "Dividend to put back" if due.plan.kind == "reinvest" else "Plan"
    return Proposal(
        key_of(row),
        row,
        f"{words}: {plain(due.amount)} {due.plan.currency} into {due.plan.symbol} on {due.on}.",
        "your plan",
        datetime(due.on.year, due.on.month, due.on.day, tzinfo=UTC),
        missing="The price of that day is not known; fill in what the broker says.",
    )


def _priced(due: _Due, answer: Sourced[Bars] | MarketError | None) -> Proposal:
    bare = _unpriced(due)
    if answer is None or isinstance(answer, MarketError):
        return bare
    traded = _close_from(answer.data, due.on, due.plan.symbol)
    if traded is None:
        return bare
    on, price = traded
    quantity = (due.amount / price).quantize(_unit_of(due.plan.symbol), ROUND_DOWN)
    row = _row(due, on, price) if not quantity else _row(due, on, price, quantity)
    missing = ""
    if not quantity:
        missing = f"{plain(due.amount)} {due.plan.currency} do not buy one unit at {plain(price)}."
    return Proposal(bare.key, row, bare.why, answer.source, answer.as_of, answer.simulated, missing=missing)


def _close_from(bars: Bars, day: date, symbol: str) -> tuple[date, Decimal] | None:
    """The first close on or after a day, as it was traded then: not divided by later splits."""
    index = bars.frame.index
    assert isinstance(index, pd.DatetimeIndex)
    for place, number in enumerate(exchange_days(index, infer(symbol).timezone).tolist()):
        traded = _EPOCH + timedelta(days=number)
        if traded >= day:
            close = float(bars.frame["close"].iloc[place])
            if traded - day > _PRICE_WITHIN or not close > 0:
                return None
            return traded, (Decimal(repr(close)) * later_splits(bars.actions, traded)).quantize(Decimal("0.0001"))
    return None


def _unit_of(symbol: str) -> Decimal:
    """Exchanges in India trade whole shares; funds, crypto and most brokers elsewhere keep fractions."""
    instrument = infer(symbol)
    whole = instrument.asset_class in {AssetClass.STOCK, AssetClass.ETF} and instrument.currency == "INR"
    return Decimal(1) if whole else Decimal("0.0001")


def _row(due: _Due, on: date | None, price: Decimal | None, quantity: Decimal | None = None) -> Transaction:
    return Transaction(
        None,
        due.plan.account_id,
        Kind.BUY,
        on or due.on,
        symbol=due.plan.symbol,
        quantity=quantity,
        price=price,
        currency=due.plan.currency,
        source=SOURCE,
        external_id=due.identity,
    )


def _check(plan: Plan) -> None:
    if plan.kind not in get_args(PlanKind) or plan.every not in get_args(Every):
        raise BadTransaction("kind", "This is no kind of plan.", "Choose a SIP or dividend reinvestment.")
    if plan.symbol.startswith(OWN):
        raise BadTransaction("symbol", f"{plan.symbol} has no market to buy in.", "Choose an instrument.")
    if plan.ends_on is not None and plan.ends_on < plan.starts_on:
        raise BadTransaction("ends_on", f"It ends on {plan.ends_on}, before it begins.", "Correct one of the days.")
    if plan.kind == "sip" and (plan.amount is None or not plan.amount.is_finite() or not 0 < plan.amount < _DEAREST):
        raise BadTransaction("amount", "A plan needs the sum that is invested.", "Give an amount above zero.")
    # The symbol and the currency are held to the same rules as those of a row.
    Transaction(
        None,
        plan.account_id,
        Kind.BUY,
        date(2000, 1, 1),
        symbol=plan.symbol,
        quantity=Decimal(1),
        price=Decimal(1),
        currency=plan.currency,
    ).checked()


def _stored(plan: Plan) -> StoredPlan:
    return StoredPlan(
        0,
        plan.account_id,
        plan.kind,
        plan.symbol,
        plan.amount if plan.kind == "sip" else None,
        plan.currency,
        plan.every,
        plan.starts_on,
        plan.ends_on,
        1,
    )


def _plan(row: StoredPlan) -> Plan:
    return Plan(
        row.id,
        row.ledger_account_id,
        cast(PlanKind, row.kind),
        row.symbol,
        row.amount,
        row.currency,
        cast(Every, row.every),
        row.starts_on,
        row.ends_on,
        row.version,
    )
