"""The fill contract, line by line, on bars small enough to be done by hand. Money is 1,000 unless said otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from core.backtest import FREE, Account, Costs, Fills, Run, Signals, Sizing, Stops, run
from core.backtest.costs import Fees
from core.market.model import Action, ActionKind
from tests.backtest.made import Bar, flat, frame, signals

THOUSAND = Account(capital=1000.0)


def done(bars: list[Bar], wanted: Signals, **rules: Any) -> Run:
    rules.setdefault("costs", FREE)
    rules.setdefault("account", THOUSAND)
    return run(frame(bars), wanted, **rules)


def fills(result: Run) -> list[tuple[str, int, float, int, float]]:
    """(reason, entry bar, entry price, exit bar, exit price) of each trade."""
    at = {time: bar for bar, time in enumerate(result.tape.index)}
    rows = result.trades.itertuples()
    return [
        (r.reason, at[r.entry_time], pytest.approx(r.entry_price), at[r.exit_time], pytest.approx(r.exit_price))
        for r in rows
    ]


QUIET: Bar = (100.0, 101.0, 99.0, 100.0)


# -- signals become orders at the next open ---------------------------------------------------------------------


def test_a_signal_at_a_close_is_done_at_the_next_open() -> None:
    bars = [QUIET, (102.0, 105.0, 101.0, 104.0), (106.0, 108.0, 105.0, 107.0), (109.0, 110.0, 108.0, 110.0)]
    result = done(bars, signals(4, enter_long=0, exit_long=2))
    assert fills(result) == [("signal", 1, 102.0, 3, 109.0)]
    shares = 1000.0 / 102.0
    assert result.equity.tolist() == pytest.approx([1000.0, shares * 104.0, shares * 107.0, shares * 109.0])
    assert result.label == "signals at a close, filled at the next open"


def test_a_signal_on_the_last_bar_waits_for_tomorrow() -> None:
    result = done(flat(100, 101, 102), signals(3, enter_long=2))
    assert len(result.trades) == 0
    assert result.pending == "buy"


def test_an_open_position_is_listed_at_the_last_close_without_a_sale() -> None:
    result = done(flat(100, 100, 110), signals(3, enter_long=0), costs=Costs(1.0, 0.0))
    (row,) = result.trades.to_dict("records")
    shares = 1000.0 / (100.0 * 1.01)
    assert row["reason"] == "open"
    assert row["quantity"] == pytest.approx(shares)
    assert row["pnl"] == pytest.approx(shares * 10.0 - shares * 1.0)
    assert result.metrics["trades"] == 0
    assert result.metrics["open_trades"] == 1


def test_fills_at_the_close_are_possible_and_labelled() -> None:
    bars = [QUIET, (102.0, 105.0, 101.0, 104.0), (106.0, 108.0, 105.0, 107.0)]
    result = done(bars, signals(3, enter_long=0, exit_long=2), fills=Fills(at="close"))
    assert fills(result) == [("signal", 0, 100.0, 2, 107.0)]
    assert "optimistic" in result.label
    assert any("which nobody can do" in one for one in result.warnings)


def test_reversal_closes_and_opens_at_one_open() -> None:
    bars = [QUIET, QUIET, (110.0, 111.0, 109.0, 110.0), (100.0, 100.0, 100.0, 100.0)]
    result = done(bars, signals(4, enter_long=0, enter_short=1))
    assert fills(result) == [("reversal", 1, 100.0, 2, 110.0), ("open", 2, 110.0, 3, 100.0)]
    assert result.equity.iloc[-1] == pytest.approx(1100.0 + 10.0 * 10.0)


def test_an_exit_beside_an_entry_is_an_exit_and_two_entries_are_none() -> None:
    assert len(done([QUIET] * 3, signals(3, enter_long=0, exit_long=0)).trades) == 0
    assert len(done([QUIET] * 3, signals(3, enter_long=0, enter_short=0)).trades) == 0


# -- stops and targets -------------------------------------------------------------------------------------------


def test_a_stop_is_done_at_its_price_worsened_by_slippage() -> None:
    bars = [QUIET, QUIET, (98.0, 99.0, 94.0, 97.0)]
    result = done(bars, signals(3, enter_long=0), stops=Stops(stop_percent=5.0), costs=Costs(0.0, 1.0))
    # bought at 101 (slippage), stop 5 % below at 95.95, sold 1 % worse
    assert fills(result) == [("stop", 1, 101.0, 2, 95.95 * 0.99)]


def test_costs_are_paid_on_stop_fills_too() -> None:
    bars = [QUIET, QUIET, (98.0, 99.0, 94.0, 97.0)]
    result = done(bars, signals(3, enter_long=0), stops=Stops(stop_percent=5.0), costs=Costs(1.0, 0.0))
    shares = 1000.0 / 101.0
    assert result.metrics["fees"] == pytest.approx(shares * 1.0 + shares * 0.95)
    assert result.equity.iloc[-1] == pytest.approx(shares * 95.0 * 0.99)


def test_a_gap_through_the_stop_is_done_at_the_open() -> None:
    bars = [QUIET, QUIET, (90.0, 96.0, 89.0, 95.0)]
    result = done(bars, signals(3, enter_long=0), stops=Stops(stop_percent=5.0))
    assert fills(result) == [("stop", 1, 100.0, 2, 90.0)]


def test_a_gap_through_the_target_is_done_at_the_better_open() -> None:
    bars = [QUIET, QUIET, (115.0, 116.0, 100.0, 101.0)]
    result = done(bars, signals(3, enter_long=0), stops=Stops(target_percent=10.0, stop_percent=5.0))
    assert fills(result) == [("target", 1, 100.0, 2, 115.0)]
    assert result.ambiguous == 0


def test_an_exit_by_signal_comes_before_the_stop_of_its_bar() -> None:
    bars = [QUIET, QUIET, (97.0, 98.0, 90.0, 91.0)]
    result = done(bars, signals(3, enter_long=0, exit_long=1), stops=Stops(stop_percent=5.0))
    assert fills(result) == [("signal", 1, 100.0, 2, 97.0)]


def test_a_stop_works_in_the_bar_of_the_entry() -> None:
    bars = [QUIET, (100.0, 101.0, 94.0, 99.0)]
    result = done(bars, signals(2, enter_long=0), stops=Stops(stop_percent=5.0))
    assert fills(result) == [("stop", 1, 100.0, 1, 95.0)]


def test_a_bar_that_touches_both_takes_the_stop_and_shows_the_better_beside_it() -> None:
    bars = [QUIET, QUIET, (100.0, 112.0, 94.0, 100.0)]
    result = done(bars, signals(3, enter_long=0), stops=Stops(stop_percent=5.0, target_percent=10.0))
    assert fills(result) == [("stop", 1, 100.0, 2, 95.0)]
    assert result.ambiguous == 1
    assert result.metrics["final_equity"] == pytest.approx(950.0)
    assert result.optimistic["final_equity"] == pytest.approx(1100.0)


def test_a_stop_nearer_than_the_slippage_is_done_where_the_price_is() -> None:
    # bought at 102 with slippage, stop 1 % below at 100.98: the bar opened at 100, already below it
    bars = [QUIET, (100.0, 101.0, 99.5, 100.5)]
    result = done(bars, signals(2, enter_long=0), stops=Stops(stop_percent=1.0), costs=Costs(0.0, 2.0))
    assert fills(result) == [("stop", 1, 102.0, 1, 98.0)]


def test_the_trailing_stop_does_not_know_the_high_of_its_own_bar() -> None:
    bars = [QUIET, (100.0, 120.0, 107.0, 119.0), (119.0, 119.0, 108.5, 110.0), (110.0, 111.0, 109.0, 110.0)]
    # 10 % below 100 in bar 1 (its 120 counts from bar 2 on: 108, untouched at 108.5), then the peak stays 120
    result = done([*bars, (108.2, 109.0, 107.0, 108.0)], signals(5, enter_long=0), stops=Stops(trail_percent=10.0))
    assert fills(result) == [("trailing", 1, 100.0, 4, 108.0)]


def test_the_nearer_of_two_stops_holds() -> None:
    bars = [QUIET, QUIET, (100.0, 100.0, 90.0, 95.0)]
    result = done(bars, signals(3, enter_long=0), stops=Stops(stop_percent=5.0, trail_percent=3.0))
    assert fills(result) == [("trailing", 1, 100.0, 2, 101.0 * 0.97)]


def test_partial_targets_sell_their_share_each_at_its_price() -> None:
    bars = [QUIET, QUIET, (100.0, 106.0, 100.0, 105.0), (105.0, 112.0, 104.0, 111.0)]
    result = done(bars, signals(4, enter_long=0), stops=Stops(targets=((5.0, 0.5), (10.0, 0.5))))
    assert fills(result) == [("target", 1, 100.0, 2, 105.0), ("target", 1, 100.0, 3, 110.0)]
    assert result.trades["quantity"].tolist() == pytest.approx([5.0, 5.0])
    assert result.trades["position"].tolist() == [1, 1]
    assert result.equity.iloc[-1] == pytest.approx(1075.0)


def test_both_targets_in_one_bar_and_the_rest_by_the_stop() -> None:
    bars = [QUIET, (100.0, 111.0, 100.0, 108.0), (108.0, 108.0, 94.0, 95.0)]
    result = done(bars, signals(3, enter_long=0), stops=Stops(stop_percent=5.0, targets=((5.0, 0.25), (10.0, 0.25))))
    assert fills(result) == [
        ("target", 1, 100.0, 1, 105.0),
        ("target", 1, 100.0, 1, 110.0),
        ("stop", 1, 100.0, 2, 95.0),
    ]
    assert result.trades["quantity"].tolist() == pytest.approx([2.5, 2.5, 5.0])


def test_targets_in_multiples_of_risk() -> None:
    bars = [QUIET, QUIET, (100.0, 110.5, 99.0, 105.0)]
    stops = Stops(stop_percent=5.0, targets=((2.0, 1.0),), target_unit="risk")
    assert fills(done(bars, signals(3, enter_long=0), stops=stops)) == [("target", 1, 100.0, 2, 110.0)]


def test_a_stop_in_atrs_uses_the_atr_of_the_signal() -> None:
    bars = [QUIET] * 3 + [(100.0, 100.0, 90.0, 91.0)]
    # every true range is 2, so the ATR of two bars is 2 at the signal; three of them below the entry is 94
    result = done(bars, signals(4, enter_long=2), stops=Stops(stop_atr=3.0, atr_length=2))
    assert fills(result) == [("stop", 3, 100.0, 3, 94.0)]


def test_time_is_counted_in_closes() -> None:
    bars = [QUIET] * 3 + [(103.0, 103.0, 103.0, 103.0)] * 2
    assert fills(done(bars, signals(5, enter_long=0), stops=Stops(max_bars=2))) == [("time", 1, 100.0, 3, 103.0)]


def test_after_a_stop_within_the_bar_its_close_may_order_again() -> None:
    bars = [QUIET, (100.0, 101.0, 94.0, 96.0), (97.0, 98.0, 96.0, 98.0)]
    result = done(bars, signals(3, enter_long=[0, 1]), stops=Stops(stop_percent=5.0))
    assert fills(result) == [("stop", 1, 100.0, 1, 95.0), ("open", 2, 97.0, 2, 98.0)]


# -- short -------------------------------------------------------------------------------------------------------


def test_short_is_the_mirror() -> None:
    bars = [QUIET, QUIET, (100.0, 106.0, 89.0, 100.0)]
    both = signals(3, enter_short=0)
    result = done(bars, both, stops=Stops(stop_percent=5.0, target_percent=10.0))
    assert fills(result) == [("stop", 1, 100.0, 2, 105.0)]
    assert result.optimistic["final_equity"] == pytest.approx(1100.0)
    trailing = done(
        [QUIET, (100.0, 100.0, 80.0, 81.0), (81.0, 89.0, 81.0, 85.0)], both, stops=Stops(trail_percent=10.0)
    )
    assert fills(trailing) == [("trailing", 1, 100.0, 2, 88.0)]


def test_borrowed_shares_cost_by_calendar_days() -> None:
    bars = flat(100.0, 100.0, 100.0)
    data = frame(bars)
    data.index = data.index[:2].append(data.index[1:2] + np.timedelta64(3, "D"))
    result = run(data, signals(3, enter_short=0), costs=FREE, account=replace(THOUSAND, borrow_percent=36.5))
    # 1,000 of value for three days at 0.1 % a day
    assert result.metrics["borrow_fees"] == pytest.approx(3.0)
    assert result.equity.iloc[-1] == pytest.approx(997.0)


def test_cash_earns_interest_but_what_secures_a_short_does_not() -> None:
    account = replace(THOUSAND, cash_percent=36.5)
    assert done(flat(100.0, 100.0, 100.0), signals(3, exit_long=0), account=account).equity.tolist() == pytest.approx(
        [1000.0, 1001.0, 1002.001]
    )
    short = done(flat(100.0, 100.0, 100.0), signals(3, enter_short=0), account=account)
    assert short.metrics["interest"] == pytest.approx(1.0)  # of the first night only


# -- orders that wait ---------------------------------------------------------------------------------------------


def test_a_limit_order_is_done_at_its_price_or_better_and_has_no_slippage() -> None:
    limit = Fills(entry="limit", limit_percent=2.0)
    costs = Costs(0.0, 1.0)
    touched = done([QUIET, (100.0, 101.0, 97.0, 99.0)], signals(2, enter_long=0), fills=limit, costs=costs)
    assert fills(touched) == [("open", 1, 98.0, 1, 99.0)]
    gap = done([QUIET, (95.0, 96.0, 94.0, 95.0)], signals(2, enter_long=0), fills=limit, costs=costs)
    assert fills(gap) == [("open", 1, 95.95, 1, 95.0)]
    missed = done([QUIET, (100.0, 101.0, 98.5, 99.0), (98.0, 98.0, 90.0, 97.0)], signals(3, enter_long=0), fills=limit)
    assert len(missed.trades) == 0
    assert missed.warnings == ("1 entry orders lapsed without being reached.",)


def test_a_limit_order_never_pays_more_than_its_limit() -> None:
    result = done(
        [QUIET, (97.9, 99.0, 97.0, 98.0)],
        signals(2, enter_long=0),
        fills=Fills(entry="limit", limit_percent=2.0),
        costs=Costs(0.0, 1.0),
    )
    assert fills(result) == [("open", 1, 98.0, 1, 98.0)]


def test_an_entry_waits_as_long_as_it_is_valid_and_ends_with_an_exit_signal() -> None:
    bars = [QUIET, QUIET, (100.0, 100.0, 97.0, 99.0)]
    waits = Fills(entry="limit", limit_percent=2.0, valid_bars=2)
    assert fills(done(bars, signals(3, enter_long=0), fills=waits)) == [("open", 2, 98.0, 2, 99.0)]
    assert len(done(bars, signals(3, enter_long=0, exit_long=1), fills=waits).trades) == 0


def test_a_stop_entry_is_done_at_its_trigger_or_at_a_worse_open() -> None:
    entry = Fills(entry="stop", trigger_percent=2.0)
    assert fills(done([QUIET, (101.0, 103.0, 100.0, 102.5)], signals(2, enter_long=0), fills=entry)) == [
        ("open", 1, 102.0, 1, 102.5)
    ]
    assert fills(done([QUIET, (104.0, 105.0, 103.0, 104.0)], signals(2, enter_long=0), fills=entry)) == [
        ("open", 1, 104.0, 1, 104.0)
    ]
    assert fills(done([QUIET, (99.0, 100.0, 97.5, 99.0)], signals(2, enter_short=0), fills=entry)) == [
        ("open", 1, 98.0, 1, 99.0)
    ]


def test_a_stop_limit_entry_waits_for_its_limit_once_set_off() -> None:
    entry = Fills(entry="stop_limit", trigger_percent=2.0, limit_percent=1.0)  # set off at 102, pays at most 103.02
    gapped = done([QUIET, (105.0, 106.0, 102.5, 104.0)], signals(2, enter_long=0), fills=entry)
    assert fills(gapped) == [("open", 1, pytest.approx(103.02), 1, 104.0)]
    away = done([QUIET, (105.0, 106.0, 104.0, 105.0), (104.0, 104.0, 103.0, 103.5)],
                signals(3, enter_long=0), fills=replace(entry, valid_bars=2))  # fmt: skip
    assert fills(away) == [("open", 2, pytest.approx(103.02), 2, 103.5)]


def test_a_stop_limit_beyond_its_limit_in_mid_bar_is_sure_only_by_the_close() -> None:
    limits, triggers = np.full(2, 101.0), np.full(2, 102.0)
    one = Signals.of([1, 0], limits=limits, triggers=triggers)
    assert len(done([QUIET, (100.0, 103.0, 99.0, 102.0)], one).trades) == 0
    assert fills(done([QUIET, (100.0, 103.0, 99.0, 100.5)], one)) == [("open", 1, 101.0, 1, 100.5)]


def test_in_the_bar_of_a_limit_entry_a_target_counts_only_when_the_close_proves_it() -> None:
    rules = {"fills": Fills(entry="limit", limit_percent=2.0), "stops": Stops(target_percent=3.0)}
    before = done([QUIET, (101.0, 103.0, 97.0, 99.0)], signals(2, enter_long=0), **rules)
    assert fills(before) == [("open", 1, 98.0, 1, 99.0)]
    assert before.ambiguous == 1
    assert before.optimistic["trades"] == 1
    after = done([QUIET, (101.0, 103.0, 97.0, 102.0)], signals(2, enter_long=0), **rules)
    assert fills(after) == [("target", 1, 98.0, 1, 98.0 * 1.03)]
    assert after.ambiguous == 0


def test_in_the_bar_of_a_stop_entry_the_stop_counts_even_if_the_low_may_have_come_first() -> None:
    rules = {"fills": Fills(entry="stop", trigger_percent=2.0), "stops": Stops(stop_percent=3.0)}
    result = done([QUIET, (100.0, 103.0, 98.0, 102.5)], signals(2, enter_long=0), **rules)
    assert fills(result) == [("stop", 1, 102.0, 1, 102.0 * 0.97)]
    assert result.ambiguous == 1
    assert result.optimistic["trades"] == 0


# -- size ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizing", "shares"),
    [
        (Sizing.all_in(), 10.0),
        (Sizing.all_in(50), 5.0),
        (Sizing.fixed_sum(300), 3.0),
        (Sizing.fraction(25), 2.5),
        (Sizing.quantity(7), 7.0),
        (Sizing.quantity(70), 10.0),  # no more than the money buys
        (Sizing.quantity(7.9, lot=1), 7.0),
        (Sizing.all_in(lot=3), 9.0),
        (Sizing.all_in(max_weight_percent=20), 2.0),
        (Sizing.atr_risk(1.0, 2.0, 2), 2.5),  # 10 at risk, ATR 2, two of them
        (Sizing.kelly(start_percent=40), 4.0),
    ],
)
def test_sizes(sizing: Sizing, shares: float) -> None:
    result = done([QUIET] * 5, signals(5, enter_long=3), sizing=sizing)
    assert result.position.iloc[-1] == pytest.approx(shares)


def test_volatility_target_divides_by_the_volatility_at_the_signal() -> None:
    closes = [100.0, 101.0] * 15
    result = done(flat(*closes), signals(30, enter_long=28), sizing=Sizing.volatility(5.0, length=20))
    logs = np.diff(np.log(closes[8:29]))
    weight = 0.05 / (logs.std(ddof=1) * np.sqrt(365))  # seven-day data
    assert result.position.iloc[-1] * 100.0 == pytest.approx(1000.0 * weight)


def test_kelly_learns_from_the_positions_closed() -> None:
    # Three positions: +10 %, -5 %, +10 %; then f = (2/3) / 0.05 - (1/3) / 0.10 = 10, halved and capped at 0.8.
    closes = [100.0, 100.0, 110.0, 100.0, 100.0, 95.0, 100.0, 100.0, 110.0, 100.0, 100.0, 100.0]
    wanted = signals(12, enter_long=[0, 3, 6, 9], exit_long=[1, 4, 7])
    data = [(c, c, c, c) for c in closes]
    result = done(data, wanted, sizing=Sizing.kelly(0.5, 0.8, trades=3, start_percent=50))
    assert result.trades["pnl"].tolist()[:3] == pytest.approx([50.0, -26.25, 51.1875])
    assert result.position.iloc[-1] * 100.0 == pytest.approx(0.8 * 1074.9375)


def test_adding_to_a_position_averages_its_price_and_moves_its_stop() -> None:
    bars = [QUIET, QUIET, (110.0, 110.0, 110.0, 110.0), (105.0, 105.0, 99.0, 100.0)]
    sizing = Sizing.fixed_sum(500, max_entries=2)
    result = done(bars, signals(4, enter_long=[0, 1, 2]), sizing=sizing, stops=Stops(stop_percent=5.0))
    first, second = 5.0, 500.0 / 110.0
    average = (first * 100 + second * 110) / (first + second)
    assert fills(result) == [("stop", 1, average, 3, average * 0.95)]
    assert result.trades["quantity"].iloc[0] == pytest.approx(first + second)


def test_an_order_to_add_ends_with_a_position_that_went_by_itself() -> None:
    bars = [QUIET, QUIET, (90.0, 92.0, 89.0, 91.0), (91.0, 92.0, 90.0, 91.0)]
    sizing = Sizing.fixed_sum(500, max_entries=2)
    result = done(bars, signals(4, enter_long=[0, 1]), sizing=sizing, stops=Stops(stop_percent=5.0))
    assert fills(result) == [("stop", 1, 100.0, 2, 90.0)]
    assert result.position.iloc[-1] == 0.0
    by_target = Stops(target_percent=5.0)
    risen = [QUIET, QUIET, (110.0, 111.0, 109.0, 110.0), QUIET]
    assert fills(done(risen, signals(4, enter_long=[0, 1]), sizing=sizing, stops=by_target)) == [
        ("target", 1, 100.0, 2, 110.0)
    ]


def test_too_little_money_for_a_lot_is_said() -> None:
    result = done([QUIET] * 3, signals(3, enter_long=0), sizing=Sizing.all_in(lot=25))
    assert len(result.trades) == 0
    assert "the money is less than one lot costs" in result.warnings[0]


def test_volume_limits_an_entry_and_its_share_moves_the_price() -> None:
    bars = frame([QUIET] * 2, volume=100.0)
    result = run(bars, signals(2, enter_long=0), costs=Costs(0.0, 0.0, volume_limit_percent=5.0), account=THOUSAND)
    assert result.position.iloc[-1] == pytest.approx(5.0)
    assert "cut to the allowed share" in result.warnings[0]
    moved = run(
        bars, signals(2, enter_long=0), costs=Costs(0.0, 0.0, impact=1.0), sizing=Sizing.quantity(5), account=THOUSAND
    )
    assert moved.trades["entry_price"].iloc[0] == pytest.approx(100.0 * (1 + 0.05**2))


def test_a_cool_down_lets_signals_after_a_loss_pass() -> None:
    bars = [QUIET, QUIET, (99.0, 99.0, 90.0, 91.0), *flat(91, 91, 91, 91)]
    wanted = signals(7, enter_long=[0, 2, 3, 4, 5])
    result = done(bars, wanted, stops=Stops(stop_percent=5.0), sizing=Sizing.all_in(cool_down=3))
    assert fills(result)[1][1] == 6  # lost in bar 2: the signals of bars 2 to 4 pass, that of bar 5 counts


def test_a_daily_loss_ends_trading_until_the_next_session() -> None:
    bars = [QUIET, (100.0, 100.0, 95.0, 96.0), (96.0, 97.0, 95.0, 96.0), (96.0, 97.0, 95.0, 96.0)]
    result = done(bars, signals(4, enter_long=[0, 1, 2]), sizing=Sizing.all_in(daily_loss_percent=3.0))
    assert fills(result) == [("daily_loss", 1, 100.0, 2, 96.0), ("open", 3, 96.0, 3, 96.0)]


# -- costs --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fees", "cost"),
    [
        (Fees(per_order=20), 20.0),
        (Fees(per_share=0.5), 2.5),
        (Fees(commission_percent=0.1, minimum=5), 5.0),
        (Fees(commission_percent=10, maximum=20, tax_percent=18), 23.6),
        (Fees(per_share=50, maximum_percent=1.0), 5.0),
        (Fees(buy_percent=0.1, sell_percent=5, per_sell=99), 0.5),
    ],
)
def test_fees_of_a_purchase_of_five_shares_at_100(fees: Fees, cost: float) -> None:
    costs = Costs(0.0, 0.0, schedule=(fees,))
    result = done([QUIET] * 2, signals(2, enter_long=0), sizing=Sizing.quantity(5), costs=costs)
    assert result.metrics["fees"] == pytest.approx(cost)
    assert result.equity.iloc[-1] == pytest.approx(1000.0 - cost)


def test_all_in_leaves_no_debt_whatever_the_fee() -> None:
    for fees in (Fees(minimum=30), Fees(commission_percent=5, maximum=7), Fees(per_share=3, maximum_percent=0.5)):
        result = done([QUIET] * 3, signals(3, enter_long=0, exit_long=1), costs=Costs(0.0, 0.0, schedule=(fees,)))
        bought = result.trades["quantity"].iloc[0] * 100.0
        assert bought + result.metrics["fees"] / 2 == pytest.approx(1000.0)


def test_fees_change_with_their_day() -> None:
    schedule = (Fees(per_order=1.0), Fees(per_order=10.0, since=date(2024, 1, 3)))
    result = done([QUIET] * 4, signals(4, enter_long=0, exit_long=2), costs=Costs(0.0, 0.0, schedule=schedule))
    assert result.metrics["fees"] == pytest.approx(11.0)


# -- leverage, margin, actions, the end -----------------------------------------------------------------------------


def test_leverage_buys_more_and_is_closed_where_equity_is_too_small_for_the_position() -> None:
    account = Account(capital=1000.0, leverage=2.0, maintenance_percent=25.0)
    bars = [QUIET, QUIET, (90.0, 91.0, 60.0, 70.0)]
    result = done(bars, signals(3, enter_long=0), account=account)
    # 20 shares, 1,000 of debt: 20 p - 1,000 = 0.25 * 20 p at 66.67
    assert fills(result) == [("margin", 1, 100.0, 2, 1000.0 / 15.0)]
    assert result.equity.iloc[-1] == pytest.approx(20 * 1000.0 / 15.0 - 1000.0)


def test_debt_costs_interest() -> None:
    account = Account(capital=1000.0, leverage=2.0, debit_percent=36.5)
    assert done([QUIET] * 3, signals(3, enter_long=0), account=account).equity.iloc[-1] == pytest.approx(999.0)


def test_a_gap_beyond_all_margin_ruins_the_account_and_ends_it() -> None:
    account = Account(capital=1000.0, leverage=2.0)
    bars = [QUIET, QUIET, (40.0, 40.0, 40.0, 40.0), *flat(40, 50)]
    result = done(bars, signals(5, enter_long=[0, 2, 3]), account=account)
    assert fills(result) == [("margin", 1, 100.0, 2, 40.0)]
    assert result.equity.tolist() == pytest.approx([1000.0, 1000.0, -200.0, -200.0, -200.0])
    assert "ruined" in result.warnings[-1]


def test_dividends_are_paid_to_a_holder_and_by_a_short_seller() -> None:
    paid = (Action(ActionKind.DIVIDEND, date(2024, 1, 3), 2.0),)
    long = done([QUIET] * 4, signals(4, enter_long=0), actions=paid)
    assert long.metrics["dividends"] == pytest.approx(20.0)
    assert long.equity.tolist() == pytest.approx([1000.0, 1000.0, 1020.0, 1020.0])
    assert done([QUIET] * 4, signals(4, enter_short=0), actions=paid).metrics["dividends"] == pytest.approx(-20.0)
    bought_that_day = done([QUIET] * 4, signals(4, enter_long=1), actions=paid)
    assert bought_that_day.metrics["dividends"] == 0.0


def test_a_dividend_of_a_day_without_a_bar_is_paid_at_the_next() -> None:
    data = frame([QUIET] * 4).drop(frame([QUIET] * 4).index[2])
    paid = (Action(ActionKind.DIVIDEND, date(2024, 1, 3), 2.0),)
    result = run(data, signals(3, enter_long=0), costs=FREE, account=THOUSAND, actions=paid)
    assert result.equity.tolist() == pytest.approx([1000.0, 1000.0, 1020.0])


def test_a_split_of_as_traded_prices_changes_shares_and_levels_not_money() -> None:
    bars = [QUIET, QUIET, (50.0, 50.5, 49.5, 50.0), (50.0, 50.0, 46.0, 47.0)]
    split = (Action(ActionKind.SPLIT, date(2024, 1, 3), 2.0),)
    result = done(bars, signals(4, enter_long=0), actions=split, as_traded=True, stops=Stops(stop_percent=5.0))
    assert result.equity.tolist() == pytest.approx([1000.0, 1000.0, 1000.0, 950.0])
    assert fills(result) == [("stop", 1, 50.0, 3, 47.5)]
    adjusted = done(flat(100, 100, 100), signals(3, enter_long=0), actions=split)
    assert adjusted.equity.tolist() == pytest.approx([1000.0] * 3)


def test_a_delisted_instrument_is_sold_at_its_last_close() -> None:
    result = done(flat(100, 100, 30), signals(3, enter_long=0), account=replace(THOUSAND, delisted=True))
    assert fills(result) == [("delisted", 1, 100.0, 2, 30.0)]
    assert result.metrics["open_trades"] == 0


def test_square_off_sells_at_the_close_of_each_session_and_takes_no_order_over_night() -> None:
    data = frame(flat(*[100.0 + k for k in range(8)]), freq="6h")
    account = replace(THOUSAND, square_off=True)
    result = run(data, signals(8, enter_long=[0, 3, 5]), costs=FREE, account=account)
    # bars 0 to 3 are the first day, 4 to 7 the second; the signal of bar 3 is the last of its day
    assert fills(result) == [("session_end", 1, 100.0, 3, 103.0), ("session_end", 6, 105.0, 7, 107.0)]


# -- bars that are none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, 0.0, -5.0, np.inf])
def test_a_bar_without_a_price_does_not_exist_and_orders_wait(bad: float) -> None:
    bars = [QUIET, (100.0, 101.0, bad, 100.0), (103.0, 104.0, 102.0, 104.0)]
    result = done(bars, signals(3, enter_long=0))
    assert fills(result) == [("open", 2, 103.0, 2, 104.0)]
    assert result.equity.iloc[1] == 1000.0
    assert result.warnings[0] == "1 bars have no usable price; nothing was done on them."


def test_a_high_below_the_close_is_widened() -> None:
    bars = [QUIET, QUIET, (100.0, 101.0, 99.0, 112.0)]  # the close says that 110 was traded
    result = done(bars, signals(3, enter_long=0), stops=Stops(target_percent=10.0))
    assert fills(result) == [("target", 1, 100.0, 2, 110.0)]
