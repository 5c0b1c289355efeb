"""Price alerts: what may be set, what fires them, and that they are told once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.accounts.errors import InvalidInput
from core.accounts.model import Account
from core.market import instruments
from core.market.errors import MarketError, Unavailable
from core.market.model import Instrument, Quote, Sourced
from core.notices import inbox
from core.operations import alerts
from core.operations.alerts import MOST
from core.operations.alerts_check import check, judge
from db.repositories.alerts import StoredAlert
from db.session import unit_of_work
from tests.conftest import HeldClock
from tests.operations.people import investor, rows, visitor

NOON = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


class Prices:
    """A market that knows the catalogue's instruments and says the prices it is told."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.asked: list[tuple[str, ...]] = []
        self.stale = False
        self.said: dict[str, tuple[float, datetime]] = {}
        self.previous = 100.0

    def say(self, symbol: str, price: float, at: datetime | None = None) -> None:
        self.said[symbol] = (price, at or self.clock())

    def resolve(self, text: str, *, owner: str | None = None) -> Instrument:
        return instruments.resolve(text, ())

    def quotes(self, symbols: Iterable[str]) -> dict[str, Sourced[Quote] | MarketError]:
        asked = tuple(symbols)
        self.asked.append(asked)
        answers: dict[str, Sourced[Quote] | MarketError] = {}
        for symbol in asked:
            if symbol not in self.said:
                answers[symbol] = Unavailable("test", "no price.")
                continue
            price, at = self.said[symbol]
            quote = Quote(symbol, price, at, "INR", previous_close=self.previous)
            answers[symbol] = Sourced(quote, "demo", at, at, stale=self.stale, simulated=True)
        return answers


@pytest.fixture
def prices(fresh_db: str, clock: HeldClock) -> Prices:
    return Prices(clock)


def passes(prices: Prices, minutes: float = 1) -> None:
    prices.clock.advance(timedelta(minutes=minutes))


def made(
    prices: Prices, account: Account, condition: str = "above", level: object = 3400, **more: object
) -> alerts.Alert:
    return alerts.create(account, "TCS.NS", condition, level, service=prices, **more)  # type: ignore[arg-type]


def told(account: Account) -> list[str]:
    return [message.title for message in inbox.messages(account.id).rows]


def test_an_alert_fires_once_and_tells_its_owner_where_the_price_is_from(prices: Prices) -> None:
    asha = investor()
    made(prices, asha, note="think about trimming")
    passes(prices)
    prices.say("TCS.NS", 3412.5)
    assert check(prices.clock(), prices).fired == 1  # type: ignore[arg-type]
    assert check(prices.clock(), prices).fired == 0  # type: ignore[arg-type]
    [message] = inbox.messages(asha.id).rows
    assert message.kind == "price_alert"
    assert message.title == "TCS.NS is at or above ₹3,400.00"
    assert message.path == "/charts?symbol=TCS.NS"
    [mail] = rows("SELECT recipient, subject, state FROM outbox")
    assert mail == (asha.email, "TCS.NS is at or above ₹3,400.00", "on_screen")
    [alert] = alerts.alerts_of(asha, service=prices)  # type: ignore[arg-type]
    assert (alert.state, alert.last_value, alert.fired_count) == ("fired", Decimal("3412.5"), 1)


def test_a_demo_visitor_is_told_in_the_inbox_only(prices: Prices) -> None:
    guest = visitor()
    made(prices, guest)
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    check(prices.clock(), prices)  # type: ignore[arg-type]
    assert told(guest) == ["TCS.NS is at or above ₹3,400.00"]
    assert rows("SELECT 1 FROM outbox") == []


def test_a_price_from_before_the_alert_does_not_fire_it(prices: Prices) -> None:
    asha = investor()
    prices.say("TCS.NS", 3500.0)
    passes(prices)
    made(prices, asha)
    assert check(prices.clock(), prices).fired == 0  # type: ignore[arg-type]
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    assert check(prices.clock(), prices).fired == 1  # type: ignore[arg-type]


def test_stale_prices_fire_nothing(prices: Prices) -> None:
    made(prices, investor())
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    prices.stale = True
    assert check(prices.clock(), prices).stale == 1  # type: ignore[arg-type]
    prices.stale = False
    passes(prices, 31)
    done = check(prices.clock(), prices)  # type: ignore[arg-type]
    assert (done.fired, done.stale) == (0, 1), "half an hour old while the exchange is open"


def test_the_last_price_of_the_day_fires_also_after_the_close(prices: Prices) -> None:
    asha = investor()
    made(prices, asha)
    prices.say("TCS.NS", 3500.0, datetime(2026, 11, 18, 10, 0, tzinfo=UTC))
    prices.clock.set(datetime(2026, 11, 18, 14, 0, tzinfo=UTC))
    assert check(prices.clock(), prices).fired == 1  # type: ignore[arg-type]


