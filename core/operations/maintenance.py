"""Closing the desk for work: investors read a message and an end time at once, admins stay in.

    current()                                    # Maintenance, or None; cheap enough for every run of every page
    start(actor, message, until, version)        # or change the message of one that is on
    end(actor, version)

Maintenance lasts until an admin ends it, also beyond the time it was announced for: nothing opens by itself onto
half-done work, and no clock that is set wrong opens or closes the desk.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg.types.json import Jsonb
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core import clock
from core.accounts import activity
from core.accounts.authorisation import require_admin
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.accounts.model import Account, Origin
from core.notices import outbox
from core.notices.context import clean
from db.repositories.jobs import JobRepository
from db.repositories.system import MaintenanceRow, SystemRepository
from db.session import get_engine, read_session, unit_of_work

TOPIC = "maintenance"
"""The topic of the notification (`core.boot.on_cache_bust`) after which `forget` is to be called."""

TELL_TASK = "kubera:tell_maintenance"
"""The task that `start` and `end` queue; it calls `tell(**arguments)`."""

LONGEST_MESSAGE = 500
LONGEST_SPAN = timedelta(days=7)
SEEN_WITHIN = timedelta(days=30)
"""Whoever was not here for longer is not told."""

_KEPT_S = 1.0
_BATCH = 200


@dataclass(frozen=True, slots=True)
class Maintenance:
    """The desk is closed.

    Attributes:
        message: what investors read; untrusted text, up to 500 characters, maybe several lines.
        until: UTC, when it should be over; None when nobody knows.
        started_by: the user name of the admin.
        version: give it back with a change.
    """

    message: str
    until: datetime | None
    started_by: str
    started_at: datetime
    version: int

    @property
    def overdue(self) -> bool:
        """Whether it should be over by now."""
        return self.until is not None and clock.now() > self.until


@dataclass(frozen=True, slots=True)
class State:
    """Whether the desk is closed, as an admin needs to know it before changing it."""

    maintenance: Maintenance | None
    version: int


class _Kept:
    """The state this process read last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: tuple[Engine, float, Maintenance | None] | None = None
        self._forgotten = 0

    def current(self) -> Maintenance | None:
        engine, began, forgotten, read = get_engine(), time.monotonic(), self._forgotten, self._read
        if read is not None and read[0] is engine and began - read[1] < _KEPT_S:
            return read[2]
        found = state().maintenance
        with self._lock:
            if forgotten == self._forgotten:  # else it changed while it was read
                self._read = (engine, began, found)
        return found

    def forget(self) -> None:
        with self._lock:
            self._read = None
            self._forgotten += 1


_kept = _Kept()


def current() -> Maintenance | None:
    """The maintenance that is on, or None. At most a second old, and no older than the last `forget`.

    Raises:
        DatabaseProblem: the database is away or busy.
    """
    return _kept.current()


def forget() -> None:
    """Read the state anew at the next `current`: to be called when the cache topic `TOPIC`, or any, was announced."""
    _kept.forget()


def state() -> State:
    """The state as it is in the database now.

    Raises:
        DatabaseProblem: the database is away or busy.
    """
    with read_session() as session:
        row = SystemRepository(session).maintenance()
    return State(_maintenance(row), row.version)


def start(
    actor: Account, message: str, until: datetime | None, version: int, *, origin: Origin | None = None
) -> Maintenance:
    """Close the desk to investors, or change what they read while it is closed. Whoever was here lately is told.

    Args:
        until: timezone-aware, within the next 7 days; None when nobody knows.
        version: of the state as the actor saw it.

    Raises:
        AlreadyChanged: somebody else started, changed or ended maintenance meanwhile.
        InvalidInput: no message, or an end that is past or too far away.
        NotAllowed: the actor is no admin.
    """
    said = clean(message, LONGEST_MESSAGE, lines=True)
    if not said:
        raise InvalidInput("message", "There is no message.", "Say what is done and what it means for investors.")
    if len(message) > 4 * LONGEST_MESSAGE:
        raise InvalidInput("message", "The message is too long.", f"Use at most {LONGEST_MESSAGE} characters.")
    now = clock.now()
    if until is not None and (until.tzinfo is None or not now < until <= now + LONGEST_SPAN):
        raise InvalidInput("until", "The end is not within the next 7 days.", "Choose another, or none.")
    with unit_of_work() as session:
        require_admin(actor, session)
        before = SystemRepository(session).maintenance()
        after = MaintenanceRow(
            active=True,
            message=said,
            until=until,
            started_at=before.started_at if before.active else now,
            started_by=before.started_by if before.active else actor.user_name,
            version=version + 1,
        )
        _change(session, after)
        activity.record(
            session,
            "maintenance.changed" if before.active else "maintenance.started",
            actor=actor,
            subject="maintenance",
            before=_told(before) if before.active else None,
            after=_told(after),
            origin=origin,
        )
        if not before.active:
            _queue(session, after, over=False)
    forget()
    found = _maintenance(after)
    assert found is not None
    return found


def end(actor: Account, version: int, *, origin: Origin | None = None) -> None:
    """Open the desk again.

    Raises:
        AlreadyChanged: somebody else changed or ended it meanwhile.
        NotAllowed: the actor is no admin.
    """
    with unit_of_work() as session:
        require_admin(actor, session)
        before = SystemRepository(session).maintenance()
        if not before.active:
            raise AlreadyChanged("The desk is open already.", "Nothing is left to do.")
        after = replace(before, active=False, version=version + 1)
        _change(session, after)
        activity.record(
            session, "maintenance.ended", actor=actor, subject="maintenance", before=_told(before), origin=origin
        )
        _queue(session, after, over=True)
    forget()


def tell(version: int, over: bool) -> int:
    """Tell everybody who was here within 30 days, once, that maintenance began or is over; how many people.

    A second time it finds everybody told. It ends early when the state changed again since: the next one tells.

    Args:
        version: of the state that is told about.

    Raises:
        DatabaseProblem: the database is away or busy; those who were told stay told.
    """
    told, last = 0, 0
    since = clock.now() - SEEN_WITHIN
    while True:
        with unit_of_work() as session:
            system = SystemRepository(session)
            row = system.maintenance()
            if row.active == over or (over and row.version != version):
                return told
            people = system.recipients(last, since, _BATCH)
            for person in people:
                outbox.post(
                    session,
                    "maintenance_over" if over else "maintenance_announced",
                    to=person.email,
                    account_id=person.id,
                    key=f"{person.id}:{version}",
                    context={"when": clock.now()} if over else {"message": row.message, "until": row.until},
                    name=person.name,
                )
        if not people:
            return told
        told += len(people)
        last = people[-1].id


def _change(session: Session, after: MaintenanceRow) -> None:
    system = SystemRepository(session)
    if not system.set_maintenance(after):
        raise AlreadyChanged(
            "Somebody else started, changed or ended maintenance meanwhile.", "Look at the state again, then decide."
        )
    system.announce(TOPIC)


def _queue(session: Session, row: MaintenanceRow, *, over: bool) -> None:
    arguments = {"version": row.version, "over": over}
    JobRepository(session).add(TELL_TASK, f"tell maintenance {row.version}", Jsonb(arguments))


def _maintenance(row: MaintenanceRow) -> Maintenance | None:
    if not row.active or row.started_at is None:
        return None
    return Maintenance(row.message, row.until, row.started_by, row.started_at, row.version)


def _told(row: MaintenanceRow) -> dict[str, object]:
    return {"message": row.message, "until": row.until}
