"""Every class of fault, put into a clean series at a random place, is found; what can be proved is put right."""

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.calendars import calendar
from core.market.model import Action, ActionKind, Finding, Treatment
from core.market.quality import Inspection, inspect
from tests.market.quality.series import APPLE, LONDON, RELIANCE, clean, with_dividends

INDIA = "Asia/Kolkata"
PRICES = ["open", "high", "low", "close"]
seeds = st.integers(0, 5000)
places = st.integers(12, 130)
fast = settings(max_examples=25, deadline=None)


def look(frame: pd.DataFrame, actions: list[Action] | None = None) -> Inspection:
    result = inspect(frame, instrument=RELIANCE, interval="1d", actions=actions or [], source="yahoo")
    again = inspect(result.frame, instrument=RELIANCE, interval="1d", actions=result.actions, source="yahoo")
    assert [one for one in again.findings if one.treatment in (Treatment.REPAIRED, Treatment.REJECTED)] == []
    return result


def found(result: Inspection, kind: str, treatment: Treatment) -> list[Finding]:
    return [finding for finding in result.findings if finding.kind == kind and finding.treatment is treatment]


def restored(result: Inspection, truth: pd.DataFrame, rtol: float = 1e-9) -> None:
    pd.testing.assert_index_equal(result.frame.index, truth.index, exact=False)
    np.testing.assert_allclose(result.frame[PRICES], truth[PRICES], rtol=rtol)


@fast
@given(seeds, places)
def test_duplicates_and_order(seed: int, place: int) -> None:
    truth = clean(seed, 150)
    partial = truth.iloc[[place]].assign(close=truth["open"].iloc[place], volume=1.0)
    shuffled = pd.concat([truth, truth.iloc[[place - 5]], partial]).sample(frac=1, random_state=seed)
    result = look(shuffled)
    restored(result, truth)
    assert len(found(result, "duplicate", Treatment.REJECTED)) == 2
    assert result.rejected == 2
    assert len(found(result, "unsorted", Treatment.REPAIRED)) == 1


@fast
@given(
    seeds,
    st.sampled_from([date(2021, 3, 29), date(2021, 5, 13), date(2021, 7, 21), date(2021, 8, 19)]),
    st.sampled_from([1.0, 4.4, 0.08]),
)
def test_holiday_bars_are_set_aside(seed: int, holiday: date, factor: float) -> None:
    truth = clean(seed, 200)
    stamp = pd.Timestamp(holiday, tz=INDIA).tz_convert("UTC")
    before = truth["close"].loc[:stamp].iloc[-1] * factor
    phantom = pd.DataFrame(
        {column: [before] for column in PRICES} | {"volume": [0.0]}, index=pd.DatetimeIndex([stamp], name="ts")
    )
    result = look(pd.concat([truth, phantom]).sort_index())
    restored(result, truth)
    assert found(result, "holiday_bar", Treatment.REJECTED)[0].start == stamp.to_pydatetime()
    assert bool(found(result, "spike", Treatment.REJECTED)) == (factor != 1.0)


@fast
@given(seeds, st.floats(0.9, 1.1))
def test_a_holiday_bar_that_traded_is_never_dropped(seed: int, move: float) -> None:
    truth = clean(seed, 200)
    stamp = pd.Timestamp(2021, 5, 13, tz=INDIA).tz_convert("UTC")
    price = truth["close"].loc[:stamp].iloc[-1] * move
    traded = pd.DataFrame(
        {column: [price] for column in PRICES} | {"volume": [7.0]}, index=pd.DatetimeIndex([stamp], name="ts")
    )
    result = look(pd.concat([truth, traded]).sort_index())
    assert stamp in result.frame.index
    assert len(found(result, "holiday_bar", Treatment.KEPT)) == 1
    assert result.rejected == 0


def test_a_series_of_another_market_is_not_held_to_the_calendar() -> None:
    # A London history dropped as a file of an unknown name is taken for an Indian one.
    truth = clean(3, 250, instrument=LONDON)
    truth.iloc[::9, :3] = truth[["close"]].iloc[::9].to_numpy()
    truth.iloc[::9, 4] = 0.0
    local = truth.index.tz_convert("Europe/London").tz_localize(None)
    result = look(truth.set_axis(local.tz_localize(INDIA).tz_convert("UTC").rename("ts")))
    assert result.rejected == 0
    assert {finding.kind for finding in result.findings} == {"holiday_bar"}


