"""Charts of one instrument: line, candles, with indicators; returns and drawdowns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

import numpy as np

from core.assistant.model import Annotation, Column, Figure, Level, Scalar, Series, Table, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import INTERVAL_WORDS, Floats, Loaded, load, span_words
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.levels import candles, nearest
from core.assistant.tools.readings import Told, close_series, last, line_series
from core.assistant.tools.studies import Study, studies_of
from core.assistant.tools.tool import body
from core.market.errors import EmptyAnswer

MOST_FALLS = 5
LEAST_RETURNS = 20


@body("create_price_chart")
def create_price_chart(evidence: Evidence) -> ToolResult:
    """A line or area of closes."""
    loaded = load(evidence, warm=False)
    told = describe(evidence, loaded)
    kind = evidence.text("kind")
    name = name_of(loaded.instrument)
    evidence.show(
        Figure(
            "area" if kind == "area" else "lines",
            f"{name}: {span_words(loaded.span)}",
            _alt("Closing prices", loaded),
            (close_series(loaded),),
            deep_link=links.chart(told.loaded.instrument.symbol, loaded.span, loaded.interval.value, kind=kind),
            unit=loaded.unit,
            symbols=(loaded.instrument.symbol,),
        )
    )
    return evidence.result()


@body("create_candlestick_chart")
def create_candlestick_chart(evidence: Evidence) -> ToolResult:
    """Candles, volume and the studies asked for."""
    return _with_studies(evidence, "Candles", levels=False)


@body("create_technical_chart")
def create_technical_chart(evidence: Evidence) -> ToolResult:
    """Candles with studies and the nearest levels."""
    return _with_studies(evidence, "Candles with indicators", levels=True)


def _with_studies(evidence: Evidence, what: str, *, levels: bool) -> ToolResult:
    studies = studies_of(evidence.tool, evidence.text("indicators"))
    loaded = load(evidence, warm=bool(studies))
    told = describe(evidence, loaded)
    parts: list[Series] = []
    volume = loaded.column("volume")
    if np.nansum(volume[loaded.first :]) > 0:
        moves = np.concatenate(([0.0], np.sign(np.diff(loaded.column("close")))))
        parts.append(_cut(Series("Volume", loaded.milliseconds(), volume[loaded.first :].copy(), "bar", "volume",
                                 "shares", colour_by=moves[loaded.first :]), loaded))  # fmt: skip
    marked: list[Level] = []
    for study in studies:
        parts += [_cut(one, loaded) for one in study_series(loaded, study)]
        for place, (column, line) in enumerate(study.lines(loaded).items()):
            field = study.field if place == 0 else f"{study.field}_{column}"
            label = study.label if place == 0 else f"{study.label}: {column.replace('_', ' ')}"
            told.add(field, last(line), study.unit_of(column, loaded.unit), label)
        if study.indicator.pane != "price":
            marked += [Level(float(one), f"{one:g}", pane=study.indicator.name) for one in study.indicator.levels]
    if levels and len(loaded.bars) >= 15:
        found = nearest(loaded)
        for side, rows in (("support", found.supports), ("resistance", found.resistances)):
            for place, level in enumerate(rows[:2], 1):
                told.add(f"{side}_{place}", level.price, loaded.unit, f"{side.capitalize()} {place}")
                marked.append(Level(level.price, side.capitalize(), side))
    named = ", ".join(one.label for one in studies)
    name = name_of(loaded.instrument)
    evidence.show(
        candles(
            loaded,
            f"{name}: {span_words(loaded.span)}" + (f", {named}" if named else ""),
            _alt(what + (f" ({named})" if named else ""), loaded),
            series=tuple(parts),
            levels=tuple(marked),
            deep_link=links.chart(
                loaded.instrument.symbol,
                loaded.span,
                loaded.interval.value,
                studies=tuple(one.text for one in studies),
                marks=("levels",) if levels else (),
            ),
        )
    )
    return evidence.result()


def study_series(loaded: Loaded, study: Study) -> list[Series]:
    """A study's columns as series of the span, on the price or in a pane of its own."""
    pane = "price" if study.indicator.pane == "price" else study.indicator.name
    draws = {column.name: column.draw for column in study.indicator.columns}
    return [
        line_series(loaded, f"{study.label} {column}".strip(), line, pane,
                    "bar" if draws.get(column) == "histogram" else "line")
        for column, line in study.lines(loaded).items()
        if draws.get(column) != "none"
    ]  # fmt: skip


def _cut(series: Series, loaded: Loaded) -> Series:
    """The same series over the bars `candles` shows (its last 400)."""
    shown = len(loaded.whole) - max(loaded.first, len(loaded.whole) - 400)
    assert not isinstance(series.x, tuple)
    colour = None if series.colour_by is None else series.colour_by[-shown:]
    return replace(series, x=series.x[-shown:], y=series.y[-shown:], colour_by=colour)


