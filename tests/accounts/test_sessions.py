from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session as Work

from core.accounts import demo, sessions
from core.accounts.errors import InvalidInput, NotAllowed, SessionEnded
from core.accounts.model import Origin
from core.accounts.sessions import Opened
from db.repositories import accounts_sessions
from db.session import quick_rows, unit_of_work
from db.tables.accounts import AccountRow, SessionRow, TicketRow
from tests.accounts.persons import CHROME, ELSEWHERE, HOME, at_once, of_kind, person, signed_in
from tests.conftest import HeldClock

BINDING = "2|a8c1|9f3b"


def _ticket(next_path: str = "/charts?symbol=TCS.NS") -> str:
    return sessions.issue_ticket(person(), HOME, binding=BINDING, next_path=next_path)


def test_a_ticket_opens_a_session_and_leads_back(db: Work, clock: HeldClock) -> None:
    account = person()
    ticket = sessions.issue_ticket(account, HOME, binding=BINDING, next_path="/charts?symbol=TCS.NS")
    opened = sessions.redeem_ticket(ticket, BINDING, HOME)
    assert opened.next_path == "/charts?symbol=TCS.NS"
    session = sessions.lookup(opened.token)
    assert session is not None
    assert session.account == account
    assert (session.device, session.ip) == ("Firefox on Linux", "203.0.113.7")
    assert session.idle_until - clock() == timedelta(hours=72)
    assert session.expires_at - clock() == timedelta(days=30)


def test_neither_tickets_nor_tokens_are_kept_in_clear(db: Work) -> None:
    ticket = _ticket()
    assert len(ticket) == 43
    assert ticket not in repr([vars(row) for row in db.scalars(select(TicketRow))])
    token = sessions.redeem_ticket(ticket, BINDING, HOME).token
    row = db.scalars(select(SessionRow)).one()
    assert token not in repr(vars(row))
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()


def test_a_ticket_works_once(db: Work) -> None:
    ticket = _ticket()
    sessions.redeem_ticket(ticket, BINDING, HOME)
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(ticket, BINDING, HOME)


def test_a_ticket_in_another_browser_is_worth_nothing_and_used_up(db: Work) -> None:
    ticket = _ticket()
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(ticket, "another browser's", ELSEWHERE)
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(ticket, BINDING, HOME)
    assert db.scalars(select(SessionRow)).all() == []


@pytest.mark.parametrize("later", [timedelta(seconds=30), timedelta(days=1), timedelta(hours=-2)])
def test_a_ticket_lasts_thirty_seconds_by_any_clock(db: Work, clock: HeldClock, later: timedelta) -> None:
    ticket = _ticket()
    clock.advance(later)
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(ticket, BINDING, HOME)
    clock.advance(-later)
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(ticket, BINDING, HOME)


@pytest.mark.parametrize("made_up", ["", "x", "A" * 43, "A" * 10**6, "nul\x00", "'; DROP TABLE tickets; --", "\ud800"])
def test_made_up_tickets_and_tokens_are_refused_calmly(db: Work, made_up: str) -> None:
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(made_up, BINDING, HOME)
    assert sessions.lookup(made_up) is None
    sessions.end(made_up)


@pytest.mark.parametrize("path", ["https://evil.example", "//evil.example", "/\\evil", "", "/\r\nSet-Cookie: a=b"])
def test_a_ticket_leads_nowhere_else(db: Work, path: str) -> None:
    with pytest.raises(InvalidInput):
        _ticket(path)


def test_a_browser_without_cookies_gets_no_ticket(db: Work) -> None:
    with pytest.raises(SessionEnded, match="cookies"):
        sessions.issue_ticket(person(), HOME, binding="", next_path="/")


def test_of_many_who_hold_one_ticket_one_gets_in(fresh_db: str) -> None:
    ticket = _ticket()
    outcomes = at_once(16, lambda _: sessions.redeem_ticket(ticket, BINDING, HOME))
    assert len(of_kind(outcomes, Opened)) == 1
    assert len(of_kind(outcomes, SessionEnded)) == 15


def test_every_sign_in_makes_a_token_of_its_own_and_ends_what_the_browser_held(db: Work) -> None:
    account = person()
    planted, _ = signed_in(account)
    ticket = sessions.issue_ticket(account, HOME, binding=BINDING, next_path="/")
    opened = sessions.redeem_ticket(ticket, BINDING, HOME, replaces=planted)
    assert opened.token != planted
    assert sessions.lookup(planted) is None
    assert sessions.lookup(opened.token) is not None


