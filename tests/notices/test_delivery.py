"""Sending through a real server: what arrives, what is tried again, what is given up, and never twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.notices import choices, outbox, unsubscribe
from core.notices.errors import NothingToDo
from core.notices.kinds import KINDS
from core.notices.model import Delivered, OutboxEntry
from db.session import unit_of_work
from tests.conftest import HeldClock
from tests.notices.conftest import AccountMaker, MailServerMaker
from tests.notices.mail import Certificate, LoopbackMail

Environment = Callable[..., None]
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]


def post(
    kind: str = "welcome", *, key: str = "1", to: str = "asha@example.com", account_id: int | None = None, **more: Any
) -> int:
    context = KINDS[kind].sample() | more.pop("context", {})
    with unit_of_work() as session:
        number = outbox.post(session, kind, to=to, account_id=account_id, key=key, context=context, **more)
    assert number is not None
    return number


def entry(number: int) -> OutboxEntry:
    found = outbox.entry(number)
    assert found is not None
    return found


def test_a_mail_arrives_whole(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, account: AccountMaker
) -> None:
    server = mail_server()
    asha = account("asha")
    number = post("price_alert", account_id=asha, name="Asha “A.” Rao, Dr.")
    assert outbox.deliver_due() == Delivered(sent=1)
    (got,) = server.received
    assert (got.sender, got.recipient) == ("desk@kubera.test", "asha@example.com")
    mail = got.mail
    assert mail["From"] == "Kubera <desk@kubera.test>"
    assert mail["To"].addresses[0].display_name == "Asha “A.” Rao, Dr."
    assert mail["Subject"] == "TCS.NS rose above ₹3,400.00"
    assert mail["Date"].datetime == clock()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@kubera.test>")
    assert mail["Content-Type"].content_type == "multipart/alternative"
    assert "Tata Consultancy Services (TCS.NS) rose above ₹3,400.00." in got.text
    assert "Open the chart:\nhttps://desk.test/charts?symbol=TCS.NS" in got.text
    assert "TCS.NS rose above ₹3,400.00</h1>" in got.html
    assert got.raw.isascii()
    assert max(len(line) for line in got.raw.split(b"\r\n")) < 998
    assert b"\n" not in got.raw.replace(b"\r\n", b"")
    sent = entry(number)
    assert (sent.state, sent.attempts, sent.sent_at, sent.problem) == ("sent", 1, clock(), "")
    assert db.execute(text("SELECT sealed IS NULL FROM outbox")).scalar(), "what it said is gone"
    assert outbox.deliver_due() == Delivered()
    assert len(server.received) == 1
    state = outbox.server()
    assert (state.mode, state.last_success, state.problem) == ("server", clock(), "")
    with pytest.raises(NothingToDo, match="it was sent"):
        outbox.retry(number)


def test_what_can_be_declined_carries_a_link_that_declines_it(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, account: AccountMaker
) -> None:
    server = mail_server()
    asha = account("asha")
    post("price_alert", account_id=asha)
    post("password_changed", account_id=asha)
    post("registration_code", context={"expires_at": clock() + timedelta(minutes=10)})
    outbox.deliver_due()
    by_subject = {str(got.mail["Subject"]): got for got in server.received}
    alert = by_subject.pop("TCS.NS rose above ₹3,400.00")
    assert alert.mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = str(alert.mail["List-Unsubscribe"]).strip("<>").replace(" ", "")
    assert url in alert.text
    assert url.startswith("https://desk.test/unsubscribe?token=")
    unsubscribe.redeem(url.partition("token=")[2])
    assert choices.declined(asha) == {"price_alert"}
    assert len(by_subject) == 2
    for essential in by_subject.values():
        assert essential.mail["List-Unsubscribe"] is None
        assert "unsubscribe" not in essential.text


@pytest.mark.parametrize(
    "evil",
    [
        "Asha\r\nBcc: victim@example.com",
        "Asha\nSubject: other",
        "Asha\r\n\r\nbody",
        "=?utf-8?q?Asha=0d=0aBcc:_victim@example.com?=",
        "=?utf-8?b?QXNoYQ0KQmNjOiB2aWN0aW1AZXhhbXBsZS5jb20=?=",
        'Asha" <victim@example.com>, "x',
        "Asha\u2028Bcc: victim@example.com",
        "Asha\x0bBcc: victim@example.com\x00",
    ],
)
def test_no_header_is_injected(db: Session, clock: HeldClock, mail_server: MailServerMaker, evil: str) -> None:
    server = mail_server()
    post("price_alert", name=evil, key="x", context={"symbol": evil, "condition": evil, "name": evil})
    assert outbox.deliver_due() == Delivered(sent=1)
    (got,) = server.received
    assert server.recipients == ["asha@example.com"]
    assert sorted(got.mail.keys()) == sorted(HEADERS)
    assert [address.addr_spec for address in got.mail["To"].addresses] == ["asha@example.com"]
    assert got.mail.is_multipart()
    assert len(list(got.mail.iter_parts())) == 2


def test_a_line_of_one_dot_does_not_end_the_mail(db: Session, clock: HeldClock, mail_server: MailServerMaker) -> None:
    server = mail_server()
    post("maintenance_announced", context={"message": "before\n.\n..\nafter"})
    outbox.deliver_due()
    assert "before\n.\n..\nafter" in server.received[0].text


def test_starttls_and_sign_in(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, certificate: Certificate
) -> None:
    signed = {"SMTP_USER": "desk", "SMTP_PASSWORD": "pa:ss word"}
    server = mail_server(tls=certificate, sign_in=("desk", "pa:ss word"), settings=signed)
    post()
    assert outbox.deliver_due() == Delivered(sent=1)
    assert (server.received[0].tls, server.received[0].user) == (True, "desk")


def test_tls_from_the_first_byte(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, certificate: Certificate
) -> None:
    server = mail_server(tls=certificate, wrapped=True)
    post()
    assert outbox.deliver_due() == Delivered(sent=1)
    assert server.received[0].tls


def wrong_settings(certificate: Certificate) -> dict[str, tuple[dict[str, Any], dict[str, str], str]]:
    tls = {"tls": certificate}
    return {
        "nobody there": ({}, {"SMTP_PORT": "9"}, r"127.0.0.1:9 cannot be used: Connection refused.*Check SMTP_HOST"),
        "no such name": (tls, {"SMTP_HOST": "mail.invalid"}, r"mail.invalid, is not known here"),
        "strange certificate": (tls, {"SMTP_CA_FILE": ""}, r"certificate.*is not trusted: self.signed.*SMTP_CA_FILE"),
        "no such file": (tls, {"SMTP_CA_FILE": "/nowhere.pem"}, r"SMTP_CA_FILE cannot be read \(FileNotFoundError\)"),
        "no starttls": ({}, {"SMTP_SECURITY": "starttls"}, r"does not offer.*STARTTLS.*Check SMTP_SECURITY"),
        "no tls": ({}, {"SMTP_SECURITY": "tls"}, r"No protected connection.*tls for port 465"),
        "wrong password": (
            tls | {"sign_in": ("desk", "right")},
            {"SMTP_USER": "desk-user", "SMTP_PASSWORD": "wrong-password"},
            r"refused the sign-in \(535: 5.7.8 no entry for ••• with ••• here\).*Check SMTP_USER",
        ),
        "no sign-in offered": (
            {},
            {"SMTP_USER": "desk", "SMTP_PASSWORD": "x"},
            r"does not offer what is configured.*unset SMTP_USER",
        ),
        "unprotected abroad": ({}, {"SMTP_HOST": "192.0.2.1"}, r"192.0.2.1 unprotected.*only|for a server on this"),
        "no sender": ({}, {"SMTP_FROM": "Kubera"}, r"SMTP_FROM holds no e-mail address"),
    }


@pytest.mark.parametrize("case", list(wrong_settings(Certificate.__new__(Certificate))))
def test_a_wrong_configuration_is_told_and_costs_no_mail(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, certificate: Certificate, case: str
) -> None:
    how, settings, words = wrong_settings(certificate)[case]
    server = mail_server(**how, settings=settings)
    number = post()
    done = outbox.deliver_due()
    assert done.sent == 0
    problem = outbox.server().problem
    if case == "no sender":
        problem = entry(number).problem
    assert re.search(words, problem), problem
    assert "wrong-password" not in problem
    assert server.received == []
    assert entry(number).can_retry


def test_later_means_again_with_growing_patience(db: Session, clock: HeldClock, mail_server: MailServerMaker) -> None:
    server = mail_server()
    server.on_rcpt = lambda to: "450 4.2.0 <asha@example.com> greylisted, come back" if "asha" in to else None
    number = post()
    other = post(key="2", to="ben@example.com")
    assert outbox.deliver_due() == Delivered(sent=1, later=1)
    assert entry(other).state == "sent", "one mailbox does not hold up another"
    waits = []
    for _ in range(7):
        waiting = entry(number)
        assert waiting.state == "queued"
        waits.append(int((waiting.next_at - clock()).total_seconds() / 60))
        clock.set(waiting.next_at - timedelta(seconds=1))
        assert outbox.deliver_due() == Delivered()
        clock.set(waiting.next_at)
        assert outbox.deliver_due() == Delivered(later=1)
    assert waits == [1, 2, 5, 15, 60, 60, 60]
    problem = entry(number).problem
    assert problem == "The mail server said 450: 4.2.0 <a•••@example.com> greylisted, come back"
    server.on_rcpt = lambda _to: None
    clock.advance(timedelta(hours=1))
    assert outbox.deliver_due() == Delivered(sent=1)
    assert len(server.received) == 2


def test_after_a_day_it_is_given_up(db: Session, clock: HeldClock, mail_server: MailServerMaker) -> None:
    server = mail_server()
    server.on_rcpt = lambda _to: "451 4.3.0 not now"
    number = post()
    for _ in range(40):
        outbox.deliver_due()
        clock.advance(timedelta(hours=1))
    given_up = entry(number)
    assert given_up.state == "expired"
    assert 24 <= given_up.attempts <= 26
    assert "not now" in given_up.problem
    assert server.received == []


def test_a_refusal_is_final_until_an_admin_says_otherwise(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server()
    server.on_rcpt = lambda _to: "550 5.1.1 no mailbox asha@example.com here"
    number = post()
    assert outbox.deliver_due() == Delivered(failed=1)
    refused = entry(number)
    assert (refused.state, refused.problem, refused.can_retry) == (
        "failed",
        "The mail server said 550: 5.1.1 no mailbox a•••@example.com here",
        True,
    )
    clock.advance(timedelta(hours=2))
    assert outbox.deliver_due() == Delivered()
    server.on_rcpt = lambda _to: None
    outbox.retry(number)
    assert outbox.deliver_due() == Delivered(sent=1)


@pytest.mark.parametrize("answer", ["554 5.7.1 smells of spam", "452 4.3.1 disk full"])
def test_a_refusal_of_what_the_mail_says(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, answer: str
) -> None:
    server = mail_server()
    server.on_data = lambda _to: answer
    number = post()
    done = outbox.deliver_due()
    if answer.startswith("5"):
        assert done == Delivered(failed=1)
    else:
        assert done == Delivered(later=1)
    assert answer[4:] in entry(number).problem
    assert server.received == []


def test_a_code_is_not_sent_after_it_died(db: Session, clock: HeldClock, mail_server: MailServerMaker) -> None:
    server = mail_server()
    number = post("registration_code", context={"expires_at": clock() + timedelta(minutes=10)})
    clock.advance(timedelta(minutes=10))
    assert outbox.deliver_due() == Delivered(expired=1)
    assert entry(number).state == "expired"
    assert server.connections == 0
    clock.advance(timedelta(minutes=-10))
    assert outbox.deliver_due() == Delivered(), "nor when the clock is set back"


def test_a_batch_uses_one_connection_and_codes_go_first(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server()
    for number in range(5):
        post(key=str(number))
    post("registration_code", to="new@example.com", context={"expires_at": clock() + timedelta(minutes=10)})
    assert outbox.deliver_due(limit=4) == Delivered(sent=4)
    assert server.connections == 1
    assert server.recipients[0] == "new@example.com"
    assert outbox.deliver_due() == Delivered(sent=2)
    assert server.connections == 2
    assert outbox.deliver_due() == Delivered()
    assert server.connections == 2, "nobody is called without need"


def test_a_server_that_ends_each_conversation_after_one_mail_gets_them_all(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server()
    seen: list[str] = []

    def on_rcpt(to: str) -> str | None:
        seen.append(to)
        return "421 4.7.0 one mail is enough" if len(seen) % 2 == 0 else None

    server.on_rcpt = on_rcpt
    for number in range(3):
        post(key=str(number), to=f"p{number}@example.com")
    assert outbox.deliver_due() == Delivered(sent=2, later=1)
    clock.advance(timedelta(minutes=1))
    server.on_rcpt = lambda _to: None
    assert outbox.deliver_due() == Delivered(sent=1)
    assert sorted(server.recipients) == ["p0@example.com", "p1@example.com", "p2@example.com"]


def test_a_server_away_for_an_hour_costs_nothing_and_nothing_comes_twice(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, environment: Environment
) -> None:
    with LoopbackMail() as gone:
        port = gone.port
    environment(SMTP_HOST="127.0.0.1", SMTP_PORT=str(port), SMTP_SECURITY="none", SMTP_FROM="desk@kubera.test")
    numbers = [post(key=str(number), to=f"p{number}@example.com") for number in range(6)]
    for minute in range(60):
        done = outbox.deliver_due()
        assert done.sent + done.failed + done.later == 0
        assert "cannot be used" in done.problem
        clock.advance(timedelta(minutes=1))
        if minute == 30:
            numbers.append(post(key="late", to="late@example.com"))
    assert {entry(number).attempts for number in numbers} == {0}, "it was the server, not the mails"
    state = outbox.server()
    assert state.failing_since is not None
    assert state.retry_at is not None
    failures = db.execute(text("SELECT failures FROM mail_server")).scalar_one()
    assert 10 <= failures <= 16, "it is not hammered"
    with LoopbackMail(port=port) as back:
        rounds = 0
        while outbox.counts().get("queued"):
            outbox.deliver_due()
            clock.advance(timedelta(minutes=1))
            rounds += 1
            assert rounds <= 6, "within minutes of its return"
        assert sorted(back.recipients) == sorted(
            [*(f"p{number}@example.com" for number in range(6)), "late@example.com"]
        )
    assert outbox.server().problem == ""


def test_what_was_sent_before_the_server_went_away_is_counted_and_stays_sent(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server()
    for number in range(3):
        post(key=str(number))

    def refuse_the_second(_to: str) -> str | None:
        server.close_door()
        return None if not server.received else "421 4.3.2 going down"

    server.on_rcpt = refuse_the_second
    done = outbox.deliver_due()
    assert (done.sent, done.later) == (1, 1)
    assert "cannot be used: Connection refused" in done.problem
    assert outbox.counts() == {"sent": 1, "queued": 2}


def test_a_retry_by_hand_asks_the_server_at_once(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, environment: Environment
) -> None:
    with LoopbackMail() as gone:
        port = gone.port
    environment(SMTP_HOST="127.0.0.1", SMTP_PORT=str(port), SMTP_SECURITY="none", SMTP_FROM="desk@kubera.test")
    number = post()
    outbox.deliver_due()
    with LoopbackMail(port=port):
        assert outbox.deliver_due().sent == 0, "left alone for a while"
        outbox.retry(number)
        assert outbox.deliver_due() == Delivered(sent=1)


def test_a_hang_before_the_mail_was_said_is_tried_again(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server(settings={"SMTP_TIMEOUT": "0.2"})
    server.on_rcpt = lambda _to: "hang"
    number = post()
    assert outbox.deliver_due() == Delivered(later=1)
    assert "no answer within 0.2 s" in entry(number).problem
    server.on_rcpt = lambda _to: None
    clock.advance(timedelta(minutes=1))
    assert outbox.deliver_due() == Delivered(sent=1)
    assert len(server.received) == 1


def test_a_server_that_hangs_on_everything_is_left_alone(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server(settings={"SMTP_TIMEOUT": "0.2"})
    server.on_rcpt = lambda _to: "hang"
    for number in range(8):
        post(key=str(number))
    done = outbox.deliver_due()
    assert (done.later, done.sent) == (3, 0)
    assert "no answer within" in done.problem
    assert outbox.server().problem == done.problem
    assert server.connections == 3, "and not asked eight times"


@pytest.mark.parametrize("behaviour", ["drop", "hang"])
def test_a_lost_answer_leaves_the_mail_unconfirmed(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, behaviour: str
) -> None:
    server = mail_server(settings={"SMTP_TIMEOUT": "0.3"})
    server.on_taken = lambda _to: behaviour
    number = post()
    assert outbox.deliver_due() == Delivered(unconfirmed=1)
    doubtful = entry(number)
    assert doubtful.state == "unconfirmed"
    assert "send it again only if it did not arrive" in doubtful.problem
    server.on_taken = lambda _to: None
    clock.advance(timedelta(hours=2))
    assert outbox.deliver_due() == Delivered(), "never by itself"
    assert len(server.received) == 1
    outbox.retry(number)
    assert outbox.deliver_due() == Delivered(sent=1)
    first, second = server.received
    assert first.mail["Message-ID"] == second.mail["Message-ID"], "so that a mailbox can tell"


def test_mails_sealed_with_another_key_are_told_apart_from_the_server(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, environment: Environment
) -> None:
    server = mail_server()
    number = post()
    environment(KUBERA_SECRET_KEY="another key of forty characters, or more")
    assert outbox.deliver_due() == Delivered(failed=1)
    assert "KUBERA_SECRET_KEY" in entry(number).problem
    environment(KUBERA_SECRET_KEY="k" * 40)
    outbox.retry(number)
    assert outbox.deliver_due() == Delivered(sent=1)
    assert len(server.received) == 1


def test_a_mail_of_a_kind_that_no_longer_exists_fails_alone(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server()
    number, other = post(), post(key="2")
    db.execute(text("UPDATE outbox SET kind = 'telegram' WHERE id = :id"), {"id": number})
    assert outbox.deliver_due() == Delivered(sent=1, failed=1)
    assert [row.state for row in outbox.entries().rows] == ["sent", "failed"]
    assert entry(other).state == "sent"
    assert len(server.received) == 1


def test_addresses_beyond_ascii_arrive_where_the_server_takes_them(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server()
    post(to="आशा@example.com", name="आशा राव")
    assert outbox.deliver_due() == Delivered(sent=1)
    assert server.recipients == ["आशा@example.com"]


def test_a_domain_beyond_ascii_is_written_as_servers_know_it(
    db: Session, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server()
    post(to="asha@bücher.example")
    impossible = post(to="asha@\u0301a.example", key="2")
    assert outbox.deliver_due() == Delivered(sent=1, failed=1)
    assert server.recipients == ["asha@xn--bcher-kva.example"]
    assert server.received[0].raw.isascii()
    assert "cannot be one" in entry(impossible).problem


def test_a_configured_server_sends_what_waited_for_one(
    db: Session, clock: HeldClock, mail_server: MailServerMaker, environment: Environment
) -> None:
    environment(
        KUBERA_ENV="production",
        KUBERA_REGISTRATION="off",
        KUBERA_SECRET_KEY="5fd1c06be27a4983d0ee17b6c2f49a8871b35e0c94da62f7",
    )
    post()
    assert outbox.deliver_due() == Delivered()
    assert outbox.counts() == {"no_server": 1}
    server = mail_server()
    assert outbox.deliver_due() == Delivered(sent=1)
    assert len(server.received) == 1


def test_many_senders_at_once_send_each_mail_once(
    fresh_db: str, clock: HeldClock, mail_server: MailServerMaker
) -> None:
    server = mail_server(settings={"SMTP_TIMEOUT": "10"})
    for number in range(40):
        post(key=str(number), to=f"p{number}@example.com")
    with ThreadPoolExecutor(4) as pool:
        done = [future.result() for future in [pool.submit(outbox.deliver_due) for _ in range(4)]]
    assert sum(one.sent for one in done) == 40
    assert sorted(server.recipients) == sorted(f"p{number}@example.com" for number in range(40))
    assert outbox.counts() == {"sent": 40}


def test_many_posts_of_one_thing_at_once_are_one_mail(
    fresh_db: str, clock: HeldClock, mail_server: MailServerMaker, account: AccountMaker
) -> None:
    server = mail_server()
    asha = account("asha")

    def one(_: int) -> int | None:
        with unit_of_work() as session:
            return outbox.post(
                session,
                "welcome",
                to="asha@example.com",
                account_id=asha,
                key="1",
                context=KINDS["welcome"].sample(),
            )

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(16)))
    assert len([number for number in made if number is not None]) == 1
    assert outbox.deliver_due() == Delivered(sent=1)
    assert len(server.received) == 1
