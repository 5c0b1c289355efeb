"""A backtest of a library strategy on an instrument's past."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd

from core.assistant.errors import BadArguments
from core.assistant.model import Column, Figure, Scalar, Series, Table, ToolResult
from core.assistant.tools.bars import Loaded, load, span_words
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.readings import Told
from core.assistant.tools.tool import body
from core.backtest import METRICS, Run, Strategy, UnknownStrategy, find, run, strategies
from core.backtest.charges import preset
from core.indicators import BadParameter
from core.market.model import AssetClass, Bars

LEAST_BARS = 60
_PAIR = re.compile(r"\s*([a-z_]+)\s*[=:]\s*([^,;]+)")
_WORDS: tuple[tuple[str, str], ...] = (
    (r"golden|death|sma|simple moving|moving average|ma cross", "sma_cross"),
    (r"ema|exponential", "ema_cross"),
    (r"macd", "macd"),
    (r"super ?trend", "supertrend"),
    (r"rsi ?2|two.period rsi|connors", "rsi2"),
    (r"rsi|relative strength", "rsi_reversal"),
    (r"bollinger.*(?:break|out)", "bollinger_breakout"),
    (r"bollinger|bb\b|mean reversion", "bollinger_reversion"),
    (r"donchian|turtle|channel", "donchian"),
    (r"keltner", "keltner_breakout"),
    (r"52.?week|all.time high|new high", "high_52w"),
    (r"opening range|orb", "opening_range"),
    (r"stochastic", "stochastic"),
    (r"williams", "williams_r"),
    (r"parabolic|psar|\bsar\b", "psar"),
    (r"ichimoku", "ichimoku"),
    (r"adx", "adx_trend"),
    (r"cci", "cci_reversal"),
    (r"mfi|money flow", "mfi_reversal"),
    (r"vwap", "vwap_reversion"),
    (r"z.?score", "zscore_reversion"),
    (r"gap", "gap_fade"),
    (r"momentum", "momentum"),
    (r"squeeze", "squeeze"),
    (r"heikin", "heikin_ashi"),
    (r"turn of (?:the )?month|month end", "turn_of_month"),
    (r"\bsip\b|systematic investment", "sip"),
    (r"buy and hold|holding", "buy_and_hold"),
    (r"sell in may|season", "months"),
    (r"weekday|friday|monday", "weekday"),
    (r"200 ?(?:dma|day)|price (?:above|over)", "price_cross"),
    (r"cross", "sma_cross"),
)
_COMPILED = tuple((re.compile(pattern), name) for pattern, name in _WORDS)
_TOLD = ("total_return", "cagr", "benchmark_return", "excess_return", "sharpe", "sortino", "max_drawdown", "volatility",
         "trades", "win_rate", "profit_factor", "average_trade", "exposure", "fees", "years")  # fmt: skip
_UNITS = {"fraction": "%", "ratio": "x", "count": "count", "bars": "count", "days": "days", "number": "index"}


def strategy_of(text: str) -> Strategy:
    """The library's strategy of a name, or the one meant by words. Raises BadArguments with what there is."""
    try:
        return find(text)
    except UnknownStrategy as error:
        words = text.lower().replace("_", " ")
        for pattern, name in _COMPILED:
            if pattern.search(words):
                return find(name)
        known = ", ".join(one.name for one in strategies())
        raise BadArguments("run_backtest", "strategy", str(error), f"The library has {known}.") from error


def parameters_of(strategy: Strategy, text: str) -> dict[str, object]:
    """Parameters out of "fast=20, slow=50", or of bare numbers in its order ("20 50"). Raises BadArguments."""
    if not text.strip():
        return {}
    pairs = {match[1]: match[2].strip() for match in _PAIR.finditer(text.lower())}
    if pairs:
        return dict(pairs)
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    names = [one.name for one in strategy.params if one.kind != "choice"]
    if not numbers or len(numbers) > len(names):
        have = ", ".join(f"{one.name}={one.default}" for one in strategy.params) or "none"
        reason = f"“{text[:60]}” are no parameters of {strategy.label}."
        raise BadArguments("run_backtest", "parameters", reason, f"It takes {have}.")
    return dict(zip(names, numbers, strict=False))


