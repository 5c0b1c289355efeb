"""Recipes and inputs: to JSON and back, the same fingerprint for the same question, refusals that say where."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from core.backtest import Account, BacktestError, BadRule, Costs, Fills, Sizing, Stops, UnknownStrategy, run
from core.backtest.charges import preset, presets
from core.backtest.recipe import Inputs, Recipe, inputs_of, recipe_of
from core.backtest.rules import Compare, Number, Price, RulePlan
from core.backtest.written import costs_read, costs_written
from core.indicators import BadParameter
from tests.backtest.made import walk

PLAN = RulePlan("Ten", Compare(Price(), "crosses_above", Number(250.0)), stops=Stops(max_bars=9))
RECIPES = [
    Recipe(),
    Recipe("sma_cross", (("slow", 100), ("fast", "20"))),
    Recipe("Supertrend", (("multiplier", 2.5),), costs=preset("nse_delivery"), stops=Stops(stop_percent=8)),
    Recipe("rsi2", sizing=Sizing.atr_risk(1.5, lot=1), account=Account(capital=5e5), fills=Fills(at="close")),
    Recipe("candle_pattern", (("pattern", "hammer"),), costs=Costs(per_order=20.0, slippage_percent=0.0)),
    Recipe("rules", (("level", 260.0),), PLAN, stops=Stops(target_percent=5, targets=())),
]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda one: one.title)
def test_a_recipe_comes_back_and_runs_alike(recipe: Recipe) -> None:
    again = recipe_of(json.loads(json.dumps(recipe.document())))
    assert again == recipe
    bars = walk(300)
    assert again.run(bars).values.tobytes() == recipe.run(bars).values.tobytes()


def test_a_recipe_runs_what_run_runs() -> None:
    recipe, bars = RECIPES[2], walk(300)
    alone = run(bars, "supertrend", params={"multiplier": 2.5}, costs="nse_delivery", stops=Stops(stop_percent=8))
    assert recipe.run(bars).values.tobytes() == alone.values.tobytes()


def test_the_fingerprint_is_of_the_question_not_of_its_spelling() -> None:
    one = Inputs("TCS.NS", Recipe("SMA-cross", (("slow", 100.0), ("fast", 50))), start=date(2020, 1, 1))
    other = Inputs("TCS.NS", Recipe("sma_cross", (("fast", 50), ("slow", 100))), start=date(2020, 1, 1))
    assert one.fingerprint == other.fingerprint
    assert len(one.fingerprint) == 64
    different = {
        Inputs("TCS.NS", RECIPES[1], start=date(2020, 1, 2)).fingerprint,
        Inputs("INFY.NS", RECIPES[1], start=date(2020, 1, 1)).fingerprint,
        Inputs("TCS.NS", RECIPES[1], adjust="dividends", start=date(2020, 1, 1)).fingerprint,
        one.fingerprint,
    }
    assert len(different) == 4
    assert inputs_of(json.loads(json.dumps(one.document()))) == one


def test_it_is_told_in_words() -> None:
    assert Recipe("sma_cross", (("fast", 20), ("slow", 100))).title == "Moving-average cross (slow 100)"
    assert Recipe("rules", plan=PLAN).told[0] == "Buy when the close crosses above 250."
    assert Inputs("TCS.NS", Recipe()).title == "Moving-average cross on TCS.NS"


@pytest.mark.parametrize("costs", [*presets(), Costs(per_share=0.01, minimum=1.0)], ids=lambda one: one.name)
def test_costs_come_back(costs: Costs) -> None:
    assert costs_read(json.loads(json.dumps(costs_written(costs)))).rows == costs.rows


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (None, "recipe"),
        ({"recipe": 9}, "recipe"),
        ({"recipe": 1, "strategy": "sma_cross", "params": [1]}, "params"),
        ({"recipe": 1, "strategy": "sma_cross", "costs": "cheap"}, "costs"),
        ({"recipe": 1, "strategy": "sma_cross", "costs": {"preset": "x"}}, "costs"),
        ({"recipe": 1, "strategy": "sma_cross", "costs": {"fee": 1}}, "costs"),
        ({"recipe": 1, "strategy": "sma_cross", "costs": {"per_order": "1"}}, "costs.per_order"),
        ({"recipe": 1, "strategy": "sma_cross", "account": {"capital": 0}}, "account.capital"),
        ({"recipe": 1, "strategy": "sma_cross", "stops": 5}, "stops"),
        ({"recipe": 1, "strategy": "sma_cross", "fills": {"at": {}}}, "fills.at"),
        ({"recipe": 1, "strategy": "rules"}, "strategy"),
        ({"recipe": 1, "strategy": "sma_cross", "sizing": {"kind": "all_in", "size": "much"}}, "sizing.size"),
    ],
)
def test_what_is_wrong_is_named(data: Any, place: str) -> None:
    with pytest.raises(BadRule) as caught:
        recipe_of(data)
    assert caught.value.what == place


def test_unknown_strategies_parameters_and_days_are_refused() -> None:
    with pytest.raises(UnknownStrategy, match="sma_cross"):
        recipe_of({"recipe": 1, "strategy": "sma_cros"})
    with pytest.raises(BadParameter, match="fast"):
        recipe_of({"recipe": 1, "strategy": "sma_cross", "params": {"fast": 900}})
    with pytest.raises(BacktestError, match="must be a day"):
        inputs_of({"symbol": "TCS.NS", "start": "soon", "recipe": {"recipe": 1, "strategy": "sma_cross"}})
