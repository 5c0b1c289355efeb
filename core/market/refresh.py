"""Refreshes watched instruments in market hours; the queue calls it every half hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.market.calendars import calendar_of
from core.market.errors import MarketError
from core.market.service import Market, market
from core.market.store.freshness import SETTLING
from db.repositories.market_own import WatchRepository
from db.session import read_session

_AFTER_CLOSE = SETTLING + timedelta(minutes=35)


@dataclass(frozen=True, slots=True)
class RefreshOutcome:
    """What a refresh did: symbols fetched, still fresh, resting (market closed), and failed with the reason."""

    refreshed: tuple[str, ...]
    fresh: tuple[str, ...]
    resting: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def refresh_watched(now: datetime, service: Market | None = None) -> RefreshOutcome:
    """Fetch what is due of everything anybody watches whose market trades, or closed within the hour.

    Safe to run twice: what is fresh is not asked for again. One instrument's failure does not stop the others; the
    simulated market has nothing to fetch.

    Raises:
        DatabaseProblem: the database is away.
    """
    service = service or market()
    with read_session() as session:
        symbols = WatchRepository(session).symbols()
    refreshed, fresh, resting, failed = [], [], [], []
    for symbol in symbols:
        try:
            hours = calendar_of(service.resolve(symbol))
            # Once more after the close: the day's last bar and its volume settle then.
            if not hours.is_open(now) and now - hours.last_close(now) > _AFTER_CLOSE:
                resting.append(symbol)
            elif service.refresh(symbol):
                refreshed.append(symbol)
            else:
                fresh.append(symbol)
        except MarketError as error:
            failed.append((symbol, str(error)))
    return RefreshOutcome(tuple(refreshed), tuple(fresh), tuple(resting), tuple(failed))
