from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session as Work

from core.accounts import activity, administration, authorisation, demo, people, sessions, sign_in
from core.accounts.administration import UserRow
from core.accounts.errors import AccountError, AlreadyChanged, InvalidInput, NotAllowed
from core.accounts.model import Account
from tests.accounts.everything import rows_of
from tests.accounts.persons import ELSEWHERE, HOME, PASSWORD, at_once, mails, of_kind, person, signed_in
from tests.conftest import HeldClock

ACTIONS: dict[str, Callable[[Account, Account], object]] = {
    "users": lambda actor, _: administration.users(actor),
    "user": lambda actor, whom: administration.user(actor, whom.id),
    "sessions_of": lambda actor, whom: administration.sessions_of(actor, whom.id),
    "set_role": lambda actor, whom: administration.set_role(actor, whom.id, "admin"),
    "deactivate": lambda actor, whom: administration.deactivate(actor, whom.id, "because I can"),
    "reactivate": lambda actor, whom: administration.reactivate(actor, whom.id),
    "sign_out_everywhere": lambda actor, whom: administration.sign_out_everywhere(actor, whom.id),
}


def _public() -> set[str]:
    return {
        name
        for name, function in inspect.getmembers(administration, inspect.isfunction)
        if function.__module__ == administration.__name__ and not name.startswith("_")
    }


def test_every_function_of_an_admin_is_tried_here() -> None:
    assert _public() == {*ACTIONS, "create_admin"}, "add the new function to ACTIONS"
    assert "actor" not in inspect.signature(administration.create_admin).parameters, "the command line has no actor"


def _impostors() -> dict[str, Account]:
    asha = person("asha")
    former = person("former", role="admin")
    closed = person("closed", role="admin")
    with_rights = {"former": former, "closed": closed}
    from db.session import unit_of_work

    with unit_of_work() as work:
        work.execute(text("UPDATE accounts SET role = 'investor' WHERE id = :id"), {"id": former.id})
        work.execute(text("UPDATE accounts SET state = 'deactivated' WHERE id = :id"), {"id": closed.id})
    return {
        "an investor": asha,
        "a demo visitor": demo.create_visitor(HOME),
        "a demo admin": demo.create_admin_visitor(HOME),
        "who claims to be one": replace(asha, role="admin"),
        "a demo admin who claims to be one": replace(demo.create_admin_visitor(HOME), role="admin"),
        "who is gone": replace(asha, id=10**9, role="admin"),
        **with_rights,
    }


@pytest.mark.parametrize("name", ACTIONS)
def test_nobody_else_does_what_admins_do(db: Work, name: str) -> None:
    chief, whom = person("chief", role="admin"), person("whom")
    token, _ = signed_in(whom)
    before = rows_of(db, whom)
    for title, impostor in _impostors().items():
        with pytest.raises(NotAllowed):
            ACTIONS[name](impostor, whom)
        db.expire_all()
        assert rows_of(db, whom) == before, f"{title} changed something"
    assert sessions.lookup(token) is not None
    assert ACTIONS[name](chief, whom) is not None


def test_the_list_is_sorted_filtered_and_paged_in_the_database(db: Work, clock: HeldClock) -> None:
    chief = person("chief", role="admin")
    for index in range(7):
        clock.advance(timedelta(minutes=1))
        signed_in(person(f"person{index}"))
    signed_in(people.by_login("person3") or chief, ELSEWHERE)
    first = administration.users(chief, size=3)
    assert first.total == 8
    assert [row.account.user_name for row in first.rows] == ["person6", "person3", "person5"]
    everyone = [row for page in (1, 2, 3) for row in administration.users(chief, page=page, size=3).rows]
    assert len({row.account.id for row in everyone}) == 8
    assert everyone[-1].account == chief, "who was never seen comes last"
    by_name = administration.users(chief, sort="user_name", descending=False)
    assert [row.account.user_name for row in by_name.rows] == ["chief", *(f"person{index}" for index in range(7))]
    assert [row.account.user_name for row in administration.users(chief, role="admin").rows] == ["chief"]
    assert {row.sessions for row in administration.users(chief, search="PERSON3@exam").rows} == {2}
    assert administration.users(chief, page=50).rows == ()


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", "'; DROP TABLE accounts; --", "<script>", "a" * 200])
def test_a_search_is_a_text_and_nothing_else(db: Work, search: str) -> None:
    chief = person("chief", role="admin")
    assert administration.users(chief, search=search).rows == ()
    assert administration.users(chief, search="chief").total == 1


