"""Bars are valid, add up across intervals, respect the calendar, and move the way markets move."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from core.market.calendars import calendar_of
from core.market.instruments import by_symbol, catalogue
from core.market.model import ActionKind, AssetClass, Interval, Kind
from core.market.sources.base import Request, ask

INTRADAY = [Interval.M1, Interval.M5, Interval.M15, Interval.M30, Interval.H1]
EVERY = sorted(each.symbol for each in catalogue())
BANKS = ("HDFCBANK.NS", "ICICIBANK.NS", "SBIN.NS", "AXISBANK.NS")
SOFTWARE = ("TCS.NS", "INFY.NS", "WIPRO.NS", "HCLTECH.NS")


def frame(market, symbol, interval=Interval.D1, start=None, end=None):
    return ask(market, Request(Kind.BARS, by_symbol(symbol), interval, start, end)).data.frame


def returns(market, symbol):
    return np.log(frame(market, symbol)["close"]).diff().dropna()


def added_up(bars, groups):
    return bars.groupby(groups).agg({"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"})


@pytest.mark.parametrize("symbol", EVERY)
def test_seventeen_years_are_finite_positive_and_of_sane_growth(market, symbol):
    bars = frame(market, symbol)
    assert list(bars.columns) == ["open", "high", "low", "close", "volume"]
    assert bars.index.name == "ts"
    assert str(bars.index.tz) == "UTC"
    assert bars.index.is_monotonic_increasing
    assert bars.index.is_unique
    assert bars.index[0] < pd.Timestamp("2010-01-06", tz="UTC")
    prices = bars[["open", "high", "low", "close"]].to_numpy()
    assert np.isfinite(prices).all()
    assert (prices > 0).all()
    assert (bars["high"] >= bars[["open", "close"]].max(axis=1)).all()
    assert (bars["low"] <= bars[["open", "close"]].min(axis=1)).all()
    volume = bars["volume"].to_numpy()
    assert np.isnan(volume).all() or (np.isfinite(volume).all() and (volume >= 1).all())
    crypto = by_symbol(symbol).asset_class is AssetClass.CRYPTO
    assert bars["close"].max() / bars["close"].min() < (1000 if crypto else 80)
    # A volatility index can rise by three quarters in a day; nothing else may come near.
    most = 0.75 if symbol in ("^INDIAVIX", "^VIX") else 0.35 if crypto else 0.25
    assert np.abs(np.diff(np.log(bars["close"]))).max() < most


@pytest.mark.parametrize("symbol", ["RELIANCE.NS", "AAPL", "BTC-USD", "^NSEI", "INR=X"])
def test_there_is_a_bar_for_every_session_and_none_beside(market, friday, symbol):
    instrument = by_symbol(symbol)
    days = [each.date() for each in frame(market, symbol).index.tz_convert(instrument.timezone)]
    sessions = calendar_of(instrument).sessions(date(2010, 1, 1), friday.date())
    assert days == [each for each in sessions if calendar_of(instrument).session_bounds(each)[0] < friday]


def test_weekends_and_holidays_have_no_bars(market):
    days = {each.date() for each in frame(market, "RELIANCE.NS").index.tz_convert("Asia/Kolkata")}
    assert date(2026, 1, 26) not in days
    assert date(2026, 11, 15) not in days
    assert date(2026, 11, 16) in days


@pytest.mark.parametrize("interval", INTRADAY)
@pytest.mark.parametrize("symbol", ["RELIANCE.NS", "AAPL", "BTC-USD", "^NSEI", "NIFTYBEES.NS", "INR=X"])
def test_the_bars_of_a_day_add_up_to_the_day(market, symbol, interval):
    instrument = by_symbol(symbol)
    start = datetime(2026, 3, 2, tzinfo=UTC) - timedelta(hours=6)
    bars = frame(market, symbol, interval, start, start + timedelta(days=12))
    local = bars.index.tz_convert(instrument.timezone)
    days = added_up(bars, local.date)
    daily = frame(market, symbol)
    daily.index = daily.index.tz_convert(instrument.timezone).date
    whole = days.iloc[1:-1]
    assert len(whole) >= 6
    expected = daily.loc[whole.index]
    for column in ("open", "high", "low", "close"):
        assert (whole[column] == expected[column]).all(), column
    if not np.isnan(expected["volume"]).all():
        assert (whole["volume"] == expected["volume"]).all()


@pytest.mark.parametrize("interval", INTRADAY[1:])
def test_longer_intraday_bars_begin_at_the_open_and_add_up_from_minutes(market, interval):
    start = datetime(2026, 11, 12, tzinfo=UTC)
    minutes = frame(market, "TCS.NS", Interval.M1, start, start + timedelta(days=1))
    bars = frame(market, "TCS.NS", interval, start, start + timedelta(days=1))
    assert bars.index[0] == minutes.index[0] == pd.Timestamp("2026-11-12 03:45", tz="UTC")
    assert len(minutes) == 375
    groups = (np.arange(375) * 60) // interval.seconds
    assert (added_up(minutes, groups).to_numpy() == bars.to_numpy()).all()


def test_new_york_trades_new_york_hours(market):
    start = datetime(2026, 7, 6, tzinfo=UTC)
    summer = frame(market, "AAPL", Interval.M1, start, start + timedelta(days=1))
    assert summer.index[0] == pd.Timestamp("2026-07-06 13:30", tz="UTC")
    assert len(summer) == 390
    winter = frame(market, "AAPL", Interval.M1, datetime(2026, 1, 6, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC))
    assert winter.index[0] == pd.Timestamp("2026-01-06 14:30", tz="UTC")


def test_coins_trade_on_sundays(market):
    sunday = datetime(2026, 11, 15, tzinfo=UTC)
    assert len(frame(market, "BTC-USD", Interval.M1, sunday, sunday + timedelta(days=1))) == 1440


@pytest.mark.parametrize("symbol", ["RELIANCE.NS", "^NSEI", "BTC-USD"])
@pytest.mark.parametrize(("interval", "unit"), [(Interval.W1, "W-SUN"), (Interval.MO1, "M")])
def test_weeks_and_months_add_up_from_days(market, symbol, interval, unit):
    zone = by_symbol(symbol).timezone
    daily = frame(market, symbol)
    longer = frame(market, symbol, interval)
    groups = daily.index.tz_convert(zone).tz_localize(None).to_period(unit)
    expected = added_up(daily, groups)
    assert (expected.to_numpy() == longer.to_numpy()).all()
    first = daily.index.to_series().groupby(groups).first()
    assert (first.to_numpy() == longer.index.to_numpy()).all()


def test_tails_are_fat_and_volatility_comes_in_clusters(market):
    stocks = [each.symbol for each in catalogue() if each.asset_class is AssetClass.STOCK][:60]
    series = [returns(market, symbol) for symbol in stocks]
    kurtosis = [float(each.kurt()) + 3.0 for each in series]
    assert min(kurtosis) > 3.0
    assert np.median(kurtosis) > 4.5
    clusters = [float((each**2).autocorr(1)) for each in series]
    assert np.median(clusters) > 0.06
    assert np.mean(np.array(clusters) > 0.0) > 0.95
    market_wide = returns(market, "^NSEI")
    assert (market_wide**2).autocorr(1) > 0.08
    assert abs(market_wide.autocorr(1)) < 0.06


def test_a_sector_moves_together_more_than_sectors_do(market):
    daily = pd.DataFrame({symbol: returns(market, symbol) for symbol in (*BANKS, *SOFTWARE)}).corr()
    within = [daily.loc[a, b] for group in (BANKS, SOFTWARE) for a, b in combinations(group, 2)]
    across = [daily.loc[a, b] for a, b in product(BANKS, SOFTWARE)]
    assert np.mean(within) > np.mean(across) + 0.05
    assert np.mean(across) > 0.15


def test_markets_share_a_little_and_coins_hardly_anything(market):
    series = {name: frame(market, name)["close"] for name in ("^NSEI", "^GSPC")}
    days = {name: each.set_axis(each.index.tz_convert(by_symbol(name).timezone).date) for name, each in series.items()}
    both = np.log(pd.DataFrame(days).dropna()).diff().dropna().corr().iloc[0, 1]
    assert 0.02 < both < 0.6


def test_volume_grows_on_excited_days(market):
    for symbol in ("TCS.NS", "AAPL", "SBIN.NS"):
        bars = frame(market, symbol)
        moves = np.log(bars["close"]).diff().abs()
        assert np.log(bars["volume"]).corr(moves) > 0.15


@pytest.mark.parametrize("index", ["^NSEI", "^NSEBANK", "^CNXIT", "^BSESN", "^GSPC"])
def test_an_index_returns_what_its_members_return(market, index):
    members = [each.symbol for each in ask(market, Request(Kind.MEMBERS, by_symbol(index))).data]
    value = sum(
        frame(market, symbol)["close"]
        * ask(market, Request(Kind.RATIOS, by_symbol(symbol))).data.values["shares_outstanding"]
        for symbol in members
    )
    theirs, own = value.pct_change().iloc[1:-1], frame(market, index)["close"].pct_change().iloc[1:-1]
    # The index is rounded to two decimals, which is all that may lie between.
    assert np.abs(theirs - own).max() < 0.011 / frame(market, index)["close"].min()


def test_an_index_and_the_fund_that_holds_it_agree_within_the_day(market):
    for index, fund in (("^NSEI", "NIFTYBEES.NS"), ("^NSEBANK", "BANKBEES.NS")):
        here = ask(market, Request(Kind.QUOTE, by_symbol(index))).data.change_percent
        there = ask(market, Request(Kind.QUOTE, by_symbol(fund))).data.change_percent
        assert here == pytest.approx(there, abs=0.2)


def test_the_index_is_near_its_members_while_they_trade(at):
    gaps = []
    for day in range(16, 21):
        market = at(datetime(2026, 11, day, 7, 0, tzinfo=UTC))
        quotes = [
            ask(market, Request(Kind.QUOTE, by_symbol(each.symbol))).data
            for each in ask(market, Request(Kind.MEMBERS, by_symbol("^NSEI"))).data
        ]
        now = sum(each.market_cap for each in quotes)
        before = sum(each.market_cap * each.previous_close / each.price for each in quotes)
        index = ask(market, Request(Kind.QUOTE, by_symbol("^NSEI"))).data.change_percent
        gaps.append(abs(index - 100.0 * (now / before - 1.0)))
    assert max(gaps) < 0.5


def test_a_dividend_leaves_the_price_on_its_ex_date(market):
    """Over many dividends the market's own moves cancel out and what remains is the cash."""
    drops, paid = [], []
    for symbol in ("COALINDIA.NS", "ONGC.NS", "ITC.NS", "BPCL.NS", "IOC.NS", "POWERGRID.NS", "NTPC.NS", "HCLTECH.NS"):
        bars = frame(market, symbol)
        days = bars.index.tz_convert("Asia/Kolkata").date
        for action in ask(market, Request(Kind.ACTIONS, by_symbol(symbol))).data:
            if action.kind is not ActionKind.DIVIDEND or action.ex_date not in days:
                continue
            assert action.declared_on < action.ex_date
            assert action.value > 0
            at = int(np.flatnonzero(days == action.ex_date)[0])
            before = bars["close"].iloc[at - 1]
            drops.append(1.0 - bars["open"].iloc[at] / before)
            paid.append(action.value / before)
    assert len(paid) > 80
    error = np.std(np.array(drops) - np.array(paid)) / np.sqrt(len(paid))
    assert np.mean(drops) == pytest.approx(np.mean(paid), abs=4 * error)
    assert np.mean(paid) > 4 * error


