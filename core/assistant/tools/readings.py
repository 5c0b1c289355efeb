"""How a line of an indicator is read: where it stands, when it last crossed, whether it disagrees with the price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np

from core.assistant.model import Series
from core.assistant.tools.bars import INTERVAL_WORDS, Floats, Loaded
from core.assistant.tools.evidence import Evidence
from core.indicators import compute
from core.market.statistics import bars_per_year

Direction = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Cross:
    """A line crossed another one (or a level) at the close of `row`."""

    row: int
    direction: Direction
    level: float = float("nan")


def last_cross(line: Floats, other: Floats | float) -> Cross | None:
    """The latest crossing; NaN rows are passed over, a touch without passing through is none. None without one."""
    above = line - other
    known = np.flatnonzero(np.isfinite(above) & (above != 0.0))
    if known.size < 2:
        return None
    signs = np.sign(above[known])
    turns = np.flatnonzero(signs[1:] != signs[:-1])
    if turns.size == 0:
        return None
    place = int(turns[-1]) + 1
    level = float(other) if isinstance(other, int | float) else float("nan")
    return Cross(int(known[place]), "up" if signs[place] > 0 else "down", level)


def latest_of(line: Floats, levels: tuple[float, ...]) -> Cross | None:
    """The latest crossing of any of several levels."""
    found = [cross for level in levels if (cross := last_cross(line, level)) is not None]
    return max(found, key=lambda one: one.row, default=None)


def divergence(close: Floats, line: Floats, recent: int = 10, before: int = 40) -> str:
    """Whether price and line disagree at their extremes: the last `recent` bars against the `before` ones.

    "bullish": a lower low of the close with a higher low of the line; "bearish": a higher high with a lower high;
    "none" otherwise, or with too few bars (Murphy, Technical Analysis of the Financial Markets, 1999, ch. 10).
    """
    if len(close) < recent + before or not np.isfinite(line[-recent - before :]).all():
        return "none"
    now, then = slice(-recent, None), slice(-recent - before, -recent)
    low_now, low_then = int(np.argmin(close[now])), int(np.argmin(close[then]))
    if close[now][low_now] < close[then][low_then] and line[now][low_now] > line[then][low_then] + 1.0:
        return "bullish"
    top_now, top_then = int(np.argmax(close[now])), int(np.argmax(close[then]))
    if close[now][top_now] > close[then][top_then] and line[now][top_now] < line[then][top_then] - 1.0:
        return "bearish"
    return "none"


def year_of(loaded: Loaded) -> int:
    """How many bars a year has, at least 20, at most what there is."""
    return int(max(20, min(len(loaded.whole), round(bars_per_year(loaded.interval, loaded.instrument.calendar)))))


def in_words(loaded: Loaded) -> str:
    """ " (weekly)" for labels; nothing for daily bars."""
    return "" if loaded.interval.value == "1d" else f" ({INTERVAL_WORDS[loaded.interval.value]})"


def last(line: Floats) -> float:
    """The last value, NaN when unknown."""
    return float(line[-1]) if len(line) else float("nan")


def columns(loaded: Loaded, name: str, **params: object) -> dict[str, Floats]:
    """An indicator's columns over all bars, the main line first. Raises core.indicators.IndicatorError."""
    frame = compute(name, loaded.whole, **params)
    return {str(one): np.asarray(frame[one], dtype=np.float64) for one in frame.columns}


def main_line(loaded: Loaded, name: str, **params: object) -> Floats:
    """An indicator's main line over all bars."""
    return next(iter(columns(loaded, name, **params).values()))


class Told:
    """Adds values of one instrument's bars: symbol, time and source are theirs."""

    def __init__(self, evidence: Evidence, loaded: Loaded) -> None:
        self.evidence, self.loaded = evidence, loaded

    def add(
        self,
        field: str,
        value: float | int | str | date | None,
        unit: str,
        label: str,
        *,
        as_of: date | datetime | None = None,
        period: str = "",
    ) -> None:
        """One value, of the last bar unless `as_of` says otherwise."""
        self.evidence.value(
            field,
            value,
            unit,
            label,
            symbol=self.loaded.instrument.symbol,
            as_of=self.loaded.as_of if as_of is None else as_of,
            source=self.loaded.source,
            period=period,
        )

    def cross(self, cross: Cross | None, field: str, label: str) -> None:
        """A crossing as three values: direction, day, how many bars ago."""
        if cross is None:
            return
        at = self.loaded.stamp(cross.row)
        self.add(f"{field}_direction", cross.direction, "text", f"{label}: direction", as_of=at)
        if np.isfinite(cross.level):
            self.add(f"{field}_level", cross.level, "index", f"{label}: level", as_of=at)
        self.add(f"{field}_date", at, "date", f"{label}: date", as_of=at)
        self.add(f"{field}_bars_ago", len(self.loaded.whole) - 1 - cross.row, "count", f"{label}: bars ago")


def line_series(loaded: Loaded, name: str, values: Floats, pane: str = "price", kind: str = "line") -> Series:
    """A line over the span, on the loaded bars' times."""
    shown: Literal["line", "bar", "area", "dots"] = "bar" if kind == "bar" else "area" if kind == "area" else "line"
    return Series(name, loaded.milliseconds(), np.ascontiguousarray(values[loaded.first :]), shown, pane)


def close_series(loaded: Loaded) -> Series:
    """The closing line of the span."""
    return Series("Close", loaded.milliseconds(), loaded.column("close", span=True), "line", "price", loaded.unit)
