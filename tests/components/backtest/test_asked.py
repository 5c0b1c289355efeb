"""The address of the Backtesting page: everything comes back, and what cannot be followed is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.parse import quote

import pytest

from components.backtest.asked import (
    FIRST_RULES,
    SIZES,
    Asked,
    from_inputs,
    from_query,
    rules_from,
    rules_text,
    size_of,
    sizing_of,
    to_query,
)
from core.backtest import Account, BacktestError, Fills, Sizing, Stops
from core.backtest.charges import preset
from core.backtest.recipe import RULES, Recipe

TODAY = date(2026, 11, 18)
VIEWS = [
    Asked(),
    Asked("TCS.NS", "5y", recipe=Recipe("sma_cross", (("fast", 10), ("slow", 100))), view="optimise"),
    Asked("BTC-USD", "custom", date(2020, 1, 1), date(2024, 6, 30), "1wk", dividends=True),
    Asked(
        recipe=Recipe(
            "supertrend",
            (("multiplier", 2.5),),
            costs=preset("nse_delivery"),
            sizing=Sizing.atr_risk(1.5),
            stops=Stops(stop_percent=8, trail_percent=12.5, target_percent=30, max_bars=60),
            fills=Fills(at="close"),
            account=Account(capital=250_000.0),
        )
    ),
    Asked(recipe=Recipe("candle_pattern", stops=Stops()), saved="abcDEF123-_456"),
    Asked(recipe=Recipe(RULES, (("sma_length", 20),), FIRST_RULES)),
]


@pytest.mark.parametrize("asked", VIEWS, ids=lambda one: f"{one.symbol} {one.recipe.title}")
def test_a_view_comes_back_from_its_address(asked: Asked) -> None:
    again, notes = from_query(to_query(asked))
    assert again == asked
    assert notes == ()


def test_a_kept_run_needs_its_link_only() -> None:
    asked = replace(VIEWS[1], run="abcdefgh12345678", view="trades")
    assert to_query(asked) == {"run": "abcdefgh12345678", "view": "trades"}
    assert from_query(to_query(asked))[0].run == asked.run


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"symbol": "<script>"}, "is no symbol"),
        ({"range": "forever"}, "is not one of 1y"),
        ({"interval": "1m"}, "is not one of 5m"),
        ({"strategy": "sma_cros"}, "did you mean sma_cross"),
        ({"params": "fast:1.5"}, "it must be a whole number"),
        ({"params": "speed:9"}, "it takes fast, slow, short"),
        ({"params": "fast:60"}, "it must be below slow"),
        ({"costs": "cheap"}, "the presets are"),
        ({"capital": "lots"}, "capital=lots cannot be read"),
        ({"capital": "-5"}, "capital was given as"),
        ({"size": "martingale:2"}, "size=martingale:2 cannot be read"),
        ({"size": "fraction:-2"}, "percent was given as"),
        ({"stop": "150"}, "stop_percent was given as"),
        ({"hold": "1.5"}, "hold=1.5 is no number"),
        ({"fill": "yesterday"}, "it must be open or close"),
        ({"from": "soon"}, "is not a day such as"),
        ({"run": "../../etc"}, "is no link of this desk"),
        ({"rules": "nonsense"}, "damaged"),
        ({"rules": "e" * 400}, "damaged"),
        ({"view": "source"}, "is not one of result"),
    ],
)
def test_what_cannot_be_followed_is_said_and_the_rest_is_kept(query: dict[str, str], said: str) -> None:
    asked, notes = from_query({"dividends": "1", **query})
    assert asked.dividends
    assert len(notes) == 1
    assert said in notes[0]
    assert asked.recipe.run is not None


def test_rules_fit_into_an_address_and_bombs_do_not() -> None:
    text = rules_text(FIRST_RULES)
    assert rules_from(text) == FIRST_RULES
    assert quote(text) == text
    assert len(text) < 300
    import base64
    import zlib

    bomb = base64.urlsafe_b64encode(zlib.compress(b" " * 50_000_000, 9)).decode()
    with pytest.raises(BacktestError, match="too long"):
        rules_from(bomb)


@pytest.mark.parametrize("kind", SIZES)
def test_sizes_have_a_name_and_a_number(kind: str) -> None:
    number = SIZES[kind][1]
    made = sizing_of(kind, number)
    assert size_of(made or Sizing()) == (kind, number)


def test_ranges_become_days_and_short_bars_reach_no_further_than_vendors_keep_them() -> None:
    assert Asked(range="1y").inputs(TODAY).start == date(2025, 11, 17)
    assert Asked(range="max").inputs(TODAY).start is None
    assert Asked(range="10y", interval="15m").inputs(TODAY).start == date(2026, 9, 20)
    custom = Asked(range="custom", start=date(2020, 1, 1), end=date(2021, 1, 1))
    assert (custom.inputs(TODAY).start, custom.inputs(TODAY).end) == (date(2020, 1, 1), date(2021, 1, 1))
    assert from_inputs(custom.inputs(TODAY)) == custom
