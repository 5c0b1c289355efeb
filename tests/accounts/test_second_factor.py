from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session as Work

from core.accounts import demo, people, second_factor
from core.accounts.errors import AccountError, CodeRefused, InvalidInput, LimitReached, NotAllowed, NotAvailable
from core.accounts.model import Account
from db.session import unit_of_work
from db.tables.accounts import Authenticator, RecoveryCode
from tests.accounts.persons import HOME, PASSWORD, at_once, mails, other_code, person
from tests.conftest import HeldClock


def _set_up(account: Account, clock: HeldClock) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    totp = pyotp.TOTP(second_factor.begin(account).secret)
    codes = second_factor.confirm(account, totp.at(clock()), HOME)
    clock.advance(timedelta(seconds=60))
    return totp, codes


def _passes(account: Account, given: str, clock: HeldClock) -> bool:
    with unit_of_work() as work:
        return second_factor.passes(work, account.id, given, clock())


def test_setting_up_gives_what_an_app_reads_and_ten_recovery_codes(db: Work, clock: HeldClock) -> None:
    account = person()
    setup = second_factor.begin(account)
    address = urlsplit(setup.uri)
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert parse_qs(address.query)["secret"] == [setup.secret]
    assert parse_qs(address.query)["issuer"] == ["Kubera"]
    assert not people.get(account.id).totp, "an app that showed no code yet does not count"
    codes = second_factor.confirm(account, pyotp.TOTP(setup.secret).at(clock()), HOME)
    assert len(set(codes)) == 10
    assert people.get(account.id).totp
    assert second_factor.recovery_codes_left(account) == 10
    assert mails(account) == ["second_factor_on"]


def test_neither_the_secret_nor_recovery_codes_are_kept_in_clear(db: Work, clock: HeldClock) -> None:
    account = person()
    setup = second_factor.begin(account)
    codes = second_factor.confirm(account, pyotp.TOTP(setup.secret).at(clock()), HOME)
    kept = repr([vars(row) for row in db.scalars(select(Authenticator))])
    kept += repr([vars(row) for row in db.scalars(select(RecoveryCode))])
    assert setup.secret not in kept
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


def test_a_wrong_code_sets_nothing_up(db: Work, clock: HeldClock) -> None:
    account = person()
    with pytest.raises(NotAvailable):
        second_factor.confirm(account, "123456")
    totp = pyotp.TOTP(second_factor.begin(account).secret)
    for wrong in (other_code(totp.at(clock())), totp.at(clock() - timedelta(seconds=90))):
        with pytest.raises(CodeRefused):
            second_factor.confirm(account, wrong)
    for odd in ("", "abc", "12345", "１２３４５６", "1" * 10**5):
        with pytest.raises(InvalidInput):
            second_factor.confirm(account, odd)
    assert not people.get(account.id).totp


@pytest.mark.parametrize(("off", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(db: Work, clock: HeldClock, off: int, good: bool) -> None:
    account = person()
    totp, _ = _set_up(account, clock)
    clock.advance(timedelta(minutes=5))
    assert _passes(account, totp.at(clock() + timedelta(seconds=off)), clock) is good


def test_a_code_works_once_and_so_does_every_earlier_one(db: Work, clock: HeldClock) -> None:
    account = person()
    totp, _ = _set_up(account, clock)
    now = totp.at(clock())
    earlier = totp.at(clock() - timedelta(seconds=30))
    assert _passes(account, now, clock)
    assert not _passes(account, now, clock)
    assert not _passes(account, earlier, clock)
    clock.advance(timedelta(minutes=-10))
    assert not _passes(account, totp.at(clock()), clock), "a clock set back brings used steps back"


def test_another_persons_codes_open_nothing(db: Work, clock: HeldClock) -> None:
    asha, ravi = person("asha"), person("ravi")
    totp, recovery = _set_up(asha, clock)
    _set_up(ravi, clock)
    assert not _passes(ravi, totp.at(clock()), clock)
    assert not _passes(ravi, recovery[0], clock)
    assert _passes(asha, recovery[0], clock)


@pytest.mark.parametrize("change", [str.lower, lambda text: text.replace("-", ""), lambda text: f" {text} "])
def test_a_recovery_code_may_be_typed_as_one_likes(db: Work, clock: HeldClock, change: object) -> None:
    assert callable(change)
    account = person()
    _, recovery = _set_up(account, clock)
    assert _passes(account, change(recovery[0]), clock)
    assert not _passes(account, recovery[0], clock)
    assert second_factor.recovery_codes_left(account) == 9


def test_one_recovery_code_in_many_hands_works_once(fresh_db: str, clock: HeldClock) -> None:
    account = person()
    _, recovery = _set_up(account, clock)
    outcomes = at_once(8, lambda _: _passes(account, recovery[0], clock))
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 7


def test_removing_needs_the_password_and_a_code(db: Work, clock: HeldClock) -> None:
    account = person()
    totp, recovery = _set_up(account, clock)
    with pytest.raises(NotAllowed):
        second_factor.remove(account, "wrong password", totp.at(clock()))
    with pytest.raises(CodeRefused):
        second_factor.remove(account, PASSWORD, other_code(totp.at(clock())))
    assert people.get(account.id).totp
    second_factor.remove(account, PASSWORD, recovery[3])
    assert not people.get(account.id).totp
    assert second_factor.recovery_codes_left(account) == 0
    assert mails(account)[-1] == "second_factor_off"
    with pytest.raises(AccountError):
        second_factor.remove(account, PASSWORD, totp.at(clock()))


def test_new_recovery_codes_end_the_earlier_ones(db: Work, clock: HeldClock) -> None:
    account = person()
    with pytest.raises(NotAvailable):
        second_factor.new_recovery_codes(account, PASSWORD)
    _, earlier = _set_up(account, clock)
    with pytest.raises(NotAllowed):
        second_factor.new_recovery_codes(account, "wrong password")
    later = second_factor.new_recovery_codes(account, PASSWORD)
    assert not set(earlier) & set(later)
    assert not _passes(account, earlier[0], clock)
    assert _passes(account, later[0], clock)


def test_an_app_that_counts_is_not_replaced(db: Work, clock: HeldClock) -> None:
    account = person()
    totp, _ = _set_up(account, clock)
    with pytest.raises(NotAvailable):
        second_factor.begin(account)
    assert _passes(account, totp.at(clock()), clock)


def test_guessing_is_limited(db: Work, clock: HeldClock) -> None:
    account = person()
    totp = pyotp.TOTP(second_factor.begin(account).secret)
    for _ in range(10):
        with pytest.raises(CodeRefused):
            second_factor.confirm(account, other_code(totp.at(clock())))
    with pytest.raises(LimitReached):
        second_factor.confirm(account, totp.at(clock()))


def test_a_demo_account_has_nothing_to_protect_so(db: Work) -> None:
    with pytest.raises(NotAvailable, match="Register"):
        second_factor.begin(demo.create_visitor(HOME))
