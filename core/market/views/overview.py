"""The Market page: indices, breadth, sectors, movers, what is due and what is said, for one region.

Each part is there or `Missing` with the reason: one silent source never empties the page. Everything is reckoned from
the same daily bars, so that the tiles, the treemap and the movers cannot contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from core.market.errors import EmptyAnswer, InputError, MarketError
from core.market.model import AssetClass, Bars, Event, Instrument, Mover, NewsItem, Quote, Sourced, Warn
from core.market.router import MarketMode
from core.market.service import Market
from core.market.store.breaker import SourceState
from db.session import DatabaseProblem

T = TypeVar("T")

_YEAR = timedelta(days=400)  # 252 sessions with every holiday of a long year
_SPARK_BARS = 60
_WEEK, _MONTH, _SESSIONS_A_YEAR = 5, 21, 252
_LIST = 8
_AHEAD_DAYS = 75
_UNSORTED = "Other"


@dataclass(frozen=True, slots=True)
class Missing:
    """A part that cannot be shown, and why, in words for the page."""

    reason: str


@dataclass(frozen=True)
class IndexTile:
    """One index or leading price. `spark`: closes of the last 60 sessions, float64 (n,); changes in percent."""

    symbol: str
    name: str
    price: float
    change: float
    change_percent: float
    currency: str
    spark: NDArray[np.float64]
    as_of: datetime
    source: str
    simulated: bool
    stale: bool


@dataclass(frozen=True, slots=True)
class Breadth:
    """How many of `counted` instruments rose, fell, and stand at their highest or lowest close of 52 weeks."""

    advances: int
    declines: int
    unchanged: int
    highs: int
    lows: int
    counted: int
    universe: str


@dataclass(frozen=True, slots=True)
class SectorRow:
    """A sector's mean change in percent, its members weighing alike; None where the history is too short."""

    sector: str
    day: float
    week: float | None
    month: float | None
    year: float | None
    members: int


@dataclass(frozen=True, slots=True)
class TreemapRow:
    """One instrument of the treemap. `weight`: market value, else mean turnover of 20 sessions, in its currency."""

    symbol: str
    name: str
    sector: str
    weight: float
    change_percent: float
    price: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """Rows of a treemap by sector, in the order the sectors first appear.

    Attributes:
        weights: the sum of each sector's weights.
        changes: each sector's change in percent, its members weighed.
        change: that of all rows.
    """

    weights: Mapping[str, float]
    changes: Mapping[str, float]
    change: float


def weighed(rows: Sequence[TreemapRow]) -> Weighed:
    """What a treemap's sectors weigh and how they changed; at least one row, all weights above 0."""
    weights: dict[str, float] = {}
    moved: dict[str, float] = {}
    for row in rows:
        weights[row.sector] = weights.get(row.sector, 0.0) + row.weight
        moved[row.sector] = moved.get(row.sector, 0.0) + row.weight * row.change_percent
    changes = {sector: moved[sector] / weights[sector] for sector in weights}
    return Weighed(weights, changes, sum(moved.values()) / sum(weights.values()))