def test_a_token_is_worth_nothing_after_signing_out(db: Work) -> None:
    token, _ = signed_in(person())
    sessions.end(token)
    assert sessions.lookup(token) is None
    sessions.end(token)


def test_an_idle_session_ends_and_stays_ended_when_the_clock_goes_back(db: Work, clock: HeldClock) -> None:
    token, session = signed_in(person())
    began = clock()
    clock.set(session.idle_until - timedelta(seconds=1))
    clock.set(session.idle_until)
    assert sessions.lookup(token) is None
    clock.set(began)
    assert sessions.lookup(token) is None


def test_use_keeps_a_session_open_but_not_beyond_its_end(db: Work, clock: HeldClock) -> None:
    token, session = signed_in(person())
    while clock() + timedelta(hours=71) < session.expires_at:
        clock.advance(timedelta(hours=71))
        found = sessions.lookup(token)
        assert found is not None
        assert found.idle_until <= found.expires_at == session.expires_at
    clock.set(session.expires_at)
    assert sessions.lookup(token) is None


def test_a_session_is_as_old_as_it_was_when_last_seen(db: Work, clock: HeldClock) -> None:
    token, session = signed_in(person())
    clock.advance(timedelta(hours=70))
    later = sessions.lookup(token)
    assert later is not None
    clock.advance(timedelta(hours=-60))
    again = sessions.lookup(token)
    assert again is not None
    assert again.last_seen_at == later.last_seen_at
    assert again.idle_until == later.idle_until > session.idle_until


def test_looking_writes_at_most_once_a_minute(db: Work, clock: HeldClock) -> None:
    token, _ = signed_in(person())
    written: list[str] = []
    bind = db.connection()
    listener = lambda *args: written.append(args[2]) if args[2].startswith("UPDATE") else None  # noqa: E731
    event.listen(bind, "before_cursor_execute", listener)
    for _ in range(10):
        clock.advance(timedelta(seconds=5))
        assert sessions.lookup(token) is not None
    assert written == []
    for _ in range(10):
        clock.advance(timedelta(seconds=30))
        assert sessions.lookup(token) is not None
    event.remove(bind, "before_cursor_execute", listener)
    assert sum("sessions" in one.split()[1] for one in written) == 5


