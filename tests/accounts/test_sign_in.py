from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session as Work

from core.accounts import activity, administration, codes, passwords, recovery, second_factor, sessions, sign_in
from core.accounts.errors import AccountError, CodeRefused, InvalidInput, LimitReached, SignInRefused
from core.accounts.model import Account, Origin
from core.accounts.sign_in import Accepted, SecondFactorNeeded
from db.tables.accounts import AccountRow
from tests.accounts.persons import (
    ELSEWHERE,
    HOME,
    PASSWORD,
    at_home,
    at_once,
    mailed_code,
    mails,
    of_kind,
    other_code,
    person,
)
from tests.conftest import HeldClock


def _challenged(account: Account, origin: Origin = HOME) -> SecondFactorNeeded:
    outcome = sign_in.sign_in(account.user_name, PASSWORD, origin)
    assert isinstance(outcome, SecondFactorNeeded)
    return outcome


def _with_app(account: Account, clock: HeldClock) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    totp = pyotp.TOTP(second_factor.begin(account).secret)
    recovery = second_factor.confirm(account, totp.at(clock()), HOME)
    clock.advance(timedelta(seconds=30))
    return totp, recovery


@pytest.mark.parametrize("login", ["asha", "ASHA", " asha ", "asha@example.com", "Asha@Example.com"])
def test_a_name_or_an_address_and_the_password_let_in(db: Work, login: str) -> None:
    account = person()
    outcome = sign_in.sign_in(login, PASSWORD, HOME)
    assert isinstance(outcome, Accepted)
    assert outcome.account == account


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("asha", "wrong password"),
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("asha", ""),
        ("", ""),
        ("", PASSWORD),
        ("asha", "x" * 10**6),
        ("x" * 10**6, PASSWORD),
        ("asha\x00", PASSWORD),
        ("asha' OR '1'='1", PASSWORD),
        ("asha@", PASSWORD),
        ("asha", PASSWORD + "\x00"),
        ("asha", "\ud800"),
        ("\ud800", PASSWORD),
    ],
)
def test_whatever_does_not_fit_gets_the_same_answer(db: Work, login: str, password: str) -> None:
    person()
    with pytest.raises(SignInRefused) as refused:
        sign_in.sign_in(login, password, HOME)
    assert refused.value.message == "User name or password is not right."


