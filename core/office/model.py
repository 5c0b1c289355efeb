"""What the admin page shows, as frozen values. Moments are aware UTC; days are UTC days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Generic, Literal, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from core.office.contract import Office

T = TypeVar("T")

DAYS = 30
"""How many days a trend covers, today among them."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """One page of rows. `total` counts all that fit the filter; when not `exact`, there are more than that."""

    rows: tuple[T, ...]
    total: int
    number: int
    size: int
    exact: bool = True

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True, slots=True)
class Done:
    """An action was carried out. `undo`, where it can be taken back, does so and says what it did."""

    message: str
    undo: Callable[[Office], Done] | None = None


# -- dashboard -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with its past.

    Attributes:
        value: now, or today so far; None when nothing was recorded.
        unit: "count" or "ms".
        trend: one value a day, oldest first, today last; None for a day without a record. Empty: no past is kept.
        about: what exactly is counted.
        past_of_its_own: the trend is of something else than the value (as `about` says), so they are not compared.
    """

    key: str
    label: str
    value: float | None
    unit: Literal["count", "ms"]
    trend: tuple[float | None, ...]
    about: str
    past_of_its_own: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """Something an admin should look at, and the section where."""

    text: str
    section: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The desk at one moment."""

    at: datetime
    figures: tuple[Figure, ...]
    problems: tuple[Problem, ...]


# -- people ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person in the list.

    Attributes:
        reason: why they are deactivated; "" when they are not.
        last_seen_at: when they last asked for a page; None for never.
        version: to be given back with a change.
    """

    id: int
    user_name: str
    name: str
    email: str | None
    kind: str
    role: str
    state: str
    created_at: datetime
    last_seen_at: datetime | None
    exempt: bool
    reason: str
    version: int


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A browser somebody is signed in with."""

    id: UUID
    device: str
    ip: str
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class StandingRow:
    """How far somebody is with one limit. `most` None: without limit. `returns_at` None: does not return by waiting."""

    rule: str
    most: int | None
    used: int
    returns_at: datetime | None


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """A limit of somebody's own. `most` None: exempt from this one rule. `ended`: `until` has passed."""

    rule: str
    most: int | None
    reason: str
    until: datetime | None
    ended: bool
    version: int


@dataclass(frozen=True, slots=True)
class Person:
    """Everything the page shows of one person."""

    row: UserRow
    devices: tuple[DeviceRow, ...]
    standing: tuple[StandingRow, ...]
    overrides: tuple[OverrideRow, ...]


# -- limits ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A limit for everybody. `window` None: a whole chat, not a span of time. `prompts`: counts questions asked."""

    rule: str
    label: str
    most: int
    default: int
    window: timedelta | None
    prompts: bool
    version: int


@dataclass(frozen=True, slots=True)
class ViolationRow:
    """Somebody ran into a limit (`label`); `times` within one minute."""

    at: datetime
    who: str
    account_id: int | None
    rule: str
    label: str
    most: int
    times: int


# -- system ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pause:
    """Maintenance that is on."""

    message: str
    until: datetime | None
    started_by: str
    version: int


@dataclass(frozen=True, slots=True)
class System:
    """Whether investors may work. `version` is to be given back with a change."""

    pause: Pause | None
    version: int


# -- jobs, mails, backups, sources -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A kind of background work. `cron` is in UTC; "" when it only runs on demand.

    `version` is to be given back with a change.
    """

    name: str
    about: str
    cron: str
    paused: bool
    pausable: bool
    last_run: datetime | None
    last_status: str | None
    last_detail: str
    next_run: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One job of a task; `detail` says how it ended, without secrets."""

    id: int
    task: str
    status: str
    attempts: int
    queued_at: datetime | None
    ended_at: datetime | None
    detail: str
    can_retry: bool


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail in the outbox."""

    id: int
    kind: str
    to: str
    subject: str
    state: str
    attempts: int
    created_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None
    error: str
    can_retry: bool
    can_cancel: bool


@dataclass(frozen=True, slots=True)
class MailText:
    """What a mail says, in plain text."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class BackupRow:
    """A copy of the database. `ok` None: not checked yet."""

    name: str
    size: int
    taken_at: datetime
    ok: bool | None


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A market-data source.

    Attributes:
        switchable: an admin may switch it (real vendors only).
        on: nobody switched it off.
        state: "ok", "cooling", "off", "not configured" or "switched off".
        quota: calls a day the vendor allows, where that is known.
        version: to be given back with a change.
    """

    name: str
    label: str
    switchable: bool
    on: bool
    state: str
    setting: str | None
    until: datetime | None
    last_ok: datetime | None
    last_error: str | None
    calls_today: int
    quota: int | None
    latency_ms: float | None
    version: int


# -- reports ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportPlan:
    """How a report is sent.

    Attributes:
        hour: none leaves earlier than this hour of its taker's own timezone.
        takers: how many people chose it.
        last_sent: when one last went out to anybody.
        version: to be given back with a change.
    """

    period: str
    on: bool
    hour: int
    takers: int
    last_sent: datetime | None
    version: int


# -- activity log, analytics -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row of the activity log. `before` and `after` are short texts; "" when there was nothing."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str
    before: str
    after: str
    ip: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """Whether the activity log is whole."""

    rows: int
    ok: bool
    what: str


@dataclass(frozen=True, slots=True)
class DayCount:
    """Something counted on one day."""

    day: date
    n: int


@dataclass(frozen=True, slots=True)
class PageUse:
    """A page in the last 30 days: how often a tab opened it, how often its script ran, and how long that took."""

    page: str
    views: int
    runs: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who registered in one week: how many, and how many of them came in that week and the following ones.
    None for weeks before counting began or not yet begun."""

    week: date
    size: int
    came: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Analytics:
    """How the desk is used. `since` is the first hour anything was counted; None when nothing was."""

    since: datetime | None
    sign_ups: tuple[DayCount, ...]
    sign_ins: tuple[DayCount, ...]
    active: tuple[DayCount, ...]
    prompts: tuple[DayCount, ...]
    pages: tuple[PageUse, ...]
    by_kind: dict[str, int]
    cohorts: tuple[Cohort, ...]
