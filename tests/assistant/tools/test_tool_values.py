"""Figures of tools against hand-made ones: small series, and the simulated market's own bars reckoned anew here."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from core.assistant.errors import BadArguments
from core.assistant.model import Attachment, Context, Figure, Table, ToolResult
from core.assistant.tools import run
from core.assistant.tools.action import streak, trend_of
from core.assistant.tools.analysts import consensus_of
from core.assistant.tools.arithmetic import evaluate
from core.assistant.tools.bars import percentile, span_days
from core.assistant.tools.charts import deepest_falls
from core.assistant.tools.comparison import correlation_words, correlations
from core.assistant.tools.levels import Levels
from core.assistant.tools.oscillators import band_state, rsi_zone
from core.assistant.tools.ownership import group_totals
from core.assistant.tools.periods import growth, period_name, share, times
from core.assistant.tools.plans import plan_of
from core.assistant.tools.readings import divergence, last_cross, latest_of
from core.assistant.tools.sectors import sector_of
from core.assistant.tools.studies import studies_of
from core.market.model import Holder, Period
from tests.assistant.tools.desks import at, service

FULL = date(2026, 11, 17)
"""The last full session before the tests' moment."""


def told(name: str, as_of: date | None = FULL, **args: object) -> ToolResult:
    with at():
        return run(name, args, Context(as_of=as_of), service=service())


def number(result: ToolResult, field: str, symbol: str = "") -> float:
    value = result.value(field, symbol)
    assert value is not None, field
    assert isinstance(value.value, int | float)
    return float(value.value)


def closes(symbol: str = "TCS.NS") -> np.ndarray:
    with at() as market:
        frame = market.bars(symbol, "1d", as_of=FULL).data.frame
    return frame["close"].to_numpy(dtype=np.float64)


# -- small series ------------------------------------------------------------------------------------------------


def test_a_crossing_is_where_the_sign_changes_and_a_touch_is_none() -> None:
    line = np.array([np.nan, 1.0, 2.0, 3.0, 2.0, 2.0, 3.0, 1.0, 1.0])
    cross = last_cross(line, 2.0)
    assert cross is not None
    assert (cross.row, cross.direction, cross.level) == (7, "down", 2.0)
    up = last_cross(line[:5], 2.0)
    assert up is not None
    assert (up.row, up.direction) == (3, "up")
    assert last_cross(np.array([3.0, 4.0]), 2.0) is None
    assert last_cross(np.array([np.nan, 4.0]), 2.0) is None


def test_the_latest_of_several_levels_is_told() -> None:
    line = np.array([20.0, 40.0, 60.0, 80.0, 65.0])
    cross = latest_of(line, (30.0, 50.0, 70.0))
    assert cross is not None
    assert (cross.level, cross.direction, cross.row) == (70.0, "down", 4)


def test_divergence_needs_price_and_line_to_disagree() -> None:
    close = np.concatenate([np.full(40, 100.0), np.full(10, 100.0)])
    line = np.full(50, 50.0)
    close[20], line[20] = 90.0, 25.0
    close[45], line[45] = 88.0, 35.0
    assert divergence(close, line) == "bullish"
    line[45] = 20.0
    assert divergence(close, line) == "none"
    assert divergence(200.0 - close, 100.0 - np.where(np.arange(50) == 45, 35.0, line)) == "bearish"
    assert divergence(close[:20], line[:20]) == "none"


def test_streaks_and_trends() -> None:
    assert streak(np.array([1.0, 2.0, 3.0, 2.5, 2.0])) == (2, "down")
    assert streak(np.array([1.0, 2.0, 3.0])) == (2, "up")
    assert streak(np.array([1.0, 1.0])) == (0, "unchanged")
    assert streak(np.array([1.0])) == (0, "unchanged")
    assert trend_of(np.linspace(1.0, 2.0, 250)) == "up"
    assert trend_of(np.linspace(2.0, 1.0, 250)) == "down"
    assert "not known" in trend_of(np.ones(10))


def test_percentile_counts_at_or_below() -> None:
    assert percentile(np.arange(1.0, 101.0), 25.0) == 25.0
    assert percentile(np.arange(5.0), 2.0) is None


def test_zones_and_states_have_the_usual_bounds() -> None:
    assert rsi_zone(70.0) == "overbought"
    assert rsi_zone(30.0) == "oversold"
    assert "up" in rsi_zone(50.0)
    assert band_state(101.0, 50.0) == "above the upper band"
    assert band_state(50.0, 10.0) == "inside the bands, squeezed"
    assert [consensus_of(one) for one in (1.0, 2.5, 3.0, 4.4, 5.0)] == [
        "strong buy", "buy", "hold", "sell", "strong sell",
    ]  # fmt: skip


