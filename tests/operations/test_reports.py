"""Reports: when they leave, what they say, and that a killed worker sends them once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core import clock as clocks
from core.accounts.errors import AlreadyChanged, InvalidInput, NotAllowed
from core.accounts.model import Account
from core.market.errors import MarketError, Unavailable
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.demo import DemoMarket
from core.notices import inbox
from core.operations import alerts, reports
from core.operations.report_times import GRACE, PERIODS, is_due, scheduled, stretch
from db.session import unit_of_work
from tests.conftest import HeldClock
from tests.operations.people import admin, investor, rows, visitor

ROOT = Path(__file__).resolve().parents[2]
WEDNESDAY_EVENING = datetime(2026, 11, 18, 13, 0, tzinfo=UTC)
"""18:30 in Mumbai."""


@pytest.fixture(scope="module")
def service() -> Iterator[Market]:
    """The simulated market, warm for the module; its clock is the project's."""
    made = Market(
        vendors=(),
        simulated=lambda now: DemoMarket(now=now),
        mode=ModeSwitch("demo", None, clocks.now),
        timeout_s=5.0,
    )
    yield made
    made.close()


@pytest.fixture
def evening(clock: HeldClock) -> HeldClock:
    clock.set(WEDNESDAY_EVENING)
    return clock


def watch(account: Account, *symbols: str) -> None:
    with unit_of_work() as session:
        for symbol in symbols:
            session.execute(
                text("INSERT INTO watches VALUES (:owner, :symbol, now())"), {"owner": account.owner, "symbol": symbol}
            )


def mails() -> list[tuple[str, str]]:
    return [tuple(row) for row in rows("SELECT recipient, subject FROM outbox ORDER BY id")]


@pytest.mark.parametrize(
    ("period", "timezone", "hour", "at", "key"),
    [
        ("daily", "Asia/Kolkata", 18, "2026-11-18T13:00+00:00", "2026-11-18"),
        ("daily", "Asia/Kolkata", 18, "2026-11-18T12:29+00:00", None),  # yesterday's 18:00 is more than 12 h ago
        ("daily", "Asia/Kolkata", 8, "2026-11-18T03:00+00:00", "2026-11-17"),  # the session before this morning
        ("daily", "Asia/Kolkata", 18, "2026-11-22T13:00+00:00", "2026-11-20"),  # Sunday: Friday's, sent by then
        ("daily", "America/New_York", 18, "2026-11-18T23:30+00:00", "2026-11-18"),
        ("weekly", "Asia/Kolkata", 9, "2026-11-21T04:00+00:00", "2026-W47"),  # Saturday 9:30
        ("weekly", "Asia/Kolkata", 9, "2026-11-21T03:00+00:00", None),  # Saturday 8:30: last week's is old
        ("weekly", "Asia/Kolkata", 9, "2026-11-22T04:00+00:00", "2026-W47"),  # Sunday, late but still news
        ("weekly", "Asia/Kolkata", 9, "2026-11-24T04:00+00:00", None),
        ("monthly", "Asia/Kolkata", 9, "2026-12-01T04:00+00:00", "2026-11"),
        ("monthly", "Asia/Kolkata", 9, "2027-01-01T04:00+00:00", "2026-12"),
        ("monthly", "Asia/Kolkata", 9, "2026-11-30T04:00+00:00", None),
    ],
)
def test_what_is_due_when(period: str, timezone: str, hour: int, at: str, key: str | None) -> None:
    found = is_due(period, timezone, hour, datetime.fromisoformat(at))  # type: ignore[arg-type]
    assert (found.key if found else None) == key


