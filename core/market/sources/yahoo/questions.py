"""The calls for everything but prices: company data, lists, search and news. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from core import clock
from core.market.errors import NotCovered
from core.market.model import Instrument, Kind
from core.market.sources.base import Request
from core.market.sources.yahoo.calls import LOCALE, NAME, Q1, Q2, Call
from core.market.sources.yahoo.lines import LINES, PREFIXES

MODULES = {
    Kind.PROFILE: ("assetProfile", "quoteType", "price"),
    Kind.OFFICERS: ("assetProfile",),
    Kind.RATIOS: ("summaryDetail", "defaultKeyStatistics", "financialData", "price"),
    Kind.HOLDERS: ("majorHoldersBreakdown", "institutionOwnership", "fundOwnership", "insiderHolders"),
    Kind.INSIDERS: ("insiderTransactions",),
    Kind.RATINGS: ("recommendationTrend", "financialData", "upgradeDowngradeHistory"),
    Kind.EVENTS: ("calendarEvents",),
}
SECTORS = (
    "Basic Materials",
    "Communication Services",
    "Consumer Cyclical",
    "Consumer Defensive",
    "Energy",
    "Financial Services",
    "Healthcare",
    "Industrials",
    "Real Estate",
    "Technology",
    "Utilities",
)
# The exchange a region's lists are taken from; India's would name every company twice otherwise.
_EXCHANGES = {"in": ("NSI",), "us": ("NMS", "NYQ", "ASE")}
# Smallest market capitalisation in a movers list, in the region's currency: below it lists fill with penny stocks.
_SMALLEST = {"in": 20_000_000_000, "us": 2_000_000_000}
_SORTS = {"gainers": ("percentchange", "DESC"), "losers": ("percentchange", "ASC"), "active": ("dayvolume", "DESC")}
_SECTOR_SIZE = 250
_LARGEST_PAGE = 100
_RESULTS_AHEAD = timedelta(days=30)


def summary(symbol: str, modules: Sequence[str]) -> Call:
    """Modules of a company's summary; it needs a crumb."""
    params = (("modules", ",".join(modules)), ("formatted", "false"), ("symbol", symbol), *LOCALE)
    return Call(f"{Q2}/v10/finance/quoteSummary/{quote(symbol, safe='')}", params)


def instrument_calls(request: Request, instrument: Instrument) -> tuple[Call, ...]:
    """The calls for a kind of company data or for an instrument's news."""
    symbol = instrument.symbol
    if request.kind is Kind.STATEMENTS:
        return statement_calls(symbol)
    if request.kind is Kind.NEWS:
        body = {"serviceConfig": {"snippetCount": min(request.limit, _LARGEST_PAGE), "s": [symbol]}}
        params = (("queryRef", "latestNews"), ("serviceKey", "ncp_fin"))
        return (Call("https://finance.yahoo.com/xhr/ncp", params, body),)
    calls = (summary(symbol, MODULES[request.kind]),)
    if request.kind is Kind.EVENTS:
        condition = _eq("ticker", symbol)
        return (*calls, results(condition, min(max(request.limit, 12), _LARGEST_PAGE), optional=True))
    return calls


def statement_calls(symbol: str) -> tuple[Call, ...]:
    """One call a statement, all periods in it: with more names in it the address is too long for some networks."""
    address = f"{Q2}/ws/fundamentals-timeseries/v1/finance/timeseries/{quote(symbol, safe='')}"
    until = str(int((clock.now() + timedelta(days=1)).timestamp()))
    calls = []
    for kind, lines in LINES.items():
        types = ",".join(prefix + line for prefix in PREFIXES[kind] for line in lines)
        # 2016-12-31: Yahoo gives four years and five quarters at most, whatever the start.
        params = (("symbol", symbol), ("type", types), ("period1", "1483142400"), ("period2", until))
        calls.append(Call(address, params))
    return tuple(calls)


