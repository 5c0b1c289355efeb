"""Trials agree with the sweep; the verdict tells noise from an edge, and says it in words."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.backtest import NothingToTest, Tape, TooMuch, run, sweep, walk_forward
from core.backtest import trials as trials_module
from core.backtest.overfitting import Deflated, Overfitting, Reality
from core.backtest.trials import Trials, trials
from core.backtest.verdict import Checks, check, verdict
from tests.backtest.made import intraday, walk

GRID = {"fast": [5, 10, 40], "slow": [20, 40, 60]}


def made(edge: float, count: int = 60, sessions: int = 1500, seed: int = 1) -> Trials:
    """Independent variants of pure noise, the last with an edge a session (in units of its deviation)."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(0.0, 0.01, (sessions, count))
    returns[:, -1] += 0.01 * edge
    return Trials(
        {"k": np.arange(count)}, np.arange(count), returns, rng.normal(0.0, 0.01, sessions), np.full(count, 100)
    )


def test_trials_have_what_each_run_has() -> None:
    bars = walk(500)
    found = trials(bars, "sma_cross", GRID | {"stop_percent": [0.0, 5.0]})
    assert len(found.rows) == 2 * 7  # of nine pairs 40/20 and 40/40 cannot be
    table = sweep(bars, "sma_cross", GRID | {"stop_percent": [0.0, 5.0]}, metrics=["total_return", "trades"])
    for k, row in enumerate(found.rows):
        grown = float(np.prod(1.0 + found.returns[:, k])) - 1.0
        assert grown == pytest.approx(table["total_return"].iloc[row], rel=1e-9, abs=1e-12)
        assert found.trades[k] == table["trades"].iloc[row]
        assert found.params["slow"][k] == table["slow"].iloc[row]
    assert found.benchmark[1] == pytest.approx(bars["close"].iloc[1] / bars["close"].iloc[0] - 1.0)
    assert (trials(bars, "sma_cross", GRID, threads=1).returns == trials(bars, "sma_cross", GRID).returns).all()


def test_trials_of_bars_within_the_day_are_by_session() -> None:
    bars = intraday(12, 25)
    found = trials(bars, "rsi_reversal", {"length": [5, 9]})
    assert found.returns.shape == (12, 2)
    alone = run(bars, "rsi_reversal", params={"length": 9})
    assert float(np.prod(1.0 + found.returns[:, 1])) - 1.0 == pytest.approx(alone.metrics["total_return"])


def test_too_many_cells_and_impossible_grids_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials_module, "MOST_CELLS", 1000)
    with pytest.raises(TooMuch, match="use at most 2 variants"):
        trials(walk(400), "sma_cross", GRID)
    with pytest.raises(NothingToTest, match="fast must be below slow"):
        trials(walk(400), "sma_cross", {"fast": [50], "slow": [20]})


def test_noise_is_called_luck_and_an_edge_is_not() -> None:
    noise = verdict(check(made(0.0), sessions_a_year=252.0))
    assert noise.level == "luck"
    assert noise.headline == "Probably luck"
    edge = verdict(check(made(0.25), sessions_a_year=252.0))
    assert edge.level == "skill"
    assert all(one.says == "skill" for one in edge.reasons)


def test_the_odds_stand_in_words() -> None:
    checks = Checks(
        400, 1.31, 212, Deflated(0.08, 0.07, 0.62, 400, 18.2), Overfitting(0.43, np.zeros(2), 0.1, 0.2, 12870, 400),
        Reality(3, 0.001, 0.31, 500),
    )  # fmt: skip
    found = verdict(checks)
    assert found.reasons[0].text.startswith("18 of 400 variants would look this good by chance.")
    assert "62 %" in found.reasons[0].text
    assert found.reasons[1].text.startswith("In 43 % of 12,870 ways")
    assert [one.says for one in found.reasons] == ["luck", "open", "luck"]
    assert found.level == "luck"
    assert checks.deflated is not None
    few = verdict(replace(checks, deflated=replace(checks.deflated, lucky=0.2, probability=0.99), trades=7))
    assert few.reasons[0].text.startswith("Fewer than one of 400")
    assert few.reasons[-1].text == "The best variant closed 7 trades; below 30 little can be told."


def test_walk_forward_counts_for_and_against() -> None:
    walked = walk_forward(walk(600), "sma_cross", {"fast": [5, 10], "slow": [30]}, windows=3)
    base = Checks(2, 1.0, 100)

    class Kept:
        efficiency, total_return, windows = 0.8, 0.12, walked.windows

    class Lost(Kept):
        efficiency, total_return = math.nan, -0.05

    kept: Any = Kept()
    lost: Any = Lost()
    assert verdict(replace(base, walk=kept)).reasons[0].says == "skill"
    assert "80 % of what was promised" in verdict(replace(base, walk=kept)).reasons[0].text
    assert verdict(replace(base, walk=lost)).reasons[0].says == "luck"
    assert "it returned -5.0 %." in verdict(replace(base, walk=lost)).reasons[0].text
    assert verdict(replace(base, walk=kept)).level == "open"  # one check proves nothing


def test_what_could_not_be_checked_is_named() -> None:
    found = check(trials(walk(60), "sma_cross", {"fast": [5], "slow": [20]}), sessions_a_year=252.0)
    assert found.deflated is None
    assert len(found.missing) >= 2
    still = walk(300)
    still[["open", "high", "low", "close"]] = 100.0
    nothing = check(trials(still, "sma_cross", GRID), sessions_a_year=252.0)
    assert verdict(nothing).level == "nothing"
    assert "None of the 7 variants closed a trade" in verdict(nothing).reasons[0].text


def test_a_loser_is_no_candidate() -> None:
    bars = walk(400)
    falling = bars.assign(**{name: bars[name] * np.linspace(1.0, 0.2, len(bars)) for name in bars if name != "volume"})
    found = verdict(
        check(trials(pd.DataFrame(falling), "buy_and_hold", {"stop_percent": [0.0]}), sessions_a_year=252.0)
    )
    assert found.level == "nothing"
    assert Tape.of(falling).close[-1] < 0.5 * Tape.of(falling).close[0]
