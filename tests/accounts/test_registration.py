from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.accounts import activity, people, registration, sign_in
from core.accounts.errors import AccountError, CodeRefused, InvalidInput, LimitReached, NotAvailable
from core.accounts.model import Account, Origin
from core.notices import inbox, outbox
from tests.accounts.persons import ELSEWHERE, HOME, PASSWORD, at_once, mailed_code, mails, of_kind, other_code, person
from tests.conftest import HeldClock

EMAIL = "asha@example.com"


def _proof(email: str = EMAIL, origin: Origin = HOME) -> str:
    request = registration.start(email, origin)
    return registration.confirm(request.id, mailed_code(origin), origin)


def _finish(proof: str, user_name: str = "asha", password: str = PASSWORD, origin: Origin = HOME) -> Account:
    return registration.finish(proof, user_name=user_name, name="Asha Rao", password=password, origin=origin)


def test_three_steps_make_an_account_that_can_sign_in(db: Session, clock: HeldClock) -> None:
    request = registration.start(" Asha@Example.com ", HOME)
    assert request.address == "Asha@example.com"
    assert request.shown_on_screen
    assert request.expires_at - clock() == timedelta(minutes=10)
    assert request.resend_at - clock() == timedelta(seconds=60)
    account = _finish(registration.confirm(request.id, mailed_code(), HOME))
    assert (account.role, account.kind, account.state, account.totp) == ("investor", "registered", "active", False)
    assert len(account.owner) == 64
    accepted = sign_in.sign_in("ASHA@example.com", PASSWORD, HOME)
    assert isinstance(accepted, sign_in.Accepted)
    assert accepted.account == people.get(account.id)
    assert mails("Asha@example.com") == ["registration_code", "welcome"]
    assert inbox.unread(account.id) == 1
    assert [entry.action for entry in activity.about(account.id)] == ["account.registered", "sign_in.accepted"]


def test_a_known_address_gets_the_same_answer_and_another_mail(db: Session, clock: HeldClock) -> None:
    person("asha")
    new, known = registration.start("nobody@example.com", HOME), registration.start(EMAIL, ELSEWHERE)
    assert (new.expires_at, new.resend_at, new.shown_on_screen) == (
        known.expires_at,
        known.resend_at,
        known.shown_on_screen,
    )
    assert mails(EMAIL) == ["address_already_known"]
    assert outbox.on_screen(ELSEWHERE.device)[0].code is None
    errors = []
    for request in (new, known):
        with pytest.raises(CodeRefused) as refused:
            registration.confirm(request.id, other_code(mailed_code(HOME)), HOME)
        errors.append(str(refused.value))
    assert errors[0] == errors[1]


def test_no_code_ever_fits_a_request_for_a_known_address(db: Session) -> None:
    person("asha")
    request = registration.start(EMAIL, HOME)
    for code in ("000000", "123456", "999999"):
        with pytest.raises(CodeRefused):
            registration.confirm(request.id, code, HOME)


def test_the_way_to_an_account_is_as_long_for_known_and_unknown_addresses(db: Session) -> None:
    """What the database is asked for decides how long it takes: both kinds of address ask it the same."""
    from sqlalchemy import event

    person("asha")
    counts = []
    for index, email in enumerate(("nobody@example.com", EMAIL)):
        seen: list[str] = []
        listener = lambda *args: seen.append(args[2].split()[0])  # noqa: E731, B023
        bind = db.connection()
        event.listen(bind, "before_cursor_execute", listener)
        registration.start(email, Origin("", "", f"{index:064d}"))
        event.remove(bind, "before_cursor_execute", listener)
        counts.append(seen)
    assert counts[0] == counts[1]


def test_a_proof_makes_one_account_only(db: Session) -> None:
    proof = _proof()
    _finish(proof)
    with pytest.raises(CodeRefused, match="finished already"):
        _finish(proof, "asha2")


def test_a_proof_ends_after_half_an_hour_and_stays_over_when_the_clock_goes_back(db: Session, clock: HeldClock) -> None:
    proof = _proof()
    began = clock()
    clock.advance(timedelta(minutes=30))
    with pytest.raises(CodeRefused):
        _finish(proof)
    clock.set(began)
    with pytest.raises(CodeRefused):
        _finish(proof)


def test_wrong_fields_leave_the_proof_good(db: Session) -> None:
    person("taken")
    proof = _proof()
    for wrong in ({"user_name": "taken"}, {"user_name": "x"}, {"password": "short"}, {"password": "asha-asha-asha"}):
        with pytest.raises(InvalidInput):
            _finish(proof, **wrong)
    assert _finish(proof).user_name == "asha"


def test_a_code_proves_nothing_for_another_purpose(db: Session) -> None:
    from core.accounts import recovery

    request = registration.start(EMAIL, HOME)
    with pytest.raises(CodeRefused):
        recovery.confirm(request.id, mailed_code(), HOME)
    proof = registration.confirm(request.id, mailed_code(), HOME)
    with pytest.raises(CodeRefused):
        recovery.finish(proof, PASSWORD, HOME)


def test_of_two_who_want_one_name_at_once_one_gets_it(fresh_db: str) -> None:
    origins = [Origin(f"192.0.2.{index}", "", f"{index:064d}") for index in range(6)]
    proofs = [_proof(f"person{index}@example.com", origin) for index, origin in enumerate(origins)]
    outcomes = at_once(6, lambda index: _finish(proofs[index], "wanted", origin=origins[index]))
    assert len(of_kind(outcomes, Account)) == 1
    assert {str(one) for one in of_kind(outcomes, InvalidInput)} == {
        "The user name wanted is taken. Choose another one."
    }
    assert len(of_kind(outcomes, InvalidInput)) == 5


def test_one_proof_in_many_hands_makes_one_account(fresh_db: str) -> None:
    proof = _proof()
    outcomes = at_once(6, lambda index: _finish(proof, f"asha{index}"))
    assert len(of_kind(outcomes, Account)) == 1
    assert len(of_kind(outcomes, AccountError)) == 5


def test_two_requests_for_one_address_make_one_account(fresh_db: str) -> None:
    proofs = [_proof(EMAIL, Origin("", "", f"{index:064d}")) for index in range(2)]
    outcomes = at_once(2, lambda index: _finish(proofs[index], f"asha{index}"))
    assert len(of_kind(outcomes, Account)) == 1
    assert of_kind(outcomes, InvalidInput)[0].field == "email"


def test_codes_for_one_address_and_from_one_network_are_limited(db: Session) -> None:
    for index in range(5):
        registration.start(EMAIL, Origin("", "", f"{index:064d}"))
    with pytest.raises(LimitReached) as refused:
        registration.start(EMAIL.upper(), HOME)
    assert refused.value.rule == "code_address"
    registration.start("another@example.com", HOME)
    for index in range(30):
        registration.start(f"person{index}@example.com", ELSEWHERE)
    with pytest.raises(LimitReached) as refused:
        registration.start("person30@example.com", ELSEWHERE)
    assert refused.value.rule == "code_ip"


def test_closed_registration_says_which_setting_closed_it(db: Session, environment: Callable[..., None]) -> None:
    proof = _proof()
    environment(KUBERA_REGISTRATION="off")
    for act in (lambda: registration.start(EMAIL, HOME), lambda: _finish(proof)):
        with pytest.raises(NotAvailable, match="KUBERA_REGISTRATION"):
            act()


def test_a_user_name_that_is_free_may_be_asked_for(db: Session) -> None:
    person("asha")
    registration.check_user_name("ravi")
    with pytest.raises(InvalidInput, match="taken"):
        registration.check_user_name("ASHA")
