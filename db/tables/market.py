"""What the market store keeps: series of bars in chunks, actions, documents, findings, reports and what investors own.

An `owner` of "" means shared by everybody; otherwise it is the owner's id and the row is invisible to others
(`db.repositories.market_scope` is the one place that decides it). docs/data-model.md tells the story of each table.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class OwnInstrument(Base):
    """An instrument an investor made by uploading a file. The catalogue of everybody's instruments is code."""

    __tablename__ = "instruments"
    __table_args__ = (
        UniqueConstraint("owner", "symbol"),
        CheckConstraint("owner <> ''", name="owned"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    symbol: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    asset_class: Mapped[str] = mapped_column(Text)
    exchange: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    calendar: Mapped[str] = mapped_column(Text)
    short_name: Mapped[str] = mapped_column(Text)
    sector: Mapped[str | None] = mapped_column(Text)
    industry: Mapped[str | None] = mapped_column(Text)
    isin: Mapped[str | None] = mapped_column(Text)
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]


class Series(Base):
    """One series of bars: one symbol, one source, one interval, one owner. Sources never share a series.

    `covered_from`/`covered_to` is the span asked of the vendor and answered; bars absent inside it do not exist there.
    """

    __tablename__ = "series"
    __table_args__ = (
        UniqueConstraint("symbol", "source", "interval", "owner"),
        Index("ix_series_owner", "owner"),
        CheckConstraint("covered_from <= covered_to", name="span"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    symbol: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    interval: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    covered_from: Mapped[datetime]
    covered_to: Mapped[datetime]
    as_of: Mapped[datetime]
    fetched_at: Mapped[datetime]
    warnings: Mapped[list[dict[str, str]]] = mapped_column(JSONB)


class BarChunk(Base):
    """Bars of one span of a series, column by column: 7 arrays of `n` little-endian 8-byte values.

    Order: bar start and (last) known-at as int64 microseconds since 1970 UTC, between them open, high, low, close,
    volume as float64. Kept uncompressed and out of line: docs/decisions/0001-bar-storage.md has the measurements.
    """

    __tablename__ = "bar_chunks"
    __table_args__ = (CheckConstraint("octet_length(data) = 56 * n AND n > 0", name="length"),)

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    chunk: Mapped[int] = mapped_column(Integer, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class BarRevision(Base):
    """The values a bar had before the vendor corrected it, and from when to when they were what was known."""

    __tablename__ = "bar_revisions"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    ts: Mapped[datetime] = mapped_column(primary_key=True)
    superseded_at: Mapped[datetime] = mapped_column(primary_key=True)
    known_at: Mapped[datetime]
    open: Mapped[float] = mapped_column(Double)
    high: Mapped[float] = mapped_column(Double)
    low: Mapped[float] = mapped_column(Double)
    close: Mapped[float] = mapped_column(Double)
    volume: Mapped[float] = mapped_column(Double)


class CorporateAction(Base):
    """A dividend, split or capital gain as one source tells it; `withdrawn_at` is set when the source takes it back."""

    __tablename__ = "actions"
    __table_args__ = (
        Index(
            "ix_actions_current",
            "symbol",
            "source",
            "owner",
            "kind",
            "ex_date",
            unique=True,
            postgresql_where="withdrawn_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    symbol: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    ex_date: Mapped[date] = mapped_column(Date)
    value: Mapped[float] = mapped_column(Double)
    currency: Mapped[str | None] = mapped_column(Text)
    declared_on: Mapped[date | None] = mapped_column(Date)
    known_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Document(Base):
    """Everything that is not a bar, as JSON, append-only: a row for each change, `checked_at` when last seen so.

    `symbol` is "" for market-wide kinds; `key` tells documents of one kind apart ("gainers", an index).
    """

    __tablename__ = "documents"
    __table_args__ = (Index("ix_documents_lookup", "symbol", "source", "kind", "key", "known_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    symbol: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    payload: Mapped[Any] = mapped_column(JSONB)
    hash: Mapped[str] = mapped_column(Text)
    warnings: Mapped[list[dict[str, str]]] = mapped_column(JSONB)
    as_of: Mapped[datetime]
    known_at: Mapped[datetime]
    fetched_at: Mapped[datetime]
    checked_at: Mapped[datetime]


class ImportRecord(Base):
    """What became of one file an investor gave: the whole report, problems included."""

    __tablename__ = "import_reports"
    __table_args__ = (Index("ix_import_reports_owner", "owner", "imported_at"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    owner: Mapped[str] = mapped_column(Text)
    symbol: Mapped[str] = mapped_column(Text)
    interval: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    rows: Mapped[int]
    accepted: Mapped[int]
    repaired: Mapped[int]
    rejected: Mapped[int]
    first_bar: Mapped[datetime | None]
    last_bar: Mapped[datetime | None]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    imported_at: Mapped[datetime]


class QualityFinding(Base):
    """One thing wrong with a series and what was done about it."""

    __tablename__ = "findings"
    __table_args__ = (Index("ix_findings_series", "series_id", "start"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Text)
    treatment: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    start: Mapped[datetime | None]
    end: Mapped[datetime | None]
    line: Mapped[int | None]
    count: Mapped[int]
    column_name: Mapped[str | None] = mapped_column(Text)
    before: Mapped[float | None] = mapped_column(Double)
    after: Mapped[float | None] = mapped_column(Double)
    found_at: Mapped[datetime]


class SourceHealth(Base):
    """How a vendor has been answering, shared by all processes: the circuit breaker's memory."""

    __tablename__ = "source_state"

    source: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    cooling_until: Mapped[datetime | None]
    last_ok: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None]
    calls_day: Mapped[date] = mapped_column(Date)
    calls_today: Mapped[int]
    latency_ms: Mapped[float | None] = mapped_column(Double)


class Watch(Base):
    """An instrument an owner wants refreshed."""

    __tablename__ = "watches"

    owner: Mapped[str] = mapped_column(Text, primary_key=True)
    symbol: Mapped[str] = mapped_column(Text, primary_key=True)
    since: Mapped[datetime]


class Layout(Base):
    """A saved arrangement of the charts page; the page knows what the payload means."""

    __tablename__ = "layouts"

    owner: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    saved_at: Mapped[datetime]
