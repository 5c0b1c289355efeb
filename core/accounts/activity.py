"""The activity log: who did what to whom, before and after, kept so that nobody changes it unseen.

`record` adds to it inside the caller's unit of work: what is rolled back was never done and is not told. Rows cannot be
changed or deleted (triggers), and each is chained to the one before by a hash, which `verify` (in
`core.accounts.activity_check`) recomputes: whoever gets around the triggers is found.

Actions are an area and a verb in the past ("limits.rule_changed"); subjects are a kind and an id ("account:12",
"rule:burst", "maintenance"). Values under names that sound secret are not kept (`masked`).
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import clock
from core.accounts.activity_check import Verification, verify
from core.accounts.authorisation import require_admin
from core.accounts.model import Account, Origin, Page
from db.repositories.activity import ActivityRepository, Draft, EntryRow, Filter
from db.session import read_session, unit_of_work

__all__ = [
    "MOST_COUNTED",
    "Entry",
    "EntryPage",
    "Verification",
    "about",
    "account_subject",
    "actions",
    "entries",
    "export_csv",
    "masked",
    "record",
    "verify",
]

MOST_COUNTED = 10_000
"""Filtered entries are counted up to here; an `EntryPage` says whether its total is exact."""

HIDDEN = "***"

_SECRET_WORD = re.compile(
    "apikey|authorization|codes?|cookies?|credentials?|digest|hash|keys?|otp|passphrase|passwd|passwords?|pin|proof"
    "|secrets?|ticket|tokens?"
)
_LONGEST = {"action": 80, "name": 200, "subject": 200, "ip": 64, "user_agent": 400}
_LONGEST_VALUE = 20_000
_DEEPEST = 8
_EXPORT_BATCH = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done.

    Attributes:
        id: its place in the log, from 1 without gaps.
        at: UTC.
        actor_id, actor_name: who did it (the user name of that time); None and "" for the system itself.
        before, after: what was changed, decoded from JSON; None when there is nothing to tell.
        hash: 64 hex digits.
    """

    id: int
    at: datetime
    action: str
    actor_id: int | None
    actor_name: str
    subject: str
    before: Any
    after: Any
    ip: str
    user_agent: str
    hash: str


@dataclass(frozen=True, slots=True)
class EntryPage(Page[Entry]):
    """A page of the log. `exact` False: there are more than `total` entries."""

    exact: bool = True


def record(
    session: Session,
    action: str,
    *,
    actor: Account | None,
    subject: str,
    before: object = None,
    after: object = None,
    origin: Origin | None = None,
) -> None:
    """Add an entry to the log when the session's unit of work commits.

    Args:
        session: the unit of work the action itself is done in.
        actor: who did it; None for the system.
        before, after: JSON-like values or dataclasses; dates, decimals, enums and UUIDs are written as text.

    Raises:
        TypeError: `before` or `after` holds something that cannot be written as JSON.
        ValueError: no action or no subject is given.
    """
    if not action.strip() or not subject.strip():
        raise ValueError("an entry of the activity log needs an action and a subject")
    seen = origin or Origin()
    ActivityRepository(session).add_at_commit(
        Draft(
            at=clock.now(),
            action=_clean(action, "action"),
            actor_id=None if actor is None else actor.id,
            actor_name="" if actor is None else _clean(actor.user_name, "name"),
            subject=_clean(subject, "subject"),
            before=_written(before),
            after=_written(after),
            ip=_clean(seen.ip, "ip"),
            user_agent=_clean(seen.user_agent, "user_agent"),
        )
    )


def account_subject(account_id: int) -> str:
    """How an account is named as a subject."""
    return f"account:{account_id}"


def entries(
    actor: Account,
    *,
    action: str | None = None,
    subject: str | None = None,
    who: str | int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    page: int = 1,
    size: int = 25,
) -> EntryPage:
    """One page of the log, newest first.

    Args:
        action, subject: exactly so.
        who: a user name (letter case does not matter) or the id of an account.
        since, until: timezone-aware; from `since` on, before `until`.
        page: from 1; past the end is an empty page.
        size: 1 to 500.

    Raises:
        NotAllowed: the actor is no admin.
        DatabaseProblem: the database is away or busy.
    """
    require_admin(actor)
    number, rows_a_page = max(1, page), min(max(1, size), 500)
    with read_session() as session:
        rows, total, exact = ActivityRepository(session).page(
            Filter(action, subject, who, since, until), (number - 1) * rows_a_page, rows_a_page, MOST_COUNTED
        )
    return EntryPage(tuple(_entry(row) for row in rows), total, number, rows_a_page, exact)


