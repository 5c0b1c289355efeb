"""A sender that is killed with the mail in its hand: before it handed it over, and in the middle of that."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core.clock import clock_at
from core.notices import outbox
from core.notices.kinds import KINDS
from core.notices.model import Delivered
from core.settings import variables
from db.session import unit_of_work
from tests.notices.conftest import MailServerMaker

ROOT = Path(__file__).resolve().parents[2]
SENDER = """
import sys
from db.session import DatabaseOptions, configure
from core.notices.outbox import deliver_due
configure(DatabaseOptions(url=sys.argv[1], pool_size=2))
print(deliver_due())
"""


def sender(url: str) -> subprocess.Popen[str]:
    """A process of its own that sends what is due."""
    known = {name: os.environ[name] for name in variables() if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-c", SENDER, url],
        cwd=ROOT,
        env={**os.environ, **known},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def post_one() -> int:
    with unit_of_work() as session:
        number = outbox.post(
            session, "welcome", to="asha@example.com", account_id=None, key="1", context=KINDS["welcome"].sample()
        )
    assert number is not None
    return number


def state(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT state FROM outbox").fetchone()
    assert row is not None
    return str(row[0])


def after(span: timedelta) -> datetime:
    return datetime.now(UTC) + span


@pytest.fixture
def kill(fresh_db: str) -> Callable[[threading.Event], None]:
    """Let a process of its own begin to send, and kill it once the server has it where the test wants it."""

    def run(reached: threading.Event) -> None:
        process = sender(fresh_db)
        try:
            assert reached.wait(60), process.communicate(timeout=5)
        finally:
            process.kill()
            process.communicate(timeout=10)

    return run


def test_killed_before_the_mail_was_said_it_is_sent_by_the_next_one_once(
    fresh_db: str, mail_server: MailServerMaker, kill: Callable[[threading.Event], None]
) -> None:
    server = mail_server(settings={"SMTP_TIMEOUT": "30"})
    number = post_one()
    server.on_rcpt = lambda _to: "hang"
    kill(server.reached)
    assert state(fresh_db) == "claimed"
    server.on_rcpt = lambda _to: None
    assert outbox.deliver_due() == Delivered(), "it may still be at work"
    with clock_at(after(timedelta(minutes=2, seconds=1))):
        assert outbox.deliver_due() == Delivered(sent=1)
        assert outbox.deliver_due() == Delivered()
    assert len(server.received) == 1
    entry = outbox.entry(number)
    assert entry is not None
    assert entry.state == "sent"


def test_killed_while_the_mail_was_said_it_is_never_sent_again_by_itself(
    fresh_db: str, mail_server: MailServerMaker, kill: Callable[[threading.Event], None]
) -> None:
    server = mail_server(settings={"SMTP_TIMEOUT": "30"})
    number = post_one()
    server.on_taken = lambda _to: "hang"
    kill(server.reached)
    assert state(fresh_db) == "handing_over"
    assert len(server.received) == 1, "the server has it, and nobody heard"
    server.on_taken = lambda _to: None
    with clock_at(after(timedelta(minutes=2, seconds=1))):
        assert outbox.deliver_due() == Delivered(), "within the time an answer may take"
    with clock_at(after(timedelta(minutes=5))):
        assert outbox.deliver_due() == Delivered(unconfirmed=1)
        assert outbox.deliver_due() == Delivered()
        entry = outbox.entry(number)
        assert entry is not None
        assert (entry.state, entry.can_retry) == ("unconfirmed", True)
        assert "only if it did not arrive" in entry.problem
        assert len(server.received) == 1
        outbox.retry(number)
        assert outbox.deliver_due() == Delivered(sent=1)
    assert len(server.received) == 2


def test_a_slow_sender_whose_mail_was_given_to_another_does_not_send_it_too(
    fresh_db: str, mail_server: MailServerMaker
) -> None:
    """While the first sender talks, its claim runs out and a second one sends the mail."""
    server = mail_server(settings={"SMTP_TIMEOUT": "30"})
    post_one()
    second: list[Delivered] = []

    def slow(_to: str) -> None:
        server.on_rcpt = lambda _to: None
        with clock_at(after(timedelta(minutes=3))):
            second.append(outbox.deliver_due())

    # The server answers from a thread of its own, so the second sender must not wait for that same thread.
    def on_rcpt(to: str) -> str:
        worker = threading.Thread(target=slow, args=(to,))
        worker.start()
        server.late.append(worker)
        return "wait"

    server.on_rcpt = on_rcpt
    assert outbox.deliver_due() == Delivered(), "it finds that the mail is no longer its own"
    assert second == [Delivered(sent=1)]
    assert len(server.received) == 1
