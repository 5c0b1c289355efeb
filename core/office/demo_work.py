"""The simulated office: maintenance, reports, jobs, mails, backups and sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core import clock
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.office.demo_desk import NO_MAIL, DemoDesk, paged
from core.office.demo_people import TASKS
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


class DemoWork(DemoDesk):
    """What runs behind the made-up desk."""

    def __init__(self, account_id: int, user_name: str) -> None:
        super().__init__(account_id, user_name)
        self._pause: Pause | None = None
        self._version = 1
        self._plans = {
            period: ReportPlan(period, True, 7, takers, self._made.at - timedelta(hours=9), 1)
            for period, takers in (("daily", 41), ("weekly", 63), ("monthly", 12))
        }
        self._paused: dict[str, int] = {}
        self._sources = {one.name: one for one in _sources(self._made.at)}
        self._backups = [
            BackupRow(f"kubera-{at:%Y%m%d-%H%M}.dump", 48_211_904 + 9_000 * back, at, True)
            for back in range(14)
            for at in [self._made.at.replace(hour=20, minute=30) - timedelta(days=back + 1)]
        ]

    # -- system

    def system(self) -> System:
        """Whether this office pretends maintenance."""
        return System(self._pause, self._version)

    def start_maintenance(self, message: str, until: datetime | None, version: int) -> Done:
        """Pretends maintenance; nobody is asked to wait."""
        if not message:
            raise InvalidInput("message", "What investors read is empty.", "Say what is going on and until when.")
        self._step(version)
        self._pause = Pause(message, until, self._me, self._version)
        self._log("maintenance_started", "system", "", message)
        return Done(
            "Maintenance is on, in this simulated office only.", lambda office: office.end_maintenance(version + 1)
        )

    def end_maintenance(self, version: int) -> Done:
        """Ends it."""
        self._step(version)
        self._pause = None
        self._log("maintenance_ended", "system", "", "")
        return Done("Maintenance is over.")

    # -- reports

    def reports(self) -> tuple[ReportPlan, ...]:
        """The plans of this office."""
        return tuple(self._plans.values())

    def set_report(self, period: str, on: bool, hour: int, version: int) -> Done:
        """Changes a plan here only."""
        held = self._plans[period]
        if held.version != version:
            raise AlreadyChanged(f"The {period} report was changed meanwhile.", "Look at it again, then decide.")
        self._plans[period] = replace(held, on=on, hour=hour, version=version + 1)
        self._log("report.plan_changed", f"report:{period}", f"{held.on}, {held.hour}:00", f"{on}, {hour}:00")
        return Done(
            f"The {period} report is {f'sent from {hour:02d}:00 on' if on else 'not sent'} now.",
            lambda office: office.set_report(period, held.on, held.hour, version + 1),
        )

    def preview_report(self, period: str, account_id: int | None = None) -> MailText:
        """A made-up report."""
        name = self._me if account_id is None else self._one(account_id).name
        return MailText(
            f"Your {period} report (simulated)",
            f"Hello {name},\n\nNIFTY 50  24,812.05  +0.42%\nSENSEX    81,344.10  +0.38%\n\nWatched\n"
            "RELIANCE.NS  1,402.10  +1.10%\nTCS.NS       3,980.55  -0.35%\n\nEvery number here is made up.",
        )

    def send_report(self, period: str, account_id: int | None = None) -> Done:
        """Sends nothing."""
        self._log("report.sent", f"report:{period}", "", "" if account_id is None else f"account:{account_id}")
        return Done(NO_MAIL)

    # -- jobs

    def tasks(self) -> tuple[TaskRow, ...]:
        """The timetable."""
        last: dict[str, RunRow] = {}
        for run in reversed(self._made.runs):
            last[run.task] = run
        at = clock.now()
        found = []
        for name, cron, about in TASKS:
            ended, version = last.get(name), self._paused.get(name, 0)
            rests = version % 2 == 1
            found.append(
                TaskRow(
                    name,
                    about,
                    cron,
                    rests,
                    True,
                    ended.ended_at if ended else None,
                    ended.status if ended else None,
                    ended.detail if ended else "",
                    None if rests else at + timedelta(minutes=7),
                    version,
                )
            )
        return tuple(found)

    def runs(self, *, task: str | None = None, status: str | None = None, page: int = 1) -> Listing[RunRow]:
        """Made-up runs."""
        fits = [
            one
            for one in self._made.runs
            if (task is None or one.task == task) and (status is None or one.status == status)
        ]
        return paged(fits, page)

    def retry_run(self, run_id: int) -> Done:
        """Pretends that a failed run went well."""
        for index, one in enumerate(self._made.runs):
            if one.id == run_id and one.status == "failed":
                self._made.runs[index] = replace(one, status="succeeded", detail="", can_retry=False)
        self._log("job.retried", f"job:{run_id}", "failed", "todo")
        return Done(f"Run {run_id} is on the queue again.")

    def pause_task(self, task: str, paused: bool, version: int) -> Done:
        """Pauses a task here only."""
        if self._paused.get(task, 0) != version:
            raise AlreadyChanged(f"{task} was changed meanwhile.", "Look at it again, then decide.")
        self._paused[task] = version + 1
        self._log("task.paused" if paused else "task.resumed", f"task:{task}", "", "")
        return Done(
            f"{task} is paused." if paused else f"{task} goes on.",
            lambda office: office.pause_task(task, not paused, version + 1),
        )

    def run_task(self, task: str) -> Done:
        """Pretends a run."""
        at = clock.now()
        self._made.runs.insert(0, RunRow(self._made.runs[0].id + 1, task, "succeeded", 1, at, at, "", False))
        self._log("task_run", f"task:{task}", "", "")
        return Done(f"{task} is on the queue.")

    # -- outbox

    def mail_counts(self) -> dict[str, int]:
        """Made-up mails by state."""
        states = sorted({one.state for one in self._made.mails})
        return {state: sum(1 for one in self._made.mails if one.state == state) for state in states}

    def mails(self, *, state: str | None = None, page: int = 1) -> Listing[MailRow]:
        """Made-up mails."""
        return paged([one for one in self._made.mails if state is None or one.state == state], page)

    def mail_text(self, mail_id: int) -> MailText:
        """What a made-up mail says."""
        mail = next((one for one in self._made.mails if one.id == mail_id), None)
        if mail is None:
            raise InvalidInput("mail", f"There is no mail {mail_id}.", "Go back to the list.")
        return MailText(mail.subject, "This mail is simulated: it was never written to anybody.")

    def retry_mail(self, mail_id: int) -> Done:
        """Puts a made-up mail back."""
        return self._move_mail(mail_id, "queued", "mail_retried", "The mail is tried again.")

    def cancel_mail(self, mail_id: int) -> Done:
        """Cancels a made-up mail."""
        return self._move_mail(mail_id, "cancelled", "mail_cancelled", "The mail is not sent.")

    # -- backups

    def backups(self) -> tuple[BackupRow, ...]:
        """Made-up backups."""
        return tuple(self._backups)

    def take_backup(self) -> Done:
        """Pretends a backup."""
        at = clock.now()
        self._backups.insert(0, BackupRow(f"kubera-{at:%Y%m%d-%H%M}.dump", 48_300_112, at, True))
        self._log("backup_asked", "backup", "", "")
        return Done("A backup was pretended: this office is simulated.")

    # -- sources

    def sources(self) -> tuple[SourceRow, ...]:
        """Made-up states of the vendors."""
        return tuple(self._sources.values())

    def switch_source(self, name: str, on: bool, version: int) -> Done:
        """Switches a vendor here only."""
        held = self._sources[name]
        if held.version != version:
            raise AlreadyChanged(f"{held.label} was switched meanwhile.", "Look at it again, then decide.")
        self._sources[name] = replace(held, on=on, state="ok" if on else "switched off", version=version + 1)
        self._log("source_switched", f"source:{name}", f"on: {held.on}", f"on: {on}")
        return Done(
            f"{held.label} is {'on' if on else 'off'}, in this simulated office only.",
            lambda office: office.switch_source(name, held.on, version + 1),
        )

    def _step(self, version: int) -> None:
        if version != self._version:
            raise AlreadyChanged("Maintenance was changed meanwhile.", "Look at it again, then decide.")
        self._version += 1

    def _move_mail(self, mail_id: int, state: str, action: str, message: str) -> Done:
        for index, one in enumerate(self._made.mails):
            if one.id == mail_id:
                self._made.mails[index] = replace(
                    one, state=state, can_retry=state == "cancelled", can_cancel=state == "queued"
                )
                self._log(action, f"mail:{mail_id}", f"state: {one.state}", f"state: {state}")
        return Done(f"{message} {NO_MAIL}")


def _sources(at: datetime) -> tuple[SourceRow, ...]:
    return (
        SourceRow("yahoo", "Yahoo", True, True, "ok", None, None, at, None, 1_204, None, 212.0, 1),
        SourceRow(
            "alpha_vantage",
            "Alpha Vantage",
            True,
            True,
            "cooling",
            "ALPHA_VANTAGE_API_KEY",
            at + timedelta(minutes=9),
            at - timedelta(hours=2),
            "25 calls a day are used up",
            25,
            25,
            640.0,
            1,
        ),
        SourceRow("demo", "Simulated", False, True, "off", None, None, None, None, 0, None, None, 1),
    )
