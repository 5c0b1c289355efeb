"""Anything typed into any text field of accounts: an answer that can be shown, or it is kept; never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session as Work

from core.accounts import (
    administration,
    codes,
    own_data,
    passwords,
    people,
    preferences,
    profile,
    recovery,
    registration,
    second_factor,
    sessions,
    sign_in,
)
from core.accounts.errors import AccountError
from core.accounts.model import Account, Origin
from core.accounts.preferences import Preferences
from core.notices import outbox
from tests.accounts.persons import HOME, PASSWORD, person, signed_in

HOSTILE = {
    "empty": "",
    "sql": "x'); DROP TABLE accounts; --",
    "sql in quotes": '" OR 1=1; --',
    "html": "<script>alert(document.cookie)</script>",
    "attribute": '" onmouseover="alert(1)',
    "template": "{{ 7 * 7 }}{% raw %}",
    "format": "%s%n{0}{user}%(token_hash)s",
    "header": "asha\r\nBcc: everybody@example.com",
    "nul": "a\x00b",
    "controls": "\x1b[31m\x07\x08",
    "direction": "\u202egnp.exe",
    "surrogate": "\ud800\udc00\ud800",
    "combining": "a" + "\u0301" * 500,
    "emoji": "👩‍👩‍👧‍👦" * 20,
    "long": "x" * 1_000_000,
    "path": "../../../etc/passwd",
    "formula": "=cmd|' /C calc'!A0",
}

Act = Callable[[Account, str], object]
_ID = UUID(int=1)

FIELDS: dict[str, Act] = {
    "registration address": lambda _, given: registration.start(given, HOME),
    "registration address, the part before the sign": lambda _, given: registration.start(f"{given}@example.com", HOME),
    "registration code": lambda _, given: registration.confirm(_ID, given, HOME),
    "registration proof": lambda _, given: registration.finish(
        given, user_name="ravi", name="Ravi", password=PASSWORD, origin=HOME
    ),
    "registration user name": lambda _, given: registration.check_user_name(given),
    "recovery address": lambda _, given: recovery.start(given, HOME),
    "recovery code": lambda _, given: recovery.confirm(_ID, given, HOME),
    "recovery proof": lambda _, given: recovery.finish(given, PASSWORD, HOME),
    "recovery password": lambda _, given: recovery.finish("x", given, HOME),
    "login": lambda _, given: sign_in.sign_in(given, PASSWORD, HOME),
    "password": lambda account, given: sign_in.sign_in(account.user_name, given, HOME),
    "second proof": lambda _, given: sign_in.confirm_second_factor(_ID, given, HOME),
    "browser's name": lambda account, given: signed_in(account, Origin("", given[:400], "")),
    "ticket": lambda _, given: sessions.redeem_ticket(given, "x", HOME),
    "ticket's binding": lambda _, given: sessions.redeem_ticket("x", given, HOME),
    "way back": lambda account, given: sessions.issue_ticket(account, HOME, binding="x", next_path=given),
    "token": lambda _, given: sessions.lookup(given),
    "name": profile.change_name,
    "user name": profile.change_user_name,
    "present password": profile.check_password,
    "new address": lambda account, given: profile.start_email_change(account, PASSWORD, given, HOME),
    "app's code": lambda account, given: (second_factor.begin(account), second_factor.confirm(account, given)),
    "password to delete with": lambda account, given: own_data.delete_account(signed_in(account)[1], given, HOME),
    "strength as typed": lambda _, given: passwords.strength(given[:5000], (given[:5000],)),
    "timezone": lambda account, given: preferences.save(account, Preferences(timezone=given)),
    "model": lambda account, given: preferences.save(account, Preferences(default_model=given)),
    "somebody's login": lambda _, given: people.by_login(given),
    "admin's search": lambda account, given: administration.users(person("chief", role="admin"), search=given),
    "admin's reason": lambda account, given: administration.deactivate(
        person("chief", role="admin"), account.id, given
    ),
    "command line": lambda _, given: administration.create_admin(given, "b@example.com", "B", PASSWORD),
    "command line's name": lambda _, given: administration.create_admin("deputy", "b@example.com", given, PASSWORD),
}


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_is_typed_gets_an_answer(db: Work, field: str) -> None:
    for title, given in HOSTILE.items():
        step = db.connection().begin_nested()
        said = _said(FIELDS[field], person(), given)
        assert len(said) < 600, f"{title}: the answer repeats the input"
        assert not any(ord(each) < 32 for each in said), title
        step.rollback()
    assert db.scalar(text("SELECT count(*) FROM accounts")) == 0, "the table is there, and as it was"


def _said(act: Act, account: Account, given: str) -> str:
    """The words of a refusal; "-" when it was taken. Any other error is the test's failure."""
    try:
        act(account, given)
    except AccountError as refused:
        return str(refused) or "x" * 600
    return "-"


def test_a_name_of_html_is_kept_as_it_is_and_harmless_in_a_mail(db: Work) -> None:
    hostile = '<img src=x onerror="alert(1)"> {{ 7 * 7 }}'
    request = registration.start("asha@example.com", HOME)
    code = outbox.on_screen(HOME.device)[0].code
    assert code is not None
    proof = codes.confirm(request.id, "registration", code)
    account = registration.finish(proof, user_name="asha", name=hostile, password=PASSWORD, origin=HOME)
    assert people.get(account.id).name == hostile
    mail = outbox.on_screen(HOME.device)[0]
    assert mail.kind == "welcome"
    assert "<img" not in mail.html
    assert "{{ 7 * 7 }}" in mail.text
