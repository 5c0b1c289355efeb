from __future__ import annotations

import pytest
from sqlalchemy.orm import Session as Work

from core.accounts import activity, codes, demo, people, preferences, profile, recovery, sessions, sign_in
from core.accounts.errors import CodeRefused, InvalidInput, LimitReached, NotAllowed, NotAvailable
from core.accounts.model import Account
from core.accounts.preferences import Preferences
from core.notices import choices
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
    signed_in,
)
from tests.conftest import HeldClock

NEW = "copper meadow 12 violin"


def test_a_changed_password_signs_out_every_other_browser(db: Work) -> None:
    account = person()
    here, session = signed_in(account)
    there, _ = signed_in(account, ELSEWHERE)
    profile.change_password(session, PASSWORD, NEW, HOME)
    assert sessions.lookup(here) is not None
    assert sessions.lookup(there) is None
    assert isinstance(sign_in.sign_in("asha", NEW, HOME), sign_in.Accepted)
    assert mails(account) == ["password_changed"]


@pytest.mark.parametrize("new", ["short", "aaaaaaaaaaaaaa", "asha-and-orchard", PASSWORD])
def test_a_new_password_must_be_good_and_new(db: Work, new: str) -> None:
    _, session = signed_in(person())
    with pytest.raises(InvalidInput) as refused:
        profile.change_password(session, PASSWORD, new, HOME)
    assert refused.value.field == "password"
    assert isinstance(sign_in.sign_in("asha", PASSWORD, HOME), sign_in.Accepted)


def test_a_stolen_session_cannot_guess_the_password(db: Work) -> None:
    _, session = signed_in(person())
    for _ in range(10):
        with pytest.raises(NotAllowed):
            profile.change_password(session, "wrong password", NEW, HOME)
    with pytest.raises(LimitReached) as refused:
        profile.change_password(session, PASSWORD, NEW, HOME)
    assert refused.value.rule == "password_check"


def test_names_change_and_are_logged(db: Work) -> None:
    account = person()
    renamed = profile.change_user_name(account, "Asha.Rao", HOME)
    assert renamed.user_name == "Asha.Rao"
    assert profile.change_name(renamed, "<b>Asha</b>  Rao").name == "<b>Asha</b> Rao"
    assert people.by_login("asha.rao") == people.get(account.id)
    assert people.by_login("asha") is None
    assert mails(account) == ["user_name_changed"]
    logged = {entry.action: (entry.before, entry.after) for entry in activity.about(account.id)}
    assert logged["user_name.changed"] == ("asha", "Asha.Rao")
    assert profile.change_user_name(renamed, "ASHA.RAO").user_name == "ASHA.RAO"


def test_a_name_somebody_has_is_not_taken(db: Work) -> None:
    person("ravi")
    account = person("asha")
    with pytest.raises(InvalidInput, match="taken"):
        profile.change_user_name(account, "RAVI")
    with pytest.raises(InvalidInput, match="reserved"):
        profile.change_user_name(account, "admin")
    assert people.get(account.id).user_name == "asha"


def test_of_many_who_want_one_name_one_gets_it(fresh_db: str) -> None:
    accounts = [person(f"person{index}") for index in range(5)]
    outcomes = at_once(5, lambda index: profile.change_user_name(accounts[index], "wanted"))
    assert len(of_kind(outcomes, Account)) == 1
    assert {one.field for one in of_kind(outcomes, InvalidInput)} == {"user_name"}


def test_an_address_changes_by_a_code_to_the_new_one_and_both_are_told(db: Work) -> None:
    account = person()
    request = profile.start_email_change(account, PASSWORD, "New@Example.org", HOME)
    assert people.get(account.id).email == "asha@example.com"
    changed = profile.confirm_email_change(account, request.id, mailed_code(), HOME)
    assert changed.email == "New@example.org"
    assert mails("asha@example.com") == ["email_changed"]
    assert mails("New@example.org") == ["email_change_code", "email_changed"]
    assert people.by_login("new@EXAMPLE.org") == changed
    assert people.by_login("asha@example.com") is None


def test_an_address_of_another_account_gets_the_same_answer_and_is_not_taken(db: Work) -> None:
    person("ravi")
    account = person("asha")
    request = profile.start_email_change(account, PASSWORD, "ravi@example.com", HOME)
    assert request.address == "ravi@example.com"
    assert mails("ravi@example.com") == ["address_already_known"]
    with pytest.raises(CodeRefused):
        profile.confirm_email_change(account, request.id, "123456", HOME)


