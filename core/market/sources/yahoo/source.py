"""The source "yahoo": every kind of data Yahoo's site shows, as plan, fetch and parse."""

import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from core import clock
from core.market.errors import EmptyAnswer, MarketError, NotCovered, UnknownSymbol
from core.market.model import AssetClass, Instrument, Interval, Kind, Quote, Sourced, Warn
from core.market.sources.base import Plan, Raw, Request
from core.market.sources.probe import Probe
from core.market.sources.yahoo import analysts, calls, chart, company, listings, news, ownership, questions, statements
from core.market.sources.yahoo.calls import NAME, SYMBOL
from core.market.sources.yahoo.client import Client

_PRICES = frozenset({Kind.BARS, Kind.QUOTE, Kind.ACTIONS, Kind.NEWS})
_COMPANY = frozenset(
    {
        Kind.PROFILE,
        Kind.OFFICERS,
        Kind.STATEMENTS,
        Kind.RATIOS,
        Kind.HOLDERS,
        Kind.INSIDERS,
        Kind.RATINGS,
        Kind.EVENTS,
    }
)
_MARKET = frozenset({Kind.SEARCH, Kind.MOVERS, Kind.TRENDING, Kind.SECTORS, Kind.NEWS, Kind.EVENTS})
_PROBE_SYMBOL = "^NSEI"


class Yahoo:
    """Yahoo Finance through yfinance's session handling. Thread-safe; needs no key.

    ``base_url`` sends calls for ``https://HOST/path`` to ``base_url/HOST/path``; ``timeout`` (seconds) bounds one
    call and half as much is added for each further call of a plan; ``cache_dir`` holds what yfinance may store.
    """

    name = NAME
    label = "Yahoo"
    simulated = False

    def __init__(self, base_url: str | None, timeout: float, cache_dir: Path) -> None:
        self._client = Client(base_url, timeout, cache_dir)

    def configured(self) -> bool:
        """Always: Yahoo wants no key."""
        return True

    def covers(self, kind: Kind, instrument: Instrument | None, interval: Interval | None) -> bool:
        """Prices and news of anything; company data of stocks (profile and ratios of funds too); no index members."""
        del interval
        if instrument is None:
            return kind in _MARKET
        if instrument.owner is not None or not SYMBOL.match(instrument.symbol):
            return False
        if kind in _PRICES:
            return True
        if instrument.asset_class in {AssetClass.ETF, AssetClass.FUND}:
            return kind in {Kind.PROFILE, Kind.RATIOS}
        return kind in _COMPANY and instrument.asset_class is AssetClass.STOCK

    def plan(self, request: Request) -> Plan:
        """The calls for ``request``. Raises BadRange, NotCovered."""
        instrument = request.instrument
        if not self.covers(request.kind, instrument, request.interval):
            what = f" of {instrument.symbol}" if instrument else ""
            raise NotCovered(NAME, f"it has no {request.kind.value}{what}.")
        if instrument is None:
            return Plan(request, questions.market_calls(request))
        match request.kind:
            case Kind.BARS:
                return Plan(request, calls.bars(request, instrument, request.interval or Interval.D1))
            case Kind.ACTIONS:
                return Plan(request, calls.actions(request, instrument))
            case Kind.QUOTE:
                return Plan(request, (calls.quote_call(instrument.symbol),))
            case _:
                return Plan(request, questions.instrument_calls(request, instrument))

    def fetch(self, plan: Plan) -> Raw:
        """Ask Yahoo. Raises ThrottledUntil, CredentialsExpired, Unavailable."""
        answers = self._client.ask(plan.calls)
        if plan.request.kind is Kind.TRENDING:
            # Yahoo lists symbols only; their prices are a second question.
            symbols = listings.trending_symbols(answers[0], plan.request.limit)
            if symbols:
                answers = (*answers, *self._client.ask((calls.quotes(*symbols),)))
        return Raw(answers, clock.now())

    def parse(self, plan: Plan, raw: Raw) -> Sourced[Any]:
        """Data of the answers. Raises EmptyAnswer, UnknownSymbol, BadRange, Unavailable."""
        data, as_of, warnings = _parse(plan.request, raw)
        return Sourced(data, NAME, min(as_of, raw.received_at), raw.received_at, warnings)

    def quotes(self, instruments: Sequence[Instrument]) -> dict[str, Sourced[Quote] | MarketError]:
        """Quotes of many instruments, a hundred a call; what fails is a value. A failed call fails its hundred."""
        found: dict[str, Sourced[Quote] | MarketError] = {}
        for first in range(0, len(instruments), 100):
            batch = instruments[first : first + 100]
            try:
                (payload,) = self._client.ask((calls.quotes(*(one.symbol for one in batch)),))
                received = clock.now()
                parsed = listings.parse_quotes(payload, batch)
            except MarketError as error:
                found.update((one.symbol, error) for one in batch)
                continue
            for one in batch:
                quote = parsed.get(one.symbol)
                if quote is None:
                    found[one.symbol] = UnknownSymbol(one.symbol, source=NAME)
                else:
                    found[one.symbol] = Sourced(quote, NAME, min(quote.time, received), received)
        return found

    def probe(self, timeout: float = 2.0) -> Probe:
        """One tiny question within ``timeout`` seconds. Never raises a MarketError: what happened is in the answer."""
        began = time.monotonic()
        error: MarketError | None = None
        try:
            (payload,) = self._client.ask((calls.heading(_PROBE_SYMBOL),), seconds=timeout)
            chart.result(payload, _PROBE_SYMBOL)
        except MarketError as failed:
            error = failed
        return Probe(error is None, error, 1000 * (time.monotonic() - began))

    def warm(self) -> None:
        """Import yfinance and make the session, asking nobody: about a second, better spent at the start."""
        self._client.warm()

    @property
    def requests_made(self) -> int:
        """HTTP requests since the session was made, cookies and crumbs included."""
        return self._client.requests_made

    def close(self) -> None:
        """Close the idle connections."""
        self._client.close()


