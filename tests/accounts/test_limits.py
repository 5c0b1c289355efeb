"""Sliding windows against a model that counts naively, refusals, what is told and recorded, hostile input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.accounts import activity, limits
from core.accounts.errors import InvalidInput, LimitReached, NotAllowed
from core.accounts.limit_rules import DEFINITIONS, definition, in_words
from core.accounts.model import Account
from core.notices import inbox, outbox
from db.session import read_session, unit_of_work
from tests.accounts.limit_people import KEY, person
from tests.conftest import HeldClock

START = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
WINDOWS = {"burst": timedelta(minutes=1), "hourly": timedelta(hours=1), "daily": timedelta(hours=24)}
SMALL = {"burst": 3, "chat": 5, "hourly": 6, "daily": 9}
MICROSECOND = timedelta(microseconds=1)
STEPS = st.sampled_from(
    [
        timedelta(0),
        timedelta(seconds=1),
        timedelta(seconds=20),
        timedelta(seconds=60) - MICROSECOND,
        timedelta(seconds=60),
        timedelta(minutes=29),
        timedelta(hours=1),
        timedelta(hours=11),
        timedelta(hours=24) - MICROSECOND,
        timedelta(hours=24),
        timedelta(seconds=-30),
        timedelta(hours=-2),
        timedelta(days=-1),
    ]
)
EACH = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@pytest.fixture(autouse=True)
def _key(environment: Callable[..., None]) -> None:
    environment(KUBERA_SECRET_KEY=KEY)


def refused(account: Account, chat: str = "chat", at: datetime | None = None) -> LimitReached:
    with pytest.raises(LimitReached) as caught:
        limits.take(account, chat, at=at)
    return caught.value


def count(table: str) -> int:
    with read_session() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def by_rule(standings: tuple[limits.Standing, ...]) -> dict[str, limits.Standing]:
    return {one.rule: one for one in standings}


class Naive:
    """The rules as one would say them: everything later than `at - window` counts."""

    def __init__(self, most: dict[str, int]) -> None:
        self.most = most
        self.events: list[tuple[datetime, str]] = []

    def used(self, rule: str, chat: str, at: datetime) -> int:
        if rule == "chat":
            return sum(1 for _, where in self.events if where == chat)
        return sum(1 for when, _ in self.events if when > at - WINDOWS[rule])

    def first_full(self, chat: str, at: datetime) -> str | None:
        return next((rule for rule in SMALL if self.used(rule, chat, at) >= self.most[rule]), None)

    def returns_at(self, rule: str, at: datetime) -> datetime | None:
        """The earliest moment among the ends of all events' stays at which one more is let through by this rule."""
        if rule == "chat":
            return None
        ends = sorted(when + WINDOWS[rule] for when, _ in self.events)
        return next(end for end in ends if end > at and self.used(rule, "", end) < self.most[rule])


@EACH
@given(steps=st.lists(st.tuples(STEPS, st.sampled_from(["a", "b"])), min_size=1, max_size=30))
def test_prompts_are_let_through_and_refused_as_a_naive_count_says(
    db: Session, steps: list[tuple[timedelta, str]]
) -> None:
    account, admin = person(), person("admin")
    naive = Naive(SMALL)
    for rule, most in SMALL.items():
        limits.set_override(admin, account.id, rule, most, "a small limit")
    at = START
    for by, chat in steps:
        at += by
        full = naive.first_full(chat, at)
        if full is None:
            after = by_rule(limits.take(account, chat, at=at))
            naive.events.append((at, chat))
            assert {rule: one.used for rule, one in after.items()} == {
                rule: naive.used(rule, chat, at) for rule in SMALL
            }
        else:
            error = refused(account, chat, at)
            assert (error.rule, error.most, error.returns_at) == (full, SMALL[full], naive.returns_at(full, at))
        assert by_rule(limits.standing(account, chat, at=at)) == by_rule(limits.standing(account, chat, at=at)), (
            "looking changes nothing"
        )
    for rule, one in by_rule(limits.standing(account, "a", at=at)).items():
        assert one.used == naive.used(rule, "a", at)
        assert one.left == max(0, SMALL[rule] - one.used)


@EACH
@given(steps=st.lists(st.tuples(STEPS, st.sampled_from(["x@y.in", "z@y.in"])), min_size=1, max_size=25))
def test_guards_let_through_and_refuse_as_a_naive_count_says(db: Session, steps: list[tuple[timedelta, str]]) -> None:
    apart = str(person().id)  # a subject of this example's own
    events: list[tuple[datetime, str]] = []
    at = START
    for by, who in steps:
        at += by
        subject = f"{apart}{who}"
        used = sum(1 for when, whose in events if whose == who and when > at - timedelta(hours=1))
        assert limits.allowed("code_address", subject, at=at) == (used < 5)
        if used < 5:
            limits.guard("code_address", subject, at=at)
            events.append((at, who))
        else:
            with pytest.raises(LimitReached) as caught:
                limits.guard("code_address", subject, at=at)
            ours = sorted(when for when, whose in events if whose == who)
            assert caught.value.returns_at == ours[-5] + timedelta(hours=1)


