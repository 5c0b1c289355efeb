"""Series of bars in and out of Postgres as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.repositories.market_scope import SHARED, Scope
from db.tables.market import BarChunk, BarRevision, Series

KNOWN_NEVER = np.iinfo(np.int64).max
"""Known-at of a bar that was still forming when it was fetched."""

_DAY = 86_400_000_000
_CHUNK_DAYS = {"1m": 16, "5m": 64, "15m": 128, "30m": 256, "1h": 512, "1d": 731, "1wk": 3653, "1mo": 14_610}
_COLUMNS = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BarBlock:
    """Bars as arrays: `ts` and `known_at` int64 (n,) microseconds since 1970 UTC, `values` float64 (5, n).

    Rows of `values`: open, high, low, close, volume (NaN where unknown). `ts` is strictly increasing.
    """

    ts: NDArray[np.int64]
    values: NDArray[np.float64]
    known_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ts)

    def rows(self, chosen: Any) -> BarBlock:
        """The bars a slice, mask or index array chooses."""
        return BarBlock(self.ts[chosen], self.values[:, chosen], self.known_at[chosen])

    @staticmethod
    def empty() -> BarBlock:
        """No bars."""
        none = np.empty(0, dtype=np.int64)
        return BarBlock(none, np.empty((5, 0)), none)

    @staticmethod
    def joined(blocks: Sequence[BarBlock]) -> BarBlock:
        """Blocks one after the other, in the order given."""
        if len(blocks) == 1:
            return blocks[0]
        if not blocks:
            return BarBlock.empty()
        return BarBlock(
            np.concatenate([block.ts for block in blocks]),
            np.concatenate([block.values for block in blocks], axis=1),
            np.concatenate([block.known_at for block in blocks]),
        )


@dataclass(frozen=True)
class Revisions:
    """Superseded bars, oldest first: `block` and when each row was superseded (int64 microseconds)."""

    block: BarBlock
    superseded_at: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SeriesHead:
    """What is known of a series besides its bars. Times are aware UTC."""

    id: int
    symbol: str
    source: str
    interval: str
    owner: str
    currency: str
    covered_from: datetime
    covered_to: datetime
    as_of: datetime
    fetched_at: datetime
    warnings: tuple[tuple[str, str], ...]


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC of an aware time."""
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


