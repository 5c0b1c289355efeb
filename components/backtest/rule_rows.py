"""A condition as a list of rows: what the rule builder can show, and back. Pure; deeper plans are edited as text."""

from dataclasses import dataclass, replace
from typing import Literal

from core.backtest.rules import (
    Candle,
    Compare,
    Condition,
    Daytime,
    Either,
    Every,
    Level,
    Month,
    MonthDays,
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

Join = Literal["all", "any"]
Base = Compare | Trend | Candle | Weekday | Month | MonthDays | Daytime
SLOTS = {
    "enter_long": "Buy when",
    "exit_long": "Sell when",
    "enter_short": "Sell short when",
    "exit_short": "Buy back when",
}
KINDS: dict[str, Base] = {
    "Compare": Compare(Price(), "above", Study("sma", params=(("length", 50),))),
    "Trend": Trend(Price(), "rising", 3),
    "Candle pattern": Candle("engulfing", "up"),
    "Weekday": Weekday(("mon",)),
    "Month": Month(("nov",)),
    "Day of month": MonthDays(1, 5),
    "Time of day": Daytime(9 * 60 + 30, 15 * 60),
}
"""Kinds of rows, and what a new one of each is."""


@dataclass(frozen=True)
class Row:
    """One condition with what stands around it: its contrary, and within how many bars it counts (1: this bar)."""

    base: Base
    negate: bool = False
    within: int = 1


@dataclass(frozen=True)
class Block:
    """The rows of one of the four conditions, and how they are joined."""

    rows: tuple[Row, ...]
    join: Join = "all"


def kind_of(base: Base) -> str:
    """Which of KINDS a row is."""
    return next(name for name, one in KINDS.items() if type(one) is type(base))


def block_of(condition: Condition | None) -> Block | None:
    """A condition as rows; None when it is deeper than rows can show."""
    if condition is None:
        return Block(())
    parts, join = (condition,), "all"
    if isinstance(condition, Every | Either):
        parts, join = condition.parts, "all" if isinstance(condition, Every) else "any"
    rows = [row_of(one) for one in parts]
    return None if any(one is None for one in rows) else Block(tuple(one for one in rows if one), join)


def row_of(condition: Condition) -> Row | None:
    """A condition as one row; None when it cannot be."""
    negate, within = False, 1
    if isinstance(condition, Within):
        within, condition = condition.bars, condition.part
    if isinstance(condition, Not):
        negate, condition = True, condition.part
    if not isinstance(condition, Base):
        return None
    sides = {Compare: ("left", "right"), Trend: ("value",)}.get(type(condition), ())
    if any(isinstance(getattr(condition, side), Reckoned) for side in sides):
        return None
    return Row(condition, negate, within)


def condition_of(block: Block) -> Condition | None:
    """The condition the rows make; None without rows."""
    made = [_condition(one) for one in block.rows]
    if not made:
        return None
    if len(made) == 1:
        return made[0]
    return Every(tuple(made)) if block.join == "all" else Either(tuple(made))


def _condition(row: Row) -> Condition:
    made: Condition = Not(row.base) if row.negate else row.base
    return Within(made, row.within) if row.within > 1 else made


def with_block(plan: RulePlan, slot: str, block: Block) -> RulePlan:
    """The plan with other rows in one of its conditions. Raises BadRule for what cannot be a plan."""
    if slot.startswith("enter") and not block.rows:
        # An exit without its entry is no plan: both go.
        return replace(plan, **{slot: None, slot.replace("enter", "exit"): None})  # type: ignore[arg-type]
    return replace(plan, **{slot: condition_of(block)})  # type: ignore[arg-type]


def operand_of(value: Value) -> str:
    """The name of a value in the builder's list: price:close, number, level:highest, study:rsi."""
    match value:
        case Price(field):
            return f"price:{field}"
        case Number():
            return "number"
        case Level(kind):
            return f"level:{kind}"
        case Study(name):
            return f"study:{name}"
        case Reckoned():
            return "text"


def new_operand(name: str) -> Value:
    """A fresh value of that name. Raises BadRule."""
    kind, _, what = name.partition(":")
    match kind:
        case "price":
            return Price(what)  # type: ignore[arg-type]  # checked there
        case "level":
            return Level(what)  # type: ignore[arg-type]
        case "study":
            return Study(what)
        case _:
            return Number(0.0)