def test_the_defaults_are_those_of_the_house() -> None:
    assert {name: (rule.most, rule.window) for name, rule in DEFINITIONS.items() if rule.group == "prompt"} == {
        "burst": (10, timedelta(minutes=1)),
        "chat": (50, None),
        "hourly": (150, timedelta(hours=1)),
        "daily": (1000, timedelta(days=1)),
    }


def test_the_eleventh_prompt_of_a_minute_is_refused_until_the_first_is_a_minute_old(
    db: Session, clock: HeldClock
) -> None:
    account = person()
    for _ in range(10):
        limits.take(account, "chat")
        clock.advance(timedelta(seconds=2))
    error = refused(account)
    assert (error.rule, error.most) == ("burst", 10)
    assert error.returns_at == START + timedelta(minutes=1)
    assert error.message == "Too many questions within a minute: 10 are allowed."
    assert error.remedy == "Try again in 40 seconds."
    clock.set(START + timedelta(minutes=1) - MICROSECOND)
    assert refused(account).returns_at == START + timedelta(minutes=1)
    clock.advance(MICROSECOND)
    standings = by_rule(limits.take(account, "chat"))
    assert (standings["burst"].used, standings["burst"].left) == (10, 0)


def test_a_full_chat_is_full_for_ever_and_a_new_one_is_not(db: Session, clock: HeldClock) -> None:
    account = person()
    for _ in range(50):
        clock.advance(timedelta(minutes=2))
        limits.take(account, "first")
    clock.advance(timedelta(days=400))
    limits.forget_old()
    error = refused(account, "first")
    assert (error.rule, error.returns_at, error.remedy) == ("chat", None, "Start a new chat.")
    assert by_rule(limits.take(account, "second"))["chat"].left == 49


def test_the_first_full_rule_in_the_order_burst_chat_hourly_daily_refuses(db: Session, clock: HeldClock) -> None:
    account, admin = person(), person("admin")
    order = ["burst", "chat", "hourly", "daily"]
    for rule in order:
        limits.set_override(admin, account.id, rule, 1, "one of each")
    limits.take(account, "chat")
    for rule in order:
        assert refused(account).rule == rule
        limits.set_override(admin, account.id, rule, 5, "this one is no hindrance now")
    assert by_rule(limits.take(account, "chat"))["daily"].left == 3


def test_setting_the_clock_back_opens_no_window(db: Session, clock: HeldClock) -> None:
    account = person()
    for _ in range(10):
        limits.take(account, "chat")
    for _ in range(5):
        limits.guard("code_address", "a@b.in")
    for back in (timedelta(minutes=5), timedelta(hours=3), timedelta(days=30)):
        clock.set(START - back)
        assert refused(account).rule == "burst"
        assert not limits.allowed("code_address", "a@b.in")
        with pytest.raises(LimitReached):
            limits.guard("code_address", "a@b.in")


def test_what_is_refused_does_not_count(db: Session, clock: HeldClock) -> None:
    account = person()
    for _ in range(10):
        limits.take(account, "chat")
    for _ in range(200):
        refused(account)
    assert by_rule(limits.standing(account, "chat"))["hourly"].used == 10
    clock.advance(timedelta(minutes=1))
    assert by_rule(limits.take(account, "chat"))["burst"].used == 1


def test_refusals_of_a_minute_are_one_row_with_a_count(db: Session, clock: HeldClock) -> None:
    account, admin = person(), person("admin")
    for _ in range(10):
        limits.take(account, "chat")
    for _ in range(30):
        refused(account)
    clock.advance(timedelta(seconds=59))
    refused(account)
    found = limits.violations(admin, account_id=account.id)
    assert found.total == 1
    (one,) = found.rows
    assert (one.rule, one.most, one.times, one.user_name) == ("burst", 10, 31, account.user_name)
    assert (one.first_at, one.last_at) == (START, START + timedelta(seconds=59))
    assert one.subject == activity.account_subject(account.id)


