"""Support and resistance, liquidation estimates, volume profile."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest

from core.indicators import (
    BadBars,
    BadParameter,
    levels,
    liquidation_price,
    liquidation_zones,
    volume_profile,
)
from tests.indicators.made import frame, from_close, path, walk

RANGE = path((0, 100), (10, 110), (20, 100), (30, 110), (40, 100), (50, 110), (60, 100), (66, 106))


def test_a_trading_range_has_its_two_edges() -> None:
    bars = from_close(RANGE, spread=0.2)
    found = levels(bars)
    # The lower edge was touched last, so it weighs more.
    assert [(level.kind, level.touches) for level in found] == [("support", 3), ("resistance", 3)]
    bottom, top = found
    assert top.price == pytest.approx(110.2)
    assert bottom.price == pytest.approx(99.8)
    assert top.low <= top.price <= top.high
    assert (top.first_touch, top.last_touch) == (bars.index[10], bars.index[50])
    assert not top.flipped


def test_strength_follows_the_stated_formula() -> None:
    bars = from_close(RANGE, spread=0.2)
    top = next(level for level in levels(bars, lookback=40) if level.kind == "resistance")
    weight = sum(0.5 ** ((66 - row) / 20) for row in (30, 50))
    assert top.strength == pytest.approx(100 * (1 - math.exp(-weight / 4)))
    busy = bars.copy()
    busy.loc[busy.index[50], "volume"] = 2500.0
    weight = 0.5 ** (36 / 20) + 2.5 * 0.5 ** (16 / 20)
    top = next(level for level in levels(busy, lookback=40) if level.kind == "resistance")
    assert top.strength == pytest.approx(100 * (1 - math.exp(-weight / 4)))
    assert top.volume_share == pytest.approx(1.75)


def test_a_broken_resistance_is_support_that_has_flipped() -> None:
    closes = path((0, 100), (10, 110), (20, 103), (30, 118), (40, 110), (50, 120))
    flipped = [level for level in levels(from_close(closes, spread=0.1), width=1.0) if level.touches == 2]
    assert [(level.kind, level.flipped) for level in flipped] == [("support", True)]


def test_volume_may_be_missing_or_zero() -> None:
    bars = from_close(RANGE, spread=0.2)
    plain = [(level.kind, level.price) for level in levels(bars)]
    assert [(level.kind, level.price) for level in levels(bars.drop(columns="volume"))] == plain
    assert [(level.kind, level.price) for level in levels(bars.assign(volume=0.0))] == plain


def test_as_of_takes_in_the_whole_day() -> None:
    bars = walk(400, freq="h")
    day = bars.index[-1].date() - dt.timedelta(days=3)
    cut = bars[bars.index < pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)]
    assert levels(bars, as_of=day) == levels(bars, as_of=day.isoformat()) == levels(cut)
    moment = cut.index[-5]
    assert levels(bars, as_of=moment) == levels(cut.iloc[:-4])
    assert levels(bars, as_of=moment.tz_convert("Asia/Kolkata")) == levels(cut.iloc[:-4])
    assert levels(bars.tz_localize(None), as_of=moment)[0].price == levels(cut.iloc[:-4])[0].price
    assert levels(bars, as_of="2001-01-01") == []


@pytest.mark.parametrize("given", ["soon", "NaT", object()])
def test_a_bad_day_is_named(given: object) -> None:
    with pytest.raises(BadParameter, match="as_of"):
        levels(walk(60), as_of=given)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"reach": 0}, {"lookback": 1}, {"width": 99}, {"limit": 0}])
def test_ranges_are_checked(given: dict[str, int]) -> None:
    with pytest.raises(BadParameter, match=next(iter(given))):
        levels(walk(60), **given)  # type: ignore[arg-type]


def test_a_frozen_price_has_no_levels() -> None:
    assert levels(from_close([100.0] * 100)) == []


def test_liquidation_price_is_where_the_margin_is_down_to_maintenance() -> None:
    for side, sign in (("long", 1), ("short", -1)):
        price = liquidation_price(100.0, 10, side, 0.005)  # type: ignore[arg-type]
        margin = 100.0 / 10 + sign * (price - 100.0)
        assert margin == pytest.approx(0.005 * price)


def test_liquidation_zones_of_one_cluster() -> None:
    bars = frame([100] * 4, [101] * 4, [99] * 4, [100] * 4, [10, 10, 10, 10])
    zones = liquidation_zones(bars, (5, 10), maintenance=0.0)
    prices = {(zone.side, zone.leverage): zone.price for zone in zones}
    assert prices == pytest.approx({("long", 5): 80, ("long", 10): 90, ("short", 5): 120, ("short", 10): 110})
    assert sum(zone.share for zone in zones) == pytest.approx(1)
    assert all(zone.low <= zone.price <= zone.high for zone in zones)
    assert all(zone.intensity == pytest.approx(100) for zone in zones)
    assert all(zone.entry == pytest.approx(100) for zone in zones)


def test_positions_already_reached_are_gone_and_old_volume_fades() -> None:
    bars = frame([100, 100], [101, 101], [99, 85], [100, 100], [10, 10])
    zones = liquidation_zones(bars, (10,), maintenance=0.0, half_life=1.0)
    longs = [zone for zone in zones if zone.side == "long"]
    # The first bar's longs (liquidated at 90) met the low of 85; the second bar's typical price was 95 1/3.
    assert [zone.price for zone in longs] == pytest.approx([(101 + 85 + 100) / 3 * 0.9])
    shorts = {round(zone.entry): zone.share for zone in zones if zone.side == "short"}
    assert shorts[95] == pytest.approx(2 * shorts[100])


def test_liquidation_needs_volume_and_sane_leverage() -> None:
    bars = walk(50)
    assert liquidation_zones(bars.assign(volume=0.0)) == []
    assert liquidation_zones(bars.iloc[:0]) == []
    for bad in ((1,), (0.5,), (500,), (float("nan"),)):
        with pytest.raises(BadParameter, match="leverages"):
            liquidation_zones(bars, bad)
    with pytest.raises(BadParameter, match="maintenance"):
        liquidation_zones(bars, maintenance=0.7)
    with pytest.raises(BadParameter, match="half_life"):
        liquidation_zones(bars, half_life=0)


def test_volume_profile_spreads_a_bar_over_its_range() -> None:
    bars = frame([0, 2], [4, 3], [0, 2], [4, 2], [400, 100])
    profile = volume_profile(bars, bins=4)
    np.testing.assert_allclose(profile.edges, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(profile.volume, [100, 100, 200, 100])
    np.testing.assert_allclose(profile.middles, [0.5, 1.5, 2.5, 3.5])
    assert profile.poc == 2.5
    # 200 of 500, and 100 more above: 300; the 350 wanted take one more, above again is not there, so below.
    assert (profile.value_low, profile.value_high) == (1, 4)


def test_volume_profile_keeps_all_volume() -> None:
    bars = walk(300)
    profile = volume_profile(bars, bins=37)
    assert profile.volume.sum() == pytest.approx(bars["volume"].sum())
    inside = profile.volume[(profile.middles > profile.value_low) & (profile.middles < profile.value_high)].sum()
    assert 0.70 <= inside / profile.volume.sum() < 0.80
    assert profile.value_low <= profile.poc <= profile.value_high
    assert profile.weighted_by == "volume"


def test_volume_profile_of_an_index_counts_time_and_of_one_price_has_one_bin() -> None:
    bars = walk(50).assign(volume=0.0)
    profile = volume_profile(bars)
    assert profile.weighted_by == "time"
    assert profile.volume.sum() == pytest.approx(50)
    still = volume_profile(from_close([100.0] * 10, 5.0), bins=10)
    assert still.volume.sum() == pytest.approx(50)
    assert still.poc == pytest.approx(100, rel=1e-3)


def test_volume_profile_refuses_what_it_cannot_use() -> None:
    with pytest.raises(BadBars, match="at least one bar"):
        volume_profile(walk(5).iloc[:0])
    with pytest.raises(BadParameter, match="bins"):
        volume_profile(walk(5), bins=1)
    with pytest.raises(BadParameter, match="value_area"):
        volume_profile(walk(5), value_area=1.0)
