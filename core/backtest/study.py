"""A run looked at over time: drawdown, months and years, spread of trades, rolling figures, and holding beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.backtest.layout import Codes
from core.backtest.measures import returns_of, session_values
from core.backtest.metrics import bridged
from core.backtest.run import Run
from core.indicators.numbers import Floats

_NO_CODES: Codes = np.empty(0, dtype=np.uint8)
MOST_BINS = 40


@dataclass(frozen=True, eq=False)
class Curves:
    """Lines at each bar, float64 (bars,).

    `equity` of the run; `holding` what the capital had become in the instrument, price only, without costs;
    `drawdown` of the run, and `holding_drawdown`, fractions at or below 0.
    """

    index: pd.DatetimeIndex
    equity: Floats = field(repr=False)
    holding: Floats = field(repr=False)
    drawdown: Floats = field(repr=False)
    holding_drawdown: Floats = field(repr=False)


@dataclass(frozen=True, eq=False)
class Months:
    """Returns by calendar month: `years` (k,), `returns` (k, 12) and `totals` (k,), NaN where there is no session."""

    years: npt.NDArray[np.int64]
    returns: Floats
    totals: Floats


@dataclass(frozen=True, eq=False)
class Spread:
    """How often trades returned how much: `counts` (k,) between `edges` (k + 1,), fractions."""

    edges: Floats
    counts: npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Rolling:
    """Figures over the last `sessions` sessions, annual, at each session; NaN in the warm-up."""

    index: pd.DatetimeIndex
    sessions: int
    sharpe: Floats = field(repr=False)
    volatility: Floats = field(repr=False)
    beta: Floats = field(repr=False)


def curves(run: Run) -> Curves:
    """The run's equity and holding the instrument instead."""
    close = run.tape.close
    known = np.isfinite(close) & (close > 0.0)
    capital = run.account.capital
    if known.any():
        prices = close if known.all() else bridged(close, known)
        holding = capital * prices / prices[0]
    else:
        holding = np.full(len(close), np.nan)
    equity = run.values
    return Curves(run.tape.index, equity, holding, drawdown(equity, capital), drawdown(holding, capital))


def drawdown(values: Floats, start: float) -> Floats:
    """Fall from the highest value so far, the start included: a fraction at or below 0 a bar."""
    peak = np.maximum(np.fmax.accumulate(values), start)
    return np.asarray(values / peak - 1.0)


def months(run: Run) -> Months:
    """Returns of calendar months and years of the run."""
    day = _session_days(run)
    marks = session_values(run.values, _marks(run))
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    last = np.flatnonzero(np.append(month[1:] != month[:-1], True))
    each = returns_of(marks[last], run.account.capital)
    which = month[last]
    first, final = int(which[0]) // 12, int(which[-1]) // 12
    years = np.arange(first, final + 1) + 1970
    table = np.full((len(years), 12), np.nan)
    table[which // 12 - first, which % 12] = each
    present = ~np.isnan(table)
    totals = np.where(present.any(axis=1), np.prod(np.where(present, 1.0 + table, 1.0), axis=1) - 1.0, np.nan)
    return Months(years, table, totals)


def spread(run: Run) -> Spread:
    """The closed trades' returns in bins of one width (Freedman and Diaconis 1981), 0 an edge; empty without trades."""
    trades = run.records
    closed = trades[trades["reason"] != 0]
    returns = closed["pnl"] / (closed["quantity"] * closed["entry_price"])
    returns = np.asarray(returns[np.isfinite(returns)], dtype=np.float64)
    if not len(returns):
        return Spread(np.empty(0), np.empty(0, dtype=np.int64))
    low, high = min(float(returns.min()), 0.0), max(float(returns.max()), 0.0)
    quarter = float(np.subtract(*np.quantile(returns, (0.75, 0.25))))
    width = max(2.0 * quarter / len(returns) ** (1.0 / 3.0), (high - low) / MOST_BINS, 1e-4)
    edges = np.arange(np.floor(low / width), np.ceil(high / width) + 1.5) * width
    counts, _ = np.histogram(returns, edges)
    return Spread(edges, counts.astype(np.int64))


def rolling(run: Run, sessions: int | None = None) -> Rolling:
    """Sharpe ratio (over the risk-free rate), volatility and beta to the instrument; half a year unless said."""
    marks = _marks(run)
    year = run.account.sessions_a_year or run.tape.sessions_a_year
    window = sessions or max(10, round(year / 2))
    index = run.tape.index if not len(marks) else run.tape.index[_kept(marks)]
    own = pd.Series(returns_of(session_values(run.values, marks), run.account.capital))
    holding = session_values(curves(run).holding, marks)
    other = pd.Series(returns_of(holding, float(holding[0])))
    free = run.account.risk_free_percent / 100.0 / year
    deviation = own.rolling(window).std()
    mean = own.rolling(window).mean()
    quiet = deviation <= 1e-12
    sharpe = ((mean - free) / deviation.mask(quiet)) * np.sqrt(year)
    variance = other.rolling(window).var()
    beta = own.rolling(window).cov(other) / variance.mask(variance <= 1e-24)
    return Rolling(
        index,
        window,
        sharpe.to_numpy(dtype=np.float64),
        (deviation * np.sqrt(year)).to_numpy(dtype=np.float64),
        beta.to_numpy(dtype=np.float64),
    )


def _marks(run: Run) -> Codes:
    return run.tape.session_end if run.tape.intraday else _NO_CODES


def _kept(marks: Codes) -> npt.NDArray[np.bool_]:
    keep = marks.astype(bool)
    keep[-1] = True
    return keep


def _session_days(run: Run) -> npt.NDArray[np.int64]:
    marks = _marks(run)
    return run.tape.day if not len(marks) else run.tape.day[_kept(marks)]
