"""Whether a strategy looks ahead: it is run on bars that end earlier, and must have wanted the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.backtest.run import AnyBars, AnyStrategy, strategy_of, tape_of
from core.backtest.signals import Signals
from core.backtest.strategy import Strategy
from core.backtest.tape import Tape

CUTS = 24


@dataclass(frozen=True, slots=True)
class LookAhead:
    """A signal that changed when later bars were taken away.

    `bar` and `time` are of the signal; `known` is how many bars there were when it read differently; `what` is the
    kind of value that changed (signals, limits, triggers, weights).
    """

    bar: int
    time: pd.Timestamp
    known: int
    what: str

    @property
    def text(self) -> str:
        """The finding as a sentence."""
        return (
            f"The {self.what} of bar {self.bar} ({self.time:%Y-%m-%d %H:%M}) were different when only the first "
            f"{self.known} bars were known: the strategy looks ahead, and its result cannot be had."
        )


def look_ahead(bars: AnyBars, strategy: AnyStrategy, *, cuts: int = CUTS) -> LookAhead | None:
    """The earliest signal found that depends on later bars; None when there is none at the bars tried.

    The strategy is asked again with the bars cut at `cuts` places spread over the series and around its first signals.
    A strategy given as finished Signals cannot be asked again and is never found.

    Raises as `run` does; what the strategy itself raises on fewer bars goes through.
    """
    tape, _ = tape_of(bars)
    chosen = strategy_of(strategy, None)
    if isinstance(strategy, Signals):
        return None
    whole = chosen.signals(tape)
    found: LookAhead | None = None
    for known in _places(len(tape), whole, cuts):
        one = _changed(tape, chosen, whole, known)
        if one is not None and (found is None or one.bar < found.bar):
            found = one
    return found


def _places(n: int, whole: Signals, cuts: int) -> list[int]:
    """Numbers of bars to try: right after signals, where a peek is likeliest to show, and evenly."""
    events = np.flatnonzero(whole.codes)
    near = events[:: max(1, len(events) // max(cuts // 2, 1))] + 1
    even = np.linspace(max(2, n // 10), n - 1, max(cuts // 2, 1)).astype(np.int64)
    return sorted({int(k) for k in (*near, *even) if 1 <= k < n})


def _changed(tape: Tape, strategy: Strategy, whole: Signals, known: int) -> LookAhead | None:
    part = strategy.signals(tape.cut(known))
    first: tuple[int, str] | None = None
    for what in ("codes", "limits", "triggers", "weights"):
        before, after = getattr(whole, what)[:known], getattr(part, what)
        if len(before) != len(after):
            return LookAhead(known - 1, tape.index[known - 1], known, what)
        same = (before == after) | (_nan(before) & _nan(after))
        if what != "codes":  # rounding of running sums is no peek
            same |= np.isclose(before, after, rtol=1e-9, atol=0.0)
        if not same.all():
            bar = int(np.argmin(same))
            if first is None or bar < first[0]:
                first = (bar, "signals" if what == "codes" else what)
    return None if first is None else LookAhead(first[0], tape.index[first[0]], known, first[1])


def _nan(values: np.ndarray) -> np.ndarray:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)