@settings(max_examples=200, deadline=None)
@given(
    period=st.sampled_from(PERIODS),
    timezone=st.sampled_from(["Asia/Kolkata", "America/New_York", "Europe/London", "Pacific/Auckland", "UTC"]),
    hour=st.integers(0, 23),
    at=st.integers(0, 700 * 24 * 60).map(lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
def test_a_report_leaves_at_its_hour_and_is_about_days_that_are_over(
    period: str, timezone: str, hour: int, at: datetime
) -> None:
    leaves = scheduled(period, timezone, hour, at)  # type: ignore[arg-type]
    local = leaves.astimezone(ZoneInfo(timezone))
    assert leaves <= at
    # An hour that the clock skips in spring is the hour after it.
    assert local.hour == hour or (local.hour - hour) % 24 == 1
    longest = {
        "daily": timedelta(hours=25),
        "weekly": timedelta(days=7, hours=1),
        "monthly": timedelta(days=31, hours=1),
    }
    assert at - leaves <= longest[period]
    about = stretch(period, timezone, leaves)  # type: ignore[arg-type]
    assert about.first <= about.last
    if period != "daily":
        assert about.last < local.date()


def test_a_month_and_a_week_are_named_as_people_do() -> None:
    at = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
    assert stretch("daily", "Asia/Kolkata", at).text == "Friday, 20 November 2026"
    week = stretch("weekly", "Asia/Kolkata", at)
    assert (week.text, week.first, week.last) == ("16 to 20 November 2026", date(2026, 11, 16), date(2026, 11, 20))
    assert stretch("weekly", "Asia/Kolkata", datetime(2026, 10, 4, tzinfo=UTC)).text == "28 September to 2 October 2026"
    assert stretch("monthly", "Asia/Kolkata", at).text == "October 2026"


def test_who_wants_a_report_gets_it_once_at_their_hour(fresh_db: str, evening: HeldClock, service: Market) -> None:
    asha = investor(report="daily", report_hour=18)
    investor("Later", report="daily", report_hour=21)
    investor("Weekly", report="weekly", report_hour=18)
    investor("None")
    assert str(reports.send_due(evening(), service)) == "1 sent, 0 failed"
    assert not reports.send_due(evening(), service), "a second run of the job sends nothing"
    assert mails() == [(asha.email, "Your daily report: Wednesday, 18 November 2026")]
    evening.advance(timedelta(hours=3))
    assert reports.send_due(evening(), service).sent == 1


def test_weekends_and_holidays_bring_no_report_of_their_own(fresh_db: str, evening: HeldClock, service: Market) -> None:
    investor(report="daily", report_hour=18)
    sent = []
    for _ in range(7):  # Wednesday to Tuesday; the exchanges rest on Saturday, Sunday and Guru Nanak's day
        sent.append(reports.send_due(evening(), service).sent)
        evening.advance(timedelta(days=1))
    assert sent[:6] == [1, 1, 1, 0, 0, 1]


def test_who_is_deactivated_or_has_no_address_gets_none(fresh_db: str, evening: HeldClock, service: Market) -> None:
    gone = investor(report="daily")
    with unit_of_work() as session:
        session.execute(text("UPDATE accounts SET state = 'deactivated' WHERE id = :id"), {"id": gone.id})
    visitor()
    assert not reports.send_due(evening(), service)


def test_a_report_tells_the_market_and_what_somebody_watches(
    fresh_db: str, evening: HeldClock, service: Market
) -> None:
    asha = investor(report="daily")
    watch(asha, "TCS.NS", "BTC-USD")
    alerts.create(asha, "TCS.NS", "above", "1", service=service)
    with unit_of_work() as session:
        session.execute(text("UPDATE alerts SET state = 'fired', fired_at = :at"), {"at": evening()})
    said = reports.build(asha, "daily", evening(), service)
    assert said.period == "Wednesday, 18 November 2026"
    assert "The NIFTY 50" in said.headline
    assert "Of the 2 instruments you watch" in said.headline
    assert [label for label, _ in said.figures] == ["NIFTY 50", "SENSEX", "Bank NIFTY", "Stocks of the NIFTY 50"]
    titles = {table.title: table for table in said.tables}
    assert {row[0] for row in titles["What you watch"].rows} == {"TCS", "Bitcoin"}
    assert len(titles["What moved most in the NIFTY 50"].rows) == 6
    assert titles["Your alerts that fired"].rows[0][1] == "rises to or above ₹1.00"
    assert said.source.startswith("Simulated prices, as of 18 Nov 2026, 15:30 IST")


def test_the_figures_are_the_market_s_own(fresh_db: str, evening: HeldClock, service: Market) -> None:
    from core import formats

    closes = service.bars("^NSEI", "1d", date(2026, 11, 1), date(2026, 11, 18)).data.frame["close"]
    day = formats.change(float(closes.iloc[-1] / closes.iloc[-2] - 1))
    figures = dict(reports.build(investor(), "daily", evening(), service).figures)
    assert figures["NIFTY 50"] == f"{formats.number(float(closes.iloc[-1]), 2, currency='INR')}  {day}"
    before = closes[closes.index.tz_convert("Asia/Kolkata").date < date(2026, 11, 9)].iloc[-1]
    last = closes[closes.index.tz_convert("Asia/Kolkata").date <= date(2026, 11, 13)].iloc[-1]
    weekly = dict(reports.build(investor(), "weekly", evening(), service).figures)
    assert weekly["NIFTY 50"].endswith(formats.change(float(last / before - 1)))


def test_without_anything_watched_there_is_no_heading_for_it(
    fresh_db: str, evening: HeldClock, service: Market
) -> None:
    said = reports.build(investor(), "weekly", evening(), service)
    assert [table.title for table in said.tables] == ["What moved most in the NIFTY 50"]
    assert said.notes == ()


def test_numbers_are_written_as_the_reader_prefers(fresh_db: str, evening: HeldClock, service: Market) -> None:
    asha = investor(number_format="international")
    watch(asha, "BTC-USD", "MRF.NS")
    [table] = [one for one in reports.build(asha, "daily", evening(), service).tables if one.title == "What you watch"]
    last = {row[0]: row[1] for row in table.rows}
    assert last["MRF"].count(",") == 1


def test_without_prices_nothing_is_sent_and_the_next_round_tries_again(
    fresh_db: str, evening: HeldClock, service: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    investor(report="daily")

    def away(*_: object) -> None:
        raise Unavailable("yahoo", "no answer.")

    with monkeypatch.context() as patched:
        patched.setattr(reports, "market_part", away)
        done = reports.send_due(evening(), service)
    assert (done.sent, done.failed) == (0, 1)
    assert "no answer" in done.problem
    assert reports.send_due(evening(), service).sent == 1


def test_one_report_that_cannot_be_made_keeps_nobody_else_from_theirs(
    fresh_db: str, evening: HeldClock, service: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = investor(report="daily"), investor("Ravi", report="daily")
    really = reports.contents

    def contents(account: Account, *given: object, **named: object) -> object:
        if account.id == first.id:
            raise MarketError("as the test wants")
        return really(account, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(reports, "contents", contents)
    assert str(reports.send_due(evening(), service)) == "1 sent, 1 failed: as the test wants"
    assert [to for to, _ in mails()] == [second.email]


def test_an_admin_turns_a_period_off_and_sets_its_earliest_hour(
    fresh_db: str, evening: HeldClock, service: Market
) -> None:
    boss = admin()
    investor(report="daily", report_hour=18)
    plan = reports.plans(boss)[0]
    assert (plan.period, plan.on, plan.hour, plan.takers, plan.version) == ("daily", True, 0, 1, 0)
    changed = reports.set_plan(boss, "daily", False, 0, plan.version)
    assert not reports.send_due(evening(), service)
    with pytest.raises(AlreadyChanged):
        reports.set_plan(boss, "daily", True, 0, plan.version)
    reports.set_plan(boss, "daily", True, 20, changed.version)
    assert not reports.send_due(evening(), service), "18:30 is before the earliest hour"
    evening.advance(timedelta(hours=2))
    assert reports.send_due(evening(), service).sent == 1
    assert rows("SELECT count(*) FROM activity_log WHERE action = 'report.plan_changed'") == [(2,)]
    with pytest.raises(InvalidInput, match="no hour"):
        reports.set_plan(boss, "daily", True, 24, 2)
    with pytest.raises(InvalidInput, match="no kind of report"):
        reports.set_plan(boss, "hourly", True, 2, 0)


@pytest.mark.parametrize(
    "action",
    [
        lambda who, service: reports.plans(who),
        lambda who, service: reports.set_plan(who, "daily", False, 0, 0),
        lambda who, service: reports.preview(who, who.id, "daily", service),
        lambda who, service: reports.send(who, who.id, "daily", service=service),
    ],
)
def test_who_is_no_admin_sees_and_sends_nothing(
    fresh_db: str, evening: HeldClock, service: Market, action: Callable[[Account, Market], object]
) -> None:
    with pytest.raises(NotAllowed):
        action(investor(), service)
    assert mails() == []
    assert rows("SELECT 1 FROM report_schedule") == []


def test_an_admin_looks_at_a_report_and_sends_it(fresh_db: str, evening: HeldClock, service: Market) -> None:
    boss, asha = admin(), investor()
    shown = reports.preview(boss, asha.id, "weekly", service)
    assert shown.subject == "Your weekly report: 9 to 13 November 2026"
    assert mails() == []
    assert reports.send(boss, asha.id, "weekly", service=service)
    assert not reports.send(boss, asha.id, "weekly", service=service), "twice within a minute is once"
    assert mails() == [(asha.email, shown.subject)]
    assert not reports.send(boss, visitor().id, "daily", service=service), "no address: the inbox only"


KILLED = """
import sys, time
from datetime import datetime
from core.clock import clock_at
from core.operations import reports
from db.repositories.operations import ReportRepository
from db.session import DatabaseOptions, configure
from core.notices import outbox

url, at, where = sys.argv[1], datetime.fromisoformat(sys.argv[2]), sys.argv[3]
configure(DatabaseOptions(url=url))
really, posted = outbox.post, 0


def post(*given, **named):
    global posted
    if where == "before" and posted:
        print("here", flush=True)
        time.sleep(60)
    number = really(*given, **named)
    posted += 1
    if where == "after" and posted == 2:
        print("here", flush=True)
        time.sleep(60)
    return number


outbox.post = post
with clock_at(at):
    reports.send_due(at)
"""


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_worker_killed_in_mid_report_sends_each_once(
    fresh_db: str, evening: HeldClock, service: Market, where: str
) -> None:
    """Killed with the second of three reports noted but not posted, or posted but not committed."""
    people = [investor(name, report="daily") for name in ("Asha", "Ravi", "Meera")]
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, fresh_db, evening().isoformat(), where],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        _, err = process.communicate()
    assert "Traceback" not in err
    until = time.monotonic() + 20
    while rows("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kubera'"):
        assert time.monotonic() < until, "the server has not noticed"
        time.sleep(0.05)
    assert [to for to, _ in mails()] == [people[0].email], "the first one is done, the second one never was"
    assert reports.send_due(evening(), service).sent == 2
    assert sorted(to for to, _ in mails()) == sorted(str(one.email) for one in people)
    assert len(rows("SELECT 1 FROM reports_sent")) == 3
    assert all(len(inbox.messages(one.id).rows) == 1 for one in people)


def test_the_grace_is_shorter_than_the_period() -> None:
    assert GRACE["daily"] < timedelta(days=1)
    assert GRACE["weekly"] < timedelta(days=7)
    assert GRACE["monthly"] < timedelta(days=28)
