"""From a question to the tools that answer it, best first. Deterministic: patterns decide, likeness breaks ties.

Patterns (`intents`) say which words ask for which tool; where they say nothing, the words of the cards do, weighed by
BM25 (Robertson and Zaragoza 2009, k1 1.2, b 0.75). Several intents in one question give several tools.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Final

from core.assistant.intents import Phrase, phrases
from core.assistant.sayings import saying
from core.assistant.sentence import SYMBOL, Sentence
from core.assistant.tools.cards import CARDS
from core.assistant.words import plain

_K1: Final = 1.2
_B: Final = 0.75
LIKE_ENOUGH: Final = 5.0
"""BM25 from which a question without any pattern is taken to ask for a tool."""

# With the first of a line asked for, the words that ask for the others belong to it.
_COVERS: Final[dict[str, frozenset[str]]] = {
    tool: frozenset(covered.split())
    for tool, covered in {
        "create_technical_chart": "get_rsi get_macd get_bollinger_bands get_moving_averages calculate_indicators "
        "create_price_chart create_candlestick_chart get_support_resistance get_technical_indicators "
        "get_volume_analysis create_volume_chart",
        "create_volume_chart": "get_volume_analysis create_price_chart",
        "create_candlestick_chart": "create_price_chart get_price_action get_ohlc_data",
        "create_comparison_chart": "create_price_chart get_price_action get_stock_info get_sector_news "
        "get_company_profile search_stocks",
        "create_drawdown_chart": "create_price_chart get_price_action get_stock_info",
        "create_returns_histogram": "create_price_chart get_price_action",
        "create_correlation_heatmap": "create_comparison_chart create_price_chart get_price_action",
        "create_sector_performance_chart": "get_market_movers search_stocks get_price_action create_price_chart "
        "get_sector_news create_comparison_chart create_correlation_heatmap",
        "create_price_chart": "get_price_action get_ohlc_data get_stock_info",
        "create_portfolio_pie_chart": "get_portfolio create_price_chart get_portfolio_risk get_price_action",
        "get_portfolio_risk": "get_portfolio get_price_action create_returns_histogram create_drawdown_chart",
        "suggest_rebalance": "get_portfolio create_portfolio_pie_chart get_portfolio_risk",
        "get_portfolio": "get_price_action get_fundamentals get_stock_info get_market_movers search_stocks "
        "get_shareholding_pattern get_top_scores",
        "get_watchlist": "get_portfolio get_price_action get_market_movers get_stock_info",
        "get_market_movers": "get_price_action search_stocks get_trending_stocks get_volume_analysis get_market_news "
        "get_sentiment_analysis get_technical_indicators get_stock_info get_fundamentals",
        "get_trending_stocks": "get_market_movers search_stocks get_stock_news get_price_action get_volume_analysis",
        "search_stocks": "get_stock_info get_valuation_metrics get_financial_ratios get_dividend_info "
        "get_fundamentals get_company_profile get_price_action get_trending_stocks get_institutional_holdings",
        "get_top_scores": "search_stocks get_score get_market_movers",
        "get_quarterly_results": "get_fundamentals",
        "get_annual_reports": "get_fundamentals get_quarterly_results",
        "get_corporate_announcements": "get_quarterly_results get_stock_news",
        "get_dividend_info": "get_stock_info get_corporate_announcements",
        "get_corporate_actions": "get_corporate_announcements create_portfolio_pie_chart",
        "get_analyst_ratings": "get_stock_info get_price_action",
        "get_insider_trading": "get_board_of_directors get_promoter_holdings get_institutional_holdings",
        "get_promoter_holdings": "get_shareholding_pattern get_board_of_directors get_company_profile",
        "get_institutional_holdings": "get_shareholding_pattern",
        "get_board_of_directors": "get_company_profile get_shareholding_pattern",
        "get_shareholding_pattern": "get_chart_patterns get_company_profile",
        "get_social_sentiment": "get_sentiment_analysis get_technical_indicators get_stock_news get_trending_stocks",
        "get_sentiment_analysis": "get_stock_news get_technical_indicators get_market_movers",
        "get_stock_news": "get_price_action get_trending_stocks get_company_profile",
        "get_market_news": "get_stock_news get_market_movers get_price_action get_trending_stocks",
        "get_sector_news": "get_stock_news get_market_news search_stocks get_price_action get_technical_indicators",
        "get_technical_indicators": "get_price_action get_company_profile",
        "get_financial_ratios": "get_fundamentals get_price_action get_valuation_metrics",
        "get_valuation_metrics": "get_stock_info get_fundamentals get_financial_ratios",
        "get_chart_patterns": "create_candlestick_chart create_price_chart get_price_action",
        "get_moving_averages": "get_stock_info get_volume_analysis get_technical_indicators get_price_action",
        "get_support_resistance": "get_stock_info get_price_action",
        "get_volume_analysis": "get_stock_info",
        "get_bollinger_bands": "get_price_action get_stock_info",
        "get_rsi": "get_technical_indicators get_price_action",
        "get_macd": "get_technical_indicators get_price_action",
        "get_stock_info": "get_price_action get_company_profile",
        "get_price_action": "get_company_profile get_stock_info",
        "get_ohlc_data": "get_stock_info get_company_profile get_price_action",
        "calculate_indicators": "get_technical_indicators get_price_action",
        "detect_liquidation_levels": "get_support_resistance",
        "get_fundamentals": "get_company_profile get_stock_info",
        "get_company_profile": "get_stock_info get_sector_news",
        "explain": " ".join(CARDS),
    }.items()
}
# These speak of no single instrument.
_WHOLE_MARKET_TEXT: Final = """
    get_market_movers get_market_news get_sector_news get_trending_stocks search_stocks
    create_sector_performance_chart get_top_scores explain calc get_portfolio get_portfolio_risk suggest_rebalance
    get_watchlist create_portfolio_pie_chart