@fast
@given(seeds, places, st.sampled_from([2.0, 5.0, 10.0, 0.5, 0.2, 0.1]), st.integers(1, 8))
def test_unadjusted_bars_that_come_back(seed: int, place: int, factor: float, width: int) -> None:
    truth = clean(seed, 150, sigma=0.008)
    bad = truth.copy()
    bad.iloc[place : place + width, :4] *= factor
    result = look(bad)
    restored(result, truth)
    repaired = found(result, "spike", Treatment.REPAIRED)
    assert sum(finding.count for finding in repaired) == width


@fast
@given(seeds, places)
def test_a_spike_nothing_explains_is_flagged(seed: int, place: int) -> None:
    bad = clean(seed, 150, sigma=0.008)
    bad.iloc[place, :4] *= 1.78
    result = look(bad)
    assert len(found(result, "spike", Treatment.FLAGGED)) == 1
    np.testing.assert_allclose(result.frame["close"], bad["close"])


@fast
@given(seeds, places, st.sampled_from([100.0, 0.01]), st.sampled_from(["bar", "start", "middle"]))
def test_hundredfold_units(seed: int, place: int, factor: float, where: str) -> None:
    truth = clean(seed, 150)
    rows = {"bar": slice(place, place + 1), "start": slice(0, place), "middle": slice(place, place + 15)}[where]
    bad = truth.copy()
    bad.iloc[rows, :4] *= factor
    result = look(bad)
    restored(result, truth)
    np.testing.assert_allclose(result.frame["volume"], truth["volume"])
    assert found(result, "unit_error", Treatment.REPAIRED)


@fast
@given(seeds, places, st.sampled_from(PRICES), st.sampled_from([100.0, 0.01, 10.0]))
def test_one_stray_price(seed: int, place: int, column: str, factor: float) -> None:
    truth = clean(seed, 150)
    bad = truth.copy()
    bad.iloc[place, bad.columns.get_loc(column)] *= factor
    result = look(bad)
    restored(result, truth)
    assert found(result, "unit_error", Treatment.REPAIRED)[0].column == column


@fast
@given(seeds, places, st.sampled_from([2.0, 5.0, 10.0, 0.1, 1.5]), st.integers(-10, 10))
def test_late_and_missing_splits(seed: int, place: int, ratio: float, delay: int) -> None:
    truth = clean(seed, 150, sigma=0.008)
    bad = truth.copy()
    edge = place + delay
    bad.iloc[:edge, :4] *= ratio
    bad.iloc[:edge, 4] /= ratio
    split = Action(ActionKind.SPLIT, truth.index[place].tz_convert(INDIA).date(), ratio)
    result = look(bad, [split])
    restored(result, truth)
    if edge > 3:  # of so few bars the volume alone decides whether it was left out too, and it scatters more than 1.5x
        np.testing.assert_allclose(result.frame["volume"], truth["volume"])
    assert result.actions == (split,)


def test_a_lasting_halving_without_a_split_is_flagged_not_changed() -> None:
    bad = clean(1, 150, sigma=0.008)
    bad.iloc[80:, :4] *= 0.5
    result = look(bad)
    assert [finding.start for finding in found(result, "missing_split", Treatment.FLAGGED)] == [
        bad.index[80].to_pydatetime()
    ]
    np.testing.assert_array_equal(result.frame["close"], bad["close"])


@fast
@given(seeds, places, st.integers(5, 15))
def test_frozen_prices_are_flagged(seed: int, place: int, width: int) -> None:
    bad = clean(seed, 150)
    bad.iloc[place : place + width, :4] = bad["close"].iloc[place - 1]
    bad.iloc[place : place + width, 4] = 0.0
    result = look(bad)
    assert [finding.count for finding in found(result, "frozen", Treatment.FLAGGED)] == [width]
    np.testing.assert_array_equal(result.frame["close"], bad["close"])


@fast
@given(seeds, places)
def test_negative_prices(seed: int, place: int) -> None:
    truth = clean(seed, 150)
    bad = truth.copy()
    bad.iloc[place, :4] *= -1
    result = look(bad)
    restored(result, truth)
    assert len(found(result, "negative_price", Treatment.REPAIRED)) == 1
    bad.iloc[place, :4] = -5000.0
    result = look(bad)
    assert len(found(result, "negative_price", Treatment.REJECTED)) == 1
    assert bad.index[place] not in result.frame.index