class BarRepository:
    """The bars one owner may see; writing touches the owner's series, or shared ones when there is no owner."""

    def __init__(self, session: Session, owner: str | None = None) -> None:
        self._session = session
        self._scope = Scope(owner)

    def heads(self, symbols: Iterable[str], source: str, interval: str) -> dict[str, SeriesHead]:
        """Series of one source and interval by symbol; the owner's own before a shared one of the same name."""
        rows = self._session.scalars(
            select(Series)
            .where(
                Series.symbol.in_(list(symbols)),
                Series.source == source,
                Series.interval == interval,
                self._scope.sees(Series.owner),
            )
            .order_by(Series.owner)
        )
        return {row.symbol: _head(row) for row in rows}

    def series(self, symbol: str, owned: bool = False) -> tuple[SeriesHead, ...]:
        """All series of a symbol, by source and interval; only the owner's own ones when `owned`."""
        scope = self._scope.owns(Series.owner) if owned else self._scope.sees(Series.owner)
        rows = self._session.scalars(
            select(Series).where(Series.symbol == symbol, scope).order_by(Series.source, Series.interval)
        )
        return tuple(_head(row) for row in rows)

    def put_head(
        self,
        *,
        symbol: str,
        source: str,
        interval: str,
        currency: str,
        covered: tuple[datetime, datetime],
        as_of: datetime,
        fetched_at: datetime,
        warnings: Sequence[tuple[str, str]],
    ) -> int:
        """Make or update a series and hold its row until the unit of work ends; its id."""
        values = {
            "currency": currency,
            "covered_from": covered[0],
            "covered_to": covered[1],
            "as_of": as_of,
            "fetched_at": fetched_at,
            "warnings": [{"kind": kind, "detail": detail} for kind, detail in warnings],
        }
        made = insert(Series).values(
            symbol=symbol, source=source, interval=interval, owner=self._scope.owner or SHARED, **values
        )
        held = made.on_conflict_do_update(
            index_elements=[Series.symbol, Series.source, Series.interval, Series.owner], set_=values
        ).returning(Series.id)
        return int(self._session.execute(held).scalar_one())

    def read(self, series_ids: Sequence[int], start: int | None = None, end: int | None = None) -> dict[int, BarBlock]:
        """Bars of several series with `start <= ts < end` (microseconds); a series without any is absent.

        One statement and one array operation a series: 50 ten-year daily series take about 15 ms.
        """
        if not series_ids:
            return {}
        spans = {head_id: _CHUNK_DAYS[interval] * _DAY for head_id, interval in self._intervals(series_ids)}
        span = max(spans.values(), default=_DAY)
        least = -(2**31) if start is None else min((start // one for one in spans.values()), default=0)
        most = 2**31 - 1 if end is None else max(((end - 1) // one for one in spans.values()), default=0)
        assert span > 0
        with self._raw().cursor(binary=True) as cursor:
            cursor.execute(
                "SELECT series_id, n, data FROM bar_chunks"
                " WHERE series_id = ANY(%s) AND chunk BETWEEN %s AND %s ORDER BY series_id, chunk",
                [list(spans), least, most],
            )
            found: dict[int, list[BarBlock]] = {}
            for series_id, n, data in cursor:
                found.setdefault(series_id, []).append(_unpack(data, n))
        blocks = {series_id: BarBlock.joined(parts) for series_id, parts in found.items()}
        return {series_id: cut for series_id, block in blocks.items() if len(cut := _between(block, start, end))}

    def replace(self, series_id: int, interval: str, start: int | None, end: int | None, block: BarBlock) -> None:
        """Put `block` in place of all bars with `start <= ts < end` (None: from the first, to the last).

        `block` lies inside the span and is strictly increasing.

        Raises:
            ValueError: it is not.
        """
        ts = block.ts
        if len(ts) and (
            (start is not None and ts[0] < start) or (end is not None and ts[-1] >= end) or np.any(np.diff(ts) <= 0)
        ):
            raise ValueError("bars to store must increase strictly inside the span they replace")
        self._require(series_id)
        width = _CHUNK_DAYS[interval] * _DAY
        parts = []
        if start is not None and (before := self._chunk(series_id, start // width)) is not None:
            parts.append(before.rows(before.ts < start))
        parts.append(block)
        if end is not None and (after := self._chunk(series_id, (end - 1) // width)) is not None:
            parts.append(after.rows(after.ts >= end))
        self._write(series_id, width, start, end, BarBlock.joined(parts))

    def add_revisions(self, series_id: int, old: Revisions) -> None:
        """Keep superseded bars."""
        self._require(series_id)
        block = old.block
        if not len(block):
            return
        with self._raw().cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bar_revisions (series_id, ts, superseded_at, known_at, open, high, low, close, volume)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [
                    (series_id, _moment(ts), _moment(until), _moment(known), *values)
                    for ts, until, known, values in zip(
                        block.ts.tolist(),
                        old.superseded_at.tolist(),
                        block.known_at.tolist(),
                        block.values.T.tolist(),
                        strict=True,
                    )
                ],
            )

    def revisions(self, series_id: int, start: int | None = None, end: int | None = None) -> Revisions:
        """Superseded bars of a series with `start <= ts < end`, by bar and time of being superseded."""
        rows = self._session.execute(
            select(BarRevision)
            .join(Series, Series.id == BarRevision.series_id)
            .where(BarRevision.series_id == series_id, self._scope.sees(Series.owner))
            .order_by(BarRevision.ts, BarRevision.superseded_at)
        ).scalars()
        kept = [
            row
            for row in rows
            if (start is None or microseconds(row.ts) >= start) and (end is None or microseconds(row.ts) < end)
        ]
        if not kept:
            return Revisions(BarBlock.empty(), np.empty(0, dtype=np.int64))
        block = BarBlock(
            np.array([microseconds(row.ts) for row in kept], dtype=np.int64),
            np.array([(row.open, row.high, row.low, row.close, row.volume) for row in kept], dtype=float).T,
            np.array([microseconds(row.known_at) for row in kept], dtype=np.int64),
        )
        return Revisions(block, np.array([microseconds(row.superseded_at) for row in kept], dtype=np.int64))

    def scale_revisions(self, series_id: int, ratio: float, before: datetime) -> None:
        """Bring superseded bars older than `before` to a new price level (a split): prices x ratio, volume / ratio."""
        self._require(series_id)
        with self._raw().cursor() as cursor:
            cursor.execute(
                "UPDATE bar_revisions SET open = open * %(r)s, high = high * %(r)s, low = low * %(r)s,"
                " close = close * %(r)s, volume = volume / %(r)s WHERE series_id = %(id)s AND ts < %(before)s",
                {"r": ratio, "id": series_id, "before": before},
            )

    def delete_own(self, symbol: str) -> int:
        """Delete the owner's own series of a symbol with all that hangs on them; how many there were."""
        gone = self._session.execute(
            delete(Series).where(Series.symbol == symbol, self._scope.owns(Series.owner)).returning(Series.id)
        )
        return len(gone.all())

    def _raw(self) -> psycopg.Connection[tuple[Any, ...]]:
        inner = self._session.connection().connection.driver_connection
        assert isinstance(inner, psycopg.Connection)
        return inner

    def _intervals(self, series_ids: Sequence[int], *, writing: bool = False) -> list[tuple[int, str]]:
        owners = [self._scope.owner or SHARED] if writing else self._scope.owners
        rows = self._session.execute(
            select(Series.id, Series.interval).where(Series.id.in_(list(series_ids)), Series.owner.in_(owners))
        )
        return [(row.id, row.interval) for row in rows]

    def _require(self, series_id: int) -> None:
        if not self._intervals([series_id], writing=True):
            raise ValueError(f"series {series_id} is not the writer's")

    def _chunk(self, series_id: int, chunk: int) -> BarBlock | None:
        with self._raw().cursor(binary=True) as cursor:
            row = cursor.execute(
                "SELECT n, data FROM bar_chunks WHERE series_id = %s AND chunk = %s", [series_id, chunk]
            ).fetchone()
        return None if row is None else _unpack(row[1], row[0])

    def _write(self, series_id: int, width: int, start: int | None, end: int | None, block: BarBlock) -> None:
        gone = delete(BarChunk).where(BarChunk.series_id == series_id)
        if start is not None:
            gone = gone.where(BarChunk.chunk >= start // width)
        if end is not None:
            gone = gone.where(BarChunk.chunk <= (end - 1) // width)
        self._session.execute(gone)
        if not len(block):
            return
        numbers = block.ts // width
        edges = np.flatnonzero(np.diff(numbers)) + 1
        bounds = [0, *edges.tolist(), len(block)]
        with self._raw().cursor() as cursor:
            cursor.executemany(
                "INSERT INTO bar_chunks (series_id, chunk, n, data) VALUES (%s, %s, %s, %b)",
                [
                    (series_id, int(numbers[low]), high - low, _pack(block.rows(slice(low, high))))
                    for low, high in pairwise(bounds)
                ],
            )


def _pack(block: BarBlock) -> bytes:
    return b"".join(
        (
            np.ascontiguousarray(block.ts, dtype="<i8").tobytes(),
            np.ascontiguousarray(block.values, dtype="<f8").tobytes(),
            np.ascontiguousarray(block.known_at, dtype="<i8").tobytes(),
        )
    )


def _unpack(data: bytes, n: int) -> BarBlock:
    whole = np.frombuffer(data, dtype="<i8").reshape(_COLUMNS, n)
    return BarBlock(whole[0], whole[1:6].view("<f8"), whole[6])


def _between(block: BarBlock, start: int | None, end: int | None) -> BarBlock:
    low = 0 if start is None else int(np.searchsorted(block.ts, start))
    high = len(block) if end is None else int(np.searchsorted(block.ts, end))
    return block if low == 0 and high == len(block) else block.rows(slice(low, high))


def _moment(value: int) -> datetime:
    return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


def _head(row: Series) -> SeriesHead:
    return SeriesHead(
        id=row.id,
        symbol=row.symbol,
        source=row.source,
        interval=row.interval,
        owner=row.owner,
        currency=row.currency,
        covered_from=row.covered_from,
        covered_to=row.covered_to,
        as_of=row.as_of,
        fetched_at=row.fetched_at,
        warnings=tuple((item["kind"], item["detail"]) for item in row.warnings),
    )
