"""The latest price of a simulated instrument."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from core.market.model import Instrument, Quote
from core.market.sources.demo import spans
from core.market.sources.demo.sessions import bounds, moment, nanoseconds, starts
from core.market.sources.demo.world import World


def quote(world: World, instrument: Instrument, now: datetime) -> Quote | None:
    """The quote at ``now``, of the session under way or the last one; None before the first session."""
    through = now.year + 1
    until = nanoseconds(now)
    two = spans.latest(world, instrument, until, through)
    if not two.ts.size:
        return None
    path = world.path(instrument.symbol, through)
    at = int(np.searchsorted(starts(instrument, through), two.ts[-1]))
    year = int(np.searchsorted(path.days, path.days[at] - 364))
    price = float(two.close[-1])
    hours = bounds(instrument, int(path.days[at]))
    return Quote(
        symbol=instrument.symbol,
        price=price,
        time=now if hours is None else moment(min(hours[1], until)),
        currency=instrument.currency,
        previous_close=float(two.close[-2]) if two.ts.size > 1 else None,
        open=float(two.open[-1]),
        high=float(two.high[-1]),
        low=float(two.low[-1]),
        volume=None if np.isnan(two.volume[-1]) else float(two.volume[-1]),
        market_cap=price * path.shares if path.shares > 0.0 else None,
        high_52w=float(max(path.high[year:at].max(initial=0.0), two.high[-1])),
        low_52w=float(min(path.low[year:at].min(initial=np.inf), two.low[-1])),
        name=instrument.name,
    )
