"""The figures of a run, all from three compiled passes; `core.backtest.metric_table` says what each is.

Fractions are fractions (0.12 is 12 %); what cannot be said (a ratio over nothing) is NaN. Annual figures count the
sessions a year of the bars; growth counts calendar time.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core.backtest.layout import Codes, Records
from core.backtest.measures import (
    EQUITY_MEASURES,
    TRADE_MEASURES,
    equity_measures,
    returns_of,
    session_values,
    together,
    trade_measures,
)
from core.backtest.metric_table import METRICS
from core.indicators.numbers import Floats

Days = npt.NDArray[np.int64]


def over(top: float, bottom: float) -> float:
    """top / bottom, NaN over nothing."""
    return top / bottom if bottom != 0.0 and not math.isnan(bottom) else math.nan


def growth(ratio: float, years: float) -> float:
    """The constant growth a year that makes `ratio` in `years`; -1 when nothing is left, NaN without time."""
    if not years > 0.0:
        return math.nan
    if ratio <= 0.0:
        return -1.0
    power = math.log(ratio) / years
    return math.expm1(power) if power < 700.0 else math.nan


def figures(
    equity: Floats,
    position: Floats,
    close: Floats,
    trades: Records,
    book: Records,
    *,
    capital: float,
    day: Days,
    session_end: Codes,
    sessions_a_year: float,
    years: float,
    risk_free: float,
) -> dict[str, float]:
    """Every figure of METRICS, by name, in that order. Arrays have a value a bar; `risk_free` is a year's fraction."""
    marks = session_values(equity, session_end)
    returns = returns_of(marks, capital)
    target = risk_free / sessions_a_year
    e = dict(zip(EQUITY_MEASURES, equity_measures(returns, marks, capital, target).tolist(), strict=True))
    t = dict(zip(TRADE_MEASURES, trade_measures(trades).tolist(), strict=True))
    n, root = len(marks), math.sqrt(sessions_a_year)
    final = float(marks[-1])
    total = final / capital - 1.0
    cagr = growth(final / capital, years)
    excess = e["mean"] - target
    session_sharpe = over(excess, e["deviation"])
    deepest = -e["max_drawdown"]
    low, tail, high = _tails(returns)
    payoff = over(t["win_mean"], -t["loss_mean"])
    costs = float(book["fees"][0] + book["slippage"][0])
    out: dict[str, float] = {
        "total_return": total,
        "cagr": cagr,
        "final_equity": final,
        "net_profit": final - capital,
        "annual_mean": e["mean"] * sessions_a_year,
        "volatility": e["deviation"] * root,
        "downside_deviation": e["downside"] * root,
        "sharpe": session_sharpe * root,
        "sortino": over(excess, e["downside"]) * root,
        "calmar": over(cagr, deepest),
        "omega": over(e["gain_sum"], e["loss_sum"]),
        "gain_to_pain": over(e["mean"] * n, float(-np.minimum(returns, 0.0).sum())),
        "max_drawdown": e["max_drawdown"],
        "max_drawdown_sessions": e["drawdown_bars"],
        "longest_underwater": e["longest_underwater"],
        "drawdowns": e["drawdowns"],
        "average_drawdown": e["drawdown_mean"],
        "underwater": e["underwater"],
        "pain_index": e["pain"],
        "pain_ratio": over(cagr - risk_free, e["pain"]),
        "ulcer_index": e["ulcer"],
        "martin": over(cagr - risk_free, e["ulcer"]),
        "sterling": over(cagr, 0.1 - e["drawdown_mean"]),
        "burke": over(cagr - risk_free, math.sqrt(e["square_drawdowns"])),
        "recovery_factor": over(total, deepest),
        "skew": e["skew"],
        "kurtosis": e["kurtosis"],
        "autocorrelation": e["autocorrelation"],
        "var_95": low,
        "cvar_95": tail,
        "tail_ratio": over(abs(high), abs(low)),
        "best_session": e["best"],
        "worst_session": e["worst"],
        "positive_sessions": over(e["gains"], e["gains"] + e["losses"]),
        "longest_rise": e["up_streak"],
        "longest_fall": e["down_streak"],
        "trades": t["closed"],
        "open_trades": t["open"],
        "long_trades": t["long"],
        "short_trades": t["short"],
        "win_rate": over(t["wins"], t["closed"]),
        "profit_factor": over(t["gross_win"], t["gross_loss"]),
        "payoff_ratio": payoff,
        "expectancy": t["pnl_mean"],
        "average_trade": t["return_mean"],
        "median_trade": t["return_middle"],
        "best_trade": t["best"],
        "worst_trade": t["worst"],
        "average_win": t["win_mean"],
        "average_loss": t["loss_mean"],
        "longest_wins": t["win_streak"],
        "longest_losses": t["loss_streak"],
        "sqn": over(math.sqrt(t["closed"]) * t["pnl_mean"], t["pnl_deviation"]),
        "kelly": over(t["wins"], t["closed"]) - over(over(t["losses"], t["closed"]), payoff),
        "average_bars": t["bars_mean"],
        "longest_trade": t["bars_most"],
        "average_bars_win": t["bars_win"],
        "average_bars_loss": t["bars_loss"],
        "average_mae": t["mae_mean"],
        "average_mfe": t["mfe_mean"],
        "stopped": t["stopped"],
        "targets_hit": t["targets"],
        "long_profit": t["long_pnl"],
        "short_profit": t["short_pnl"],
        "open_profit": t["open_pnl"],
        "exposure": float(np.count_nonzero(position) / len(position)),
        "average_exposure": _mean_exposure(equity, position, close),
        "turnover": over(float(book["traded"][0]), float(marks.mean()) * years),
        "fees": float(book["fees"][0]),
        "slippage": float(book["slippage"][0]),
        "cost_share": over(costs, final - capital + costs),
        "dividends": float(book["dividends"][0]),
        "interest": float(book["interest"][0]),
        "borrow_fees": float(book["borrow"][0]),
        "ambiguous_bars": float(book["ambiguous"][0]),
        "years": years,
        "sessions": float(n),
    }
    out |= _doubt(session_sharpe, e["skew"], e["kurtosis"], n, root)
    out |= _calendar(marks, capital, _session_days(day, session_end))
    out |= _against(returns, close, session_end, total, years, sessions_a_year, risk_free)
    return {one.name: out[one.name] for one in METRICS}


