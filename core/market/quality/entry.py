"""A frame as it comes, made a :class:`Working` series: types, order, duplicates, missing closes, the session's day."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from core.market.model import BAR_COLUMNS, Action, Instrument, Interval, Treatment
from core.market.quality import order
from core.market.quality.working import PRICES, Bools, Ints, Working, runs

_DAY = 86_400_000_000_000


def working(
    frame: pd.DataFrame, *, instrument: Instrument, interval: Interval, actions: Iterable[Action], source: str
) -> Working:
    """Arrays of ``frame`` in time order, one bar a time, each with a close."""
    table, index = _numeric(frame)
    known = np.asarray(index.notna(), dtype=np.bool_)
    unnamed = int((~known).sum())
    table, index = table[known], index[known]
    table.index = index
    tidied = order.tidy(table)
    found = order.findings(table, tidied)
    table = table.iloc[tidied.keep]
    index = pd.DatetimeIndex(table.index, name="ts")
    # Copies, because the checks write into them.
    columns = {name: table[name].to_numpy(dtype=np.float64, copy=True) for name in table.columns}
    work = Working(
        instrument=instrument,
        interval=interval,
        source=source,
        index=index,
        days=session_days(index, instrument.timezone),
        price={column: columns[column] for column in PRICES},
        volume=columns["volume"],
        adj=columns.get("adj_close"),
        actions=list(actions),
        repaired=np.zeros(len(index), dtype=np.bool_),
        rejected=len(tidied.dropped) + unnamed,
        findings=found,
    )
    if unnamed:
        work.note(
            "unreadable", Treatment.REJECTED, f"{unnamed:,} rows have no time; they were set aside.", count=unnamed
        )
    _missing(work)
    return work


def _numeric(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    columns = [*BAR_COLUMNS, *(["adj_close"] if "adj_close" in frame.columns else [])]
    table = pd.DataFrame(index=range(len(frame)))
    for column in columns:
        if column not in frame.columns:
            table[column] = np.nan
            continue
        # By place, because a column may be there twice.
        place = list(frame.columns).index(column)
        array = pd.to_numeric(frame.iloc[:, place], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        table[column] = np.where(np.isfinite(array), array, np.nan)
    if isinstance(frame.index, pd.DatetimeIndex):
        index = frame.index
    else:
        index = pd.DatetimeIndex(pd.to_datetime(pd.Series(list(frame.index), dtype=object), utc=True, errors="coerce"))
    index = index.tz_localize("UTC") if index.tz is None else index.tz_convert("UTC")
    return table, index.as_unit("ns").rename("ts")


def session_days(index: pd.DatetimeIndex, timezone: str) -> Ints:
    """Days since 1970-01-01 of each time on the exchange's own clock (int64)."""
    local = index.tz_convert(timezone).tz_localize(None).as_unit("ns")
    return np.asarray(np.floor_divide(local.asi8, _DAY), dtype=np.int64)


def _missing(work: Working) -> None:
    """Rows without a close hold nothing; a missing open, high or low is made of what there is."""
    none: Bools = np.isnan(work.close)
    for first, last in runs(none):
        count = last - first + 1
        detail = f"{count:,} bars have no closing price; they were set aside."
        work.note("missing_price", Treatment.REJECTED, detail, first, last, count=count)
    work.drop(none)
    for column in ("open", "high", "low"):
        gap = np.isnan(work.price[column])
        if not gap.any():
            continue
        if gap.all():
            detail = f"There is no {column}; the close stands for it."
            work.note("close_only", Treatment.FLAGGED, detail, count=len(work), column=column)
        else:
            for first, last in runs(gap):
                detail = f"There is no {column} here; the close was put in its place."
                count = last - first + 1
                work.note("missing_price", Treatment.REPAIRED, detail, first, last, count=count, column=column)
            work.repaired |= gap
        work.price[column] = np.where(gap, work.close, work.price[column])
    wrong = work.volume < 0
    for first, last in runs(wrong):
        count = last - first + 1
        detail = "The volume is negative; it was made unknown."
        work.note("negative_volume", Treatment.REPAIRED, detail, first, last, count=count, column="volume")
    work.repaired |= wrong
    work.volume = np.where(wrong, np.nan, work.volume)
