"""What a rule plan wants on bars: three-valued conditions, and the signals they make.

A condition is true, false, or cannot be said (a warm-up, a missing bar, a division by zero). What cannot be said gives
no signal, and neither does its contrary. The logic is Kleene's (1952): "and" is false as soon as one part is, true only
when all are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatchmethod

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.backtest.errors import BadRule
from core.backtest.rules.plan import (
    MONTHS,
    WEEKDAYS,
    Candle,
    Compare,
    Condition,
    Daytime,
    Either,
    Every,
    Lasting,
    Level,
    Month,
    MonthDays,
    Node,
    Not,
    Number,
    Price,
    Reckoned,
    RulePlan,
    Study,
    Trend,
    Value,
    Weekday,
    Within,
)
from core.backtest.signals import Signals, cross_codes
from core.backtest.tape import Tape
from core.indicators.numbers import Floats

Flags = npt.NDArray[np.bool_]
_DAY_MINUTES = 1440


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Where a condition is true and where it is false, bool (n,) each; in neither place it cannot be said."""

    yes: Flags
    no: Flags

    @classmethod
    def known(cls, yes: Flags) -> Truth:
        """A condition that can always be said."""
        return cls(yes, ~yes)


def signals_of(plan: RulePlan, tape: Tape) -> Signals:
    """The signals of a plan, one a bar: true conditions and nothing else.

    Raises BadRule for a condition these bars cannot answer (a time of day on daily bars).
    """
    decide = Deciding(tape)
    given = {name: decide.truth(condition).yes for name, condition in plan.conditions}
    return Signals.of(**given)


