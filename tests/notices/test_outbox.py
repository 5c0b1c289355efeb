"""Posting: once, inside the caller's transaction, to those who want it, and unreadable while it waits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.notices import choices, inbox, outbox
from core.notices.errors import NothingToDo, WrongAddress, WrongNotice
from core.notices.kinds import KINDS
from db.session import unit_of_work
from db.tables.notices import OutgoingMail
from tests.conftest import HeldClock
from tests.notices.conftest import AccountMaker

Environment = Callable[..., None]
SOUND_KEY = "5fd1c06be27a4983d0ee17b6c2f49a8871b35e0c94da62f7"
MAIL = {"SMTP_HOST": "mail.test", "KUBERA_SECRET_KEY": "k" * 40}


def post(kind: str = "price_alert", *, key: str = "1", to: str | None = "asha@example.com", **more: Any) -> int | None:
    context = KINDS[kind].sample() | more.pop("context", {})
    with unit_of_work() as session:
        return outbox.post(
            session, kind, to=to, account_id=more.pop("account_id", None), key=key, context=context, **more
        )


def rows(db: Session) -> list[OutgoingMail]:
    db.expire_all()
    return list(db.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


def jobs(db: Session) -> int:
    return int(
        db.scalar(text("SELECT count(*) FROM jobs.procrastinate_jobs WHERE task_name = 'kubera:deliver_mail'")) or 0
    )


def test_a_mail_is_posted_once_with_a_job_to_send_it(
    db: Session, environment: Environment, clock: HeldClock, account: AccountMaker
) -> None:
    environment(**MAIL)
    asha = account("asha")
    number = post(account_id=asha, name="Asha Rao")
    assert number is not None
    assert post(account_id=asha) is None, "the same again"
    assert post(account_id=asha, key="2") is not None
    assert [row.state for row in rows(db)] == ["queued", "queued"]
    assert rows(db)[0].subject == "TCS.NS rose above ₹3,400.00"
    assert jobs(db) == 2
    assert inbox.unread(asha) == 2, "and in the inbox, once each"


def test_nothing_is_said_when_the_callers_work_fails(
    db: Session, environment: Environment, account: AccountMaker
) -> None:
    environment(**MAIL)
    asha = account("asha")
    with pytest.raises(ZeroDivisionError), unit_of_work() as session:  # noqa: PT012 - the failing work
        outbox.post(session, "welcome", to="a@example.com", account_id=asha, key="1", context=KINDS["welcome"].sample())
        raise ZeroDivisionError
    assert rows(db) == []
    assert jobs(db) == 0
    assert inbox.unread(asha) == 0


def test_what_waits_is_not_readable_in_the_database(db: Session, environment: Environment) -> None:
    environment(**MAIL)
    post("registration_code")
    (row,) = db.execute(text("SELECT outbox::text FROM outbox")).scalars()
    assert "482913" not in row
    assert "343832393133" not in row, "nor as bytes"


def test_codes_die_with_their_time_and_others_after_a_day(
    db: Session, environment: Environment, clock: HeldClock
) -> None:
    environment(**MAIL)
    post("registration_code", context={"expires_at": clock() + timedelta(minutes=10)})
    post("welcome")
    assert [row.not_after - clock() for row in rows(db)] == [timedelta(minutes=10), timedelta(hours=24)]


@pytest.mark.parametrize(
    ("kind", "to", "state", "messages"),
    [
        ("registration_code", "a@example.com", "queued", 0),
        ("welcome", None, None, 1),
        ("account_deleted", "a@example.com", "queued", 0),
        ("price_alert", "a@example.com", "queued", 1),
    ],
)
def test_where_a_kind_is_written_to(
    db: Session, environment: Environment, account: AccountMaker, kind: str, to: str | None, state: str, messages: int
) -> None:
    environment(**MAIL)
    asha = account("asha")
    post(kind, to=to, account_id=asha)
    assert [row.state for row in rows(db)] == ([state] if state else [])
    assert inbox.messages(asha).total == messages


def test_the_last_mail_outlives_the_account_and_others_go_with_it(
    db: Session, environment: Environment, account: AccountMaker
) -> None:
    environment(**MAIL)
    asha = account("asha")
    post("account_deleted", account_id=asha)
    post("price_alert", account_id=asha)
    db.execute(text("DELETE FROM accounts WHERE id = :id"), {"id": asha})
    assert [row.kind for row in rows(db)] == ["account_deleted"]


def test_what_was_declined_is_in_the_inbox_only_and_the_essential_is_sent(
    db: Session, environment: Environment, account: AccountMaker
) -> None:
    environment(**MAIL)
    asha, ben = account("asha"), account("ben")
    choices.set(asha, "price_alert", False)
    assert post("price_alert", account_id=asha) is None
    assert post("daily_report", account_id=asha) is not None
    choices.set_all(asha, False)
    assert post("daily_report", account_id=asha, key="2") is None
    assert post("password_changed", account_id=asha) is not None
    assert post("price_alert", account_id=ben, key="ben") is not None, "others are not concerned"
    assert inbox.unread(asha) == 4


@pytest.mark.parametrize(
    "to",
    [
        "",
        "asha",
        "asha@",
        "@example.com",
        "a b@example.com",
        "asha@example.com, ben@example.com",
        "asha@example.com\r\nBcc: ben@example.com",
        "Asha <asha@example.com>",
        "asha@example.com\x00",
        "asha@@example.com",
        "a" * 65 + "@example.com",
        "a@" + "b" * 260,
        "a..b@example.com",
    ],
)
def test_what_is_not_one_address_is_refused_and_not_repeated(db: Session, environment: Environment, to: str) -> None:
    environment(**MAIL)
    with pytest.raises(WrongAddress) as refused:
        post(to=to)
    assert str(refused.value) == "This is not an e-mail address. Give one like name@example.com."
    assert rows(db) == []


@pytest.mark.parametrize("key", ["", "x" * 301, " \n"])
def test_a_key_is_needed(db: Session, environment: Environment, key: str) -> None:
    environment(**MAIL)
    with pytest.raises(WrongNotice, match="needs a key"):
        post(key=key)


def test_a_context_that_does_not_fit_posts_nothing(db: Session, environment: Environment) -> None:
    environment(**MAIL)
    with unit_of_work() as session, pytest.raises(WrongNotice, match="'price_alert' needs 'symbol'"):
        outbox.post(session, "price_alert", to="a@example.com", account_id=None, key="1", context={})
    assert rows(db) == []


def test_sql_in_every_field_is_text(db: Session, environment: Environment, account: AccountMaker) -> None:
    environment(**MAIL)
    asha = account("asha")
    evil = "'; DROP TABLE outbox; --"
    post("welcome", account_id=asha, key=evil, name=evil, device=evil, context={"name": evil, "user_name": evil})
    (row,) = rows(db)
    assert (row.key, row.recipient_name) == (evil, evil)
    assert outbox.entries(search=evil).total == 0
    assert inbox.messages(asha).rows[0].body == f"Your desk is ready, {evil}."


def test_without_a_server_the_demo_shows_mails_to_the_browser_that_caused_them(
    db: Session, environment: Environment, clock: HeldClock
) -> None:
    environment(SMTP_HOST=None)
    assert outbox.mode() == "on_screen"
    later = clock() + timedelta(minutes=10)
    post("registration_code", device="d" * 64, context={"expires_at": later})
    post("registration_code", device="e" * 64, key="2", context={"code": "111111", "expires_at": later})
    post("welcome", device="d" * 64)
    post("price_alert", key="nobody's")
    assert jobs(db) == 0, "there is nothing to send"
    newest, code = outbox.on_screen("d" * 64)
    assert (newest.kind, newest.code) == ("welcome", None)
    assert (code.code, code.to, code.until) == ("482913", "asha@example.com", later)
    assert "482913" in code.text
    assert "482913" in code.html
    assert outbox.on_screen("f" * 64) == ()
    assert outbox.on_screen("") == (), "a browser that is not known might be anybody's"
    clock.advance(timedelta(minutes=10))
    assert [mail.kind for mail in outbox.on_screen("d" * 64)] == ["welcome"], "a dead code is not shown"
    clock.advance(timedelta(minutes=50))
    assert outbox.on_screen("d" * 64) == ()


def test_with_a_server_nothing_is_shown_on_screen(db: Session, environment: Environment) -> None:
    environment(SMTP_HOST=None)
    post("welcome", device="d" * 64)
    environment(**MAIL)
    assert outbox.on_screen("d" * 64) == ()


def test_production_without_a_server_keeps_mails_and_says_what_is_missing(
    db: Session, environment: Environment, clock: HeldClock
) -> None:
    environment(SMTP_HOST=None, KUBERA_ENV="production", KUBERA_REGISTRATION="off", KUBERA_SECRET_KEY=SOUND_KEY)
    assert outbox.mode() == "none"
    post("welcome", device="d" * 64)
    (entry,) = outbox.entries().rows
    assert entry.state == "no_server"
    assert "set SMTP_HOST" in entry.problem
    assert outbox.on_screen("d" * 64) == ()
    assert jobs(db) == 0


def test_admins_page_and_search_without_reading(db: Session, environment: Environment, clock: HeldClock) -> None:
    environment(**MAIL)
    for number in range(30):
        post("welcome", key=str(number), to=f"person{number}@example.com")
    post("registration_code", to="100%_sure@example.com")
    first = outbox.entries(page=1, size=10)
    assert (first.total, len(first.rows), first.rows[0].kind) == (31, 10, "registration_code")
    assert len(outbox.entries(page=4, size=10).rows) == 1
    assert outbox.entries(page=99).rows == ()
    assert outbox.entries(search="person29").total == 1
    assert [row.to for row in outbox.entries(search="%_s").rows] == ["100%_sure@example.com"]
    assert outbox.entries(kind="welcome", state="queued").total == 30
    assert outbox.entries(state="sent").total == 0
    assert outbox.counts() == {"queued": 31}
    assert "482913" not in str(first)


def test_a_waiting_mail_is_cancelled_and_taken_back(db: Session, environment: Environment, clock: HeldClock) -> None:
    environment(**MAIL)
    number = post("welcome")
    assert number is not None
    outbox.cancel(number)
    entry = outbox.entry(number)
    assert entry is not None
    assert (entry.state, entry.can_cancel, entry.can_retry) == ("cancelled", False, True)
    with pytest.raises(NothingToDo, match="it was cancelled"):
        outbox.cancel(number)
    before = jobs(db)
    outbox.retry(number)
    assert outbox.counts() == {"queued": 1}
    assert jobs(db) == before + 1
    with pytest.raises(NothingToDo, match="no mail 999"):
        outbox.cancel(999)
    with pytest.raises(NothingToDo, match="no mail 999"):
        outbox.retry(999)


def test_a_code_is_not_sent_again_once_it_died(db: Session, environment: Environment, clock: HeldClock) -> None:
    environment(**MAIL)
    number = post("registration_code", context={"expires_at": clock() + timedelta(minutes=10)})
    assert number is not None
    outbox.cancel(number)
    clock.advance(timedelta(minutes=11))
    entry = outbox.entry(number)
    assert entry is not None
    assert not entry.can_retry
    with pytest.raises(NothingToDo, match="no longer good"):
        outbox.retry(number)


def test_what_is_over_is_forgotten_in_time(
    db: Session, environment: Environment, clock: HeldClock, account: AccountMaker
) -> None:
    environment(**MAIL)
    asha = account("asha")
    post("registration_code", context={"expires_at": clock() + timedelta(minutes=10)})
    number = post("price_alert", account_id=asha)
    assert number is not None
    outbox.cancel(number)
    clock.advance(timedelta(minutes=11))
    outbox.forget_old()
    assert [row.sealed is None for row in rows(db)] == [True, False], "the dead code is unsaid"
    clock.advance(timedelta(days=31))
    outbox.forget_old()
    assert [row.kind for row in rows(db)] == ["registration_code"], "it still waits, for the sender to expire it"
    clock.advance(timedelta(days=160))
    outbox.forget_old()
    assert inbox.unread(asha) == 1, "what nobody read stays"
    inbox.mark_read(asha, None)
    outbox.forget_old()
    assert inbox.messages(asha).total == 0
