"""Chart patterns: the shapes swing highs and lows make, found in the order in which they became known.

The finder walks through the bars once. A swing is known `reach` bars after its extreme; a pattern is known
when its last swing is. So what is found by a bar never changes when later bars come; only the state does
(forming, then confirmed or failed), and the bars at which it did are recorded.
Shapes as in Edwards and Magee (1948) and Bulkowski (2005); tolerances are shares of the pattern's height.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Literal

import numpy as np
import pandas as pd
from talib import _ta_lib as talib  # the compiled functions; the outer ones first look for frames

from core.indicators import price_kernels
from core.indicators.arrays import OHLCV
from core.indicators.candle_table import Direction
from core.indicators.errors import BadParameter
from core.indicators.numbers import Floats

State = Literal["forming", "confirmed", "failed"]
PRICES = ("high", "low", "close")

LABELS = {
    "double_top": "Double top",
    "double_bottom": "Double bottom",
    "head_and_shoulders": "Head and shoulders",
    "inverse_head_and_shoulders": "Inverse head and shoulders",
    "ascending_triangle": "Ascending triangle",
    "descending_triangle": "Descending triangle",
    "symmetrical_triangle": "Symmetrical triangle",
    "bull_flag": "Bull flag",
    "bear_flag": "Bear flag",
    "bull_pennant": "Bull pennant",
    "bear_pennant": "Bear pennant",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the chart: row, time and price."""

    index: int
    time: pd.Timestamp
    price: float
    role: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line to draw between two points (straight in rows, not in calendar time)."""

    name: str
    start: Point
    end: Point


@dataclass(frozen=True, slots=True)
class ChartPattern:
    """One shape.

    `pivots` are the swings it rests on, `lines` its neckline or trend lines, extended to the bar where it was
    confirmed, failed or last seen. `known_at` is the first row at which it could be known; `confirmed_at` and
    `failed_at` are rows or None. `target` is the measured move, `invalidation` the price that ends it.
    """

    kind: str
    label: str
    direction: Direction
    pivots: tuple[Point, ...]
    lines: tuple[Line, ...]
    state: State
    known_at: int
    known_time: pd.Timestamp
    confirmed_at: int | None
    failed_at: int | None
    target: float
    invalidation: float
    height: float
    description: str

    @property
    def start(self) -> int:
        """Row of the first swing."""
        return self.pivots[0].index

    @property
    def end(self) -> int:
        """Row of the last swing."""
        return self.pivots[-1].index


@dataclass(frozen=True, slots=True)
class _Swing:
    index: int
    price: float
    top: bool
    known: int


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line as row, price and slope; a price at any row."""

    name: str
    index: int
    price: float
    slope: float

    def at(self, row: int) -> float:
        return self.price + self.slope * (row - self.index)


def _through(name: str, a: _Swing, b: _Swing) -> _Edge:
    return _Edge(name, a.index, a.price, (b.price - a.price) / (b.index - a.index))


@dataclass(frozen=True, slots=True)
class _Shape:
    """A candidate in the upright world, in which its expected break is downwards for tops."""

    kind: str
    swings: tuple[_Swing, ...]
    edges: tuple[_Edge, ...]
    trigger: int  # which edge a close must cross
    side: int  # -1: a close below the trigger confirms, +1 above, 0 either of the first two edges
    stop: float  # a close beyond it on the other side fails the shape
    height: float
    expires: int
    roles: tuple[str, ...]