class Deciding:
    """Values and conditions on one tape, each computed once. For one call: not for several threads at once."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._values: dict[Node, Floats] = {}
        self._truths: dict[Node, Truth] = {}

    def value(self, node: Value) -> Floats:
        """A value at each bar, float64 (n,), NaN where it is not known. Do not write into it."""
        if node not in self._values:
            self._values[node] = self._value(node)
        return self._values[node]

    def truth(self, node: Condition) -> Truth:
        """A condition at each bar."""
        if node not in self._truths:
            self._truths[node] = self._truth(node)
        return self._truths[node]

    # -- values ---------------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _value(self, node: Value) -> Floats:
        raise TypeError(f"{type(node).__name__} is no value")

    @_value.register
    def _(self, node: Price) -> Floats:
        return _back(np.asarray(getattr(self._tape, node.field), dtype=np.float64), node.ago)

    @_value.register
    def _(self, node: Study) -> Floats:
        return _back(self._tape.line(node.name, node.column, **dict(node.params)), node.ago)

    @_value.register
    def _(self, node: Number) -> Floats:
        return self._tape.level(node.value)

    @_value.register
    def _(self, node: Level) -> Floats:
        if node.of_span:
            return self._of_last_span(node)
        top = node.kind == "highest"
        window = pd.Series(self._tape.high if top else self._tape.low).rolling(node.bars)
        return _back((window.max() if top else window.min()).to_numpy(dtype=np.float64), 1)

    @_value.register
    def _(self, node: Reckoned) -> Floats:
        left, right = self.value(node.left), self.value(node.right)
        with np.errstate(all="ignore"):
            if node.op == "+":
                out = left + right
            elif node.op == "-":
                out = left - right
            elif node.op == "*":
                out = left * right
            else:
                out = left / np.where(right == 0.0, np.nan, right)
        return np.where(np.isfinite(out), out, np.nan)

    def _of_last_span(self, node: Level) -> Floats:
        tape, n = self._tape, len(self._tape)
        group = _groups(tape, node.span)
        starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        if node.kind == "previous_high":
            each = np.fmax.reduceat(tape.high, starts)
        elif node.kind == "previous_low":
            each = np.fmin.reduceat(tape.low, starts)
        else:
            each = tape.close[np.r_[starts[1:], n] - 1]
        return np.repeat(_back(each, 1), np.diff(np.r_[starts, n]))

    # -- conditions -----------------------------------------------------------------------------------------------

    @singledispatchmethod
    def _truth(self, node: Condition) -> Truth:
        raise TypeError(f"{type(node).__name__} is no condition")

    @_truth.register
    def _(self, node: Compare) -> Truth:
        left, right = self.value(node.left), self.value(node.right)
        known = ~(np.isnan(left) | np.isnan(right))
        if node.how in ("crosses_above", "crosses_below"):
            codes = cross_codes(np.ascontiguousarray(left), np.ascontiguousarray(right), False)
            yes = codes == (1 if node.how == "crosses_above" else 2)
        elif node.how == "above":
            yes = left > right
        elif node.how == "below":
            yes = left < right
        elif node.how == "at_least":
            yes = left >= right
        else:
            yes = left <= right
        return Truth(np.asarray(yes & known), np.asarray(~yes & known))

    @_truth.register
    def _(self, node: Trend) -> Truth:
        values = self.value(node.value)
        step = np.full(len(values), np.nan)
        step[1:] = np.diff(values)
        moved = step > 0.0 if node.way == "rising" else step < 0.0
        known = ~np.isnan(step)
        return _lasting(Truth(np.asarray(moved & known), np.asarray(~moved & known)), node.bars)

    @_truth.register
    def _(self, node: Candle) -> Truth:
        seen = self._tape.pattern(node.pattern)
        if node.says == "any":
            return Truth.known(np.asarray(seen != 0.0))
        return Truth.known(np.asarray(seen > 0.0 if node.says == "up" else seen < 0.0))

    @_truth.register
    def _(self, node: Weekday) -> Truth:
        wanted = [WEEKDAYS.index(one) for one in node.days]
        return Truth.known(np.isin((self._tape.day + 3) % 7, wanted))  # 1970-01-01 was a Thursday; Monday is 0

    @_truth.register
    def _(self, node: Month) -> Truth:
        wanted = [MONTHS.index(one) for one in node.months]
        return Truth.known(np.isin(_groups(self._tape, "month") % 12, wanted))

    @_truth.register
    def _(self, node: MonthDays) -> Truth:
        days = self._tape.day.astype("datetime64[D]")
        number = (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1
        return Truth.known(np.asarray((number >= node.first) & (number <= node.last)))

    @_truth.register
    def _(self, node: Daytime) -> Truth:
        local = self._tape.local
        if len(local) > 1 and local[1] - local[0] >= pd.Timedelta(hours=20):
            raise BadRule("time of day", "bars of a day or longer", "choose bars within the day, or leave it out")
        ticks = local.values.astype("datetime64[m]").astype(np.int64) % _DAY_MINUTES
        return Truth.known(np.asarray((ticks >= node.first) & (ticks <= node.last)))

    @_truth.register
    def _(self, node: Every) -> Truth:
        parts = [self.truth(one) for one in node.parts]
        return Truth(np.logical_and.reduce([p.yes for p in parts]), np.logical_or.reduce([p.no for p in parts]))

    @_truth.register
    def _(self, node: Either) -> Truth:
        parts = [self.truth(one) for one in node.parts]
        return Truth(np.logical_or.reduce([p.yes for p in parts]), np.logical_and.reduce([p.no for p in parts]))

    @_truth.register
    def _(self, node: Not) -> Truth:
        part = self.truth(node.part)
        return Truth(part.no, part.yes)

    @_truth.register
    def _(self, node: Within) -> Truth:
        part = self.truth(node.part)
        turned = _lasting(Truth(part.no, part.yes), node.bars)
        return Truth(turned.no, turned.yes)

    @_truth.register
    def _(self, node: Lasting) -> Truth:
        return _lasting(self.truth(node.part), node.bars)


def _lasting(part: Truth, bars: int) -> Truth:
    """True where it was at each of the last `bars` bars, false where it was not at one of them."""
    return Truth(_count(part.yes, bars) == bars, _count(part.no, bars) > 0)


def _count(flags: Flags, bars: int) -> npt.NDArray[np.int64]:
    total = np.cumsum(flags, dtype=np.int64)
    out = total.copy()
    out[bars:] -= total[:-bars]
    return out


def _back(values: Floats, bars: int) -> Floats:
    if bars == 0:
        return values
    out = np.full(len(values), np.nan)
    out[bars:] = values[:-bars]
    return out


def _groups(tape: Tape, span: str) -> npt.NDArray[np.int64]:
    """The session, week, month or year each bar belongs to, counted from 1970."""
    if span == "day":
        return tape.day
    if span == "week":  # from Monday
        return np.asarray((tape.day + 3) // 7)
    unit = "datetime64[M]" if span == "month" else "datetime64[Y]"
    return np.asarray(tape.day.astype("datetime64[D]").astype(unit).astype(np.int64))
