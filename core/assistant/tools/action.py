"""Price action: how far the price came, how roughly, and where it stands."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd

from core.assistant.model import Column, Figure, Scalar, Table, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import INTERVAL_WORDS, Floats, Loaded, load, span_days, span_words
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.readings import Told, close_series, last
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import AssetClass, Interval
from core.market.statistics import beta, range_statistics

HORIZONS = (
    ("1 week", "5d"),
    ("1 month", "1mo"),
    ("3 months", "3mo"),
    ("6 months", "6mo"),
    ("1 year", "1y"),
    ("3 years", "3y"),
    ("5 years", "5y"),
    ("this year", "ytd"),
)
HOME = {"INR": "^NSEI", "USD": "^GSPC"}


@body("get_price_action")
def get_price_action(evidence: Evidence) -> ToolResult:
    """Returns, trend and risk over the span."""
    loaded = load(evidence)
    told, close, span = Told(evidence, loaded), loaded.column("close"), loaded.column("close", span=True)
    statistics = range_statistics(loaded.bars, loaded.interval, loaded.instrument.calendar)
    assert statistics is not None
    words = span_words(loaded.span)
    told.add("close", last(close), loaded.unit, "Close")
    told.add("period_return", _percent(statistics.range_return), "%", f"Return over {words}", period=loaded.span)
    told.add("period_start_close", float(span[0]), loaded.unit, "Close at the start", as_of=loaded.stamp(loaded.first),
             period=loaded.span)  # fmt: skip
    told.add("period_start", loaded.stamp(loaded.first), "date", "First bar of the span", period=loaded.span)
    told.add("period_high", statistics.high, loaded.unit, f"Highest of {words}", as_of=_day(loaded, statistics.high_at),
             period=loaded.span)  # fmt: skip
    told.add("period_high_date", _day(loaded, statistics.high_at), "date", "Day of that high", period=loaded.span)
    told.add("period_low", statistics.low, loaded.unit, f"Lowest of {words}", as_of=_day(loaded, statistics.low_at),
             period=loaded.span)  # fmt: skip
    told.add("period_low_date", _day(loaded, statistics.low_at), "date", "Day of that low", period=loaded.span)
    told.add("from_high", 100.0 * (last(close) / statistics.high - 1.0), "%", "Close against that high",
             period=loaded.span)  # fmt: skip
    told.add("from_low", 100.0 * (last(close) / statistics.low - 1.0), "%", "Close against that low",
             period=loaded.span)  # fmt: skip
    told.add("volatility", _percent(statistics.volatility), "%", "Volatility a year", period=loaded.span)
    told.add("max_drawdown", _percent(statistics.drawdown), "%", "Deepest fall from a peak", period=loaded.span)
    told.add("drawdown_from", _day(loaded, statistics.drawdown_from), "date", "Peak before it", period=loaded.span)
    told.add("drawdown_to", _day(loaded, statistics.drawdown_to), "date", "Its lowest point", period=loaded.span)
    told.add("cagr", _percent(statistics.growth), "%", "Growth a year (compound)", period=loaded.span)
    told.add("change_percent", _percent(statistics.change_fraction), "%", f"Change of the last {_bar(loaded)}")
    rows = _horizons(evidence, told) if not loaded.interval.intraday else ()
    told.add("trend", trend_of(close), "text", "Trend (price against its averages of 50 and 200)")
    run, way = streak(close)
    told.add("streak", run, "count", f"{_bar(loaded).capitalize()}s in a row {way}")
    told.add("streak_direction", way, "text", "Direction of that streak")
    moves = np.diff(span)
    told.add("up_share", 100.0 * float(np.mean(moves > 0)) if len(moves) else None, "%", f"Rising {_bar(loaded)}s",
             period=loaded.span)  # fmt: skip
    _beta(evidence, told, loaded)
    name = name_of(loaded.instrument)
    if rows:
        evidence.show(Table(f"{name}: returns", (Column("Over", "text"), Column("Return", "%")), rows))
    evidence.show(
        Figure(
            "area",
            f"{name}: {words}",
            f"Closing price of {name} over {words}, return {_percent(statistics.range_return) or 0.0:.1f} percent.",
            (close_series(loaded),),
            deep_link=links.chart(evidence.symbol, loaded.span, loaded.interval.value, kind="area"),
            unit=loaded.unit,
            symbols=(evidence.symbol,),
        )
    )
    return evidence.result()


def _horizons(evidence: Evidence, told: Told) -> tuple[tuple[Scalar, ...], ...]:
    """Returns over calendar spans: the last close against the last one at or before the span's first day."""
    longer = load(evidence, span="5y", interval="1d", warm=True)
    close, index = longer.column("close"), longer.index
    rows: list[tuple[Scalar, ...]] = []
    for label, span in HORIZONS:
        start, _ = span_days(span, evidence.moment.astimezone(index.tz).date())
        assert start is not None
        row = int(index.searchsorted(pd.Timestamp(start, tz=index.tz), side="right")) - 1
        if row < 0 or not close[row] > 0:
            continue
        value = 100.0 * (close[-1] / close[row] - 1.0)
        told.add(f"return_{span}", value, "%", f"Return over {label}" if span != "ytd" else "Return this year",
                 period=span)  # fmt: skip
        rows.append((label, value))
    return tuple(rows)