def test_falls_do_not_overlap_and_know_their_recovery() -> None:
    close = np.array([10.0, 8.0, 9.0, 10.0, 12.0, 6.0, 9.0])
    under = 100.0 * (close / np.maximum.accumulate(close) - 1.0)
    assert deepest_falls(under) == [(4, 5, None), (0, 1, 3)]
    assert deepest_falls(np.zeros(5)) == []


def test_correlations_by_hand() -> None:
    moves = np.array([[1.0, 2.0, -1.0], [2.0, 4.0, -2.0], [3.0, 6.0, -3.0]])
    assert correlations(moves) == pytest.approx(np.array([[1, 1, -1], [1, 1, -1], [-1, -1, 1]]))
    still = correlations(np.array([[1.0, 5.0], [2.0, 5.0], [4.0, 5.0]]))
    assert np.isnan(still[0, 1])
    assert still[0, 0] == 1.0
    assert correlation_words(0.85) == "almost in step"
    assert correlation_words(-0.5) == "against each other"


def test_periods_are_named_after_the_year_they_end_in() -> None:
    assert period_name(date(2026, 3, 31), Period.ANNUAL, 3) == "FY2026"
    assert period_name(date(2026, 9, 30), Period.QUARTERLY, 3) == "Q2 FY2027"
    assert period_name(date(2026, 3, 31), Period.QUARTERLY, 3) == "Q4 FY2026"
    assert period_name(date(2026, 9, 30), Period.QUARTERLY, 12) == "Q3 FY2026"


def test_growth_from_a_loss_is_not_known() -> None:
    assert growth(150.0, 100.0) == pytest.approx(50.0)
    assert growth(150.0, -100.0) is None
    assert growth(None, 100.0) is None
    assert share(25.0, 200.0) == 12.5
    assert times(10.0, 0.0) is None


def test_a_range_is_measured_from_the_calendar_day() -> None:
    today = date(2026, 3, 31)
    assert span_days("1mo", today)[0] == date(2026, 2, 28)
    assert span_days("1y", today)[0] == date(2025, 3, 31)
    assert span_days("ytd", today)[0] == date(2025, 12, 31)
    assert span_days("2025-01-01..2025-06-30", today) == (date(2025, 1, 1), date(2025, 6, 30))
    assert span_days("max", today) == (None, None)


def test_a_plan_keeps_its_rules() -> None:
    nothing = Levels(100.0, (), ())
    long = plan_of("long", 100.0, 4.0, nothing)
    assert (long.stop, long.target_1, long.target_2) == (92.0, 116.0, 124.0)
    assert long.reward_to_risk == pytest.approx(2.0)
    assert (long.entry_low, long.entry_high) == (98.0, 100.0)
    short = plan_of("short", 100.0, 4.0, nothing)
    assert (short.stop, short.target_1, short.target_2) == (108.0, 84.0, 76.0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15% of 2,40,000", 36_000.0),
        ("25 lakh / 1 crore", 0.25),
        ("25 lakh in crore", 0.25),
        ("2^10 + 3 x 4", 1036.0),
        ("(1 + 2) * -3", -9.0),
        ("cagr(100, 180, 4)", 15.829218528826899),
        ("emi(2000000, 9, 15)", 20_285.33),
        ("sip(10000, 12, 10)", 2_323_390.76),
        ("lumpsum(100, 10, 2)", 121.0),
        ("change(820, 905)", 10.365853658536595),
        ("₹5,000 times 12 months", 60_000.0),
    ],
)
def test_arithmetic_by_hand(text: str, value: float) -> None:
    assert evaluate(text) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "1/0", "9**9**9**9", "__import__('os')", "a.b", "x", "[1]", "1 +", "(-8)^0.5", "cagr(1,2)", "cagr(0,1,2)",
     "(" * 200, "'a'*9", "1 if 1 else 2", "sip(1,1,1e308)", "1_000j"],
)  # fmt: skip
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(BadArguments):
        evaluate(text)


@pytest.mark.parametrize(
    ("text", "name", "industry"),
    [("IT stocks", "Technology", ""), ("banking", "Financial Services", "Banks"), ("pharma sector", "Healthcare",
     "Drug Manufacturers"), ("Healthcare", "Healthcare", ""), ("oil & gas", "Energy", "Oil")],
)  # fmt: skip
def test_sectors_in_common_words(text: str, name: str, industry: str) -> None:
    found = sector_of(text)
    assert found is not None
    assert (found.name, found.industry) == (name, industry)


def test_words_that_are_no_sector() -> None:
    assert sector_of("purple elephants") is None
    assert sector_of("") is None


