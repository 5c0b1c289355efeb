"""The office of a real admin: every question and action goes to the service that owns it, with the admin's account.

Those services decide whether the admin may; nothing here is allowed by being reachable. What is merely read and
needs no service of its own asks `require_admin` itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from core import clock
from core.accounts import activity
from core.accounts.authorisation import require_admin
from core.accounts.errors import InvalidInput
from core.office import figures, usage_report
from core.office.contract import PAGE_SIZE
from core.office.days import beginning
from core.office.model import Analytics, Dashboard, EntryRow, Listing, LogCheck
from core.office.real_people import RealPeople
from core.office.real_work import RealWork
from db.session import read_session

_LONGEST_VALUE = 200


class RealOffice(RealPeople, RealWork):
    """One admin's office; see `core.office.contract.Office` for what each method means.

    Made anew for every run with the signed-in admin's account as the database knows it then, and where they are.
    """

    simulated = False

    # -- figures

    def dashboard(self) -> Dashboard:
        """The desk at a glance."""
        return figures.dashboard(self._actor, clock.now(), self.sources())

    def analytics(self) -> Analytics:
        """How the desk is used."""
        return usage_report.analytics(self._actor, clock.now())

    # -- activity log

    def entries(
        self,
        *,
        action: str | None = None,
        subject: str | None = None,
        who: str | None = None,
        since: date | None = None,
        until: date | None = None,
        page: int = 1,
    ) -> Listing[EntryRow]:
        """The activity log, newest first."""
        found = activity.entries(
            self._actor,
            action=action,
            subject=subject,
            who=who,
            since=_from(since),
            until=_after(until),
            page=page,
            size=PAGE_SIZE,
        )
        return Listing(tuple(_entry(one) for one in found.rows), found.total, found.number, found.size, found.exact)

    def actions(self) -> tuple[str, ...]:
        """What the log knows the names of."""
        return activity.actions(self._actor)

    def export_log(
        self,
        *,
        action: str | None = None,
        subject: str | None = None,
        who: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[bytes]:
        """The log as CSV, piece by piece."""
        # A download begins when it is clicked, perhaps long after the page was drawn.
        with read_session() as session:
            require_admin(self._actor, session)
        return activity.export_csv(
            self._actor,
            action=action,
            subject=subject,
            who=who,
            since=_from(since),
            until=_after(until),
            origin=self._origin,
        )

    def check_log(self) -> LogCheck:
        """Follow the log's chain from the beginning."""
        require_admin(self._actor)
        found = activity.verify()
        return LogCheck(found.rows, found.ok, found.what)


def _entry(one: activity.Entry) -> EntryRow:
    return EntryRow(
        one.id,
        one.at,
        one.actor_name or "the system",
        one.action,
        one.subject,
        _short(one.before),
        _short(one.after),
        one.ip,
    )


def _short(value: Any) -> str:
    """What was before or after, in one line."""
    if value is None:
        return ""
    if isinstance(value, dict):
        text = ", ".join(f"{name}: {inner}" for name, inner in value.items() if inner is not None)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _from(day: date | None) -> datetime | None:
    return None if day is None else beginning(day)


def _after(day: date | None) -> datetime | None:
    """The end of a UTC day that is still among what is asked for."""
    if day is None:
        return None
    if day == date.max:
        raise InvalidInput("until", "That day is too far away.", "Choose an earlier one.")
    return beginning(day + timedelta(days=1))
