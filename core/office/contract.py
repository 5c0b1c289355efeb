"""What the admin page may ask and do.

The page knows this and nothing else, so the same page serves an admin on the real desk and a demo admin on a simulated
one. Every method that changes something is carried out at once: asking "are you sure?" is the page's part.

Errors of every method: `core.accounts.errors.AccountError` (NotAllowed for everybody who is no admin, AlreadyChanged
when somebody else changed the same thing since it was read) and `db.session.DatabaseProblem`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from core.office.model import (
    Analytics,
    BackupRow,
    Dashboard,
    Done,
    EntryRow,
    Listing,
    LogCheck,
    MailRow,
    MailText,
    Person,
    ReportPlan,
    RuleRow,
    RunRow,
    SourceRow,
    System,
    TaskRow,
    UserRow,
    ViolationRow,
)

USER_SORTS = ("last_seen", "created", "user_name", "name")
PERIODS = ("daily", "weekly", "monthly")
PAGE_SIZE = 25


class Office(Protocol):
    """An admin's way to everything; `simulated` says that none of it is real."""

    @property
    def simulated(self) -> bool:
        """Whether people, log and figures are made up and actions stay in this browser."""
        ...

    def dashboard(self) -> Dashboard:
        """The desk at a glance."""
        ...

    def analytics(self) -> Analytics:
        """How the desk is used."""
        ...

    # -- people

    def users(
        self,
        *,
        search: str = "",
        role: str | None = None,
        state: str | None = None,
        sort: str = "last_seen",
        descending: bool = True,
        page: int = 1,
    ) -> Listing[UserRow]:
        """People, a page at a time."""
        ...

    def person(self, account_id: int) -> Person:
        """One person. `InvalidInput` when there is none of that number."""
        ...

    def set_role(self, account_id: int, role: str, version: int) -> Done:
        """Make somebody an admin or an investor."""
        ...

    def deactivate(self, account_id: int, reason: str, version: int) -> Done:
        """Lock somebody out; ends all their sessions."""
        ...

    def reactivate(self, account_id: int, version: int) -> Done:
        """Let somebody in again."""
        ...

    def sign_out(self, account_id: int, session_id: UUID | None = None) -> Done:
        """End one session of somebody, or all."""
        ...

    def set_exempt(self, account_id: int, exempt: bool, reason: str) -> Done:
        """Free somebody of all prompt limits, or end that."""
        ...

    def set_override(
        self, account_id: int, rule: str, most: int | None, reason: str, until: datetime | None, version: int
    ) -> Done:
        """Give somebody a limit of their own; `most` None lifts this one rule. `version` 0: there was none."""
        ...

    def clear_override(self, account_id: int, rule: str, version: int) -> Done:
        """Let the common rule apply to somebody again."""
        ...

    # -- limits

    def rules(self) -> tuple[RuleRow, ...]:
        """All limits."""
        ...

    def set_rule(self, rule: str, most: int, version: int) -> Done:
        """Change a limit for everybody."""
        ...

    def violations(
        self, *, account_id: int | None = None, rule: str | None = None, page: int = 1
    ) -> Listing[ViolationRow]:
        """Who ran into which limit, newest first."""
        ...

    # -- system

    def system(self) -> System:
        """Whether maintenance is on."""
        ...

    def start_maintenance(self, message: str, until: datetime | None, version: int) -> Done:
        """Ask investors to wait."""
        ...

    def end_maintenance(self, version: int) -> Done:
        """Let investors work again."""
        ...

    # -- reports

    def reports(self) -> tuple[ReportPlan, ...]:
        """How reports are sent, by period."""
        ...

    def set_report(self, period: str, on: bool, hour: int, version: int) -> Done:
        """Change when a report is sent, or whether."""
        ...

    def preview_report(self, period: str, account_id: int | None = None) -> MailText:
        """What a report would say now to somebody (to the admin when None)."""
        ...

    def send_report(self, period: str, account_id: int | None = None) -> Done:
        """Send a report now to somebody (to the admin when None)."""
        ...

    # -- jobs

    def tasks(self) -> tuple[TaskRow, ...]:
        """All kinds of background work."""
        ...

    def runs(self, *, task: str | None = None, status: str | None = None, page: int = 1) -> Listing[RunRow]:
        """Jobs, newest first."""
        ...

    def retry_run(self, run_id: int) -> Done:
        """Put a failed job on the queue again."""
        ...

    def pause_task(self, task: str, paused: bool, version: int) -> Done:
        """Let a task rest, or go on."""
        ...

    def run_task(self, task: str) -> Done:
        """Put a task on the queue now."""
        ...

    # -- outbox

    def mail_counts(self) -> dict[str, int]:
        """Mails by state."""
        ...

    def mails(self, *, state: str | None = None, page: int = 1) -> Listing[MailRow]:
        """Mails, newest first."""
        ...

    def mail_text(self, mail_id: int) -> MailText:
        """What a kind of mail says, with made-up values: what was really said is sealed."""
        ...

    def retry_mail(self, mail_id: int) -> Done:
        """Try to send a mail again."""
        ...

    def cancel_mail(self, mail_id: int) -> Done:
        """Do not send a mail."""
        ...

    # -- backups

    def backups(self) -> tuple[BackupRow, ...]:
        """Kept backups, newest first."""
        ...

    def take_backup(self) -> Done:
        """Put a backup on the queue."""
        ...

    # -- sources

    def sources(self) -> tuple[SourceRow, ...]:
        """Market-data sources."""
        ...

    def switch_source(self, name: str, on: bool, version: int) -> Done:
        """Ask a vendor no more, or again."""
        ...

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
        """The activity log, newest first. Days are UTC, `until` among them."""
        ...

    def actions(self) -> tuple[str, ...]:
        """What the log knows the names of, for the filter."""
        ...

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
        ...

    def check_log(self) -> LogCheck:
        """Follow the log's chain from the beginning."""
        ...
