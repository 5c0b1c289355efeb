"""Strategies that investors saved, a row a version, and backtests they keep, with what is needed to run them again.

`link` is what an address carries: 128 random bits. Whoever has the link of a shared strategy may read it; runs are for
their owner alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, ForeignKey, Identity, Index, Integer, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base


class StrategyRow(Base):
    """One version of a saved strategy. Versions of one strategy share `link`, and `shared`, which is the newest's."""

    __tablename__ = "strategies"
    __table_args__ = (
        UniqueConstraint("link", "version"),
        Index("ix_strategies_account_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    link: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    recipe: Mapped[dict[str, Any]] = mapped_column(JSONB)
    shared: Mapped[bool] = mapped_column(Boolean)
    saved_at: Mapped[datetime]


class BacktestRow(Base):
    """A backtest that was kept.

    `inputs` is everything that was asked, `inputs_fingerprint` its SHA-256; `data_fingerprint` that of the bars and
    what was paid on them; `code_version` the version and a fingerprint of the code. `known_at` is the moment as of
    which the bars were read. `curve` is the equity: zlib over bar times (int64, microseconds of UTC) and values
    (float64), little-endian.
    """

    __tablename__ = "backtests"
    __table_args__ = (
        UniqueConstraint("link"),
        UniqueConstraint(
            "account_id", "inputs_fingerprint", "data_fingerprint", "code_version", name="uq_backtests_same_run"
        ),
        Index("ix_backtests_account_id", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("accounts.id", ondelete="CASCADE"))
    link: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    symbol: Mapped[str] = mapped_column(Text)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    inputs_fingerprint: Mapped[str] = mapped_column(Text)
    data_fingerprint: Mapped[str] = mapped_column(Text)
    code_version: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    simulated: Mapped[bool] = mapped_column(Boolean)
    known_at: Mapped[datetime]
    kept_at: Mapped[datetime]
    first_bar: Mapped[datetime]
    last_bar: Mapped[datetime]
    bars: Mapped[int] = mapped_column(Integer)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    curve: Mapped[bytes] = mapped_column(LargeBinary)
