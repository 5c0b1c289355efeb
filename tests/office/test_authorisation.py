"""Nobody but an admin gets anything out of the admin's functions, whatever page or door they come by."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect as look_at
from sqlalchemy import text
from sqlalchemy.orm import Session

import core.operations
from core import clock as clocks
from core.accounts import activity, administration, limit_settings, limit_violations
from core.accounts.errors import NotAllowed
from core.accounts.model import Account, Origin
from core.jobs import administration as jobs
from core.office import figures, usage_report
from core.office.choice import office_of
from core.office.contract import Office
from core.office.demo import DemoOffice
from core.office.real import RealOffice
from tests.accounts.persons import person
from tests.conftest import HeldClock

MODULES = [
    administration,
    limit_settings,
    limit_violations,
    activity,
    jobs,
    figures,
    usage_report,
    *(
        importlib.import_module(f"core.operations.{found.name}")
        for found in pkgutil.iter_modules(core.operations.__path__)
        if found.name != "cli"
    ),
]


def samples(account_id: int) -> dict[str, Any]:
    """An argument for every name that an admin's function gives its own."""
    return {
        "account_id": account_id,
        "action": None,
        "at": clocks.now(),
        "exempt": True,
        "exempted": True,
        "hour": 9,
        "job_id": 1,
        "known": frozenset({"yahoo"}),
        "mail_id": 1,
        "message": "Back at noon",
        "most": 5,
        "name": "yahoo",
        "number": 1,
        "on": False,
        "paused": True,
        "period": "daily",
        "reason": "A good one",
        "role": "admin",
        "rule": "burst",
        "run_id": 1,
        "session_id": uuid4(),
        "source": "yahoo",
        "sources": (),
        "task": "refresh_watched",
        "until": clocks.now() + timedelta(hours=1),
        "version": 0,
    }


def guarded() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every public function that asks for an actor first."""
    for module in MODULES:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ != module.__name__ or name.startswith("_"):
                continue
            if next(iter(inspect.signature(function).parameters), "") == "actor":
                yield f"{module.__name__}.{name}", function


def arguments(function: Callable[..., Any], account_id: int) -> dict[str, Any]:
    known = samples(account_id)
    needed = [
        name
        for name, one in inspect.signature(function).parameters.items()
        if one.default is inspect.Parameter.empty and name not in {"actor", "self"}
    ]
    return {name: known[name] for name in needed}


def outsiders(clock: HeldClock) -> dict[str, Account]:
    """People who are no admins of the real desk, in every way there is."""
    admin = person("boss", role="admin")
    return {
        "an investor": person("asha"),
        "a demo admin": replace(admin, id=admin.id, kind="demo_admin", role="investor"),
        "a demo admin with a forged role": replace(admin, kind="demo_admin"),
        "a deactivated admin": replace(admin, state="deactivated"),
    }


def refused(act: Callable[[], Any]) -> bool:
    """Whether it is refused because of who asks."""
    try:
        act()
    except NotAllowed:
        return True
    return False


def everything(session: Session) -> dict[str, str]:
    """What every table holds, as one hash each."""
    names = [*look_at(session.connection()).get_table_names(), "jobs.procrastinate_jobs"]
    return {
        name: str(
            session.execute(text(f"SELECT md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), '')) FROM {name} t"))
            .scalars()
            .one()
        )
        for name in names
    }


def test_every_function_that_asks_for_an_actor_refuses_all_but_admins(db: Session, clock: HeldClock) -> None:
    people = outsiders(clock)
    victim = person("victim")
    functions = dict(guarded())
    assert len(functions) >= 35, sorted(functions)
    before = everything(db)
    for who, account in people.items():
        for name, function in functions.items():
            assert refused(lambda: function(account, **arguments(function, victim.id))), f"{name} answered {who}"  # noqa: B023
    assert everything(db) == before


def test_the_real_office_refuses_whoever_gets_hold_of_it(db: Session, clock: HeldClock) -> None:
    people = outsiders(clock)
    victim = person("victim")
    methods = [name for name, _ in inspect.getmembers(Office, inspect.isfunction) if not name.startswith("_")]
    assert len(methods) >= 35
    before = everything(db)
    for who, account in people.items():
        office = RealOffice(account, Origin())
        for name in methods:
            method = getattr(office, name)
            assert refused(lambda: method(**arguments(method, victim.id))), f"{name} answered {who}"  # noqa: B023
    assert everything(db) == before


def test_an_admin_who_was_one_a_moment_ago_changes_nothing(db: Session, clock: HeldClock) -> None:
    boss, other = person("boss", role="admin"), person("other", role="admin")
    victim = person("victim")
    held = RealOffice(other)
    row = held.person(other.id).row
    RealOffice(boss).set_role(other.id, "investor", row.version)
    before = everything(db)
    for act in (
        lambda: held.set_role(victim.id, "admin", 0),
        lambda: held.deactivate(victim.id, "Because", 0),
        lambda: held.set_rule("burst", 1, 0),
        lambda: held.set_override(victim.id, "burst", None, "Because", None, 0),
        lambda: held.set_exempt(victim.id, True, "Because"),
        lambda: held.start_maintenance("Closed", None, 0),
        lambda: held.switch_source("yahoo", False, 0),
        lambda: held.sign_out(victim.id, uuid4()),
        lambda: held.retry_mail(1),
        held.export_log,
    ):
        with pytest.raises(NotAllowed):
            act()
    assert everything(db) == before


def test_who_gets_which_office(db: Session, clock: HeldClock) -> None:
    boss, asha = person("boss", role="admin"), person("asha")
    assert isinstance(office_of(boss, Origin()), RealOffice)
    demo = replace(asha, kind="demo_admin")
    made = office_of(demo, Origin())
    assert isinstance(made, DemoOffice)
    assert office_of(demo, Origin(), made) is made, "what was done in this tab is kept"
    assert office_of(replace(demo, id=99), Origin(), made) is not made, "but not for somebody else"
    for nobody in (None, asha, replace(demo, state="deactivated"), replace(boss, state="deactivated")):
        with pytest.raises(NotAllowed):
            office_of(nobody, Origin())