def market_calls(request: Request) -> tuple[Call, ...]:
    """The calls for a market-wide kind. ``text`` may carry a region after a colon: "gainers:us"; the default is "in".

    Raises NotCovered for a list or region that Yahoo does not have.
    """
    words, _, region = request.text.partition(":")
    region = region.strip().lower() or "in"
    match request.kind:
        case Kind.SEARCH:
            return (search(request.text, quotes=min(request.limit, 25), news=0),)
        case Kind.NEWS:
            return (search(request.text or "Indian stock market", quotes=0, news=min(request.limit, 50)),)
        case Kind.TRENDING:
            return (
                Call(f"{Q1}/v1/finance/trending/{quote(region.upper(), safe='')}", (("count", str(request.limit)),)),
            )
        case Kind.EVENTS:
            start = request.start or clock.now()
            end = request.end or start + _RESULTS_AHEAD
            span = [_op("gte", "startdatetime", f"{start:%Y-%m-%d}"), _op("lte", "startdatetime", f"{end:%Y-%m-%d}")]
            condition = {"operator": "and", "operands": [_eq("region", region), *span]}
            return (results(condition, min(request.limit, _LARGEST_PAGE)),)
    if region not in _EXCHANGES:
        raise NotCovered(NAME, f"it has no lists of region “{region[:10]}” here; use one of {', '.join(_EXCHANGES)}.")
    if request.kind is Kind.SECTORS:
        return tuple(
            screen([*_market(region), _eq("sector", sector)], "intradaymarketcap", "DESC", _SECTOR_SIZE)
            for sector in SECTORS
        )
    name = words.strip().lower() or "gainers"
    if name not in _SORTS:
        raise NotCovered(NAME, f"it has no list “{name[:20]}”; use one of {', '.join(_SORTS)}.")
    field, order = _SORTS[name]
    conditions = [*_market(region), _op("gte", "intradaymarketcap", _SMALLEST[region]), _op("gt", "dayvolume", 10_000)]
    return (screen(conditions, field, order, min(request.limit, _SECTOR_SIZE)),)


def search(words: str, *, quotes: int, news: int) -> Call:
    """Yahoo's search; it needs no crumb and takes misspellings."""
    params = (
        ("q", words[:100]),
        ("quotesCount", str(quotes)),
        ("newsCount", str(news)),
        ("listsCount", "0"),
        ("enableFuzzyQuery", "true"),
        ("quotesQueryId", "tss_match_phrase_query"),
        ("newsQueryId", "news_cie_vespa"),
    )
    return Call(f"{Q2}/v1/finance/search", params)


def screen(conditions: list[dict[str, Any]], field: str, order: str, size: int) -> Call:
    """A screen of shares: all conditions hold, sorted by ``field``."""
    body = {
        "offset": 0,
        "size": size,
        "sortField": field,
        "sortType": order,
        "quoteType": "EQUITY",
        "query": {"operator": "AND", "operands": conditions},
        "userId": "",
        "userIdType": "guid",
    }
    return Call(f"{Q1}/v1/finance/screener", (("formatted", "false"), *LOCALE), body)


def results(condition: Mapping[str, Any], size: int, *, optional: bool = False) -> Call:
    """Results announcements that fit ``condition``, latest first."""
    body = {
        "sortType": "DESC",
        "sortField": "startdatetime",
        "entityIdType": "sp_earnings",
        "includeFields": [
            "ticker",
            "companyshortname",
            "eventname",
            "startdatetime",
            "startdatetimetype",
            "epsestimate",
            "epsactual",
        ],
        "size": size,
        "offset": 0,
        "query": condition,
    }
    return Call(f"{Q1}/v1/finance/visualization", LOCALE, body, optional=optional)


def _market(region: str) -> list[dict[str, Any]]:
    exchanges = [_eq("exchange", code) for code in _EXCHANGES[region]]
    return [_eq("region", region), exchanges[0] if len(exchanges) == 1 else {"operator": "OR", "operands": exchanges}]


def _eq(field: str, value: str) -> dict[str, Any]:
    return _op("EQ", field, value)


def _op(operator: str, field: str, value: str | int) -> dict[str, Any]:
    return {"operator": operator, "operands": [field, value]}