@dataclass(frozen=True)
class MarketView:
    """Everything the Market page shows of a region. `as_of` is the youngest time any price speaks of."""

    region: str
    title: str
    mode: MarketMode
    as_of: datetime | None
    simulated: bool
    stale: bool
    sources_used: tuple[str, ...]
    warnings: tuple[Warn, ...]
    tiles: tuple[IndexTile, ...] | Missing
    breadth: Breadth | Missing
    sectors: tuple[SectorRow, ...] | Missing
    treemap: tuple[TreemapRow, ...] | Missing
    gainers: tuple[Mover, ...] | Missing
    losers: tuple[Mover, ...] | Missing
    active: tuple[Mover, ...] | Missing
    calendar: tuple[Event, ...] | Missing
    news: tuple[NewsItem, ...] | Missing
    states: tuple[SourceState, ...] | Missing


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the world the page can show. `indices`: symbols of its tiles, the leading one first."""

    key: str
    title: str
    universe: str
    indices: tuple[str, ...]
    timezone: str


_NO_SECTORS = Missing("Crypto has no sectors.")

REGIONS: dict[str, Region] = {
    "india": Region(
        "india",
        "Indian markets",
        "NIFTY 50",
        ("^NSEI", "^BSESN", "^NSEBANK", "^CNXIT", "^INDIAVIX", "INR=X"),
        "Asia/Kolkata",
    ),
    "us": Region("us", "US markets", "US names", ("^GSPC", "^IXIC", "^DJI"), "America/New_York"),
    "crypto": Region("crypto", "Crypto", "Crypto", ("BTC-USD", "ETH-USD", "SOL-USD"), "UTC"),
}


def market_overview(market: Market, region: str = "india") -> MarketView:
    """The view of a region ("india", "us" or "crypto").

    Raises:
        InputError: there is no such region.
        DatabaseProblem: the database is away (live market only).
    """
    where = REGIONS.get(region)
    if where is None:
        raise InputError(f"“{region[:20]}” is not a region. Use one of {', '.join(REGIONS)}.")
    universe = _universe(market, where)
    asked = [*(one.symbol for one in universe), *where.indices]
    start = _today(market, where) - _YEAR
    answers = market.bars_many(asked, "1d", start)
    bars = {symbol: answer for symbol, answer in answers.items() if isinstance(answer, Sourced)}
    lines = {one.symbol: _line(one, bars[one.symbol]) for one in universe if _usable(bars.get(one.symbol))}
    why = _why(answers)
    used = [answer for answer in bars.values() if len(answer.data.frame)]
    movers = tuple(line.mover for line in lines.values())
    return MarketView(
        region=where.key,
        title=where.title,
        mode=market.mode(),
        as_of=max((answer.as_of for answer in used), default=None),
        simulated=any(answer.simulated for answer in used),
        stale=any(answer.stale for answer in used),
        sources_used=tuple(sorted({answer.source for answer in used})),
        warnings=tuple(dict.fromkeys(warning for answer in used for warning in answer.warnings)),
        tiles=_tiles(market, where, bars) or why,
        breadth=_breadth(where, lines) if lines else why,
        sectors=_NO_SECTORS if where.key == "crypto" else _sectors(lines) if lines else why,
        treemap=_treemap(market, lines) if lines else why,
        gainers=_top(movers, lambda one: one.change_percent, lambda one: one.change_percent > 0) if movers else why,
        losers=_top(movers, lambda one: -one.change_percent, lambda one: one.change_percent < 0) if movers else why,
        active=_top(movers, lambda one: one.price * (one.volume or 0.0), lambda one: bool(one.volume))
        if movers
        else why,
        calendar=_part(lambda: _calendar(market, universe)),
        news=_part(lambda: _news(market, asked)),
        states=_part(market.sources),
    )


@dataclass(frozen=True)
class _Line:
    instrument: Instrument
    mover: Mover
    close: NDArray[np.float64]
    turnover: float


def _universe(market: Market, where: Region) -> tuple[Instrument, ...]:
    if where.key == "crypto":
        # One currency, or the treemap would weigh rupees against dollars.
        return tuple(one for one in market.instruments(asset_class=AssetClass.CRYPTO) if one.currency == "USD")
    if where.key == "us":
        return tuple(one for one in market.instruments(asset_class=AssetClass.STOCK) if one.currency == "USD")
    return market.instruments(asset_class=AssetClass.STOCK, index="^NSEI")


def _today(market: Market, where: Region) -> date:
    return market.now().astimezone(ZoneInfo(where.timezone)).date()


def _usable(answer: Sourced[Bars] | None) -> bool:
    return answer is not None and len(answer.data.frame) >= 2


def _line(instrument: Instrument, answer: Sourced[Bars]) -> _Line:
    close = answer.data.frame["close"].to_numpy(dtype=np.float64)
    volume = answer.data.frame["volume"].to_numpy(dtype=np.float64)
    last = float(volume[-1]) if np.isfinite(volume[-1]) else None
    turnover = np.nan_to_num(close[-20:] * volume[-20:])
    name = instrument.short_name or instrument.name
    mover = Mover(instrument.symbol, name, float(close[-1]), _change(close, 1) or 0.0, last)
    return _Line(instrument, mover, close, float(turnover.mean()))


def _change(close: NDArray[np.float64], sessions: int) -> float | None:
    if len(close) <= sessions or close[-1 - sessions] <= 0:
        return None
    return float(100.0 * (close[-1] / close[-1 - sessions] - 1.0))


def _tiles(market: Market, where: Region, bars: Mapping[str, Sourced[Bars]]) -> tuple[IndexTile, ...]:
    tiles = []
    for symbol in where.indices:
        answer = bars.get(symbol)
        if answer is None or not _usable(answer):
            continue
        close = answer.data.frame["close"].to_numpy(dtype=np.float64)
        instrument = market.resolve(symbol)
        tiles.append(
            IndexTile(
                symbol,
                instrument.short_name or instrument.name,
                float(close[-1]),
                float(close[-1] - close[-2]),
                _change(close, 1) or 0.0,
                answer.data.currency or instrument.currency,
                close[-_SPARK_BARS:].copy(),
                answer.as_of,
                answer.source,
                answer.simulated,
                answer.stale,
            )
        )
    return tuple(tiles)


def _breadth(where: Region, lines: Mapping[str, _Line]) -> Breadth:
    changes = np.array([line.mover.change_percent for line in lines.values()])
    highs = sum(bool(line.close[-1] >= line.close[-_SESSIONS_A_YEAR:].max()) for line in lines.values())
    lows = sum(bool(line.close[-1] <= line.close[-_SESSIONS_A_YEAR:].min()) for line in lines.values())
    up, down = int((changes > 0).sum()), int((changes < 0).sum())
    return Breadth(up, down, len(changes) - up - down, highs, lows, len(changes), where.universe)


def _sectors(lines: Mapping[str, _Line]) -> tuple[SectorRow, ...]:
    groups: dict[str, list[_Line]] = {}
    for line in lines.values():
        groups.setdefault(line.instrument.sector or _UNSORTED, []).append(line)
    rows = [
        SectorRow(
            sector,
            _mean(group, 1) or 0.0,
            _mean(group, _WEEK),
            _mean(group, _MONTH),
            _mean(group, _SESSIONS_A_YEAR - 1),
            len(group),
        )
        for sector, group in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: row.day, reverse=True))


def _mean(group: Sequence[_Line], sessions: int) -> float | None:
    changes = [change for line in group if (change := _change(line.close, sessions)) is not None]
    return float(np.mean(changes)) if changes else None


def _treemap(market: Market, lines: Mapping[str, _Line]) -> tuple[TreemapRow, ...]:
    quotes = market.quotes(lines)
    rows = []
    for symbol, line in lines.items():
        quote = quotes.get(symbol)
        value = quote.data.market_cap if isinstance(quote, Sourced) and isinstance(quote.data, Quote) else None
        weight = value or line.turnover
        if weight > 0:
            sector = line.instrument.sector or _UNSORTED
            rows.append(
                TreemapRow(symbol, line.mover.name, sector, weight, line.mover.change_percent, line.mover.price)
            )
    return tuple(sorted(rows, key=lambda row: row.weight, reverse=True))


def _top(movers: Sequence[Mover], by: Callable[[Mover], float], wanted: Callable[[Mover], bool]) -> tuple[Mover, ...]:
    return tuple(sorted(filter(wanted, movers), key=by, reverse=True)[:_LIST])


def _calendar(market: Market, universe: Sequence[Instrument]) -> tuple[Event, ...]:
    inside = {one.symbol for one in universe}
    # Results come in seasons six weeks apart; a shorter look ahead would often find an empty page.
    ahead = market.results_calendar(_AHEAD_DAYS).data
    return tuple(event for event in ahead if event.symbol in inside)[: 2 * _LIST]


def _news(market: Market, symbols: Sequence[str]) -> tuple[NewsItem, ...]:
    """Headlines about the region's instruments or about none; all when there are none of those."""
    inside = set(symbols)
    every = market.news().data
    fitting = tuple(item for item in every if not item.symbols or inside.intersection(item.symbols))
    return (fitting or every)[: 2 * _LIST]


def _part(read: Callable[[], T]) -> T | Missing:
    try:
        return read()
    except (MarketError, DatabaseProblem) as error:
        return Missing(str(error))


def _why(answers: Mapping[str, Sourced[Bars] | MarketError]) -> Missing:
    for answer in answers.values():
        if isinstance(answer, MarketError):
            return Missing(str(answer))
    return Missing(str(EmptyAnswer("market", "no bars of two sessions yet.")))
