"""Every kind but bars and quotes: of one instrument, or of the whole simulated market."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from core.market.instruments import search
from core.market.model import (
    AssetClass,
    Bars,
    Event,
    Instrument,
    Kind,
    Membership,
    Mover,
    NewsItem,
    Profile,
    Quote,
    Ratings,
    Ratios,
)
from core.market.sources.base import Request
from core.market.sources.demo import actions, agenda, news, people, valuation
from core.market.sources.demo.draws import FIRST_YEAR
from core.market.sources.demo.quotes import quote
from core.market.sources.demo.sessions import local_day
from core.market.sources.demo.world import World

HOME_INDEX = "^NSEI"
COMPANY = frozenset(
    {Kind.OFFICERS, Kind.STATEMENTS, Kind.RATIOS, Kind.HOLDERS, Kind.INSIDERS, Kind.RATINGS},
)
PER_INSTRUMENT = COMPANY | {
    Kind.BARS,
    Kind.QUOTE,
    Kind.PROFILE,
    Kind.ACTIONS,
    Kind.EVENTS,
    Kind.NEWS,
    Kind.MEMBERS,
}
MARKET_WIDE = frozenset(
    {Kind.SEARCH, Kind.MOVERS, Kind.TRENDING, Kind.SECTORS, Kind.MEMBERS, Kind.NEWS, Kind.EVENTS},
)
_NEWS_SPAN = timedelta(days=365)
_MARKET_EVENTS_SPAN = timedelta(days=30)
_MARKET_NEWS_SPAN = timedelta(days=14)
_HEADLINE_INDICES = ("^NSEI", "^BSESN", "^NSEBANK", "^GSPC")
_MEMBER_NOTE = "Simulated: the demo market keeps these members throughout."


def covered(kind: Kind, instrument: Instrument) -> bool:
    """Whether an instrument of the universe has this kind: accounts and people belong to companies only."""
    if kind in COMPANY:
        return instrument.asset_class is AssetClass.STOCK
    if kind is Kind.MEMBERS:
        return instrument.asset_class is AssetClass.INDEX
    return kind in PER_INSTRUMENT


def of_instrument(world: World, request: Request, instrument: Instrument, known: datetime) -> Any:
    """The data of ``request.kind`` as it was known at ``known`` (see ``base.Source`` for the types)."""
    symbol, through = instrument.symbol, known.year + 1
    today = local_day(instrument, known)
    kind = request.kind
    path = world.path(symbol, through)
    if kind is Kind.ACTIONS:
        return actions.between(world, instrument, request.start, known)
    if kind is Kind.PROFILE:
        return valuation.profile(instrument, path)
    if kind is Kind.EVENTS:
        return _within(_events(world, instrument, known), request)
    if kind is Kind.NEWS:
        return news.newest(_news(world, instrument, request.start or known - _NEWS_SPAN, known), request.limit)
    if kind is Kind.MEMBERS:
        return _members(world, symbol)
    if kind is Kind.INSIDERS:
        return people.insiders(world.seed, instrument, path, today)
    if kind is Kind.RATINGS:
        return people.ratings(world.seed, instrument, path, today)
    accounts = world.accounts(symbol, through)
    if kind is Kind.STATEMENTS:
        return accounts.statements(today)
    if kind is Kind.OFFICERS:
        return people.officers(world.seed, instrument, accounts, today)
    latest = quote(world, instrument, known)
    if latest is None:
        return None
    if kind is Kind.HOLDERS:
        return people.holders(world.seed, instrument, path, latest.price, today)
    return valuation.ratios(accounts, path, latest.price, today)


def of_market(world: World, request: Request, known: datetime) -> Any:
    """The data of a market-wide kind as it was known at ``known``."""
    kind = request.kind
    if kind is Kind.SEARCH:
        found = search(request.text, limit=request.limit)
        return tuple(each for each in found if each.symbol in world.instruments)
    if kind is Kind.SECTORS:
        return {each.symbol: each.sector for each in world.instruments.values() if each.sector is not None}
    if kind is Kind.MEMBERS:
        return _members(world, request.text or HOME_INDEX)
    home = [world.instruments[symbol] for symbol in world.baskets.members.get(HOME_INDEX, ())]
    if kind is Kind.EVENTS:
        span = replace(request, start=request.start or known - _MARKET_EVENTS_SPAN)
        every = [event for each in home for event in _within(_events(world, each, known), span)]
        return tuple(sorted(every, key=lambda each: (each.on, each.symbol, each.kind)))
    if kind is Kind.NEWS:
        since = request.start or known - _MARKET_NEWS_SPAN
        indices = [world.instruments[each] for each in _HEADLINE_INDICES if each in world.instruments]
        items = [item for each in (*indices, *home) for item in _news(world, each, since, known)]
        return news.newest(items, request.limit)
    return _movers(world, home, request, known)


def relabelled(data: Any, symbol: str) -> Any:
    """The same data under the symbol of another listing of the company."""
    if isinstance(data, tuple):
        return tuple(relabelled(each, symbol) for each in data)
    if isinstance(data, NewsItem):
        return replace(data, symbols=(symbol,))
    if isinstance(data, Bars | Quote | Profile | Ratios | Ratings | Event):
        return replace(data, symbol=symbol)
    return data


def _events(world: World, instrument: Instrument, known: datetime) -> tuple[Event, ...]:
    through = known.year + 1
    path = world.path(instrument.symbol, through)
    accounts = None
    if instrument.asset_class is AssetClass.STOCK:
        accounts = world.accounts(instrument.symbol, through)
    return agenda.events(world.seed, instrument, accounts, path, local_day(instrument, known))


def _within(events: tuple[Event, ...], request: Request) -> tuple[Event, ...]:
    first = request.start.date() if request.start is not None else date.min
    last = request.end.date() if request.end is not None else date.max
    return tuple(each for each in events if first <= each.on <= last)


def _news(world: World, instrument: Instrument, since: datetime, known: datetime) -> list[NewsItem]:
    if instrument.asset_class is AssetClass.STOCK:
        return news.company_news(instrument, _events(world, instrument, known), since, known)
    return news.index_news(instrument, world.path(instrument.symbol, known.year + 1), since, known)


def _members(world: World, index: str) -> tuple[Membership, ...] | None:
    since = date(FIRST_YEAR, 1, 1)
    found = world.baskets.members.get(index)
    return None if found is None else tuple(Membership(index, each, since, None, _MEMBER_NOTE) for each in found)


def _movers(world: World, home: list[Instrument], request: Request, known: datetime) -> tuple[Mover, ...]:
    """The home index's members by change ("gainers", "losers") or by traded value ("active", and what is trending)."""
    rows: list[tuple[float, Mover]] = []
    for instrument in home:
        latest = quote(world, instrument, known)
        if latest is None or latest.change_percent is None:
            continue
        mover = Mover(instrument.symbol, instrument.name, latest.price, latest.change_percent, latest.volume)
        traded = latest.price * (latest.volume or 0.0)
        if request.kind is Kind.TRENDING:
            order = abs(mover.change_percent)
        elif request.text == "active":
            order = traded
        else:
            order = -mover.change_percent if request.text == "losers" else mover.change_percent
        rows.append((order, mover))
    rows.sort(key=lambda row: (-row[0], row[1].symbol))
    return tuple(mover for _, mover in rows[: max(0, request.limit)])
