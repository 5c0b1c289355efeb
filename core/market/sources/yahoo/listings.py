"""Quotes of many symbols, search results, movers, trending symbols and sectors. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.market import instruments
from core.market.errors import EmptyAnswer, MarketError
from core.market.model import AssetClass, Instrument, Mover, Quote
from core.market.sources.untrusted import mapping, moment, number, sequence, text
from core.market.sources.yahoo.calls import NAME, SYMBOL
from core.market.sources.yahoo.chart import refuse
from core.market.sources.yahoo.questions import SECTORS

_CLASSES = {
    "EQUITY": AssetClass.STOCK,
    "ETF": AssetClass.ETF,
    "INDEX": AssetClass.INDEX,
    "CRYPTOCURRENCY": AssetClass.CRYPTO,
    "CURRENCY": AssetClass.FX,
    "MUTUALFUND": AssetClass.FUND,
}


def parse_quotes(payload: Any, asked: Sequence[Instrument]) -> dict[str, Quote]:
    """Quotes by canonical symbol; symbols Yahoo left out or gave no price and time for are missing."""
    response = mapping(mapping(payload).get("quoteResponse"))
    finance = mapping(mapping(payload).get("finance"))
    refuse(response.get("error") or finance.get("error"), asked[0].symbol if asked else "")
    wanted = {one.symbol.upper(): one for one in asked}
    found = {}
    for row in sequence(response.get("result")):
        entry = mapping(row)
        instrument = wanted.get(str(entry.get("symbol", "")).upper())
        price, when = number(entry.get("regularMarketPrice")), moment(entry.get("regularMarketTime"))
        if instrument is None or price is None or price <= 0 or when is None:
            continue
        found[instrument.symbol] = Quote(
            instrument.symbol,
            price,
            when,
            text(entry.get("currency"), 8) or instrument.currency,
            previous_close=number(entry.get("regularMarketPreviousClose")),
            open=number(entry.get("regularMarketOpen")),
            high=number(entry.get("regularMarketDayHigh")),
            low=number(entry.get("regularMarketDayLow")),
            volume=number(entry.get("regularMarketVolume")),
            market_cap=number(entry.get("marketCap")),
            high_52w=number(entry.get("fiftyTwoWeekHigh")),
            low_52w=number(entry.get("fiftyTwoWeekLow")),
            name=text(entry.get("longName")) or text(entry.get("shortName")),
        )
    return found


def parse_search(payload: Any, words: str, limit: int) -> tuple[Instrument, ...]:
    """Instruments in Yahoo's order; options, futures and what has no well-formed symbol are left out."""
    refuse(mapping(mapping(payload).get("finance")).get("error"), words)
    found: dict[str, Instrument] = {}
    for row in sequence(mapping(payload).get("quotes")):
        entry = mapping(row)
        symbol, kind = entry.get("symbol"), _CLASSES.get(str(entry.get("quoteType", "")).upper())
        if not isinstance(symbol, str) or kind is None or not SYMBOL.match(symbol):
            continue
        try:
            known = instruments.by_symbol(symbol)
            instrument = known or replace(
                instruments.infer(symbol),
                name=text(entry.get("longname")) or text(entry.get("shortname")) or symbol,
                asset_class=kind,
                sector=text(entry.get("sector")),
                industry=text(entry.get("industry")),
            )
        except MarketError:
            continue
        found.setdefault(instrument.symbol, instrument)
    if not found:
        raise EmptyAnswer(NAME, f"it finds nothing called “{words[:60]}”.")
    return tuple(found.values())[:limit]


def screened(payload: Any) -> list[dict[str, Any]]:
    """The rows of a screen. Raises what Yahoo's error says."""
    finance = mapping(mapping(payload).get("finance"))
    refuse(finance.get("error"), "its list")
    results = sequence(finance.get("result"))
    return [mapping(row) for result in results for row in sequence(mapping(result).get("quotes"))]


def parse_movers(
    rows: Iterable[dict[str, Any]], limit: int, received_at: datetime
) -> tuple[tuple[Mover, ...], datetime]:
    """Movers in Yahoo's order and the time of the latest trade among them. Raises EmptyAnswer when there are none."""
    movers, times = [], []
    for row in rows:
        symbol, price = row.get("symbol"), number(row.get("regularMarketPrice"))
        change = number(row.get("regularMarketChangePercent"))
        if not isinstance(symbol, str) or not SYMBOL.match(symbol) or price is None or change is None:
            continue
        name = text(row.get("longName")) or text(row.get("shortName")) or symbol
        movers.append(Mover(symbol.upper(), name, price, change, number(row.get("regularMarketVolume"))))
        when = moment(row.get("regularMarketTime"))
        if when is not None and when <= received_at:
            times.append(when)
    if not movers:
        raise EmptyAnswer(NAME, "its list is empty at the moment.")
    return tuple(movers[:limit]), max(times, default=received_at)


def trending_symbols(payload: Any, limit: int) -> tuple[str, ...]:
    """Symbols that are looked up most, most first."""
    symbols = (row.get("symbol") for row in screened(payload))
    fit = (symbol.upper() for symbol in symbols if isinstance(symbol, str) and SYMBOL.match(symbol))
    return tuple(dict.fromkeys(fit))[:limit]


def quoted_rows(payload: Any) -> list[dict[str, Any]]:
    """The rows of a quotes answer as they are."""
    response = mapping(mapping(payload).get("quoteResponse"))
    refuse(response.get("error"), "its list")
    return [mapping(row) for row in sequence(response.get("result"))]


def parse_sectors(payloads: Sequence[Any]) -> dict[str, str]:
    """Sector by symbol, of one screen a sector in the order of ``SECTORS``. Raises EmptyAnswer when all are empty."""
    found: dict[str, str] = {}
    for sector, payload in zip(SECTORS, payloads, strict=True):
        for row in screened(payload):
            symbol = row.get("symbol")
            if isinstance(symbol, str) and SYMBOL.match(symbol):
                found.setdefault(symbol.upper(), sector)
    if not found:
        raise EmptyAnswer(NAME, "its sector lists are empty.")
    return found
