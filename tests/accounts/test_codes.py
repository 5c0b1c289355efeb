from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.accounts import codes, registration
from core.accounts.errors import AccountError, CodeRefused, InvalidInput, LimitReached
from core.accounts.model import CodeRequest, Origin
from core.notices import outbox
from db.session import read_session
from db.tables.accounts import CodeRow
from tests.accounts.persons import ELSEWHERE, HOME, at_once, mailed_code, of_kind, other_code
from tests.conftest import HeldClock

NO_IP = Origin("", "", HOME.device)


def _asked() -> CodeRequest:
    return registration.start("asha@example.com", NO_IP)


def _confirm(request: CodeRequest, code: str) -> str:
    return codes.confirm(request.id, "registration", code)


def test_a_code_is_six_digits_and_not_kept_in_clear(db: Session) -> None:
    request = _asked()
    code = mailed_code()
    assert len(code) == 6
    assert code.isdigit()
    row = db.scalars(select(CodeRow).where(CodeRow.id == request.id)).one()
    assert code not in repr(vars(row))
    assert len(row.digest) == 64


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1} {2}", "{1}\u00a0{2}"])
def test_a_code_may_be_typed_with_spaces(db: Session, typed: str) -> None:
    request = _asked()
    code = mailed_code()
    assert _confirm(request, typed.format(code, code[:3], code[3:]))


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "1" * 10**6, "12\x003456", "-12345"]
)
def test_what_is_no_code_costs_no_try(db: Session, typed: str) -> None:
    request = _asked()
    for _ in range(7):
        with pytest.raises(InvalidInput) as refused:
            _confirm(request, typed)
        assert refused.value.field == "code"
    assert _confirm(request, mailed_code())


def test_five_wrong_tries_end_a_code(db: Session) -> None:
    request = _asked()
    code = mailed_code()
    said = []
    for _ in range(5):
        with pytest.raises(CodeRefused) as refused:
            _confirm(request, other_code(code))
        said.append(refused.value.remedy)
    assert said[0] == "4 more tries are left."
    assert said[3] == "1 more try is left."
    with pytest.raises(CodeRefused, match="too often"):
        _confirm(request, code)


def test_a_code_works_once(db: Session) -> None:
    request = _asked()
    assert _confirm(request, mailed_code())
    with pytest.raises(CodeRefused):
        _confirm(request, mailed_code())


def test_a_code_ends_after_ten_minutes_and_stays_over_when_the_clock_goes_back(db: Session, clock: HeldClock) -> None:
    request = _asked()
    code = mailed_code()
    began = clock()
    clock.advance(timedelta(minutes=10))
    with pytest.raises(CodeRefused):
        _confirm(request, code)
    clock.set(began)
    with pytest.raises(CodeRefused):
        _confirm(request, code)


def test_a_code_works_until_the_last_second(db: Session, clock: HeldClock) -> None:
    request = _asked()
    clock.advance(timedelta(minutes=9, seconds=59))
    assert _confirm(request, mailed_code())


def test_a_new_code_comes_after_a_minute_and_ends_the_old_one(db: Session, clock: HeldClock) -> None:
    request = _asked()
    first = mailed_code()
    with pytest.raises(LimitReached) as refused:
        codes.resend(request.id, NO_IP)
    assert refused.value.returns_at == request.resend_at
    clock.advance(timedelta(seconds=60))
    again = codes.resend(request.id, NO_IP)
    second = mailed_code()
    assert again.id == request.id
    assert again.expires_at == clock() + timedelta(minutes=10)
    if first != second:
        with pytest.raises(CodeRefused):
            _confirm(request, first)
    assert _confirm(request, second)


def test_a_clock_set_back_does_not_bring_the_next_code_forward(db: Session, clock: HeldClock) -> None:
    request = _asked()
    clock.advance(timedelta(hours=-3))
    with pytest.raises(LimitReached):
        codes.resend(request.id, NO_IP)