@fast
@given(seeds, places)
def test_high_and_low_that_cannot_be(seed: int, place: int) -> None:
    bad = clean(seed, 150)
    top = bad[["open", "close"]].iloc[place].max()
    bottom = bad[["open", "close"]].iloc[place].min()
    bad.iloc[place, bad.columns.get_loc("high")] = bottom * 0.99
    bad.iloc[place, bad.columns.get_loc("low")] = bottom * 0.98
    result = look(bad)
    finding = found(result, "bad_ohlc", Treatment.REPAIRED)[0]
    assert finding.column == "high"
    assert result.frame["high"].iloc[place] == finding.after == top
    assert result.frame["close"].iloc[place] == bad["close"].iloc[place]
    swapped = clean(seed, 150)
    truth = swapped.copy()
    swapped.iloc[place, [1, 2]] = swapped.iloc[place, [2, 1]].to_numpy()
    restored(look(swapped), truth)


@fast
@given(seeds, st.sets(st.integers(5, 140), min_size=1, max_size=5))
def test_missing_sessions_are_reported_not_invented(seed: int, gone: set[int]) -> None:
    truth = clean(seed, 150)
    bad = truth.drop(index=truth.index[sorted(gone)])
    result = look(bad)
    missing = found(result, "missing_session", Treatment.FLAGGED)
    assert sum(finding.count for finding in missing) == len(gone)
    assert min(finding.start for finding in missing if finding.start) == truth.index[min(gone)].to_pydatetime()
    restored(result, bad)


@pytest.mark.parametrize("shift", [-1, 1])
def test_bars_a_day_off(shift: int) -> None:
    truth = clean(2, 150)
    bad = truth.set_axis(
        (truth.index.tz_convert(INDIA).tz_localize(None) + timedelta(days=shift)).tz_localize(INDIA).tz_convert("UTC")
    )
    result = look(bad)
    restored(result, truth)
    assert found(result, "timezone", Treatment.REPAIRED)[0].count == 150


@pytest.mark.parametrize("instrument", [RELIANCE, APPLE, LONDON])
@pytest.mark.parametrize("stamp", ["midnight UTC", "the close"])
def test_daily_bars_not_stamped_at_the_sessions_midnight(instrument: object, stamp: str) -> None:
    truth = clean(2, 150, instrument=instrument)
    local = truth.index.tz_convert(instrument.timezone).tz_localize(None)
    bad = truth.set_axis(
        local.tz_localize("UTC")
        if stamp == "midnight UTC"
        else (local + timedelta(hours=15, minutes=30)).tz_localize(instrument.timezone).tz_convert("UTC")
    )
    result = inspect(bad, instrument=instrument, interval="1d", source="yahoo")
    restored(result, truth)
    moved = [finding for finding in result.findings if finding.kind == "timezone"]
    assert sum(finding.count for finding in moved) == (bad.index != truth.index).sum()


# Dividends: the fault is put into the dividend, into the adjusted close, or into both.


def paying(seed: int) -> tuple[pd.DataFrame, list[Action]]:
    frame = clean(seed, 150, sigma=0.008)
    return with_dividends(frame, [30, 75, 120], [12.0, 14.0, 15.0])


def rescaled(actions: list[Action], factor: float, which: slice = slice(None)) -> list[Action]:
    chosen = set(range(len(actions))[which])
    return [
        Action(one.kind, one.ex_date, one.value * (factor if place in chosen else 1.0))
        for place, one in enumerate(actions)
    ]


def adjusted_by(frame: pd.DataFrame, rows: list[int], cash: list[float]) -> pd.DataFrame:
    out = frame.copy()
    share = np.ones(len(out))
    for row, amount in zip(rows, cash, strict=True):
        share[:row] *= 1 - amount / out["close"].iloc[row - 1]
    out["adj_close"] = out["close"] * share
    return out


DIVIDEND_FAULTS: dict[str, Callable[[pd.DataFrame, list[Action]], tuple[pd.DataFrame, list[Action]]]] = {
    "noted a hundred times too large": lambda frame, actions: (frame, rescaled(actions, 100.0)),
    "adjusted by a hundredth": lambda frame, actions: (adjusted_by(frame, [30, 75, 120], [0.12, 0.14, 0.15]), actions),
    "one not adjusted for": lambda frame, actions: (adjusted_by(frame, [30, 120], [12.0, 15.0]), actions),
    "none adjusted for": lambda frame, actions: (frame.assign(adj_close=frame["close"]), actions),
}


