"""The real office: what it shows is what is stored, what it does is logged, told and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.accounts import activity, limits, people, sessions
from core.accounts.errors import AlreadyChanged, InvalidInput, LimitReached, NotAllowed
from core.accounts.model import Account
from core.market.errors import Unavailable
from core.market.service import reset_market
from core.market.store.switches import SourceSwitches
from core.notices import inbox, outbox
from core.office.contract import PERIODS
from core.office.model import Done
from core.office.real import RealOffice
from core.operations.usage import Usage
from db.session import unit_of_work
from tests.accounts.persons import HOME, person, signed_in
from tests.conftest import HeldClock

REASON = "A test of it"


@pytest.fixture
def boss(db: Session, clock: HeldClock) -> Account:
    reset_market()
    return person("boss", role="admin")


@pytest.fixture
def office(boss: Account) -> RealOffice:
    return RealOffice(boss, HOME)


def newest(office: RealOffice) -> tuple[str, str, str, str, str]:
    row = office.entries().rows[0]
    return row.who, row.action, row.subject, row.before, row.after


def undone(done: Done, office: RealOffice) -> Done:
    assert done.undo is not None
    return done.undo(office)


# -- people


def test_people_are_listed_searched_and_counted(office: RealOffice, clock: HeldClock) -> None:
    for name in ("asha", "bela", "chitra"):
        person(name)
        clock.advance(timedelta(minutes=1))
    assert [row.user_name for row in office.users(sort="created").rows] == ["chitra", "bela", "asha", "boss"]
    assert [row.user_name for row in office.users(search="BEL").rows] == ["bela"]
    assert [row.user_name for row in office.users(role="admin").rows] == ["boss"]
    assert office.users(page=2).rows == ()
    assert office.users(search="%").rows == ()


def test_one_person_shows_devices_limits_and_own_limits(office: RealOffice) -> None:
    asha = person("asha")
    signed_in(asha)
    limits.take(asha, "chat-1")
    office.set_override(asha.id, "burst", 20, REASON, None, 0)
    found = office.person(asha.id)
    assert (found.row.user_name, found.row.email) == ("asha", "asha@example.com")
    assert [one.device for one in found.devices] == ["Firefox on Linux"]
    assert {one.rule: (one.most, one.used) for one in found.standing} == {
        "burst": (20, 1),
        "hourly": (150, 1),
        "daily": (1000, 1),
    }
    assert [(one.rule, one.most, one.reason, one.ended) for one in found.overrides] == [("burst", 20, REASON, False)]
    with pytest.raises(InvalidInput, match="no account 987654"):
        office.person(987654)


def test_a_role_is_given_and_taken_back(office: RealOffice) -> None:
    asha = person("asha")
    done = office.set_role(asha.id, "admin", office.person(asha.id).row.version)
    assert people.get(asha.id).role == "admin"
    assert newest(office) == ("boss", "account.role_changed", f"account:{asha.id}", "role: investor", "role: admin")
    undone(done, office)
    assert people.get(asha.id).role == "investor"


def test_deactivating_ends_sessions_and_is_undone(office: RealOffice) -> None:
    asha = person("asha")
    token, _ = signed_in(asha)
    done = office.deactivate(asha.id, REASON, office.person(asha.id).row.version)
    assert sessions.lookup(token) is None
    assert (office.person(asha.id).row.state, office.person(asha.id).row.reason) == ("deactivated", REASON)
    assert "deactivated" in newest(office)[4]
    undone(done, office)
    assert office.person(asha.id).row.state == "active"
    assert sessions.lookup(token) is None, "but the sessions are gone"


def test_one_browser_or_all_are_signed_out(office: RealOffice) -> None:
    asha = person("asha")
    first, session = signed_in(asha)
    second, _ = signed_in(asha)
    third, _ = signed_in(asha)
    assert "that browser" in office.sign_out(asha.id, session.id).message
    assert [sessions.lookup(one) is None for one in (first, second, third)] == [True, False, False]
    assert newest(office)[:3] == ("boss", "account.session_ended", f"account:{asha.id}")
    with pytest.raises(InvalidInput, match="not signed in any more"):
        office.sign_out(asha.id, session.id)
    assert "2 browsers" in office.sign_out(asha.id).message
    assert office.person(asha.id).devices == ()


def test_a_session_of_somebody_else_is_not_ended_by_number(office: RealOffice) -> None:
    asha, bela = person("asha"), person("bela")
    token, session = signed_in(bela)
    with pytest.raises(InvalidInput):
        office.sign_out(asha.id, session.id)
    assert sessions.lookup(token) is not None


def test_oneself_and_the_last_admin_are_safe(office: RealOffice, boss: Account) -> None:
    version = office.person(boss.id).row.version
    for act in (
        lambda: office.set_role(boss.id, "investor", version),
        lambda: office.deactivate(boss.id, REASON, version),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_exemptions_and_own_limits_are_undone(office: RealOffice) -> None:
    asha = person("asha")
    exempted = office.set_exempt(asha.id, True, REASON)
    assert office.person(asha.id).standing == ()
    undone(exempted, office)
    assert len(office.person(asha.id).standing) == 3
    given = office.set_override(asha.id, "burst", 0, REASON, None, 0)
    with pytest.raises(LimitReached):
        limits.take(asha, "chat-1")
    undone(given, office)
    limits.take(asha, "chat-1")
    office.set_override(asha.id, "daily", 5, REASON, None, 0)
    cleared = office.clear_override(asha.id, "daily", 1)
    undone(cleared, office)
    assert [(one.rule, one.most) for one in office.person(asha.id).overrides] == [("daily", 5)]


@pytest.mark.parametrize("kind", ["role", "state", "rule", "override", "source", "pause", "report", "maintenance"])
def test_of_two_admins_at_once_the_second_is_told(office: RealOffice, kind: str) -> None:
    asha, other = person("asha"), RealOffice(person("other", role="admin"))
    person_version = office.person(asha.id).row.version
    source = next(one.version for one in office.sources() if one.name == "yahoo")
    act: dict[str, Callable[[RealOffice], Done]] = {
        "role": lambda mine: mine.set_role(asha.id, "admin", person_version),
        "state": lambda mine: mine.deactivate(asha.id, REASON, person_version),
        "rule": lambda mine: mine.set_rule("burst", 7, 0),
        "override": lambda mine: mine.set_override(asha.id, "burst", 7, REASON, None, 0),
        "source": lambda mine: mine.switch_source("yahoo", False, source),
        "pause": lambda mine: mine.pause_task("check_alerts", True, 0),
        "report": lambda mine: mine.set_report("daily", False, 9, 0),
        "maintenance": lambda mine: mine.start_maintenance("Closed", None, mine.system().version),
    }
    if kind == "maintenance":
        version = office.system().version
        office.start_maintenance("Closed", None, version)
        with pytest.raises(AlreadyChanged):
            other.start_maintenance("Closed too", None, version)
        return
    act[kind](office)
    with pytest.raises(AlreadyChanged):
        act[kind](other)


# -- limits


def test_a_rule_for_everybody_is_changed_logged_and_undone(office: RealOffice) -> None:
    done = office.set_rule("burst", 3, 0)
    assert next(one for one in office.rules() if one.rule == "burst").most == 3
    assert newest(office) == ("boss", "limits.rule_changed", "rule:burst", "most: 10", "most: 3")
    undone(done, office)
    assert next(one for one in office.rules() if one.rule == "burst").most == 10


def test_whoever_runs_into_a_limit_is_listed(office: RealOffice) -> None:
    asha = person("asha")
    for _ in range(10):
        limits.take(asha, "chat-1")
    for _ in range(2):
        with pytest.raises(LimitReached):
            limits.take(asha, "chat-1")
    (row,) = office.violations(account_id=asha.id).rows
    assert (row.who, row.rule, row.most, row.times) == ("asha", "burst", 10, 2)
    assert office.violations(rule="daily").rows == ()


# -- system, sources, work


def test_maintenance_is_started_and_undone(office: RealOffice, clock: HeldClock) -> None:
    until = clock() + timedelta(hours=1)
    done = office.start_maintenance("Back at noon", until, office.system().version)
    pause = office.system().pause
    assert pause is not None
    assert (pause.message, pause.until, pause.started_by) == ("Back at noon", until, "boss")
    undone(done, office)
    assert office.system().pause is None
    assert newest(office)[1] == "maintenance.ended"


def test_a_source_is_switched_off_everywhere_and_on_again(office: RealOffice) -> None:
    version = next(one.version for one in office.sources() if one.name == "yahoo")
    done = office.switch_source("yahoo", False, version)
    row = next(one for one in office.sources() if one.name == "yahoo")
    assert (row.on, row.state, row.switchable) == (False, "switched off", True)
    assert SourceSwitches().off() == {"yahoo"}
    assert newest(office) == ("boss", "source.switched", "source:yahoo", "on: True", "on: False")
    assert any("switched off" in problem.text for problem in office.dashboard().problems)
    undone(done, office)
    assert SourceSwitches().off() == frozenset()
    for name in ("demo", "file", "nobody"):
        with pytest.raises(InvalidInput):
            office.switch_source(name, False, 0)
    assert issubclass(Unavailable, Exception)


def test_a_task_is_paused_started_and_its_run_is_listed(office: RealOffice) -> None:
    done = office.pause_task("check_alerts", True, 0)
    assert next(one for one in office.tasks() if one.name == "check_alerts").paused
    undone(done, office)
    assert not next(one for one in office.tasks() if one.name == "check_alerts").paused
    assert "is on the queue" in office.run_task("check_alerts").message
    assert "waits on the queue already" in office.run_task("check_alerts").message
    (run,) = office.runs(task="check_alerts").rows
    assert (run.status, run.can_retry) == ("todo", False)
    with pytest.raises(InvalidInput):
        office.retry_run(run.id)
    assert "is on the queue" in office.take_backup().message
    assert office.backups() == ()


def test_a_mail_is_shown_by_its_kind_cancelled_and_sent_again(
    office: RealOffice, environment: Callable[..., None]
) -> None:
    environment(SMTP_HOST="127.0.0.1", KUBERA_SECRET_KEY="5f0c1d7e9a3b48268e4d0f6b7c2a1930")
    asha = person("asha")
    with unit_of_work() as session:
        number = outbox.post(
            session,
            "password_reset_code",
            to="asha@example.com",
            account_id=asha.id,
            key="k",
            context={"code": "918273", "expires_at": datetime(2026, 11, 18, 6, 10, tzinfo=UTC)},
        )
    assert number is not None
    assert office.mail_counts() == {"queued": 1}
    assert "918273" not in office.mail_text(number).text, "what was really said is sealed"
    assert office.mail_text(number).text
    cancelled = office.cancel_mail(number)
    assert office.mails(state="cancelled").rows[0].can_retry
    assert newest(office)[1:3] == ("mail.cancelled", f"mail:{number}")
    with pytest.raises(AlreadyChanged):
        office.cancel_mail(number)
    undone(cancelled, office)
    assert office.mail_counts() == {"queued": 1}
    assert newest(office)[1] == "mail.retried"
    with pytest.raises(AlreadyChanged, match="no mail 99999"):
        office.retry_mail(99999)
    with pytest.raises(InvalidInput):
        office.mail_text(99999)
    assert newest(office)[2] == f"mail:{number}", "what was refused is not in the log"


def test_reports_are_planned_looked_at_and_sent(office: RealOffice, boss: Account) -> None:
    assert [one.period for one in office.reports()] == list(PERIODS)
    before = office.reports()[0]
    done = office.set_report("daily", False, 21, before.version)
    assert (office.reports()[0].on, office.reports()[0].hour) == (False, 21)
    undone(done, office)
    assert (office.reports()[0].on, office.reports()[0].hour) == (before.on, before.hour)
    assert office.preview_report("daily").text
    office.send_report("daily")
    assert inbox.unread(boss.id) >= 1


# -- figures, log


def test_the_dashboard_counts_what_is_there(office: RealOffice, clock: HeldClock) -> None:
    asha = person("asha")
    signed_in(asha)
    limits.take(asha, "chat-1")
    limits.take(asha, "chat-1")
    with unit_of_work() as session:
        session.execute(text("UPDATE accounts SET last_seen_at = :at WHERE id = :id"), {"at": clock(), "id": asha.id})
    figures = {one.key: one for one in office.dashboard().figures}
    assert figures["users"].value == 2
    assert figures["users"].trend[-1] == 2
    assert figures["active"].value == 1
    assert figures["prompts"].value == 2
    assert figures["errors"].value is None, "nothing was counted yet: unknown, not 0"
    assert figures["latency"].value is None
    assert figures["errors"].trend == (None,) * 30
    assert any("no backup" in problem.text for problem in office.dashboard().problems)


def test_counted_use_reaches_dashboard_and_analytics(office: RealOffice, clock: HeldClock) -> None:
    asha = person("asha")
    counts = Usage()
    counts.begin()
    for ms in [10] * 95 + [1000] * 5:
        counts.note_run("Charts", "registered", ms)
    counts.note_view("Charts", "registered")
    counts.note_error("core.somewhere")
    counts.note_active(asha.id, "registered", asha.created_at)
    counts.end()
    figures = {one.key: one for one in office.dashboard().figures}
    assert figures["errors"].value == 1
    assert figures["errors"].trend[:-1] == (None,) * 29, "days before counting began are unknown"
    assert figures["latency"].value is not None
    assert 5 < figures["latency"].value <= 640
    found = office.analytics()
    (page,) = found.pages
    assert (page.page, page.views, page.runs) == ("Charts", 1, 100)
    assert found.by_kind == {"registered": 1}
    assert found.active[-1].n == 1
    assert [(one.week, one.size, one.came) for one in found.cohorts] == [(date(2026, 11, 16), 2, (1,))]
    assert found.since == datetime(2026, 11, 18, 6, tzinfo=UTC)


def test_sign_ins_are_counted_by_day(office: RealOffice, clock: HeldClock) -> None:
    asha = person("asha")
    with unit_of_work() as session:
        activity.record(session, "sign_in.accepted", actor=asha, subject=f"account:{asha.id}")
        activity.record(session, "sign_in.refused", actor=None, subject="unknown")
    assert [one.n for one in office.analytics().sign_ins][-2:] == [0, 1]


def test_the_log_is_filtered_by_day_and_exported(office: RealOffice, clock: HeldClock) -> None:
    office.set_rule("burst", 3, 0)
    clock.advance(timedelta(days=1))
    office.set_rule("burst", 4, 1)
    first, second = date(2026, 11, 18), date(2026, 11, 19)
    assert office.entries().total == 2
    assert [row.at.date() for row in office.entries(since=second).rows] == [second]
    assert [row.at.date() for row in office.entries(until=first).rows] == [first]
    assert office.entries(who="BOSS", action="limits.rule_changed", subject="rule:burst").total == 2
    assert "limits.rule_changed" in office.actions()
    sheet = b"".join(office.export_log(since=first, until=second)).decode("utf-8-sig")
    assert sheet.count("limits.rule_changed") == 2
    assert office.entries().rows[0].action == "activity.exported", "who took the log away is in the log"
    assert office.check_log().ok
    with pytest.raises(InvalidInput):
        office.entries(until=date.max)


def test_text_of_others_stays_text(office: RealOffice) -> None:
    asha = person("asha")
    hostile = "<script>alert(1)</script>'; DROP TABLE accounts; --"
    office.deactivate(asha.id, hostile, office.person(asha.id).row.version)
    assert office.person(asha.id).row.reason == hostile
    assert hostile in office.entries().rows[0].after
    for search in (hostile, "\\", "_", "%", "'", '"'):
        assert office.users(search=search).rows == ()
    assert office.entries(who=hostile, action=hostile, subject=hostile).total == 0
