"""Stopping mails of a kind from the mail itself: a signed link that needs no sign-in and can do nothing else.

link(account_id, kind)   the path that goes into mails of that kind
look(token)              what the link is about (GET shows it and asks)
redeem(token)            stop the mails (POST, or a mail client's List-Unsubscribe-Post)
resume(token)            want them again (the same page, after a slip)
"""

from __future__ import annotations

from dataclasses import dataclass

from core.notices.choices import set_one
from core.notices.kinds import KINDS
from core.secrets import sign, unsign
from db.repositories.notices_inbox import ChoiceRepository
from db.session import read_session, unit_of_work

PATH = "/unsubscribe"
_PURPOSE = "unsubscribe"


@dataclass(frozen=True, slots=True)
class Subscription:
    """What an unsubscribe link is about.

    Attributes:
        title: what a person calls the kind.
        about: when such mails come, in half a sentence.
        on: whether mails of the kind are wanted at present.
    """

    account_id: int
    kind: str
    title: str
    about: str
    on: bool


def link(account_id: int, kind: str) -> str:
    """The path (with its token) that stops mails of `kind` to an account; it never ends to be good."""
    return f"{PATH}?token={sign(_PURPOSE, f'{account_id}:{kind}')}"


def look(token: str) -> Subscription | None:
    """What a link is about, changing nothing; None when it is not ours, or the account or kind is gone.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    if (named := _named(token)) is None:
        return None
    account_id, kind = named
    with read_session() as session:
        choices = ChoiceRepository(session, account_id)
        return _subscription(account_id, kind, on=not choices.declines(kind)) if choices.has_account() else None


def redeem(token: str) -> Subscription | None:
    """Stop the mails a link is about; twice is once. None as for `look`.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    return _set(token, on=False)


def resume(token: str) -> Subscription | None:
    """Want the mails a link is about again. None as for `look`.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    return _set(token, on=True)


def _set(token: str, *, on: bool) -> Subscription | None:
    if (named := _named(token)) is None:
        return None
    account_id, kind = named
    with unit_of_work() as session:
        choices = ChoiceRepository(session, account_id)
        if not choices.has_account():
            return None
        set_one(choices, kind, on=on)
        return _subscription(account_id, kind, on=on)


def _subscription(account_id: int, kind: str, *, on: bool) -> Subscription:
    spec = KINDS[kind]
    return Subscription(account_id, kind, spec.title, spec.about, on)


def _named(token: str) -> tuple[int, str] | None:
    text = unsign(_PURPOSE, token)
    if text is None:
        return None
    number, _, kind = text.partition(":")
    spec = KINDS.get(kind)
    if not number.isdecimal() or spec is None or spec.essential:
        return None
    return int(number), kind
