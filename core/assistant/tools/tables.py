"""Bars and indicators as tables."""

from __future__ import annotations

import numpy as np

from core.assistant.errors import BadArguments
from core.assistant.model import Column, Figure, Level, Scalar, Table, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import INTERVAL_WORDS, load, percentile
from core.assistant.tools.charts import describe, study_series
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.readings import Told, close_series, last, year_of
from core.assistant.tools.studies import studies_of
from core.assistant.tools.tool import body
from core.market.model import BAR_COLUMNS

_ROWS = 10


@body("get_ohlc_data")
def get_ohlc_data(evidence: Evidence) -> ToolResult:
    """The latest bars of the span as numbers."""
    loaded = load(evidence, warm=False)
    told = describe(evidence, loaded)
    frame = loaded.bars.tail(evidence.whole("limit"))
    offset = len(loaded.whole) - len(frame)
    values = frame[list(BAR_COLUMNS)].to_numpy(dtype=np.float64)
    for back in range(min(5, len(values))):
        row = len(values) - 1 - back
        at = loaded.stamp(offset + row)
        period = at.isoformat()
        for name, value in zip(BAR_COLUMNS, values[row].tolist(), strict=True):
            unit = "shares" if name == "volume" else loaded.unit
            if back == 0:
                told.add(f"last_{name}", value, unit, f"{name.capitalize()} of the last bar", as_of=at)
            else:
                told.add(f"bar_{name}", value, unit, f"{name.capitalize()} of {at}", as_of=at, period=period)
    if loaded.forming:
        evidence.warn("The last bar is still forming.")
    total = len(loaded.bars)
    rows: list[tuple[Scalar, ...]] = []
    for row in range(len(values) - 1, -1, -1):
        before = loaded.whole["close"].iloc[offset + row - 1] if offset + row > 0 else np.nan
        change = 100.0 * (values[row, 3] / float(before) - 1.0)
        rows.append((loaded.stamp(offset + row), *values[row].tolist(), float(change)))
    money = loaded.unit
    evidence.show(
        Table(
            f"{name_of(loaded.instrument)}: {INTERVAL_WORDS[loaded.interval.value]} bars",
            (Column("Time", "date"), *(Column(name.capitalize(), money) for name in BAR_COLUMNS[:4]),
             Column("Volume", "shares"), Column("Change", "%")),
            tuple(rows),
            note=f"{len(frame)} of {total} bars, newest first. Split-adjusted.",
        )
    )  # fmt: skip
    return evidence.result()


@body("calculate_indicators")
def calculate_indicators(evidence: Evidence) -> ToolResult:
    """Any indicators: the value, the one before, its place in the year, the last rows."""
    studies = studies_of(evidence.tool, evidence.text("indicators"))
    if not studies:
        reason = "No indicator is named."
        raise BadArguments(evidence.tool, "indicators", reason, "Name one, such as atr:14 or supertrend:10:3.")
    loaded = load(evidence)
    told = Told(evidence, loaded)
    close = last(loaded.column("close"))
    told.add("close", close, loaded.unit, "Close")
    shown = min(_ROWS, len(loaded.bars))
    columns: list[Column] = [Column("Time", "date"), Column("Close", loaded.unit)]
    cells = [loaded.column("close")[-shown:]]
    known = False
    for study in studies:
        for place, (column, line) in enumerate(study.lines(loaded).items()):
            field = study.field if place == 0 else f"{study.field}_{column}"
            label = study.label if place == 0 else f"{study.label}: {column.replace('_', ' ')}"
            unit = study.unit_of(column, loaded.unit)
            now = last(line)
            columns.append(Column(label, unit))
            cells.append(line[-shown:])
            if not np.isfinite(now):
                if place == 0:
                    evidence.warn(f"{study.label} has no value at the last bar: it needs more bars, or has no signal.")
                continue
            known = True
            told.add(field, now, unit, label)
            if place == 0:
                told.add(f"{field}_previous", float(line[-2]), unit, f"{label}, bar before")
                share = percentile(line[-year_of(loaded) :], now)
                told.add(f"{field}_percentile", share, "%", f"{label}: share of the year at or below", period="1y")
                if unit == loaded.unit and study.indicator.pane == "price":
                    side = "above" if close > now else "below"
                    told.add(f"{field}_side", f"price {side}", "text", f"Close against {label}")
                    told.add(f"{field}_distance", 100.0 * (close / now - 1.0), "%", f"Close against {label}")
    if not known:
        return evidence.missing(
            f"{loaded.instrument.symbol} has {len(loaded.whole)} bars, too few for these indicators. "
            "Take a longer range or shorter lengths."
        )
    name = name_of(loaded.instrument)
    first = len(loaded.whole) - shown
    evidence.show(
        Table(
            f"{name}: indicators",
            tuple(columns),
            tuple(
                (loaded.stamp(first + row), *(float(cell[row]) for cell in cells)) for row in range(shown - 1, -1, -1)
            ),
            note="Newest first. " + " ".join(f"{one.indicator.label}: {one.indicator.formula}." for one in studies),
        )
    )
    marked = tuple(
        Level(float(one), f"{one:g}", pane=study.indicator.name)
        for study in studies
        if study.indicator.pane != "price"
        for one in study.indicator.levels
    )
    evidence.show(
        Figure(
            "lines",
            f"{name}: {', '.join(study.label for study in studies)}",
            f"Close of {name} with {', '.join(study.label for study in studies)}.",
            (close_series(loaded), *(one for study in studies for one in study_series(loaded, study))),
            levels=marked,
            deep_link=links.chart(
                loaded.instrument.symbol,
                loaded.span,
                loaded.interval.value,
                studies=tuple(one.text for one in studies),
            ),
            unit=loaded.unit,
            symbols=(loaded.instrument.symbol,),
        )
    )
    return evidence.result()