def test_an_unknown_name_costs_a_comparison_like_a_known_one(db: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    compared: list[str | None] = []
    real = passwords.verify

    def counting(password: str, hashed: str | None) -> bool:
        compared.append(hashed)
        return real(password, hashed)

    monkeypatch.setattr(passwords, "verify", counting)
    for login in ("asha", "nobody", "nobody@example.com"):
        with pytest.raises(SignInRefused):
            sign_in.sign_in(login, "wrong password", HOME)
    assert [one is None for one in compared] == [False, True, True]


def test_what_was_typed_is_nowhere_in_the_log(db: Work) -> None:
    admin, account = person("chief", role="admin"), person()
    for login in ("asha", "my secret password in the wrong field"):
        with pytest.raises(SignInRefused):
            sign_in.sign_in(login, "wrong password", HOME)
    refusals = activity.entries(admin, action="sign_in.refused").rows
    assert [entry.subject for entry in refusals] == ["unknown", f"account:{account.id}"]
    assert "wrong" not in repr(refusals)


def test_a_deactivated_account_says_so_to_who_knows_the_password_only(db: Work) -> None:
    admin, account = person("chief", role="admin"), person()
    administration.deactivate(admin, account.id, "asked to pause")
    with pytest.raises(SignInRefused, match="asked to pause"):
        sign_in.sign_in("asha", PASSWORD, HOME)
    with pytest.raises(SignInRefused) as refused:
        sign_in.sign_in("asha", "wrong password", HOME)
    assert "deactivated" not in str(refused.value)


def test_too_many_tries_with_one_name_are_refused_even_with_the_right_password(db: Work, clock: HeldClock) -> None:
    person()
    for spelling in ("asha", "ASHA") * 5:
        with pytest.raises(SignInRefused):
            sign_in.sign_in(spelling, "wrong password", ELSEWHERE)
    with pytest.raises(LimitReached) as refused:
        sign_in.sign_in("asha", PASSWORD, ELSEWHERE)
    assert refused.value.returns_at is not None
    clock.set(refused.value.returns_at)
    assert isinstance(sign_in.sign_in("asha", PASSWORD, ELSEWHERE), Accepted)


def test_an_attacker_cannot_lock_somebody_out_of_their_own_browser(db: Work) -> None:
    account = person()
    at_home(account)
    for _ in range(12):
        with pytest.raises(AccountError):
            sign_in.sign_in("asha", "wrong password", ELSEWHERE)
    assert isinstance(sign_in.sign_in("asha", PASSWORD, HOME), Accepted)


def test_one_network_cannot_try_many_names(db: Work) -> None:
    there = Origin("198.51.100.77", "", "")
    for index in range(60):
        with pytest.raises(SignInRefused):
            sign_in.sign_in(f"person{index}", PASSWORD, there)
    with pytest.raises(LimitReached) as refused:
        sign_in.sign_in("person99", PASSWORD, there)
    assert refused.value.rule == "sign_in_ip"


def test_success_forgives_earlier_mistakes(db: Work) -> None:
    person()
    for _ in range(3):
        for _ in range(6):
            with pytest.raises(SignInRefused):
                sign_in.sign_in("asha", "wrong password", Origin())
        assert isinstance(sign_in.sign_in("asha", PASSWORD, Origin()), Accepted)


def test_a_new_browser_is_worth_a_mail_but_not_the_first(db: Work) -> None:
    account = person()
    at_home(account)
    at_home(account)
    assert mails(account) == []
    at_home(account, ELSEWHERE)
    assert mails(account) == ["new_device"]
    at_home(account, ELSEWHERE)
    assert mails(account) == ["new_device"]


def test_a_hash_of_an_earlier_cost_is_made_anew(db: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    account = person()
    monkeypatch.setattr(passwords, "WORK_FACTOR", 5)
    at_home(account)
    kept = db.scalar(select(AccountRow.password_hash).where(AccountRow.id == account.id))
    assert kept is not None
    assert kept.startswith("$2b$05$")
    at_home(account)


def test_an_admin_needs_the_code_from_the_mail(db: Work) -> None:
    admin = person("chief", role="admin")
    challenge = _challenged(admin)
    assert challenge.kind == "email"
    assert challenge.address == "c•••@example.com"
    assert challenge.shown_on_screen
    code = mailed_code()
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(challenge.challenge_id, other_code(code), HOME)
    accepted = sign_in.confirm_second_factor(challenge.challenge_id, code, HOME)
    assert accepted.account == admin
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(challenge.challenge_id, code, HOME)
    assert mails(admin) == ["admin_sign_in_code"]


def test_strangers_who_ask_for_codes_do_not_keep_an_admin_out(db: Work, clock: HeldClock) -> None:
    admin = person("chief", role="admin")
    for _ in range(5):
        recovery.start("chief@example.com", ELSEWHERE)
    with pytest.raises(LimitReached):
        recovery.start("chief@example.com", ELSEWHERE)
    for _ in range(8):
        sign_in.confirm_second_factor(_challenged(admin).challenge_id, mailed_code(), HOME)
        clock.advance(timedelta(seconds=1))


def test_guesses_of_the_second_factor_end_the_challenge_then_the_account_rests(db: Work, clock: HeldClock) -> None:
    admin = person("chief", role="admin")
    for _ in range(2):
        challenge = _challenged(admin)
        code = mailed_code()
        for _ in range(5):
            with pytest.raises(CodeRefused):
                sign_in.confirm_second_factor(challenge.challenge_id, other_code(code), HOME)
    challenge = _challenged(admin)
    with pytest.raises(LimitReached) as refused:
        sign_in.confirm_second_factor(challenge.challenge_id, mailed_code(), HOME)
    assert refused.value.rule == "second_factor"


def test_the_app_lets_in_and_each_of_its_codes_once(db: Work, clock: HeldClock) -> None:
    account = person()
    totp, _ = _with_app(account, clock)
    challenge = _challenged(account)
    assert challenge.kind == "totp"
    assert mails(account) == ["second_factor_on"]
    code = totp.at(clock())
    assert sign_in.confirm_second_factor(challenge.challenge_id, code, HOME).account.totp
    again = _challenged(account)
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(again.challenge_id, code, HOME)
    clock.advance(timedelta(seconds=30))
    sign_in.confirm_second_factor(again.challenge_id, totp.at(clock()), HOME)


def test_a_challenge_that_is_over_uses_up_no_code_of_the_app(db: Work, clock: HeldClock) -> None:
    account = person()
    totp, _ = _with_app(account, clock)
    old = _challenged(account)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            sign_in.confirm_second_factor(old.challenge_id, other_code(totp.at(clock())), HOME)
    code = totp.at(clock())
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(old.challenge_id, code, HOME)
    assert sign_in.confirm_second_factor(_challenged(account).challenge_id, code, HOME)


def test_one_code_of_the_app_in_many_hands_lets_one_in(fresh_db: str, clock: HeldClock) -> None:
    account = person()
    totp, _ = _with_app(account, clock)
    challenges = [_challenged(account) for _ in range(5)]
    code = totp.at(clock())
    outcomes = at_once(5, lambda index: sign_in.confirm_second_factor(challenges[index].challenge_id, code, HOME))
    assert len(of_kind(outcomes, Accepted)) == 1


def test_a_recovery_code_lets_in_once_and_is_told(db: Work, clock: HeldClock) -> None:
    account = person()
    _, recovery = _with_app(account, clock)
    challenge = _challenged(account)
    sign_in.confirm_second_factor(challenge.challenge_id, recovery[0].lower().replace("-", " "), HOME)
    assert second_factor.recovery_codes_left(account) == 9
    assert "recovery_code_used" in mails(account)
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(_challenged(account).challenge_id, recovery[0], HOME)


def test_a_mailed_code_may_stand_in_for_the_app(db: Work, clock: HeldClock) -> None:
    account = person()
    _with_app(account, clock)
    challenge = _challenged(account)
    request = codes.to_email(challenge.challenge_id, HOME)
    assert request.address == "a•••@example.com"
    assert sign_in.confirm_second_factor(challenge.challenge_id, mailed_code(), HOME).account.id == account.id


def test_a_password_that_changes_ends_a_sign_in_under_way(db: Work) -> None:
    admin = person("chief", role="admin")
    challenge = _challenged(admin)
    code = mailed_code()
    sessions.revoke_all(admin.id, why="password changed")
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(challenge.challenge_id, code, HOME)


def test_a_challenge_ends_after_ten_minutes(db: Work, clock: HeldClock) -> None:
    challenge = _challenged(person("chief", role="admin"))
    code = mailed_code()
    clock.advance(timedelta(minutes=10))
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(challenge.challenge_id, code, HOME)


@pytest.mark.parametrize("odd", ["", "abc", "1" * 10**6, "\x00" * 6])
def test_an_odd_second_proof_is_refused_calmly(db: Work, clock: HeldClock, odd: str) -> None:
    challenge = _challenged(person("chief", role="admin"))
    with pytest.raises(InvalidInput):
        sign_in.confirm_second_factor(challenge.challenge_id, odd, HOME)
    account = person()
    _with_app(account, clock)
    with pytest.raises(CodeRefused):
        sign_in.confirm_second_factor(_challenged(account).challenge_id, odd, HOME)
