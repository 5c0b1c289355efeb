"""Prompt limits, the activity log and the state of the system.

Revision: 0004_limits
Before: 0003_accounts
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004_limits"
down_revision = "0003_accounts"
branch_labels = None
depends_on = None

_TABLES = (
    "limit_rules",
    "limit_overrides",
    "prompt_events",
    "chat_prompts",
    "guard_events",
    "limit_violations",
    "activity_log",
    "activity_head",
    "maintenance",
)


def _time(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _int(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _account(nullable: bool = False) -> sa.Column[Any]:
    return sa.Column("account_id", sa.BigInteger(), nullable=nullable)


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.id"], name=f"fk_{table}_account_id_accounts", ondelete="CASCADE"
    )


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    op.create_table(
        "limit_rules",
        _text("rule"),
        _int("most"),
        _int("version"),
        _time("changed_at"),
        _text("changed_by"),
        sa.PrimaryKeyConstraint("rule", name="pk_limit_rules"),
        _check("limit_rules", "most", "most >= 0"),
    )
    op.create_table(
        "limit_overrides",
        _account(),
        _text("rule"),
        _int("most", True),
        _text("reason"),
        _time("until", True),
        _int("version"),
        _time("set_at"),
        _text("set_by"),
        sa.PrimaryKeyConstraint("account_id", "rule", name="pk_limit_overrides"),
        _of_account("limit_overrides"),
        _check("limit_overrides", "most", "most >= 0"),
    )
    op.create_table(
        "prompt_events",
        _id(),
        _account(),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_prompt_events"),
        _of_account("prompt_events"),
    )
    op.create_index("ix_prompt_events_account_id_at", "prompt_events", ["account_id", "at"])
    op.create_index("ix_prompt_events_at", "prompt_events", ["at"], postgresql_using="brin")
    op.create_table(
        "chat_prompts",
        _account(),
        _text("chat"),
        _int("used"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("account_id", "chat", name="pk_chat_prompts"),
        _of_account("chat_prompts"),
    )
    op.create_table(
        "guard_events",
        _id(),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        _time("at"),
        sa.PrimaryKeyConstraint("id", name="pk_guard_events"),
    )
    op.create_index("ix_guard_events_key_at", "guard_events", ["key", "at"])
    op.create_table(
        "limit_violations",
        _id(),
        _account(True),
        _text("subject"),
        _text("rule"),
        _int("most"),
        _time("minute"),
        _time("first_at"),
        _time("last_at"),
        _int("times"),
        sa.PrimaryKeyConstraint("id", name="pk_limit_violations"),
        sa.UniqueConstraint("subject", "rule", "minute", name="uq_limit_violations_subject_rule_minute"),
        _of_account("limit_violations"),
    )
    op.create_index("ix_limit_violations_minute", "limit_violations", ["minute", "id"])
    op.create_index("ix_limit_violations_account_id", "limit_violations", ["account_id", "minute", "id"])
    op.create_index("ix_limit_violations_rule", "limit_violations", ["rule", "minute", "id"])
    _counting()
    _activity()
    op.create_table(
        "maintenance",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        _text("message"),
        _time("until", True),
        _time("started_at", True),
        _text("started_by"),
        _int("version"),
        sa.PrimaryKeyConstraint("one", name="pk_maintenance"),
        _check("maintenance", "one", "one = 1"),
    )
    op.execute("INSERT INTO maintenance (one, active, message, started_by, version) VALUES (1, false, '', '', 0)")


def _counting() -> None:
    # Each takes the subject's lock and then counts. In a VOLATILE function every statement sees what was committed
    # before it began, so the count sees all that those did who had the lock before: one round trip instead of two.
    op.execute(
        """
        CREATE FUNCTION limits_count_prompts(
            lock_key bigint, account bigint, in_chat text, rules text[], moment timestamptz,
            burst_since timestamptz, hourly_since timestamptz, daily_since timestamptz,
            OUT exempt boolean, OUT changed json, OUT overrides json, OUT chat integer,
            OUT burst bigint, OUT burst_oldest timestamptz, OUT hourly bigint, OUT hourly_oldest timestamptz,
            OUT daily bigint, OUT daily_oldest timestamptz
        ) VOLATILE LANGUAGE plpgsql AS $$
        BEGIN
            IF lock_key IS NOT NULL THEN
                PERFORM pg_advisory_xact_lock(lock_key);
            END IF;
            SELECT (SELECT a.limits_exempt FROM accounts a WHERE a.id = account),
                   (SELECT json_object_agg(r.rule, r.most) FROM limit_rules r WHERE r.rule = ANY(rules)),
                   (SELECT json_object_agg(o.rule, o.most) FROM limit_overrides o
                     WHERE o.account_id = account AND (o.until IS NULL OR o.until > moment)),
                   (SELECT c.used FROM chat_prompts c WHERE c.account_id = account AND c.chat = in_chat),
                   count(*) FILTER (WHERE e.at > burst_since), min(e.at) FILTER (WHERE e.at > burst_since),
                   count(*) FILTER (WHERE e.at > hourly_since), min(e.at) FILTER (WHERE e.at > hourly_since),
                   count(*), min(e.at)
              INTO exempt, changed, overrides, chat, burst, burst_oldest, hourly, hourly_oldest, daily, daily_oldest
              FROM prompt_events e WHERE e.account_id = account AND e.at > daily_since;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION limits_count_guarded(
            lock_key bigint, of_rule text, of_key bytea, since timestamptz, OUT changed integer, OUT used bigint
        ) VOLATILE LANGUAGE plpgsql AS $$
        BEGIN
            IF lock_key IS NOT NULL THEN
                PERFORM pg_advisory_xact_lock(lock_key);
            END IF;
            SELECT (SELECT r.most FROM limit_rules r WHERE r.rule = of_rule), count(*)
              INTO changed, used
              FROM guard_events e WHERE e.key = of_key AND e.at > since;
        END $$
        """
    )


def _activity() -> None:
    op.create_table(
        "activity_log",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        _time("at"),
        _text("action"),
        # No foreign key: what was done stays told when the account is gone.
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        _text("actor_name"),
        _text("subject"),
        _text("before", True),
        _text("after", True),
        _text("ip"),
        _text("user_agent"),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity_log"),
    )
    op.create_index("ix_activity_log_at", "activity_log", ["at", "id"])
    op.create_index("ix_activity_log_action", "activity_log", ["action", "at", "id"])
    op.create_index("ix_activity_log_subject", "activity_log", ["subject", "at", "id"])
    op.create_index("ix_activity_log_actor", "activity_log", [sa.text("lower(actor_name)"), "at", "id"])
    op.create_index("ix_activity_log_actor_action", "activity_log", [sa.text("lower(actor_name)"), "action", "at", "id"])
    op.create_index(
        "ix_activity_log_actor_id",
        "activity_log",
        ["actor_id", "at", "id"],
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )
    op.create_table(
        "activity_head",
        sa.Column("one", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one", name="pk_activity_head"),
        _check("activity_head", "one", "one = 1"),
    )
    op.execute("INSERT INTO activity_head (one, last_id, last_hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'))")
    op.execute(
        """
        CREATE FUNCTION activity_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% of % is refused: the activity log is only ever added to', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION activity_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.last_id <= OLD.last_id OR NEW.one <> OLD.one THEN
                RAISE EXCEPTION 'the head of the activity log moves forward only'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            RETURN NEW;
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER activity_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON activity_log"
        " FOR EACH STATEMENT EXECUTE FUNCTION activity_refuse()"
    )
    op.execute(
        "CREATE TRIGGER activity_head_stays BEFORE DELETE OR TRUNCATE ON activity_head"
        " FOR EACH STATEMENT EXECUTE FUNCTION activity_refuse()"
    )
    op.execute(
        "CREATE TRIGGER activity_head_forward BEFORE UPDATE ON activity_head"
        " FOR EACH ROW EXECUTE FUNCTION activity_only_forward()"
    )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    for function in ("limits_count_prompts", "limits_count_guarded", "activity_refuse", "activity_only_forward"):
        op.execute(f"DROP FUNCTION {function}")
