"""SQL of the limits: counting what is in a window, under a lock a subject, and what admins set.

A window is counted by a database function that takes the subject's lock first and so sees everything that was committed
by those who had it before. The lock ends with the transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.tables.accounts import AccountRow
from db.tables.limits import GuardEvent, LimitOverride, LimitRule, LimitViolation, PromptEvent

_BATCH = 10_000

_PROMPTS = text("SELECT * FROM limits_count_prompts(:lock, :account, :chat, :rules, :at, :burst, :hourly, :daily)")
_GUARDED = text("SELECT * FROM limits_count_guarded(:lock, :rule, :key, :since)")
# The commits of these need not wait for the disk: a server that crashes forgets the last fraction of a second of
# events that were counted or refused, and nothing else is at stake.
_ADD_PROMPT = text(
    "WITH counted AS (INSERT INTO chat_prompts (account_id, chat, used, last_at) VALUES (:account, :chat, 1, :at)"
    "  ON CONFLICT (account_id, chat) DO UPDATE SET used = chat_prompts.used + 1, last_at = excluded.last_at)"
    " INSERT INTO prompt_events (account_id, at) VALUES (:account, :at)"
    " RETURNING set_config('synchronous_commit', 'off', true)"
)
_ADD_GUARDED = text("INSERT INTO guard_events (key, at) VALUES (:key, :at)")
_ADD_GUARDED_ALONE = text(
    "INSERT INTO guard_events (key, at) VALUES (:key, :at) RETURNING set_config('synchronous_commit', 'off', true)"
)
_ADD_VIOLATION = text(
    "INSERT INTO limit_violations AS v (account_id, subject, rule, most, minute, first_at, last_at, times)"
    " VALUES (:account, :subject, :rule, :most, :minute, :at, :at, 1)"
    " ON CONFLICT (subject, rule, minute) DO UPDATE SET times = v.times + 1, most = excluded.most,"
    "  first_at = least(v.first_at, excluded.first_at), last_at = greatest(v.last_at, excluded.last_at)"
    " RETURNING v.times, set_config('synchronous_commit', 'off', true)"
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many events are in a window, and the oldest of them."""

    used: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class PromptCounts:
    """What decides about one more prompt of an account.

    Attributes:
        exempt: None when there is no such account.
        rules: numbers admins gave rules; overrides: those for this account, None standing for "does not apply".
    """

    exempt: bool | None
    rules: Mapping[str, int]
    overrides: Mapping[str, int | None]
    chat: int
    burst: Count
    hourly: Count
    daily: Count


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A changed rule, in the columns of its table."""

    rule: str
    most: int
    version: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """An override, in the columns of its table."""

    account_id: int
    rule: str
    most: int | None
    reason: str
    until: datetime | None
    version: int
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class ViolationRow:
    """Refusals within a minute, in the columns of their table, with the user name of the account if there is one."""

    id: int
    account_id: int | None
    user_name: str | None
    subject: str
    rule: str
    most: int
    first_at: datetime
    last_at: datetime
    times: int


def lock_key(kind: str, subject: str) -> int:
    """The number of a subject's advisory lock."""
    digest = hashlib.blake2b(f"limits {kind} {subject}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


class LimitRepository:
    """Events, rules, overrides and violations."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def prompts(
        self, account_id: int, chat: str, at: datetime, windows: Mapping[str, timedelta | None], *, hold: bool
    ) -> PromptCounts:
        """Everything that decides about one more prompt at `at`, given the rules' windows, the daily one longest.

        Args:
            hold: take the account's lock first, and keep others waiting until this transaction ends.
        """
        row = self._session.execute(
            _PROMPTS,
            {
                "lock": lock_key("account", str(account_id)) if hold else None,
                "account": account_id,
                "chat": chat,
                "at": at,
                "rules": list(windows),
                **{rule: at - window for rule, window in windows.items() if window is not None},
            },
        ).one()
        return PromptCounts(
            exempt=row[0],
            rules=row[1] or {},
            overrides=row[2] or {},
            chat=row[3] or 0,
            burst=Count(row[4], row[5]),
            hourly=Count(row[6], row[7]),
            daily=Count(row[8], row[9]),
        )

    def add_prompt(self, account_id: int, chat: str, at: datetime) -> None:
        """Count a prompt."""
        self._session.execute(_ADD_PROMPT, {"account": account_id, "chat": chat, "at": at})

    def newest_prompt(self, account_id: int, number: int) -> datetime | None:
        """When the `number`-th newest prompt was, counting from 1."""
        return self._session.scalar(
            select(PromptEvent.at)
            .where(PromptEvent.account_id == account_id)
            .order_by(PromptEvent.at.desc())
            .offset(number - 1)
            .limit(1)
        )

    def guarded(self, rule: str, key: bytes, since: datetime, *, hold: bool) -> tuple[int | None, int]:
        """The number an admin gave the rule, if any, and how many events of the key are later than `since`.

        Args:
            hold: take the key's lock first, and keep others waiting until this transaction ends.
        """
        row = self._session.execute(
            _GUARDED,
            {"lock": lock_key("guard", key.hex()) if hold else None, "rule": rule, "key": key, "since": since},
        ).one()
        return row[0], row[1]

    def add_guarded(self, key: bytes, at: datetime, *, alone: bool) -> None:
        """Count a guarded action; `alone`: in a transaction that holds nothing else."""
        self._session.execute(_ADD_GUARDED_ALONE if alone else _ADD_GUARDED, {"key": key, "at": at})

    def newest_guarded(self, key: bytes, number: int) -> datetime | None:
        """When the `number`-th newest guarded action of the key was, counting from 1."""
        return self._session.scalar(
            select(GuardEvent.at)
            .where(GuardEvent.key == key)
            .order_by(GuardEvent.at.desc())
            .offset(number - 1)
            .limit(1)
        )

    def forget_guarded(self, key: bytes) -> None:
        """Drop every event of the key."""
        self._session.execute(delete(GuardEvent).where(GuardEvent.key == key))

    def add_violation(self, *, account_id: int | None, subject: str, rule: str, most: int, at: datetime) -> bool:
        """Count a refusal, one row a subject, rule and minute; whether it is the first of its row."""
        times = self._session.scalar(
            _ADD_VIOLATION,
            {
                "account": account_id,
                "subject": subject,
                "rule": rule,
                "most": most,
                "minute": at.replace(second=0, microsecond=0),
                "at": at,
            },
        )
        return int(times or 0) == 1

    def rules(self) -> dict[str, RuleRow]:
        """Rules whose number an admin changed, by name."""
        rows = self._session.scalars(select(LimitRule))
        return {row.rule: RuleRow(row.rule, row.most, row.version, row.changed_at, row.changed_by) for row in rows}

    def set_rule(self, rule: str, most: int, version: int, at: datetime, by: str) -> bool:
        """Give a rule a number if its version still is `version` (0: never changed); whether it was."""
        values: dict[str, Any] = {"most": most, "version": version + 1, "changed_at": at, "changed_by": by}
        if version == 0:
            made = insert(LimitRule).values(rule=rule, **values).on_conflict_do_nothing().returning(LimitRule.rule)
            return self._session.scalar(made) is not None
        changed = (
            update(LimitRule)
            .where(LimitRule.rule == rule, LimitRule.version == version)
            .values(**values)
            .returning(LimitRule.rule)
        )
        return self._session.scalar(changed) is not None

    def overrides(self, account_id: int) -> tuple[OverrideRow, ...]:
        """Overrides of an account by rule, those that ended included."""
        rows = self._session.scalars(
            select(LimitOverride).where(LimitOverride.account_id == account_id).order_by(LimitOverride.rule)
        )
        return tuple(_override(row) for row in rows)

    def override(self, account_id: int, rule: str) -> OverrideRow | None:
        """One override, its row held until the transaction ends."""
        row = self._session.scalar(
            select(LimitOverride)
            .where(LimitOverride.account_id == account_id, LimitOverride.rule == rule)
            .with_for_update()
        )
        return None if row is None else _override(row)

    def put_override(self, row: OverrideRow) -> None:
        """Save an override in place of the one there is."""
        values = {field: getattr(row, field) for field in OverrideRow.__slots__}
        made = insert(LimitOverride).values(**values)
        self._session.execute(
            made.on_conflict_do_update(
                index_elements=[LimitOverride.account_id, LimitOverride.rule],
                set_={field: value for field, value in values.items() if field not in {"account_id", "rule"}},
            )
        )

    def delete_override(self, account_id: int, rule: str) -> None:
        """Remove an override."""
        self._session.execute(
            delete(LimitOverride).where(LimitOverride.account_id == account_id, LimitOverride.rule == rule)
        )

    def hold_account(self, account_id: int) -> tuple[str, str | None, str, bool] | None:
        """User name, e-mail, name and exemption of an account whose row is held now; None when there is none."""
        row = self._session.execute(
            select(AccountRow.user_name, AccountRow.email, AccountRow.name, AccountRow.limits_exempt)
            .where(AccountRow.id == account_id)
            .with_for_update(key_share=True)
        ).one_or_none()
        return None if row is None else (row[0], row[1], row[2], row[3])

    def set_exempt(self, account_id: int, exempt: bool) -> None:
        """Let an account pass every prompt rule, or no longer."""
        self._session.execute(
            update(AccountRow)
            .where(AccountRow.id == account_id)
            .values(limits_exempt=exempt, version=AccountRow.version + 1)
        )

    def violations(
        self, *, account_id: int | None, rule: str | None, offset: int, limit: int
    ) -> tuple[tuple[ViolationRow, ...], int]:
        """One page of violations, newest first, and how many there are in all."""
        conditions = []
        if account_id is not None:
            conditions.append(LimitViolation.account_id == account_id)
        if rule is not None:
            conditions.append(LimitViolation.rule == rule)
        order = LimitViolation.minute.desc(), LimitViolation.id.desc()
        # An index alone chooses the page; names are looked up for the rows that are shown.
        chosen = select(LimitViolation.id).where(*conditions).order_by(*order).offset(offset).limit(limit)
        rows = self._session.execute(
            select(LimitViolation, AccountRow.user_name)
            .outerjoin(AccountRow, AccountRow.id == LimitViolation.account_id)
            .where(LimitViolation.id.in_(chosen.scalar_subquery()))
            .order_by(*order)
        )
        page = tuple(
            ViolationRow(
                row.id, row.account_id, name, row.subject, row.rule, row.most, row.first_at, row.last_at, row.times
            )
            for row, name in rows
        )
        total = self._session.scalar(select(func.count()).select_from(LimitViolation).where(*conditions))
        return page, int(total or 0)

    def forget(self, *, prompts: datetime, guarded: datetime, violations: datetime, overrides: datetime) -> int:
        """Delete one batch of what is older than the moment given for each kind; how many rows went."""
        gone = self._delete(PromptEvent.id, PromptEvent.at < prompts)
        gone += self._delete(GuardEvent.id, GuardEvent.at < guarded)
        gone += self._delete(LimitViolation.id, LimitViolation.minute < violations)
        ended = self._session.execute(delete(LimitOverride).where(LimitOverride.until < overrides))
        assert isinstance(ended, CursorResult)
        return gone + ended.rowcount

    def _delete(self, number: InstrumentedAttribute[int], old: Any) -> int:
        table = number.parent.class_
        some = select(number).where(old).order_by(number).limit(_BATCH)
        done = self._session.execute(
            delete(table).where(number.in_(some)), execution_options={"synchronize_session": False}
        )
        assert isinstance(done, CursorResult)
        return done.rowcount


def _override(row: LimitOverride) -> OverrideRow:
    return OverrideRow(row.account_id, row.rule, row.most, row.reason, row.until, row.version, row.set_at, row.set_by)
