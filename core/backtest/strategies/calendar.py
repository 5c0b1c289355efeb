"""Strategies of the clock and the calendar, and those that only buy."""

from __future__ import annotations

import numpy as np

from core.backtest.account import Account
from core.backtest.errors import NothingToTest
from core.backtest.signals import Signals, position_codes
from core.backtest.sizing import Sizing
from core.backtest.strategy import SHORT, Library
from core.backtest.tape import Tape
from core.indicators.kernels import kernel
from core.indicators.model import Param
from core.indicators.numbers import Floats

library = Library("calendar")


@library.add(
    "buy_and_hold", "Buy and hold", "Buy at the first chance and never sell: what every idea has to beat.",
    "Sharpe (1991), The arithmetic of active management",
)  # fmt: skip
def buy_and_hold(tape: Tape) -> Signals:
    every = np.zeros(len(tape), dtype=bool)
    every[0] = True
    return Signals.of(every)


@library.add(
    "sip", "Systematic investment plan",
    "Invest the same sum every so often, whatever the price, until the money is in.",
    "Constantinides (1979), A note on the suboptimality of dollar-cost averaging",
    Param("every", "Every", "month", kind="choice", choices=("week", "month", "quarter")),
    sizing=Sizing.fixed_sum(1000.0, max_entries=100_000),
)  # fmt: skip
def sip(tape: Tape, every: str) -> Signals:
    month = tape.local.values.astype("datetime64[M]").astype(np.int64)
    period = {"week": (tape.day + 3) // 7, "month": month, "quarter": month // 3}[every]
    fresh = np.ones(len(tape), dtype=bool)
    fresh[1:] = period[1:] != period[:-1]
    return Signals.of(fresh)


@library.add(
    "turn_of_month", "Turn of the month",
    "Stocks rise from the last days of a month to the first of the next, when money comes in.",
    "Lakonishok and Smidt (1988), Are seasonal anomalies real?",
    Param("last", "Weekdays before the end", 2, 0, 15), Param("first", "Weekdays of the new month", 3, 0, 15),
)  # fmt: skip
def turn_of_month(tape: Tape, last: int, first: int) -> Signals:
    # Decided at the close before, by weekdays: nobody knows then which of them will be holidays.
    day = tape.local.values.astype("datetime64[D]")
    tomorrow = np.busday_offset(day, 1, roll="backward")
    month = tomorrow.astype("datetime64[M]")
    begin = month.astype("datetime64[D]")
    end = (month + 1).astype("datetime64[D]")
    gone, left = np.busday_count(begin, tomorrow), np.busday_count(tomorrow, end)
    inside = (left <= last) | (gone < first)
    return Signals(position_codes(inside.astype(np.float64)))


@library.add(
    "months", "Half-year seasonality", "Hold from one month to another; from November to April is the old saying.",
    "Bouman and Jacobsen (2002), The Halloween indicator",
    Param("from_month", "From month", 11, 1, 12), Param("to_month", "To month", 4, 1, 12),
)  # fmt: skip
def months(tape: Tape, from_month: int, to_month: int) -> Signals:
    tomorrow = np.busday_offset(tape.local.values.astype("datetime64[D]"), 1, roll="backward")
    month = tomorrow.astype("datetime64[M]").astype(np.int64) % 12 + 1
    if from_month <= to_month:
        inside = (month >= from_month) & (month <= to_month)
    else:
        inside = (month >= from_month) | (month <= to_month)
    return Signals(position_codes(inside.astype(np.float64)))


@library.add(
    "weekday", "Day of the week", "Hold over one day of the week only; Mondays were weak for decades.",
    "French (1980), Stock returns and the weekend effect",
    Param("day", "Held on", "friday", kind="choice",
          choices=("monday", "tuesday", "wednesday", "thursday", "friday")),
)  # fmt: skip
def weekday(tape: Tape, day: str) -> Signals:
    wanted = ("monday", "tuesday", "wednesday", "thursday", "friday").index(day)
    tomorrow = np.busday_offset(tape.local.values.astype("datetime64[D]"), 1, roll="backward").astype(np.int64)
    inside = (tomorrow + 3) % 7 == wanted
    return Signals(position_codes(inside.astype(np.float64)))


@library.add(
    "opening_range", "Opening-range breakout",
    "The first minutes set the day's range; a close above it goes on until the session ends. For bars within the day.",
    "Crabel (1990), Day trading with short-term price patterns and opening range breakout",
    Param("bars", "Bars of the range", 3, 1, 100), SHORT,
    account=Account(square_off=True),
)  # fmt: skip
def opening_range(tape: Tape, bars: int, short: str) -> Signals:
    if not tape.intraday:
        raise NothingToTest("opening_range needs bars within the day, such as --interval 5m; these are days or longer.")
    side = _range_break(tape.high, tape.low, tape.close, tape.day.astype(np.float64), bars)
    up, down = side == 1.0, side == -1.0
    if short == "yes":
        return Signals.of(up, down, down, up)
    return Signals.of(up, down)


@kernel
def _range_break(high: Floats, low: Floats, close: Floats, day: Floats, bars: int) -> Floats:
    """1 and -1 at the first close of a day above and below the range of its first `bars` bars; 0 elsewhere."""
    n = len(close)
    out = np.zeros(n)
    seen, top, bottom, up, down = 0, -np.inf, np.inf, False, False
    for i in range(n):
        if i == 0 or day[i] != day[i - 1]:
            seen, top, bottom, up, down = 0, -np.inf, np.inf, False, False
        if np.isnan(close[i]):
            continue
        if seen < bars:
            top, bottom = max(top, high[i]), min(bottom, low[i])
            seen += 1
        elif close[i] > top and not up:
            out[i], up = 1.0, True
        elif close[i] < bottom and not down:
            out[i], down = -1.0, True
    return out