@body("run_backtest")
def run_backtest(evidence: Evidence) -> ToolResult:
    """Runs it with the costs of the market, and tells it beside plain holding."""
    strategy = strategy_of(evidence.text("strategy"))
    given = parameters_of(strategy, evidence.text("parameters"))
    loaded = load(evidence, warm=False, least=LEAST_BARS)
    instrument = loaded.instrument
    costs = None
    if instrument.currency == "INR" and instrument.asset_class in {AssetClass.STOCK, AssetClass.ETF}:
        costs = preset("nse_delivery")
    bars = Bars(instrument.symbol, loaded.interval, loaded.bars, loaded.actions, "splits", instrument.currency)
    try:
        result = run(bars, strategy, costs=costs, params=given)
    except BadParameter as error:
        raise BadArguments("run_backtest", "parameters", str(error), "Change it and ask again.") from error
    _tell(evidence, loaded, result)
    for warning in result.warnings:
        evidence.warn(warning)
    evidence.warn("A backtest tells the past of one rule on one instrument; it promises nothing.")
    _show(evidence, loaded, result)
    return evidence.result()


def _tell(evidence: Evidence, loaded: Loaded, result: Run) -> None:
    told = Told(evidence, loaded)
    per = evidence.text("range")
    told.add("strategy", result.strategy.label, "text", "Strategy")
    values = ", ".join(f"{name} {value}" for name, value in result.strategy.values.items())
    told.add("parameters", values or "none", "text", "Parameters")
    told.add("costs", result.costs.name, "text", "Costs")
    told.add("fills", result.label, "text", "Orders are filled")
    figures, by_name = result.metrics, {one.name: one for one in METRICS}
    for name in _TOLD:
        metric = by_name[name]
        unit = loaded.instrument.currency if metric.unit == "money" else _UNITS[metric.unit]
        value = figures[name] * (100.0 if metric.unit == "fraction" else 1.0)
        told.add(name, int(value) if metric.unit == "count" and np.isfinite(value) else value, unit, metric.label,
                 period=per)  # fmt: skip
    better = figures["total_return"] > figures["benchmark_return"]
    told.add("against_holding", "better than holding" if better else "not better than holding", "text",
             "Against plain holding", period=per)  # fmt: skip
    told.add("first_bar", loaded.stamp(loaded.first), "date", "First bar", as_of=loaded.stamp(loaded.first), period=per)
    told.add("position_now", result.pending or ("held" if result.position.iloc[-1] else "none"), "text",
             "Position at the end")  # fmt: skip
    if figures["trades"] < 20:
        evidence.warn(f"{int(figures['trades'])} trades are too few to tell skill from luck.")


def _show(evidence: Evidence, loaded: Loaded, result: Run) -> None:
    name, words = name_of(loaded.instrument), span_words(loaded.span)
    by_name = {one.name: one for one in METRICS}
    rows: list[tuple[Scalar, ...]] = []
    for key in _TOLD:
        metric = by_name[key]
        value = result.metrics[key] * (100.0 if metric.unit == "fraction" else 1.0)
        rows.append(
            (metric.label, value, loaded.instrument.currency if metric.unit == "money" else _UNITS[metric.unit])
        )
    evidence.show(
        Table(
            f"{result.strategy.label} on {name} over {words}",
            (Column("Figure", "text"), Column("Value"), Column("Unit", "text")),
            tuple(rows),
            note=f"{result.label}. {result.strategy.idea}",
        )
    )
    trades = result.trades.tail(10).iloc[::-1]
    if len(trades):
        evidence.show(
            Table(
                "Latest trades",
                (Column("Side", "text"), Column("Entry", "date"), Column("Exit", "date"),
                 Column("Entry price", loaded.unit), Column("Exit price", loaded.unit), Column("Return", "%"),
                 Column("Reason", "text")),
                tuple(
                    (str(row["side"]), _day(row["entry_time"]), _day(row["exit_time"]), float(row["entry_price"]),
                     float(row["exit_price"]), 100.0 * float(row["return"]), str(row["reason"]))
                    for row in trades.to_dict("records")
                ),
            )
        )  # fmt: skip
    equity = 100.0 * result.values / float(result.account.capital)
    close = loaded.column("close", span=True)
    base = Series("Holding", loaded.milliseconds(), 100.0 * close / close[0], "line", "price", "index")
    evidence.show(
        Figure(
            "lines",
            f"{result.strategy.label} on {name} over {words}",
            f"Equity of {result.strategy.label} on {name} against holding, both from 100: "
            f"{equity[-1]:.1f} against {100.0 * close[-1] / close[0]:.1f}.",
            (Series("Strategy", loaded.milliseconds(), np.ascontiguousarray(equity), "line", "price", "index"), base),
            unit="index",
            symbols=(loaded.instrument.symbol,),
        )
    )  # fmt: skip


def _day(time: object) -> date:
    assert isinstance(time, pd.Timestamp)
    return time.date()