_Parsed = tuple[Any, datetime, tuple[Warn, ...]]


def _parse(request: Request, raw: Raw) -> _Parsed:
    if request.instrument is None:
        return _market(request, raw)
    instrument, received, first = request.instrument, raw.received_at, raw.payloads[0]
    match request.kind:
        case Kind.BARS:
            span = (request.start, request.end)
            return chart.parse_bars(raw.payloads, instrument, request.interval or Interval.D1, span, received)
        case Kind.QUOTE:
            return _quote(first, instrument)
        case Kind.ACTIONS:
            found = chart.result(first, instrument.symbol)
            return tuple(chart.parse_actions(found, instrument, instrument.currency)), received, ()
        case Kind.STATEMENTS:
            return statements.parse(raw.payloads, instrument, received)
        case Kind.PROFILE:
            return company.parse_profile(first, instrument), received, ()
        case Kind.OFFICERS:
            return company.parse_officers(first, instrument), received, ()
        case Kind.RATIOS:
            return *company.parse_ratios(first, instrument, received), ()
        case Kind.HOLDERS:
            return *ownership.parse_holders(first, instrument, received), ()
        case Kind.INSIDERS:
            return *ownership.parse_insiders(first, instrument, received), ()
        case Kind.RATINGS:
            return *analysts.parse_ratings(first, instrument, received), ()
        case Kind.EVENTS:
            events, warnings = analysts.parse_events(first, raw.payloads[1], instrument, received)
            return events, received, warnings
        case Kind.NEWS:
            return *news.parse(first, request.limit, received), ()
    raise NotCovered(NAME, f"it has no {request.kind.value} of {instrument.symbol}.")


def _market(request: Request, raw: Raw) -> _Parsed:
    received, first = raw.received_at, raw.payloads[0]
    match request.kind:
        case Kind.SEARCH:
            return listings.parse_search(first, request.text, request.limit), received, ()
        case Kind.MOVERS:
            return *listings.parse_movers(listings.screened(first), request.limit, received), ()
        case Kind.TRENDING:
            rows = listings.quoted_rows(raw.payloads[1]) if len(raw.payloads) > 1 else []
            return *listings.parse_movers(rows, request.limit, received), ()
        case Kind.SECTORS:
            return listings.parse_sectors(raw.payloads), received, ()
        case Kind.EVENTS:
            events = analysts.parse_calendar(first, "the results calendar")[: request.limit]
            if not events:
                raise EmptyAnswer(NAME, "its results calendar is empty for these days.")
            return events, received, ()
        case Kind.NEWS:
            return *news.parse(first, request.limit, received), ()
    raise NotCovered(NAME, f"it has no {request.kind.value} of a market.")


def _quote(payload: Any, instrument: Instrument) -> _Parsed:
    if isinstance(payload, dict) and "chart" in payload:
        quote, warnings = chart.parse_quote(payload, instrument)
        return quote, quote.time, warnings
    found = listings.parse_quotes(payload, (instrument,)).get(instrument.symbol)
    if found is None:
        raise UnknownSymbol(instrument.symbol, source=NAME)
    return found, found.time, ()