@pytest.mark.parametrize(
    "given", [{"sort": "password_hash"}, {"page": 0}, {"page": -1}, {"size": 0}, {"size": 10**6}, {"search": "a" * 300},
              {"search": "a\x00b"}, {"search": "\ud800"}, {"page": 10**9}]
)  # fmt: skip
def test_an_odd_question_is_refused(db: Work, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        administration.users(person("chief", role="admin"), **given)


def test_a_new_admin_comes_back_with_a_second_proof(db: Work) -> None:
    chief, asha = person("chief", role="admin"), person("asha")
    token, _ = signed_in(asha)
    row = administration.set_role(chief, asha.id, "admin", origin=HOME)
    assert row.account.is_admin
    assert sessions.lookup(token) is None
    assert isinstance(sign_in.sign_in("asha", PASSWORD, HOME), sign_in.SecondFactorNeeded)
    assert mails(asha)[0] == "role_changed"
    assert mails(chief) == ["security_alert"]
    entry = activity.entries(chief, action="account.role_changed").rows[0]
    assert (entry.actor_name, entry.before, entry.after) == ("chief", {"role": "investor"}, {"role": "admin"})


def test_deactivating_ends_sessions_at_once_and_can_be_undone(db: Work) -> None:
    chief, asha = person("chief", role="admin"), person("asha")
    token, _ = signed_in(asha)
    row = administration.deactivate(chief, asha.id, "Asked  to pause\nuntil March")
    assert (row.account.state, row.reason, row.sessions) == ("deactivated", "Asked to pause until March", 0)
    assert sessions.lookup(token) is None
    again = administration.reactivate(chief, asha.id)
    assert (again.account.state, again.reason) == ("active", "")
    assert isinstance(sign_in.sign_in("asha", PASSWORD, HOME), sign_in.Accepted)
    assert mails(asha) == ["account_deactivated", "account_reactivated"]
    assert [entry.action for entry in activity.about(asha.id)][:2] == ["session.all_revoked", "account.deactivated"]


@pytest.mark.parametrize("reason", ["", "  ", "no", "x" * 501, "nul\x00nul", "\u202eevil"])
def test_deactivating_needs_a_reason_that_can_be_read(db: Work, reason: str) -> None:
    chief, asha = person("chief", role="admin"), person("asha")
    with pytest.raises(InvalidInput) as refused:
        administration.deactivate(chief, asha.id, reason)
    assert refused.value.field == "reason"


def test_doing_it_twice_is_doing_it_once(db: Work) -> None:
    chief, asha = person("chief", role="admin"), person("asha")
    first = administration.deactivate(chief, asha.id, "asked to pause")
    assert administration.deactivate(chief, asha.id, "another reason") == first
    administration.reactivate(chief, asha.id)
    administration.reactivate(chief, asha.id)
    assert mails(asha) == ["account_deactivated", "account_reactivated"]


def test_an_admin_cannot_lock_the_desk_from_inside(db: Work) -> None:
    chief = person("chief", role="admin")
    for act in (
        lambda: administration.set_role(chief, chief.id, "investor"),
        lambda: administration.deactivate(chief, chief.id, "goodbye all"),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert administration.sign_out_everywhere(chief, chief.id) == 0
    with pytest.raises(NotAllowed, match="demo"):
        administration.set_role(chief, demo.create_visitor(HOME).id, "admin")


def test_somebody_who_is_not_there(db: Work) -> None:
    chief = person("chief", role="admin")
    for name in set(ACTIONS) - {"users"}:
        with pytest.raises(InvalidInput, match="no account"):
            ACTIONS[name](chief, replace(chief, id=10**9))


def test_of_two_admins_who_saw_the_same_the_second_is_told(db: Work) -> None:
    chief, deputy, asha = person("chief", role="admin"), person("deputy", role="admin"), person("asha")
    seen = administration.user(chief, asha.id).version
    administration.deactivate(chief, asha.id, "asked to pause", version=seen)
    with pytest.raises(AlreadyChanged):
        administration.set_role(deputy, asha.id, "admin", version=seen)
    with pytest.raises(AlreadyChanged):
        administration.reactivate(deputy, asha.id, version=seen)
    assert administration.user(deputy, asha.id).account.role == "investor"


def test_two_admins_at_once_change_it_once(fresh_db: str) -> None:
    admins = [person(f"chief{index}", role="admin") for index in range(4)]
    asha = person("asha")
    seen = administration.user(admins[0], asha.id).version
    outcomes = at_once(4, lambda index: administration.set_role(admins[index], asha.id, "admin", version=seen))
    assert len(of_kind(outcomes, UserRow)) == 1
    assert len(of_kind(outcomes, AlreadyChanged)) == 3


def test_admins_who_demote_each_other_leave_one(fresh_db: str) -> None:
    admins = [person(f"chief{index}", role="admin") for index in range(3)]
    outcomes = at_once(3, lambda index: administration.set_role(admins[index], admins[(index + 1) % 3].id, "investor"))
    done = of_kind(outcomes, UserRow)
    assert 1 <= len(done) <= 2
    assert len(of_kind(outcomes, AccountError)) == 3 - len(done)
    left = [one for one in admins if people.get(one.id).is_admin]
    assert left, "somebody must be left to open the door"


def test_signing_somebody_out_says_why(db: Work) -> None:
    chief, asha = person("chief", role="admin"), person("asha")
    tokens = [signed_in(asha)[0] for _ in range(3)]
    assert len(administration.sessions_of(chief, asha.id)) == 3
    assert administration.sign_out_everywhere(chief, asha.id, reason="A phone was lost") == 3
    assert [sessions.lookup(token) for token in tokens] == [None] * 3
    assert mails(asha) == ["signed_out_everywhere"]


def test_an_admin_is_made_on_the_command_line(db: Work) -> None:
    chief = administration.create_admin("admin", "Admin@example.com", "The Admin", PASSWORD)
    assert chief.is_admin
    assert isinstance(sign_in.sign_in("admin", PASSWORD, HOME), sign_in.SecondFactorNeeded)
    entry = activity.about(chief.id)[0]
    assert (entry.action, entry.actor_name) == ("account.admin_created", "")
    for given in (
        ("admin", "b@example.com", "B", PASSWORD),
        ("other", "ADMIN@example.com", "B", PASSWORD),
        ("x", "b@example.com", "B", PASSWORD),
        ("other", "nowhere", "B", PASSWORD),
        ("other", "b@example.com", "", PASSWORD),
        ("other", "b@example.com", "B", "weak"),
    ):
        with pytest.raises(InvalidInput):
            administration.create_admin(*given)


def test_oneself_or_an_admin(db: Work) -> None:
    chief, asha, ravi = person("chief", role="admin"), person("asha"), person("ravi")
    authorisation.require_self_or_admin(asha, asha.id)
    authorisation.require_self_or_admin(chief, asha.id, db)
    for impostor in (ravi, replace(ravi, role="admin"), replace(asha, state="deactivated")):
        with pytest.raises(NotAllowed):
            authorisation.require_self_or_admin(impostor, asha.id, db)