def _tails(returns: Floats) -> tuple[float, float, float]:
    """The 5 % quantile, the mean of what lies at or below it, the 95 % quantile; linear between observations."""
    at = 0.05 * (len(returns) - 1)
    below = int(at)
    above = len(returns) - 1 - below
    ranks = sorted({below, min(below + 1, above), max(above - 1, below), above})
    ranked = np.partition(returns, ranks)
    share = at - below
    low = float(ranked[below] + share * (ranked[min(below + 1, len(ranked) - 1)] - ranked[below]))
    high = float(ranked[above] - share * (ranked[above] - ranked[max(above - 1, 0)]))
    tail = ranked[: below + 1]
    return low, float(tail.mean()), high


def _mean_exposure(equity: Floats, position: Floats, close: Floats) -> float:
    held = position != 0.0
    if not held.any():
        return 0.0
    worth = np.abs(position[held] * close[held]) / equity[held]
    return float(np.nansum(worth) / len(position))


def _doubt(sharpe: float, skew: float, kurtosis: float, n: int, root: float) -> dict[str, float]:
    """How sure the Sharpe ratio of n sessions is, from its standard error under any distribution."""
    nothing = {"sharpe_error": math.nan, "probabilistic_sharpe": math.nan, "minimum_track_record": math.nan}
    if n < 4 or math.isnan(sharpe) or math.isnan(skew):
        return nothing
    factor = 1.0 - skew * sharpe + (kurtosis + 2.0) / 4.0 * sharpe * sharpe
    if factor <= 0.0:
        return nothing
    error = math.sqrt(factor / (n - 1))
    normal = NormalDist()
    record = 1.0 + factor * (normal.inv_cdf(0.95) / sharpe) ** 2 if sharpe > 0.0 else math.nan
    return {
        "sharpe_error": error * root,
        "probabilistic_sharpe": normal.cdf(sharpe / error),
        "minimum_track_record": record,
    }


def _session_days(day: Days, session_end: Codes) -> Days:
    if len(session_end) == 0:
        return day
    keep = session_end.astype(bool)
    keep[-1] = True
    return np.asarray(day[keep])


def _calendar(marks: Floats, capital: float, day: Days) -> dict[str, float]:
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    months, years = (_ends(period, marks, capital) for period in (month, month // 12))
    return {
        "best_month": float(months.max()),
        "worst_month": float(months.min()),
        "positive_months": float((months > 0.0).mean()),
        "best_year": float(years.max()),
        "worst_year": float(years.min()),
    }


def _ends(period: np.ndarray, marks: Floats, capital: float) -> Floats:
    last = np.flatnonzero(np.append(period[1:] != period[:-1], True))
    return returns_of(marks[last], capital)


def _against(
    returns: Floats, close: Floats, session_end: Codes, total: float, years: float, sessions_a_year: float, free: float
) -> dict[str, float]:
    """The run beside holding the instrument, price only."""
    known = np.isfinite(close) & (close > 0.0)
    if not known.any():
        names = ("benchmark_return", "benchmark_cagr", "excess_return", "alpha", "beta", "correlation",
                 "tracking_error", "information_ratio", "treynor", "up_capture", "down_capture")  # fmt: skip
        return dict.fromkeys(names, math.nan)
    prices = close if known.all() else bridged(close, known)
    benchmark = returns_of(session_values(prices, session_end), float(prices[0]))
    other, deviation, covariance, correlation, active, up, its_up, down, its_down = together(returns, benchmark)
    held = float(prices[-1] / prices[0] - 1.0)
    beta = over(covariance, deviation * deviation)
    mean, year = float(returns.mean()), sessions_a_year
    return {
        "benchmark_return": held,
        "benchmark_cagr": growth(1.0 + held, years),
        "excess_return": total - held,
        "alpha": (mean * year - free) - beta * (other * year - free),
        "beta": beta,
        "correlation": float(correlation),
        "tracking_error": float(active) * math.sqrt(year),
        "information_ratio": over(mean - other, active) * math.sqrt(year),
        "treynor": over(mean * year - free, beta),
        "up_capture": over(up, its_up),
        "down_capture": over(down, its_down),
    }


def bridged(close: Floats, known: np.ndarray) -> Floats:
    """Prices with holes bridged by the last known one; the first known stands for those before it."""
    at = np.where(known, np.arange(len(close)), 0)
    np.maximum.accumulate(at, out=at)
    at[: int(known.argmax())] = int(known.argmax())
    return np.ascontiguousarray(close[at])