def actions(actor: Account) -> tuple[str, ...]:
    """Every action in the log, to choose from.

    Raises:
        NotAllowed: the actor is no admin.
    """
    require_admin(actor)
    with read_session() as session:
        return tuple(ActivityRepository(session).actions())


def about(account_id: int) -> tuple[Entry, ...]:
    """What an account did and what was done to it, oldest first: a part of what the desk holds about a person."""
    with read_session() as session:
        return tuple(_entry(row) for row in ActivityRepository(session).about(account_id, account_subject(account_id)))


def export_csv(
    actor: Account,
    *,
    action: str | None = None,
    subject: str | None = None,
    who: str | int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    origin: Origin | None = None,
) -> Iterator[bytes]:
    """The log as CSV (UTF-8 with a byte-order mark, times in UTC), oldest first, in pieces; the export is logged.

    Cells that a spreadsheet would take for a formula begin with an apostrophe.

    Raises:
        NotAllowed: the actor is no admin; raised by this call, not by the first piece.
    """
    require_admin(actor)
    only = Filter(action, subject, who, since, until)
    asked = {name: value for name, value in asdict(only).items() if value is not None}
    with unit_of_work() as session:
        record(session, "activity.exported", actor=actor, subject="activity_log", after=asked or None, origin=origin)
    return _pieces(only)


def masked(value: Any, depth: int = 0) -> Any:
    """`value` as JSON knows it, with "***" in place of what stands under a name that sounds secret.

    Raises:
        TypeError: it holds something that cannot be written as JSON.
    """
    if depth > _DEEPEST:
        return "..."
    if is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if isinstance(value, Enum):
        value = value.value
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case Mapping():
            return {
                str(name): HIDDEN if _secret(str(name), inner) else masked(inner, depth + 1)
                for name, inner in value.items()
            }
        case list() | tuple():
            return [masked(inner, depth + 1) for inner in value]
        case set() | frozenset():
            return sorted((masked(inner, depth + 1) for inner in value), key=str)
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be written to the activity log")


def _secret(name: str, value: Any) -> bool:
    if value is None or isinstance(value, bool):  # that there is one may be told
        return False
    words = re.split(r"[^a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower())
    return any(_SECRET_WORD.fullmatch(word) for word in words)


def _written(value: object) -> str | None:
    if value is None:
        return None
    written = json.dumps(masked(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    if len(written) > _LONGEST_VALUE:
        return json.dumps({"left_out": f"{len(written)} characters of JSON"})
    return written


def _clean(text: str, field: str) -> str:
    """Printable text of bounded length; what is not printable becomes a space."""
    return "".join(character if character.isprintable() else " " for character in text)[: _LONGEST[field]].strip()


def _entry(row: EntryRow) -> Entry:
    return Entry(
        row.id,
        row.at,
        row.action,
        row.actor_id,
        row.actor_name,
        row.subject,
        _read(row.before),
        _read(row.after),
        row.ip,
        row.user_agent,
        row.hash.hex(),
    )


def _read(written: str | None) -> Any:
    if written is None:
        return None
    try:
        return json.loads(written)
    except ValueError:  # somebody changed the row; `verify` tells, and the page still opens
        return written


def _pieces(only: Filter) -> Iterator[bytes]:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\r\n")
    lines.writerow(
        ["id", "at", "action", "actor_id", "actor", "subject", "before", "after", "ip", "user_agent", "sha256"]
    )
    yield b"\xef\xbb\xbf" + text.getvalue().encode()
    with read_session() as session:
        head = ActivityRepository(session).head()
    last, until = 0, 0 if head is None else head.last_id
    while True:
        with read_session() as session:
            rows = ActivityRepository(session).after(last, until, _EXPORT_BATCH, only)
        if not rows:
            return
        text.seek(0)
        text.truncate()
        lines.writerows(
            [
                row.id,
                row.at.isoformat(),
                *map(
                    _cell,
                    (row.action, row.actor_id, row.actor_name, row.subject, row.before, row.after, row.ip),
                ),
                _cell(row.user_agent),
                row.hash.hex(),
            ]
            for row in rows
        )
        last = rows[-1].id
        yield text.getvalue().encode()


def _cell(value: str | int | None) -> str:
    written = "" if value is None else str(value)
    return f"'{written}" if written.startswith(_FORMULA) else written