def describe(evidence: Evidence, loaded: Loaded) -> Told:
    """What every chart of a price says beside the picture: last close, change over the span, its high and low."""
    told = Told(evidence, loaded)
    close = loaded.column("close", span=True)
    words = span_words(loaded.span)
    told.add("close", last(close), loaded.unit, "Close")
    told.add("period_return", 100.0 * (close[-1] / close[0] - 1.0) if close[0] > 0 else None, "%",
             f"Return over {words}", period=loaded.span)  # fmt: skip
    high, low = loaded.column("high", span=True), loaded.column("low", span=True)
    top, bottom = int(np.nanargmax(high)), int(np.nanargmin(low))
    for field, value, row, label in (("period_high", high[top], top, "Highest"), ("period_low", low[bottom], bottom,
                                     "Lowest")):  # fmt: skip
        at = loaded.stamp(loaded.first + row)
        told.add(field, float(value), loaded.unit, f"{label} of {words}", as_of=at, period=loaded.span)
        told.add(f"{field}_date", at, "date", f"Day of that {'high' if row == top else 'low'}", as_of=at,
                 period=loaded.span)  # fmt: skip
    told.add("bars", len(close), "count", f"Bars drawn ({INTERVAL_WORDS[loaded.interval.value]})", period=loaded.span)
    return told


def _alt(what: str, loaded: Loaded) -> str:
    close = loaded.column("close", span=True)
    change = 100.0 * (close[-1] / close[0] - 1.0) if close[0] > 0 else 0.0
    first, end = loaded.stamp(loaded.first), loaded.stamp(-1)
    way = "up" if change >= 0 else "down"
    return f"{what} of {name_of(loaded.instrument)} from {_day(first)} to {_day(end)}, {way} {abs(change):.1f} percent."


def _day(moment: date) -> str:
    return f"{moment:%Y-%m-%d}"


