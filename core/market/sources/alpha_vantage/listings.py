"""Quotes, search, movers and news out of Alpha Vantage's answers. Pure."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.market import instruments
from core.market.calendars import calendar
from core.market.errors import EmptyAnswer, MarketError, Unavailable, UnknownSymbol
from core.market.model import AssetClass, Instrument, Mover, NewsItem, Quote
from core.market.sources.alpha_vantage.calls import NAME
from core.market.sources.alpha_vantage.symbols import canonical
from core.market.sources.untrusted import TITLE_LIMIT, day, link, mapping, number, sequence, text

_LISTS = {
    "": "top_gainers",
    "gainers": "top_gainers",
    "losers": "top_losers",
    "active": "most_actively_traded",
}
_CLASSES = {"EQUITY": AssetClass.STOCK, "ETF": AssetClass.ETF, "MUTUAL FUND": AssetClass.FUND}
_EASTERN = ZoneInfo("America/New_York")


def parse_quote(payload: Any, instrument: Instrument, theirs: str, received_at: datetime) -> Quote:
    """The latest day's quote. Its time is the close of that session, or now while it runs."""
    found = mapping(mapping(payload).get("Global Quote"))
    if not found:
        raise UnknownSymbol(instrument.symbol, source=NAME)
    fields = {name.partition(". ")[2]: value for name, value in found.items()}
    told = text(fields.get("symbol"), 40)
    if told is None or told.upper() != theirs.upper():
        raise Unavailable(NAME, f"asked about {theirs}, it answered about {told or 'nothing'}. Not used.")
    price, on = number(fields.get("price")), day(fields.get("latest trading day"))
    if price is None or price <= 0 or on is None:
        raise EmptyAnswer(NAME, f"it has no price of {instrument.symbol}.")
    bounds = calendar(instrument.calendar).session_bounds(on)
    closed = bounds[1] if bounds else datetime(on.year, on.month, on.day, 23, 59, tzinfo=ZoneInfo(instrument.timezone))
    return Quote(
        instrument.symbol,
        price,
        min(closed.astimezone(UTC), received_at),
        instrument.currency,
        previous_close=number(fields.get("previous close")),
        open=number(fields.get("open")),
        high=number(fields.get("high")),
        low=number(fields.get("low")),
        volume=number(fields.get("volume")),
    )


def parse_rate(payload: Any, instrument: Instrument, received_at: datetime) -> Quote:
    """The latest rate of a pair of currencies or a coin."""
    found = mapping(mapping(payload).get("Realtime Currency Exchange Rate"))
    fields = {name.partition(". ")[2].lower(): value for name, value in found.items()}
    price = number(fields.get("exchange rate"))
    if price is None or price <= 0:
        raise EmptyAnswer(NAME, f"it has no rate of {instrument.symbol}.")
    when = _stamp(fields.get("last refreshed"), "%Y-%m-%d %H:%M:%S") or received_at
    return Quote(instrument.symbol, price, min(when, received_at), instrument.currency)


def parse_search(payload: Any, words: str, limit: int) -> tuple[Instrument, ...]:
    """Instruments in its order of likeness; listings on exchanges we have no symbol for are left out."""
    found: dict[str, Instrument] = {}
    for row in sequence(mapping(payload).get("bestMatches")):
        fields = {str(name).partition(". ")[2]: value for name, value in mapping(row).items()}
        theirs = fields.get("symbol")
        symbol = canonical(theirs) if isinstance(theirs, str) else None
        kind = _CLASSES.get(str(fields.get("type", "")).upper())
        if symbol is None or kind is None:
            continue
        try:
            known = instruments.by_symbol(symbol)
            instrument = known or replace(
                instruments.infer(symbol), name=text(fields.get("name")) or symbol, asset_class=kind
            )
        except MarketError:
            continue
        found.setdefault(instrument.symbol, instrument)
    if not found:
        raise EmptyAnswer(NAME, f"it finds nothing called “{words[:60]}”.")
    return tuple(found.values())[:limit]


def parse_movers(payload: Any, which: str, limit: int, received_at: datetime) -> tuple[tuple[Mover, ...], datetime]:
    """A list of US movers and the time it was made. It gives no company names, so the symbol stands for them."""
    movers = []
    for row in sequence(mapping(payload).get(_LISTS[which])):
        entry = mapping(row)
        theirs = entry.get("ticker")
        symbol = canonical(theirs) if isinstance(theirs, str) else None
        price, change = number(entry.get("price")), number(str(entry.get("change_percentage", "")).rstrip("%"))
        if symbol is not None and price is not None and change is not None:
            known = instruments.by_symbol(symbol)
            movers.append(Mover(symbol, known.name if known else symbol, price, change, number(entry.get("volume"))))
    if not movers:
        raise EmptyAnswer(NAME, "its list is empty at the moment.")
    told = str(mapping(payload).get("last_updated", "")).removesuffix(" US/Eastern")
    when = _stamp(told, "%Y-%m-%d %H:%M:%S", _EASTERN) or received_at
    return tuple(movers[:limit]), min(when, received_at)


def parse_news(payload: Any, limit: int, received_at: datetime) -> tuple[tuple[NewsItem, ...], datetime]:
    """Headlines, latest first, each once, and the time of the latest. Untrusted text made safe."""
    found: dict[str, NewsItem] = {}
    for row in sequence(mapping(payload).get("feed")):
        entry = mapping(row)
        when = _stamp(entry.get("time_published"), "%Y%m%dT%H%M%S")
        title, address = text(entry.get("title"), TITLE_LIMIT), link(entry.get("url"))
        if title is None or when is None or when > received_at:
            continue
        tickers = (mapping(one).get("ticker") for one in sequence(entry.get("ticker_sentiment")))
        symbols = (canonical(one) for one in tickers if isinstance(one, str))
        # It gives no id; address and title name a story well enough to know it again.
        name = hashlib.sha256(f"{address}\n{title}".encode()).hexdigest()[:24]
        found.setdefault(
            name,
            NewsItem(
                name,
                title,
                text(entry.get("source")) or "Alpha Vantage",
                when,
                address,
                text(entry.get("summary"), 1_000),
                tuple(dict.fromkeys(symbol for symbol in symbols if symbol))[:12],
            ),
        )
    if not found:
        raise EmptyAnswer(NAME, "it has no news on that.")
    latest = sorted(found.values(), key=lambda item: item.published_at, reverse=True)[:limit]
    return tuple(latest), latest[0].published_at


def _stamp(value: Any, shape: str, zone: ZoneInfo | None = None) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.strptime(value, shape).replace(tzinfo=zone or UTC)
    except ValueError:
        return None
    return found.astimezone(UTC)
