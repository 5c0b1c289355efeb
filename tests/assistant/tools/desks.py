"""What the tests of tools share: the simulated market at a moment, and arguments with which each tool can be called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache

from core import clock
from core.assistant.model import Card
from core.clock import clock_at
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.demo import DemoMarket

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
"""Wednesday, 11:30 in Mumbai: markets are open."""

SPECIAL: Mapping[str, Mapping[str, object]] = {
    "calculate_indicators": {"indicators": "atr:14, supertrend:10:3, rsi"},
    "calc": {"expression": "cagr(100, 180, 4)"},
    "explain": {"term": "what does PE ratio mean"},
    "get_sector_news": {"sector": "IT"},
    "create_chart_annotation": {"text": "my target", "price": 5000, "kind": "target"},
    "detect_liquidation_levels": {"symbol": "BTC"},
    "create_liquidation_zone": {"symbol": "BTC"},
    "search_stocks": {"sector": "banks", "limit": 3},
}

INVESTORS_OWN = frozenset(
    {"get_portfolio", "get_portfolio_risk", "suggest_rebalance", "get_watchlist", "create_alert",
     "create_portfolio_pie_chart"}
)  # fmt: skip
"""Tools that speak of somebody's own things: tested with a database in test_own_things.py."""


@cache
def service() -> Market:
    """The simulated market, one for all tests of tools: it is a pure function of the clock."""
    return Market(
        vendors=(),
        simulated=lambda now: DemoMarket(now=now),
        mode=ModeSwitch("demo", None, clock.now),
        timeout_s=5.0,
    )


@contextmanager
def at(moment: datetime = NOW) -> Iterator[Market]:
    """The market with the clock held."""
    with clock_at(moment):
        yield service()


def args_for(card: Card) -> dict[str, object]:
    """Arguments with which the tool has something to tell."""
    found: dict[str, object] = {}
    for one in card.arguments:
        if (one.type == "symbol" and one.required) or one.name == "symbol":
            found[one.name] = "TCS"
        elif one.type == "symbols":
            found[one.name] = ["TCS", "Infosys"]
    return found | dict(SPECIAL.get(card.name, {}))
