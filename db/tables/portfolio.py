"""Ledgers: accounts with brokers and banks, their transactions, what changed, what was imported, and what recurs.

`account_id` is the person everywhere; `ledger_account_id` the account of the ledger, tied to the same person by a
foreign key on both, so that no row can stand in somebody else's account.

Money and quantities are NUMERIC without a fixed scale: what was written is what comes back.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base

ACCOUNT_KINDS = ("broker", "bank", "cash")
KINDS = (
    "buy",
    "sell",
    "dividend",
    "interest",
    "fee",
    "tax",
    "deposit",
    "withdrawal",
    "transfer_in",
    "transfer_out",
    "split",
    "bonus",
    "rights",
    "spin_off",
    "merger",
    "return_of_capital",
    "symbol_change",
    "opening_balance",
    "adjustment",
)
CHANGES = ("added", "changed", "removed", "restored", "undone")
PLAN_KINDS = ("sip", "reinvest")
PLAN_EVERY = ("week", "month", "quarter")


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


def _person() -> Any:
    return mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))


def _own(column: str, table: str) -> ForeignKeyConstraint:
    """The account of the ledger belongs to the same person."""
    return ForeignKeyConstraint(
        ["account_id", column],
        ["ledger_accounts.account_id", "ledger_accounts.id"],
        name=f"fk_{table}_{column}_ledger_accounts",
    )


class LedgerAccountRow(Base):
    """An account with a broker or a bank."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        CheckConstraint(_one_of("kind", ACCOUNT_KINDS), name="kind"),
        UniqueConstraint("account_id", "id"),
        Index("uq_ledger_accounts_name", "account_id", func.lower(text("name")), unique=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = _person()
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    institution: Mapped[str] = mapped_column(Text)
    closed: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]


class ImportBatchRow(Base):
    """A file that was imported; `source` is the format, `undone_at` when its rows were taken back."""

    __tablename__ = "import_batches"
    __table_args__ = (Index("ix_import_batches_account_id", "account_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = _person()
    source: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(Text)
    added: Mapped[int] = mapped_column(Integer)
    duplicates: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class TransactionRow(Base):
    """A row of a ledger. Nothing is deleted: `removed_at` says that it counts no more.

    `released` rows were taken back with their whole batch, so that the file may be imported again; a row that was
    removed by hand stays known, and an overlapping file does not bring it back. `revision` is the ledger's revision
    (`LedgerRevisionRow`) that wrote the row last.
    """

    __tablename__ = "transactions"
    __table_args__ = (
        CheckConstraint(_one_of("kind", KINDS), name="kind"),
        CheckConstraint("fees >= 0 AND taxes >= 0", name="charges"),
        _own("ledger_account_id", "transactions"),
        _own("counter_ledger_account_id", "transactions"),
        Index(
            "uq_transactions_identity",
            "ledger_account_id",
            "source",
            "external_id",
            unique=True,
            postgresql_where=text("external_id <> '' AND NOT released"),
        ),
        Index("ix_transactions_day", "account_id", "traded_on", "id"),
        Index("ix_transactions_revision", "account_id", "revision"),
        Index("ix_transactions_batch_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = _person()
    ledger_account_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    traded_on: Mapped[date] = mapped_column(Date)
    traded_at: Mapped[datetime | None]
    symbol: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal | None] = mapped_column(Numeric)
    price: Mapped[Decimal | None] = mapped_column(Numeric)
    amount: Mapped[Decimal | None] = mapped_column(Numeric)
    fees: Mapped[Decimal] = mapped_column(Numeric)
    taxes: Mapped[Decimal] = mapped_column(Numeric)
    currency: Mapped[str] = mapped_column(Text)
    rate: Mapped[Decimal | None] = mapped_column(Numeric)
    ratio_new: Mapped[Decimal | None] = mapped_column(Numeric)
    ratio_old: Mapped[Decimal | None] = mapped_column(Numeric)
    other_symbol: Mapped[str] = mapped_column(Text)
    cost_share: Mapped[Decimal | None] = mapped_column(Numeric)
    counter_ledger_account_id: Mapped[int | None] = mapped_column(BigInteger)
    lots: Mapped[list[list[Any]]] = mapped_column(JSONB)
    isin: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    batch_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("import_batches.id"))
    note: Mapped[str] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(BigInteger)
    released: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class TransactionChangeRow(Base):
    """What was done to a transaction, with the row before and after; only ever added to (a trigger refuses changes)."""

    __tablename__ = "transaction_changes"
    __table_args__ = (
        CheckConstraint(_one_of("action", CHANGES), name="action"),
        Index("ix_transaction_changes_transaction_id", "transaction_id", "id"),
        Index("ix_transaction_changes_account_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = _person()
    transaction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("transactions.id"))
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class LedgerRevisionRow(Base):
    """How often a person's ledger was written; whoever kept a result of an older revision works it out anew."""

    __tablename__ = "ledger_revisions"

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)


class ImportMappingRow(Base):
    """Which column of a generic file means what; `signature` names the columns of such files."""

    __tablename__ = "import_mappings"

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    signature: Mapped[str] = mapped_column(Text, primary_key=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB)
    changed_at: Mapped[datetime]


class OwnAssetRow(Base):
    """Something without a market: a deposit, gold, a flat. `symbol` is OWN:slug."""

    __tablename__ = "own_assets"

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    symbol: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    asset_class: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class OwnAssetPriceRow(Base):
    """What a unit of an own asset was worth on a day, as its owner says."""

    __tablename__ = "own_asset_prices"
    __table_args__ = (
        CheckConstraint("price >= 0", name="price"),
        ForeignKeyConstraint(
            ["account_id", "symbol"],
            ["own_assets.account_id", "own_assets.symbol"],
            name="fk_own_asset_prices_symbol_own_assets",
            ondelete="CASCADE",
        ),
    )

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    symbol: Mapped[str] = mapped_column(Text, primary_key=True)
    on: Mapped[date] = mapped_column(Date, primary_key=True)
    price: Mapped[Decimal] = mapped_column(Numeric)
    changed_at: Mapped[datetime]


class PlanRow(Base):
    """Something that recurs: a sum invested every month, or dividends put back into the same shares."""

    __tablename__ = "recurring_plans"
    __table_args__ = (
        CheckConstraint(_one_of("kind", PLAN_KINDS), name="kind"),
        CheckConstraint(_one_of("every", PLAN_EVERY), name="every"),
        _own("ledger_account_id", "recurring_plans"),
        Index("ix_recurring_plans_account_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = _person()
    ledger_account_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    symbol: Mapped[str] = mapped_column(Text)
    amount: Mapped[Decimal | None] = mapped_column(Numeric)
    currency: Mapped[str] = mapped_column(Text)
    every: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class DismissedProposalRow(Base):
    """A proposal the investor does not want to see again; `key` names it."""

    __tablename__ = "dismissed_proposals"

    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    dismissed_at: Mapped[datetime]
