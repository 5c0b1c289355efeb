"""The source "alpha_vantage": prices, fundamentals and news for a key, as plan, fetch and parse."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from core import clock
from core.market.errors import MarketError, NotConfigured, NotCovered, UnknownSymbol
from core.market.model import AssetClass, Instrument, Interval, Kind, Sourced, Warn
from core.market.redaction import remember
from core.market.sources.addresses import is_loopback
from core.market.sources.alpha_vantage import company, listings, series
from core.market.sources.alpha_vantage.answers import PaidOnly, refusal
from core.market.sources.alpha_vantage.calls import NAME, Call, Choice, choice
from core.market.sources.alpha_vantage.symbols import Address, address
from core.market.sources.base import Plan, Raw, Request
from core.market.sources.probe import Probe

if TYPE_CHECKING:
    from core.market.sources.http import Caller

ADDRESS = "https://www.alphavantage.co"
SETTING = "ALPHA_VANTAGE_API_KEY"
_PAUSE = timedelta(minutes=1)
_APART = 1.1
# A plan may be bought: what was refused as paid is tried again after this.
_FORGET = timedelta(days=1)
_PRICES = frozenset({Kind.BARS, Kind.QUOTE})
_COMPANY = frozenset({Kind.PROFILE, Kind.RATIOS, Kind.STATEMENTS, Kind.EVENTS, Kind.ACTIONS, Kind.NEWS})
_MARKET = frozenset({Kind.SEARCH, Kind.MOVERS, Kind.NEWS})


class AlphaVantage:
    """Alpha Vantage over HTTP. Thread-safe; needs a key. ``timeout`` (seconds) bounds each of a plan's calls.

    A free key has 25 requests a day and lacks some functions: what the vendor refuses as paid is asked in its free
    form for a day (``calls.Choice``). Requests are ``spacing`` seconds apart (default 1.1, and 0 on this machine): a
    free key is refused more than one a second. Indian shares come from the BSE; for those of the NSE a warning says so.
    """

    name = NAME
    label = "Alpha Vantage"
    simulated = False

    def __init__(
        self, api_key: str | None, base_url: str | None, timeout: float, *, spacing: float | None = None
    ) -> None:
        self._key = (api_key or "").strip()
        remember(self._key)
        self._address, self._timeout = base_url or ADDRESS, timeout
        self._lock = threading.Lock()
        self._paid: dict[tuple[str, str], datetime] = {}
        self._spacing = (0.0 if is_loopback(base_url) else _APART) if spacing is None else spacing
        self._next = 0.0
        self._made = 0

    @cached_property
    def _caller(self) -> Caller:
        from core.market.sources.http import Caller  # loads httpx: most desks have no key and never call

        return Caller(NAME, self._address, timeout=self._timeout)

    def __repr__(self) -> str:
        return f"AlphaVantage(configured={self.configured()})"

    def configured(self) -> bool:
        """Whether there is a key."""
        return bool(self._key)

    def covers(self, kind: Kind, instrument: Instrument | None, interval: Interval | None) -> bool:
        """Shares, ETFs, currencies and coins it lists; company data of US listings; intraday bars of US listings."""
        if instrument is None:
            return kind in _MARKET
        if instrument.owner is not None or address(instrument) is None:
            return False
        american = instrument.calendar == "XNYS"
        if kind is Kind.BARS and interval is not None and interval.intraday:
            return american and instrument.asset_class in {AssetClass.STOCK, AssetClass.ETF}
        if kind in _PRICES:
            return True
        if instrument.asset_class is AssetClass.CRYPTO:
            return kind is Kind.NEWS
        return kind in _COMPANY and american and instrument.asset_class in {AssetClass.STOCK, AssetClass.ETF}

    def plan(self, request: Request) -> Plan:
        """The calls for ``request``. Raises NotConfigured, NotCovered, BadRange."""
        if not self.configured():
            raise NotConfigured(NAME, SETTING)
        instrument = request.instrument
        if not self.covers(request.kind, instrument, request.interval):
            what = f" of {instrument.symbol}" if instrument else ""
            length = f" ({request.interval.value})" if request.interval else ""
            raise NotCovered(NAME, f"it has no {request.kind.value}{length}{what}.")
        return Plan(request, (choice(request),))

    def fetch(self, plan: Plan) -> Raw:
        """Ask, group by group until one is in our plan.

        Raises ThrottledUntil, CredentialsExpired, UnknownSymbol, Unavailable; NotCovered when all want a paid plan.
        """
        (options,) = plan.calls
        assert isinstance(options, Choice)
        instrument = plan.request.instrument
        symbol = instrument.symbol if instrument else plan.request.text
        refused: PaidOnly | None = None
        for group in options.groups:
            if any(self._is_paid(call) for call in group):
                continue
            answers: list[Any] = []
            for call in group:
                answer = self._ask(call)
                error = refusal(answer, symbol)
                if isinstance(error, PaidOnly):
                    with self._lock:
                        self._paid[_signature(call)] = clock.now()
                    refused = error
                    break
                if isinstance(error, UnknownSymbol) and answers and call.function == "SPLITS":
                    # It has the share's prices but no list of its splits; parsing says so.
                    answer = {}
                elif error is not None:
                    raise error
                answers.append(answer)
            else:
                return Raw(tuple(answers), clock.now())
        words = str(refused).removeprefix(f"{NAME}: ") if refused else "wants a paid plan for this, it said before."
        raise NotCovered(NAME, words)

    def _is_paid(self, call: Call) -> bool:
        refused = self._paid.get(_signature(call))
        return refused is not None and clock.now() - refused < _FORGET

    def _ask(self, call: Call) -> Any:
        with self._lock:
            now = time.monotonic()
            wait = self._next - now
            self._next = max(self._next, now) + self._spacing
            self._made += 1
        if wait > 0:
            time.sleep(wait)
        from core.market.sources.http import read_json, refuse_status

        with self._lock:
            caller = self._caller
        reply = caller.get("/query", {"function": call.function, **dict(call.arguments), "apikey": self._key})
        refuse_status(NAME, reply, pause=_PAUSE)
        return read_json(NAME, reply.body)

    def parse(self, plan: Plan, raw: Raw) -> Sourced[Any]:
        """Data of the answers. Raises EmptyAnswer, UnknownSymbol, Unavailable, ThrottledUntil."""
        request, received = plan.request, raw.received_at
        symbol = request.instrument.symbol if request.instrument else request.text
        for payload in raw.payloads:
            error = refusal(payload, symbol)
            if error is not None:
                raise error
        data, as_of, warnings = _market(request, raw) if request.instrument is None else _own(request, raw)
        return Sourced(data, NAME, min(as_of, received), received, tuple(warnings))

    def probe(self, timeout: float = 2.0) -> Probe:
        """Whether the address answers at all within ``timeout`` seconds; it costs none of the day's requests.

        Never raises a MarketError. A key cannot be tried without spending a request, so it is not.
        """
        from core.market.sources.http import Caller

        began = time.monotonic()
        error: MarketError | None = None
        try:
            if not self.configured():
                raise NotConfigured(NAME, SETTING)
            with Caller(NAME, self._address, timeout=timeout) as caller:
                caller.get("/", {})
        except MarketError as failed:
            error = failed
        return Probe(error is None, error, 1000 * (time.monotonic() - began))

    @property
    def requests_made(self) -> int:
        """Requests since the start that count against the day's 25, refused ones included."""
        with self._lock:
            return self._made

    def close(self) -> None:
        """Close the idle connections."""
        if "_caller" in self.__dict__:
            self._caller.close()


