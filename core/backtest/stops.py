"""What closes a position besides its signal: stops, targets, time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.backtest.errors import BadRule, between, whole
from core.backtest.layout import MAX_TARGETS, Unit

_UNITS = {"percent": Unit.PRICE, "atr": Unit.ATR, "risk": Unit.RISK}


@dataclass(frozen=True, slots=True)
class Stops:
    """Stops and targets of every position; without arguments there are none.

    Attributes:
        stop_percent, stop_atr: distance of the stop from the entry price (slippage included in it), in percent of
            it or in ATRs at the signal; of two, the nearer holds.
        trail_percent, trail_atr: distance of the trailing stop from the best price since the entry. The best price is
            updated after the bar's check, so a bar is never stopped by its own extreme.
        target_percent: take the whole position off at this gain. Short for `targets=((distance, 1.0),)`.
        targets: up to four (distance, share) pairs, near to far: at each distance that share of what was bought is
            sold; the shares add up to at most 1.
        target_unit: what distances are counted in: "percent", "atr", or "risk" (multiples of the stop's distance).
        max_bars: leave at the open after so many closes. 0: no limit.
        atr_length: of Wilder's average true range, wherever ATRs are meant.
    """

    stop_percent: float = 0.0
    stop_atr: float = 0.0
    trail_percent: float = 0.0
    trail_atr: float = 0.0
    target_percent: float = 0.0
    targets: tuple[tuple[float, float], ...] = ()
    target_unit: Literal["percent", "atr", "risk"] = "percent"
    max_bars: int = 0
    atr_length: int = 14

    def __post_init__(self) -> None:
        for name in ("stop_percent", "trail_percent"):
            if between(name, getattr(self, name), 0.0, 100.0) == 100.0:
                raise BadRule(name, 100, "it must be below 100")
        for name in ("stop_atr", "trail_atr"):
            between(name, getattr(self, name), 0.0, 1000.0)
        between("target_percent", self.target_percent, 0.0, 1e6)
        whole("max_bars", self.max_bars, 0, 10_000_000)
        whole("atr_length", self.atr_length, 1, 1000)
        if self.target_unit not in _UNITS:
            raise BadRule("target_unit", self.target_unit, "it must be percent, atr or risk")
        if self.target_percent and self.targets:
            raise BadRule("targets", self.targets, "give target_percent or targets, not both")
        if len(self.targets) > MAX_TARGETS:
            raise BadRule("targets", self.targets, f"there may be at most {MAX_TARGETS}")
        before = 0.0
        for distance, share in self.targets:
            between("distance of a target", distance, 0.0, 1e6)
            between("share of a target", share, 0.0, 1.0)
            if distance <= before or share == 0.0:
                raise BadRule("targets", self.targets, "distances must rise from above 0, shares be above 0")
            before = distance
        if sum(share for _, share in self.targets) > 1.0 + 1e-9:
            raise BadRule("targets", self.targets, "the shares must add up to at most 1")
        if self.targets and self.target_unit == "risk" and not (self.stop_percent or self.stop_atr):
            raise BadRule("target_unit", "risk", "targets in multiples of risk need stop_percent or stop_atr")

    @property
    def unit(self) -> Unit:
        """What the targets' distances are counted in."""
        return Unit.PRICE if self.target_percent else _UNITS[self.target_unit]

    @property
    def levels(self) -> tuple[tuple[float, float], ...]:
        """The targets as (distance, share), percentages as fractions."""
        pairs = ((self.target_percent, 1.0),) if self.target_percent else self.targets
        scale = 100.0 if self.unit is Unit.PRICE else 1.0
        return tuple((distance / scale, share) for distance, share in pairs)

    @property
    def needs_atr(self) -> bool:
        """Whether an ATR must be known at the signal."""
        return bool(self.stop_atr or self.trail_atr or (self.targets and self.target_unit == "atr"))

    @property
    def by_percent(self) -> bool:
        """True when a stop, a trailing stop and one target in percent are all there is."""
        return not (self.needs_atr or self.targets or self.max_bars)