def chart_patterns(bars: pd.DataFrame, kinds: tuple[str, ...] | None = None, reach: int = 5) -> list[ChartPattern]:
    """Chart patterns among the bars, oldest first by the row at which they became known.

    `kinds` limits them (names of LABELS); `reach` is the number of bars on either side that make a swing
    (flags and pennants, being short, use 2). Rows with prices that are not finite are passed over; row numbers
    are those of `bars`. Raises BadBars, and BadParameter for a kind that does not exist or a reach outside
    2..50.
    """
    for kind in kinds or ():
        if kind not in LABELS:
            raise BadParameter("chart_patterns", "kinds", kind, f"it must be one of {', '.join(LABELS)}")
    if not 2 <= reach <= 50:
        raise BadParameter("chart_patterns", "reach", reach, "it must be a whole number from 2 to 50")
    data = OHLCV.of(bars, PRICES)
    mask = data.valid(PRICES)
    rows = np.arange(len(bars)) if mask is None else np.flatnonzero(mask)
    if mask is not None:
        data = data.rows(mask)
    found: list[ChartPattern] = []
    for flip in (False, True):
        world = _World(data, flip)
        shapes = chain(world.shapes(reach, (_double, _shoulders, _triangle)), world.shapes(2, (_flag,)))
        found.extend(world.pattern(shape, bars.index, rows) for shape in shapes)
    if kinds:
        found = [pattern for pattern in found if pattern.kind in kinds]
    return sorted(found, key=lambda p: (p.known_at, p.kind, p.start))


Matcher = Callable[[list[_Swing], float], _Shape | None]


class _World:
    """The bars, upright or mirrored (prices negated), so that each shape is written once, as a top."""

    def __init__(self, data: OHLCV, flip: bool) -> None:
        self.flip = flip
        self.high: Floats = -data.low if flip else data.high
        self.low: Floats = -data.high if flip else data.low
        self.close: Floats = -data.close if flip else data.close
        self.atr: Floats = talib.ATR(data.high, data.low, data.close, 14)

    def shapes(self, reach: int, matchers: tuple[Matcher, ...]) -> Iterator[_Shape]:
        tops, bottoms = price_kernels.pivots(self.high, self.low, reach, reach)
        swings: list[_Swing] = []
        seen: dict[str, tuple[int, ...]] = {}
        for known in np.flatnonzero(np.isfinite(tops) | np.isfinite(bottoms)):
            row = int(known)
            fresh = [
                _Swing(row - reach, float(values[row]), top, row)
                for values, top in ((tops, True), (bottoms, False))
                if np.isfinite(values[row])
            ]
            for swing in fresh:
                if not _push(swings, swing) or not np.isfinite(self.atr[row]) or self.atr[row] <= 0.0:
                    continue
                for match in matchers:
                    shape = match(swings, float(self.atr[row]))
                    # The symmetrical triangle is its own mirror image: it is looked for upright only.
                    if shape is None or (self.flip and shape.kind == "symmetrical_triangle"):
                        continue
                    places = tuple(s.index for s in shape.swings)
                    if len(set(places) & set(seen.get(shape.kind, ()))) >= len(places) - 1:
                        continue  # the same shape, its last swing moved on
                    seen[shape.kind] = places
                    yield shape

    def pattern(self, shape: _Shape, index: pd.Index, rows: np.ndarray) -> ChartPattern:
        """The public form, with its state as of the last bar."""
        last, known = shape.swings[-1].index, shape.swings[-1].known
        confirmed, failed, side = None, None, shape.side
        broken = -1
        for row in range(last + 1, min(shape.expires + 1, len(self.close))):
            price = self.close[row]
            if shape.side == 0:
                if price > shape.edges[0].at(row) or price < shape.edges[1].at(row):
                    side = 1 if price > shape.edges[0].at(row) else -1
                    broken = row
                    break
            elif (price - shape.edges[shape.trigger].at(row)) * shape.side > 0.0:
                broken = row
                break
            elif (price - shape.stop) * shape.side < 0.0:
                failed = max(row, known)
                break
        if broken >= 0:
            confirmed = max(broken, known)
        elif failed is None and shape.expires < len(self.close) - 1:
            failed = max(shape.expires + 1, known)
        edge = shape.edges[shape.trigger] if shape.side else shape.edges[0 if side >= 0 else 1]
        base = edge.at(broken if broken >= 0 else max(last, min(known, len(self.close) - 1)))
        target = base + shape.height * side if side else base + shape.height
        sign = -1.0 if self.flip else 1.0
        until = min(
            confirmed if confirmed is not None else failed if failed is not None else len(self.close) - 1,
            len(self.close) - 1,
        )

        def point(row: int, price: float, role: str) -> Point:
            return Point(int(rows[row]), index[rows[row]], sign * price, role)

        state: State = "confirmed" if confirmed is not None else "failed" if failed is not None else "forming"
        kind = _mirrored(shape.kind) if self.flip else shape.kind
        upward = side * sign
        direction: Direction = "bullish" if upward > 0 else "bearish" if upward < 0 else "neutral"
        names = {"upper": "lower", "lower": "upper"} if self.flip else {}
        return ChartPattern(
            kind=kind,
            label=LABELS[kind],
            direction=direction,
            pivots=tuple(point(s.index, s.price, role) for s, role in zip(shape.swings, shape.roles, strict=True)),
            lines=tuple(
                Line(
                    names.get(e.name, e.name),
                    point(e.index, e.price, "start"),
                    point(until, e.at(until), "end"),
                )
                for e in shape.edges
            ),
            state=state,
            known_at=int(rows[known]),
            known_time=index[rows[known]],
            confirmed_at=None if confirmed is None else int(rows[confirmed]),
            failed_at=None if failed is None else int(rows[failed]),
            target=sign * target,
            invalidation=sign * shape.stop,
            height=shape.height,
            description=_words(kind, state, direction, sign * base, sign * target),
        )