def test_splits_are_announced_and_already_in_the_prices(market):
    found = []
    for instrument in catalogue():
        if instrument.asset_class is AssetClass.STOCK:
            every = ask(market, Request(Kind.ACTIONS, instrument)).data
            found += [(instrument, each) for each in every if each.kind is ActionKind.SPLIT]
    assert len(found) > 20
    for instrument, split in found:
        assert split.value in (2.0, 3.0, 4.0, 5.0, 10.0)
        assert split.ex_date.year <= 2025
        bars = frame(market, instrument.symbol)
        days = bars.index.tz_convert(instrument.timezone).date
        at = int(np.flatnonzero(days == split.ex_date)[0])
        assert abs(np.log(bars["close"].iloc[at] / bars["close"].iloc[at - 1])) < 0.25 < np.log(2.0)


def test_bars_carry_the_actions_of_their_span(market):
    instrument = by_symbol("TCS.NS")
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)
    bars = ask(market, Request(Kind.BARS, instrument, Interval.D1, start, end)).data
    every = ask(market, Request(Kind.ACTIONS, instrument)).data
    assert bars.actions == tuple(each for each in every if date(2020, 1, 1) <= each.ex_date < date(2022, 1, 1))
    assert bars.actions


def test_results_move_the_price_more_than_other_days(market):
    ratio = []
    for symbol in ("TCS.NS", "INFY.NS", "MARUTI.NS", "AAPL", "CIPLA.NS"):
        instrument = by_symbol(symbol)
        moves = returns(market, symbol).abs()
        moves.index = moves.index.tz_convert(instrument.timezone).date
        events = ask(market, Request(Kind.EVENTS, instrument)).data
        days = [
            each.on for each in events if each.kind == "results" and each.actual is not None and each.on in moves.index
        ]
        assert len(days) > 60
        ratio.append(moves.loc[days].mean() / moves.mean())
    assert np.mean(ratio) > 1.4
