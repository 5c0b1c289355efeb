"""A trade plan by rule: direction from the technical reading, stop from level and range, targets from levels and risk.

No forecast: the same bars give the same plan, and every number says what it rests on. Rules:
- direction: long above a score of 15, short below -15 (see `summary`), else none: then the two triggers are told;
- stop: beyond the nearest level on the other side by a quarter of the average true range (ATR, 14), if that lies one to
  three ATR away; else two ATR away (Wilder, 1978: stops in units of the range);
- first target: the nearest level in the way at least one and a half times the risk away, else twice the risk; second
  target: three times the risk, or a level beyond the first;
- size: the share of capital one is ready to lose, over the risk a share; never more than the capital buys.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from core.assistant.model import Annotation, Column, Level, Scalar, Table, Text, ToolResult, Zone
from core.assistant.tools import links
from core.assistant.tools.bars import INTERVAL_WORDS, Loaded, load
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.levels import Levels, atr_of, candles, nearest
from core.assistant.tools.liquidations import Near, nearest_zones
from core.assistant.tools.readings import Told, last
from core.assistant.tools.summary import LEAST_BARS, Summary, summarise
from core.assistant.tools.tool import body
from core.market.errors import EmptyAnswer
from core.market.model import AssetClass

STYLES = {
    "intraday": ("15m", "1mo", "hours, closed by the end of the session"),
    "swing": ("1d", "1y", "days to a few weeks"),
    "positional": ("1wk", "5y", "weeks to months"),
}
_LEANS = 15.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbers of a plan in one direction, in the instrument's price unit. `stop_rests` says what the stop is on."""

    direction: str
    entry: float
    entry_low: float
    entry_high: float
    stop: float
    target_1: float
    target_2: float
    stop_rests: str
    target_rests: str

    @property
    def risk(self) -> float:
        """What a unit loses from entry to stop."""
        return abs(self.entry - self.stop)

    @property
    def reward_to_risk(self) -> float:
        """The first target's gain over the risk."""
        return abs(self.target_1 - self.entry) / self.risk


def plan_of(direction: str, close: float, atr: float, levels: Levels) -> Plan:
    """The plan by the rules above. `direction` is "long" or "short"."""
    sign = 1.0 if direction == "long" else -1.0
    behind = levels.supports if direction == "long" else levels.resistances
    ahead = levels.resistances if direction == "long" else levels.supports
    stop, rests = close - sign * 2.0 * atr, "two average true ranges from the entry"
    for level in behind:
        edge = (level.low if direction == "long" else level.high) - sign * 0.25 * atr
        if atr <= sign * (close - edge) <= 3.0 * atr:
            stop, rests = edge, f"beyond the {level.kind}"
            break
    risk = abs(close - stop)
    target, why = close + sign * 2.0 * risk, "twice the risk"
    for level in ahead:
        if sign * (level.price - close) >= 1.5 * risk:
            target, why = level.price, f"the {level.kind}"
            break
    second = close + sign * max(3.0 * risk, sign * (target - close) + risk)
    further = [one.price for one in ahead if sign * (one.price - target) > 0.5 * risk]
    second = further[0] if further else second
    pullback = close - sign * 0.5 * atr
    return Plan(direction, close, min(pullback, close), max(pullback, close), stop, target, second, rests, why)


