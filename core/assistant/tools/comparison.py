"""Several instruments side by side: rebased prices, figures, correlations."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.assistant.model import Column, Figure, Scalar, Series, Table, ToolResult
from core.assistant.tools import links, ratios
from core.assistant.tools.bars import Floats, Loaded, load, span_words
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.tool import body
from core.market.errors import EmptyAnswer, MarketError
from core.market.model import AssetClass
from core.market.statistics import bars_per_year, deepest_drawdown, rebase, yearly_volatility

LEAST_COMMON = 20
_SIDE_BY_SIDE = ("market_cap", "pe", "pb", "roe", "profit_margin", "dividend_yield", "revenue_growth",
                 "debt_to_equity")  # fmt: skip


@body("create_comparison_chart")
def create_comparison_chart(evidence: Evidence) -> ToolResult:
    """Rebased closes on one chart, returns, risk and ratios in a table."""
    loaded = [load(evidence, symbol, warm=False) for symbol in evidence.many()]
    words = span_words(evidence.text("range"))
    table = _together(loaded)
    rebased = rebase(table.to_numpy(dtype=np.float64))
    known: NDArray[np.bool_] = np.asarray(np.isfinite(rebased).all(axis=1))
    if known.sum() < 2:
        raise EmptyAnswer(loaded[0].source, f"these instruments have no common bars over {words}. Widen the range.")
    rebased, index = rebased[known], pd.DatetimeIndex(table.index)[known]
    rows: list[tuple[Scalar, ...]] = []
    returns: dict[str, float] = {}
    for place, one in enumerate(loaded):
        symbol, name = one.instrument.symbol, name_of(one.instrument)
        close = table.iloc[:, place].to_numpy(dtype=np.float64)[known]
        change = float(rebased[-1, place] - 100.0)
        returns[symbol] = change
        volatility = yearly_volatility(close, bars_per_year(one.interval, one.instrument.calendar))
        fall = 100.0 * deepest_drawdown(close)[0]

        def put(field: str, value: float | None, unit: str, label: str, of: Loaded = one) -> None:
            if value is not None:
                evidence.value(field, value, unit, f"{name_of(of.instrument)}: {label}", symbol=of.instrument.symbol,
                               as_of=of.as_of, source=of.source, period=of.span)  # fmt: skip

        put("close", float(close[-1]), one.unit, "close")
        put("period_return", change, "%", f"return over {words}")
        put("volatility", None if volatility is None else 100.0 * volatility, "%", "volatility a year")
        put("max_drawdown", fall, "%", "deepest fall from a peak")
        rows.append((symbol, name, float(close[-1]), change, None if volatility is None else 100.0 * volatility, fall))
    first = loaded[0]
    best = max(returns, key=lambda symbol: (returns[symbol], symbol))
    worst = min(returns, key=lambda symbol: (returns[symbol], symbol))
    newest = max(one.as_of for one in loaded)
    for field, symbol, label in (("best", best, "Best over"), ("worst", worst, "Worst over")):
        evidence.value(field, name_of(evidence.market.resolve(symbol, owner=evidence.context.owner)), "text",
                       f"{label} {words}", symbol=symbol, as_of=newest, source=first.source)  # fmt: skip
    evidence.value("return_gap", returns[best] - returns[worst], "%", "Gap between best and worst (points)", symbol="",
                   as_of=newest, source=first.source, period=evidence.text("range"))  # fmt: skip
    evidence.show(
        Table(
            f"Side by side over {words}",
            (Column("Symbol", "text"), Column("Name", "text"), Column("Close"), Column("Return", "%"),
             Column("Volatility a year", "%"), Column("Deepest fall", "%")),
            tuple(rows),
            note="Over the bars all of them have.",
        )
    )  # fmt: skip
    _ratios(evidence, loaded)
    milliseconds = _milliseconds(index)
    symbols = tuple(one.instrument.symbol for one in loaded)
    evidence.show(
        Figure(
            "lines",
            f"Compared over {words}, start = 100",
            f"Lines of {', '.join(name_of(one.instrument) for one in loaded)} rebased to 100 over {words}; "
            f"{best} leads with {returns[best]:.1f} percent.",
            tuple(
                Series(name_of(one.instrument), milliseconds, np.ascontiguousarray(rebased[:, place]), "line",
                       "price", "index")
                for place, one in enumerate(loaded)
            ),
            deep_link=links.chart(symbols[0], evidence.text("range"), first.interval.value, kind="line",
                                  compare=symbols[1:]),
            unit="index",
            symbols=symbols,
        )
    )  # fmt: skip
    return evidence.result()


@body("create_correlation_heatmap")
def create_correlation_heatmap(evidence: Evidence) -> ToolResult:
    """Correlations (Pearson) of simple returns between the days all of them traded."""
    loaded = [load(evidence, symbol, interval="1d", warm=False) for symbol in evidence.many()]
    table = _together(loaded).dropna()
    words = span_words(evidence.text("range"))
    close = table.to_numpy(dtype=np.float64)
    if len(close) <= LEAST_COMMON:
        raise EmptyAnswer(loaded[0].source, f"they have {len(close)} days in common over {words}; more than "
                          f"{LEAST_COMMON} are needed. Widen the range.")  # fmt: skip
    moves = close[1:] / close[:-1] - 1.0
    matrix = correlations(moves)
    names = tuple(name_of(one.instrument) for one in loaded)
    symbols = tuple(one.instrument.symbol for one in loaded)
    newest, source, per = max(one.as_of for one in loaded), loaded[0].source, evidence.text("range")
    pairs = sorted(
        ((float(matrix[a, b]), a, b) for a, b in combinations(range(len(loaded)), 2) if np.isfinite(matrix[a, b])),
        reverse=True,
    )
    if not pairs:
        return evidence.missing("None of these moved at all, so there is no correlation. Choose other instruments.")
    for value, a, b in pairs:
        evidence.value(f"correlation_{symbols[b]}", value, "index", f"{names[a]} and {names[b]}", symbol=symbols[a],
                       as_of=newest, source=source, period=per)  # fmt: skip
    mean = float(np.mean([value for value, _, _ in pairs]))
    evidence.value("mean_correlation", mean, "index", "Mean correlation", symbol="", as_of=newest, source=source,
                   period=per)  # fmt: skip
    evidence.value("correlation_words", correlation_words(mean), "text", "They move", symbol="", as_of=newest,
                   source=source, period=per)  # fmt: skip
    for field, (value, a, b), label in (("highest", pairs[0], "Closest pair"), ("lowest", pairs[-1], "Loosest pair")):
        evidence.value(f"{field}_pair", f"{names[a]} and {names[b]}", "text", label, symbol="", as_of=newest,
                       source=source, period=per)  # fmt: skip
        evidence.value(f"{field}_correlation", value, "index", f"{label}: correlation", symbol="", as_of=newest,
                       source=source, period=per)  # fmt: skip
    evidence.value("days_counted", len(moves), "count", "Returns counted", symbol="", as_of=newest, source=source,
                   period=per)  # fmt: skip
    evidence.show(
        Figure(
            "heatmap",
            f"Correlation of daily returns over {words}",
            f"Heatmap of correlations between {', '.join(names)}; mean {mean:.2f}.",
            (Series("Correlation", names, matrix, "cells", unit="index", rows=names),),
            unit="index",
            symbols=symbols,
            note=f"{len(moves)} daily returns.",
        )
    )
    return evidence.result()


def correlations(moves: Floats) -> Floats:
    """Pearson correlations of the columns of (n, k) returns; NaN where a column does not move."""
    centred = moves - moves.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    spread[spread < 1e-12] = np.nan
    matrix = (centred.T @ centred) / np.outer(spread, spread)
    known = np.isfinite(np.diag(matrix))
    matrix[np.flatnonzero(known), np.flatnonzero(known)] = 1.0
    return np.asarray(np.clip(matrix, -1.0, 1.0), dtype=np.float64)


def correlation_words(value: float) -> str:
    """A correlation in words (Evans, 1996: .8 very strong, .6 strong, .4 moderate, .2 weak)."""
    if value <= -0.2:
        return "against each other"
    for least, words in ((0.8, "almost in step"), (0.6, "closely together"), (0.4, "moderately together"),
                         (0.2, "loosely together")):  # fmt: skip
        if value >= least:
            return words
    return "almost independently"


def _together(loaded: list[Loaded]) -> pd.DataFrame:
    """Closes of the spans side by side, by day (daily and longer bars) or moment; a day one lacks is NaN there."""
    columns = []
    for place, one in enumerate(loaded):
        index = one.index[one.first :]
        times = index.tz_convert("UTC") if one.interval.intraday else index.tz_localize(None).normalize()
        columns.append(pd.Series(one.column("close", span=True), index=times, name=place))
    return pd.concat(columns, axis=1, join="outer").sort_index()


def _milliseconds(index: pd.DatetimeIndex) -> NDArray[np.int64]:
    plain = index if index.tz is not None else index.tz_localize("UTC")
    return np.asarray(plain.as_unit("ms").asi8, dtype=np.int64)


def _ratios(evidence: Evidence, loaded: list[Loaded]) -> None:
    """Ratios of those that are companies, in one table."""
    found: list[ratios.Known] = []
    for one in loaded:
        if one.instrument.asset_class is not AssetClass.STOCK:
            continue
        try:
            found.append(ratios.ratios_of(evidence, one.instrument.symbol))
        except MarketError as error:
            evidence.warn(f"Ratios of {name_of(one.instrument)} are not known: {error}")
    if len(found) < 2:
        return
    for known in found:
        ratios.add(evidence, known, *_SIDE_BY_SIDE)
    evidence.show(
        Table(
            "Ratios side by side",
            (Column("Ratio", "text"), *(Column(name_of(known.instrument)) for known in found), Column("Unit", "text")),
            tuple(
                (ratios.BY_NAME[name].label, *(known.scaled(name) for known in found),
                 found[0].instrument.currency if ratios.BY_NAME[name].unit == "money" else ratios.BY_NAME[name].unit)
                for name in _SIDE_BY_SIDE
            ),
        )
    )  # fmt: skip
