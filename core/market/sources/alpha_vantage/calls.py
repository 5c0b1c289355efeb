"""What to ask Alpha Vantage for each kind of data. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from core import clock
from core.market.errors import BadRange, NotCovered
from core.market.model import AssetClass, Instrument, Interval, Kind
from core.market.sources.alpha_vantage.symbols import Address, address
from core.market.sources.base import Request
from core.market.sources.span import check_span

NAME = "alpha_vantage"
INTRADAY = {
    Interval.M1: "1min",
    Interval.M5: "5min",
    Interval.M15: "15min",
    Interval.M30: "30min",
    Interval.H1: "60min",
}
# A compact answer has 100 bars; fewer days than this are sure to fit, and more need the full one.
_COMPACT = timedelta(days=130)
_INTRADAY_REACH = timedelta(days=30)
_WORDS = {Interval.D1: "DAILY", Interval.W1: "WEEKLY", Interval.MO1: "MONTHLY"}


@dataclass(frozen=True)
class Call:
    """One function with its arguments; the key is added when asking."""

    function: str
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Choice:
    """Groups of calls that answer the same question, best first. The next is taken when a paid plan is wanted."""

    groups: tuple[tuple[Call, ...], ...]


def choice(request: Request) -> Choice:
    """The calls for ``request``. Raises NotCovered, BadRange."""
    instrument = request.instrument
    if instrument is None:
        return Choice((_market(request),))
    where = address(instrument)
    if where is None:
        raise NotCovered(NAME, f"it does not list {instrument.symbol}.")
    symbol = ("symbol", where.symbol)
    pair = bool(where.base)
    match request.kind:
        case Kind.BARS:
            return _bars(request, instrument, where)
        case Kind.QUOTE if pair:
            codes = (("from_currency", where.base), ("to_currency", where.quote))
            return Choice(((Call("CURRENCY_EXCHANGE_RATE", codes),),))
        case Kind.QUOTE:
            return Choice(((Call("GLOBAL_QUOTE", (symbol,)),),))
        case Kind.ACTIONS:
            return Choice(((Call("DIVIDENDS", (symbol,)), Call("SPLITS", (symbol,))),))
        case Kind.PROFILE | Kind.RATIOS:
            return Choice(((Call("OVERVIEW", (symbol,)),),))
        case Kind.EVENTS:
            return Choice(((Call("EARNINGS", (symbol,)),),))
        case Kind.STATEMENTS:
            functions = ("INCOME_STATEMENT", "BALANCE_SHEET", "CASH_FLOW", "EARNINGS")
            return Choice((tuple(Call(function, (symbol,)) for function in functions),))
        case Kind.NEWS:
            ticker = f"CRYPTO:{where.base}" if instrument.asset_class is AssetClass.CRYPTO else where.symbol
            return Choice(((Call("NEWS_SENTIMENT", (("tickers", ticker), ("limit", str(min(request.limit, 50))))),),))
    raise NotCovered(NAME, f"it has no {request.kind.value} of {instrument.symbol}.")


def _bars(request: Request, instrument: Instrument, where: Address) -> Choice:
    interval = request.interval or Interval.D1
    now = clock.now()
    check_span(request, now)
    if where.base:
        return _pair_bars(instrument, interval, where)
    symbol = ("symbol", where.symbol)
    splits = Call("SPLITS", (symbol,))
    if interval.intraday:
        if instrument.calendar != "XNYS":
            raise NotCovered(NAME, f"it has {interval.value} bars of US listings only, not of {instrument.symbol}.")
        if request.start and request.start < now - _INTRADAY_REACH - timedelta(days=1):
            raise BadRange(
                f"Alpha Vantage gives {interval.value} bars of the last {_INTRADAY_REACH.days} days; "
                f"{request.start:%Y-%m-%d} is further back. Start later or take a longer interval."
            )
        arguments = (
            symbol,
            ("interval", INTRADAY[interval]),
            ("adjusted", "false"),
            ("extended_hours", "false"),
            ("outputsize", "full"),
        )
        return Choice(((Call("TIME_SERIES_INTRADAY", arguments), splits),))
    if interval is not Interval.D1:
        return Choice(((Call(f"TIME_SERIES_{_WORDS[interval]}", (symbol,)), splits),))
    recent = request.start is not None and request.start > now - _COMPACT
    sizes = ("compact",) if recent else ("full", "compact")
    paid = [(Call("TIME_SERIES_DAILY_ADJUSTED", (symbol, ("outputsize", sizes[0]))),)]
    free = [(Call("TIME_SERIES_DAILY", (symbol, ("outputsize", size))), splits) for size in sizes]
    return Choice((*paid, *free))


def _pair_bars(instrument: Instrument, interval: Interval, where: Address) -> Choice:
    if interval.intraday:
        raise NotCovered(NAME, f"it has no {interval.value} bars of {instrument.symbol} in its free plan.")
    word = _WORDS[interval]
    if instrument.asset_class is AssetClass.CRYPTO:
        codes = (("symbol", where.base), ("market", where.quote))
        return Choice(((Call(f"DIGITAL_CURRENCY_{word}", codes),),))
    codes = (("from_symbol", where.base), ("to_symbol", where.quote))
    if interval is not Interval.D1:
        return Choice(((Call(f"FX_{word}", codes),),))
    return Choice(tuple((Call("FX_DAILY", (*codes, ("outputsize", size))),) for size in ("full", "compact")))


def _market(request: Request) -> tuple[Call, ...]:
    match request.kind:
        case Kind.SEARCH:
            return (Call("SYMBOL_SEARCH", (("keywords", request.text[:60]),)),)
        case Kind.NEWS:
            arguments = (("topics", "financial_markets"), ("limit", str(min(request.limit, 50))))
            return (Call("NEWS_SENTIMENT", arguments),)
        case Kind.MOVERS:
            name, _, region = request.text.partition(":")
            if region.strip().lower() != "us":
                raise NotCovered(NAME, "its movers are of the United States only; ask for “gainers:us”.")
            if name.strip().lower() not in {"", "gainers", "losers", "active"}:
                raise NotCovered(NAME, f"it has no list “{name[:20]}”; use gainers, losers or active.")
            return (Call("TOP_GAINERS_LOSERS"),)
    raise NotCovered(NAME, f"it has no {request.kind.value} of a market.")