def test_codes_are_not_sent_again_for_ever(db: Session, clock: HeldClock) -> None:
    request = _asked()
    for _ in range(4):
        clock.advance(timedelta(minutes=20))
        codes.resend(request.id, NO_IP)
    clock.advance(timedelta(minutes=60))
    codes.resend(request.id, NO_IP)
    clock.advance(timedelta(minutes=60))
    with pytest.raises(CodeRefused):
        codes.resend(request.id, NO_IP)


def test_requests_that_do_not_exist_are_refused_like_old_ones(db: Session) -> None:
    for act in (
        lambda: codes.confirm(uuid4(), "registration", "123456"),
        lambda: codes.resend(uuid4(), HOME),
        lambda: codes.to_email(uuid4(), HOME),
        lambda: codes.find(uuid4(), "sign_in"),
    ):
        with pytest.raises(CodeRefused, match="expired, used or was tried too often"):
            act()


def test_a_hundred_guesses_at_once_are_five_tries(fresh_db: str) -> None:
    request = _asked()
    code = mailed_code()
    guesses = [other_code(code)] * 60 + [code] + [other_code(code)] * 39
    outcomes = at_once(100, lambda index: _confirm(request, guesses[index]))
    wrong = [one for one in of_kind(outcomes, CodeRefused) if "not right" in str(one)]
    over = [one for one in of_kind(outcomes, CodeRefused) if "too often" in str(one)]
    proofs = of_kind(outcomes, str)
    assert len(wrong) + len(proofs) <= 5
    assert len(wrong) + len(over) + len(proofs) == 100
    with read_session() as work:
        assert work.scalar(select(CodeRow.attempts).where(CodeRow.id == request.id)) == 100
    with pytest.raises(CodeRefused):
        _confirm(request, code)


def test_of_many_who_tell_the_right_code_at_once_one_gets_the_proof(fresh_db: str) -> None:
    request = _asked()
    code = mailed_code()
    outcomes = at_once(12, lambda _: _confirm(request, code))
    assert len(of_kind(outcomes, str)) == 1
    assert len(of_kind(outcomes, CodeRefused)) == 11


def test_of_many_who_ask_again_at_once_one_gets_a_new_code(fresh_db: str, clock: HeldClock) -> None:
    request = _asked()
    clock.advance(timedelta(seconds=61))
    outcomes = at_once(8, lambda _: codes.resend(request.id, NO_IP))
    assert len(of_kind(outcomes, CodeRequest)) == 1
    assert len(of_kind(outcomes, AccountError)) == 7
    assert _confirm(request, mailed_code())


def test_old_requests_are_forgotten_and_proofs_kept_for_their_time(db: Session, clock: HeldClock) -> None:
    _asked()
    other = registration.start("ravi@example.com", ELSEWHERE)
    registration.confirm(other.id, mailed_code(ELSEWHERE), ELSEWHERE)
    clock.advance(timedelta(minutes=11))
    assert codes.forget_old(clock()) == 1
    clock.advance(timedelta(minutes=20))
    assert codes.forget_old(clock()) == 1
    assert codes.forget_old(clock()) == 0


def test_guesses_from_one_network_are_limited_over_many_requests(db: Session) -> None:
    asked = [registration.start(f"person{index}@example.com", Origin("", "", "c" * 64)) for index in range(16)]
    for request in asked[:12]:
        for _ in range(5):
            with pytest.raises(CodeRefused):
                registration.confirm(request.id, other_code(_code_of(request)), HOME)
    with pytest.raises(LimitReached) as refused:
        registration.confirm(asked[12].id, _code_of(asked[12]), HOME)
    assert refused.value.rule == "code_guess_ip"


def _code_of(request: CodeRequest) -> str:
    return next(mail.code or "" for mail in outbox.on_screen("c" * 64) if mail.to == request.address)


@pytest.mark.parametrize(("address", "shown"), [("ravi@example.com", "r•••@example.com"), ("é@b.org", "é•••@b.org")])
def test_an_address_is_masked_for_who_did_not_type_it(address: str, shown: str) -> None:
    assert codes.masked(address) == shown