def test_indicators_as_people_write_them() -> None:
    found = studies_of(
        "calculate_indicators", "20 ema, supertrend 10 3, bollinger bands and rsi + 200 day moving average"
    )
    assert [one.text for one in found] == ["ema:20", "supertrend:10:3", "bbands", "rsi", "sma:200"]
    assert found[1].label == "Supertrend (10, 3)"
    for wrong in ("foo", "rsi:0", "rsi:14:3", "a,b,c,d,e,f,g,h,i,j,k"):
        with pytest.raises(BadArguments):
            studies_of("calculate_indicators", wrong)


# -- the simulated market, reckoned anew ------------------------------------------------------------------------------


def test_the_price_of_a_past_day_is_its_close() -> None:
    result = told("get_stock_info", symbol="TCS")
    close = closes()
    assert number(result, "price") == close[-1]
    assert number(result, "change_percent") == pytest.approx(100 * (close[-1] / close[-2] - 1))


def test_rsi_by_wilders_averages() -> None:
    moves = np.diff(closes()[-420:])
    gain, loss = moves[:14].clip(0).mean(), -moves[:14].clip(None, 0).mean()
    for move in moves[14:]:
        gain, loss = (13 * gain + max(move, 0)) / 14, (13 * loss - min(move, 0)) / 14
    assert number(told("get_rsi", symbol="TCS"), "rsi") == pytest.approx(100 - 100 / (1 + gain / loss), abs=1e-4)


def test_averages_by_hand() -> None:
    result = told("get_moving_averages", symbol="TCS", lengths="50, 200", kind="sma")
    close = closes()
    assert number(result, "sma_200") == pytest.approx(close[-200:].mean())
    assert number(result, "sma_50_distance") == pytest.approx(100 * (close[-1] / close[-50:].mean() - 1))
    assert result.value("ema_50") is None


def test_bollinger_by_hand() -> None:
    result, close = told("get_bollinger_bands", symbol="TCS"), closes()[-20:]
    assert number(result, "bollinger_upper") == pytest.approx(close.mean() + 2 * close.std())
    assert number(result, "percent_b") == pytest.approx(
        100 * (close[-1] - close.mean() + 2 * close.std()) / (4 * close.std())
    )


def test_the_return_of_a_year_is_the_same_in_every_tool() -> None:
    action = told("get_price_action", symbol="TCS", range="1y")
    chart = told("create_price_chart", symbol="TCS", range="1y")
    compared = told("create_comparison_chart", symbols=["TCS", "Infosys"], range="1y")
    with at() as market:
        frame = market.bars("TCS.NS", "1d", as_of=FULL).data.frame
    days = frame.index.tz_convert("Asia/Kolkata").tz_localize(None)
    base = float(frame["close"][days <= "2025-11-17"].iloc[-1])
    expected = 100 * (float(frame["close"].iloc[-1]) / base - 1)
    assert number(action, "period_return") == pytest.approx(expected)
    assert number(action, "return_1y") == pytest.approx(expected)
    assert number(chart, "period_return") == pytest.approx(expected)
    assert number(compared, "period_return", "TCS.NS") == pytest.approx(expected)


def test_fundamentals_are_the_statements_and_their_growth() -> None:
    result = told("get_fundamentals", symbol="TCS", count=2)
    with at() as market:
        years = [one for one in market.statements("TCS.NS", as_of=FULL).data if one.kind == "income" and
                 one.period == "annual"]  # fmt: skip
    years.sort(key=lambda one: one.period_end)
    assert number(result, "revenue") == years[-1].items["total_revenue"]
    expected = 100 * (years[-1].items["net_income"] / years[-2].items["net_income"] - 1)
    assert number(result, "net_income_growth") == pytest.approx(expected)


def test_accounts_not_yet_filed_are_not_known() -> None:
    before = told("get_quarterly_results", as_of=date(2026, 10, 18), symbol="TCS", quarters=1)
    after = told("get_quarterly_results", as_of=date(2026, 10, 19), symbol="TCS", quarters=1)
    assert before.value("latest_period").value == "Q1 FY2027"
    assert after.value("latest_period").value == "Q2 FY2027"


def test_valuation_stands_beside_sector_and_past() -> None:
    result = told("get_valuation_metrics", symbol="TCS")
    with at() as market:
        ratios = market.ratios("TCS.NS", as_of=FULL).data.values
    assert number(result, "pe_ratio") == ratios["pe"]
    assert number(result, "earnings_yield") == pytest.approx(100 / ratios["pe"])
    assert number(result, "dividend_yield") == pytest.approx(100 * ratios["dividend_yield"])
    assert number(result, "pe_low_5y") <= number(result, "pe_median_5y") <= number(result, "pe_high_5y")
    away = 100 * (ratios["pe"] / number(result, "sector_pe_ratio") - 1)
    assert number(result, "pe_ratio_vs_sector") == pytest.approx(away)


