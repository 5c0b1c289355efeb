"""The nouns of a rule plan: values over the bars, conditions on them, and the plan that trades by four conditions.

All are frozen and comparable, so a plan is a key, a version, and the same thing for the rule builder, a link and an
analyst. Nothing here computes: `core.backtest.rules.deciding` does; `text` reads back, `reading` and `writing` are
JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Literal, get_args

from core.backtest.errors import BadRule, between, whole
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.indicators.candles import find_pattern
from core.indicators.errors import IndicatorError
from core.indicators.model import Indicator
from core.indicators.registry import find

Field = Literal["open", "high", "low", "close", "volume"]
Operator = Literal["+", "-", "*", "/"]
How = Literal["above", "below", "at_least", "at_most", "crosses_above", "crosses_below"]
Direction = Literal["any", "up", "down"]
Way = Literal["rising", "falling"]
Extreme = Literal["highest", "lowest", "previous_high", "previous_low", "previous_close"]
Span = Literal["day", "week", "month", "year"]

FIELDS: tuple[Field, ...] = get_args(Field)
OPERATORS: tuple[Operator, ...] = get_args(Operator)
HOWS: tuple[How, ...] = get_args(How)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
WAYS: tuple[Way, ...] = get_args(Way)
EXTREMES: tuple[Extreme, ...] = get_args(Extreme)
SPANS: tuple[Span, ...] = get_args(Span)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MOST_BARS = 1000
"""How far back a value, a level or a "within" may reach, in bars."""
Given = int | float | str | None


@dataclass(frozen=True, slots=True)
class Price:
    """A column of the bars, `ago` bars back."""

    field: Field = "close"
    ago: int = 0

    def __post_init__(self) -> None:
        one_of("price", self.field, FIELDS)
        whole("ago", self.ago, 0, MOST_BARS)


@dataclass(frozen=True, slots=True)
class Study:
    """A column of an indicator of the catalogue, its main line unless named, `ago` bars back.

    `params` are the ones that differ from the defaults, sorted by name; they are checked and cleaned here.
    """

    name: str
    column: str = ""
    params: tuple[tuple[str, Given], ...] = ()
    ago: int = 0

    def __post_init__(self) -> None:
        try:
            found = find(self.name)
            cleaned = found.clean(dict(self.params))
        except IndicatorError as error:
            raise BadRule("indicator", self.name, str(error).rstrip(".")) from error
        object.__setattr__(self, "name", found.name)
        column = "" if self.column == found.column_names[0] else self.column
        if column:
            one_of("column", column, found.column_names)
        object.__setattr__(self, "column", column)
        differ = sorted((k, _text(v)) for k, v in cleaned.items() if v != found.defaults[k])
        object.__setattr__(self, "params", tuple(differ))
        whole("ago", self.ago, 0, MOST_BARS)

    @property
    def indicator(self) -> Indicator:
        """Its entry in the catalogue."""
        return find(self.name)

    @property
    def values(self) -> dict[str, Given]:
        """All parameters, defaults filled in."""
        return {name: _text(value) for name, value in self.indicator.clean(dict(self.params)).items()}


@dataclass(frozen=True, slots=True)
class Number:
    """The same everywhere."""

    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", between("number", self.value, -1e15, 1e15))


@dataclass(frozen=True, slots=True)
class Level:
    """A price that was reached before this bar.

    "highest" and "lowest" are of the `bars` bars before this one; "previous_high", "previous_low" and
    "previous_close" of the last complete `span` (a day is a session) before the one this bar belongs to.
    """

    kind: Extreme
    bars: int = 20
    span: Span = "day"

    def __post_init__(self) -> None:
        one_of("level", self.kind, EXTREMES)
        one_of("span", self.span, SPANS)
        whole("bars", self.bars, 1, MOST_BARS)

    @property
    def of_span(self) -> bool:
        """Whether it belongs to a stretch of the calendar rather than to a number of bars."""
        return self.kind.startswith("previous")


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Two values put together; over zero nothing is known."""

    left: Value
    op: Operator
    right: Value

    def __post_init__(self) -> None:
        one_of("op", self.op, OPERATORS)


Value = Price | Study | Number | Level | Reckoned


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values side by side. A cross needs both sides: a touch is none, nor is the first bar known."""

    left: Value
    how: How
    right: Value

    def __post_init__(self) -> None:
        one_of("is", self.how, HOWS)


@dataclass(frozen=True, slots=True)
class Trend:
    """A value that rose (fell) at each of the last `bars` bars."""

    value: Value
    way: Way = "rising"
    bars: int = 3

    def __post_init__(self) -> None:
        one_of("is", self.way, WAYS)
        whole("bars", self.bars, 1, MOST_BARS)


@dataclass(frozen=True, slots=True)
class Candle:
    """A candle pattern that is complete at this bar."""

    pattern: str
    says: Direction = "any"

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "pattern", find_pattern(self.pattern).name)
        except IndicatorError as error:
            raise BadRule("pattern", self.pattern, str(error).rstrip(".")) from error
        one_of("says", self.says, DIRECTIONS)


@dataclass(frozen=True, slots=True)
class Weekday:
    """The day of the week at the exchange; days as in WEEKDAYS."""

    days: tuple[str, ...]

    def __post_init__(self) -> None:
        _some("weekday", self.days, WEEKDAYS)


@dataclass(frozen=True, slots=True)
class Month:
    """The month at the exchange; months as in MONTHS."""

    months: tuple[str, ...]

    def __post_init__(self) -> None:
        _some("month", self.months, MONTHS)


@dataclass(frozen=True, slots=True)
class MonthDays:
    """Days of the month, both included."""

    first: int
    last: int

    def __post_init__(self) -> None:
        whole("first day of the month", self.first, 1, 31)
        whole("last day of the month", self.last, self.first, 31)


@dataclass(frozen=True, slots=True)
class Daytime:
    """Bars that begin from `first` up to `last` (both included) by the exchange's clock, in minutes of the day."""

    first: int
    last: int

    def __post_init__(self) -> None:
        whole("first minute of the day", self.first, 0, 1439)
        whole("last minute of the day", self.last, self.first, 1439)