@pytest.mark.parametrize("fault", DIVIDEND_FAULTS, ids=list(DIVIDEND_FAULTS))
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_dividend_faults(fault: str, seed: int) -> None:
    truth, actions = paying(seed)
    bad, noted = DIVIDEND_FAULTS[fault](truth, actions)
    result = look(bad, noted)
    np.testing.assert_allclose(result.frame["adj_close"], truth["adj_close"], rtol=1e-6)
    np.testing.assert_allclose([one.value for one in result.actions], [one.value for one in actions], rtol=1e-9)
    assert found(result, "dividend_error", Treatment.REPAIRED)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_a_dividend_too_large_in_note_and_adjustment(seed: int) -> None:
    frame = clean(seed, 150, sigma=0.008)
    truth, actions = with_dividends(frame, [75], [1.4])
    bad = adjusted_by(truth, [75], [140.0])
    result = look(bad, rescaled(actions, 100.0))
    np.testing.assert_allclose(result.frame["adj_close"], truth["adj_close"], rtol=1e-6)
    assert result.actions[0].value == pytest.approx(1.4)


@settings(max_examples=10, deadline=None)
@given(seeds)
def test_a_dividend_noted_twice(seed: int) -> None:
    frame = clean(seed, 150, sigma=0.006)
    cash = round(0.08 * float(frame["close"].iloc[74]), 2)  # five times what the price may do by itself in two days
    truth, actions = with_dividends(frame, [75], [cash])
    twin = Action(ActionKind.DIVIDEND, truth.index[77].tz_convert(INDIA).date(), 1.04 * cash)
    bad = adjusted_by(truth, [75, 77], [cash, 1.04 * cash])
    result = look(bad, [*actions, twin])
    assert result.actions == tuple(actions)
    np.testing.assert_allclose(result.frame["adj_close"], truth["adj_close"], rtol=1e-6)


QUARTERS = list(range(10, 250, 20))


@pytest.mark.parametrize("seed", range(5))
def test_dividends_a_hundred_times_too_small_in_note_and_adjustment(seed: int) -> None:
    frame = clean(seed, 260, sigma=0.008)
    truth, actions = with_dividends(frame, QUARTERS, [6.0] * len(QUARTERS))
    bad = adjusted_by(truth, QUARTERS, [0.06] * len(QUARTERS))
    result = look(bad, rescaled(actions, 0.01))
    np.testing.assert_allclose([one.value for one in result.actions], 6.0)
    np.testing.assert_allclose(result.frame["adj_close"], truth["adj_close"], rtol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_a_company_which_pays_little_is_left_alone(seed: int) -> None:
    frame = clean(seed, 260, sigma=0.02)
    truth, actions = with_dividends(frame, QUARTERS, [0.04] * len(QUARTERS))
    result = look(truth, actions)
    assert result.actions == tuple(actions)
    np.testing.assert_array_equal(result.frame["adj_close"], truth["adj_close"])


def test_a_dividend_not_adjusted_for_the_split_of_its_day() -> None:
    frame = clean(8, 150, sigma=0.008)
    truth, actions = with_dividends(frame, [75], [5.0])
    day = actions[0].ex_date
    split = Action(ActionKind.SPLIT, day, 5.0)
    result = look(truth, [Action(ActionKind.DIVIDEND, day, 25.0), split])
    assert set(result.actions) == {actions[0], split}
    np.testing.assert_array_equal(result.frame["adj_close"], truth["adj_close"])


def test_a_dividend_on_the_wrong_day() -> None:
    frame = clean(4, 150, sigma=0.006)
    truth, actions = with_dividends(frame, [75], [80.0])
    wrong = [Action(ActionKind.DIVIDEND, truth.index[74].tz_convert(INDIA).date(), 80.0)]
    result = look(adjusted_by(truth, [74], [80.0]), wrong)
    assert result.actions == tuple(actions)
    np.testing.assert_allclose(result.frame["adj_close"], truth["adj_close"], rtol=1e-6)


def test_negative_adjusted_closes_go_on_from_the_next_good_one() -> None:
    frame = clean(4, 150)
    frame["adj_close"] = frame["close"] * 0.8
    bad = frame.copy()
    bad.iloc[:47, 5] *= -0.01
    result = look(bad)
    np.testing.assert_allclose(result.frame["adj_close"], frame["adj_close"])
    assert found(result, "negative_price", Treatment.REPAIRED)[0].count == 47


def test_the_clean_series_lies_on_sessions() -> None:
    days = [stamp.date() for stamp in clean(0, 150).index.tz_convert(INDIA)]
    assert days == calendar("XBOM").sessions(days[0], days[-1])