def test_a_screen_keeps_its_conditions() -> None:
    result = told("search_stocks", sector="IT", max_pe=25, sort="pe", limit=5)
    found = [one for one in result.values if one.field == "pe_ratio"]
    assert found
    values = [float(one.value) for one in found if isinstance(one.value, float)]
    assert values == sorted(values)
    assert max(values) <= 25
    assert number(result, "matches") <= number(result, "screened")


def test_shares_of_owners_add_up() -> None:
    result = told("get_shareholding_pattern", symbol="TCS")
    parts = [number(result, f"{group}_holding") for group in ("promoter", "institution", "fund", "public")]
    assert sum(parts) == pytest.approx(100, abs=0.1)


def test_a_vendors_total_of_a_group_is_not_counted_again() -> None:
    rows = (
        Holder("insider", "All insiders and promoters", share=0.5),
        Holder("institution", "All institutions", share=0.3),
        Holder("institution", "One", share=0.1, shares=10.0, reported_on=FULL),
        Holder("fund", "Two", share=0.05, shares=5.0, reported_on=FULL),
    )
    assert group_totals(rows) == {"insider": 50.0, "institution": 30.0}
    assert group_totals(rows[2:]) == pytest.approx({"institution": 10.0, "fund": 5.0})


def test_breadth_counts_every_member_once() -> None:
    result = told("get_market_movers")
    assert number(result, "advances") + number(result, "declines") + number(result, "unchanged") == number(
        result, "counted"
    )
    first, last = number(result, "gainers_1_change"), number(result, "gainers_5_change")
    assert first >= last > 0


def test_a_histogram_counts_every_return() -> None:
    result = told("create_returns_histogram", symbol="TCS", range="1y")
    figure = next(one for one in result.displays if isinstance(one, Figure))
    assert figure.series[0].y.sum() == number(result, "returns_counted")
    assert number(result, "var_99") >= number(result, "var_95") > 0
    assert number(result, "cvar_95") >= number(result, "var_95")


def test_dividends_of_twelve_months_over_the_price() -> None:
    result = told("get_dividend_info", symbol="ITC")
    with at() as market:
        paid = [one for one in market.actions("ITC.NS", as_of=FULL).data if one.kind == "dividend" and
                date(2025, 11, 17) < one.ex_date <= FULL]  # fmt: skip
    assert number(result, "dividend_12m") == pytest.approx(sum(one.value for one in paid))
    assert number(result, "dividend_yield") == pytest.approx(
        100 * number(result, "dividend_12m") / number(result, "price")
    )


def test_a_backtest_is_the_engines_own() -> None:
    from core.backtest import run as backtest
    from core.backtest.charges import preset

    result = told("run_backtest", symbol="TCS", strategy="golden cross", parameters="50 200", range="5y")
    with at() as market:
        bars = market.bars("TCS.NS", "1d", as_of=FULL).data
    frame = bars.frame.tz_convert("Asia/Kolkata")
    first = int((frame.index.tz_localize(None) <= "2021-11-17").sum()) - 1
    mine = backtest(frame.iloc[first:], "sma_cross", costs=preset("nse_delivery"), params={"fast": 50, "slow": 200},
                    actions=bars.actions)  # fmt: skip
    assert number(result, "total_return") == pytest.approx(100 * mine.metrics["total_return"])
    assert number(result, "trades") == mine.metrics["trades"]


def test_an_exported_file_holds_the_bars() -> None:
    result = told("export_chart", symbol="TCS", range="1mo", format="csv")
    file = next(one for one in result.displays if isinstance(one, Attachment))
    lines = file.content.splitlines()
    assert file.name == "TCS.NS_1mo_1d.csv"
    assert lines[0] == "time,open,high,low,close,volume,source"
    assert float(lines[-1].split(",")[4]) == closes()[-1]
    picture = told("export_chart", symbol="TCS", range="1mo")
    drawn = next(one for one in picture.displays if isinstance(one, Attachment))
    assert ET.fromstring(drawn.content).tag.endswith("svg")
    assert drawn.content.count("<rect ") == len(lines)  # a candle a bar, and the background


def test_the_table_of_bars_is_newest_first() -> None:
    result = told("get_ohlc_data", symbol="TCS", limit=3)
    table = next(one for one in result.displays if isinstance(one, Table))
    assert [row[4] for row in table.rows] == closes()[-3:][::-1].tolist()
    assert table.rows[0][0] == FULL