def _beta(evidence: Evidence, told: Told, loaded: Loaded) -> None:
    """Beta of daily returns against the home index over the span; nothing where it would mean nothing."""
    instrument = loaded.instrument
    home = HOME.get(instrument.currency)
    if (
        home is None
        or instrument.asset_class not in {AssetClass.STOCK, AssetClass.ETF}
        or (loaded.interval is not Interval.D1)
    ):
        return
    try:
        index = load(evidence, home, span=loaded.span, interval="1d", warm=False)
    except MarketError as error:
        evidence.warn(f"Beta is not known: {error}")
        return
    found = beta(loaded.bars["close"], index.bars["close"])
    told.add("beta", found, "x", f"Beta against {name_of(index.instrument)}", period=loaded.span)
    own, other = loaded.column("close", span=True), index.column("close", span=True)
    if own[0] > 0 and other[0] > 0:
        benchmark = 100.0 * (other[-1] / other[0] - 1.0)
        evidence.value("benchmark_return", benchmark, "%", f"Return of {name_of(index.instrument)}",
                       symbol=home, as_of=index.as_of, source=index.source, period=loaded.span)  # fmt: skip


def trend_of(close: Floats) -> str:
    """The trend by the close against its averages of 50 and 200 bars and their order."""
    if len(close) < 50:
        return "not known (fewer than 50 bars)"
    fifty = float(close[-50:].mean())
    if len(close) < 200:
        return "up (above the average of 50)" if close[-1] > fifty else "down (below the average of 50)"
    two_hundred = float(close[-200:].mean())
    if close[-1] > fifty > two_hundred:
        return "up"
    if close[-1] < fifty < two_hundred:
        return "down"
    return "sideways, above the average of 200" if close[-1] > two_hundred else "sideways, below the average of 200"


def streak(close: Floats) -> tuple[int, str]:
    """How many closes in a row rose or fell up to the last one: (count, "up", "down" or "unchanged")."""
    if len(close) < 2:
        return 0, "unchanged"
    signs = np.sign(np.diff(close))
    way = signs[-1]
    if way == 0:
        return 0, "unchanged"
    other = np.flatnonzero(signs != way)
    run = len(signs) if other.size == 0 else len(signs) - 1 - int(other[-1])
    return run, "up" if way > 0 else "down"


def _percent(fraction: float | None) -> float | None:
    return None if fraction is None else 100.0 * fraction


def _day(loaded: Loaded, at: datetime) -> date | datetime:
    return at if loaded.interval.intraday else at.date()


def _bar(loaded: Loaded) -> str:
    return {"daily": "session", "weekly": "week", "monthly": "month"}.get(INTERVAL_WORDS[loaded.interval.value], "bar")
