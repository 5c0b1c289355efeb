"""Nothing of one account is reached by another: every method of every repository of accounts is tried.

Each entry acts for Asha with whatever she could know or guess of Ravi's. Afterwards Ravi's rows must be what they were,
and nothing of his may have come out. A method that is not listed here fails the first test.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import activity, adoption, own_data, people, profile, second_factor, sessions
from core.accounts.errors import AccountError
from core.accounts.model import Account, Session
from core.accounts.preferences import Preferences, load, save
from db.repositories import (
    accounts_adoption,
    accounts_codes,
    accounts_factors,
    accounts_people,
    accounts_personal,
    accounts_preferences,
    accounts_sessions,
)
from db.repositories.accounts_adoption import AdoptionRepository
from db.repositories.accounts_codes import CodeRepository
from db.repositories.accounts_factors import FactorRepository
from db.repositories.accounts_people import PeopleRepository
from db.repositories.accounts_personal import PersonalRepository, Whose
from db.repositories.accounts_preferences import PreferenceRepository, SavedPreferences
from db.repositories.accounts_sessions import SessionRepository
from tests.accounts.everything import give_everything, rows_of
from tests.accounts.persons import HOME, PASSWORD, person, signed_in

MODULES: tuple[ModuleType, ...] = (
    accounts_adoption,
    accounts_codes,
    accounts_factors,
    accounts_people,
    accounts_personal,
    accounts_preferences,
    accounts_sessions,
)


@dataclass
class Two:
    """Asha, who acts, and Ravi, who must not notice."""

    asha: Account
    ravi: Account
    session: Session
    ravis_session: UUID


Act = Callable[[Work, Two], object]


def _factor(work: Work, two: Two) -> FactorRepository:
    return FactorRepository(work, two.asha.id)


def _personal(work: Work, two: Two) -> PersonalRepository:
    return PersonalRepository(work, Whose(two.asha.id, two.asha.owner, two.asha.email))


def _sessions(work: Work) -> SessionRepository:
    return SessionRepository(work, sessions.CHANNEL)


SAVED = SavedPreferences("high", "long", "new", "USD", "indian", "UTC", "", True, "daily", 9)

ACTS: dict[str, Act] = {
    "AdoptionRepository.hand_over": lambda work, two: AdoptionRepository(work, "d" * 64, two.asha.owner).hand_over(),
    "AdoptionRepository.giver_is_an_account": lambda work, two: AdoptionRepository(
        work, "d" * 64, two.asha.owner
    ).giver_is_an_account(),
    "CodeRepository.delete_of_account": lambda work, two: CodeRepository(work).delete_of_account(two.asha.id),
    "FactorRepository.authenticator": lambda work, two: _factor(work, two).authenticator(),
    "FactorRepository.propose": lambda work, two: _factor(work, two).propose(b"x", clock.now()),
    "FactorRepository.confirm": lambda work, two: _factor(work, two).confirm(clock.now()),
    "FactorRepository.use_step": lambda work, two: _factor(work, two).use_step(99),
    "FactorRepository.remove": lambda work, two: _factor(work, two).remove(),
    "FactorRepository.replace_recovery_codes": lambda work, two: _factor(work, two).replace_recovery_codes(
        ["x"], clock.now()
    ),
    "FactorRepository.use_recovery_code": lambda work, two: _factor(work, two).use_recovery_code(
        "ravi digest", clock.now()
    ),
    "FactorRepository.recovery_codes_left": lambda work, two: _factor(work, two).recovery_codes_left(),
    "PeopleRepository.get": lambda work, two: PeopleRepository(work).get(two.asha.id),
    "PeopleRepository.lock": lambda work, two: PeopleRepository(work).lock(two.asha.id),
    "PeopleRepository.credentials": lambda work, two: PeopleRepository(work).credentials(account_id=two.asha.id),
    "PeopleRepository.set_password": lambda work, two: PeopleRepository(work).set_password(two.asha.id, "x", None),
    "PeopleRepository.set_name": lambda work, two: PeopleRepository(work).set_name(two.asha.id, "x"),
    "PeopleRepository.set_user_name": lambda work, two: PeopleRepository(work).set_user_name(two.asha.id, "x", "x"),
    "PeopleRepository.set_email": lambda work, two: PeopleRepository(work).set_email(two.asha.id, "x", "x"),
    "PeopleRepository.set_role": lambda work, two: PeopleRepository(work).set_role(two.asha.id, "admin"),
    "PeopleRepository.set_state": lambda work, two: PeopleRepository(work).set_state(two.asha.id, "deactivated", "x"),
    "PeopleRepository.seen": lambda work, two: PeopleRepository(work).seen(two.asha.id, clock.now()),
    "PeopleRepository.delete": lambda work, two: PeopleRepository(work).delete(two.asha.id),
    "PeopleRepository.know_device": lambda work, two: PeopleRepository(work).know_device(
        two.asha.id, "ravi device", "x", clock.now()
    ),
    "PeopleRepository.knows_device": lambda work, two: PeopleRepository(work).knows_device(two.asha.id, "ravi device"),
    "PeopleRepository.listed_one": lambda work, two: PeopleRepository(work).listed_one(two.asha.id, clock.now()),
    "PersonalRepository.export": lambda work, two: list(_personal(work, two).export()),
    "PersonalRepository.bars": lambda work, two: list(_personal(work, two).bars()),
    "PersonalRepository.count": lambda work, two: _personal(work, two).count(),
    "PersonalRepository.delete": lambda work, two: _personal(work, two).delete(),
    "PreferenceRepository.load": lambda work, two: PreferenceRepository(work, two.asha.id).load(),
    "PreferenceRepository.save": lambda work, two: PreferenceRepository(work, two.asha.id).save(SAVED, clock.now()),
    "SessionRepository.of_account": lambda work, two: _sessions(work).of_account(two.asha.id),
    "SessionRepository.end_one": lambda work, two: _sessions(work).end_one(two.asha.id, two.ravis_session),
    "SessionRepository.end_all": lambda work, two: _sessions(work).end_all(two.asha.id, None),
    "SessionRepository.add_ticket": lambda work, two: _sessions(work).add_ticket(
        digest="x", account_id=two.asha.id, binding_hash="x", next_path="/", at=clock.now(), expires_at=clock.now()
    ),
    "SessionRepository.open": lambda work, two: _sessions(work).open(
        session_id=uuid4(),
        account_id=two.asha.id,
        token_hash="x",
        device="x",
        ip="x",
        at=clock.now(),
        idle_until=clock.now(),
        expires_at=clock.now(),
    ),
}

NOT_OF_ONE_ACCOUNT = {
    # Who knows the secret is who they claim to be: 32 random bytes, or the id of a request and its code.
    "SessionRepository.end",
    "SessionRepository.seen",
    "SessionRepository.take_ticket",
    "CodeRepository.add",
    "CodeRepository.count_attempt",
    "CodeRepository.use",
    "CodeRepository.keep_proof",
    "CodeRepository.lock_proof",
    "CodeRepository.get",
    "CodeRepository.renew",
    "CodeRepository.delete",
    # Before there is an account, or of all of them: for admins (tested with `administration`) and for jobs.
    "PeopleRepository.add",
    "PeopleRepository.user_name_taken",
    "PeopleRepository.email_taken",
    "PeopleRepository.listed",
    "PeopleRepository.admins",
    "PeopleRepository.lock_admins",
    "PeopleRepository.expired_demos",
    "SessionRepository.end_dead",
    "CodeRepository.delete_old",
}


def _methods() -> set[str]:
    found = set()
    for module in MODULES:
        for title, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and title.endswith("Repository"):
                methods = inspect.getmembers(kind, inspect.isfunction)
                found |= {f"{title}.{name}" for name, _ in methods if not name.startswith("_")}
    return found


def test_every_method_of_every_repository_is_listed() -> None:
    assert _methods() == {*ACTS, *NOT_OF_ONE_ACCOUNT}
    assert not ACTS.keys() & NOT_OF_ONE_ACCOUNT


@pytest.fixture
def two(db: Work) -> Two:
    asha, ravi = person("asha"), person("ravi")
    for one in (asha, ravi):
        give_everything(db, one)
    db.execute(text("UPDATE known_devices SET device = 'ravi device' WHERE account_id = :id"), {"id": ravi.id})
    _, session = signed_in(asha)
    _, theirs = signed_in(ravi)
    return Two(asha, ravi, session, theirs.id)


def _tells(outcome: Any, of: Account) -> bool:
    told = repr(outcome)
    return of.owner in told or (of.email or "") in told or "ravi" in told.casefold()


@pytest.mark.parametrize("name", ACTS)
def test_no_repository_reaches_anybody_else(db: Work, two: Two, name: str) -> None:
    before = rows_of(db, two.ravi)
    outcome = ACTS[name](db, two)
    db.expire_all()
    assert rows_of(db, two.ravi) == before
    assert not _tells(outcome, two.ravi)


SERVICES: dict[str, Callable[[Two], object]] = {
    "sessions_of": lambda two: sessions.sessions_of(two.asha),
    "revoke": lambda two: sessions.revoke(two.asha, two.ravis_session),
    "revoke_all": lambda two: sessions.revoke_all(two.asha.id, why="test"),
    "change_name": lambda two: profile.change_name(two.asha, "Somebody"),
    "change_user_name": lambda two: profile.change_user_name(two.asha, "somebody"),
    "change_user_name to theirs": lambda two: profile.change_user_name(two.asha, "RAVI"),
    "change_password": lambda two: profile.change_password(two.session, PASSWORD, "copper meadow 12 violin", HOME),
    "start_email_change": lambda two: profile.start_email_change(two.asha, PASSWORD, "new@example.org", HOME),
    "second factor": lambda two: second_factor.begin(two.asha),
    "preferences": lambda two: (save(two.asha, Preferences(report="daily")), load(two.asha)),
    "adopt": lambda two: adoption.adopt(two.asha, two.ravi.owner),
    "export": lambda two: own_data.export(two.asha),
    "delete": lambda two: own_data.delete_account(two.session, PASSWORD, HOME),
    "log": lambda two: activity.about(two.asha.id),
    "look up": lambda two: people.get(two.asha.id),
}


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_reaches_anybody_else(db: Work, two: Two, name: str) -> None:
    before = rows_of(db, two.ravi)
    outcome: object
    try:
        outcome = SERVICES[name](two)
    except AccountError as refused:
        outcome = None if "taken" in str(refused) else str(refused)  # that a user name is taken, everybody may know
    db.expire_all()
    assert rows_of(db, two.ravi) == before
    assert not _tells(outcome, two.ravi)
