"""Estimated liquidation levels, and marks an investor puts on a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from core.assistant.errors import BadArguments
from core.assistant.model import Annotation, Column, Figure, Level, Table, ToolResult, Zone
from core.assistant.tools import links
from core.assistant.tools.bars import Loaded, load
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.levels import candles
from core.assistant.tools.readings import Told, last
from core.assistant.tools.tool import body
from core.indicators import LiquidationZone, liquidation_zones
from core.indicators.liquidation import NOTE
from core.market.model import AssetClass

MOST = 5
_LONGEST_NOTE = 80


@dataclass(frozen=True)
class Near:
    """Zones around the close: the nearest on each side, and the strongest to draw."""

    below: LiquidationZone | None
    above: LiquidationZone | None
    zones: tuple[LiquidationZone, ...]

    @property
    def drawn(self) -> tuple[LiquidationZone, ...]:
        """The strongest of each side."""
        longs = [one for one in self.zones if one.side == "long"][:MOST]
        shorts = [one for one in self.zones if one.side == "short"][:MOST]
        return (*longs, *shorts)


def nearest_zones(loaded: Loaded, side: str = "both") -> Near | None:
    """Estimated zones of the span's bars; None when there is no volume to estimate from."""
    found = [one for one in liquidation_zones(loaded.bars, limit=60) if side in {"both", one.side}]
    if not found:
        return None
    close = last(loaded.column("close"))
    below = [one for one in found if one.price < close]
    above = [one for one in found if one.price >= close]
    return Near(
        max(below, key=lambda one: (one.price, one.intensity), default=None),
        min(above, key=lambda one: (one.price, -one.intensity), default=None),
        tuple(found),
    )


@body("detect_liquidation_levels")
def detect_liquidation_levels(evidence: Evidence) -> ToolResult:
    """The estimate for one instrument."""
    loaded = load(evidence)
    near = nearest_zones(loaded)
    if near is None:
        return evidence.missing(_nothing(loaded))
    told = _tell(evidence, loaded, near)
    evidence.show(_table(loaded, near))
    evidence.show(_figure(loaded, near.drawn, told))
    return evidence.result()


@body("create_liquidation_zone")
def create_liquidation_zone(evidence: Evidence) -> ToolResult:
    """The chart with the estimated zones, or with one of the investor's own."""
    low, high = evidence.number("low"), evidence.number("high")
    loaded = load(evidence)
    if low is None and high is None:
        near = nearest_zones(loaded, evidence.text("side"))
        if near is None:
            return evidence.missing(_nothing(loaded))
        told = _tell(evidence, loaded, near)
        evidence.show(_figure(loaded, near.drawn, told))
        return evidence.result()
    if low is None or high is None or not 0 < low < high:
        reason = f"A zone from {low} to {high} cannot be drawn."
        raise BadArguments(evidence.tool, "low", reason, "Give both prices, the lower one first.")
    told, name = Told(evidence, loaded), name_of(loaded.instrument)
    close = last(loaded.column("close"))
    told.add("close", close, loaded.unit, "Close")
    told.add("zone_low", low, loaded.unit, "Zone from")
    told.add("zone_high", high, loaded.unit, "Zone to")
    edge = high if close > high else low if close < low else close
    told.add("zone_distance", 100.0 * (edge / close - 1.0), "%", "Nearest edge of the zone from the close")
    evidence.show(
        candles(
            loaded,
            f"{name}: zone {low:g} to {high:g}",
            f"Candles of {name} with a zone between {low:g} and {high:g}.",
            zones=(Zone(low, high, "Zone", "liquidation"),),
            deep_link=links.chart(evidence.symbol, loaded.span, loaded.interval.value),
        )
    )
    return evidence.result()


