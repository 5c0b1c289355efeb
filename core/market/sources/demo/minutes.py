"""One-minute bars of a session, as a path that begins, ends, peaks and troughs exactly where the daily bar says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.market.sources.demo.draws import Floats, stream
from core.market.sources.demo.paths import DailyPath

MINUTE_NS = 60_000_000_000
MARKET_SHARE = 0.55
FOLLOWS_MARKET = 0.65
_TURNS = (0.3, 0.7)  # when, within a minute, its two extremes are reached


@dataclass(frozen=True)
class MinuteDay:
    """All minutes of one session; ``first`` is the start of the first in nanoseconds UTC. Read-only arrays."""

    first: int
    decimals: int
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def so_far(self, now: int) -> MinuteDay | None:
        """What is known at ``now`` (nanoseconds UTC): whole minutes, and the present one up to this moment.

        None before the first trade. Later answers repeat earlier whole minutes exactly.
        """
        passed = (now - self.first) / MINUTE_NS
        whole = int(passed)
        if passed <= 0.0:
            return None
        if whole >= self.open.size:
            return self
        part = passed - whole
        if part <= 0.0:
            return self._cut(whole)
        opened, close = float(self.open[whole]), float(self.close[whole])
        high, low = float(self.high[whole]), float(self.low[whole])
        turns = (low, high) if close >= opened else (high, low)
        last = round(float(np.interp(part, (0.0, *_TURNS, 1.0), (opened, *turns, close))), self.decimals)
        seen = [opened, last, *(turn for turn, when in zip(turns, _TURNS, strict=True) if part >= when)]
        cut = self._cut(whole + 1)
        for array, value in ((cut.high, max(seen)), (cut.low, min(seen)), (cut.close, last)):
            array[whole] = value
        cut.volume[whole] = np.floor(self.volume[whole] * part)
        return cut

    def _cut(self, count: int) -> MinuteDay:
        arrays = (self.open, self.high, self.low, self.close, self.volume)
        return MinuteDay(self.first, self.decimals, *(array[:count].copy() for array in arrays))


def simulate_minutes(seed: int, shape: str, market: str, path: DailyPath, at: int, hours: tuple[int, int]) -> MinuteDay:
    """Minutes of session ``at`` of a daily path between ``hours`` (nanoseconds UTC).

    A random walk is tied to four points (open, the day's two extremes in either order, close) by taking out its own
    straight line between them, then folded back into the day's range. Part of the walk is the market's, and most days
    so are the times of the extremes: instruments of one market move together within the day too. ``shape`` names
    whose own draws are used; an index and the funds that hold it share one.
    """
    opened, high = float(path.open[at]), float(path.high[at])
    low, close = float(path.low[at]), float(path.close[at])
    count = max(1, int((hours[1] - hours[0]) // MINUTE_NS))
    number = int(path.days[at])
    rng = stream(seed, shape, "minutes", number)
    mood = stream(seed, f"market {market}", "minutes", number)
    turns = np.array([mood.random(), mood.beta(0.7, 1.3), mood.random()])
    common = mood.standard_normal(count)
    own_turns = np.array([rng.random(), rng.beta(0.7, 1.3), rng.random()])
    follows = rng.random() < FOLLOWS_MARKET or shape == market
    order, early, late = (turns if follows else own_turns).tolist()
    share = 1.0 if shape == market else MARKET_SHARE
    draws = rng.standard_normal((4, count))
    clock = (np.arange(count) + 0.5) / count
    busy = 0.7 + 1.1 * (2.0 * clock - 1.0) ** 2  # busy at the open and the close
    steps = (share * common + np.sqrt(1.0 - share**2) * draws[0]) * np.sqrt(busy)
    walk = np.concatenate(([0.0], np.cumsum(steps)))
    ends = np.array([0, count])
    values = np.array([opened, close])
    if count >= 3:
        low_first = order < (0.75 if close >= opened else 0.25)
        first = 1 + int(early * (count - 2))
        second = first + 1 + int(late * (count - 1 - first))
        second = min(second, count - 1) if first < count - 1 else count - 1
        first = min(first, second - 1)
        ends = np.array([0, first, second, count])
        values = np.array([opened, low, high, close] if low_first else [opened, high, low, close])
    grid = np.arange(count + 1)
    reach = high - low
    line = np.interp(grid, ends, values)
    noise = (walk - np.interp(grid, ends, walk[ends])) * (0.5 * reach / np.sqrt(count))
    points = np.round(_fold(line + noise, low, high), path.decimals)
    points[ends] = values
    opens, closes = points[:-1], points[1:]
    wick = 0.35 * reach / np.sqrt(count)
    highs = np.round(np.minimum(high, np.maximum(opens, closes) + wick * np.abs(draws[1])), path.decimals)
    lows = np.round(np.maximum(low, np.minimum(opens, closes) - wick * np.abs(draws[2])), path.decimals)
    highs = np.maximum(highs, np.maximum(opens, closes))
    lows = np.minimum(lows, np.minimum(opens, closes))
    if count < 3:
        highs[0], lows[0] = high, low
    arrays = (opens.copy(), highs, lows, closes.copy(), _volumes(float(path.volume[at]), busy, draws[3]))
    for array in arrays:
        array.flags.writeable = False
    return MinuteDay(hours[0], path.decimals, *arrays)


def _fold(values: Floats, low: float, high: float) -> Floats:
    """Reflects values at both ends of a range until they lie in it."""
    reach = high - low
    if reach <= 0.0:
        return np.full_like(values, low)
    turned = np.mod(values - low, 2.0 * reach)
    return np.asarray(low + np.minimum(turned, 2.0 * reach - turned))


def _volumes(total: float, busy: Floats, noise: Floats) -> Floats:
    """Whole-number volumes that add up to ``total`` exactly; NaN where the day's volume is unknown."""
    if np.isnan(total):
        return np.full(busy.size, np.nan)
    weights = np.cumsum(busy * np.exp(0.6 * noise))
    upto = np.floor(total * weights / weights[-1])
    upto[-1] = total
    return np.diff(upto, prepend=0.0)
