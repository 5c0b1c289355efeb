"""Whether a vendor answers at this moment."""

from dataclasses import dataclass

from core.market.errors import MarketError


@dataclass(frozen=True, slots=True)
class Probe:
    """``error`` (redacted) is None when ``ok``; ``milliseconds`` is how long we waited."""

    ok: bool
    error: MarketError | None
    milliseconds: float