def _push(swings: list[_Swing], swing: _Swing) -> bool:
    """Keep tops and bottoms alternating: of two of a kind the more extreme stays. True when the list changed."""
    if swings and swings[-1].top == swing.top:
        further = swing.price > swings[-1].price if swing.top else swing.price < swings[-1].price
        if not further:
            return False
        swings[-1] = swing
        return True
    swings.append(swing)
    return True


def _double(swings: list[_Swing], atr: float) -> _Shape | None:
    if len(swings) < 4 or not swings[-1].top:
        return None
    before, first, dip, second = swings[-4:]
    height = min(first.price, second.price) - dip.price
    apart = second.index - first.index
    if (
        height < 3.0 * atr
        or abs(first.price - second.price) > 0.15 * height
        or not 10 <= apart <= 150
        or first.price - before.price < height
    ):
        return None
    return _Shape(
        "double_top", (first, dip, second), (_Edge("neckline", dip.index, dip.price, 0.0),), 0, -1,
        max(first.price, second.price), height, second.index + apart, ("first top", "dip", "second top"),
    )  # fmt: skip


def _shoulders(swings: list[_Swing], atr: float) -> _Shape | None:
    if len(swings) < 6 or not swings[-1].top:
        return None
    before, left, dip1, head, dip2, right = swings[-6:]
    neckline = _through("neckline", dip1, dip2)
    height = head.price - neckline.at(head.index)
    span1, span2 = head.index - left.index, right.index - head.index
    if (
        height < 3.0 * atr
        or min(head.price - left.price, head.price - right.price) < 0.15 * height
        or abs(left.price - right.price) > 0.35 * height
        or abs(dip1.price - dip2.price) > 0.35 * height
        or min(left.price, right.price) - max(dip1.price, dip2.price) < 0.15 * height
        or not 1 / 3 <= span1 / span2 <= 3
        or right.index - left.index > 200
        or before.price > min(dip1.price, dip2.price)
    ):
        return None
    return _Shape(
        "head_and_shoulders", (left, dip1, head, dip2, right), (neckline,), 0, -1, head.price, height,
        right.index + (right.index - left.index), ("left shoulder", "dip", "head", "dip", "right shoulder"),
    )  # fmt: skip