def test_a_look_is_one_question(db: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    token, _ = signed_in(person())
    asked: list[str] = []
    quick: list[str] = []
    bind = db.connection()
    listener = lambda *args: asked.append(args[2])  # noqa: E731
    event.listen(bind, "before_cursor_execute", listener)
    monkeypatch.setattr(
        accounts_sessions, "quick_rows", lambda said, given: quick.append(said) or quick_rows(said, given)
    )
    assert sessions.lookup(token) is not None
    event.remove(bind, "before_cursor_execute", listener)
    assert len(quick) == 1
    assert asked == []


def test_the_times_come_from_the_settings(db: Work, clock: HeldClock, environment: Callable[..., None]) -> None:
    environment(KUBERA_SESSION_IDLE_HOURS="1", KUBERA_SESSION_LIFETIME_HOURS="2")
    token, session = signed_in(person())
    assert session.idle_until - clock() == timedelta(hours=1)
    assert session.expires_at - clock() == timedelta(hours=2)
    clock.advance(timedelta(hours=1))
    assert sessions.lookup(token) is None


def test_devices_are_listed_and_signed_out_one_by_one_or_together(db: Work, clock: HeldClock) -> None:
    account = person()
    token, here = signed_in(account)
    clock.advance(timedelta(minutes=5))
    there_token, there = signed_in(account, ELSEWHERE)
    assert [one.device for one in sessions.sessions_of(account)] == ["Chrome on Windows", "Firefox on Linux"]
    sessions.revoke(account, there.id)
    assert sessions.lookup(there_token) is None
    assert sessions.lookup(token) is not None
    more = [signed_in(account)[0] for _ in range(3)]
    assert sessions.revoke_all(account.id, keep=here.id, why="test") == 3
    assert [sessions.lookup(one) for one in more] == [None] * 3
    assert sessions.lookup(token) is not None
    assert sessions.revoke_all(account.id, why="test") == 1


def test_nobody_signs_out_anybody_else(db: Work) -> None:
    asha, ravi = person("asha"), person("ravi")
    token, session = signed_in(ravi)
    for session_id in (session.id, uuid4()):
        with pytest.raises(NotAllowed):
            sessions.revoke(asha, session_id)
    assert sessions.lookup(token) is not None


def test_an_end_everywhere_takes_tickets_with_it(db: Work) -> None:
    account = person()
    ticket = sessions.issue_ticket(account, HOME, binding=BINDING, next_path="/")
    sessions.revoke_all(account.id, why="test")
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(ticket, BINDING, HOME)


def test_a_closed_account_has_no_sessions_however_it_was_closed(db: Work) -> None:
    account = person()
    token, _ = signed_in(account)
    ticket = sessions.issue_ticket(account, HOME, binding=BINDING, next_path="/")
    db.execute(text("UPDATE accounts SET state = 'deactivated' WHERE id = :id"), {"id": account.id})
    assert sessions.lookup(token) is None
    with pytest.raises(SessionEnded):
        sessions.redeem_ticket(ticket, BINDING, HOME)
    with pytest.raises(SessionEnded):
        sessions.open_session(account, HOME)


def test_a_demo_visitors_session_ends_with_the_visitor(db: Work, clock: HeldClock) -> None:
    visitor = demo.create_visitor(HOME)
    token, session = signed_in(visitor)
    assert session.expires_at == visitor.expires_at
    clock.advance(timedelta(hours=24))
    assert sessions.lookup(token) is None


def _heard(url: str, act: Callable[[], object], expected: int) -> set[str]:
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute(f"LISTEN {sessions.CHANNEL}")
        act()
        return {notice.payload for notice in listening.notifies(timeout=5, stop_after=expected)}


def test_every_end_is_told_to_every_process_once_it_is_committed(fresh_db: str) -> None:
    account = person()
    tokens = [signed_in(account)[0] for _ in range(5)]
    hashes = [hashlib.sha256(token.encode()).hexdigest() for token in tokens]
    assert _heard(fresh_db, lambda: sessions.end(tokens[0]), 1) == {hashes[0]}
    second = sessions.lookup(tokens[1])
    assert second is not None
    assert _heard(fresh_db, lambda: sessions.revoke(account, second.id), 1) == {hashes[1]}
    assert _heard(fresh_db, lambda: sessions.revoke_all(account.id, why="test"), 3) == set(hashes[2:])


def test_an_end_that_is_not_committed_is_not_told(fresh_db: str) -> None:
    account = person()
    token, _ = signed_in(account)

    def fail() -> None:
        with unit_of_work() as work:
            sessions.revoke_all(account.id, why="test", work=work)
            raise RuntimeError

    with psycopg.connect(fresh_db, autocommit=True) as listening:
        listening.execute(f"LISTEN {sessions.CHANNEL}")
        with pytest.raises(RuntimeError):
            fail()
        assert list(listening.notifies(timeout=0.3)) == []
    assert sessions.lookup(token) is not None


def test_dead_sessions_and_tickets_are_forgotten(db: Work, clock: HeldClock) -> None:
    account = person()
    signed_in(account)
    sessions.issue_ticket(account, HOME, binding=BINDING, next_path="/")
    clock.advance(timedelta(hours=1))
    token, _ = signed_in(account)
    assert sessions.forget_dead(clock()) == 0
    clock.advance(timedelta(hours=71))
    assert sessions.forget_dead(clock()) == 1
    assert sessions.lookup(token) is not None
    assert db.scalars(select(TicketRow)).all() == []


def test_being_there_is_noted_with_the_account(db: Work, clock: HeldClock) -> None:
    account = person()
    token, _ = signed_in(account)
    clock.advance(timedelta(minutes=2))
    sessions.lookup(token)
    assert db.scalar(select(AccountRow.last_seen_at).where(AccountRow.id == account.id)) == clock()


@pytest.mark.parametrize(
    ("user_agent", "words"), [(CHROME, "Chrome on Windows"), ("", "Unknown browser"), ("x" * 10**5, "Unknown browser"),
                              ("<script>alert(1)</script>", "Unknown browser")]
)  # fmt: skip
def test_browsers_are_named_in_words(db: Work, user_agent: str, words: str) -> None:
    _, session = signed_in(person(), Origin("", user_agent, ""))
    assert session.device == words
