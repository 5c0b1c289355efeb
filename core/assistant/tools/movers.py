"""What moves: indices, breadth, gainers and losers, sectors, unusual trading; all from the same daily bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.assistant.model import Column, Figure, Scalar, Series, Table, ToolResult
from core.assistant.tools.bars import Floats, change_percent
from core.assistant.tools.evidence import Evidence, name_of, price_unit
from core.assistant.tools.tool import body
from core.market.errors import EmptyAnswer, MarketError
from core.market.model import AssetClass, Instrument, Sourced
from core.market.views.overview import REGIONS

PERIODS = {"day": 1, "week": 5, "month": 21, "year": 247}
"""Bars of a period, as the Market page counts them."""
_YEAR = timedelta(days=400)
_UNCHANGED = 0.005


@dataclass(frozen=True)
class Line:
    """One instrument's daily closes and volumes, (n,) each, up to the moment asked about."""

    instrument: Instrument
    close: Floats
    volume: Floats
    as_of: datetime
    source: str

    def change(self, bars: int) -> float | None:
        """Percent over so many bars."""
        return change_percent(self.close, bars)


def lines_of(evidence: Evidence, instruments: Sequence[Instrument]) -> list[Line]:
    """Daily lines of a year, those that can be had. Raises the first refusal when there is none at all."""
    start = evidence.moment.date() - _YEAR
    answers = evidence.market.bars_many(
        [one.symbol for one in instruments], "1d", start, as_of=evidence.as_of, owner=evidence.context.owner
    )
    found: list[Line] = []
    refused: MarketError | None = None
    for one in instruments:
        answer = answers[one.symbol]
        if not isinstance(answer, Sourced):
            refused = refused or answer
            continue
        frame = answer.data.frame
        close = frame["close"].to_numpy(dtype=np.float64)
        known = np.isfinite(close)
        if known.sum() >= 2:
            evidence.used(answer)
            found.append(Line(one, close[known], frame["volume"].to_numpy(dtype=np.float64)[known], answer.as_of,
                              answer.source))  # fmt: skip
    if not found:
        raise refused or EmptyAnswer("market", "there are no bars of two sessions yet.")
    if len(found) < len(instruments):
        evidence.warn(f"{len(instruments) - len(found)} of {len(instruments)} instruments have no bars at the moment.")
    return found


def universe(evidence: Evidence, region: str) -> tuple[tuple[Instrument, ...], str]:
    """The instruments of a region's overview, the same as on the Market page, and what they are called."""
    market = evidence.market
    if region == "crypto":
        coins = tuple(one for one in market.instruments(asset_class=AssetClass.CRYPTO) if one.currency == "USD")
        return coins, "coins"
    stocks = market.instruments(asset_class=AssetClass.STOCK)
    if region == "us":
        return tuple(one for one in stocks if one.currency == "USD"), "US stocks of the catalogue"
    inside = {one.symbol for one in market.members("^NSEI", evidence.as_of).data}
    return tuple(one for one in stocks if one.symbol in inside), "NIFTY 50"


@body("get_market_movers")
def get_market_movers(evidence: Evidence) -> ToolResult:
    """The overview of a market, or one of its lists."""
    which, region, period = (evidence.text(name) for name in ("which", "region", "period"))
    bars, limit = PERIODS[period], evidence.whole("limit")
    members, words = universe(evidence, region)
    lines = lines_of(evidence, members)
    moved = [(change, one) for one in lines if (change := one.change(bars)) is not None]
    if not moved:
        return evidence.missing(f"The bars of {words} reach back less than a {period}. Ask for a shorter period.")
    newest = max(one.as_of for one in lines)
    source = lines[0].source
    if which == "all":
        _indices(evidence, region, bars, period)
        _breadth(evidence, lines, moved, words, newest, source)
        _sectors(evidence, moved, newest, source, period)
    lists: tuple[tuple[str, str, Callable[[tuple[float, Line]], float], Callable[[float], bool]], ...] = (
        ("gainers", "Gainer", lambda pair: pair[0], lambda change: change > 0),
        ("losers", "Loser", lambda pair: -pair[0], lambda change: change < 0),
        ("active", "Most active", lambda pair: _turnover(pair[1]), np.isfinite),
    )
    for name, label, order, fits in lists:
        if which not in {"all", name}:
            continue
        chosen = sorted((pair for pair in moved if fits(pair[0])), key=lambda pair: (-order(pair),
                        pair[1].instrument.symbol))[:limit]  # fmt: skip
        if not chosen:
            evidence.warn(f"There are no {name} over the {period}.")
            continue
        _list(evidence, name, label, chosen, period, words)
    return evidence.result()


