"""The market store.

Revision ID: 0001_market
Revises:
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_market"
down_revision = None
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(), nullable=False)


def _float(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=nullable)


def _int(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "instruments",
        _id(),
        _text("owner"),
        _text("symbol"),
        _text("name"),
        _text("asset_class"),
        _text("exchange"),
        _text("currency"),
        _text("timezone"),
        _text("calendar"),
        _text("short_name"),
        _text("sector", True),
        _text("industry", True),
        _text("isin", True),
        sa.Column("aliases", postgresql.ARRAY(sa.Text()), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_instruments"),
        sa.UniqueConstraint("owner", "symbol", name="uq_instruments_owner_symbol"),
        sa.CheckConstraint("owner <> ''", name="owned"),
    )
    op.create_table(
        "series",
        _id(),
        _text("symbol"),
        _text("source"),
        _text("interval"),
        _text("owner"),
        _text("currency"),
        _time("covered_from"),
        _time("covered_to"),
        _time("as_of"),
        _time("fetched_at"),
        _json("warnings"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("symbol", "source", "interval", "owner", name="uq_series_symbol_source_interval_owner"),
        sa.CheckConstraint("covered_from <= covered_to", name="span"),
    )
    op.create_index("ix_series_owner", "series", ["owner"])
    op.create_table(
        "bar_chunks",
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        _int("chunk"),
        _int("n"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("series_id", "chunk", name="pk_bar_chunks"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_bar_chunks_series_id_series", ondelete="CASCADE"
        ),
        sa.CheckConstraint("octet_length(data) = 56 * n AND n > 0", name="length"),
    )
    # Compressing float64 prices wins little space and costs most of the read (docs/decisions/0001-bar-storage.md).
    op.execute("ALTER TABLE bar_chunks ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "bar_revisions",
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        _time("ts"),
        _time("superseded_at"),
        _time("known_at"),
        _float("open"),
        _float("high"),
        _float("low"),
        _float("close"),
        _float("volume"),
        sa.PrimaryKeyConstraint("series_id", "ts", "superseded_at", name="pk_bar_revisions"),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_bar_revisions_series_id_series", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "actions",
        _id(),
        _text("symbol"),
        _text("source"),
        _text("owner"),
        _text("kind"),
        sa.Column("ex_date", sa.Date(), nullable=False),
        _float("value"),
        _text("currency", True),
        sa.Column("declared_on", sa.Date(), nullable=True),
        _time("known_at"),
        _time("withdrawn_at", True),
        sa.PrimaryKeyConstraint("id", name="pk_actions"),
    )
    op.create_index(
        "ix_actions_current",
        "actions",
        ["symbol", "source", "owner", "kind", "ex_date"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "documents",
        _id(),
        _text("symbol"),
        _text("source"),
        _text("kind"),
        _text("key"),
        _json("payload"),
        _text("hash"),
        _json("warnings"),
        _time("as_of"),
        _time("known_at"),
        _time("fetched_at"),
        _time("checked_at"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents_lookup", "documents", ["symbol", "source", "kind", "key", "known_at"])
    op.create_table(
        "import_reports",
        _id(),
        _text("owner"),
        _text("symbol"),
        _text("interval"),
        _text("file_name"),
        _text("sha256"),
        _int("rows"),
        _int("accepted"),
        _int("repaired"),
        _int("rejected"),
        _time("first_bar", True),
        _time("last_bar", True),
        _json("problems"),
        _time("imported_at"),
        sa.PrimaryKeyConstraint("id", name="pk_import_reports"),
    )
    op.create_index("ix_import_reports_owner", "import_reports", ["owner", "imported_at"])
    op.create_table(
        "findings",
        _id(),
        sa.Column("series_id", sa.BigInteger(), nullable=False),
        _text("kind"),
        _text("treatment"),
        _text("detail"),
        _time("start", True),
        _time("end", True),
        _int("line", True),
        _int("count"),
        _text("column_name", True),
        _float("before", True),
        _float("after", True),
        _time("found_at"),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_findings_series_id_series", ondelete="CASCADE"),
    )
    op.create_index("ix_findings_series", "findings", ["series_id", "start"])
    op.create_table(
        "source_state",
        _text("source"),
        _int("failures"),
        _time("cooling_until", True),
        _time("last_ok", True),
        _text("last_error", True),
        _time("last_error_at", True),
        sa.Column("calls_day", sa.Date(), nullable=False),
        _int("calls_today"),
        _float("latency_ms", True),
        sa.PrimaryKeyConstraint("source", name="pk_source_state"),
    )
    op.create_table(
        "watches",
        _text("owner"),
        _text("symbol"),
        _time("since"),
        sa.PrimaryKeyConstraint("owner", "symbol", name="pk_watches"),
    )
    op.create_table(
        "layouts",
        _text("owner"),
        _text("name"),
        _json("payload"),
        _time("saved_at"),
        sa.PrimaryKeyConstraint("owner", "name", name="pk_layouts"),
    )


def downgrade() -> None:
    for table in (
        "layouts",
        "watches",
        "source_state",
        "findings",
        "import_reports",
        "documents",
        "actions",
        "bar_revisions",
        "bar_chunks",
        "series",
        "instruments",
    ):
        op.drop_table(table)