"""
_WHOLE_MARKET: Final = frozenset(_WHOLE_MARKET_TEXT.split())


@dataclass(frozen=True, slots=True)
class Scored:
    """A tool and how strongly the question asks for it; `start` and `end` in the normal form (0, 0: by likeness)."""

    tool: str
    score: float
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """`chosen` answer the question, in order of importance; `ranked` holds every tool considered, best first."""

    chosen: tuple[Scored, ...]
    ranked: tuple[Scored, ...]

    @property
    def top(self) -> str:
        """The first tool; "" when none was chosen."""
        return self.chosen[0].tool if self.chosen else ""


@dataclass(frozen=True, slots=True)
class _Hit:
    phrase: Phrase
    start: int
    end: int
    words: frozenset[int]


def route(
    said: Sentence,
    *,
    instruments: int,
    indices: int = 0,
    available: Collection[str] | None = None,
    meaning: bool = False,
) -> Route:
    """The tools a question asks for.

    Args:
        said: the question's normal form.
        instruments: how many instruments it speaks of (also through an earlier question); `indices` of them are
            indices.
        available: names of tools there are; None for all with a card.
        meaning: the question asks what a term means (`asks_meaning`).
    """
    names = frozenset(CARDS) if available is None else frozenset(available)
    likeness = like(said)
    hits = [one for one in _hits(said) if one.phrase.tool in names]
    strength: dict[str, float] = {}
    for hit in hits:
        before = strength.get(hit.phrase.tool, 0.0)
        strength[hit.phrase.tool] = max(before, hit.phrase.weight) + (0.05 if before else 0.0)
    total = {
        tool: 10 * strength.get(tool, 0.0) + min(likeness.get(tool, 0.0), 30.0)
        for tool in sorted(names)
        if tool in strength or likeness.get(tool, 0.0) > 0
    }
    if meaning:
        return Route((Scored("explain", 200.0),), (Scored("explain", 200.0), *_ranked(total)))
    if not instruments:
        # Without any instrument a question for one is only asked when nothing fits the market as a whole.
        for tool in [one for one in total if "symbol" in CARDS[one].needs and not _explains(strength)]:
            if any(strength.get(other, 0) >= 8 for other in _WHOLE_MARKET):
                total[tool] -= 60
    elif instruments > indices:
        for tool in _WHOLE_MARKET & total.keys():
            if strength.get(tool, 0.0) < 12 and not tool.startswith(("get_portfolio", "get_watch", "suggest")):
                total[tool] -= 90 if tool == "search_stocks" else 45
    chosen = _chosen(hits, total, said)
    order = [one.tool for one in chosen]
    return Route(chosen, (*chosen, *(one for one in _ranked(total) if one.tool not in order)))


def _ranked(total: dict[str, float]) -> list[Scored]:
    return [Scored(tool, total[tool]) for tool in sorted(total, key=lambda tool: (-total[tool], tool))]


_NOW = re.compile(
    r" (?:today|now|current|latest|my|i own|trending|price of|price at|the price|happening|going on|news"
    r"|gainers?|losers?"
    r"|market (?:doing|overview|status|summary|trend|trends|mood|view|outlook|today|sentiment|condition|breadth)"
    r"|best|top|most|which|good|moment|stocks to|watchlist|portfolio|its|it|_sector_"
    r"|buy|sell|your|you|high price|lowest price) "
)


def asks_meaning(said: Sentence) -> bool:
    """Whether a question without an instrument asks what a term of investing means."""
    return saying("meaning").search(said.text) is not None and _NOW.search(said.text) is None


def _explains(strength: dict[str, float]) -> bool:
    return strength.get("explain", 0.0) > 0


def _hits(said: Sentence) -> list[_Hit]:
    found = []
    for phrase in phrases():
        for match in phrase.pattern.finditer(said.text):
            inside = sorted(said.words_between(match.start(), match.end()))
            core = inside if len(inside) <= 4 else [*inside[:2], *inside[-2:]]
            kept = frozenset(i for i in core if said.parts[i].text not in _LIGHT)
            found.append(_Hit(phrase, match.start(), match.end(), kept))
    return found


_LIGHT: Final = frozenset(f"{SYMBOL} of is the a an and or for on in at to show tell me what how much".split())


def _chosen(hits: list[_Hit], total: dict[str, float], said: Sentence) -> tuple[Scored, ...]:
    order = sorted(
        hits, key=lambda hit: (-_worth(hit, total), -(hit.end - hit.start) if hit.phrase.weight < 9 else 0, hit.start)
    )
    taken: set[int] = set()
    chosen: dict[str, Scored] = {}
    for hit in order:
        tool = hit.phrase.tool
        if tool in chosen:
            taken |= hit.words
            continue
        if chosen and not _also(hit, tool, chosen, taken, total, said):
            continue
        chosen[tool] = Scored(tool, total[tool], hit.start, hit.end)
        taken |= hit.words
        if hit.phrase.alone and len(chosen) == 1:
            break
    if not chosen:
        return ()
    # People say first what they want most, unless that is the vaguer word ("analysis: price, news").
    return tuple(sorted(chosen.values(), key=lambda one: (one.score < 60, one.start)))


def _worth(hit: _Hit, total: dict[str, float]) -> float:
    """A phrase's own weight, less what was taken off its tool, ties broken by likeness."""
    return (
        10 * hit.phrase.weight
        + min(0.0, total[hit.phrase.tool] - 10 * hit.phrase.weight)
        + total[hit.phrase.tool] / 100
    )