def test_violations_are_paged_and_filtered_newest_first(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    for minute in range(7):
        for _ in range(6):
            if limits.allowed("code_address", "a@b.in"):
                limits.guard("code_address", "a@b.in")
        with pytest.raises(LimitReached):
            limits.guard("code_address", "a@b.in")
        clock.set(START + timedelta(minutes=minute + 1))
    first = limits.violations(admin, rule="code_address", size=3)
    last = limits.violations(admin, rule="code_address", page=3, size=3)
    assert (first.total, len(first.rows), len(last.rows)) == (7, 3, 1)
    assert [row.first_at for row in first.rows] == [START + timedelta(minutes=number) for number in (6, 5, 4)]
    assert first.rows[0].subject == "a@b.in"
    assert limits.violations(admin, rule="burst").rows == ()


def test_the_account_is_told_once_a_window_and_not_oftener_than_hourly(db: Session, clock: HeldClock) -> None:
    account = person()
    for _ in range(3):
        for _ in range(10):
            limits.take(account, "chat")
        for _ in range(5):
            refused(account)
        clock.advance(timedelta(minutes=5))
    told = [message for message in inbox.messages(account.id).rows if message.kind == "burst_limit_reached"]
    assert len(told) == 1
    assert "10" in told[0].body
    mails = [mail for mail in outbox.entries().rows if mail.kind == "burst_limit_reached"]
    assert len(mails) == 1
    clock.advance(timedelta(hours=1))
    for _ in range(10):
        limits.take(account, "chat")
    refused(account)
    assert len([one for one in inbox.messages(account.id).rows if one.kind == "burst_limit_reached"]) == 2


@pytest.mark.parametrize("rule", ["burst", "chat", "hourly", "daily"])
def test_each_level_has_its_own_notice(db: Session, clock: HeldClock, rule: str) -> None:
    account, admin = person(), person("admin")
    limits.set_override(admin, account.id, rule, 1, "to reach it soon")
    limits.take(account, "chat")
    assert refused(account).rule == rule
    assert next(one.kind for one in inbox.messages(account.id).rows) == f"{rule}_limit_reached"


def test_a_demo_visitor_is_told_on_screen_and_gets_no_mail(db: Session, clock: HeldClock) -> None:
    visitor = person(kind="demo_visitor")
    for _ in range(10):
        limits.take(visitor, "chat")
    refused(visitor)
    assert [one.kind for one in inbox.messages(visitor.id).rows] == ["burst_limit_reached"]
    assert outbox.entries().total == 0


def test_an_address_that_can_get_no_mail_is_refused_like_any_other(db: Session, clock: HeldClock) -> None:
    account = replace(person(), email="broken\r\nBcc: all@example.in")
    for _ in range(10):
        limits.take(account, "chat")
    assert refused(account).rule == "burst"
    assert limits.violations(person("admin"), account_id=account.id).total == 1


def test_a_guard_counts_whatever_becomes_of_the_caller(fresh_db: str, clock: HeldClock) -> None:
    def failing_sign_in() -> None:
        with unit_of_work() as session:
            session.execute(text("SELECT 1"))
            for _ in range(5):
                limits.guard("code_address", "a@b.in")
            raise RuntimeError("the sign-in failed")

    with pytest.raises(RuntimeError, match="the sign-in failed"):
        failing_sign_in()
    assert not limits.allowed("code_address", "a@b.in")


def test_a_guard_in_the_callers_transaction_ends_with_it_but_its_refusal_is_recorded(
    fresh_db: str, clock: HeldClock
) -> None:
    admin = person("admin")

    def six_in_one_transaction() -> None:
        with unit_of_work() as session:
            for _ in range(6):
                limits.guard("code_address", "a@b.in", session=session)

    with pytest.raises(LimitReached):
        six_in_one_transaction()
    assert limits.allowed("code_address", "a@b.in")
    assert count("guard_events") == 0
    assert [row.times for row in limits.violations(admin).rows] == [1]


def test_subjects_differ_by_rule_and_not_by_case_or_spaces(db: Session, clock: HeldClock) -> None:
    for subject in ("a@b.in", " A@B.IN ", "A@b.in", "a@B.in", "a@b.in\n"):
        limits.guard("code_address", subject)
    assert not limits.allowed("code_address", "a@b.in")
    assert limits.allowed("sign_in_address", "a@b.in")
    assert limits.allowed("code_address", "aa@b.in")


def test_whoever_proved_who_they_are_starts_afresh(db: Session, clock: HeldClock) -> None:
    for _ in range(10):
        limits.guard("sign_in_address", "asha")
    assert not limits.allowed("sign_in_address", "asha")
    limits.forgive("sign_in_address", "ASHA")
    assert limits.allowed("sign_in_address", "asha")


def test_no_address_and_no_ip_is_kept_by_guards(db: Session, clock: HeldClock) -> None:
    limits.guard("code_address", "somebody@example.in")
    limits.guard("sign_in_ip", "203.0.113.7")
    with read_session() as session:
        kept = session.execute(text("SELECT key::text, encode(key, 'escape') FROM guard_events")).all()
    assert len(kept) == 2
    assert not any("somebody" in str(row) or "203.0.113" in str(row) for row in kept)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("a@b.in", "a@b.in"),
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("42", "42"),
        ("correct horse battery", "co*"),
        ("asha", "as*"),
        ("pass@word with spaces.x", "pa*"),
        ("", "*"),
        ("a\x00b@c.in", "a�b@c.in"),
    ],
)
def test_a_violation_shows_addresses_and_never_what_may_be_a_password(given_: str, kept: str) -> None:
    assert limits.shown(given_) == kept


