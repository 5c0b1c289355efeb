"""What every source promises, as checks that any source's test can call.

``check_shape(kind, sourced, source, now)`` looks at one answer; ``everything_said(error, caplog)`` gathers all text an
error could carry a secret in.
"""

import logging
import traceback
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.market.model import (
    BAR_COLUMNS,
    Action,
    Bars,
    Event,
    Holder,
    InsiderTrade,
    Instrument,
    Kind,
    Membership,
    Mover,
    NewsItem,
    Officer,
    Profile,
    Quote,
    Ratings,
    Ratios,
    Sourced,
    Statement,
)
from core.market.sources.base import Source

ITEMS: dict[Kind, type] = {
    Kind.OFFICERS: Officer,
    Kind.STATEMENTS: Statement,
    Kind.ACTIONS: Action,
    Kind.HOLDERS: Holder,
    Kind.INSIDERS: InsiderTrade,
    Kind.EVENTS: Event,
    Kind.NEWS: NewsItem,
    Kind.SEARCH: Instrument,
    Kind.MOVERS: Mover,
    Kind.TRENDING: Mover,
    Kind.MEMBERS: Membership,
}
SINGLE: dict[Kind, type] = {
    Kind.BARS: Bars,
    Kind.QUOTE: Quote,
    Kind.PROFILE: Profile,
    Kind.RATIOS: Ratios,
    Kind.RATINGS: Ratings,
    Kind.SECTORS: dict,
}
MARKET_TEXT = {Kind.SEARCH: "reliance", Kind.MOVERS: "gainers:us"}


def check_shape(kind: Kind, sourced: Sourced[Any], source: Source, now: datetime) -> None:
    """The envelope, the type of the data and what holds for it whatever the vendor."""
    assert sourced.source == source.name
    assert sourced.simulated is source.simulated
    for moment in (sourced.as_of, sourced.fetched_at):
        assert moment.tzinfo is not None
        assert moment.utcoffset() == timedelta(0)
    assert sourced.as_of <= sourced.fetched_at
    assert abs(sourced.fetched_at - now) < timedelta(minutes=1)
    assert not sourced.stale
    assert all(warning.kind and warning.detail for warning in sourced.warnings)
    if kind in SINGLE:
        assert isinstance(sourced.data, SINGLE[kind])
    else:
        assert isinstance(sourced.data, tuple)
        # An index has no corporate actions and a coin no results, and that is an answer; any other empty list is an
        # EmptyAnswer.
        assert sourced.data or kind in {Kind.ACTIONS, Kind.EVENTS}
        assert {type(item) for item in sourced.data} <= {ITEMS[kind]}
    _DETAILS.get(kind, lambda data, now: None)(sourced.data, now)


def check_bars(bars: Bars, now: datetime) -> None:
    """Columns, types, a strictly increasing UTC index named "ts", nothing from the future, actions inside the span."""
    frame = bars.frame
    assert tuple(frame.columns) == BAR_COLUMNS
    assert all(dtype == np.float64 for dtype in frame.dtypes)
    index = frame.index
    assert isinstance(index, pd.DatetimeIndex)
    assert index.name == "ts"
    assert str(index.tz) == "UTC"
    assert index.is_monotonic_increasing
    assert index.is_unique
    assert len(index) > 0
    assert index[-1] <= pd.Timestamp(now)
    assert bars.adjustment == "splits"
    assert bars.currency
    days = [action.ex_date for action in bars.actions]
    assert days == sorted(days)


def _actions(actions: tuple[Action, ...], now: datetime) -> None:
    assert list(actions) == sorted(actions, key=lambda action: (action.ex_date, action.kind))
    assert all(action.value > 0 for action in actions)


def _quote(quote: Quote, now: datetime) -> None:
    assert quote.price > 0
    assert quote.time.tzinfo is not None
    assert quote.time <= now + timedelta(seconds=1)


def _statements(statements: tuple[Statement, ...], now: datetime) -> None:
    for one in statements:
        assert one.items
        assert all(name == name.lower() and np.isfinite(value) for name, value in one.items.items())
        assert one.known_on >= one.period_end
        assert one.known_estimated is (one.filed_on is None)


def _news(items: tuple[NewsItem, ...], now: datetime) -> None:
    assert len({item.id for item in items}) == len(items)
    times = [item.published_at for item in items]
    assert times == sorted(times, reverse=True)
    for item in items:
        assert item.published_at.tzinfo is not None
        assert item.published_at <= now
        assert item.title == item.title.strip()
        assert item.url is None or item.url.startswith(("http://", "https://"))


def _ratios(ratios: Ratios, now: datetime) -> None:
    assert ratios.values
    assert all(name == name.lower() and np.isfinite(value) for name, value in ratios.values.items())


def _events(events: tuple[Event, ...], now: datetime) -> None:
    days = [event.on for event in events]
    assert days == sorted(days)
    assert {event.kind for event in events} <= {"results", "ex_dividend", "dividend_pay", "split"}


def _holders(holders: tuple[Holder, ...], now: datetime) -> None:
    assert {one.group for one in holders} <= {"promoter", "insider", "institution", "fund", "public"}
    assert all(one.share is None or 0 <= one.share <= 1 for one in holders)


def _insiders(trades: tuple[InsiderTrade, ...], now: datetime) -> None:
    assert {trade.side for trade in trades} <= {"buy", "sell", "grant", "other"}
    assert all(trade.traded_on <= date.fromordinal(now.date().toordinal() + 1) for trade in trades)


def _ratings(ratings: Ratings, now: datetime) -> None:
    assert set(ratings.counts) <= {"strong_buy", "buy", "hold", "sell", "strong_sell"}
    assert {call.action for call in ratings.calls} <= {"up", "down", "init", "reiterate", "main", None}


def _sectors(sectors: dict[str, str], now: datetime) -> None:
    assert sectors
    assert all(symbol and sector for symbol, sector in sectors.items())


_DETAILS: dict[Kind, Any] = {
    Kind.BARS: check_bars,
    Kind.QUOTE: _quote,
    Kind.ACTIONS: _actions,
    Kind.STATEMENTS: _statements,
    Kind.NEWS: _news,
    Kind.RATIOS: _ratios,
    Kind.EVENTS: _events,
    Kind.HOLDERS: _holders,
    Kind.INSIDERS: _insiders,
    Kind.RATINGS: _ratings,
    Kind.SECTORS: _sectors,
}


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was raised from or during, suppressed or not."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]


def everything_said(error: BaseException, caplog: pytest.LogCaptureFixture) -> str:
    """All text an error and the log carry: messages, representations, attributes, tracebacks, records."""
    words = []
    for one in chain(error):
        words += [str(one), repr(one), repr(one.args), repr(vars(one))]
    words += traceback.format_exception(error)
    formatter = logging.Formatter("%(name)s %(message)s")
    words += [formatter.format(record) + repr(record.args) for record in caplog.records]
    return "\n".join(words)
