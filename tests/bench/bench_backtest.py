"""Backtests against two ways to write them without an engine, in the same run, on 2,520 bars.

Baselines: a loop over `DataFrame.itertuples` with one position (what a notebook does first), and vectorised pandas
(shift, where, cumprod: no stops, no trade list). Best of several rounds, in CPU seconds of the process, all its threads
together: what a machine with nothing else to do would need. Rates on two cores are runs over half of that; the wall
time of this machine stands beside them.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from core.backtest import Costs, Stops, overfitting, run, sweep, walk_forward, warm

BARS, FAST, SLOW, ASSETS = 2520, range(2, 102), range(102, 202), 50
COSTS = Costs()
THREE = ("sharpe", "max_drawdown", "trades")


def _bars(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0003, 0.015, BARS)))
    open_ = np.r_[close[:1], close[:-1]] * np.exp(rng.normal(0.0, 0.004, BARS))
    high = np.maximum(open_, close) * (1.0 + np.abs(rng.normal(0.0, 0.005, BARS)))
    low = np.minimum(open_, close) * (1.0 - np.abs(rng.normal(0.0, 0.005, BARS)))
    columns = {"open": open_, "high": high, "low": low, "close": close, "volume": np.full(BARS, 1e6)}
    return pd.DataFrame(columns, index=pd.bdate_range("2016-01-01", periods=BARS, tz="UTC"))


def _best(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """CPU seconds and wall seconds, the least of each."""
    cpu, wall = [], []
    for _ in range(rounds):
        begun, started = time.perf_counter(), time.process_time()
        work()
        cpu.append(time.process_time() - started)
        wall.append(time.perf_counter() - begun)
    return min(cpu), min(wall)


def _loop(bars: pd.DataFrame, fast: int, slow: int) -> tuple[float, float, int]:
    """One cross in a plain loop: the figures of THREE."""
    data = bars.assign(fast=bars["close"].rolling(fast).mean(), slow=bars["close"].rolling(slow).mean())
    cash, shares, equity, order, above, trades = 1e5, 0.0, [], "", None, 0
    for row in data.itertuples():
        if order == "buy":
            shares = cash / (row.open * 1.001 * 1.0005)
            cash = 0.0
        elif order == "sell":
            cash, shares, trades = shares * row.open * 0.999 * 0.9995, 0.0, trades + 1
        order = ""
        if row.fast == row.fast and row.slow == row.slow:
            now = row.fast > row.slow
            if above is not None and now != above:
                order = "buy" if now else "sell" if shares else ""
            above = now
        equity.append(cash + shares * row.close)
    e = np.array([1e5, *equity])
    r = e[1:] / e[:-1] - 1
    return float(r.mean() / r.std(ddof=1) * 252**0.5), float((e / np.maximum.accumulate(e)).min() - 1), trades


def _vectorised(bars: pd.DataFrame, fast: int, slow: int) -> tuple[float, float, int]:
    """One cross in vectorised pandas, close to close with a day's delay: what is usually written."""
    close = bars["close"]
    held = (close.rolling(fast).mean() > close.rolling(slow).mean()).shift(1, fill_value=False).astype(float)
    turns = held.diff().abs().fillna(0.0)
    returns = held * close.pct_change().fillna(0.0) - turns * 0.0015
    equity = (1.0 + returns).cumprod()
    return (
        float(returns.mean() / returns.std() * 252**0.5),
        float((equity / equity.cummax()).min() - 1),
        int(turns.sum() // 2),
    )


def _verdict(ok: bool) -> str:
    return "ok" if ok else "MISSED"


def main() -> None:
    """Print the lines `make bench` shows."""
    started = time.perf_counter()
    warm()
    print(f"kernels ready in {time.perf_counter() - started:.1f} s (compiled at first, then from the disk cache)")
    bars = _bars(1)

    def single() -> None:
        result = run(bars, "sma_cross", costs=COSTS)
        assert len(result.equity) == BARS
        assert len(result.trades)
        assert result.metrics["trades"]

    one, wall = _best(single, 100)
    bare, _ = _best(lambda: run(bars, "sma_cross", costs=COSTS).metrics["sharpe"], 100)
    loop, _ = _best(lambda: _loop(bars, 20, 50), 5)
    vector, _ = _best(lambda: _vectorised(bars, 20, 50), 20)
    figures = run(bars, "sma_cross", costs=COSTS).metrics
    agrees = bool(np.allclose(_loop(bars, 20, 50), [figures[name] for name in THREE], rtol=1e-9))
    print(
        f"one run with equity, trades and {len(figures)} figures: {1e3 * one:.2f} ms ({1e3 * bare:.2f} without the "
        f"trade table; wall {1e3 * wall:.2f}), target <= 1: {_verdict(one <= 1e-3)}"
    )
    print(
        f"plain loop for {len(THREE)} figures: {1e3 * loop:.1f} ms, ratio {loop / one:.0f}x, same numbers: "
        f"{_verdict(agrees)}; vectorised pandas, no trades: {1e3 * vector:.2f} ms"
    )
    pairs = len(FAST) * len(SLOW)
    grid = {"fast": FAST, "slow": SLOW}
    for name, stops, least in (
        ("no stops", None, 150_000),
        ("stop 5 %, target 15 %", Stops(stop_percent=5.0, target_percent=15.0), 105_000),
        ("stop 5 %, trailing 8 %", Stops(stop_percent=5.0, trail_percent=8.0), 105_000),
    ):
        cpu, wall = _best(lambda s=stops: sweep(bars, "sma_cross", grid, metrics=THREE, stops=s, threads=2), 9)
        rate = 2.0 * pairs / cpu
        print(
            f"sweep of {pairs:,} pairs, {name}: {rate:,.0f} runs/s on two cores (wall here {pairs / wall:,.0f}), "
            f"target >= {least:,}: {_verdict(rate >= least)}; {rate * vector / 2:.0f}x vectorised pandas, "
            f"{rate * loop / 2:.0f}x the loop"
        )
    universe = {f"A{k}": _bars(k) for k in range(ASSETS)}
    small = {"fast": range(5, 25), "slow": range(30, 70, 2)}
    cpu, wall = _best(lambda: sweep(universe, "sma_cross", small, metrics=THREE, threads=2), 4)
    rate = 2.0 * ASSETS * 400 / cpu
    print(
        f"sweep of 400 pairs x {ASSETS} assets: {rate:,.0f} runs/s on two cores "
        f"(wall here {ASSETS * 400 / wall:,.0f}), target >= 120,000: {_verdict(rate >= 120_000)}"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    print(f"memory of the whole process up to here: {peak:.0f} MB, target <= 350: {_verdict(peak <= 350)}")
    trials = np.random.default_rng(0).normal(0.0, 0.01, (BARS, 400))
    cpu, _ = _best(lambda: overfitting(trials), 5)
    print(f"overfitting probability of 400 trials: {1e3 * cpu:.0f} ms, target <= 150: {_verdict(cpu <= 0.15)}")
    cpu, _ = _best(lambda: walk_forward(bars, "sma_cross", small, windows=20), 4)
    print(f"walk-forward, 20 windows x 400 pairs: {1e3 * cpu:.0f} ms, target <= 300: {_verdict(cpu <= 0.3)}")


if __name__ == "__main__":
    main()