def test_an_address_that_was_registered_meanwhile_stays_the_others(db: Work) -> None:
    account = person("asha")
    request = profile.start_email_change(account, PASSWORD, "ravi@example.com", HOME)
    code = mailed_code()
    person("ravi")
    with pytest.raises(InvalidInput, match="meanwhile"):
        profile.confirm_email_change(account, request.id, code, HOME)
    assert people.get(account.id).email == "asha@example.com"


def test_somebody_elses_code_changes_nothing(db: Work) -> None:
    asha, ravi = person("asha"), person("ravi")
    request = profile.start_email_change(asha, PASSWORD, "new@example.org", HOME)
    with pytest.raises(CodeRefused):
        profile.confirm_email_change(ravi, request.id, mailed_code(), HOME)
    assert people.get(ravi.id).email == "ravi@example.com"


def test_a_change_of_address_needs_the_password_and_a_real_one(db: Work) -> None:
    account = person()
    with pytest.raises(NotAllowed):
        profile.start_email_change(account, "wrong password", "new@example.org", HOME)
    for address in ("asha@example.com", "no address", "a@example.org\nBcc: b@example.org"):
        with pytest.raises(InvalidInput):
            profile.start_email_change(account, PASSWORD, address, HOME)


def test_codes_to_the_former_address_end_with_the_change(db: Work) -> None:
    account = person()
    at_home(account)
    reset = recovery.start("asha@example.com", HOME)
    reset_code = mailed_code()
    request = profile.start_email_change(account, PASSWORD, "new@example.org", HOME)
    with pytest.raises(CodeRefused):
        profile.confirm_email_change(account, request.id, other_code(mailed_code()), HOME)
    profile.confirm_email_change(account, request.id, mailed_code(), HOME)
    with pytest.raises(CodeRefused):
        codes.confirm(reset.id, "recovery", reset_code)


def test_a_demo_account_is_told_why_not(db: Work) -> None:
    visitor = demo.create_visitor(HOME)
    _, session = signed_in(visitor)
    for act in (
        lambda: profile.change_password(session, "", NEW, HOME),
        lambda: profile.change_user_name(visitor, "somebody"),
        lambda: profile.start_email_change(visitor, "", "new@example.org", HOME),
    ):
        with pytest.raises(NotAvailable, match="Register"):
            act()
    assert profile.change_name(visitor, "Guest").name == "Guest"


# -- preferences -----------------------------------------------------------------------------------------------------


def test_preferences_are_the_defaults_until_saved_and_then_what_was_saved(db: Work, clock: HeldClock) -> None:
    account = person()
    assert preferences.load(account) == Preferences()
    chosen = Preferences("high", "long", "some", "USD", "indian", "America/New_York", "openai/gpt-oss-120b",
                         frozenset(), True, "weekly", 7)  # fmt: skip
    preferences.save(account, chosen)
    assert preferences.load(account) == chosen
    choices.set(account.id, "price_alert", False)
    assert preferences.load(account).notices == {"price_alert"}
    assert preferences.load(person("ravi")) == Preferences()


def test_saving_says_in_the_log_what_changed_and_nothing_when_nothing_did(db: Work) -> None:
    account = person()
    preferences.save(account, Preferences())
    assert activity.about(account.id) == ()
    preferences.save(account, Preferences(report="daily"))
    (entry,) = activity.about(account.id)
    assert (entry.before, entry.after) == ({"report": "none"}, {"report": "daily"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("risk_tolerance", "reckless"),
        ("base_currency", "'; DROP TABLE preferences; --"),
        ("number_format", ""),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("timezone", "x" * 10**5),
        ("timezone", ""),
        ("timezone", "a\x00b"),
        ("default_model", "x" * 101),
        ("default_model", "a\nb"),
        ("report", "hourly"),
        ("report_hour", 24),
        ("report_hour", -1),
        ("report_hour", True),
        ("privacy", "yes"),
    ],
)
def test_a_preference_that_is_none_is_refused_by_its_field(db: Work, field: str, value: object) -> None:
    account = person()
    with pytest.raises(InvalidInput) as refused:
        preferences.save(account, Preferences(**{field: value}))  # type: ignore[arg-type]
    assert refused.value.field == field
    assert preferences.load(account) == Preferences()
