"""How fast bars go into Postgres and come back as arrays, beside other ways of keeping them.

Own server in a temporary folder, durable as in production. Baselines in the same run, on a table of one row a bar:
SQLAlchemy ORM rows, pandas.read_sql, binary COPY decoded by numpy, array_agg. Targets: 50 x 2,520 daily bars read in
100 ms and stored in 2 s; a million 1-minute bars of one instrument read in 2 s.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, DateTime, Double, Integer, String, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import db.session as database
from core.market.instruments import by_symbol, catalogue
from core.market.store import series as store
from db.embedded import ensure, release
from db.migrations import upgrade
from db.repositories.market_bars import BarBlock, BarRepository

SERIES, DAYS, MINUTES = 50, 2_520, 1_000_000
DAY, MINUTE = 86_400_000_000, 60_000_000
NOW = datetime(2026, 11, 18, tzinfo=UTC)
FIELDS = ("open", "high", "low", "close", "volume")


class RowBase(DeclarativeBase):
    """The baseline's own metadata, kept away from the project's."""


class RowBar(RowBase):
    """One bar a row, as a table is usually drawn."""

    __tablename__ = "row_bars"

    series_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    ts: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    open: Mapped[float] = mapped_column(Double)
    high: Mapped[float] = mapped_column(Double)
    low: Mapped[float] = mapped_column(Double)
    close: Mapped[float] = mapped_column(Double)
    volume: Mapped[float] = mapped_column(Double)
    known_at: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String, default=None)


def a_block(count: int, step: int, seed: int) -> BarBlock:
    """Random bars."""
    rng = np.random.default_rng(seed)
    close = 1000 * np.exp(np.cumsum(rng.normal(0, 0.001, count)))
    values = np.stack([close, close * 1.01, close * 0.99, close, rng.integers(1, 10**6, count).astype(float)])
    ts = 1_262_304_000_000_000 + np.arange(count, dtype=np.int64) * step
    return BarBlock(ts, values, ts + step)


def best(work: Callable[[], object], times: int = 5) -> float:
    """The shortest of several runs, in milliseconds."""
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return 1000 * min(seconds)


def put(repository: BarRepository, symbol: str, interval: str, block: BarBlock) -> int:
    """Store one series."""
    span = NOW - timedelta(days=6000), NOW
    number = repository.put_head(
        symbol=symbol,
        source="bench",
        interval=interval,
        currency="INR",
        covered=span,
        as_of=NOW,
        fetched_at=NOW,
        warnings=(),
    )
    repository.replace(number, interval, None, None, block)
    return number


def copy_rows(session: Session, blocks: dict[int, BarBlock]) -> None:
    """Fill the baseline's table by text COPY, its fastest plain way in."""
    inner = session.connection().connection.driver_connection
    with inner.cursor() as cursor, cursor.copy("COPY row_bars FROM STDIN") as copy:
        for number, block in blocks.items():
            stamps = pd.to_datetime(block.ts, unit="us", utc=True).strftime("%Y-%m-%dT%H:%M:%S+00")
            for stamp, values, known in zip(stamps, block.values.T.tolist(), block.known_at.tolist(), strict=True):
                copy.write_row((number, stamp, *values, known, None))


