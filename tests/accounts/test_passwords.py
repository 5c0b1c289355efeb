from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.accounts import passwords
from core.accounts.authenticator import Hasher
from core.accounts.errors import InvalidInput
from tests.accounts.persons import PASSWORD


def test_a_hash_is_bcrypts_at_our_cost_and_says_nothing() -> None:
    hashed = passwords.hash_password(PASSWORD)
    assert Hasher.is_hash(hashed)
    assert PASSWORD not in hashed
    assert hashed != passwords.hash_password(PASSWORD)
    assert passwords.verify(PASSWORD, hashed)
    assert not passwords.verify(PASSWORD + "x", hashed)


def test_a_hash_of_another_cost_is_outdated(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = passwords.hash_password(PASSWORD)
    assert not passwords.outdated(hashed)
    monkeypatch.setattr(passwords, "WORK_FACTOR", 5)
    assert passwords.outdated(hashed)
    assert passwords.verify(PASSWORD, hashed)


@pytest.mark.parametrize("odd", ["", "a" * 73, "a" * 10**6, "nul\x00byte here", "\ud800 lone surrogate"])
def test_what_bcrypt_cannot_take_is_simply_not_the_password(odd: str) -> None:
    assert not passwords.verify(odd, passwords.hash_password(PASSWORD))


def test_an_unknown_account_costs_one_comparison_too(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    real = Hasher.check_pw

    def counting(password: str, hashed: str) -> bool:
        compared.append(hashed)
        return bool(real(password, hashed))

    monkeypatch.setattr(Hasher, "check_pw", staticmethod(counting))
    known = passwords.hash_password(PASSWORD)
    for password, hashed in ((PASSWORD, known), ("wrong password", known), (PASSWORD, None), ("x" * 500, known)):
        passwords.verify(password, hashed)
    assert len(compared) == 4
    assert {hashed[:7] for hashed in compared} == {known[:7]}, "every comparison is at the same cost"


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=60)
def test_strength_answers_for_anything_typed(typed: str) -> None:
    found = passwords.strength(typed, ("asha", "asha@example.com"))
    assert 0 <= found.score <= 4
    assert found.label


def test_more_words_are_stronger_and_what_is_known_is_weak() -> None:
    assert passwords.strength("password").score == 0
    assert passwords.strength(PASSWORD).score == 4
    assert passwords.strength("ashaashaasha", ("asha",)).score < passwords.LEAST_SCORE
    assert passwords.strength("aaaaaaaaaaaa").advice


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short", "12"),
        ("passwordpassword", "weak"),
        ("ashaRao98 orchard lantern", "user name"),
        ("tidal asharao@example.com", "e-mail"),
        ("tidal lantern a.desk.name!", "e-mail"),
    ],
)
def test_passwords_that_will_not_do_say_why(password: str, reason: str) -> None:
    email = "a.desk.name@example.com" if "desk" in password else "asharao@example.com"
    with pytest.raises(InvalidInput) as refused:
        passwords.check(password, user_name="AshaRao98", email=email, name="Asha Rao")
    assert reason in str(refused.value).lower()
    assert password not in str(refused.value)


def test_a_good_password_passes() -> None:
    passwords.check(PASSWORD, user_name="asha", email="asha@example.com", name="Asha Rao")