def _triangle(swings: list[_Swing], atr: float) -> _Shape | None:
    """Descending (flat lows, falling highs; mirrored: ascending) and symmetrical, on five swings."""
    if len(swings) < 5:
        return None
    five = tuple(swings[-5:])
    tops = [s for s in five if s.top]
    lows = [s for s in five if not s.top]
    height = max(s.price for s in tops) - min(s.price for s in lows)
    width = five[-1].index - five[0].index
    if height < 3.0 * atr or not 15 <= width <= 200:
        return None
    falling = all(b.price < a.price - 0.08 * height for a, b in pairwise(tops))
    rising = all(b.price > a.price + 0.08 * height for a, b in pairwise(lows))
    flat = max(s.price for s in lows) - min(s.price for s in lows) <= 0.12 * height
    if not falling or not (flat or rising):
        return None
    upper, lower = _through("upper", tops[0], tops[-1]), _through("lower", lows[0], lows[-1])
    if any(abs(s.price - upper.at(s.index)) > 0.12 * height for s in tops):
        return None
    if flat and not rising:
        lower = _Edge("lower", lows[0].index, sum(s.price for s in lows) / len(lows), 0.0)
    elif any(abs(s.price - lower.at(s.index)) > 0.12 * height for s in lows):
        return None
    closing = lower.slope - upper.slope
    if closing <= 0.0:
        return None
    end = five[-1].index
    apex = end + (upper.at(end) - lower.at(end)) / closing
    if not end < apex < end + 2 * width:
        return None
    roles = tuple("top" if s.top else "low" for s in five)
    if rising:
        return _Shape(
            "symmetrical_triangle", five, (upper, lower), 0, 0, min(s.price for s in lows), height,
            int(apex), roles,
        )  # fmt: skip
    return _Shape(
        "descending_triangle", five, (upper, lower), 1, -1, max(tops[-1].price, upper.at(end)), height,
        int(apex), roles,
    )  # fmt: skip


def _flag(swings: list[_Swing], atr: float) -> _Shape | None:
    """A steep pole up and a short rest against it; mirrored: the bear's."""
    if len(swings) < 5 or swings[-1].top:
        return None
    base, pole, low1, top1, low2 = swings[-5:]
    height = pole.price - base.price
    rise, rest = pole.index - base.index, low2.index - pole.index
    deepest = min(low1.price, low2.price)
    if (
        height < 5.0 * atr
        or rise > 15
        or not 5 <= rest <= max(20, 3 * rise)
        or pole.price - deepest > 0.5 * height
        or top1.price > pole.price
    ):
        return None
    upper, lower = _through("upper", pole, top1), _through("lower", low1, low2)
    step = 0.15 * height / rest
    if upper.slope <= 0.0 and lower.slope <= step and abs(upper.slope - lower.slope) <= step:
        kind = "bull_flag"
    elif upper.slope < 0.0 and lower.slope > 0.0:
        kind = "bull_pennant"
    else:
        return None
    return _Shape(
        kind, (base, pole, low1, top1, low2), (upper, lower), 0, 1, pole.price - 0.618 * height, height,
        low2.index + max(10, rest), ("base", "pole", "low", "top", "low"),
    )  # fmt: skip


def _mirrored(kind: str) -> str:
    return {
        "double_top": "double_bottom",
        "head_and_shoulders": "inverse_head_and_shoulders",
        "descending_triangle": "ascending_triangle",
        "bull_flag": "bear_flag",
        "bull_pennant": "bear_pennant",
    }[kind]


def _words(kind: str, state: State, direction: str, base: float, target: float) -> str:
    line = {"forming": "not yet broken", "confirmed": "broken", "failed": "given up"}[state]
    return f"{LABELS[kind]}, {direction}: the line at {base:.6g} is {line}; the measured move points to {target:.6g}."


def as_of(pattern: ChartPattern, row: int) -> ChartPattern | None:
    """The pattern's state as it stood at a row: None before it was known."""
    if row < pattern.known_at:
        return None
    confirmed = pattern.confirmed_at if pattern.confirmed_at is not None and pattern.confirmed_at <= row else None
    failed = pattern.failed_at if pattern.failed_at is not None and pattern.failed_at <= row else None
    state: State = "confirmed" if confirmed is not None else "failed" if failed is not None else "forming"
    return replace(pattern, state=state, confirmed_at=confirmed, failed_at=failed)
