"""The cards: complete, distinct, valid as JSON schema, and the same as the page of the documentation."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from core.assistant.tools import CARDS, TOOLS, function_schema, json_schema
from core.assistant.tools.reference import tools_page
from tests.assistant.tools.desks import args_for

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "tools.md"
SNAPSHOT = Path(__file__).with_name("schemas.json")
WRITE = os.environ.get("KUBERA_WRITE_REFERENCE") == "1"
"""Set by hand to write the page and the snapshot anew after a card was changed on purpose."""

NAMES = {
    "financial": "get_stock_info get_company_profile get_fundamentals get_financial_ratios get_valuation_metrics "
    "get_dividend_info search_stocks",
    "technical": "get_technical_indicators get_chart_patterns get_support_resistance get_moving_averages get_rsi "
    "get_macd get_bollinger_bands get_volume_analysis get_price_action",
    "governance": "get_corporate_actions get_shareholding_pattern get_promoter_holdings get_institutional_holdings "
    "get_board_of_directors get_corporate_announcements get_annual_reports get_quarterly_results",
    "news": "get_stock_news get_market_news get_sector_news get_sentiment_analysis get_social_sentiment "
    "get_analyst_ratings get_insider_trading get_trending_stocks get_market_movers",
    "visual": "create_price_chart create_candlestick_chart create_technical_chart create_volume_chart "
    "create_comparison_chart create_sector_performance_chart create_portfolio_pie_chart create_correlation_heatmap "
    "create_returns_histogram create_drawdown_chart export_chart",
    "strategy": "get_ohlc_data calculate_indicators detect_liquidation_levels create_chart_annotation "
    "create_liquidation_zone generate_strategy",
    "desk": "get_portfolio get_portfolio_risk suggest_rebalance get_watchlist run_backtest create_alert calc explain",
}
"""Names are fixed: users and other programs call them."""


def test_every_name_is_there_in_its_group() -> None:
    for group, names in NAMES.items():
        assert [card.name for card in CARDS.values() if card.group == group] == names.split()
    assert list(TOOLS) == list(CARDS)


def test_phrases_are_many_and_belong_to_one_tool() -> None:
    phrases = [example.lower() for card in CARDS.values() for example in card.examples]
    assert [one for one, count in Counter(phrases).items() if count > 1] == []
    assert all(len(card.examples) >= 6 for card in CARDS.values())


def test_only_what_changes_something_is_an_act() -> None:
    assert [card.name for card in CARDS.values() if card.intent == "act"] == ["create_alert"]


@pytest.mark.parametrize("name", list(CARDS))
def test_a_card_is_complete_and_its_schema_is_valid(name: str) -> None:
    card = CARDS[name]
    assert card.title
    assert card.freshness
    assert len(card.description) >= 30
    assert all(one.description for one in card.arguments)
    for one in card.arguments:
        assert one.default is None or not one.required
        assert one.type != "choice" or one.default in one.choices
    schema = json_schema(card)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(args_for(card) | ({"level": 3500.0} if name == "create_alert" else {}), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"nonsense": 1}, schema)


def test_schemas_are_those_of_the_snapshot() -> None:
    """Other programs hold these schemas: a change has to be meant (see `WRITE`)."""
    now = json.dumps({name: function_schema(card) for name, card in CARDS.items()}, indent=1, ensure_ascii=False) + "\n"
    if WRITE:
        SNAPSHOT.write_text(now, encoding="utf-8")
    assert SNAPSHOT.read_text(encoding="utf-8") == now


def test_the_page_of_the_documentation_is_made_from_the_cards() -> None:
    now = tools_page(CARDS.values())
    if WRITE:
        PAGE.write_text(now, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == now
