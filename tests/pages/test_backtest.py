"""Backtesting and My strategies inside the whole app: run, change, build rules, search, keep, open again."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from components.backtest.asked import FIRST_RULES, rules_text
from core.backtest import kept, saved
from core.backtest.recipe import RULES, Recipe
from core.backtest.rules import dumps
from core.market.service import Market
from tests.pages.conftest import open_page
from tests.pages.people import Browser, hold, registered

pytestmark = pytest.mark.usefixtures("whole_app")


@pytest.fixture
def browser(demo_desk: Market, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return hold(monkeypatch)


def figures(at: AppTest) -> dict[str, str]:
    """The headline by name."""
    return {one.label: one.value for one in at.metric}


def fine(at: AppTest) -> AppTest:
    assert not at.exception
    assert not [one.value for one in at.error]
    return at


def test_a_library_strategy_runs_from_its_address_and_again_with_other_numbers(demo_desk: Market) -> None:
    at = fine(open_page("pages/backtest.py", symbol="TCS.NS", range="5y", strategy="sma_cross", params="fast:10"))
    before = figures(at)
    assert {"Total return", "Buy and hold", "Sharpe ratio", "Largest drawdown", "Trades"} <= set(before)
    assert len(at.get("plotly_chart")) >= 3
    assert any("Simulated" in one.value for one in at.caption)
    at.number_input("bt_param_sma_cross_fast").set_value(30).run()
    assert figures(fine(at)) != before
    assert at.query_params["params"] in ("fast:30", ["fast:30"])
    at.number_input("bt_param_sma_cross_fast").set_value(80).run()  # not below slow
    assert any("must be below slow" in one.value for one in at.warning)


def test_trades_and_every_figure_have_their_views(demo_desk: Market) -> None:
    at = fine(open_page("pages/backtest.py", symbol="TCS.NS", range="5y", strategy="donchian", view="trades"))
    table = at.dataframe[0].value
    assert {"Side", "Entered", "Left", "Return", "Left by"} <= set(table.columns)
    assert len(table) >= 3
    at = fine(open_page("pages/backtest.py", symbol="TCS.NS", range="5y", strategy="donchian", view="figures"))
    shown = [row for one in at.dataframe for row in one.value["Figure"]]
    assert len(shown) >= 75
    assert all(one.value["Definition"].str.len().min() > 5 for one in at.dataframe)


def test_costs_size_and_stops_in_the_address_change_the_result(demo_desk: Market) -> None:
    asked = {"symbol": "TCS.NS", "range": "5y", "strategy": "sma_cross"}
    plain = figures(open_page("pages/backtest.py", **asked))
    other = figures(fine(open_page("pages/backtest.py", **asked, costs="nse_delivery", stop="3", size="fraction:50")))
    assert plain["Buy and hold"] == other["Buy and hold"]
    assert plain["Total return"] != other["Total return"]


def test_what_cannot_be_is_said_without_a_traceback(demo_desk: Market) -> None:
    at = open_page("pages/backtest.py", symbol="NOSUCHTHING9", strategy="nonsense", params="fast:x", stop="-4")
    fine(at)
    told = [one.value for one in (*at.caption, *at.warning)]
    assert any("no strategy called" in one for one in told)
    assert any("stop" in one for one in told)
    assert any("NOSUCHTHING9" in one for one in told)
    at = fine(open_page("pages/backtest.py", symbol="TCS.NS", **{"from": "2024-05-01", "to": "2024-01-01"}))
    assert any("Swap the two days" in one.value for one in at.warning)
    at = fine(open_page("pages/backtest.py", run="abcdefgh12345678"))
    assert any("Sign in" in one.value for one in at.warning)
    at = fine(open_page("pages/backtest.py", saved="abcdefgh12345678"))
    assert any("no strategy under this link" in one.value for one in at.warning)


def test_rules_are_read_back_and_changed_row_by_row(demo_desk: Market) -> None:
    at = fine(open_page("pages/backtest.py", symbol="TCS.NS", range="5y", rules=rules_text(FIRST_RULES)))
    said = " ".join(one.value for one in at.markdown)
    assert "Buy when the close crosses above Simple moving average \\(50\\)" in said.replace("(50)", "\\(50\\)")
    before = figures(at)
    at.session_state["bt_rules_open"] = True
    at.run()
    at.selectbox("bt_rule_enter_long_0_right").set_value("level:highest").run()
    fine(at)
    assert "highest high of the 20 bars before" in " ".join(one.value for one in at.markdown)
    assert figures(at) != before
    at.button("bt_rule_enter_long_add").click().run()
    at.selectbox("bt_rule_enter_long_1_kind").set_value("Weekday").run()
    assert "it is Monday" in " ".join(one.value for one in fine(at).markdown)
    text = json.loads(at.text_area("bt_rules_text").value)
    text["enter_long"] = {"left": "close", "is": "over", "right": 1}
    at.text_area("bt_rules_text").set_value(json.dumps(text)).run()
    assert any("enter\\_long.is" in one.value for one in fine(at).warning)
    at.text_area("bt_rules_text").set_value(dumps(FIRST_RULES)).run()
    assert figures(fine(at)) == before


def test_a_search_says_whether_its_best_is_luck(demo_desk: Market) -> None:
    at = fine(open_page("pages/backtest.py", symbol="TCS.NS", range="5y", strategy="sma_cross", view="optimise"))
    for name, values in (("fast", (5, 20, 5)), ("slow", (30, 60, 10))):
        for word, value in zip(("From", "To", "Step"), values, strict=True):
            at.number_input(f"bt_grid_sma_cross_{name}_{word}").set_value(value)
    next(one for one in at.button if one.label == "Search").click().run()
    fine(at)
    boxes = [one.value for one in (*at.warning, *at.info, *at.success)]
    assert any("16 variants" in one or "Even the best" in one for one in boxes)
    leaders = next(one.value for one in at.dataframe if "Sharpe ratio" in one.value.columns)
    assert 1 <= len(leaders) <= 10
    assert len(at.get("plotly_chart")) == 2


def test_a_run_is_kept_and_opened_again_by_its_owner_alone(browser: Browser) -> None:
    asha, ravi = registered("asha"), registered("ravi")
    browser.sign_in(asha)
    at = fine(open_page("pages/backtest.py", symbol="TCS.NS", range="5y", strategy="macd"))
    at.session_state["bt_keep"] = True
    at.run()
    at.button("bt_keep_run").click().run()
    fine(at)
    (run,) = kept.kept_by(asha)
    assert any("the same to the last bit" in one.value for one in at.success)
    again = fine(open_page("pages/backtest.py", run=run.link))
    assert figures(again)["Trades"] == f"{run.figures['trades']:.0f}"
    shelf = fine(open_page("pages/strategies.py"))
    assert run.title in list(shelf.dataframe[0].value["Run"])
    browser.sign_in(ravi)
    other = fine(open_page("pages/backtest.py", run=run.link))
    assert any("no kept backtest under this link" in one.value for one in other.warning)
    assert not other.metric
    browser.token = None
    stranger = fine(open_page("pages/backtest.py", run=run.link))
    assert any("Sign in" in one.value for one in stranger.warning)


def test_a_shared_strategy_opens_for_whoever_has_the_link(browser: Browser) -> None:
    asha = registered("asha")
    made = saved.save(asha, "Fifty", Recipe(RULES, plan=FIRST_RULES))
    closed = fine(open_page("pages/backtest.py", saved=made.link))
    assert any("no strategy under this link" in one.value for one in closed.warning)
    saved.share(asha, made.link, shared=True)
    at = fine(open_page("pages/backtest.py", saved=made.link, symbol="TCS.NS", range="2y"))
    assert "Simple moving average" in " ".join(one.value for one in at.markdown)
    assert figures(at)