@body("generate_strategy")
def generate_strategy(evidence: Evidence) -> ToolResult:
    """A plan for one instrument."""
    style = evidence.text("style")
    interval, span, holding = STYLES[style]
    loaded = load(evidence, span=span, interval=interval, least=LEAST_BARS)
    summary, levels, atr = summarise(loaded), nearest(loaded), atr_of(loaded)
    if not np.isfinite(atr) or not atr > 0:
        raise EmptyAnswer(loaded.source, f"{loaded.instrument.symbol} has not moved, so no stop can be set.")
    told, unit = Told(evidence, loaded), loaded.unit
    told.add("style", style, "text", "Style")
    told.add("horizon", holding, "text", "Held for")
    told.add("close", levels.close, unit, "Close")
    told.add("technical_view", summary.words, "text", "Technical reading")
    told.add("technical_score", summary.score, "%", "Indicators up less indicators down")
    told.add("indicators_up", summary.up, "count", "Indicators pointing up")
    told.add("indicators_down", summary.down, "count", "Indicators pointing down")
    told.add("atr", atr, unit, f"Average true range (14, {INTERVAL_WORDS[interval]})")
    for field in ("rsi", "macd", "adx"):
        reading = summary.get(field)
        if reading is not None:
            told.add(field, reading.value, reading.unit, reading.label)
            told.add(f"{field}_reading", reading.words, "text", f"{reading.label}: reading")
    for side, rows in (("support", levels.supports), ("resistance", levels.resistances)):
        for place, level in enumerate(rows[:2], 1):
            told.add(f"{side}_{place}", level.price, unit, f"{side.capitalize()} {place}")
    near = _liquidations(told, loaded)
    if summary.score > _LEANS:
        result = _trade(evidence, told, loaded, plan_of("long", levels.close, atr, levels), summary, near)
    elif summary.score < -_LEANS:
        result = _trade(evidence, told, loaded, plan_of("short", levels.close, atr, levels), summary, near)
    else:
        result = _wait(evidence, told, loaded, levels, atr)
    evidence.warn("A plan by rule from past prices: no advice, no forecast. Nothing has been ordered.")
    return evidence.result() if not result.unavailable else result


def _trade(
    evidence: Evidence, told: Told, loaded: Loaded, plan: Plan, summary: Summary, near: Near | None
) -> ToolResult:
    unit, name = loaded.unit, name_of(loaded.instrument)
    rows: list[tuple[Scalar, ...]] = []

    def put(field: str, value: float, label: str, why: str, of: str = "") -> None:
        told.add(field, value, of or unit, label)
        rows.append((label, value, of or unit, why))

    told.add("direction", plan.direction, "text", "Direction")
    put("entry", plan.entry, "Entry", "the last close")
    put("entry_low", plan.entry_low, "Entry zone from", "half an average true range")
    put("entry_high", plan.entry_high, "Entry zone to", "the last close" if plan.direction == "long" else
        "half an average true range")  # fmt: skip
    put("stop", plan.stop, "Stop", plan.stop_rests)
    put("target_1", plan.target_1, "First target", plan.target_rests)
    put("target_2", plan.target_2, "Second target", "the next level, or three times the risk")
    put("risk_per_share", plan.risk, "Risk a share", "entry to stop")
    put("risk_percent_of_price", 100.0 * plan.risk / plan.entry, "Risk in percent of the price", "entry to stop", "%")
    put("reward_to_risk", plan.reward_to_risk, "Reward to risk", "first target over the stop", "x")
    told.add("stop_rests_on", plan.stop_rests, "text", "The stop rests on")
    told.add("target_rests_on", plan.target_rests, "text", "The first target rests on")
    way = "below" if plan.direction == "long" else "above"
    told.add("invalidation", f"a {INTERVAL_WORDS[loaded.interval.value]} close {way} the stop", "text", "It ends with")
    if plan.reward_to_risk < 1.5:
        evidence.warn("The first target is less than one and a half times the risk away: by rule, better no trade.")
    if (
        plan.direction == "short"
        and loaded.instrument.asset_class is AssetClass.STOCK
        and (loaded.instrument.currency == "INR" and evidence.text("style") != "intraday")
    ):
        evidence.warn("Indian shares cannot be sold short overnight in the cash market; it takes futures or options.")
    _size(evidence, told, plan, rows)
    kind = loaded.interval.value
    evidence.show(
        Table(
            f"{name}: {evidence.text('style')} plan, {plan.direction}",
            (Column("What", "text"), Column("Value"), Column("Unit", "text"), Column("Why", "text")),
            tuple(rows),
        )
    )
    zones = [Zone(plan.entry_low, plan.entry_high, "Entry", "entry")]
    if near is not None:
        zones += [Zone(one.low, one.high, f"Liquidation {one.side} {one.leverage:g}x", "liquidation",
                       strength=one.intensity / 100.0) for one in near.drawn]  # fmt: skip
    evidence.show(
        candles(
            loaded,
            f"{name}: {evidence.text('style')} plan",
            f"Candles of {name} with entry, stop and two targets of a {plan.direction} plan.",
            levels=(
                Level(plan.entry, "Entry", "entry"),
                Level(plan.stop, "Stop", "stop"),
                Level(plan.target_1, "Target 1", "target"),
                Level(plan.target_2, "Target 2", "target"),
            ),
            zones=tuple(zones),
            annotations=(
                Annotation(loaded.moment(-1), plan.entry, f"{plan.direction} plan",
                           "up" if plan.direction == "long" else "down"),
            ),
            deep_link=links.chart(evidence.symbol, "1y" if kind == "1d" else "5y" if kind == "1wk" else "1mo", kind,
                                  studies=("rsi:14", "macd"), marks=("levels",)),
        )
    )  # fmt: skip
    evidence.show(Text("What it rests on", _reasons(summary)))
    return evidence.result()


