"""The real office: maintenance, jobs, mails, backups and sources."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from core.accounts.authorisation import require_admin
from core.accounts.model import Account, Origin
from core.jobs import administration as work
from core.market.service import market
from core.notices.model import MailState
from core.office.contract import PAGE_SIZE
from core.office.model import (
    BackupRow,
    Done,
    Listing,
    MailRow,
    MailText,
    Pause,
    ReportPlan,
    RunRow,
    SourceRow,
    System,
    TaskRow,
)
from core.operations import backup, maintenance, outbox_admin, reports, source_switches

QUOTAS = {"alpha_vantage": 25}
"""Calls a day that a vendor's free plan allows, where there is such a number."""


class RealWork:
    """What an admin sees of the system and does to it."""

    def __init__(self, actor: Account, origin: Origin | None = None) -> None:
        self._actor = actor
        self._origin = origin

    # -- system

    def system(self) -> System:
        """Whether maintenance is on."""
        require_admin(self._actor)
        state = maintenance.state()
        on = state.maintenance
        pause = None if on is None else Pause(on.message, on.until, on.started_by, on.version)
        return System(pause, state.version)

    def start_maintenance(self, message: str, until: datetime | None, version: int) -> Done:
        """Ask investors to wait."""
        made = maintenance.start(self._actor, message, until, version, origin=self._origin)
        return Done(
            "Maintenance is on; investors see your message.", lambda office: office.end_maintenance(made.version)
        )

    def end_maintenance(self, version: int) -> Done:
        """Let investors work again."""
        maintenance.end(self._actor, version, origin=self._origin)
        return Done("Maintenance is over; investors can work.")

    # -- reports

    def reports(self) -> tuple[ReportPlan, ...]:
        """How reports are sent, by period."""
        return tuple(
            ReportPlan(one.period, one.on, one.hour, one.takers, one.last_sent, one.version)
            for one in reports.plans(self._actor)
        )

    def set_report(self, period: str, on: bool, hour: int, version: int) -> Done:
        """Change when a report is sent, or whether."""
        before = next((one for one in self.reports() if one.period == period), None)
        made = reports.set_plan(self._actor, period, on, hour, version, origin=self._origin)
        assert before is not None, "a report that could be changed was there before"
        return Done(
            f"The {period} report is {f'sent from {hour:02d}:00 on' if on else 'not sent'} now.",
            lambda office: office.set_report(period, before.on, before.hour, made.version),
        )

    def preview_report(self, period: str, account_id: int | None = None) -> MailText:
        """What a report would say now to somebody."""
        found = reports.preview(self._actor, self._actor.id if account_id is None else account_id, period)
        return MailText(found.subject, found.text)

    def send_report(self, period: str, account_id: int | None = None) -> Done:
        """Send a report now to somebody."""
        whose = self._actor.id if account_id is None else account_id
        mailed = reports.send(self._actor, whose, period, origin=self._origin)
        who = "you" if account_id is None else f"account {account_id}"
        where = "by mail" if mailed else "to the inbox; no mail was made"
        return Done(f"The {period} report went to {who}, {where}.")

    # -- jobs

    def tasks(self) -> tuple[TaskRow, ...]:
        """All kinds of background work."""
        require_admin(self._actor)
        return tuple(
            TaskRow(
                one.name,
                one.about,
                one.cron,
                one.paused,
                one.pausable,
                one.last_run,
                one.last_status,
                one.last_detail,
                one.next_run,
                one.version,
            )
            for one in work.tasks()
        )

    def runs(self, *, task: str | None = None, status: str | None = None, page: int = 1) -> Listing[RunRow]:
        """Jobs, newest first."""
        require_admin(self._actor)
        found = work.runs(task, status, page, PAGE_SIZE)
        return Listing(
            tuple(
                RunRow(
                    one.id, one.task, one.status, one.attempts, one.queued_at, one.ended_at, one.detail, one.can_retry
                )
                for one in found.rows
            ),
            found.total,
            found.number,
            found.size,
        )

    def retry_run(self, run_id: int) -> Done:
        """Put a failed job on the queue again."""
        work.retry(self._actor, run_id, origin=self._origin)
        return Done(f"Run {run_id} is on the queue again.")

    def pause_task(self, task: str, paused: bool, version: int) -> Done:
        """Let a task rest, or go on."""
        made = work.pause(self._actor, task, paused, version=version, origin=self._origin)
        return Done(
            f"{task} is paused." if paused else f"{task} goes on.",
            lambda office: office.pause_task(task, not paused, made.version),
        )

    def run_task(self, task: str) -> Done:
        """Put a task on the queue now."""
        number = work.run_now(self._actor, task, origin=self._origin)
        return Done(f"{task} waits on the queue already." if number is None else f"{task} is on the queue: {number}.")

    # -- outbox

    def mail_counts(self) -> dict[str, int]:
        """Mails by state."""
        return dict(outbox_admin.counts(self._actor).items())

    def mails(self, *, state: str | None = None, page: int = 1) -> Listing[MailRow]:
        """Mails, newest first."""
        found = outbox_admin.entries(self._actor, state=cast(MailState | None, state), page=page, size=PAGE_SIZE)
        return Listing(
            tuple(
                MailRow(
                    one.id,
                    one.kind,
                    one.to,
                    one.subject,
                    one.state,
                    one.attempts,
                    one.created_at,
                    one.next_at if one.state == "queued" else None,
                    one.sent_at,
                    one.problem,
                    one.can_retry,
                    one.can_cancel,
                )
                for one in found.rows
            ),
            found.total,
            found.number,
            found.size,
        )

    def mail_text(self, mail_id: int) -> MailText:
        """What a kind of mail says, with made-up values."""
        found = outbox_admin.preview(self._actor, mail_id)
        return MailText(found.subject, found.text)

    def retry_mail(self, mail_id: int) -> Done:
        """Try to send a mail again."""
        outbox_admin.retry(self._actor, mail_id, origin=self._origin)
        return Done(f"Mail {mail_id} is on its way again.")

    def cancel_mail(self, mail_id: int) -> Done:
        """Do not send a mail."""
        outbox_admin.cancel(self._actor, mail_id, origin=self._origin)
        return Done(f"Mail {mail_id} is not sent.", lambda office: office.retry_mail(mail_id))

    # -- backups

    def backups(self) -> tuple[BackupRow, ...]:
        """Kept backups, newest first."""
        require_admin(self._actor)
        return tuple(BackupRow(one.name, one.size, one.taken_at, one.ok) for one in backup.backups())

    def take_backup(self) -> Done:
        """Put a backup on the queue."""
        number = backup.take(self._actor)
        if number is None:
            return Done("A backup waits on the queue already.")
        return Done(f"A backup is on the queue: {number}. It is listed here when it is finished.")

    # -- sources

    def sources(self) -> tuple[SourceRow, ...]:
        """Market-data sources."""
        switches = source_switches.switches(self._actor)
        vendors = self._vendors()
        found = []
        for one in market().sources():
            held = switches.get(one.name)
            on = held is None or held.on
            found.append(
                SourceRow(
                    one.name,
                    one.label,
                    one.name in vendors,
                    on,
                    one.state if on else "switched off",
                    one.setting,
                    one.until,
                    one.last_ok,
                    one.last_error,
                    one.calls_today,
                    QUOTAS.get(one.name),
                    one.latency_ms,
                    0 if held is None else held.version,
                )
            )
        return tuple(found)

    def switch_source(self, name: str, on: bool, version: int) -> Done:
        """Ask a vendor no more, or again."""
        made = source_switches.switch(self._actor, name, on, version, known=self._vendors(), origin=self._origin)
        return Done(
            f"{name.replace('_', ' ').capitalize()} is switched {'on' if on else 'off'}.",
            lambda office: office.switch_source(name, not on, made.version),
        )

    def _vendors(self) -> frozenset[str]:
        return frozenset(market().vendor_names())
