"""Arguments that many tools take, said once."""

from __future__ import annotations

from core.assistant.model import Argument

INTERVALS = ("1m", "5m", "15m", "30m", "1h", "1d", "1wk", "1mo")
SECTORS = (
    "Technology",
    "Financial Services",
    "Energy",
    "Healthcare",
    "Consumer Defensive",
    "Consumer Cyclical",
    "Basic Materials",
    "Industrials",
    "Communication Services",
    "Utilities",
    "Real Estate",
)
"""Sectors in the catalogue's words; `core.assistant.tools.sectors.sector_of` reads others ("IT", "pharma", "banks")."""

SYMBOL = Argument(
    "symbol",
    "symbol",
    "The instrument: a symbol (TCS.NS, AAPL, BTC-USD, ^NSEI), ticker or company name.",
    required=True,
)


def span(default: str = "1y", description: str = "How far back.") -> Argument:
    """A range of time."""
    return Argument("range", "range", description, default=default)


def interval(default: str = "1d") -> Argument:
    """The length of a bar."""
    return Argument("interval", "choice", "Length of a bar.", default=default, choices=INTERVALS)


def whole(name: str, default: int, low: int, high: int, description: str) -> Argument:
    """A whole number within bounds."""
    return Argument(name, "integer", description, default=default, low=low, high=high)


def many(low: int, high: int, description: str) -> Argument:
    """Several instruments."""
    return Argument("symbols", "symbols", description, required=True, low=low, high=high)


def sector(
    *, required: bool = False, description: str = "Sector, in any common words (IT, banking, pharma)."
) -> Argument:
    """A sector."""
    return Argument("sector", "text", description, required=required, default=None if required else "")
