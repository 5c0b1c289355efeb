"""SQL about everything that is somebody's, in whatever table: found through the metadata, so that none is forgotten.

A table is personal when it has a column `account_id`, `owner` or `recipient` (mails), or hangs on one that is by a
foreign key. `accounts` itself is the last to go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, delete, func, or_, select
from sqlalchemy.orm import Session

import db.tables  # noqa: F401 - registers every table with the metadata
from db.base import Base

_SECRET_WORDS = ("hash", "digest", "sealed", "secret", "token", "password")
_BARS = "bar_chunks"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose rows: every way in which a table may name somebody."""

    account_id: int
    owner: str
    email_key: str | None


@dataclass(frozen=True, slots=True)
class PersonalTable:
    """One table's rows of one person: names of columns, and rows in that order."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class BarsOf:
    """A stretch of a person's own bars, as `db.tables.market.BarChunk` keeps it."""

    symbol: str
    interval: str
    n: int
    data: bytes


def personal_tables() -> tuple[str, ...]:
    """The names of all tables that hold something of a person, parents before children, `accounts` first."""
    return tuple(table.name for table in Base.metadata.sorted_tables if _is_personal(table))


class PersonalRepository:
    """Everything of one person."""

    def __init__(self, session: Session, whose: Whose) -> None:
        self._session = session
        self._whose = whose

    def export(self) -> Iterator[PersonalTable]:
        """Table by table, without secrets and without bars."""
        for name in personal_tables():
            table = Base.metadata.tables[name]
            if name == _BARS:
                continue
            shown = [column for column in table.columns if not _is_secret(column)]
            rows = self._session.execute(
                select(*shown).where(_mine(table, self._whose)).order_by(*table.primary_key.columns)
            )
            yield PersonalTable(name, tuple(column.name for column in shown), tuple(tuple(row) for row in rows))

    def bars(self) -> Iterator[BarsOf]:
        """Own bars in their order, stretch by stretch."""
        chunks, series = Base.metadata.tables[_BARS], Base.metadata.tables["series"]
        rows = self._session.execute(
            select(series.c.symbol, series.c.interval, chunks.c.n, chunks.c.data)
            .join(series, series.c.id == chunks.c.series_id)
            .where(series.c.owner == self._whose.owner)
            .order_by(series.c.symbol, series.c.interval, series.c.id, chunks.c.chunk)
            .execution_options(yield_per=20)
        )
        for row in rows:
            yield BarsOf(*row)

    def delete(self) -> dict[str, int]:
        """Delete all of it, children before parents, the account last; how many rows of which table."""
        gone: dict[str, int] = {}
        for name in reversed(personal_tables()):
            table = Base.metadata.tables[name]
            done = self._session.execute(
                delete(table).where(_mine(table, self._whose)).returning(*list(table.primary_key.columns)[:1])
            )
            gone[name] = len(done.all())
        return gone

    def count(self) -> dict[str, int]:
        """How many rows of which table are this person's."""
        return {
            name: int(
                self._session.scalar(
                    select(func.count())
                    .select_from(Base.metadata.tables[name])
                    .where(_mine(Base.metadata.tables[name], self._whose))
                )
                or 0
            )
            for name in personal_tables()
        }


def _is_personal(table: Table) -> bool:
    return bool({"account_id", "owner", "recipient"} & set(table.columns.keys())) or _parent(table) is not None


def _parent(table: Table) -> tuple[Column[Any], Column[Any]] | None:
    """The foreign key by which a table without a name of its own hangs on a personal one."""
    for key in table.foreign_keys:
        if (
            key.column.table is not table
            and "owner" in key.column.table.columns
            and key.column.table.name != "accounts"
        ):
            return key.parent, key.column
    return None


def _mine(table: Table, whose: Whose) -> ColumnElement[bool]:
    if table.name == "accounts":
        return table.c.id == whose.account_id
    ways: list[ColumnElement[bool]] = []
    if "account_id" in table.columns:
        ways.append(table.c.account_id == whose.account_id)
    if "owner" in table.columns:
        ways.append(table.c.owner == whose.owner)
    if "recipient" in table.columns and whose.email_key:
        ways.append(func.lower(table.c.recipient) == whose.email_key)
    if not ways and (parent := _parent(table)) is not None:
        mine, theirs = parent
        ways.append(mine.in_(select(theirs).where(theirs.table.c.owner == whose.owner)))
    return or_(*ways)


def _is_secret(column: Column[Any]) -> bool:
    named = any(word in column.name for word in _SECRET_WORDS)
    return bool(column.info.get("secret")) or named
