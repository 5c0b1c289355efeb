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
from uuid import UUID

from core import clock
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.office import demo_people
from core.office.contract import Office
from core.office.demo_desk import NO_MAIL, paged
from core.office.demo_people import day_counts
from core.office.demo_work import DemoWork
from core.office.model import (
    Analytics,
    Cohort,
    Dashboard,
    Done,
    EntryRow,
    Figure,
    Listing,
    LogCheck,
    OverrideRow,
    PageUse,
    Person,
    Problem,
    RuleRow,
    StandingRow,
    UserRow,
    ViolationRow,
)

_RULES = (
    ("burst", "Prompts a minute", 10, timedelta(minutes=1), True),
    ("chat", "Prompts a chat", 50, None, True),
    ("hourly", "Prompts an hour", 150, timedelta(hours=1), True),
    ("daily", "Prompts a day", 1000, timedelta(days=1), True),
    ("sign_in_address", "Sign-ins of one account", 10, timedelta(minutes=15), False),
    ("sign_in_ip", "Sign-ins from one address", 60, timedelta(minutes=15), False),
    ("export", "Exports", 10, timedelta(hours=1), False),
)


class DemoOffice(DemoWork):
    """One demo admin's office; see `core.office.contract.Office` for what each method means."""

    simulated = True

    def __init__(self, account_id: int, user_name: str) -> None:
        super().__init__(account_id, user_name)
        self._rules = {rule: RuleRow(rule, label, most, most, w, p, 1) for rule, label, most, w, p in _RULES}
        self._overrides: dict[tuple[int, str], OverrideRow] = {}

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
        return paged(rows, page)

    def person(self, account_id: int) -> Person:
        """One of the made-up people."""
        row = self._one(account_id)
        standing: tuple[StandingRow, ...] = ()
        if not row.exempt:
            standing = tuple(self._standing(row, rule) for rule in self._rules.values() if rule.prompts)
        own = tuple(held for (owner, _), held in self._overrides.items() if owner == account_id)
        return Person(row, self._made.devices[account_id], standing, own)

    def set_role(self, account_id: int, role: str, version: int) -> Done:
        """Changes the role here only."""
        row = self._one(account_id, version)
        self._put(replace(row, role=role), "account.role_changed", f"role: {row.role}", f"role: {role}")
        return Done(
            f"{row.user_name} is {'an admin' if role == 'admin' else 'an investor'} now.",
            lambda office: office.set_role(account_id, row.role, version + 1),
        )

    def deactivate(self, account_id: int, reason: str, version: int) -> Done:
        """Locks one of the made-up people out, here only."""
        row = self._one(account_id, version)
        self._made.devices[account_id] = ()
        changed = replace(row, state="deactivated", reason=reason)
        self._put(changed, "account.deactivated", f"state: {row.state}", f"reason: {reason}")
        return Done(
            f"{row.user_name} is deactivated. {NO_MAIL}", lambda office: office.reactivate(account_id, version + 1)
        )

    def reactivate(self, account_id: int, version: int) -> Done:
        """Lets one of the made-up people in again, here only."""
        row = self._one(account_id, version)
        changed = replace(row, state="active", reason="")
        self._put(changed, "account.reactivated", f"state: {row.state}", "state: active")
        return Done(f"{row.user_name} can sign in again. {NO_MAIL}")

    def sign_out(self, account_id: int, session_id: UUID | None = None) -> Done:
        """Drops made-up sessions."""
        row = self._one(account_id)
        held = self._made.devices[account_id]
        self._made.devices[account_id] = tuple(one for one in held if session_id is not None and one.id != session_id)
        self._log("account.signed_out", f"account:{account_id}", "", "")
        return Done(f"{row.user_name} is signed out{' of that browser' if session_id else ' everywhere'}.")

    def set_exempt(self, account_id: int, exempt: bool, reason: str) -> Done:
        """Lifts limits here only."""
        row = self._one(account_id)
        self._put(replace(row, exempt=exempt), "limits.exempted", f"exempt: {row.exempt}", f"{exempt}: {reason}")
        return Done(
            f"No prompt limit applies to {row.user_name} now." if exempt else f"Limits apply to {row.user_name} again.",
            lambda office: office.set_exempt(account_id, row.exempt, "Undone"),
        )

    def set_override(
        self, account_id: int, rule: str, most: int | None, reason: str, until: datetime | None, version: int
    ) -> Done:
        """Gives one of the made-up people a limit of their own."""
        row = self._one(account_id)
        self._rule(rule)
        before = self._held_override(account_id, rule, version)
        self._overrides[account_id, rule] = OverrideRow(rule, most, reason, until, False, version + 1)
        self._log("limits.override_set", f"account:{account_id}", _most(before), f"{rule}: {most}")

        def undo(office: Office) -> Done:
            if before is None:
                return office.clear_override(account_id, rule, version + 1)
            return office.set_override(account_id, rule, before.most, before.reason, before.until, version + 1)

        return Done(f"{row.user_name} has a limit of their own now. {NO_MAIL}", undo)

    def clear_override(self, account_id: int, rule: str, version: int) -> Done:
        """Takes a limit of their own from one of the made-up people."""
        row = self._one(account_id)
        before = self._held_override(account_id, rule, version)
        if before is None:
            return Done(f"The common limit applies to {row.user_name} already.")
        del self._overrides[account_id, rule]
        self._log("limits.override_cleared", f"account:{account_id}", _most(before), "")
        return Done(
            f"The common limit applies to {row.user_name} again.",
            lambda office: office.set_override(account_id, rule, before.most, before.reason, before.until, 0),
        )

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
        self._log("limits.rule_changed", f"rule:{rule}", f"most: {held.most}", f"most: {most}")
        return Done(
            f"“{held.label}” is {most} for everybody now.", lambda office: office.set_rule(rule, held.most, version + 1)
        )

    def violations(
        self, *, account_id: int | None = None, rule: str | None = None, page: int = 1
    ) -> Listing[ViolationRow]:
        """Made-up violations."""
        return paged(
            [
                one
                for one in self._made.violations
                if (account_id is None or one.account_id == account_id) and (rule is None or one.rule == rule)
            ],
            page,
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
        return paged(self._fitting(action, subject, who, since, until), page)

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

    def _held_override(self, account_id: int, rule: str, version: int) -> OverrideRow | None:
        held = self._overrides.get((account_id, rule))
        if version != (0 if held is None else held.version):
            raise AlreadyChanged("This limit was changed since you looked.", "Look at it again, then decide.")
        return held

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
        self._made.people[row.id] = replace(row, version=row.version + 1)
        self._log(action, f"account:{row.id}", before, after)


def _most(held: OverrideRow | None) -> str:
    return "" if held is None else f"{held.rule}: {held.most}"


def _figures(at: datetime, people: int) -> tuple[Figure, ...]:
    made = (
        ("users", "People", people, "count", 3, 2, "Registered accounts; the line shows new ones a day."),
        ("active", "Active today", None, "count", 61, 7, "Registered people who opened a page that day."),
        ("prompts", "Prompts today", None, "count", 540, 90, "Questions that were let through."),
        ("errors", "Errors today", None, "count", 3, 2, "Lines of the log at level error."),
        ("latency", "Page time, 95 of 100", None, "ms", 84, 12, "95 of 100 page runs took less."),
        ("queue", "Jobs waiting", 2, "count", 0, 0, "Jobs on the queue now, those for later included."),
        ("failed", "Jobs failed today", None, "count", 1, 1, "Jobs that ended in failure."),
        ("mails", "Mails waiting", 3, "count", 0, 0, "Mails that are still to be sent."),
    )
    figures = []
    for key, label, value, unit, usual, spread, about in made:
        trend = demo_people.daily(label, usual, spread, at) if usual else ()
        shown = float(value) if value is not None else trend[-1]
        figures.append(
            Figure(
                key,
                label,
                shown,
                "ms" if unit == "ms" else "count",
                trend,
                f"Simulated. {about}",
                past_of_its_own=key == "users",
            )
        )
    return tuple(figures)
