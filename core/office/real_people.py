"""The real office: people and their limits."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from core.accounts import administration, limit_settings, limit_violations, limits, people
from core.accounts.model import Account, Origin, Role, State
from core.office.contract import PAGE_SIZE, Office
from core.office.model import (
    DeviceRow,
    Done,
    Listing,
    OverrideRow,
    Person,
    RuleRow,
    StandingRow,
    UserRow,
    ViolationRow,
)
from core.operations import admin_sessions


class RealPeople:
    """What an admin sees of people and does to them."""

    def __init__(self, actor: Account, origin: Origin | None = None) -> None:
        self._actor = actor
        self._origin = origin

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
        found = administration.users(
            self._actor,
            search=search,
            role=cast(Role | None, role),
            state=cast(State | None, state),
            sort=cast(administration.Sort, sort),
            descending=descending,
            page=page,
            size=PAGE_SIZE,
        )
        return Listing(tuple(_user(row) for row in found.rows), found.total, found.number, found.size)

    def person(self, account_id: int) -> Person:
        """One person."""
        row = administration.user(self._actor, account_id)
        own = limit_settings.overrides(self._actor, account_id)
        standing = () if row.account.limits_exempt else limits.standing(row.account)
        return Person(
            _user(row),
            tuple(
                DeviceRow(one.id, one.device, one.ip, one.created_at, one.last_seen_at)
                for one in administration.sessions_of(self._actor, account_id)
            ),
            tuple(StandingRow(one.rule, one.most, one.used, one.returns_at) for one in standing),
            tuple(OverrideRow(one.rule, one.most, one.reason, one.until, not one.active, one.version) for one in own),
        )

    def set_role(self, account_id: int, role: str, version: int) -> Done:
        """Make somebody an admin or an investor."""
        before = people.get(account_id).role
        row = administration.set_role(self._actor, account_id, cast(Role, role), version=version, origin=self._origin)
        name = row.account.user_name
        return Done(
            f"{name} is {'an admin' if role == 'admin' else 'an investor'} now and was told by mail.",
            lambda office: office.set_role(account_id, before, row.version),
        )

    def deactivate(self, account_id: int, reason: str, version: int) -> Done:
        """Lock somebody out."""
        row = administration.deactivate(self._actor, account_id, reason, version=version, origin=self._origin)
        return Done(
            f"{row.account.user_name} is deactivated and signed out everywhere.",
            lambda office: office.reactivate(account_id, row.version),
        )

    def reactivate(self, account_id: int, version: int) -> Done:
        """Let somebody in again."""
        row = administration.reactivate(self._actor, account_id, version=version, origin=self._origin)
        return Done(f"{row.account.user_name} can sign in again.")

    def sign_out(self, account_id: int, session_id: UUID | None = None) -> Done:
        """End one session of somebody, or all."""
        name = administration.user(self._actor, account_id).account.user_name
        if session_id is not None:
            admin_sessions.end_session(self._actor, account_id, session_id, origin=self._origin)
            return Done(f"{name} is signed out of that browser.")
        ended = administration.sign_out_everywhere(self._actor, account_id, origin=self._origin)
        return Done(f"{name} is signed out of {ended} browser{'' if ended == 1 else 's'}.")

    def set_exempt(self, account_id: int, exempt: bool, reason: str) -> Done:
        """Free somebody of all prompt limits, or end that."""
        name = administration.user(self._actor, account_id).account.user_name
        limit_settings.exempt(self._actor, account_id, exempt, reason, origin=self._origin)
        return Done(
            f"No prompt limit applies to {name} now." if exempt else f"Prompt limits apply to {name} again.",
            lambda office: office.set_exempt(account_id, not exempt, f"Undone: {reason}"[:300]),
        )

    def set_override(
        self, account_id: int, rule: str, most: int | None, reason: str, until: datetime | None, version: int
    ) -> Done:
        """Give somebody a limit of their own."""
        name = administration.user(self._actor, account_id).account.user_name
        before = self._override(account_id, rule)
        made = limit_settings.set_override(
            self._actor, account_id, rule, most, reason, until, version=version, origin=self._origin
        )

        def undo(office: Office) -> Done:
            if before is None or not before.active:
                return office.clear_override(account_id, rule, made.version)
            return office.set_override(account_id, rule, before.most, before.reason, before.until, made.version)

        return Done(f"{name} has a limit of their own now and was told by mail.", undo)

    def clear_override(self, account_id: int, rule: str, version: int) -> Done:
        """Let the common rule apply to somebody again."""
        name = administration.user(self._actor, account_id).account.user_name
        before = self._override(account_id, rule)
        limit_settings.clear_override(self._actor, account_id, rule, version=version, origin=self._origin)
        message = f"The common limit applies to {name} again."
        if before is None or not before.active:
            return Done(message)
        return Done(
            message,
            lambda office: office.set_override(account_id, rule, before.most, before.reason, before.until, 0),
        )

    # -- limits

    def rules(self) -> tuple[RuleRow, ...]:
        """All limits."""
        return tuple(
            RuleRow(one.rule, one.label, one.most, one.default, one.window, one.group == "prompt", one.version)
            for one in limit_settings.rules(self._actor)
        )

    def set_rule(self, rule: str, most: int, version: int) -> Done:
        """Change a limit for everybody."""
        before = next((one.most for one in self.rules() if one.rule == rule), None)
        made = limit_settings.set_rule(self._actor, rule, most, version, origin=self._origin)
        assert before is not None, "a rule that could be set was there before"
        return Done(
            f"“{made.label}” is {made.most} for everybody now.",
            lambda office: office.set_rule(rule, before, made.version),
        )

    def violations(
        self, *, account_id: int | None = None, rule: str | None = None, page: int = 1
    ) -> Listing[ViolationRow]:
        """Who ran into which limit, newest first."""
        found = limit_violations.violations(self._actor, account_id=account_id, rule=rule, page=page, size=PAGE_SIZE)
        return Listing(
            tuple(
                ViolationRow(
                    one.last_at, one.user_name or one.subject, one.account_id, one.rule, one.label, one.most, one.times
                )
                for one in found.rows
            ),
            found.total,
            found.number,
            found.size,
        )

    def _override(self, account_id: int, rule: str) -> limit_settings.Override | None:
        held = limit_settings.overrides(self._actor, account_id)
        return next((one for one in held if one.rule == rule), None)


def _user(row: administration.UserRow) -> UserRow:
    account = row.account
    return UserRow(
        account.id,
        account.user_name,
        account.name,
        account.email,
        account.kind,
        account.role,
        account.state,
        account.created_at,
        row.last_seen_at,
        account.limits_exempt,
        row.reason,
        row.version,
    )
