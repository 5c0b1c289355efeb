from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from sqlalchemy.orm import Session as Work

from core.accounts.model import Account as Investor
from core.market.errors import MarketError, Unavailable
from core.market.model import Action, ActionKind, Bars, Interval, Sourced
from core.market.service import reset_market
from core.portfolio import actions, book, recurring
from core.portfolio.actions import propose
from core.portfolio.errors import AlreadyBooked, AlreadyChanged, BadTransaction
from core.portfolio.kept import forget
from core.portfolio.model import Kind, Transaction
from core.portfolio.proposals import Proposal
from core.portfolio.recurring import Plan
from tests.accounts.persons import person
from tests.conftest import HeldClock
from tests.portfolio.books import day, played, row

INFY = "INFY.NS"
AT = datetime(2026, 11, 17, 10, 0, tzinfo=UTC)


def _action(kind: str, on: str, value: float, currency: str | None = "INR") -> Action:
    return Action(ActionKind(kind), day(on), value, currency)


def _told(*told: Action) -> Sourced[tuple[Action, ...]]:
    return Sourced(told, "yahoo", AT, AT)


def _proposed(told: Iterable[Action], *rows: Transaction) -> list[Proposal]:
    return propose(played(*rows), {INFY: _told(*told)})


class Source:
    """A market that knows what it is given; a symbol it does not know is away."""

    def __init__(self, told: dict[str, tuple[Action, ...]], closes: dict[str, dict[str, float]] | None = None) -> None:
        self.told = told
        self.closes = closes or {}

    def actions(self, symbol: str, *, owner: str | None = None) -> Sourced[tuple[Action, ...]]:
        if symbol not in self.told:
            raise Unavailable("yahoo", f"Yahoo does not answer about {symbol}.")
        return _told(*self.told[symbol])

    def bars_many(self, symbols: Iterable[str], *_: Any, **__: Any) -> dict[str, Sourced[Bars] | MarketError]:
        return {symbol: self._bars(symbol) for symbol in symbols}

    def _bars(self, symbol: str) -> Sourced[Bars] | MarketError:
        if symbol not in self.closes:
            return Unavailable("yahoo", f"Yahoo does not answer about {symbol}.")
        days = self.closes[symbol]
        index = pd.DatetimeIndex([pd.Timestamp(each, tz="Asia/Kolkata").tz_convert("UTC") for each in days], name="ts")
        frame = pd.DataFrame({name: list(days.values()) for name in ("open", "high", "low", "close")}, index=index)
        return Sourced(Bars(symbol, Interval.D1, frame, self.told.get(symbol, ()), currency="INR"), "yahoo", AT, AT)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget()
    yield
    forget()


BOUGHT = row(Kind.BUY, "2020-01-10", INFY, quantity=10, price=1000)


def test_a_dividend_is_proposed_for_what_was_held_before_the_ex_date() -> None:
    found = _proposed(
        [
            _action("dividend", "2020-01-10", 5),
            _action("dividend", "2020-06-01", 12.5),
            _action("dividend", "2021-06-01", 9),
        ],
        BOUGHT,
        row(Kind.BUY, "2020-06-01", INFY, quantity=90, price=1000),
        row(Kind.SELL, "2020-12-01", INFY, quantity=100, price=1100),
    )
    assert [(str(p.transaction.on), p.transaction.quantity, p.transaction.price) for p in found] == [
        ("2020-06-01", 10, Decimal("12.5"))
    ]
    assert found[0].why == "INFY.NS: 12.5 INR a share on 2020-06-01, with 10 held."
    assert (found[0].source, found[0].simulated) == ("yahoo", False)
    assert found[0].transaction.checked().gross == 125


def test_a_dividend_of_before_a_split_is_what_was_paid_then() -> None:
    told = [_action("dividend", "2020-06-01", 2.5), _action("split", "2022-06-01", 4)]
    found = _proposed(told, BOUGHT)
    assert {p.transaction.kind: (p.transaction.quantity, p.transaction.price) for p in found} == {
        Kind.DIVIDEND: (10, 10),
        Kind.SPLIT: (None, None),
    }


def test_what_the_ledger_says_already_is_not_proposed() -> None:
    told = [
        _action("dividend", "2020-06-01", 12.5),
        _action("dividend", "2020-10-20", 11),
        _action("split", "2021-03-01", 2),
        _action("split", "2023-03-01", 1.5),
    ]
    found = _proposed(
        told,
        BOUGHT,
        row(Kind.DIVIDEND, "2020-07-02", INFY, amount=112),
        row(Kind.BONUS, "2021-03-04", INFY, ratio_new=1, ratio_old=1),
    )
    assert [str(p.transaction.on) for p in found] == ["2020-10-20", "2023-03-01"]
    assert (found[1].transaction.ratio_new, found[1].transaction.ratio_old) == (3, 2)


