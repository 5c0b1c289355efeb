"""What a question gives to each tool: ranges, lengths, levels, sectors, terms. The rest is left to defaults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Final

from core.assistant import marks, screens, studies
from core.assistant.arithmetic import expression
from core.assistant.asked import Asked, Given, first_of
from core.assistant.model import Card
from core.assistant.sayings import saying
from core.assistant.spans import count_of, days_in, interval_in, span_in


def arguments(card: Card, asked: Asked) -> list[Given]:
    """The arguments of each call a question makes of a tool: one call an instrument where the tool takes one."""
    given: Given = {}
    if card.argument("range") is not None and (span := span_in(asked.text, asked.today)) is not None:
        given["range"] = span
    if card.argument("interval") is not None and (interval := interval_in(asked.text)) is not None:
        given["interval"] = interval
    for name, unit in (("years", "year"), ("quarters", "quarter")):
        if card.argument(name) is not None and (count := count_of(asked.text, unit)) is not None:
            given[name] = count
    if card.argument("limit") is not None and (limit := _limit(asked.text)) is not None:
        given["limit"] = limit
    if (special := _SPECIAL.get(card.name)) is not None:
        given |= special(asked)
    given = {name: _within(card, name, value) for name, value in given.items()}
    if card.argument("symbols") is not None:
        return [{"symbols": list(asked.symbols), **given}]
    if (argument := card.argument("symbol")) is None:
        return [given]
    if not asked.symbols:
        return [given]
    if card.name == "get_portfolio" and asked.symbols[0].startswith("^"):
        return [given]  # nobody holds an index: "my portfolio against Nifty"
    if not argument.required or card.intent == "act":
        return [{"symbol": asked.symbols[0], **given}]
    return [{"symbol": symbol, **given} for symbol in asked.symbols]


def _within(card: Card, name: str, value: object) -> object:
    """A count beyond what the tool takes becomes the nearest it takes; "top 500" is answered with its best 50."""
    argument = card.argument(name)
    if argument is None or argument.type != "integer" or not isinstance(value, int):
        return value
    low, high = argument.low, argument.high
    if low is not None and value < low:
        return int(low)
    return int(high) if high is not None and value > high else value


_LIMIT = re.compile(
    r" (?:top|best|first|latest|last|show|show me|give|give me|list|any|biggest|largest|worst|"
    r"bottom|highest|lowest) (?:me )?(\d{1,3})"
    r"(?! (?:day|week|month|year|quarter|percent|minute|ema|sma|dma))(?= )"
)
_LIMIT_BEFORE = re.compile(
    r" (\d{1,3}) (?:\S+ ){0,2}(?:news|headlines?|articles?|stories|gainers?|losers?|stocks?|"
    r"shares?|companies|candles?|bars?|holders?|funds?"
    r"|trades?|announcements?|sessions?|closes|results)(?= )"
)


def _limit(text: str) -> int | None:
    match = _LIMIT_BEFORE.search(text) or _LIMIT.search(text)
    return int(match[1]) if match and 0 < int(match[1]) <= 500 else None


# -- single tools ------------------------------------------------------------------------------------------------


def _fundamentals(asked: Asked) -> Given:
    given: Given = {}
    if re.search(r" (?:quarter\w*|q[1-4]|qoq) ", asked.text):
        given["period"] = "quarterly"
        count = count_of(asked.text, "quarter")
    else:
        count = count_of(asked.text, "year")
    if count is not None:
        given["count"] = count
    return given


def _actions(asked: Asked) -> Given:
    split = asked.said.has(r" (?:splits?|bonus\w*) ")
    dividend = asked.said.has(r" dividends? ")
    return {"kind": "split"} if split and not dividend else {}


def _rsi(asked: Asked) -> Given:
    found = studies.numbers_by(asked.text, "rsi|relative strength index|relative strength")
    return {"length": int(found[0])} if found and found[0] == int(found[0]) else {}


def _macd(asked: Asked) -> Given:
    found = [int(one) for one in studies.numbers_by(asked.text, "macd")]
    return dict(zip(("fast", "slow", "signal"), found, strict=False)) if len(found) >= 2 else {}


def _bollinger(asked: Asked) -> Given:
    found = studies.numbers_by(asked.text, "bollinger bands?|bollinger|bbands?|bb|bands?")
    given: Given = {}
    if found and found[0] == int(found[0]) and found[0] >= 5:
        given["length"] = int(found[0])
        if len(found) > 1:
            given["width"] = found[1]
    if match := re.search(r" (\d+(?:\.\d+)?) (?:standard deviations?|std|sd|sigma) ", asked.text):
        given["width"] = float(match[1])
        if given.get("length") == float(match[1]):
            del given["length"]
    return given


def _averages(asked: Asked) -> Given:
    lengths = studies.average_lengths(asked.text)
    given: Given = {"lengths": ",".join(str(one) for one in lengths)} if lengths else {}
    simple = asked.said.has(r" (?:sma|dma|simple) ")
    exponential = asked.said.has(r" (?:ema|exponential) ")
    if simple != exponential:
        given["kind"] = "sma" if simple else "ema"
    return given


def _technical_chart(asked: Asked) -> Given:
    named = studies.studies(asked.text)
    return {"indicators": ",".join(named)} if named else {}


def _candles(asked: Asked) -> Given:
    return _technical_chart(asked)


def _any_indicator(asked: Asked) -> Given:
    return {"indicators": ",".join(studies.studies(asked.text))}


def _price_chart(asked: Asked) -> Given:
    return {"kind": "area"} if asked.said.has(r" area ") else {}


_PERIODS: Final = (
    (r" (?:today|day|daily|intraday|1d) ", "day"),
    (r" (?:week|weekly|5 day) ", "week"),
    (r" (?:months?|monthly|mtd) ", "month"),
    (r" (?:years?|yearly|annual|ytd) ", "year"),
)
_REGIONS: Final = (
    (r" (?:us|usa|american?|nasdaq|nyse|wall street|united states|s&p|dow) ", "us"),
    (r" (?:crypto\w*|coins?|bitcoin) ", "crypto"),
)


def _movers(asked: Asked) -> Given:
    given: Given = {}
    if asked.said.has(r" (?:gain\w*|best|rose|rise|risen|rall\w+|above|winners?) "):
        given["which"] = "gainers"
    if asked.said.has(r" (?:los\w+|worst|fell|fallen|fall|drop\w*|crash\w*|below|red) "):
        given["which"] = "all" if given else "losers"
    if asked.said.has(r" (?:active|most traded|highest volume|traded) "):
        given["which"] = "active"
    if (period := first_of(asked.text, _PERIODS)) is not None and period != "day":
        given["period"] = period
    if (region := _region(asked)) is not None:
        given["region"] = region
    return given


def _region(asked: Asked) -> str | None:
    if any(symbol in {"^GSPC", "^IXIC", "^NDX", "^DJI", "^RUT"} for symbol in asked.symbols):
        return "us"
    return first_of(f" {asked.question.text.lower()} ", _REGIONS)


def _sectors(asked: Asked) -> Given:
    given: Given = {}
    if (period := first_of(asked.text, _PERIODS)) is not None:
        given["period"] = period
    if _region(asked) == "us":
        given["region"] = "us"
    return given


def _sector_news(asked: Asked) -> Given:
    return {"sector": asked.said.sector_words} if asked.said.sector_words else {}


def _sentiment(asked: Asked) -> Given:
    match = re.search(
        r"(?:text|headline|sentence|statement|this)\s*[:\-]\s*(.{8,})$", asked.question.text, re.IGNORECASE
    )
    quoted = re.search(r"[\"“'‘](.{8,}?)[\"”'’]\s*\??$", asked.question.text)
    found = quoted or match
    return {"text": found[1].strip().strip("\"'“”")} if found else {}


def _pie(asked: Asked) -> Given:
    by = first_of(
        asked.text,
        (
            (r" (?:sectors?|_sector_|industry) ", "sector"),
            (r" (?:asset class|asset|class) ", "asset_class"),
            (r" (?:accounts?|brokers?) ", "account"),
        ),
    )
    return {"by": by} if by else {}


def _rebalance(asked: Asked) -> Given:
    method = first_of(
        asked.text,
        (
            (r" (?:minimum|min) (?:variance|volatility|risk) ", "min_variance"),
            (r" risk parity ", "risk_parity"),
            (r" equal(?:ly)? (?:weight\w*|split) ", "equal_weight"),
        ),
    )
    return {"method": method} if method else {}


def _export(asked: Asked) -> Given:
    given: Given = {}
    kind = first_of(
        asked.text, ((r" csv | excel ", "csv"), (r" json ", "json"), (r" (?:svg|picture|image|png) ", "svg"))
    )
    if kind is None and asked.said.has(r" data ") and not asked.said.has(r" (?:chart|graph) "):
        kind = "csv"
    if kind is not None:
        given["format"] = kind
    drawn = first_of(
        asked.text,
        (
            (r" draw ?downs? ", "drawdown"),
            (r" volumes? ", "volume"),
            (r" line ", "line"),
            (r" area ", "area"),
            (r" candle\w* ", "candles"),
        ),
    )
    if drawn is not None:
        given["kind"] = drawn
    return given


def _backtest(asked: Asked) -> Given:
    strategy, parameters = studies.strategy(asked.text)
    given: Given = {}
    if strategy:
        given["strategy"] = strategy
    if parameters:
        given["parameters"] = ",".join(f"{name}={value:g}" for name, value in parameters.items())
    return given


def _ohlc(asked: Asked) -> Given:
    if (days := days_in(asked.text, asked.today)) and len(days) == 1 and not asked.said.has(r" (?:since|from) "):
        return {"range": f"{days[0]}..{days[0]}" if False else _day_span(days[0]), "limit": 1}
    if asked.said.has(r" yesterday "):
        return {"range": "5d", "limit": 2}
    return {}


def _day_span(day: date) -> str:
    """The days up to one, so that its close (or the last before it) is the latest."""
    return f"{date.fromordinal(day.toordinal() - 7)}..{day}"


def term(asked: Asked) -> str:
    """The term a question asks the meaning of."""
    text = re.sub(r" (?:like|as if) (?:i|we|you|a|my) .*$", " ", asked.text)
    if match := re.search(r" difference between (.+?) and (.+?) $", text):
        return f"{match[1]} vs {match[2]}"
    for _ in range(8):
        shorter = saying("term_tail").sub(" ", saying("term_around").sub(" ", text, count=1), count=1)
        shorter = re.sub(
            r"^ (?:a|an|the|meant by|term|word|called|known as|meaning of|to|me|i|you|we|one|read|use|"
            r"interpret|calculate|compute|measure) ",
            " ",
            shorter,
        )
        if shorter == text:
            break
        text = shorter
    return text.strip() or asked.text.strip()


def _explain(asked: Asked) -> Given:
    return {"term": term(asked)}


def _calc(asked: Asked) -> Given:
    found = expression(asked.question.text)
    return {"expression": found} if found else {}


def _search(asked: Asked) -> Given:
    return screens.screen(asked.question.text, asked.said, asked.symbols)


@cache
def _special() -> Mapping[str, Callable[[Asked], Given]]:
    return {
        "get_fundamentals": _fundamentals,
        "get_corporate_actions": _actions,
        "get_rsi": _rsi,
        "get_macd": _macd,
        "get_bollinger_bands": _bollinger,
        "get_moving_averages": _averages,
        "create_technical_chart": _technical_chart,
        "create_candlestick_chart": _candles,
        "calculate_indicators": _any_indicator,
        "create_price_chart": _price_chart,
        "get_market_movers": _movers,
        "create_sector_performance_chart": _sectors,
        "get_sector_news": _sector_news,
        "get_sentiment_analysis": _sentiment,
        "create_portfolio_pie_chart": _pie,
        "suggest_rebalance": _rebalance,
        "export_chart": _export,
        "create_alert": marks.alert,
        "create_chart_annotation": marks.annotation,
        "create_liquidation_zone": marks.zone,
        "generate_strategy": marks.plan,
        "run_backtest": _backtest,
        "get_ohlc_data": _ohlc,
        "explain": _explain,
        "calc": _calc,
        "search_stocks": _search,
    }


_SPECIAL: Final = _special()
