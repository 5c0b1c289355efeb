"""The inbox, the choices and the unsubscribe links: everybody's own, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.notices import choices, inbox, outbox, unsubscribe
from core.notices.errors import WrongNotice
from core.notices.kinds import KINDS, OPTIONAL_KINDS
from core.secrets import sign
from db.session import unit_of_work
from tests.conftest import HeldClock
from tests.notices.conftest import AccountMaker


def tell(account_id: int, *keys: str, kind: str = "price_alert") -> None:
    for key in keys:
        with unit_of_work() as session:
            outbox.post(session, kind, to=None, account_id=account_id, key=key, context=KINDS[kind].sample())


def test_messages_are_newest_first_and_read_one_by_one_or_all_at_once(
    db: Session, clock: HeldClock, account: AccountMaker
) -> None:
    asha = account("asha")
    tell(asha, "1", "2", "3")
    tell(asha, "1", kind="password_changed")
    page = inbox.messages(asha, page=1, size=3)
    assert (page.total, [one.kind for one in page.rows]) == (4, ["password_changed", "price_alert", "price_alert"])
    alert = page.rows[1]
    assert (alert.title, alert.body) == (
        "TCS.NS rose above ₹3,400.00",
        "Tata Consultancy Services rose above ₹3,400.00: ₹3,412.50.",
    )
    assert (alert.path, alert.level, alert.created_at, alert.read_at) == (
        "/charts?symbol=TCS.NS",
        "info",
        clock(),
        None,
    )
    assert inbox.unread(asha) == 4
    assert inbox.mark_read(asha, [alert.id]) == 1
    assert inbox.mark_read(asha, [alert.id]) == 0, "it was read already"
    assert inbox.unread(asha) == 3
    assert inbox.mark_read(asha, []) == 0
    assert inbox.mark_read(asha, None) == 3
    assert inbox.unread(asha) == 0
    assert len(inbox.messages(asha, page=2, size=3).rows) == 1
    assert inbox.messages(asha, page=0, size=0).size == 1


def test_one_persons_messages_and_choices_are_no_concern_of_anothers(
    db: Session, clock: HeldClock, account: AccountMaker
) -> None:
    asha, ben = account("asha"), account("ben")
    tell(asha, "1")
    (message,) = inbox.messages(asha).rows
    assert inbox.messages(ben).rows == ()
    assert inbox.unread(ben) == 0
    assert inbox.mark_read(ben, [message.id]) == 0
    assert inbox.mark_read(ben, None) == 0
    assert inbox.unread(asha) == 1
    choices.set_all(ben, False)
    choices.set(asha, "daily_report", False)
    choices.set_all(ben, True)
    assert choices.declined(asha) == {"daily_report"}
    assert choices.declined(ben) == frozenset()
    tell(ben, "1")
    assert inbox.unread(ben) == 1, "the same key in another inbox is another message"


def test_unread_is_one_look_at_a_small_index(db: Session, account: AccountMaker) -> None:
    asha = account("asha")
    db.execute(
        text(
            "INSERT INTO inbox (account_id, kind, key, level, title, body, path, created_at, read_at)"
            " SELECT :id, 'price_alert', n::text, 'info', 't', 'b', '', now(), CASE WHEN n > 5 THEN now() END"
            " FROM generate_series(1, 20000) n"
        ),
        {"id": asha},
    )
    db.execute(text("ANALYZE inbox"))
    plan = "\n".join(
        db.execute(text(f"EXPLAIN SELECT count(*) FROM inbox WHERE account_id = {asha} AND read_at IS NULL")).scalars()
    )
    assert "ix_inbox_unread" in plan
    assert inbox.unread(asha) == 5


def test_choices_list_what_can_be_declined(db: Session, clock: HeldClock, account: AccountMaker) -> None:
    asha = account("asha")
    assert set(choices.get(asha)) == {name for name in OPTIONAL_KINDS if KINDS[name].audience == "investor"}
    assert "job_failed" in choices.get(asha, admin=True)
    assert all(choices.get(asha, admin=True).values())
    choices.set(asha, "price_alert", False)
    choices.set(asha, "price_alert", False)
    assert [kind for kind, on in choices.get(asha).items() if not on] == ["price_alert"]
    choices.set(asha, "price_alert", True)
    assert all(choices.get(asha).values())


def test_everything_off_then_one_on_leaves_the_others_off(db: Session, clock: HeldClock, account: AccountMaker) -> None:
    asha = account("asha")
    choices.set_all(asha, False)
    assert choices.declined(asha) == frozenset(OPTIONAL_KINDS)
    choices.set(asha, "daily_report", True)
    assert choices.declined(asha) == frozenset(OPTIONAL_KINDS) - {"daily_report"}
    choices.set_all(asha, True)
    assert choices.declined(asha) == frozenset()


@pytest.mark.parametrize(("kind", "words"), [("password_changed", "cannot be declined"), ("sms", "no kind of notice")])
def test_only_what_can_be_declined_is(db: Session, account: AccountMaker, kind: str, words: str) -> None:
    asha = account("asha")
    with pytest.raises(WrongNotice, match=words):
        choices.set(asha, kind, False)
    assert choices.declined(asha) == frozenset()


def token(path: str) -> str:
    assert path.startswith("/unsubscribe?token=")
    return path.removeprefix("/unsubscribe?token=")


def test_a_link_looks_acts_and_takes_back_for_its_kind_alone(
    db: Session, clock: HeldClock, account: AccountMaker
) -> None:
    asha = account("asha")
    given = token(unsubscribe.link(asha, "price_alert"))
    seen = unsubscribe.look(given)
    assert seen is not None
    assert (seen.account_id, seen.kind, seen.title, seen.on) == (asha, "price_alert", "Price alerts", True)
    assert choices.declined(asha) == frozenset(), "looking changes nothing"
    for _ in range(2):
        stopped = unsubscribe.redeem(given)
        assert stopped is not None
        assert not stopped.on
    assert choices.declined(asha) == {"price_alert"}
    again = unsubscribe.resume(given)
    assert again is not None
    assert again.on
    assert choices.declined(asha) == frozenset()


def test_forged_and_orphaned_links_do_nothing(
    db: Session, clock: HeldClock, account: AccountMaker, environment: Callable[..., None]
) -> None:
    asha, ben = account("asha"), account("ben")
    given = token(unsubscribe.link(asha, "price_alert"))
    body, _, signature = given.partition(".")
    forged = token(unsubscribe.link(ben, "price_alert")).partition(".")[0] + "." + signature
    others = [
        "",
        "x",
        body,
        body + "." + signature[:-2],
        forged,
        "é.é",
        given + "x" * 9000,
        sign("sign-in", f"{asha}:price_alert"),
        sign("unsubscribe", f"{asha}:password_changed"),
        sign("unsubscribe", f"{asha}:*"),
        sign("unsubscribe", "x:price_alert"),
    ]
    for bad in others:
        assert unsubscribe.look(bad) is None
        assert unsubscribe.redeem(bad) is None
        assert unsubscribe.resume(bad) is None
    assert choices.declined(asha) | choices.declined(ben) == frozenset()
    environment(KUBERA_SECRET_KEY="another key of forty characters, or more")
    assert unsubscribe.redeem(given) is None
    environment(KUBERA_SECRET_KEY="k" * 40)
    db.execute(text("DELETE FROM accounts WHERE id = :id"), {"id": asha})
    assert unsubscribe.look(given) is None
    assert unsubscribe.redeem(given) is None