@pytest.mark.parametrize(
    "subject", ["", "x" * 100_000, "\x00", "'; DROP TABLE guard_events; --", "आशा", "\ud800 alone", "🙂"]
)
def test_any_subject_can_be_guarded(db: Session, clock: HeldClock, subject: str) -> None:
    for _ in range(5):
        limits.guard("code_address", subject)
    with pytest.raises(LimitReached):
        limits.guard("code_address", subject)
    assert not limits.allowed("code_address", subject)


@pytest.mark.parametrize("chat", ["", " ", "a b", "x" * 101, "a\x00b", "a\nb", "चैट", "'; --\t"])
def test_what_is_no_chat_is_refused_and_not_counted(db: Session, clock: HeldClock, chat: str) -> None:
    account = person()
    with pytest.raises(InvalidInput) as caught:
        limits.take(account, chat)
    assert caught.value.field == "chat"
    assert by_rule(limits.standing(account))["daily"].used == 0


def test_without_a_chat_the_standing_leaves_the_chat_out(db: Session, clock: HeldClock) -> None:
    standings = limits.standing(person())
    assert [(one.rule, one.most, one.used, one.left, one.returns_at) for one in standings] == [
        ("burst", 10, 0, 10, None),
        ("hourly", 150, 0, 150, None),
        ("daily", 1000, 0, 1000, None),
    ]


def test_an_account_that_is_gone_may_ask_nothing(db: Session, clock: HeldClock) -> None:
    gone = replace(person(), id=987_654_321)
    with pytest.raises(NotAllowed, match="no longer exists"):
        limits.take(gone, "chat")
    with pytest.raises(NotAllowed, match="no longer exists"):
        limits.standing(gone)


def test_accounts_do_not_count_for_each_other_even_in_a_chat_of_the_same_name(db: Session, clock: HeldClock) -> None:
    one, other = person(), person()
    for _ in range(10):
        limits.take(one, "chat")
    assert by_rule(limits.take(other, "chat"))["chat"].used == 1


def test_an_unknown_guard_is_a_mistake_in_the_program(db: Session) -> None:
    with pytest.raises(ValueError, match="no guard limit called 'burst'"):
        limits.guard("burst", "x")
    with pytest.raises(ValueError, match="no guard limit called 'nothing'"):
        limits.allowed("nothing", "x")
    with pytest.raises(ValueError, match="no  limit called"):
        definition("nothing")


def test_a_moment_without_a_timezone_is_a_mistake_in_the_program(db: Session) -> None:
    with pytest.raises(ValueError, match="needs a moment with a timezone"):
        limits.take(person(), "chat", at=datetime(2026, 11, 18))  # noqa: DTZ001


def test_old_events_go_and_those_a_window_reaches_stay(db: Session, clock: HeldClock) -> None:
    account, admin = person(), person("admin")
    for _ in range(10):
        limits.take(account, "chat")
    refused(account)
    limits.set_override(admin, account.id, "daily", 5, "for an hour", START + timedelta(hours=1))
    for _ in range(5):
        limits.guard("code_address", "a@b.in")
    clock.advance(timedelta(days=1))
    assert limits.forget_old() == 0, "a clock set back by a day must still find them"
    clock.advance(timedelta(days=2))
    assert limits.forget_old() == 5
    assert (count("guard_events"), count("prompt_events"), count("limit_violations")) == (0, 10, 1)
    clock.advance(timedelta(days=88))
    assert limits.forget_old() == 12
    assert (count("prompt_events"), count("limit_violations"), count("limit_overrides")) == (0, 0, 0)


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(0), "1 second"),
        (timedelta(milliseconds=1), "1 second"),
        (timedelta(seconds=59, milliseconds=1), "60 seconds"),
        (timedelta(seconds=91), "2 minutes"),
        (timedelta(minutes=14, seconds=1), "15 minutes"),
        (timedelta(hours=23, minutes=1), "24 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_waits_are_said_as_people_say_them_and_never_too_short(wait: timedelta, words: str) -> None:
    assert in_words(wait) == words


def test_deleting_an_account_deletes_what_was_counted_of_it(db: Session, clock: HeldClock) -> None:
    account = person()
    for _ in range(10):
        limits.take(account, "chat")
    refused(account)
    with unit_of_work() as session:
        session.execute(text("DELETE FROM accounts WHERE id = :id"), {"id": account.id})
    assert [count(table) for table in ("prompt_events", "chat_prompts", "limit_violations")] == [0, 0, 0]