def test_one_question_for_all_symbols_and_one_failure_stops_nobody(prices: Prices) -> None:
    asha, ravi = investor(), investor("Ravi")
    made(prices, asha)
    made(prices, ravi)
    alerts.create(asha, "INFY.NS", "below", 1000, service=prices)  # type: ignore[arg-type]
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    done = check(prices.clock(), prices)  # type: ignore[arg-type]
    assert prices.asked == [("INFY.NS", "TCS.NS")]
    assert (done.fired, done.failed) == (2, ("INFY.NS",))


def test_nothing_is_asked_when_nobody_waits(prices: Prices) -> None:
    made(prices, investor())
    [(number,)] = rows("SELECT id FROM alerts")
    with unit_of_work() as session:
        session.execute(text("UPDATE accounts SET state = 'deactivated'"))
    check(prices.clock(), prices)  # type: ignore[arg-type]
    assert prices.asked == []
    assert number > 0


def test_a_repeating_alert_speaks_again_after_the_condition_ended_but_not_within_the_hour(prices: Prices) -> None:
    asha = investor()
    made(prices, asha, repeat=True)
    fired = []
    for minutes, price in ((1, 3500.0), (5, 3300.0), (5, 3500.0), (60, 3500.0), (1, 3300.0), (1, 3500.0)):
        passes(prices, minutes)
        prices.say("TCS.NS", price)
        fired.append(check(prices.clock(), prices).fired)  # type: ignore[arg-type]
    assert fired == [1, 0, 0, 0, 0, 1]
    assert len(told(asha)) == 2


def test_crossing_needs_both_sides(prices: Prices) -> None:
    asha = investor()
    made(prices, asha, "crosses", 3400)
    fired = []
    for price in (3350.0, 3390.0, 3401.0, 3500.0):
        passes(prices)
        prices.say("TCS.NS", price)
        fired.append(check(prices.clock(), prices).fired)  # type: ignore[arg-type]
    assert fired == [0, 0, 1, 0]
    assert told(asha) == ["TCS.NS crossed ₹3,400.00"]


def test_a_crossing_is_seen_against_the_price_at_the_time_the_alert_was_set(prices: Prices) -> None:
    asha = investor()
    prices.say("TCS.NS", 3350.0)
    passes(prices)
    made(prices, asha, "crosses", 3400)
    check(prices.clock(), prices)  # type: ignore[arg-type]
    passes(prices)
    prices.say("TCS.NS", 3410.0)
    assert check(prices.clock(), prices).fired == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "price", "fires"), [("2", 102.0, 1), ("2", 101.9, 0), ("-2", 98.0, 1), ("-2", 99.0, 0)]
)
def test_a_change_is_compared_with_its_sign(prices: Prices, level: str, price: float, fires: int) -> None:
    asha = investor()
    made(prices, asha, "change_pct", level)
    passes(prices)
    prices.say("TCS.NS", price)
    assert check(prices.clock(), prices).fired == fires  # type: ignore[arg-type]
    if fires:
        way = "up" if price > 100 else "down"
        assert told(asha) == [f"TCS.NS is {way} by 2.00% or more since the previous close"]


def test_an_alert_ends_at_its_time(prices: Prices) -> None:
    asha = investor()
    made(prices, asha, expires_at=prices.clock() + timedelta(minutes=30))
    passes(prices, 31)
    prices.say("TCS.NS", 3500.0)
    done = check(prices.clock(), prices)  # type: ignore[arg-type]
    assert (done.expired, done.fired) == (1, 0)
    [alert] = alerts.alerts_of(asha, service=prices)  # type: ignore[arg-type]
    assert alert.state == "expired"
    alerts.rearm(asha, alert.id)
    [alert] = alerts.alerts_of(asha, service=prices)  # type: ignore[arg-type]
    assert (alert.state, alert.expires_at) == ("armed", None)


def test_checks_at_the_same_moment_tell_once(prices: Prices) -> None:
    asha = investor()
    for _ in range(5):
        made(prices, asha)
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    together = threading.Barrier(4)

    def run() -> int:
        together.wait()
        return check(prices.clock(), prices).fired  # type: ignore[arg-type]

    with ThreadPoolExecutor(4) as pool:
        fired = [future.result() for future in [pool.submit(run) for _ in range(4)]]
    assert sum(fired) == 5
    assert len(told(asha)) == 5


def test_an_alert_that_was_paused_meanwhile_stays_silent(prices: Prices) -> None:
    asha = investor()
    alert = made(prices, asha)
    alerts.pause(asha, alert.id)
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    assert check(prices.clock(), prices).fired == 0  # type: ignore[arg-type]
    alerts.rearm(asha, alert.id)
    assert check(prices.clock(), prices).fired == 0, "that price is from before it was armed again"  # type: ignore[arg-type]
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    assert check(prices.clock(), prices).fired == 1  # type: ignore[arg-type]


