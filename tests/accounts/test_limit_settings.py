"""What admins change about limits: effect, record, notice, refusal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.accounts import activity, limits, people
from core.accounts.errors import AlreadyChanged, InvalidInput, LimitReached, NotAllowed
from core.accounts.limit_rules import DEFINITIONS
from core.accounts.model import Account, Origin
from core.notices import inbox
from tests.accounts.limit_people import KEY, person
from tests.conftest import HeldClock

START = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _key(environment: Callable[..., None]) -> None:
    environment(KUBERA_SECRET_KEY=KEY)


def rule_of(admin: Account, name: str) -> limits.Rule:
    return next(one for one in limits.rules(admin) if one.rule == name)


def taken(account: Account, chat: str = "chat") -> int:
    """How many prompts are let through until one is refused, 60 at most."""
    for number in range(60):
        try:
            limits.take(account, chat)
        except LimitReached:
            return number
    return 60


def test_every_rule_can_be_seen_with_its_default(db: Session) -> None:
    found = limits.rules(person("admin"))
    assert [one.rule for one in found] == list(DEFINITIONS)
    assert all(one.most == one.default and one.version == 0 and one.changed_at is None for one in found)


def test_a_changed_rule_applies_to_everybody_at_once_and_is_logged(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    changed = limits.set_rule(admin, "burst", 3, 0, origin=Origin(ip="203.0.113.9"))
    assert (changed.most, changed.default, changed.version) == (3, 10, 1)
    assert (changed.changed_by, changed.changed_at) == (admin.user_name, START)
    assert taken(account) == 3
    entry = activity.entries(admin, subject="rule:burst").rows[0]
    assert (entry.action, entry.before, entry.after) == ("limits.rule_changed", {"most": 10}, {"most": 3})
    assert (entry.actor_id, entry.ip) == (admin.id, "203.0.113.9")
    assert limits.set_rule(admin, "burst", 10, changed.version).version == 2, "and it can be taken back"
    assert rule_of(admin, "burst").most == 10


def test_a_smaller_rule_counts_what_was_used_before(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    for _ in range(6):
        limits.take(account, "chat")
        clock.advance(timedelta(seconds=5))
    limits.set_rule(admin, "burst", 2, 0)
    with pytest.raises(LimitReached) as caught:
        limits.take(account, "chat")
    assert caught.value.returns_at == START + timedelta(seconds=20 + 60), "when the fifth of six is a minute old"
    burst = limits.standing(account)[0]
    assert (burst.used, burst.left, burst.returns_at) == (6, 0, START + timedelta(seconds=80))


def test_a_rule_of_nought_lets_nobody_and_names_no_time(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    limits.set_rule(admin, "daily", 0, 0)
    with pytest.raises(LimitReached) as caught:
        limits.take(account, "chat")
    assert (caught.value.rule, caught.value.most, caught.value.returns_at) == ("daily", 0, None)
    assert caught.value.remedy == "Ask an admin to allow it."
    limits.set_rule(admin, "upload", 0, 0)
    with pytest.raises(LimitReached, match="none are allowed"):
        limits.guard("upload", "1")


def test_a_guard_can_be_changed_like_a_prompt_rule(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    limits.set_rule(admin, "export", 1, 0)
    limits.guard("export", "7")
    assert not limits.allowed("export", "7")
    limits.set_rule(admin, "export", 2, 1)
    assert limits.allowed("export", "7")


def test_a_stale_version_changes_nothing(db: Session, clock: HeldClock) -> None:
    admin = person("admin")
    limits.set_rule(admin, "burst", 20, 0)
    for version in (0, 2, -1, 999):
        with pytest.raises(AlreadyChanged, match="Look at it again"):
            limits.set_rule(admin, "burst", 30, version)
    assert rule_of(admin, "burst").most == 20
    assert activity.entries(admin, action="limits.rule_changed").total == 1


@pytest.mark.parametrize("most", [-1, 1_000_001, True, 2.5, "10", None])
def test_what_is_no_number_of_a_limit_is_refused(db: Session, most: Any) -> None:
    with pytest.raises(InvalidInput, match="no number a limit can have") as caught:
        limits.set_rule(person("admin"), "burst", most, 0)
    assert caught.value.field == "most"


@pytest.mark.parametrize("rule", ["", "nothing", "burst'; --", "x" * 10_000])
def test_an_unknown_rule_is_refused(db: Session, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        limits.set_rule(person("admin"), rule, 1, 0)
    assert caught.value.field == "rule"
    assert len(str(caught.value)) < 200


def test_an_override_applies_to_one_account_until_its_day(db: Session, clock: HeldClock) -> None:
    admin, account, other = person("admin"), person(), person()
    made = limits.set_override(admin, account.id, "burst", 15, "A demonstration", START + timedelta(hours=2))
    assert (made.most, made.version, made.active, made.set_by) == (15, 1, True, admin.user_name)
    assert (taken(account), taken(other)) == (15, 10)
    clock.advance(timedelta(hours=2))
    assert taken(account) == 10
    (seen,) = limits.overrides(admin, account.id)
    assert not seen.active


def test_an_override_can_lift_one_rule_alone(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    limits.set_override(admin, account.id, "burst", None, "Trusted")
    assert taken(account) == 50, "until the chat is full"
    burst = limits.standing(account)[0]
    assert (burst.most, burst.left, burst.used) == (None, None, 50)


def test_clearing_an_override_brings_the_common_rule_back(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    limits.set_override(admin, account.id, "burst", 2, "Too eager")
    assert taken(account) == 2
    limits.clear_override(admin, account.id, "burst", version=1)
    assert taken(account) == 8
    assert limits.overrides(admin, account.id) == ()
    limits.clear_override(admin, account.id, "burst")
    log = activity.entries(admin, subject=activity.account_subject(account.id))
    assert [entry.action for entry in log.rows] == ["limits.override_cleared", "limits.override_set"]
    assert log.rows[0].before == {"rule": "burst", "most": 2, "reason": "Too eager", "until": None}


def test_overrides_know_their_version(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    limits.set_override(admin, account.id, "burst", 2, "one", version=0)
    limits.set_override(admin, account.id, "burst", 3, "two", version=1)
    for version in (0, 1, 3):
        with pytest.raises(AlreadyChanged):
            limits.set_override(admin, account.id, "burst", 4, "three", version=version)
        with pytest.raises(AlreadyChanged):
            limits.clear_override(admin, account.id, "burst", version=version)
    assert limits.set_override(admin, account.id, "burst", 4, "whatever it is").version == 3


def test_an_exempt_account_passes_every_prompt_rule_and_is_still_counted(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    limits.exempt(admin, account.id, True, "Runs the demonstration")
    assert people.get(account.id).limits_exempt
    assert taken(account) == 60
    assert [(one.most, one.used) for one in limits.standing(account)] == [(None, 60)] * 3
    limits.exempt(admin, account.id, True, "again")
    limits.exempt(admin, account.id, False, "It is over")
    assert taken(account) == 0
    log = activity.entries(admin, subject=activity.account_subject(account.id))
    assert [entry.action for entry in log.rows] == ["limits.exemption_ended", "limits.exempted"]
    assert log.rows[1].after == {"limits_exempt": True, "reason": "Runs the demonstration"}


def test_the_person_is_told_of_each_change_of_theirs(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    limits.set_override(admin, account.id, "hourly", 300, "Earnings season", START + timedelta(days=3))
    clock.advance(timedelta(minutes=1))
    limits.clear_override(admin, account.id, "hourly")
    clock.advance(timedelta(minutes=1))
    limits.exempt(admin, account.id, True, "Trusted")
    told = inbox.messages(account.id).rows
    assert [one.kind for one in told] == ["limits_changed"] * 3
    assert "No limit applies to you" in told[0].body
    assert "as for everybody" in told[1].body
    assert "Questions an hour: 300" in told[2].body


@pytest.mark.parametrize("reason", ["", "   ", "\x00\n\t"])
def test_changes_for_one_person_need_a_reason(db: Session, reason: str) -> None:
    admin, account = person("admin"), person()
    with pytest.raises(InvalidInput, match="No reason"):
        limits.set_override(admin, account.id, "burst", 1, reason)
    with pytest.raises(InvalidInput, match="No reason"):
        limits.exempt(admin, account.id, True, reason)
    assert inbox.messages(account.id).total == 0


def test_an_override_needs_a_prompt_rule_an_account_and_a_future_end(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    with pytest.raises(InvalidInput, match="no prompt limit"):
        limits.set_override(admin, account.id, "export", 1, "why")
    with pytest.raises(InvalidInput, match="no account 987654321"):
        limits.set_override(admin, 987_654_321, "burst", 1, "why")
    for until in (START, START - timedelta(days=1), datetime(2027, 1, 1)):  # noqa: DTZ001
        with pytest.raises(InvalidInput, match="not in the future"):
            limits.set_override(admin, account.id, "burst", 1, "why", until)
    assert limits.overrides(admin, account.id) == ()


def test_markup_and_control_characters_in_a_reason_stay_text(db: Session, clock: HeldClock) -> None:
    admin, account = person("admin"), person()
    made = limits.set_override(admin, account.id, "burst", 1, "<script>\x00\u202e'; DROP TABLE accounts; --\r\nBcc: x")
    assert made.reason == "<script> '; DROP TABLE accounts; -- Bcc: x"
    assert activity.verify().ok


CALLS: dict[str, Callable[[Account, int], object]] = {
    "rules": lambda actor, _: limits.rules(actor),
    "set_rule": lambda actor, _: limits.set_rule(actor, "burst", 1000, 0),
    "overrides": limits.overrides,
    "set_override": lambda actor, target: limits.set_override(actor, target, "burst", None, "I want to"),
    "clear_override": lambda actor, target: limits.clear_override(actor, target, "burst"),
    "exempt": lambda actor, target: limits.exempt(actor, target, True, "I want to"),
    "violations": lambda actor, target: limits.violations(actor, account_id=target),
    "entries": lambda actor, _: activity.entries(actor),
    "actions": lambda actor, _: activity.actions(actor),
    "export_csv": lambda actor, _: activity.export_csv(actor),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("who", ["investor", "demo_visitor", "demo_admin"])
def test_whoever_is_no_admin_may_do_nothing_of_this(db: Session, clock: HeldClock, call: str, who: str) -> None:
    actor = person() if who == "investor" else person(kind=who)  # type: ignore[arg-type]
    admin = person("admin")
    with pytest.raises(NotAllowed):
        CALLS[call](actor, actor.id)
    assert rule_of(admin, "burst").version == 0
    assert limits.overrides(admin, actor.id) == ()
    assert not people.get(actor.id).limits_exempt
    assert activity.entries(admin).total == 0


@pytest.mark.parametrize("call", ["set_rule", "set_override", "clear_override", "exempt"])
def test_an_admin_who_no_longer_is_one_changes_nothing(db: Session, clock: HeldClock, call: str) -> None:
    target = person()
    actor = Account(target.id, target.owner, "registered", "admin", "was", "Was", target.email, "active", START)
    with pytest.raises(NotAllowed):
        CALLS[call](actor, target.id)
    assert activity.entries(person("admin")).total == 0
