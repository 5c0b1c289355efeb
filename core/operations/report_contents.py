"""What a report says: the market over its stretch of time, the instruments somebody watches, their alerts, what is due.

Everything is reckoned from daily bars: the change of an instrument is its last close in the stretch against its last
one before. The part about the market is the same for everybody and is made once (`market_part`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from core import formats
from core.accounts.model import Account
from core.accounts.preferences import Preferences
from core.market.errors import MarketError
from core.market.model import AssetClass, Bars, Instrument, Sourced
from core.market.service import Market
from core.notices.model import Table
from core.operations.alerts import Alert
from core.operations.report_times import Period, Stretch

_INDICES = ("^NSEI", "^BSESN", "^NSEBANK")
_LEADING = "^NSEI"
_ZONE = "Asia/Kolkata"
_BEFORE = timedelta(days=15)
"""Far enough back to find the close before any stretch, over the longest run of holidays."""

_OLD = {"daily": timedelta(days=6), "weekly": timedelta(days=0), "monthly": timedelta(days=0)}
_MOST_WATCHED = 25
_MOVERS = 3
_AHEAD: dict[Period, int] = {"daily": 7, "weekly": 14, "monthly": 31}
_WORDS: dict[Period, str] = {"daily": "on the day", "weekly": "over the week", "monthly": "over the month"}


@dataclass(frozen=True, slots=True)
class ReportContext:
    """A report, in the fields of its notice (`core.notices.kinds`), texts as they are to be read."""

    period: str
    headline: str
    figures: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    source: str
    timezone: str
    path: str = "/"

    def fields(self) -> dict[str, Any]:
        """As `outbox.post` and `rendering.render` take it."""
        return {
            "period": self.period,
            "headline": self.headline,
            "figures": [list(pair) for pair in self.figures],
            "tables": list(self.tables),
            "notes": list(self.notes),
            "source": self.source,
            "timezone": self.timezone,
            "path": self.path,
        }


@dataclass(frozen=True, slots=True)
class Move:
    """An instrument over a stretch; `change` as a fraction of the close before it."""

    instrument: Instrument
    last: float
    change: float

    @property
    def name(self) -> str:
        """How it is called in a table."""
        return self.instrument.short_name or self.instrument.name


@dataclass(frozen=True, slots=True)
class MarketPart:
    """What everybody's report of a stretch says about the market.

    Attributes:
        indices: those of the leading ones that have prices.
        members: of the NIFTY 50, by change, the largest first.
        as_of, source, simulated: of the leading index.
    """

    stretch: Stretch
    indices: tuple[Move, ...]
    members: tuple[Move, ...]
    as_of: datetime
    source: str
    simulated: bool


def market_part(service: Market, stretch: Stretch) -> MarketPart:
    """The market over a stretch.

    Raises:
        MarketError: the leading index has no prices of it.
    """
    members = [one.symbol for one in service.members(_LEADING).data]
    answers = service.bars_many([*_INDICES, *members], "1d", stretch.first - _BEFORE, stretch.last)
    leading = answers[_LEADING]
    if not isinstance(leading, Sourced):
        raise leading
    moves = _moves(service, answers, stretch)
    return MarketPart(
        stretch,
        tuple(moves[symbol] for symbol in _INDICES if symbol in moves),
        tuple(sorted((moves[symbol] for symbol in members if symbol in moves), key=lambda one: -one.change)),
        leading.as_of,
        leading.source,
        leading.simulated,
    )


def build(
    account: Account,
    preferences: Preferences,
    part: MarketPart,
    *,
    service: Market,
    watched: Sequence[str],
    alerts: Sequence[Alert],
) -> ReportContext:
    """The report of one person.

    Args:
        part: the market over the stretch.
        watched: their symbols.
        alerts: theirs that fired in the stretch.
    """
    with formats.written_as(preferences.number_format):
        mine = _watched(service, part.stretch, watched, account.owner)
        figures = [(move.name, _figure(move)) for move in part.indices]
        if part.members:
            figures.append(("Stocks of the NIFTY 50", _breadth(part.members)))
        return ReportContext(
            part.stretch.text,
            _headline(part, mine),
            tuple(figures),
            tuple(_tables(part, mine, alerts, preferences.timezone)),
            tuple(_due(service, part, watched)),
            _source(part),
            preferences.timezone,
        )


def fired_between(stretch: Stretch) -> tuple[datetime, datetime]:
    """The stretch as moments: from the beginning of its first day to the end of its last, in India."""
    zone = ZoneInfo(_ZONE)
    return (
        datetime.combine(stretch.first, time(), zone),
        datetime.combine(stretch.last + timedelta(days=1), time(), zone),
    )


def _watched(service: Market, stretch: Stretch, symbols: Sequence[str], owner: str) -> tuple[Move, ...]:
    answers = service.bars_many(symbols, "1d", stretch.first - _BEFORE, stretch.last, owner=owner)
    moves = _moves(service, answers, stretch, owner)
    return tuple(sorted(moves.values(), key=lambda one: -one.change))


def _moves(
    service: Market, answers: Mapping[str, Sourced[Bars] | MarketError], stretch: Stretch, owner: str | None = None
) -> dict[str, Move]:
    moves = {}
    for symbol, answer in answers.items():
        if isinstance(answer, Sourced):
            move = _move(service.resolve(symbol, owner=owner), answer.data, stretch)
            if move is not None:
                moves[symbol] = move
    return moves


def _move(instrument: Instrument, bars: Bars, stretch: Stretch) -> Move | None:
    """None without a close in the stretch (a day's report takes the latest few days for one) and one before it."""
    closes = bars.frame["close"]
    days = pd.DatetimeIndex(closes.index).tz_convert(instrument.timezone).date
    inside = (days <= stretch.last) & (days >= stretch.first - _OLD[stretch.period])
    if not inside.any():
        return None
    at = int(inside.nonzero()[0][-1])
    earlier = at - 1 if stretch.period == "daily" else int((days < stretch.first).sum()) - 1
    if earlier < 0 or closes.iloc[earlier] <= 0:
        return None
    return Move(instrument, float(closes.iloc[at]), float(closes.iloc[at] / closes.iloc[earlier] - 1.0))


def _headline(part: MarketPart, mine: Sequence[Move]) -> str:
    leading = next(move for move in part.indices if move.instrument.symbol == _LEADING) if part.indices else None
    words = []
    if leading is not None:
        words.append(f"The {leading.name} {_went(leading.change)} {_WORDS[part.stretch.period]}.")
    if mine:
        up = sum(move.change > 0 for move in mine)
        noun = "instrument" if len(mine) == 1 else "instruments"
        words.append(f"Of the {len(mine)} {noun} you watch, {up or 'none'} rose.")
    return " ".join(words) or f"There were no prices {_WORDS[part.stretch.period]}."


def _went(change: float) -> str:
    shown = formats.percent(abs(change))
    if shown == formats.percent(0.0):
        return "did not move"
    return f"{'rose' if change > 0 else 'fell'} by {shown}"


def _figure(move: Move) -> str:
    return f"{_price(move)}  {formats.change(move.change)}"


def _price(move: Move) -> str:
    if move.instrument.asset_class is AssetClass.INDEX:
        return formats.number(move.last, 2, currency=move.instrument.currency)
    return formats.money(move.last, move.instrument.currency)


def _breadth(members: Sequence[Move]) -> str:
    up, down = sum(move.change > 0 for move in members), sum(move.change < 0 for move in members)
    still = len(members) - up - down
    return f"{up} rose, {down} fell" + (f", {still} unchanged" if still else "")


def _tables(part: MarketPart, mine: Sequence[Move], alerts: Sequence[Alert], timezone: str) -> list[Table]:
    tables = []
    if mine:
        shown = tuple((move.name, _price(move), formats.change(move.change)) for move in mine[:_MOST_WATCHED])
        title = "What you watch"
        if len(mine) > _MOST_WATCHED:
            title += f" ({_MOST_WATCHED} of {len(mine)})"
        tables.append(Table(title, ("Instrument", "Last", "Change"), shown))
    ends = list(part.members)
    if len(ends) > 2 * _MOVERS:
        ends = [*ends[:_MOVERS], *ends[-_MOVERS:]]
    if ends:
        rows = tuple((move.name, _price(move), formats.change(move.change)) for move in ends)
        tables.append(Table("What moved most in the NIFTY 50", ("Stock", "Last", "Change"), rows))
    if alerts:
        rows = tuple(
            (one.name, one.words, formats.moment(one.fired_at, timezone)) for one in alerts if one.fired_at is not None
        )
        tables.append(Table("Your alerts that fired", ("Instrument", "It", "When"), rows))
    return tables


def _due(service: Market, part: MarketPart, watched: Sequence[str]) -> list[str]:
    if not watched:
        return []
    try:
        ahead = service.results_calendar(_AHEAD[part.stretch.period]).data
    except MarketError:
        return []  # a calendar that cannot be had leaves its lines out; everything else is still worth reading
    mine = set(watched)
    return [
        f"{service.resolve(event.symbol).name} reports results on {formats.day(event.on)}"
        f"{'' if event.confirmed else ' (not confirmed)'}."
        for event in ahead
        if event.symbol in mine
    ]


def _source(part: MarketPart) -> str:
    when = f"{formats.day(part.as_of, _ZONE)}, {formats.clock_time(part.as_of, _ZONE)}"
    return f"Simulated prices, as of {when}" if part.simulated else f"{part.source.replace('_', ' ').title()}, {when}"