@body("create_returns_histogram")
def create_returns_histogram(evidence: Evidence) -> ToolResult:
    """The distribution of bar-to-bar returns. Value at risk is the historical quantile."""
    loaded = load(evidence, warm=False, least=LEAST_RETURNS + 1)
    close = loaded.column("close", span=True)
    moves = 100.0 * (close[1:] / close[:-1] - 1.0)
    moves = moves[np.isfinite(moves)]
    if len(moves) < LEAST_RETURNS:
        raise EmptyAnswer(
            loaded.source, f"{len(moves)} returns are too few for a distribution; {LEAST_RETURNS} are needed."
        )
    told, per = Told(evidence, loaded), loaded.span
    spread = float(np.std(moves, ddof=1))
    centred = (moves - moves.mean()) / spread if spread > 0 else np.zeros(len(moves))
    worst, best = int(np.argmin(moves)), int(np.argmax(moves))
    tail = float(np.quantile(moves, 0.05))
    one_percent = float(np.quantile(moves, 0.01))
    for field, value, unit, label in (
        ("mean_return", float(moves.mean()), "%", "Mean return a bar"),
        ("median_return", float(np.median(moves)), "%", "Median return a bar"),
        ("return_deviation", spread, "%", "Deviation a bar"),
        ("skewness", float(np.mean(centred**3)), "index", "Skew (below 0: the longer tail is losses)"),
        ("excess_kurtosis", float(np.mean(centred**4) - 3.0), "index", "Excess kurtosis (0 for a normal distribution)"),
        ("var_95", -tail, "%", "Value at risk of a bar, 95 % (historical)"),
        ("var_99", -one_percent, "%", "Value at risk of a bar, 99 % (historical)"),
        ("cvar_95", -float(moves[moves <= tail].mean()), "%", "Mean loss beyond the 95 % value at risk"),
        ("positive_share", 100.0 * float(np.mean(moves > 0)), "%", "Rising bars"),
        ("beyond_3_percent", 100.0 * float(np.mean(moves < -3.0)), "%", "Bars that fell more than 3 percent"),
        ("beyond_3_percent_count", int(np.sum(moves < -3.0)), "count", "How many these were"),
        ("returns_counted", len(moves), "count", "Returns counted"),
    ):
        told.add(field, value, unit, label, period=per)
    for field, row, label in (("worst_return", worst, "Worst bar"), ("best_return", best, "Best bar")):
        at = loaded.stamp(loaded.first + 1 + row)
        told.add(field, float(moves[row]), "%", label, as_of=at, period=per)
        told.add(f"{field}_date", at, "date", f"{label}: date", as_of=at, period=per)
    counts, edges = np.histogram(moves, bins=min(60, max(10, len(moves) // 10)))
    middles = tuple(f"{(low + high) / 2.0:.2f}" for low, high in pairwise(edges))
    name = name_of(loaded.instrument)
    evidence.show(
        Figure(
            "histogram",
            f"{name}: {INTERVAL_WORDS[loaded.interval.value]} returns over {span_words(loaded.span)}",
            f"Histogram of {len(moves)} returns of {name}: mean {moves.mean():.2f}, deviation {spread:.2f} percent.",
            (Series("Bars", middles, counts.astype(np.float64), "bar", unit="count"),),
            deep_link=links.chart(loaded.instrument.symbol, loaded.span, loaded.interval.value),
            unit="%",
            symbols=(loaded.instrument.symbol,),
        )
    )
    return evidence.result()


@body("create_drawdown_chart")
def create_drawdown_chart(evidence: Evidence) -> ToolResult:
    """Percent below the running peak, with the deepest falls and how long they lasted."""
    loaded = load(evidence, warm=False)
    close = loaded.column("close", span=True)
    under = 100.0 * (close / np.maximum.accumulate(close) - 1.0)
    told, per, words = Told(evidence, loaded), loaded.span, span_words(loaded.span)
    falls = deepest_falls(under)
    told.add("drawdown_now", float(under[-1]), "%", f"Below the peak of {words} now", period=per)
    told.add("under_water_share", 100.0 * float(np.mean(under < 0)), "%", "Share of bars below the peak", period=per)
    told.add("ulcer_index", float(np.sqrt(np.mean(under**2))), "index", "Ulcer index (Martin, 1987)", period=per)
    rows: list[tuple[Scalar, ...]] = []
    marks: list[Annotation] = []
    for place, (peak, trough, recovered) in enumerate(falls, 1):
        at = loaded.stamp(loaded.first + trough)
        field = "max_drawdown" if place == 1 else f"drawdown_{place}"
        label = "Deepest fall" if place == 1 else f"Fall {place}"
        told.add(field, float(under[trough]), "%", f"{label} of {words}", as_of=at, period=per)
        told.add(f"{field}_from", loaded.stamp(loaded.first + peak), "date", f"{label}: peak", as_of=at, period=per)
        told.add(f"{field}_to", at, "date", f"{label}: lowest", as_of=at, period=per)
        back = None if recovered is None else loaded.stamp(loaded.first + recovered)
        if back is not None:
            told.add(f"{field}_recovered", back, "date", f"{label}: recovered", as_of=back, period=per)
            days = (_date(back) - _date(loaded.stamp(loaded.first + peak))).days
            told.add(f"{field}_days", days, "days", f"{label}: days from peak to recovery", as_of=back, period=per)
        elif place == 1:
            evidence.warn("The deepest fall has not been recovered yet.")
        rows.append((float(under[trough]), loaded.stamp(loaded.first + peak), at, back))
        marks.append(
            Annotation(loaded.moment(loaded.first + trough), float(under[trough]), f"{under[trough]:.1f} %", "down")
        )
    if not falls:
        evidence.warn(f"The close never stood below its peak over {words}.")
    name = name_of(loaded.instrument)
    evidence.show(
        Table(
            f"{name}: deepest falls over {words}",
            (Column("Fall", "%"), Column("Peak", "date"), Column("Lowest", "date"), Column("Recovered", "date")),
            tuple(rows),
        )
    )
    evidence.show(
        Figure(
            "area",
            f"{name}: drawdown over {words}",
            f"Area of how far {name} stood below its peak over {words}, {under.min():.1f} percent at the worst.",
            (Series("Below the peak", loaded.milliseconds(), under, "area", "price", "%"),),
            annotations=tuple(marks[:3]),
            deep_link=links.chart(loaded.instrument.symbol, loaded.span, loaded.interval.value, studies=("drawdown",)),
            unit="%",
            symbols=(loaded.instrument.symbol,),
        )
    )
    return evidence.result()


def deepest_falls(under: Floats, most: int = MOST_FALLS) -> list[tuple[int, int, int | None]]:
    """The deepest falls that do not overlap: rows of peak, trough, and recovery (None while under water)."""
    found: list[tuple[int, int, int | None]] = []
    at_peak = np.flatnonzero(under >= 0)
    edges = np.append(at_peak, len(under))
    for peak, end in pairwise(edges):
        if end - peak > 1:
            trough = int(peak + 1 + np.argmin(under[peak + 1 : end]))
            found.append((int(peak), trough, int(end) if end < len(under) else None))
    found.sort(key=lambda one: (under[one[1]], one[1]))
    return found[:most]


def _date(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
