"""Rule plans as JSON. `core.backtest.rules.reading` has the way back; together they change nothing."""

from __future__ import annotations

import json
from functools import singledispatch
from typing import Any

from core.backtest.rules.plan import (
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
from core.backtest.rules.text import clock
from core.backtest.written import written

VERSION = 1
"""Of the format; a reader refuses a later one."""


def document(plan: RulePlan) -> dict[str, Any]:
    """A plan as a JSON object: {"rules": 1, "name": ..., "enter_long": {...}, "stops": {...}, "sizing": {...}}."""
    out: dict[str, Any] = {"rules": VERSION, "name": plan.name}
    for name, condition in plan.conditions:
        out[name] = node_document(condition)
    for name in ("stops", "sizing"):
        if settings := written(getattr(plan, name)):
            out[name] = settings
    return out


def dumps(plan: RulePlan) -> str:
    """A plan as one line of JSON, the same text for the same plan."""
    return json.dumps(document(plan), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


@singledispatch
def node_document(node: Node) -> Any:
    """A value or a condition as JSON."""
    raise TypeError(f"{type(node).__name__} is no part of a rule")


@node_document.register
def _(node: Price) -> Any:
    return {"price": node.field, "ago": node.ago} if node.ago else node.field


@node_document.register
def _(node: Study) -> Any:
    out: dict[str, Any] = {"indicator": node.name}
    if node.params:
        out["params"] = dict(node.params)
    if node.column:
        out["column"] = node.column
    if node.ago:
        out["ago"] = node.ago
    return out


@node_document.register
def _(node: Number) -> Any:
    return node.value


@node_document.register
def _(node: Level) -> Any:
    return {"level": node.kind, **({"span": node.span} if node.of_span else {"bars": node.bars})}


@node_document.register
def _(node: Reckoned) -> Any:
    return {"op": node.op, "left": node_document(node.left), "right": node_document(node.right)}


@node_document.register
def _(node: Compare) -> Any:
    return {"left": node_document(node.left), "is": node.how, "right": node_document(node.right)}


@node_document.register
def _(node: Trend) -> Any:
    return {"value": node_document(node.value), "is": node.way, "bars": node.bars}


@node_document.register
def _(node: Candle) -> Any:
    return {"pattern": node.pattern, "says": node.says}


@node_document.register
def _(node: Weekday) -> Any:
    return {"weekday": list(node.days)}


@node_document.register
def _(node: Month) -> Any:
    return {"month": list(node.months)}


@node_document.register
def _(node: MonthDays) -> Any:
    return {"month_days": [node.first, node.last]}


@node_document.register
def _(node: Daytime) -> Any:
    return {"time": [clock(node.first), clock(node.last)]}


@node_document.register
def _(node: Every) -> Any:
    return {"all": [node_document(one) for one in node.parts]}


@node_document.register
def _(node: Either) -> Any:
    return {"any": [node_document(one) for one in node.parts]}


@node_document.register
def _(node: Not) -> Any:
    return {"not": node_document(node.part)}


@node_document.register
def _(node: Within) -> Any:
    return {"within": node.bars, "of": node_document(node.part)}


@node_document.register
def _(node: Lasting) -> Any:
    return {"for": node.bars, "of": node_document(node.part)}
