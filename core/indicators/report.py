"""What the command line prints: plain dicts with stable keys, ready for JSON.

Times are ISO 8601 with the offset of the bars' index, NaN is null, numbers are floats. The caller adds where
the bars came from (symbol, source).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from core.indicators.candles import patterns_found
from core.indicators.frame import compute
from core.indicators.liquidation import NOTE, liquidation_zones
from core.indicators.model import Indicator
from core.indicators.price_levels import AsOf, cut, levels
from core.indicators.registry import catalogue, find
from core.indicators.shapes import Point, chart_patterns

Report = dict[str, object]


def indicator_report(
    name: str, bars: pd.DataFrame, params: Mapping[str, object] | None = None, last: int | None = None
) -> Report:
    """`indicator NAME SYMBOL`: {indicator, label, family, pane, formula, params, columns, levels, rows}.

    `rows` has one dict a bar, {time, COLUMN: value|null, ...}, oldest first; only the `last` bars when given
    (computed on all of them). `params` are the values used, defaults included. Raises IndicatorError.
    """
    indicator = find(name)
    used = indicator.clean(dict(params or {}))
    frame = compute(indicator.name, bars, **used)
    if last is not None:
        frame = frame.tail(last)
    return {
        **_described(indicator),
        "params": {key: _plain(value) for key, value in used.items()},
        "rows": _rows(frame),
    }


def levels_report(bars: pd.DataFrame, as_of: AsOf = None, *, leveraged: bool = False) -> Report:
    """`levels SYMBOL`: {as_of, close, levels, liquidation}.

    `levels` strongest first, each {kind, price, low, high, strength, touches, first_touch, last_touch, flipped};
    `liquidation` is null unless `leveraged` (crypto), then {note, zones: [{side, leverage, price, low, high,
    entry, intensity, share}]}. Raises IndicatorError.
    """
    used = cut(bars, as_of)
    found: Report = {
        "as_of": _plain(used.index[-1]) if len(used) else None,
        "close": _plain(used["close"].iloc[-1]) if len(used) else None,
        "levels": [
            {
                "kind": level.kind,
                "price": _plain(level.price),
                "low": _plain(level.low),
                "high": _plain(level.high),
                "strength": _plain(level.strength),
                "touches": level.touches,
                "first_touch": _plain(level.first_touch),
                "last_touch": _plain(level.last_touch),
                "flipped": level.flipped,
            }
            for level in levels(used)
        ],
        "liquidation": None,
    }
    if leveraged:
        zones = [
            {
                "side": zone.side,
                "leverage": zone.leverage,
                "price": _plain(zone.price),
                "low": _plain(zone.low),
                "high": _plain(zone.high),
                "entry": _plain(zone.entry),
                "intensity": _plain(zone.intensity),
                "share": _plain(zone.share),
            }
            for zone in liquidation_zones(used)
        ]
        found["liquidation"] = {"note": NOTE, "zones": zones}
    return found


def patterns_report(bars: pd.DataFrame, last: int | None = 60, as_of: AsOf = None) -> Report:
    """`patterns SYMBOL`: {as_of, candles, charts}, newest first, those of the `last` bars (None: all).

    candles: {name, label, time, direction, strength, bars, kind, description};
    charts: {kind, label, direction, state, known_at, confirmed_at, failed_at, target, invalidation, description,
    pivots: [{time, price, role}], lines: [{name, start: {time, price}, end: {time, price}}]}.
    A chart pattern counts when it was known, confirmed or given up in these bars. Raises IndicatorError.
    """
    used = cut(bars, as_of)
    floor = 0 if last is None else len(used) - last
    charts = [
        shape
        for shape in chart_patterns(used)
        if max(shape.known_at, shape.confirmed_at or 0, shape.failed_at or 0) >= floor
    ]

    def when(row: int | None) -> object:
        return None if row is None else _plain(used.index[row])

    def place(point: Point) -> Report:
        return {"time": _plain(point.time), "price": _plain(point.price)}

    return {
        "as_of": _plain(used.index[-1]) if len(used) else None,
        "candles": [
            {
                "name": hit.name,
                "label": hit.label,
                "time": _plain(hit.time),
                "direction": hit.direction,
                "strength": hit.strength,
                "bars": hit.bars,
                "kind": hit.kind,
                "description": hit.description,
            }
            for hit in patterns_found(used, last=last)
        ],
        "charts": [
            {
                "kind": shape.kind,
                "label": shape.label,
                "direction": shape.direction,
                "state": shape.state,
                "known_at": _plain(shape.known_time),
                "confirmed_at": when(shape.confirmed_at),
                "failed_at": when(shape.failed_at),
                "target": _plain(shape.target),
                "invalidation": _plain(shape.invalidation),
                "description": shape.description,
                "pivots": [{**place(point), "role": point.role} for point in shape.pivots],
                "lines": [
                    {"name": line.name, "start": place(line.start), "end": place(line.end)} for line in shape.lines
                ],
            }
            for shape in reversed(charts)
        ],
    }


def catalogue_report() -> Report:
    """All indicators: {indicators: [{indicator, label, family, pane, formula, columns, levels, params: [...]}]}."""
    return {
        "indicators": [
            {
                **_described(indicator),
                "params": [
                    {
                        "name": param.name,
                        "label": param.label,
                        "default": _plain(param.default),
                        "allowed": param.allowed,
                    }
                    for param in indicator.params
                ],
            }
            for indicator in catalogue()
        ]
    }


def _described(indicator: Indicator) -> Report:
    return {
        "indicator": indicator.name,
        "label": indicator.label,
        "family": indicator.family,
        "pane": indicator.pane,
        "formula": indicator.formula,
        "columns": list(indicator.column_names),
        "levels": list(indicator.levels),
    }


def _rows(frame: pd.DataFrame) -> list[Report]:
    names = list(frame.columns)
    values = frame.to_numpy(dtype=np.float64)
    return [
        {"time": _plain(time), **{name: _plain(value) for name, value in zip(names, row, strict=True)}}
        for time, row in zip(frame.index, values.tolist(), strict=True)
    ]


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, float | np.floating):
        number = float(value)
        return number if math.isfinite(number) else None
    return value
