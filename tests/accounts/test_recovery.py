from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.accounts import activity, recovery, sessions, sign_in
from core.accounts.errors import AccountError, CodeRefused, InvalidInput, SignInRefused
from core.accounts.model import Account, Origin
from core.notices import outbox
from tests.accounts.persons import (
    ELSEWHERE,
    HOME,
    PASSWORD,
    at_home,
    at_once,
    mailed_code,
    mails,
    person,
    signed_in,
)
from tests.conftest import HeldClock

NEW = "copper meadow 12 violin"


def _proof(account: Account) -> str:
    at_home(account)
    assert account.email is not None
    request = recovery.start(account.email, HOME)
    return recovery.confirm(request.id, mailed_code(), HOME)


def test_a_new_password_takes_the_place_of_the_old_and_ends_all_sessions(db: Session) -> None:
    account = person()
    token, _ = signed_in(account)
    recovery.finish(_proof(account), NEW, HOME)
    assert sessions.lookup(token) is None
    with pytest.raises(SignInRefused):
        sign_in.sign_in("asha", PASSWORD, HOME)
    assert isinstance(sign_in.sign_in("asha", NEW, HOME), sign_in.Accepted)
    assert mails(account) == ["password_reset_code", "password_changed"]
    assert "password.reset" in [entry.action for entry in activity.about(account.id)]


def test_a_reset_works_once(db: Session) -> None:
    account = person()
    proof = _proof(account)
    recovery.finish(proof, NEW, HOME)
    with pytest.raises(CodeRefused):
        recovery.finish(proof, PASSWORD, HOME)
    assert isinstance(sign_in.sign_in("asha", NEW, HOME), sign_in.Accepted)


def test_a_reset_in_many_hands_works_once(fresh_db: str) -> None:
    proof = _proof(person())
    outcomes = at_once(6, lambda index: recovery.finish(proof, f"{NEW} {index}", HOME))
    assert sum(one is None for one in outcomes) == 1
    assert sum(isinstance(one, AccountError) for one in outcomes) == 5


def test_another_reset_under_way_ends_with_the_first_that_is_finished(db: Session, clock: HeldClock) -> None:
    account = person()
    first = _proof(account)
    clock.advance(timedelta(minutes=2))
    second = _proof(account)
    recovery.finish(second, NEW, HOME)
    with pytest.raises(CodeRefused):
        recovery.finish(first, PASSWORD, HOME)


def test_a_weak_password_leaves_the_proof_good(db: Session) -> None:
    account = person()
    proof = _proof(account)
    for weak in ("short", "asha@example.com!!", "aaaaaaaaaaaaaaaa", "x" * 100):
        with pytest.raises(InvalidInput) as refused:
            recovery.finish(proof, weak, HOME)
        assert refused.value.field == "password"
    recovery.finish(proof, NEW, HOME)


def test_an_address_nobody_has_gets_the_same_answer_and_no_mail(db: Session, clock: HeldClock) -> None:
    account = person()
    at_home(account)
    known, unknown = recovery.start("asha@example.com", HOME), recovery.start("nobody@example.com", HOME)
    assert (known.expires_at, known.resend_at, known.shown_on_screen) == (
        unknown.expires_at,
        unknown.resend_at,
        unknown.shown_on_screen,
    )
    assert mails("nobody@example.com") == []
    assert mails(account) == ["password_reset_code"]
    for code in ("000000", "123456"):
        with pytest.raises(CodeRefused, match="not right"):
            recovery.confirm(unknown.id, code, HOME)


def test_both_kinds_of_address_ask_the_database_the_same(db: Session) -> None:
    person()
    asked = []
    for email in ("asha@example.com", "nobody@example.com"):
        seen: list[str] = []
        listener = lambda *args: seen.append(args[2].split()[0])  # noqa: E731, B023
        bind = db.connection()
        event.listen(bind, "before_cursor_execute", listener)
        recovery.start(email, HOME)
        event.remove(bind, "before_cursor_execute", listener)
        asked.append([word for word in seen if word not in {"ROLLBACK", "RELEASE", "SAVEPOINT"}])
    assert asked[0] == asked[1]


def test_on_screen_a_reset_code_is_for_browsers_that_were_signed_in(db: Session) -> None:
    """Without a mail server the demo shows mails: a stranger's browser must not see a code to somebody's account."""
    account = person()
    at_home(account)
    recovery.start("asha@example.com", ELSEWHERE)
    assert outbox.on_screen(ELSEWHERE.device) == ()
    assert not recovery.shows_on_screen("asha@example.com", ELSEWHERE)
    assert recovery.shows_on_screen("asha@example.com", HOME)
    assert not recovery.shows_on_screen("nobody@example.com", HOME)


def test_the_mail_goes_to_the_address_as_the_account_has_it(db: Session) -> None:
    account = person()
    at_home(account)
    request = recovery.start("ASHA@EXAMPLE.com", HOME)
    assert request.address == "ASHA@example.com"
    assert mails("asha@example.com") == ["password_reset_code"]


def test_a_code_that_was_sent_again_resets_too(db: Session, clock: HeldClock) -> None:
    from core.accounts import codes

    account = person()
    at_home(account)
    request = recovery.start("asha@example.com", HOME)
    unknown = recovery.start("nobody@example.com", ELSEWHERE)
    clock.advance(timedelta(seconds=61))
    codes.resend(request.id, HOME)
    codes.resend(unknown.id, ELSEWHERE)
    assert mails("nobody@example.com") == []
    recovery.finish(recovery.confirm(request.id, mailed_code(), HOME), NEW, Origin())
    assert isinstance(sign_in.sign_in("asha", NEW, HOME), sign_in.Accepted)