def test_a_clock_set_back_opens_nothing(prices: Prices) -> None:
    asha = investor()
    alert = made(prices, asha)
    prices.clock.advance(timedelta(hours=-3))
    prices.say("TCS.NS", 3500.0)
    alerts.rearm(asha, alert.id)
    assert check(prices.clock(), prices).fired == 0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("symbol", {"symbol": ""}),
        ("symbol", {"symbol": "no such thing at all"}),
        ("condition", {"condition": "near"}),
        ("level", {"level": "abc"}),
        ("level", {"level": "nan"}),
        ("level", {"level": "inf"}),
        ("level", {"level": "0"}),
        ("level", {"level": "-5"}),
        ("level", {"level": "1e15"}),
        ("level", {"level": "1e-20"}),
        ("level", {"condition": "change_pct", "level": "0"}),
        ("level", {"condition": "change_pct", "level": "-5000"}),
        ("note", {"note": "x" * 201}),
        ("expires_at", {"expires_at": NOON - timedelta(hours=1)}),
        ("expires_at", {"expires_at": NOON + timedelta(days=800)}),
        ("expires_at", {"expires_at": datetime(2026, 11, 19)}),  # noqa: DTZ001 - without a timezone, as the test wants
    ],
)
def test_what_cannot_be_waited_for_is_refused(prices: Prices, field: str, change: dict[str, object]) -> None:
    values: dict[str, object] = {"symbol": "TCS.NS", "condition": "above", "level": "3400"} | change
    with pytest.raises(InvalidInput) as refused:
        alerts.create(investor(), service=prices, **values)  # type: ignore[arg-type]
    assert refused.value.field == field
    assert rows("SELECT 1 FROM alerts") == []


def test_notes_are_kept_as_text_without_control_characters(prices: Prices) -> None:
    asha = investor()
    nasty = "<script>alert(1)</script>\x00\r\nBcc: x'; DROP TABLE alerts; --\u202e"
    assert made(prices, asha, note=nasty).note == "<script>alert(1)</script> Bcc: x'; DROP TABLE alerts; --"
    passes(prices)
    prices.say("TCS.NS", 3500.0)
    check(prices.clock(), prices)  # type: ignore[arg-type]
    assert rows("SELECT count(*) FROM alerts") == [(1,)]


def test_fifty_alerts_are_the_most_also_when_asked_at_once(prices: Prices) -> None:
    asha = investor()
    for _ in range(MOST - 2):
        made(prices, asha)

    def one(_: int) -> bool:
        try:
            made(prices, asha)
        except InvalidInput as error:
            return error.field != "alerts"
        return True

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(one, range(5))) == 2
    assert len(alerts.alerts_of(asha, service=prices)) == MOST  # type: ignore[arg-type]


@pytest.mark.parametrize("action", [alerts.remove, alerts.pause, alerts.rearm])
def test_nobody_touches_another_s_alert(prices: Prices, action: Callable[[Account, int], None]) -> None:
    asha, ravi = investor(), investor("Ravi")
    alert = made(prices, asha)
    with pytest.raises(InvalidInput, match=f"You have no alert {alert.id}"):
        action(ravi, alert.id)
    [still] = alerts.alerts_of(asha, service=prices)  # type: ignore[arg-type]
    assert still.state == "armed"
    assert alerts.alerts_of(ravi, service=prices) == ()  # type: ignore[arg-type]


BASE = StoredAlert(
    1, 1, "TCS.NS", "above", Decimal(100), "", False, "armed", NOON, NOON, None, None, 0, None, None
)  # fmt: skip


def first_crossing(path: list[int], level: int) -> int | None:
    """The first place where the path reaches the level or its other side."""
    side = 0
    for place, price in enumerate(path):
        here = (price > level) - (price < level)
        if side and here != side:
            return place
        side = side or here
    return None


@settings(max_examples=150, deadline=None)
@given(
    condition=st.sampled_from(["above", "below", "crosses"]),
    path=st.lists(st.integers(95, 105), min_size=1, max_size=30),
)
def test_a_path_fires_exactly_when_it_first_meets_the_condition(condition: str, path: list[int]) -> None:
    """Against the definition: the first price at or beyond the level; for a crossing, one on the other side."""
    alert, fired = replace(BASE, condition=condition), None
    for place, price in enumerate(path):
        at = NOON + timedelta(minutes=place + 1)
        verdict = judge(alert, Decimal(price), at, at)
        if verdict == "fire":
            fired = place
            break
        if verdict == "note":
            alert = replace(alert, last_value=Decimal(price), last_value_at=at)
    if condition == "crosses":
        expected = first_crossing(path, 100)
    else:
        holds = (lambda p: p >= 100) if condition == "above" else (lambda p: p <= 100)
        expected = next((place for place, price in enumerate(path) if holds(price)), None)
    assert fired == expected
