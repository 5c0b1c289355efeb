"""The simulated office: complete, deterministic, on nobody's rows, and changed for its own demo admin only."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

import db.session as database
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.office.contract import PERIODS, USER_SORTS, Office
from core.office.demo import DemoOffice
from core.office.model import Done
from core.office.real import RealOffice
from tests.accounts.persons import person
from tests.conftest import HeldClock


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any look at a database fails the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the simulated office asked a database")

    monkeypatch.setattr(database, "_connection", refuse)
    monkeypatch.setattr(database, "get_engine", refuse)


@pytest.fixture
def office(clock: HeldClock, no_database: None) -> DemoOffice:
    return DemoOffice(7, "demo-7f3a")


def questions(office: Office) -> dict[str, Any]:
    """Everything the page may read."""
    return {
        "dashboard": office.dashboard(),
        "analytics": office.analytics(),
        "users": office.users(),
        "person": office.person(3),
        "rules": office.rules(),
        "violations": office.violations(),
        "system": office.system(),
        "reports": office.reports(),
        "preview": office.preview_report("daily"),
        "tasks": office.tasks(),
        "runs": office.runs(),
        "mail_counts": office.mail_counts(),
        "mails": office.mails(),
        "backups": office.backups(),
        "sources": office.sources(),
        "entries": office.entries(),
        "actions": office.actions(),
        "export": b"".join(office.export_log()),
        "check": office.check_log(),
    }


def texts(value: object) -> Iterator[str]:
    """Every text inside a value."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from texts(getattr(value, one.name))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from texts(inner)


def test_everything_can_be_read_without_a_database(office: DemoOffice) -> None:
    read = questions(office)
    assert read["users"].total == 137
    assert len(read["users"].rows) == 25
    assert len(read["dashboard"].figures) == 8
    assert all(len(figure.trend) in {0, 30} for figure in read["dashboard"].figures)
    assert read["entries"].total == 640
    assert {one.name for one in read["sources"] if one.switchable} == {"yahoo", "alpha_vantage"}


def test_both_offices_can_be_asked_the_same() -> None:
    for name, wanted in inspect.getmembers(Office, inspect.isfunction):
        if name.startswith("_"):
            continue
        for made in (DemoOffice, RealOffice):
            assert inspect.signature(getattr(made, name)) == inspect.signature(wanted), f"{made.__name__}.{name}"


def test_it_is_the_same_for_every_demo_admin(clock: HeldClock, no_database: None) -> None:
    assert questions(DemoOffice(1, "demo-a")) == questions(DemoOffice(2, "demo-a"))


def test_no_real_row_reaches_it(db: Session, clock: HeldClock) -> None:
    real = person("ananya", role="admin")
    RealOffice(real).set_rule("burst", 77, 0)
    said = " ".join(texts(questions(DemoOffice(7, "demo-7f3a"))))
    for secret in (real.user_name + "@", "example.com", "77 for everybody"):
        assert secret not in said
    assert {one.email for one in DemoOffice(7, "d").users(page=2).rows} == {
        one.email for one in DemoOffice(7, "d").users(page=2).rows if (one.email or "").endswith("@simulated.example")
    }


def test_what_is_done_stays_in_this_office(clock: HeldClock, no_database: None) -> None:
    mine, theirs = DemoOffice(1, "demo-a"), DemoOffice(2, "demo-b")
    before = questions(theirs)
    mine.deactivate(3, "A test", 1)
    mine.set_rule("burst", 3, 1)
    mine.start_maintenance("Closed", None, 1)
    mine.switch_source("yahoo", False, 1)
    mine.pause_task("deliver_mail", True, 0)
    assert mine.person(3).row.state == "deactivated"
    assert mine.rules()[0].most == 3
    assert mine.system().pause is not None
    assert questions(theirs) == before


ACTIONS = {
    "role": lambda office: office.set_role(3, "admin", 1),
    "deactivate": lambda office: office.deactivate(3, "A test", 1),
    "exempt": lambda office: office.set_exempt(3, True, "A test"),
    "override": lambda office: office.set_override(3, "burst", 99, "A test", None, 0),
    "rule": lambda office: office.set_rule("burst", 3, 1),
    "maintenance": lambda office: office.start_maintenance("Closed", None, 1),
    "report": lambda office: office.set_report("daily", False, 20, 1),
    "pause": lambda office: office.pause_task("deliver_mail", True, 0),
    "source": lambda office: office.switch_source("yahoo", False, 1),
}