def _wait(evidence: Evidence, told: Told, loaded: Loaded, levels: Levels, atr: float) -> ToolResult:
    """No direction: the levels that would give one."""
    unit, name = loaded.unit, name_of(loaded.instrument)
    told.add("direction", "wait", "text", "Direction")
    above = levels.resistances[0].high if levels.resistances else levels.close + 2.0 * atr
    below = levels.supports[0].low if levels.supports else levels.close - 2.0 * atr
    told.add("long_trigger", above, unit, "Long above (a close)")
    told.add("long_stop", above - 2.0 * atr, unit, "Its stop")
    told.add("long_target", above + 4.0 * atr, unit, "Its target (twice the risk)")
    told.add("short_trigger", below, unit, "Short below (a close)")
    told.add("short_stop", below + 2.0 * atr, unit, "Its stop")
    told.add("short_target", below - 4.0 * atr, unit, "Its target (twice the risk)")
    evidence.warn("The indicators point both ways: by rule there is no trade until one of the triggers.")
    evidence.show(
        candles(
            loaded,
            f"{name}: wait for a trigger",
            f"Candles of {name} with the two prices that would start a trade.",
            levels=(Level(above, "Long above", "entry"), Level(below, "Short below", "entry")),
            deep_link=links.chart(evidence.symbol, "1y", loaded.interval.value, marks=("levels",)),
        )
    )
    return evidence.result()


def _size(evidence: Evidence, told: Told, plan: Plan, rows: list[tuple[Scalar, ...]]) -> None:
    capital, percent = evidence.number("capital"), evidence.number("risk_percent") or 1.0
    told.add("risk_percent", percent, "%", "Share of capital at risk")
    if capital is None:
        share = 100.0 * percent / (100.0 * plan.risk / plan.entry)
        told.add("capital_share", min(100.0, share), "%", "Share of capital to put in")
        rows.append(("Share of capital to put in", min(100.0, share), "%", f"loses {percent:g} % at the stop"))
        return
    whole = told.loaded.instrument.asset_class in {AssetClass.STOCK, AssetClass.ETF}
    size = min(capital * percent / 100.0 / plan.risk, capital / plan.entry)
    size = float(math.floor(size)) if whole else size
    told.add("capital", capital, told.loaded.instrument.currency, "Capital")
    told.add("size", size, "shares", "Size")
    told.add("position_value", size * plan.entry, told.loaded.instrument.currency, "Worth of the position")
    told.add("loss_at_stop", size * plan.risk, told.loaded.instrument.currency, "Loss at the stop")
    rows.append(("Size", size, "shares", f"loses {percent:g} % of the capital at the stop"))
    if size == 0:
        evidence.warn("The capital is too small for one share at this risk.")


def _liquidations(told: Told, loaded: Loaded) -> Near | None:
    """Estimated liquidation zones around the price, for coins only."""
    if loaded.instrument.asset_class is not AssetClass.CRYPTO:
        return None
    near = nearest_zones(loaded)
    if near is None:
        return None
    close = last(loaded.column("close"))
    for field, zone, label in (("liquidation_below", near.below, "Longs liquidated around"),
                               ("liquidation_above", near.above, "Shorts liquidated around")):  # fmt: skip
        if zone is not None:
            told.add(field, zone.price, loaded.unit, f"{label} (estimate)")
            told.add(f"{field}_distance", 100.0 * (zone.price / close - 1.0), "%", f"{label}: from the close")
    return near


def _reasons(summary: Summary) -> str:
    return "; ".join(f"{one.label}: {one.words}" for one in summary.readings if one.words and one.vote)
