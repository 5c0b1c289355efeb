from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session as Work

from core.accounts import activity, demo, own_data, passwords, people, sessions
from core.accounts.errors import InvalidInput, LimitReached, NotAllowed
from core.accounts.model import Account, Origin
from core.market.store.own import OwnData
from db.base import Base
from db.repositories.accounts_personal import personal_tables
from db.session import unit_of_work
from tests.accounts.everything import give_everything, rows_of
from tests.accounts.persons import HOME, PASSWORD, mails, person, signed_in
from tests.conftest import HeldClock

BARS = b"date,open,high,low,close,volume\n2026-01-05,100,102,99,101,5000\n2026-01-06,101,103,100,102.5,6000\n"


def _import(account: Account, clock: HeldClock, symbol: str = "MYFUND") -> None:
    OwnData(clock).import_file(
        "fund.csv", BARS, symbol, "1d", owner=account.owner, currency=None, timezone=None, series_name=None
    )


def _opened(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_table_that_names_somebody_is_in_the_export_as_json_and_csv(db: Work) -> None:
    account = person()
    with unit_of_work() as work:
        give_everything(work, account)
    files = _opened(own_data.export(account))
    for name in personal_tables():
        if name == "bar_chunks":  # the bars themselves are in bars/
            continue
        rows = json.loads(files[f"{name}.json"])
        table = list(csv.reader(io.StringIO(files[f"{name}.csv"].decode("utf-8-sig"))))
        assert rows, f"nothing of {name}"
        assert len(table) == len(rows) + 1
        assert table[0] == list(rows[0])
    assert json.loads(files["accounts.json"])[0]["email"] == "asha@example.com"
    assert files["README.txt"].startswith(b"What Kubera holds about you")


def test_every_table_that_names_an_account_by_a_foreign_key_is_personal() -> None:
    for table in Base.metadata.sorted_tables:
        if any(key.column.table.name == "accounts" and key.parent.name == "account_id" for key in table.foreign_keys):
            assert table.name in personal_tables()


def test_secrets_are_not_in_it(db: Work, clock: HeldClock) -> None:
    account = person()
    token, _ = signed_in(account)
    with unit_of_work() as work:
        give_everything(work, account)
    everything = b"\n".join(_opened(own_data.export(account)).values()).decode()
    hashed = db.execute(text("SELECT password_hash FROM accounts WHERE id = :id"), {"id": account.id}).scalar_one()
    for secret in (token, sessions.token_hash(token), hashed, "password_hash", "token_hash", "digest", "sealed"):
        assert secret not in everything


def test_own_bars_are_in_it_as_they_were_given(db: Work, clock: HeldClock) -> None:
    account = person()
    _import(account, clock)
    lines = _opened(own_data.export(account))["bars/MYFUND_1d.csv"].decode().splitlines()
    assert lines[0] == "start_utc,open,high,low,close,volume"
    assert [line.split(",", 1)[1] for line in lines[1:]] == [
        "100.0,102.0,99.0,101.0,5000.0",
        "101.0,103.0,100.0,102.5,6000.0",
    ]
    assert lines[1].startswith("2026-01-04T18:30:00+00:00"), "a day begins at midnight in Mumbai"


def test_what_others_have_is_not_in_it(db: Work, clock: HeldClock) -> None:
    asha, ravi = person("asha"), person("ravi")
    with unit_of_work() as work:
        give_everything(work, ravi)
    _import(ravi, clock)
    everything = b"\n".join(_opened(own_data.export(asha)).values()).decode()
    assert "ravi" not in everything
    assert ravi.owner not in everything


def test_a_text_that_looks_like_a_formula_is_none_in_the_csv(db: Work) -> None:
    account = person()
    db.execute(text("UPDATE accounts SET name = :name"), {"name": '=HYPERLINK("http://evil.example")'})
    files = _opened(own_data.export(account))
    row = next(csv.DictReader(io.StringIO(files["accounts.csv"].decode("utf-8-sig"))))
    assert row["name"].startswith("'=HYPERLINK")
    assert json.loads(files["accounts.json"])[0]["name"].startswith("=HYPERLINK")


def test_exports_are_limited_and_logged(db: Work) -> None:
    account = person()
    for _ in range(10):
        own_data.export(account, HOME)
    with pytest.raises(LimitReached):
        own_data.export(account)
    assert [entry.action for entry in activity.about(account.id)] == ["account.exported"] * 10


def test_deleting_takes_everything_of_one_and_nothing_of_another(db: Work, clock: HeldClock) -> None:
    asha, ravi = person("asha"), person("ravi")
    for one in (asha, ravi):
        with unit_of_work() as work:
            give_everything(work, one)
        _import(one, clock)
    _, session = signed_in(asha)
    kept = rows_of(db, ravi)
    own_data.delete_account(session, PASSWORD, HOME)
    db.expire_all()
    left = rows_of(db, asha)
    assert {name for name, rows in left.items() if rows} == {"outbox"}, "the mail that says it was done"
    assert mails("asha@example.com") == ["account_deleted"]
    assert rows_of(db, ravi) == kept
    with pytest.raises(InvalidInput):
        people.get(asha.id)


def test_the_log_stays_and_proves_itself_after_a_deletion(db: Work) -> None:
    account = person()
    _, session = signed_in(account)
    own_data.delete_account(session, PASSWORD, HOME)
    entries = activity.about(account.id)
    assert entries[-1].action == "account.deleted"
    assert "asha@example.com" not in repr(entries)
    assert activity.verify().ok


def test_deleting_needs_the_password(db: Work) -> None:
    account = person()
    token, session = signed_in(account)
    for wrong in ("", "wrong password", "x" * 10**5):
        with pytest.raises(NotAllowed):
            own_data.delete_account(session, wrong, HOME)
    assert sessions.lookup(token) is not None


def test_the_only_admin_stays(db: Work) -> None:
    chief = person("chief", role="admin")
    _, session = signed_in(chief)
    with pytest.raises(NotAllowed, match="only admin"):
        own_data.delete_account(session, PASSWORD, HOME)
    person("deputy", role="admin")
    own_data.delete_account(session, PASSWORD, HOME)


# -- demo visitors ---------------------------------------------------------------------------------------------------


def test_a_visitor_is_an_account_without_address_and_password_for_a_day(db: Work, clock: HeldClock) -> None:
    visitor, other = demo.create_visitor(HOME), demo.create_visitor(HOME)
    assert visitor.kind == "demo_visitor"
    assert visitor.role == "investor"
    assert visitor.email is None
    assert visitor.expires_at == clock() + timedelta(hours=24)
    assert len({visitor.owner, other.owner, visitor.user_name, other.user_name}) == 4
    assert not passwords.verify("", None)
    _, session = signed_in(visitor)
    assert session.account == visitor


def test_a_demo_admin_is_no_admin(db: Work) -> None:
    visitor = demo.create_admin_visitor(HOME)
    assert visitor.kind == "demo_admin"
    assert visitor.role == "investor"
    assert not visitor.is_admin


def test_expired_visitors_go_with_everything_that_was_theirs(db: Work, clock: HeldClock) -> None:
    stays = person()
    early = demo.create_visitor(HOME)
    with unit_of_work() as work:
        give_everything(work, early)
    _import(early, clock)
    clock.advance(timedelta(hours=1))
    late = demo.create_admin_visitor(HOME)
    assert demo.remove_expired(clock()) == 0
    clock.advance(timedelta(hours=23))
    assert demo.remove_expired(clock()) == 1
    assert demo.remove_expired(clock()) == 0
    db.expire_all()
    assert not any(rows_of(db, early).values())
    assert people.get(late.id) == late
    assert people.get(stays.id) == stays


def test_many_visitors_are_removed_in_batches(db: Work, clock: HeldClock) -> None:
    for _ in range(demo._BATCH + 3):
        demo.create_visitor(Origin())
    clock.advance(timedelta(hours=24))
    assert demo.remove_expired(clock()) == demo._BATCH + 3


def test_visits_from_one_network_are_limited(db: Work) -> None:
    for _ in range(20):
        demo.create_visitor(HOME)
    with pytest.raises(LimitReached) as refused:
        demo.create_visitor(HOME)
    assert refused.value.rule == "demo_ip"


def test_a_visitor_may_leave_at_once(db: Work) -> None:
    visitor = demo.create_visitor(HOME)
    token, session = signed_in(visitor)
    own_data.delete_account(session, "", HOME)
    assert sessions.lookup(token) is None


def test_production_has_neither_visitor(db: Work, environment: object) -> None:
    from core.accounts.errors import NotAvailable

    assert callable(environment)
    environment(KUBERA_ENV="production", SMTP_HOST="mail.example.com")
    for act in (demo.create_visitor, demo.create_admin_visitor):
        with pytest.raises(NotAvailable, match="KUBERA_ENV"):
            act(HOME)
    assert not demo.available()
