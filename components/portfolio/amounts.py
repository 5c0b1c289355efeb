"""How the portfolio pages write money: in the investor's base currency, or not at all while amounts are hidden.

Hidden amounts are left out here, on the server; the browser gets percentages and dots.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from core import formats
from core.portfolio.returns import Unavailable

HIDDEN = "••••"
_WHOLE_FROM = 1000
"""Sums of this size and more are written without cents."""

_SHORT_FROM = 10_000_000
"""Gains of this size and more are written short (₹1.23 Cr): columns of tables are narrow."""

Sum = Decimal | float | None


@dataclass(frozen=True, slots=True)
class Amounts:
    """One reader's way to see money. `base` is the currency sums are in; `private` hides every amount."""

    base: str
    private: bool = False

    def money(self, value: Sum, currency: str = "", *, exact: bool = False) -> str:
        """A sum with its currency; `exact` keeps the cents of large ones."""
        if value is None:
            return formats.UNKNOWN
        if self.private:
            return HIDDEN
        shown = float(value)
        decimals = 0 if abs(shown) >= _WHOLE_FROM and not exact else 2
        return formats.money(shown, currency or self.base, decimals=decimals)

    def signed(self, value: Sum, currency: str = "") -> str:
        """A gain or a loss: its sign stays when the amount is hidden."""
        if value is None:
            return formats.UNKNOWN
        text = self.compact(abs(value), currency) if abs(value) >= _SHORT_FROM else self.money(abs(value), currency)
        return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text

    def compact(self, value: Sum, currency: str = "") -> str:
        """A short sum: ₹23.1 L."""
        if value is None:
            return formats.UNKNOWN
        return HIDDEN if self.private else formats.compact(float(value), currency or self.base)

    def units(self, value: Decimal | None) -> str:
        """How many of something; hidden as well, because a price and a quantity are an amount."""
        if value is None:
            return formats.UNKNOWN
        if self.private:
            return HIDDEN
        places = max(0, -int(value.normalize().as_tuple().exponent)) if value.is_finite() else 0
        return formats.number(float(value), min(places, 6))

    def line(self, values: NDArray[np.float64], whole: float) -> NDArray[np.float64]:
        """Values to draw: as they are, or in percent of `whole` while amounts are hidden."""
        if not self.private:
            return values
        return values / whole * 100.0 if whole else np.full_like(values, np.nan)


def rate(value: float | Unavailable | None, *, signed: bool = True, decimals: int = 2) -> str:
    """A return as a percentage, or the dash of what is not known."""
    if value is None or isinstance(value, Unavailable):
        return formats.UNKNOWN
    return formats.percent(value, decimals, signed=signed)


def reason(value: object) -> str:
    """Why a return is not there; "" when it is."""
    return value.because if isinstance(value, Unavailable) else ""