def _also(
    hit: _Hit, tool: str, chosen: dict[str, Scored], taken: set[int], total: dict[str, float], said: Sentence
) -> bool:
    """Whether a further tool is asked for by words of its own."""
    if hit.phrase.alone or tool in {"explain", "calc"} or total[tool] < 20:
        return False
    if any(tool in _COVERS.get(one, frozenset()) and not _apart(hit, chosen[one], said, one) for one in chosen):
        return False
    if (tool in _WHOLE_MARKET) != (next(iter(chosen)) in _WHOLE_MARKET):
        return False
    if not hit.words or hit.words & taken:
        return False
    if hit.phrase.weight >= 8:
        return True
    return hit.phrase.weight >= 4 and any(_joined(said, hit, one) for one in chosen.values())


def _apart(hit: _Hit, other: Scored, said: Sentence, cover: str) -> bool:
    """Whether "and" (or "also", "plus") stands between two intents, so that neither belongs to the other."""
    if cover in {"create_technical_chart", "search_stocks", "explain", "get_portfolio_risk", "suggest_rebalance"}:
        return False
    return hit.phrase.weight >= 6 and _joined(said, hit, other)


def _joined(said: Sentence, hit: _Hit, other: Scored) -> bool:
    low, high = (other.end, hit.start) if other.start <= hit.start else (hit.end, other.start)
    if low > high:
        return False
    between = said.text[max(low - 1, 0) : high + 1]
    return re.search(r" (?:and|also|plus|with|then) ", between) is not None or said.breaks_between(low, high)


# -- likeness ----------------------------------------------------------------------------------------------------


def like(said: Sentence) -> dict[str, float]:
    """BM25 of each card for the words of a question."""
    index = _index()
    asked = [_stem(one.text) for one in said.parts if one.text not in _IGNORED and one.text != SYMBOL]
    found: dict[str, float] = {}
    for word in sorted(set(asked)):
        weight = index.rarity.get(word)
        if weight is None:
            continue
        for tool, count in index.counts[word].items():
            length = index.lengths[tool] / index.mean
            found[tool] = found.get(tool, 0.0) + weight * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length))
    return found


@dataclass(frozen=True)
class _Index:
    counts: dict[str, dict[str, int]]
    lengths: dict[str, int]
    rarity: dict[str, float]
    mean: float


_IGNORED_TEXT: Final = """
    a an the of is are was be do does did to in on at for with and or by from it its this that me my i you we us
    what which who how when where why show tell give get please can could would will should much many any some stock
    stocks share shares now one
"""
_IGNORED: Final = frozenset(_IGNORED_TEXT.split())


@cache
def _index() -> _Index:
    counts: dict[str, dict[str, int]] = {}
    lengths: dict[str, int] = {}
    for tool, card in CARDS.items():
        text = " ".join((card.title, card.title, card.description, *card.examples))
        words = [
            _stem(part)
            for word in re.findall(r"[a-z][a-z/&]*", text.lower())
            for part in plain(word).split()
            if part not in _IGNORED
        ]
        lengths[tool] = len(words)
        for word, count in Counter(words).items():
            counts.setdefault(word, {})[tool] = count
    size = len(CARDS)
    rarity = {
        word: math.log(1 + (size - len(tools) + 0.5) / (len(tools) + 0.5)) for word, tools in sorted(counts.items())
    }
    return _Index(counts, lengths, rarity, sum(lengths.values()) / size)


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ied", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)] + ("y" if ending in {"ies", "ied"} else "")
    return word
