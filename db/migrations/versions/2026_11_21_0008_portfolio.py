"""Ledgers: accounts, transactions, what changed in them, what was imported, own assets and what recurs.

Revision: 0008_portfolio
Before: 0007_usage
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_portfolio"
down_revision = "0007_usage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the tables."""
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('broker', 'bank', 'cash')", name=op.f("ck_ledger_accounts_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ledger_accounts_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("account_id", "id", name=op.f("uq_ledger_accounts_account_id_id")),
    )
    op.create_index(
        "uq_ledger_accounts_name", "ledger_accounts", ["account_id", sa.literal_column("lower(name)")], unique=True
    )
    op.create_table(
        "import_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_import_batches_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_index("ix_import_batches_account_id", "import_batches", ["account_id", "id"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger_account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("traded_on", sa.Date(), nullable=False),
        sa.Column("traded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("price", sa.Numeric(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("fees", sa.Numeric(), nullable=False),
        sa.Column("taxes", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(), nullable=True),
        sa.Column("ratio_new", sa.Numeric(), nullable=True),
        sa.Column("ratio_old", sa.Numeric(), nullable=True),
        sa.Column("other_symbol", sa.Text(), nullable=False),
        sa.Column("cost_share", sa.Numeric(), nullable=True),
        sa.Column("counter_ledger_account_id", sa.BigInteger(), nullable=True),
        sa.Column("lots", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("isin", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("tags", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('buy', 'sell', 'dividend', 'interest', 'fee', 'tax', 'deposit', 'withdrawal', 'transfer_in', 'transfer_out', 'split', 'bonus', 'rights', 'spin_off', 'merger', 'return_of_capital', 'symbol_change', 'opening_balance', 'adjustment')",
            name=op.f("ck_transactions_kind"),
        ),
        sa.CheckConstraint("fees >= 0 AND taxes >= 0", name=op.f("ck_transactions_charges")),
        sa.ForeignKeyConstraint(
            ["account_id", "counter_ledger_account_id"],
            ["ledger_accounts.account_id", "ledger_accounts.id"],
            name="fk_transactions_counter_ledger_account_id_ledger_accounts",
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "ledger_account_id"],
            ["ledger_accounts.account_id", "ledger_accounts.id"],
            name="fk_transactions_ledger_account_id_ledger_accounts",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_transactions_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_transactions_batch_id_import_batches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
    )
    op.create_index("ix_transactions_batch_id", "transactions", ["batch_id"], unique=False)
    op.create_index("ix_transactions_day", "transactions", ["account_id", "traded_on", "id"], unique=False)
    op.create_index("ix_transactions_revision", "transactions", ["account_id", "revision"], unique=False)
    op.create_index(
        "uq_transactions_identity",
        "transactions",
        ["ledger_account_id", "source", "external_id"],
        unique=True,
        postgresql_where=sa.text("external_id <> '' AND NOT released"),
    )
    op.create_table(
        "transaction_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint(
            "action IN ('added', 'changed', 'removed', 'restored', 'undone')",
            name=op.f("ck_transaction_changes_action"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_transaction_changes_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_transaction_changes_transaction_id_transactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transaction_changes")),
    )
    op.create_index("ix_transaction_changes_account_id", "transaction_changes", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_transaction_changes_transaction_id", "transaction_changes", ["transaction_id", "id"], unique=False
    )
    op.create_table(
        "ledger_revisions",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ledger_revisions_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_revisions")),
    )
    op.create_table(
        "import_mappings",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_import_mappings_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "signature", name=op.f("pk_import_mappings")),
    )
    op.create_table(
        "own_assets",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asset_class", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_own_assets_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "symbol", name=op.f("pk_own_assets")),
    )
    op.create_table(
        "own_asset_prices",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_own_asset_prices_price")),
        sa.ForeignKeyConstraint(
            ["account_id", "symbol"],
            ["own_assets.account_id", "own_assets.symbol"],
            name="fk_own_asset_prices_symbol_own_assets",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_own_asset_prices_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "symbol", "on", name=op.f("pk_own_asset_prices")),
    )
    op.create_table(
        "recurring_plans",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("ledger_account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("every IN ('week', 'month', 'quarter')", name=op.f("ck_recurring_plans_every")),
        sa.CheckConstraint("kind IN ('sip', 'reinvest')", name=op.f("ck_recurring_plans_kind")),
        sa.ForeignKeyConstraint(
            ["account_id", "ledger_account_id"],
            ["ledger_accounts.account_id", "ledger_accounts.id"],
            name="fk_recurring_plans_ledger_account_id_ledger_accounts",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_recurring_plans_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_plans")),
    )
    op.create_index("ix_recurring_plans_account_id", "recurring_plans", ["account_id", "id"], unique=False)
    op.create_table(
        "dismissed_proposals",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_dismissed_proposals_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_dismissed_proposals")),
    )
    op.execute(
        """
        CREATE FUNCTION transaction_changes_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'what was written about a transaction stays as it is' USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER transaction_changes_append_only BEFORE UPDATE ON transaction_changes"
        " FOR EACH ROW EXECUTE FUNCTION transaction_changes_refuse()"
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("dismissed_proposals")
    op.drop_table("recurring_plans")
    op.drop_table("own_asset_prices")
    op.drop_table("own_assets")
    op.drop_table("import_mappings")
    op.drop_table("ledger_revisions")
    op.drop_table("transaction_changes")
    op.drop_table("transactions")
    op.drop_table("import_batches")
    op.drop_table("ledger_accounts")
    op.execute("DROP FUNCTION transaction_changes_refuse()")