@body("get_trending_stocks")
def get_trending_stocks(evidence: Evidence) -> ToolResult:
    """Stocks by how unusual their day is: the move in its own deviations, times volume against its average.

    Score = |change| / deviation of 60 daily changes * sqrt(volume / mean of 20), both of the instrument itself.
    """
    members, words = universe(evidence, "india")
    lines = lines_of(evidence, members)
    rows: list[tuple[float, float, float, Line]] = []
    for one in lines:
        if len(one.close) < 62:
            continue
        moves = np.diff(np.log(one.close[-62:-1]))
        spread = float(np.std(moves, ddof=1))
        usual = float(np.nanmean(one.volume[-21:-1])) if np.isfinite(one.volume[-21:-1]).any() else np.nan
        change = one.change(1)
        if change is None or not spread > 0:
            continue
        busy = float(one.volume[-1] / usual) if usual > 0 and np.isfinite(one.volume[-1]) else 1.0
        rows.append((abs(change) / (100.0 * spread) * float(np.sqrt(busy)), change, busy, one))
    if not rows:
        return evidence.missing(f"The bars of {words} are too few to say what is unusual.")
    rows.sort(key=lambda row: (-row[0], row[3].instrument.symbol))
    chosen = rows[: evidence.whole("limit")]
    for place, (score, change, busy, one) in enumerate(chosen, 1):
        symbol = one.instrument.symbol
        evidence.about((symbol,))
        for field, value, unit, label in (
            ("rank", place, "count", "Rank"),
            ("name", name_of(one.instrument), "text", "Name"),
            ("close", float(one.close[-1]), price_unit(one.instrument), "Price"),
            ("change_percent", change, "%", "Change of the day"),
            ("relative_volume", busy, "x", "Volume against its average of 20"),
            ("unusual", score, "index", "How unusual (move in its deviations, times root of volume)"),
        ):
            evidence.value(field, value, unit, label, symbol=symbol, as_of=one.as_of, source=one.source)
    evidence.warn("Trending here means an unusual move or volume in our own bars, not talk on social media.")
    evidence.show(
        Table(
            f"Unusual among {words}",
            (Column("Symbol", "text"), Column("Name", "text"), Column("Price", "INR"), Column("Change", "%"),
             Column("Volume against usual", "x"), Column("Unusual", "index")),
            tuple((one.instrument.symbol, name_of(one.instrument), float(one.close[-1]), change, busy, score)
                  for score, change, busy, one in chosen),
        )
    )  # fmt: skip
    return evidence.result()


@body("create_sector_performance_chart")
def create_sector_performance_chart(evidence: Evidence) -> ToolResult:
    """Bars of the mean change by sector."""
    period, region = evidence.text("period"), evidence.text("region")
    members, words = universe(evidence, region)
    lines = lines_of(evidence, members)
    moved = [(change, one) for one in lines if (change := one.change(PERIODS[period])) is not None]
    if not moved:
        return evidence.missing(f"The bars of {words} reach back less than a {period}. Ask for a shorter period.")
    newest = max(one.as_of for one in lines)
    rows = _sectors(evidence, moved, newest, lines[0].source, period)
    evidence.show(
        Figure(
            "bars",
            f"Sectors over a {period}",
            f"Mean change by sector over a {period}, best {rows[0][0]} {rows[0][1]:.1f} percent, worst "
            f"{rows[-1][0]} {rows[-1][1]:.1f} percent.",
            (Series("Change", tuple(row[0] for row in rows), np.array([row[1] for row in rows]), "bar", unit="%",
                    colour_by=np.array([row[1] for row in rows])),),
            deep_link="/",
            unit="%",
            note=f"Members of {words}, weighing alike.",
        )
    )  # fmt: skip
    return evidence.result()


def _turnover(line: Line) -> float:
    volume = float(line.volume[-1])
    return float(line.close[-1]) * volume if np.isfinite(volume) else 0.0