def state(office: DemoOffice) -> tuple[object, ...]:
    someone = office.person(3)
    return (
        (someone.row.role, someone.row.state, someone.row.exempt, [(o.rule, o.most) for o in someone.overrides]),
        [(one.rule, one.most) for one in office.rules()],
        office.system().pause,
        [(one.period, one.on, one.hour) for one in office.reports()],
        [(one.name, one.paused) for one in office.tasks()],
        [(one.name, one.on) for one in office.sources()],
    )


@pytest.mark.parametrize("name", list(ACTIONS))
def test_every_change_is_logged_and_can_be_taken_back(office: DemoOffice, name: str) -> None:
    before, rows = state(office), office.entries().total
    done = ACTIONS[name](office)
    assert isinstance(done, Done)
    assert state(office) != before
    newest = office.entries().rows[0]
    assert (office.entries().total, newest.who) == (rows + 1, "demo-7f3a")
    assert done.undo is not None
    done.undo(office)
    assert state(office) == before


@pytest.mark.parametrize("name", ["role", "deactivate", "override", "rule", "maintenance", "report", "pause", "source"])
def test_two_changes_of_what_was_seen_once_are_one(office: DemoOffice, name: str) -> None:
    ACTIONS[name](office)
    with pytest.raises(AlreadyChanged):
        ACTIONS[name](office)


def test_an_own_limit_can_be_replaced_and_removed(office: DemoOffice) -> None:
    office.set_override(3, "burst", 99, "First", None, 0)
    second = office.set_override(3, "burst", None, "Second", None, 1)
    assert next(one for one in office.person(3).standing if one.rule == "burst").most is None
    assert second.undo is not None
    second.undo(office)
    assert office.person(3).overrides[0].most == 99
    office.clear_override(3, "burst", 3)
    assert office.person(3).overrides == ()


def test_lists_are_searched_filtered_sorted_and_paged(office: DemoOffice) -> None:
    assert [row.id for row in office.users(search="KULKARNI").rows] != []
    assert all("kulkarni" in row.user_name for row in office.users(search="KULKARNI").rows)
    assert office.users(role="admin").total == 2
    assert office.users(state="deactivated").total == 4
    for sort in USER_SORTS:
        up = [row.id for page in range(1, 7) for row in office.users(sort=sort, descending=False, page=page).rows]
        assert sorted(up) == list(range(1, 138))
    assert office.users(page=99).number == 6
    assert office.entries(action="account.deactivated").total == sum(
        1 for page in range(1, 27) for row in office.entries(page=page).rows if row.action == "account.deactivated"
    )
    day = (office.dashboard().at - timedelta(days=2)).date()
    assert {row.at.date() for row in office.entries(since=day, until=day).rows} == {day}
    assert office.runs(status="failed").total == sum(
        row.status == "failed" for p in range(1, 9) for row in office.runs(page=p).rows
    )
    assert office.mails(state="failed").rows[0].can_retry


def test_mails_runs_backups_and_reports_are_pretended(office: DemoOffice) -> None:
    failed = office.mails(state="failed").rows[0]
    assert "simulated" in office.mail_text(failed.id).text
    assert "simulated" in office.retry_mail(failed.id).message
    waiting = next(row for row in office.mails(state="queued").rows)
    office.cancel_mail(waiting.id)
    assert office.mail_counts()["cancelled"] == 1
    bad = office.runs(status="failed").rows[0]
    office.retry_run(bad.id)
    assert bad.id not in {row.id for row in office.runs(status="failed").rows}
    office.run_task("nightly_backup")
    assert office.runs().rows[0].task == "nightly_backup"
    kept = len(office.backups())
    office.take_backup()
    assert len(office.backups()) == kept + 1
    for period in PERIODS:
        assert "made up" in office.preview_report(period, 3).text
        assert "simulated" in office.send_report(period).message


@pytest.mark.parametrize(
    "ask",
    [
        lambda office: office.person(0),
        lambda office: office.person(10**18),
        lambda office: office.set_override(3, "nothing", 1, "A test", None, 0),
        lambda office: office.start_maintenance("", None, 1),
        lambda office: office.mail_text(10**9),
    ],
)
def test_what_is_not_there_is_said(office: DemoOffice, ask: Any) -> None:
    with pytest.raises(InvalidInput):
        ask(office)


def test_the_export_is_no_formula_and_says_it_is_simulated(office: DemoOffice) -> None:
    office.deactivate(3, "=HYPERLINK(1)", 1)
    office.start_maintenance("=1+1", None, 1)
    sheet = b"".join(office.export_log()).decode()
    assert sheet.splitlines()[0].startswith("simulated,")
    assert "'=1+1" in sheet
    assert ",=1+1" not in sheet