@body("create_chart_annotation")
def create_chart_annotation(evidence: Evidence) -> ToolResult:
    """The chart with a note of the investor's."""
    loaded = load(evidence)
    text = " ".join(evidence.text("text").split())[:_LONGEST_NOTE]
    wanted = evidence.args.get("date")
    row = len(loaded.whole) - 1
    if isinstance(wanted, date):
        found = int(loaded.index.searchsorted(pd.Timestamp(wanted, tz=loaded.index.tz) + pd.Timedelta(days=1))) - 1
        if found < loaded.first or (loaded.index[-1].date() < wanted):
            first, end = loaded.index[loaded.first].date(), loaded.index[-1].date()
            reason = f"{wanted} is not on this chart."
            raise BadArguments(evidence.tool, "date", reason, f"Choose a day from {first} to {end}, or a longer range.")
        row = found
    told, name, kind = Told(evidence, loaded), name_of(loaded.instrument), evidence.text("kind")
    close = float(loaded.column("close")[row])
    price = evidence.number("price") or close
    told.add("close", last(loaded.column("close")), loaded.unit, "Close")
    told.add("mark_price", price, loaded.unit, "Price of the mark")
    told.add("mark_text", text, "text", "The note")
    told.add("mark_kind", kind, "text", "Kind of mark")
    told.add("mark_date", loaded.stamp(row), "date", "Day of the mark", as_of=loaded.stamp(row))
    away = 100.0 * (price / last(loaded.column("close")) - 1.0)
    told.add("mark_distance", away, "%", "Mark from the close")
    line = () if kind == "note" and evidence.number("price") is None else (
        Level(price, text, "reference" if kind == "note" else kind),
    )  # fmt: skip
    evidence.show(
        candles(
            loaded,
            f"{name}: {text}",
            f"Candles of {name} with the note “{text}” at {price:g}.",
            levels=line,
            annotations=(Annotation(loaded.moment(row), price, text),),
            deep_link=links.chart(evidence.symbol, loaded.span, loaded.interval.value),
        )
    )
    return evidence.result()


def _tell(evidence: Evidence, loaded: Loaded, near: Near) -> Told:
    told, close = Told(evidence, loaded), last(loaded.column("close"))
    told.add("close", close, loaded.unit, "Close")
    for field, zone, label in (
        ("liquidation_below", near.below, "Nearest below"),
        ("liquidation_above", near.above, "Nearest above"),
    ):
        if zone is not None:
            told.add(field, zone.price, loaded.unit, f"{label}: {zone.side}s at {zone.leverage:g} times (estimate)")
            told.add(f"{field}_leverage", zone.leverage, "x", f"{label}: leverage")
            told.add(f"{field}_side", zone.side, "text", f"{label}: whose positions")
            told.add(f"{field}_distance", 100.0 * (zone.price / close - 1.0), "%", f"{label}: from the close")
    for side in ("long", "short"):
        of_side = [one for one in near.zones if one.side == side]
        if of_side:
            strongest = of_side[0]
            told.add(f"strongest_{side}", strongest.price, loaded.unit, f"Strongest zone of {side}s (estimate)")
            told.add(f"strongest_{side}_share", 100.0 * strongest.share, "%", f"Its share of all open volume ({side}s)")
    evidence.warn(NOTE)
    if loaded.instrument.asset_class not in {AssetClass.CRYPTO}:
        evidence.warn("Shares and indices are seldom held at such leverage; read this with care.")
    return told


def _table(loaded: Loaded, near: Near) -> Table:
    close = last(loaded.column("close"))
    return Table(
        f"{name_of(loaded.instrument)}: estimated liquidation zones",
        (Column("Side", "text"), Column("Leverage", "x"), Column("Price", loaded.unit), Column("From", loaded.unit),
         Column("To", loaded.unit), Column("From the close", "%"), Column("Strength", "index")),
        tuple(
            (one.side, one.leverage, one.price, one.low, one.high, 100.0 * (one.price / close - 1.0), one.intensity)
            for one in near.drawn
        ),
        note=NOTE,
    )  # fmt: skip


def _figure(loaded: Loaded, zones: tuple[LiquidationZone, ...], told: Told) -> Figure:
    name = name_of(loaded.instrument)
    return candles(
        loaded,
        f"{name}: estimated liquidation zones",
        f"Candles of {name} with {len(zones)} estimated liquidation zones.",
        zones=tuple(
            Zone(one.low, one.high, f"{one.side} {one.leverage:g}x", "liquidation", strength=one.intensity / 100.0)
            for one in zones
        ),
        deep_link=links.chart(told.loaded.instrument.symbol, loaded.span, loaded.interval.value,
                              marks=("liquidations",)),
        note=NOTE,
    )  # fmt: skip


def _nothing(loaded: Loaded) -> str:
    return (
        f"{loaded.instrument.symbol} has no volume at {loaded.source} in this span, so nothing can be estimated. "
        "Ask about a coin such as BTC-USD."
    )
