"""The read path of the simulated market: it is computed on the spot, so there is nothing to fetch, keep or refresh.

Asked as of a day, the same market is asked with its clock held at that day: it answers what it said then.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd

from core.market.calendars import calendar_of
from core.market.errors import EmptyAnswer
from core.market.model import Bars, Kind, Sourced
from core.market.sources.base import Request, Source, ask

_held: ContextVar[datetime | None] = ContextVar("kubera_replayed_moment", default=None)


class ComputedReads:
    """Reads of a source that is a pure function of time. Thread-safe.

    Args:
        make: builds the source for a clock.
        clock: the present, aware UTC.
    """

    def __init__(self, make: Callable[[Callable[[], datetime]], Source], clock: Callable[[], datetime]) -> None:
        self._clock = clock
        # One source for every moment, so that its caches are shared: only what its clock says differs, for this read.
        self.source = make(lambda: _held.get() or clock())

    def read(self, request: Request, as_of: datetime | None) -> Sourced[Any]:
        """Answer now, or as of a time: of bars only those closed by then.

        Raises:
            MarketError: as the source's own steps do.
        """
        if as_of is None or as_of >= self._clock():
            return ask(self.source, request)
        token = _held.set(as_of)
        try:
            answer = ask(self.source, request)
        finally:
            _held.reset(token)
        return _closed(answer, request, as_of) if request.kind is Kind.BARS else answer


def _closed(answer: Sourced[Bars], request: Request, as_of: datetime) -> Sourced[Bars]:
    assert request.instrument is not None
    bars = answer.data
    closes = calendar_of(request.instrument).bar_close(
        bars.interval, pd.DatetimeIndex(bars.frame.index), request.instrument.timezone
    )
    known = closes <= pd.Timestamp(as_of)
    if not known.any():
        raise EmptyAnswer(answer.source, f"no bar of {bars.symbol} had closed by {as_of:%Y-%m-%d %H:%M} UTC.")
    frame = bars.frame if known.all() else bars.frame.loc[known]
    return replace(answer, data=replace(bars, frame=frame), as_of=closes[known][-1].to_pydatetime())