def test_actions_of_tomorrow_are_not_proposed(clock: HeldClock) -> None:
    told = [_action("dividend", "2026-11-18", 1), _action("dividend", "2026-11-19", 1)]
    assert [str(p.transaction.on) for p in _proposed(told, BOUGHT)] == ["2026-11-18"]


def test_each_account_gets_its_own(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    groww = book.open_account(asha, "Groww", "broker", "INR")
    book.add(asha, replace(BOUGHT, account_id=kite, id=None))
    book.add(asha, replace(BOUGHT, account_id=groww.id, id=None, quantity=Decimal(3)))
    found = actions.proposals(asha, service=_source({INFY: (_action("split", "2021-03-01", 2),)})).proposals
    assert {each.transaction.account_id for each in found} == {kite, groww.id}
    assert len({each.key for each in found}) == 2


def _desk() -> tuple[Investor, int]:
    asha = person()
    return asha, book.open_account(asha, "Kite", "broker", "INR").id


def _source(told: dict[str, tuple[Action, ...]], closes: dict[str, dict[str, float]] | None = None) -> Any:
    return Source(told, closes)


def test_a_proposal_is_booked_once_and_proposed_no_more(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    book.add(asha, replace(BOUGHT, account_id=kite, id=None))
    source = _source({INFY: (_action("split", "2021-03-01", 2), _action("dividend", "2022-06-01", 16))})
    dividend, split = actions.proposals(asha, service=source).proposals
    booked = book.accept(asha, split)
    assert (booked.kind, booked.source, booked.on) == (Kind.SPLIT, "action", date(2021, 3, 1))
    with pytest.raises(AlreadyBooked):
        book.accept(asha, split)
    (left,) = actions.proposals(asha, service=source).proposals
    assert left.transaction.quantity == 20, "the dividend is for the units after the split now"
    book.dismiss(asha, dividend)
    book.dismiss(asha, dividend)
    assert actions.proposals(asha, service=source).proposals == ()
    book.remove(asha, booked.id or 0, booked.version)
    assert actions.proposals(asha, service=source).proposals == (), "what was removed by hand is not wanted"


def test_what_the_source_calls_a_split_can_be_booked_as_the_bonus_it_was(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    book.add(asha, replace(BOUGHT, account_id=kite, id=None))
    (found,) = actions.proposals(asha, service=_source({INFY: (_action("split", "2021-03-01", 1.5),)})).proposals
    assert found.alternatives == (Kind.BONUS,)
    with pytest.raises(BadTransaction):
        book.accept(asha, found, kind=Kind.MERGER)
    booked = book.accept(asha, found, kind=Kind.BONUS)
    assert (booked.ratio_new, booked.ratio_old) == (1, 2)
    position = book.ledger(asha).position(kite, INFY)
    assert position is not None
    assert [(each.quantity, each.cost) for each in position.lots] == [(10, 10000), (5, 0)]


def test_an_edited_proposal_is_still_the_same_one(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    book.add(asha, replace(BOUGHT, account_id=kite, id=None))
    source = _source({INFY: (_action("dividend", "2022-06-01", 16),)})
    (found,) = actions.proposals(asha, service=source).proposals
    received = replace(found, transaction=replace(found.transaction, taxes=Decimal(16), on=date(2022, 6, 20)))
    assert book.accept(asha, received).taxes == 16
    assert actions.proposals(asha, service=source).proposals == ()
    other = book.open_account(asha, "Groww", "broker", "INR")
    with pytest.raises(BadTransaction, match="the account it was made for"):
        book.accept(asha, replace(found, transaction=replace(found.transaction, account_id=other.id)))


def test_a_source_that_is_away_leaves_the_others(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    for symbol in (INFY, "TCS.NS"):
        book.add(asha, replace(BOUGHT, account_id=kite, id=None, symbol=symbol))
    found = actions.proposals(asha, service=_source({INFY: (_action("split", "2021-03-01", 2),)}))
    assert [each.transaction.symbol for each in found.proposals] == [INFY]
    assert [(each.symbol, "does not answer" in each.because) for each in found.unasked] == [("TCS.NS", True)]


def test_the_simulated_market_proposes_and_says_that_it_is_simulated(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    reset_market()
    book.add(asha, row(Kind.BUY, "2023-01-10", "RELIANCE.NS", quantity=10, price=1200, account_id=kite))
    found = book.proposals(asha)
    assert found.unasked == ()
    assert found.proposals
    assert all(each.simulated for each in found.proposals)
    for each in found.proposals:
        book.accept(asha, each)
    assert book.proposals(asha).proposals == ()


SIP = Plan(0, 0, "sip", INFY, Decimal(5000), "INR", "month", date(2026, 8, 31))


def test_a_monthly_sum_falls_due_on_the_last_day_of_shorter_months(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    plan = book.add_plan(asha, replace(SIP, account_id=kite))
    assert book.plans(asha) == (plan,)
    closes = {"2026-08-31": 1500.0, "2026-09-30": 1600.55, "2026-11-02": 6000.0, "2026-11-03": 1.0}
    found = recurring.proposals(asha, service=_source({}, {INFY: closes})).proposals
    assert [(str(p.transaction.on), p.transaction.quantity, p.transaction.price, p.missing) for p in found] == [
        ("2026-11-02", None, 6000, "5000 INR do not buy one unit at 6000."),
        ("2026-09-30", 3, Decimal("1600.55"), ""),
        ("2026-08-31", 3, 1500, ""),
    ]
    booked = book.accept(asha, found[1])
    assert (booked.source, booked.quantity) == ("plan", 3)
    with pytest.raises(AlreadyBooked):
        book.accept(asha, found[1])
    with pytest.raises(BadTransaction) as missing:
        book.accept(asha, found[0])
    assert missing.value.field == "quantity"
    book.dismiss(asha, found[2])
    assert len(recurring.proposals(asha, service=_source({}, {INFY: closes})).proposals) == 1
    book.end_plan(asha, plan.id, plan.version)
    assert recurring.proposals(asha, service=_source({}, {INFY: closes})).proposals == ()
    with pytest.raises(AlreadyChanged):
        book.end_plan(asha, plan.id, plan.version)


def test_a_plan_without_prices_says_what_to_fill_in(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    book.add_plan(
        asha, replace(SIP, account_id=kite, every="week", starts_on=date(2026, 11, 9), ends_on=date(2026, 11, 12))
    )
    found = recurring.proposals(asha, service=_source({}))
    assert [(str(each.transaction.on), "price" in each.missing) for each in found.proposals] == [("2026-11-09", True)]
    assert [each.symbol for each in found.unasked] == [INFY]
    filled = replace(found.proposals[0].transaction, quantity=Decimal(3), price=Decimal(1500))
    assert book.accept(asha, replace(found.proposals[0], transaction=filled)).quantity == 3


def test_a_plan_of_before_a_split_proposes_what_was_traded_then(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    book.add_plan(asha, replace(SIP, account_id=kite, starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 1)))
    source = _source({INFY: (_action("split", "2026-10-20", 2),)}, {INFY: {"2026-10-01": 750.0, "2026-10-21": 760.0}})
    (found,) = recurring.proposals(asha, service=source).proposals
    assert (found.transaction.price, found.transaction.quantity) == (1500, 3)


def test_dividends_are_put_back_net_of_tax(db: Work, clock: HeldClock) -> None:
    asha, kite = _desk()
    book.add(asha, row(Kind.DIVIDEND, "2026-06-01", INFY, amount=3000, account_id=kite))
    later = book.add(asha, row(Kind.DIVIDEND, "2026-10-01", INFY, amount=3500, taxes=350, account_id=kite))
    book.add_plan(asha, replace(SIP, account_id=kite, kind="reinvest", amount=None, starts_on=date(2026, 7, 1)))
    (found,) = recurring.proposals(asha, service=_source({}, {INFY: {"2026-10-05": 1500.0}})).proposals
    assert found.transaction.external_id.endswith(f"dividend {later.id}")
    assert (str(found.transaction.on), found.transaction.quantity) == ("2026-10-05", 2)
    assert "3150 INR" in found.why


WRONG_PLANS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("amount", {"amount": Decimal(0)}),
    ("amount", {"amount": Decimal("NaN")}),
    ("amount", {"amount": None}),
    ("ends_on", {"ends_on": date(2020, 1, 1)}),
    ("symbol", {"symbol": "OWN:gold"}),
    ("symbol", {"symbol": "no symbol"}),
    ("currency", {"currency": "rupees"}),
    ("kind", {"every": "day"}),
    ("account_id", {"account_id": 10**9}),
)


def test_a_plan_that_cannot_be_names_what_is_wrong(db: Work) -> None:
    asha, kite = _desk()
    for field, told in WRONG_PLANS:
        with pytest.raises(BadTransaction) as error:
            book.add_plan(asha, replace(SIP, **{"account_id": kite} | told))
        assert error.value.field == field, told
        assert error.value.remedy
    assert book.plans(asha) == ()


def test_a_plan_of_years_ago_proposes_all_of_them_and_no_more_than_twenty_years(clock: HeldClock) -> None:
    plan = replace(SIP, starts_on=date(1995, 1, 31))
    due = recurring.due_days(plan, played(BOUGHT))
    assert len(due) == 240
    assert due[1].on == date(1995, 2, 28)
    quarters = recurring.due_days(replace(plan, every="quarter", starts_on=date(2024, 11, 30)), played(BOUGHT))
    assert [str(each.on) for each in quarters][:3] == ["2024-11-30", "2025-02-28", "2025-05-30"]
    assert quarters[-1].on + timedelta(days=93) > date(2026, 11, 18)
