"""The library, the presets of costs, and what a caller may get wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.backtest import (
    FREE,
    Account,
    BacktestError,
    BadRule,
    BadSignals,
    Costs,
    Fills,
    NothingToTest,
    Signals,
    Sizing,
    Stops,
    Tape,
    UnknownStrategy,
    find,
    run,
    strategies,
    warm,
)
from core.backtest.charges import preset, presets
from core.backtest.costs import Fees
from core.indicators import BadBars, BadParameter
from core.market.model import Action, ActionKind, Bars, Interval
from tests.backtest.made import flat, frame, signals, walk

DATA = walk(500, 9)


def test_the_library_is_large_and_documented() -> None:
    assert len(strategies()) >= 20
    for one in strategies():
        assert len(one.idea) > 30, one.name
        assert any(char.isdigit() for char in one.reference), one.name
        for param in one.params:
            assert param.clean(one.name, param.default) == param.default
            assert param.allowed


@pytest.mark.parametrize("strategy", strategies(), ids=lambda one: one.name)
def test_ends_of_the_ranges_run(strategy: Any) -> None:
    for edge in ("low", "high"):
        params = {p.name: getattr(p, edge) for p in strategy.params if p.kind in ("int", "float")}
        if "fast" in params:
            params |= {"fast": 1 if edge == "low" else 999, "slow": 2 if edge == "low" else 1000}
        data = walk(300, 1) if strategy.name != "opening_range" else walk(300, 1, freq="h")
        result = run(data, strategy.bind(**params))
        assert len(result.equity) == 300
        assert np.isfinite(result.equity).all()


def test_names_are_found_and_near_ones_offered() -> None:
    assert find("SMA-Cross").name == "sma_cross"
    with pytest.raises(UnknownStrategy, match="did you mean sma_cross"):
        find("smacross")
    with pytest.raises(BadParameter, match="must be below slow"):
        run(DATA, "sma_cross", params={"fast": 50, "slow": 20})
    with pytest.raises(BadParameter, match="it takes fast, slow, short"):
        run(DATA, "sma_cross", params={"length": 5})


def test_the_cross_by_hand() -> None:
    closes = [10.0, 9.0, 8.0, 7.0, 9.0, 11.0, 12.0, 9.0, 6.0, 5.0]
    result = run(frame(flat(*closes)), "sma_cross", params={"fast": 2, "slow": 3}, costs=FREE)
    # averages of 2 and 3: first below at bar 2; above at bar 5 (10 > 9), bought at the open of 6, which is 11;
    # below at bar 7 (10.5 < 10.67), sold at the open of 8, which is 9
    (row,) = result.trades.to_dict("records")
    assert (row["entry_price"], row["exit_price"]) == (11.0, 9.0)


def test_what_comes_first_is_no_cross() -> None:
    rising = frame(flat(*[float(k) for k in range(1, 60)]))
    assert len(run(rising, "sma_cross", params={"fast": 2, "slow": 5}).trades) == 0


def test_a_position_is_signalled_where_it_changes() -> None:
    wanted = Signals.position([np.nan, 1, 1, np.nan, 0, -1, -1, 1])
    assert wanted.codes.tolist() == [0, 9, 0, 0, 10, 6, 0, 9]


def test_sip_buys_every_month_until_the_money_is_in() -> None:
    result = run(walk(800, 4), "sip", costs=FREE, account=Account(capital=10_000.0))
    bought = result.position.diff().fillna(0.0)
    assert (bought > 0).sum() == 10
    assert result.metrics["turnover"] > 0
    assert result.trades["reason"].tolist() == ["open"]


def test_the_markets_bars_bring_their_dividends() -> None:
    data = frame([(100.0, 101.0, 99.0, 100.0)] * 4)
    paid = (Action(ActionKind.DIVIDEND, date(2024, 1, 3), 2.0), Action(ActionKind.SPLIT, date(2024, 1, 3), 5.0))
    bars = Bars("X.NS", Interval.D1, data, paid)
    assert run(bars, "buy_and_hold", costs=FREE).metrics["dividends"] == pytest.approx(2000.0)
    reinvested = Bars("X.NS", Interval.D1, data, paid, adjustment="dividends")
    assert run(reinvested, "buy_and_hold", costs=FREE).metrics["dividends"] == 0.0


def test_an_own_function_is_a_strategy() -> None:
    def dip(tape: Tape) -> Signals:
        return Signals.of(tape.line("rsi", length=3) < 20, tape.line("rsi", length=3) > 60)

    result = run(DATA, dip)
    assert result.strategy.name == "dip"
    assert result.metrics["trades"] > 5


# -- presets -------------------------------------------------------------------------------------------------------


def test_presets_have_a_name_and_a_source() -> None:
    assert {"default", "free", "nse_delivery", "nse_intraday", "us_per_share"} <= {one.name for one in presets()}
    for one in presets():
        assert one.source or one.name == "free"
        assert preset(one.name) is one
    with pytest.raises(BadRule, match="the presets are default, free"):
        preset("zero")


def test_delivery_on_the_nse_today() -> None:
    row = preset("nse_delivery").rows[-1]
    # STT 0.1 %, stamp duty 0.015 % on buying, exchange 0.00297 % and SEBI 0.0001 % with 18 % GST, 13 and GST a sale
    assert row.buy_percent == pytest.approx(0.1 + 0.015 + (0.00297 + 0.0001) * 1.18)
    assert row.sell_percent == pytest.approx(0.1 + (0.00297 + 0.0001) * 1.18)
    assert row.per_sell == pytest.approx(15.34)
    assert row.commission_percent == 0.0


def test_intraday_brokerage_is_capped_and_taxed() -> None:
    costs = preset("nse_intraday")
    data = frame([(100.0, 100.0, 100.0, 100.0)] * 2, start="2024-12-02")
    result = run(data, signals(2, enter_long=0), costs=costs, sizing=Sizing.quantity(10_000), account=Account(2e6))
    value = 10_000 * 100.0 * 1.0005
    assert result.metrics["fees"] == pytest.approx(20 * 1.18 + value * (0.003 + (0.00297 + 0.0001) * 1.18) / 100)


def test_rates_are_those_of_the_day_and_days_before_the_table_are_labelled() -> None:
    costs = preset("nse_delivery")
    index = pd.DatetimeIndex(["2010-01-01", "2012-07-02", "2017-06-30", "2017-07-01", "2024-10-01"])
    taxes = [costs.rows[k].tax_percent for k in costs.in_force(index)]
    assert taxes == [12.36, 12.36, 15.0, 18.0, 18.0]
    old = run(frame(flat(*[100.0] * 5), start="2001-01-01"), "buy_and_hold", costs="nse_delivery")
    assert any("Charges before 2012-07-01 are not known" in one for one in old.warnings)


def test_a_schedule_must_be_in_order() -> None:
    with pytest.raises(BadRule, match="days must rise"):
        Costs(schedule=(Fees(since=date(2024, 1, 1)), Fees(since=date(2023, 1, 1))))


# -- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Costs(slippage_percent=-1), "slippage_percent"),
        (lambda: Costs(commission_percent=float("nan")), "commission_percent"),
        (lambda: Stops(stop_percent=100), "below 100"),
        (lambda: Stops(targets=((5, 0.8), (9, 0.8))), "add up"),
        (lambda: Stops(targets=((5, 0.5), (5, 0.5))), "distances must rise"),
        (lambda: Stops(targets=((1, 1.0),), target_unit="risk"), "need stop_percent"),
        (lambda: Stops(target_percent=5, targets=((5, 1.0),)), "not both"),
        (lambda: Stops(max_bars=-1), "max_bars"),
        (lambda: Sizing.fraction(0), "above 0"),
        (lambda: Sizing.all_in(120), "percent"),
        (lambda: Sizing.fraction(10, lots=5), "no such cap"),
        (lambda: Sizing(max_entries=0), "max_entries"),
        (lambda: Account(capital=0), "capital"),
        (lambda: Account(leverage=5.0), "maintenance_percent"),
        (lambda: Fills(at="noon"), "open or close"),  # type: ignore[arg-type]
        (lambda: Fills(at="close", entry="limit"), "market orders"),
        (lambda: run(DATA, "sma_cross", costs="cheap"), "presets"),
        (lambda: run(DATA, "sma_cross", stops=5), "must be a Stops"),  # type: ignore[arg-type]
        (lambda: run(DATA.assign(volume=0.0), "sma_cross", costs=Costs(impact=0.1)), "no volume"),
        (
            lambda: run(DATA, "sma_cross", sizing=Sizing.atr_risk(length=10), stops=Stops(stop_atr=2, atr_length=20)),
            "one length for both",
        ),
    ],
)
def test_rules_that_cannot_be(make: Any, text: str) -> None:
    with pytest.raises(BadRule, match=text):
        make()


def test_bars_and_signals_that_do_not_fit() -> None:
    with pytest.raises(NothingToTest, match="no bars"):
        run(DATA.iloc[:0], "sma_cross")
    with pytest.raises(BadBars, match="not in order"):
        run(DATA.iloc[::-1], "sma_cross")
    with pytest.raises(BadSignals, match="10 signals for 500 bars"):
        run(DATA, Signals.of(np.ones(10)))
    with pytest.raises(BadSignals, match="returned ndarray"):
        run(DATA, lambda tape: tape.close > 0)  # type: ignore[arg-type,return-value]
    with pytest.raises(BadSignals, match="without any signal"):
        Signals.of()
    with pytest.raises(BadSignals, match="one a bar"):
        Signals.of(np.ones(5), np.ones(6))
    assert issubclass(BadSignals, BacktestError)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_few_bars_are_enough_to_run_on(n: int) -> None:
    for one in strategies():
        if one.name != "opening_range":
            assert len(run(DATA.iloc[:n], one).equity) == n


def test_constant_prices_and_no_prices_trade_nothing_wrong() -> None:
    constant = frame([(100.0, 100.0, 100.0, 100.0)] * 300)
    missing = frame([(np.nan,) * 4] * 50)
    for one in strategies():
        if one.name != "opening_range":
            m = run(constant, one, costs=FREE).metrics
            assert m["total_return"] == pytest.approx(0.0, abs=1e-12)
            assert run(missing, one).metrics["total_return"] == 0.0


def test_bars_without_a_volume_column_will_do() -> None:
    assert run(DATA.drop(columns="volume"), "sma_cross").metrics["trades"] > 0


def test_warming_can_be_repeated() -> None:
    warm()
    warm()
    assert run(DATA, "sma_cross").metrics["trades"] > 0