@dataclass(frozen=True, slots=True)
class Every:
    """All of them at the same bar."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _filled("all", self.parts)


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of them."""

    parts: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _filled("any", self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary, where it is known: what cannot be said is neither true nor its contrary."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Within:
    """True at this bar or at one of the `bars` - 1 before it."""

    part: Condition
    bars: int

    def __post_init__(self) -> None:
        whole("within", self.bars, 1, MOST_BARS)


@dataclass(frozen=True, slots=True)
class Lasting:
    """True at this bar and at the `bars` - 1 before it."""

    part: Condition
    bars: int

    def __post_init__(self) -> None:
        whole("for", self.bars, 1, MOST_BARS)


Condition = Compare | Trend | Candle | Weekday | Month | MonthDays | Daytime | Every | Either | Not | Within | Lasting
Node = Value | Condition
MOST_NODES = 200
MOST_DEPTH = 16


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A strategy in rules: when to enter and leave, either side, with what stops and what size.

    A side without an exit leaves by its stops, or when the other side enters. Raises BadRule for a plan that could
    never trade or is larger than MOST_NODES parts or MOST_DEPTH levels.
    """

    name: str
    enter_long: Condition | None = None
    exit_long: Condition | None = None
    enter_short: Condition | None = None
    exit_short: Condition | None = None
    stops: Stops = field(default_factory=Stops)
    sizing: Sizing = field(default_factory=Sizing)

    def __post_init__(self) -> None:
        name = " ".join(str(self.name).split())
        if not 1 <= len(name) <= 80 or not name.isprintable():
            raise BadRule("name", self.name, "it must have 1 to 80 printable characters")
        object.__setattr__(self, "name", name)
        if self.enter_long is None and self.enter_short is None:
            raise BadRule("rules", "no entry", "give at least one condition to buy or to sell short")
        for side in ("long", "short"):
            if getattr(self, f"enter_{side}") is None and getattr(self, f"exit_{side}") is not None:
                raise BadRule(f"exit_{side}", "an exit", f"without enter_{side} there is nothing to leave; remove it")
        count = depth = 0
        for _, root in self.conditions:
            some, deep = _size(root)
            count, depth = count + some, max(depth, deep)
        if count > MOST_NODES:
            raise BadRule("rules", f"{count} parts", f"at most {MOST_NODES} are allowed; simplify the conditions")
        if depth > MOST_DEPTH:
            raise BadRule("rules", f"{depth} levels", f"at most {MOST_DEPTH} are allowed; nest less")

    @property
    def conditions(self) -> tuple[tuple[str, Condition], ...]:
        """The conditions that are given, by name, entries before exits."""
        names = ("enter_long", "exit_long", "enter_short", "exit_short")
        pairs = ((name, getattr(self, name)) for name in names)
        return tuple((name, condition) for name, condition in pairs if condition is not None)

    def renamed(self, name: str) -> RulePlan:
        """The same plan under another name."""
        return replace(self, name=name)


def children(node: Node) -> tuple[Node, ...]:
    """The parts directly under a node, in order."""
    if isinstance(node, Every | Either):
        return node.parts
    names = [one.name for one in fields(node)]
    return tuple(getattr(node, name) for name in ("left", "right", "value", "part") if name in names and not (
        isinstance(node, Number) and name == "value"))  # fmt: skip


def one_of(what: str, given: object, allowed: tuple[str, ...]) -> None:
    """Raises BadRule unless `given` is one of the allowed words."""
    if not isinstance(given, str) or given not in allowed:
        raise BadRule(what, given, f"it must be one of {', '.join(allowed)}")


def _some(what: str, given: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    if not given or len(set(given)) != len(given):
        raise BadRule(what, ", ".join(map(str, given)) or "nothing", "name at least one, each once")
    for one in given:
        one_of(what, one, allowed)


def _filled(what: str, parts: tuple[Condition, ...]) -> None:
    if not parts:
        raise BadRule(what, "nothing", "give at least one condition")


def _size(node: Node, level: int = 1) -> tuple[int, int]:
    count, depth = 1, level
    if level > 4 * MOST_DEPTH:
        return count, depth
    for child in children(node):
        some, deep = _size(child, level + 1)
        count, depth = count + some, max(depth, deep)
    return count, depth


def _text(value: object) -> Given:
    """A parameter as JSON has it: days as text."""
    return value if value is None or isinstance(value, int | float | str) else str(value)