def _indices(evidence: Evidence, region: str, bars: int, period: str) -> None:
    instruments = [evidence.market.resolve(symbol) for symbol in REGIONS[region].indices]
    rows: list[tuple[Scalar, ...]] = []
    for one in lines_of(evidence, instruments):
        symbol, unit = one.instrument.symbol, price_unit(one.instrument)
        change = one.change(bars)
        evidence.about((symbol,))
        evidence.value("close", float(one.close[-1]), unit, name_of(one.instrument), symbol=symbol, as_of=one.as_of,
                       source=one.source)  # fmt: skip
        if change is not None:
            evidence.value("change_percent", change, "%", f"{name_of(one.instrument)}: change of the {period}",
                           symbol=symbol, as_of=one.as_of, source=one.source, period=period)  # fmt: skip
        rows.append((name_of(one.instrument), float(one.close[-1]), change))
    evidence.show(Table("Indices", (Column("Index", "text"), Column("Level"), Column("Change", "%")), tuple(rows)))


def _breadth(
    evidence: Evidence,
    lines: Sequence[Line],
    moved: Sequence[tuple[float, Line]],
    words: str,
    newest: datetime,
    source: str,
) -> None:
    up = sum(change > _UNCHANGED for change, _ in moved)
    down = sum(change < -_UNCHANGED for change, _ in moved)
    highs = sum(bool(one.close[-1] >= one.close[-252:].max()) for one in lines)
    lows = sum(bool(one.close[-1] <= one.close[-252:].min()) for one in lines)
    for field, value, label in (
        ("advances", up, "Rising"),
        ("declines", down, "Falling"),
        ("unchanged", len(moved) - up - down, "Unchanged"),
        ("new_highs", highs, "At a 52-week high"),
        ("new_lows", lows, "At a 52-week low"),
        ("counted", len(moved), f"Counted ({words})"),
    ):
        evidence.value(field, value, "count", label, symbol="", as_of=newest, source=source)


def _sectors(
    evidence: Evidence, moved: Sequence[tuple[float, Line]], newest: datetime, source: str, period: str
) -> list[tuple[str, float, int]]:
    """Mean change by sector, best first, as values; the rows."""
    groups: dict[str, list[float]] = {}
    for change, one in moved:
        groups.setdefault(one.instrument.sector or "Other", []).append(change)
    rows = sorted(((name, float(np.mean(values)), len(values)) for name, values in groups.items()),
                  key=lambda row: (-row[1], row[0]))  # fmt: skip
    for name, mean, _ in rows:
        field = "sector_change_" + name.lower().replace(" ", "_")
        evidence.value(field, mean, "%", name, symbol="", as_of=newest, source=source, period=period)
    evidence.value("best_sector", rows[0][0], "text", f"Best sector of the {period}", symbol="", as_of=newest,
                   source=source)  # fmt: skip
    evidence.value("worst_sector", rows[-1][0], "text", f"Worst sector of the {period}", symbol="", as_of=newest,
                   source=source)  # fmt: skip
    evidence.show(
        Table(
            f"Sectors over a {period}",
            (Column("Sector", "text"), Column("Mean change", "%"), Column("Companies", "count")),
            tuple(rows),
        )
    )
    return rows


def _list(
    evidence: Evidence, name: str, label: str, chosen: Sequence[tuple[float, Line]], period: str, words: str
) -> None:
    rows: list[tuple[Scalar, ...]] = []
    for place, (change, one) in enumerate(chosen, 1):
        symbol, unit = one.instrument.symbol, price_unit(one.instrument)
        evidence.about((symbol,))
        evidence.value(f"{name}_{place}", name_of(one.instrument), "text", f"{label} {place}", symbol=symbol,
                       as_of=one.as_of, source="catalogue")  # fmt: skip
        evidence.value(f"{name}_{place}_change", change, "%", f"{name_of(one.instrument)}: change of the {period}",
                       symbol=symbol, as_of=one.as_of, source=one.source, period=period)  # fmt: skip
        evidence.value(f"{name}_{place}_close", float(one.close[-1]), unit, f"{name_of(one.instrument)}: price",
                       symbol=symbol, as_of=one.as_of, source=one.source)  # fmt: skip
        if name == "active":
            evidence.value(f"{name}_{place}_turnover", _turnover(one), one.instrument.currency,
                           f"{name_of(one.instrument)}: traded value", symbol=symbol, as_of=one.as_of,
                           source=one.source)  # fmt: skip
        rows.append((symbol, name_of(one.instrument), float(one.close[-1]), change, _turnover(one)))
    evidence.show(
        Table(
            f"{name.capitalize()} of the {period} ({words})",
            (Column("Symbol", "text"), Column("Name", "text"), Column("Price"), Column("Change", "%"),
             Column("Traded value")),
            tuple(rows),
        )
    )  # fmt: skip
