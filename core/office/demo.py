"""The simulated office: what a demo admin sees and may try.

People, log and figures are made up (`demo_people`), the same for everybody; what is done changes this one office only
and ends with the browser's tab. Nothing here reads or writes a database.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeVar
from uuid import UUID

from core import clock
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.office import demo_people
from core.office.contract import PAGE_SIZE
from core.office.demo_people import TASKS, day_counts
from core.office.model import (
    Analytics,
    BackupRow,
    Cohort,
    Dashboard,
    Done,
    EntryRow,
    Figure,
    Listing,
    LogCheck,
    MailRow,
    MailText,
    OverrideRow,
    PageUse,
    Pause,
    Person,
    Problem,
    ReportPlan,
    RuleRow,
    RunRow,
    SourceRow,
    StandingRow,
    System,
    TaskRow,
    UserRow,
    ViolationRow,
)

T = TypeVar("T")

_NO_MAIL = "Nothing was sent: this office is simulated."
_RULES = (
    ("burst", "Prompts a minute", 10, timedelta(minutes=1), True),
    ("chat", "Prompts a chat", 50, None, True),
    ("hourly", "Prompts an hour", 150, timedelta(hours=1), True),
    ("daily", "Prompts a day", 1000, timedelta(days=1), True),
    ("sign_in_address", "Sign-ins of one account", 10, timedelta(minutes=15), False),
    ("sign_in_ip", "Sign-ins from one address", 60, timedelta(minutes=15), False),
    ("export", "Exports", 10, timedelta(hours=1), False),
)


class DemoOffice:
    """One demo admin's office; see `core.office.contract.Office` for what each method means."""

    simulated = True

    def __init__(self, account_id: int, user_name: str) -> None:
        self.account_id = account_id
        self._me = user_name
        self._made = demo_people.make(clock.now())
        self._rules = {rule: RuleRow(rule, label, most, most, w, p, 1) for rule, label, most, w, p in _RULES}
        self._overrides: dict[tuple[int, str], OverrideRow] = {}
        self._pause: Pause | None = None
        self._version = 1
        self._plans = {
            period: ReportPlan(period, True, 18, takers, 1)
            for period, takers in (("daily", 41), ("weekly", 63), ("monthly", 12))
        }
        self._paused: set[str] = set()
        self._sources = {one.name: one for one in _sources(self._made.at)}
        self._backups = [
            BackupRow(f"kubera-{at:%Y%m%d-%H%M}.dump", 48_211_904 + 9_000 * back, at, True)
            for back in range(14)
            for at in [self._made.at.replace(hour=20, minute=30) - timedelta(days=back + 1)]
        ]

    # -- figures

    def dashboard(self) -> Dashboard:
        """The made-up desk at a glance."""
        at = clock.now()
        failed = sum(1 for row in self._made.runs if row.status == "failed")
        unsent = sum(1 for row in self._made.mails if row.state in {"failed", "unconfirmed"})
        problems = [Problem(f"{failed} jobs failed in the last week.", "jobs")] if failed else []
        problems += [Problem(f"{unsent} mails did not arrive for certain.", "outbox")] if unsent else []
        problems += [
            Problem(f"{one.label} is pausing after errors.", "sources")
            for one in self._sources.values()
            if one.state == "cooling"
        ]
        return Dashboard(at, _figures(at, len(self._made.people)), tuple(problems))

    def analytics(self) -> Analytics:
        """Made-up use of the desk."""
        at = clock.now()
        monday = at.date() - timedelta(days=at.date().weekday())
        cohorts = tuple(
            Cohort(
                monday - timedelta(weeks=back),
                14 + back % 5,
                tuple(max(1, int((14 + back % 5) * 0.9 / (1 + 0.35 * week))) for week in range(back + 1)),
            )
            for back in range(7, -1, -1)
        )
        pages = tuple(
            PageUse(page, views, views * 6, p50, p95)
            for page, views, p50, p95 in (("Charts", 2210, 14, 88), ("Market", 1940, 9, 61), ("Data", 311, 11, 70))
        )
        kinds = {"registered": 3870, "demo_visitor": 402, "signed_out": 189}
        return Analytics(
            at - timedelta(days=90),
            day_counts("sign-ups", 4, 2, at),
            day_counts("sign-ins", 52, 9, at),
            day_counts("active", 61, 7, at),
            day_counts("prompts", 540, 90, at),
            pages,
            kinds,
            cohorts,
        )

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
        """Made-up people."""
        wanted = search.casefold()
        rows = [
            row
            for row in self._made.people.values()
            if (not wanted or wanted in f"{row.user_name} {row.name} {row.email}".casefold())
            and (role is None or row.role == role)
            and (state is None or row.state == state)
        ]
        keys: dict[str, Callable[[UserRow], object]] = {
            "last_seen": lambda row: row.last_seen_at or row.created_at,
            "created": lambda row: row.created_at,
            "user_name": lambda row: row.user_name,
            "name": lambda row: row.name,
        }
        rows.sort(key=keys[sort], reverse=descending)  # type: ignore[arg-type]
        return _paged(rows, page)

    def person(self, account_id: int) -> Person:
        """One of the made-up people."""
        row = self._one(account_id)
        standing: tuple[StandingRow, ...] = ()
        if not row.exempt:
            standing = tuple(self._standing(row, rule) for rule in self._rules.values() if rule.prompts)
        own = tuple(held for (owner, _), held in self._overrides.items() if owner == account_id)
        return Person(row, self._made.devices[account_id], standing, own)

    def set_role(self, account_id: int, role: str) -> Done:
        """Changes the role here only."""
        row = self._one(account_id)
        self._put(replace(row, role=role), "role_changed", f"role: {row.role}", f"role: {role}")
        return Done(
            f"{row.user_name} is {'an admin' if role == 'admin' else 'an investor'} now.",
            lambda office: office.set_role(account_id, row.role),
        )

    def deactivate(self, account_id: int, reason: str) -> Done:
        """Locks one of the made-up people out, here only."""
        row = self._one(account_id)
        self._made.devices[account_id] = ()
        self._put(replace(row, state="deactivated"), "deactivated", f"state: {row.state}", f"reason: {reason}")
        return Done(f"{row.user_name} is deactivated. {_NO_MAIL}", lambda office: office.reactivate(account_id))

    def reactivate(self, account_id: int) -> Done:
        """Lets one of the made-up people in again, here only."""
        row = self._one(account_id)
        self._put(replace(row, state="active"), "reactivated", f"state: {row.state}", "state: active")
        return Done(f"{row.user_name} can sign in again. {_NO_MAIL}")

    def sign_out(self, account_id: int, session_id: UUID | None = None) -> Done:
        """Drops made-up sessions."""
        row = self._one(account_id)
        held = self._made.devices[account_id]
        self._made.devices[account_id] = tuple(one for one in held if session_id is not None and one.id != session_id)
        self._log("signed_out_by_admin", f"account:{account_id}", "", "")
        return Done(f"{row.user_name} is signed out{'' if session_id else ' everywhere'}.")

    def set_exempt(self, account_id: int, exempt: bool, reason: str) -> Done:
        """Lifts limits here only."""
        row = self._one(account_id)
        self._put(replace(row, exempt=exempt), "limits_exempt", f"exempt: {row.exempt}", f"{exempt}: {reason}")
        return Done(
            f"No prompt limit applies to {row.user_name} now." if exempt else f"Limits apply to {row.user_name} again.",
            lambda office: office.set_exempt(account_id, row.exempt, "Undone"),
        )

    def set_override(
        self, account_id: int, rule: str, most: int | None, reason: str, until: datetime | None = None
    ) -> Done:
        """Gives one of the made-up people a limit of their own."""
        row = self._one(account_id)
        self._rule(rule)
        before = self._overrides.get((account_id, rule))
        self._overrides[account_id, rule] = OverrideRow(rule, most, reason, until)
        self._log("limit_override_set", f"account:{account_id}", _most(before), f"{rule}: {most}")

        def undo(office: object) -> Done:
            del office
            if before is None:
                return self.clear_override(account_id, rule)
            return self.set_override(account_id, rule, before.most, before.reason, before.until)

        return Done(f"{row.user_name} has a limit of their own now. {_NO_MAIL}", undo)

    def clear_override(self, account_id: int, rule: str) -> Done:
        """Takes a limit of their own from one of the made-up people."""
        row = self._one(account_id)
        before = self._overrides.pop((account_id, rule), None)
        self._log("limit_override_cleared", f"account:{account_id}", _most(before), "")
        undo = None
        if before is not None:
            held = before
            undo = lambda _office: self.set_override(account_id, rule, held.most, held.reason, held.until)  # noqa: E731
        return Done(f"The common limit applies to {row.user_name} again.", undo)

    # -- limits

    def rules(self) -> tuple[RuleRow, ...]:
        """The rules of this office."""
        return tuple(self._rules.values())

    def set_rule(self, rule: str, most: int, version: int) -> Done:
        """Changes a rule here only."""
        held = self._rule(rule)
        if held.version != version:
            raise AlreadyChanged(f"“{held.label}” was changed meanwhile.", "Look at it again, then decide.")
        self._rules[rule] = replace(held, most=most, version=version + 1)
        self._log("limit_changed", f"limit:{rule}", f"most: {held.most}", f"most: {most}")
        return Done(
            f"“{held.label}” is {most} for everybody now.", lambda office: office.set_rule(rule, held.most, version + 1)
        )

    def violations(
        self, *, account_id: int | None = None, rule: str | None = None, page: int = 1
    ) -> Listing[ViolationRow]:
        """Made-up violations."""
        return _paged(
            [
                one
                for one in self._made.violations
                if (account_id is None or one.account_id == account_id) and (rule is None or one.rule == rule)
            ],
            page,
        )

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
        self._log("report_plan_changed", f"report:{period}", f"{held.on}, {held.hour}:00", f"{on}, {hour}:00")
        return Done(
            f"The {period} report is {f'sent at {hour:02d}:00' if on else 'not sent'} now.",
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
        self._log("report_sent", f"report:{period}", "", "" if account_id is None else f"account:{account_id}")
        return Done(_NO_MAIL)

    # -- jobs

    def tasks(self) -> tuple[TaskRow, ...]:
        """The timetable."""
        last: dict[str, RunRow] = {}
        for run in reversed(self._made.runs):
            last[run.task] = run
        at = clock.now()
        return tuple(
            TaskRow(
                name,
                cron,
                name in self._paused,
                last[name].ended_at if name in last else None,
                last[name].status if name in last else None,
                at + timedelta(minutes=7),
            )
            for name, cron in TASKS
        )

    def runs(self, *, task: str | None = None, status: str | None = None, page: int = 1) -> Listing[RunRow]:
        """Made-up runs."""
        fits = [
            one
            for one in self._made.runs
            if (task is None or one.task == task) and (status is None or one.status == status)
        ]
        return _paged(fits, page)

    def retry_run(self, run_id: int) -> Done:
        """Pretends that a failed run went well."""
        for index, one in enumerate(self._made.runs):
            if one.id == run_id and one.status == "failed":
                self._made.runs[index] = replace(one, status="succeeded", attempts=one.attempts + 1, detail="")
        self._log("job_retried", f"job:{run_id}", "failed", "todo")
        return Done(f"Run {run_id} is on the queue again.")

    def pause_task(self, task: str, paused: bool) -> Done:
        """Pauses a task here only."""
        (self._paused.add if paused else self._paused.discard)(task)
        self._log("task_paused" if paused else "task_resumed", f"task:{task}", "", "")
        return Done(
            f"{task} is paused." if paused else f"{task} goes on.", lambda office: office.pause_task(task, not paused)
        )

    def run_task(self, task: str) -> Done:
        """Pretends a run."""
        at = clock.now()
        self._made.runs.insert(0, RunRow(self._made.runs[0].id + 1, task, "succeeded", 1, at, at, ""))
        self._log("task_run", f"task:{task}", "", "")
        return Done(f"{task} is on the queue.")

    # -- outbox

    def mail_counts(self) -> dict[str, int]:
        """Made-up mails by state."""
        states = sorted({one.state for one in self._made.mails})
        return {state: sum(1 for one in self._made.mails if one.state == state) for state in states}

    def mails(self, *, state: str | None = None, page: int = 1) -> Listing[MailRow]:
        """Made-up mails."""
        return _paged([one for one in self._made.mails if state is None or one.state == state], page)

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
        """The made-up log and what was done here."""
        return _paged(self._fitting(action, subject, who, since, until), page)

    def actions(self) -> tuple[str, ...]:
        """Actions in the made-up log."""
        return tuple(sorted({one.action for one in self._made.entries}))

    def export_log(
        self,
        *,
        action: str | None = None,
        subject: str | None = None,
        who: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Iterator[bytes]:
        """The made-up log as CSV."""
        sheet = io.StringIO()
        writer = csv.writer(sheet)
        writer.writerow(["simulated", "at", "who", "action", "subject", "before", "after", "ip"])
        for one in self._fitting(action, subject, who, since, until):
            cells = (one.who, one.action, one.subject, one.before, one.after, one.ip)
            # A cell that begins like a formula would be run by a spreadsheet.
            writer.writerow(["yes", one.at.isoformat(), *(f"'{c}" if c[:1] in {*"=+-@\t\r"} else c for c in cells)])
        yield sheet.getvalue().encode()

    def check_log(self) -> LogCheck:
        """The made-up log has no chain to follow; it says so."""
        return LogCheck(len(self._made.entries), True, "Simulated")

    # -- inside

    def _fitting(
        self, action: str | None, subject: str | None, who: str | None, since: date | None, until: date | None
    ) -> list[EntryRow]:
        return [
            one
            for one in self._made.entries
            if (action is None or one.action == action)
            and (subject is None or one.subject == subject)
            and (who is None or one.who.casefold() == who.casefold())
            and (since is None or one.at.astimezone(UTC).date() >= since)
            and (until is None or one.at.astimezone(UTC).date() <= until)
        ]

    def _one(self, account_id: int) -> UserRow:
        row = self._made.people.get(account_id)
        if row is None:
            raise InvalidInput("user", f"There is no user number {account_id}.", "Go back to the list.")
        return row

    def _rule(self, rule: str) -> RuleRow:
        if rule not in self._rules:
            raise InvalidInput("rule", f"“{rule[:30]}” is no limit.", "Choose one of the list.")
        return self._rules[rule]

    def _standing(self, row: UserRow, rule: RuleRow) -> StandingRow:
        own = self._overrides.get((row.id, rule.rule))
        most = rule.most if own is None else own.most
        used = min(row.id * 3 % 11 if rule.rule != "daily" else row.id * 7 % 400, most if most is not None else 400)
        return StandingRow(rule.rule, most, used, None)

    def _put(self, row: UserRow, action: str, before: str, after: str) -> None:
        self._made.people[row.id] = row
        self._log(action, f"account:{row.id}", before, after)

    def _log(self, action: str, subject: str, before: str, after: str) -> None:
        number = self._made.entries[0].id + 1
        entry = EntryRow(number, clock.now(), self._me, action, subject, before, after, "")
        self._made.entries.insert(0, entry)

    def _step(self, version: int) -> None:
        if version != self._version:
            raise AlreadyChanged("Maintenance was changed meanwhile.", "Look at it again, then decide.")
        self._version += 1

    def _move_mail(self, mail_id: int, state: str, action: str, message: str) -> Done:
        for index, one in enumerate(self._made.mails):
            if one.id == mail_id:
                self._made.mails[index] = replace(one, state=state)
                self._log(action, f"mail:{mail_id}", f"state: {one.state}", f"state: {state}")
        return Done(f"{message} {_NO_MAIL}")


def _paged(rows: list[T], page: int) -> Listing[T]:
    number = max(1, min(page, -(-len(rows) // PAGE_SIZE) or 1))
    first = (number - 1) * PAGE_SIZE
    return Listing(tuple(rows[first : first + PAGE_SIZE]), len(rows), number, PAGE_SIZE)


def _most(held: OverrideRow | None) -> str:
    return "" if held is None else f"{held.rule}: {held.most}"


def _figures(at: datetime, people: int) -> tuple[Figure, ...]:
    made = (
        ("users", "People", people, "count", 3, 2, "up", "Registered accounts; the line shows new ones a day."),
        ("active", "Active today", None, "count", 61, 7, "up", "Registered people who opened a page that day."),
        ("prompts", "Prompts today", None, "count", 540, 90, "", "Questions that were let through."),
        ("errors", "Errors today", None, "count", 3, 2, "down", "Lines of the log at level error."),
        ("latency", "Page time, 95 of 100", None, "ms", 84, 12, "down", "95 of 100 page runs took less."),
        ("queue", "Jobs waiting", 2, "count", 0, 0, "", "Jobs on the queue now, those for later included."),
        ("failed", "Jobs failed today", None, "count", 1, 1, "down", "Jobs that ended in failure."),
        ("mails", "Mails waiting", 3, "count", 0, 0, "", "Mails that are still to be sent."),
    )
    figures = []
    for key, label, value, unit, usual, spread, good, about in made:
        trend = demo_people.daily(label, usual, spread, at) if usual else ()
        shown = float(value) if value is not None else trend[-1]
        figures.append(
            Figure(
                key,
                label,
                shown,
                "ms" if unit == "ms" else "count",
                trend,
                _good(good),
                f"Simulated. {about}",
                past_of_its_own=key == "users",
            )
        )
    return tuple(figures)


def _good(word: str) -> Literal["up", "down", ""]:
    return "up" if word == "up" else "down" if word == "down" else ""


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