def rows_by_copy(session: Session, where: str) -> int:
    """Rows through binary COPY into a numpy array."""
    record = np.dtype(
        [("n", ">i2"), ("l0", ">i4"), ("id", ">i4"), ("l1", ">i4"), ("ts", ">i8")]
        + [pair for name in FIELDS for pair in ((f"l_{name}", ">i4"), (name, ">f8"))]
    )
    inner = session.connection().connection.driver_connection
    buffer = bytearray()
    query = f"SELECT series_id, ts, {', '.join(FIELDS)} FROM row_bars WHERE {where} ORDER BY series_id, ts"
    with inner.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
        for part in copy:
            buffer += part
    rows = np.frombuffer(buffer, record, count=(len(buffer) - 21) // record.itemsize, offset=19)
    columns = [rows[name].astype(float) for name in ("ts", *FIELDS)]
    return len(columns[0])


def line(what: str, milliseconds: float, target: float | None, baseline: float | None) -> None:
    """One figure beside its target and how many times faster than the ORM it is."""
    aim = f"target {target:>7,.0f} ms  {'ok' if milliseconds <= target else 'MISSED'}" if target else " " * 21
    ratio = f"{baseline / milliseconds:>8.1f} x faster than ORM rows" if baseline else ""
    print(f"{what:<62}{milliseconds:>9,.1f} ms  {aim}  {ratio}")


def main() -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        folder = Path(home) / "data"
        url = ensure(folder)
        upgrade(url)
        database.configure(database.DatabaseOptions(url=url, statement_timeout_s=300))
        try:
            measure()
        finally:
            database.dispose()
            release(folder)
            until = time.monotonic() + 20
            while any(folder.rglob("postmaster.pid")) and time.monotonic() < until:
                time.sleep(0.1)


def measure() -> None:
    """Fill the tables and time the reads."""
    symbols = [one.symbol for one in catalogue() if one.currency == "INR"][:SERIES]
    blocks = [a_block(DAYS, DAY, seed) for seed in range(SERIES)]
    began = time.perf_counter()
    with database.unit_of_work() as session:
        repository = BarRepository(session)
        numbers = [put(repository, symbol, "1d", block) for symbol, block in zip(symbols, blocks, strict=True)]
    stored = 1000 * (time.perf_counter() - began)
    minutes = a_block(MINUTES, MINUTE, 99)
    began = time.perf_counter()
    with database.unit_of_work() as session:
        million = put(BarRepository(session), "RELIANCE.NS", "1m", minutes)
    stored_minutes = 1000 * (time.perf_counter() - began)

    with database.unit_of_work() as session:
        RowBase.metadata.create_all(session.connection())
        began = time.perf_counter()
        copy_rows(session, dict(zip(numbers, blocks, strict=True)))
        row_stored = 1000 * (time.perf_counter() - began)
        copy_rows(session, {million: minutes})
    with database.raw_connection() as raw:
        raw.execute("ANALYZE")

    known = {symbol: by_symbol(symbol) for symbol in symbols}
    many = f"series_id IN ({', '.join(map(str, numbers))})"
    wanted = select(RowBar).where(RowBar.series_id.in_(numbers)).order_by(RowBar.series_id, RowBar.ts)
    query = text(f"SELECT * FROM row_bars WHERE {many} ORDER BY series_id, ts")
    arrays = text(
        "SELECT series_id, array_agg(extract(epoch FROM ts)::float8 ORDER BY ts), "
        + ", ".join(f"array_agg({name} ORDER BY ts)" for name in FIELDS)
        + f" FROM row_bars WHERE {many} GROUP BY series_id"
    )
    with database.read_session() as session:
        repository = BarRepository(session)

        def frames() -> None:
            heads = repository.heads(symbols, "bench", "1d")
            store.load(session, known, heads, start=None, end=None, as_of=None)

        def orm() -> None:
            session.expunge_all()
            session.scalars(wanted).all()

        orm_ms = best(orm, 2)
        line("50 x 2,520 daily bars, read into arrays", best(lambda: repository.read(numbers)), 100, orm_ms)
        line("the same as frames with actions (what pages get)", best(frames), None, orm_ms)
        line("  rows: binary COPY decoded by numpy", best(lambda: rows_by_copy(session, many)), None, orm_ms)
        line("  rows: array_agg", best(lambda: session.execute(arrays).all(), 2), None, orm_ms)
        line("  rows: pandas.read_sql", best(lambda: pd.read_sql(query, session.connection()), 2), None, orm_ms)
        line("  rows: SQLAlchemy ORM", orm_ms, None, None)
        line("a million 1-minute bars, read into arrays", best(lambda: repository.read([million]), 3), 2000, None)
        one = f"series_id = {million}"
        line("  rows: binary COPY decoded by numpy", best(lambda: rows_by_copy(session, one), 2), None, None)
        sizes = session.execute(
            text("SELECT pg_total_relation_size('bar_chunks'), pg_total_relation_size('row_bars')")
        ).one()
    line("50 x 2,520 daily bars, stored in one transaction", stored, 2000, None)
    line("  rows: text COPY", row_stored, None, None)
    line("a million 1-minute bars, stored in one transaction", stored_minutes, None, None)
    print(f"{'on disk':<62}{sizes[0] / 1e6:>9,.1f} MB  as rows {sizes[1] / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