def _signature(call: Call) -> tuple[str, str]:
    return call.function, dict(call.arguments).get("outputsize", "")


_Parsed = tuple[Any, datetime, list[Warn]]


def _market(request: Request, raw: Raw) -> _Parsed:
    first, received = raw.payloads[0], raw.received_at
    match request.kind:
        case Kind.SEARCH:
            return listings.parse_search(first, request.text, request.limit), received, []
        case Kind.MOVERS:
            which = request.text.partition(":")[0].strip().lower()
            return *listings.parse_movers(first, which, request.limit, received), []
        case Kind.NEWS:
            return *listings.parse_news(first, request.limit, received), []
    raise NotCovered(NAME, f"it has no {request.kind.value} of a market.")


def _own(request: Request, raw: Raw) -> _Parsed:
    instrument, received, first = request.instrument, raw.received_at, raw.payloads[0]
    assert instrument is not None
    where = address(instrument)
    if where is None:
        raise UnknownSymbol(instrument.symbol, source=NAME)
    match request.kind:
        case Kind.BARS:
            interval = request.interval or Interval.D1
            asked = where.base if instrument.asset_class is AssetClass.CRYPTO else where.symbol
            span = (request.start, request.end)
            bars, as_of, warnings = series.parse(raw.payloads, instrument, interval, span, received, asked)
            return bars, as_of, [*_elsewhere(where), *warnings]
        case Kind.QUOTE if where.base:
            quote = listings.parse_rate(first, instrument, received)
            return quote, quote.time, []
        case Kind.QUOTE:
            quote = listings.parse_quote(first, instrument, where.symbol, received)
            return quote, quote.time, _elsewhere(where)
        case Kind.ACTIONS:
            both = series.parse_dividends(first, instrument.currency) + series.parse_splits(raw.payloads[1])
            return tuple(sorted(both, key=lambda action: (action.ex_date, action.kind))), received, []
        case Kind.PROFILE:
            return company.parse_profile(first, instrument, where.symbol), received, []
        case Kind.RATIOS:
            return company.parse_ratios(first, instrument, where.symbol, received), received, []
        case Kind.STATEMENTS:
            statements, as_of, warned = company.parse_statements(raw.payloads, instrument, where.symbol, received)
            return statements, as_of, list(warned)
        case Kind.EVENTS:
            return company.parse_events(first, instrument, where.symbol), received, []
        case Kind.NEWS:
            return *listings.parse_news(first, request.limit, received), []
    raise NotCovered(NAME, f"it has no {request.kind.value} of {instrument.symbol}.")


def _elsewhere(where: Address) -> list[Warn]:
    if not where.elsewhere:
        return []
    return [Warn("other_exchange", "Alpha Vantage has no NSE prices; these are of the same share on the BSE.")]
