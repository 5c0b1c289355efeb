"""Series of bars between the model's `Bars` and the database, read now or as of a past time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from core.market.calendars import calendar_of
from core.market.model import BAR_COLUMNS, Action, ActionKind, Bars, Instrument, Interval, Sourced, Warn
from core.market.store.adjust import undo_later_splits
from db.repositories.market_bars import (
    KNOWN_NEVER,
    BarBlock,
    BarRepository,
    Revisions,
    SeriesHead,
    microseconds,
)
from db.repositories.market_documents import ActionRepository, ActionRow


def moment_of(as_of: date | datetime | None, timezone: str) -> datetime | None:
    """A day or time as an aware UTC time: a day means its end in that timezone.

    Raises:
        ValueError: a time without timezone.
    """
    if as_of is None:
        return None
    if isinstance(as_of, datetime):
        if as_of.tzinfo is None:
            raise ValueError(f"as_of needs a timezone: {as_of.isoformat()}")
        return as_of.astimezone(UTC)
    midnight = datetime.combine(as_of + timedelta(days=1), time(), ZoneInfo(timezone))
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def to_block(frame: pd.DataFrame, instrument: Instrument, interval: Interval, fetched_at: datetime) -> BarBlock:
    """A frame of bars as arrays to store; a bar that closes after `fetched_at` was still forming."""
    index = pd.DatetimeIndex(frame.index)
    closes = calendar_of(instrument).bar_close(interval, index, instrument.timezone)
    known = closes.as_unit("us").asi8.astype(np.int64, copy=True)
    known[known > microseconds(fetched_at)] = KNOWN_NEVER
    values = frame.loc[:, list(BAR_COLUMNS)].to_numpy(dtype=np.float64).T
    return BarBlock(index.as_unit("us").asi8.astype(np.int64), np.ascontiguousarray(values), known)


def to_frame(block: BarBlock) -> pd.DataFrame:
    """Stored arrays as the frame of `Bars`."""
    stamps = (block.ts * 1000).view("datetime64[ns]")
    index = pd.DatetimeIndex(stamps, name="ts").tz_localize("UTC")
    return pd.DataFrame(np.ascontiguousarray(block.values.T), index=index, columns=list(BAR_COLUMNS), copy=False)


def to_actions(rows: Iterable[ActionRow]) -> tuple[Action, ...]:
    """Stored actions as the model's."""
    return tuple(Action(ActionKind(row.kind), row.ex_date, row.value, row.currency, row.declared_on) for row in rows)


def to_action_rows(actions: Iterable[Action]) -> tuple[ActionRow, ...]:
    """The model's actions as rows to store."""
    return tuple(
        ActionRow(action.kind.value, action.ex_date, action.value, action.currency, action.declared_on)
        for action in actions
    )


def load(
    session: Session,
    instruments: Mapping[str, Instrument],
    heads: Mapping[str, SeriesHead],
    *,
    start: datetime | None,
    end: datetime | None,
    as_of: datetime | None,
    owner: str | None = None,
) -> dict[str, Sourced[Bars]]:
    """Stored bars of several series of one source and interval; a series without bars in the span is absent.

    With `as_of`: only bars closed by then, with the values known then, at the price level of that day (later splits
    undone); its `Sourced.as_of` is the close of the last of them.
    """
    bars = BarRepository(session, owner)
    low = None if start is None else microseconds(start)
    high = None if end is None else microseconds(end)
    blocks = bars.read([head.id for head in heads.values()], low, high)
    actions = _actions(session, heads, owner)
    found = {}
    for symbol, head in heads.items():
        block = blocks.get(head.id)
        if block is not None and as_of is not None:
            block = known_by(block, bars.revisions(head.id, low, high), microseconds(as_of))
        if block is None or not len(block):
            continue
        found[symbol] = _sourced(instruments[symbol], head, block, actions.get(symbol, ()), as_of)
    return found


def known_by(block: BarBlock, old: Revisions, moment: int) -> BarBlock:
    """The bars that were known at a time, with the values they had then."""
    now_known = block.known_at <= moment
    then = old.block.rows((old.block.known_at <= moment) & (old.superseded_at > moment))
    if not len(then):
        return block if now_known.all() else block.rows(now_known)
    # A revised bar is known twice: its old values until it was superseded, its new ones from then on.
    now = block.rows(now_known & ~np.isin(block.ts, then.ts))
    joined = BarBlock.joined([now, then])
    return joined.rows(np.argsort(joined.ts, kind="stable"))


def _actions(session: Session, heads: Mapping[str, SeriesHead], owner: str | None) -> dict[str, tuple[Action, ...]]:
    repository = ActionRepository(session, owner)
    groups: dict[tuple[str, str], list[str]] = {}
    for symbol, head in heads.items():
        groups.setdefault((head.source, head.owner), []).append(symbol)
    found: dict[str, tuple[Action, ...]] = {}
    for (source, series_owner), symbols in groups.items():
        rows = repository.current(symbols, source, series_owner)
        found.update({symbol: to_actions(one) for symbol, one in rows.items()})
    return found


def _sourced(
    instrument: Instrument, head: SeriesHead, block: BarBlock, actions: Sequence[Action], as_of: datetime | None
) -> Sourced[Bars]:
    frame = to_frame(block)
    told: tuple[Action, ...] = tuple(actions)
    speaks_of = head.as_of
    if as_of is not None:
        day = as_of.astimezone(ZoneInfo(instrument.timezone)).date()
        frame, told = undo_later_splits(frame, told, day)
        speaks_of = moment(int(block.known_at.max()))
    days = _days(block.ts[[0, -1]], instrument.timezone)
    interval = Interval(head.interval)
    last_day = days[1] if interval.seconds <= Interval.D1.seconds else days[1] + interval.delta
    inside = tuple(action for action in told if days[0] <= action.ex_date <= last_day)
    bars = Bars(head.symbol, interval, frame, inside, "splits", head.currency)
    warnings = tuple(Warn(kind, detail) for kind, detail in head.warnings)
    return Sourced(bars, head.source, min(speaks_of, head.as_of), head.fetched_at, warnings)


def _days(stamps: NDArray[np.int64], timezone: str) -> tuple[date, date]:
    zone = ZoneInfo(timezone)
    first, last = (moment(int(stamp)).astimezone(zone).date() for stamp in stamps)
    return first, last


def moment(value: int) -> datetime:
    """Microseconds since 1970 UTC as an aware time."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
