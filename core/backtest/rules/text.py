"""Rule plans read back as plain English."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from core.backtest.layout import Size
from core.backtest.rules.plan import (
    MONTHS,
    WEEKDAYS,
    Candle,
    Compare,
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
    Weekday,
    Within,
)
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.indicators.candles import find_pattern

_HOW = {
    "above": "is above",
    "below": "is below",
    "at_least": "is at least",
    "at_most": "is at most",
    "crosses_above": "crosses above",
    "crosses_below": "crosses below",
}
_EXTREME = {
    "highest": "the highest high of the {bars} before",
    "lowest": "the lowest low of the {bars} before",
    "previous_high": "the high of the last {span}",
    "previous_low": "the low of the last {span}",
    "previous_close": "the close of the last {span}",
}
_WORD = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_SPAN = {"day": "session", "week": "week", "month": "month", "year": "year"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DOES = {
    "enter_long": "Buy",
    "exit_long": "Sell",
    "enter_short": "Sell short",
    "exit_short": "Buy back",
}


def sentences(plan: RulePlan) -> tuple[str, ...]:
    """What the plan does, a sentence each: entries and exits, then stops, then the size."""
    out = [f"{_DOES[name]} when {told(condition)}." for name, condition in plan.conditions]
    stops = stops_sentences(plan.stops)
    both = plan.enter_long is not None and plan.enter_short is not None
    ways = ["when the other side is entered"] * both + ["by the stops below"] * bool(stops)
    for side, leave in (("long", "Sell"), ("short", "Buy back")):
        if getattr(plan, f"enter_{side}") is not None and getattr(plan, f"exit_{side}") is None:
            out.append(f"{leave} only {' or '.join(ways)}." if ways else f"Never {leave.lower()}: there is no exit.")
    return (*out, *stops, size_sentence(plan.sizing))


@singledispatch
def told(node: Node) -> str:
    """A value or a condition in words."""
    raise TypeError(f"{type(node).__name__} is no part of a rule")


@told.register
def _(node: Price) -> str:
    return f"the {node.field}{_ago(node.ago)}"


@told.register
def _(node: Study) -> str:
    found = node.indicator
    given = [f"{value:g}" if isinstance(value, float) else str(value) for value in node.values.values() if value != ""]
    name = f"{found.label} ({', '.join(given)})" if given else found.label
    if node.column:
        label = next(one.label for one in found.columns if one.name == node.column)
        name = f"{label} of {name}"
    return f"{name}{_ago(node.ago)}"


@told.register
def _(node: Number) -> str:
    return f"{node.value:g}"


@told.register
def _(node: Level) -> str:
    bars = "bar" if node.bars == 1 else f"{node.bars} bars"
    return _EXTREME[node.kind].format(bars=bars, span=_SPAN[node.span])


@told.register
def _(node: Reckoned) -> str:
    sides = [f"({told(one)})" if isinstance(one, Reckoned) else told(one) for one in (node.left, node.right)]
    return f"{sides[0]} {_WORD[node.op]} {sides[1]}"


@told.register
def _(node: Compare) -> str:
    return f"{told(node.left)} {_HOW[node.how]} {told(node.right)}"


@told.register
def _(node: Trend) -> str:
    way = "rises" if node.way == "rising" else "falls"
    return f"{told(node.value)} {way}{'' if node.bars == 1 else f' {node.bars} bars in a row'}"


@told.register
def _(node: Candle) -> str:
    says = {"any": "", "up": "bullish ", "down": "bearish "}[node.says]
    return f"the candles form a {says}{find_pattern(node.pattern).label.lower()}"


@told.register
def _(node: Weekday) -> str:
    return f"it is {listed([_DAYS[WEEKDAYS.index(one)] for one in node.days], 'or')}"


@told.register
def _(node: Month) -> str:
    return f"the month is {listed([_MONTHS[MONTHS.index(one)] for one in node.months], 'or')}"


@told.register
def _(node: MonthDays) -> str:
    if node.first == node.last:
        return f"it is day {node.first} of the month"
    return f"it is day {node.first} to {node.last} of the month"


@told.register
def _(node: Daytime) -> str:
    return f"the bar begins between {clock(node.first)} and {clock(node.last)}"


@told.register
def _(node: Every) -> str:
    return listed([_inside(one) for one in node.parts], "and")


@told.register
def _(node: Either) -> str:
    return listed([_inside(one) for one in node.parts], "or")


@told.register
def _(node: Not) -> str:
    if isinstance(node.part, Weekday | Month | MonthDays):
        return told(node.part).replace(" is ", " is not ", 1)
    return f"it is not so that {_inside(node.part)}"


@told.register
def _(node: Within) -> str:
    return f"within the last {node.bars} bars {_inside(node.part)}" if node.bars > 1 else told(node.part)


@told.register
def _(node: Lasting) -> str:
    return f"for {node.bars} bars in a row {_inside(node.part)}" if node.bars > 1 else told(node.part)


def _inside(node: Node) -> str:
    joined = isinstance(node, Every | Either) and len(node.parts) > 1
    return f"({told(node)})" if joined else told(node)


def _ago(bars: int) -> str:
    return "" if bars == 0 else " one bar ago" if bars == 1 else f" {bars} bars ago"


def clock(minute: int) -> str:
    """A minute of the day as 09:15."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def listed(words: Sequence[str], last: str) -> str:
    """a; a and b; a, b and c."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def stops_sentences(stops: Stops) -> list[str]:
    """What closes a position besides its signal, a sentence each."""
    out = []
    for given, unit in ((stops.stop_percent, "%"), (stops.stop_atr, "ATR")):
        if given:
            out.append(f"Stop the loss {given:g} {unit} from the entry price.")
    for given, unit in ((stops.trail_percent, "%"), (stops.trail_atr, "ATR")):
        if given:
            out.append(f"Trail a stop {given:g} {unit} behind the best price since the entry.")
    if stops.target_percent:
        out.append(f"Take the profit at {stops.target_percent:g} %.")
    unit = {"percent": "%", "atr": "ATR", "risk": "times the risk"}[stops.target_unit]
    for distance, share in stops.targets:
        out.append(f"Take {100 * share:g} % of the position off at {distance:g} {unit}.")
    if stops.max_bars:
        out.append(f"Leave after {stops.max_bars} bars at the latest.")
    return out


def size_sentence(sizing: Sizing) -> str:
    """How much an entry buys, with its caps."""
    most = f"{100 * sizing.cap:g} %"
    size = {
        Size.ALL_IN: f"{100 * sizing.size:g} % of what the account can buy",
        Size.SUM: f"{sizing.size:,.0f} of money",
        Size.FRACTION: f"{100 * sizing.size:g} % of equity",
        Size.QUANTITY: f"{sizing.size:g} shares",
        Size.VOLATILITY: f"what brings {100 * sizing.size:g} % volatility a year, up to {most} of equity",
        Size.ATR_RISK: f"what loses {100 * sizing.size:g} % of equity in a move of {sizing.atr_multiple:g} ATR",
        Size.KELLY: f"{100 * sizing.kelly_share:g} % of Kelly's fraction, up to {most} of equity",
    }[sizing.kind]
    caps = []
    if sizing.lot:
        caps.append(f"in lots of {sizing.lot:g}")
    if sizing.max_weight_percent:
        caps.append(f"at most {sizing.max_weight_percent:g} % of equity in one position")
    if sizing.max_entries > 1:
        caps.append(f"adding up to {sizing.max_entries} times")
    if sizing.cool_down:
        caps.append(f"no entry for {sizing.cool_down} bars after a loss")
    if sizing.daily_loss_percent:
        caps.append(f"no trading after a session's loss of {sizing.daily_loss_percent:g} %")
    return f"Each entry is worth {size}{''.join(f', {one}' for one in caps)}."
