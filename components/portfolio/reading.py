"""What portfolio pages read beside the desk, kept for a minute."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from datetime import timedelta

import numpy as np
import pandas as pd
import streamlit as st

from components.market import market
from components.portfolio.reader import Reader
from core.market.errors import MarketError
from core.market.instruments import infer
from core.market.store.adjust import exchange_days
from core.portfolio import book
from core.portfolio.desk import Desk
from core.portfolio.model import Ledger
from core.portfolio.overview import Overview, compose
from core.portfolio.price_loading import load
from core.portfolio.prices import Floats, Prices, as_traded, calendar
from core.portfolio.stress import CRISES
from core.portfolio.valuation import Daily

INDICES = {"^NSEI": "NIFTY 50", "^BSESN": "SENSEX", "^GSPC": "S&P 500", "^IXIC": "NASDAQ", "BTC-USD": "Bitcoin"}

_MOST_VIEWS = 64
_views: OrderedDict[int, tuple[weakref.ref[Daily], Overview]] = OrderedDict()
"""By the daily values they were composed of, which the core keeps as long as nothing changes: a view of 200 holdings
takes tens of milliseconds, and every press of a button runs its page again."""


def overview_of(desk: Desk) -> Overview:
    """The one view of a desk that all pages draw from."""
    found = _views.get(id(desk.values))
    if found is not None and found[0]() is desk.values:
        return found[1]
    view = compose(desk.ledger, desk.prices, desk.base, of=desk.values, own=desk.own)
    _views[id(desk.values)] = (weakref.ref(desk.values), view)
    while len(_views) > _MOST_VIEWS:
        _views.popitem(last=False)
    return view


def with_index(reader: Reader, desk: Desk, symbol: str) -> Prices:
    """The desk's prices and those of one index beside them, over the same days."""
    account = reader.mine.account
    # Over the whole ledger whatever the scope: the days have to be those of the desk's values.
    return _with_index(
        account.id,
        book.revision_of(account),
        desk.base,
        desk.prices.days.size,
        desk.prices.simulated,
        symbol,
        book.ledger(account),
        desk.prices,
        account.owner,
    )


@st.cache_resource(ttl=60, max_entries=24, show_spinner=False)
def _with_index(
    investor: int,  # noqa: ARG001 - these first five are what the answer depends on
    revision: int,  # noqa: ARG001
    base: str,
    days: int,  # noqa: ARG001
    simulated: bool,  # noqa: ARG001
    symbol: str,
    _ledger: Ledger,
    _prices: Prices,
    _owner: str,
) -> Prices:
    return load(_ledger, base_currency=base, until=_prices.until, extra=(symbol,), owner=_owner, service=market())


@st.cache_resource(ttl=3600, max_entries=32, show_spinner=False)
def of_crises(symbols: tuple[str, ...], owner: str, live: bool) -> Prices:  # noqa: ARG001 - live is in the key
    """Split-adjusted closes over the crises of `core.portfolio.stress`; symbols nobody has prices of are left out."""
    first = min(each.start for each in CRISES) - timedelta(days=14)
    last = max(each.end for each in CRISES)
    days = calendar(first, last)
    close: dict[str, Floats] = {}
    for symbol, answer in market().bars_many(symbols, "1d", first, last, owner=owner).items():
        if not isinstance(answer, MarketError):
            frame = answer.data.frame
            numbers = exchange_days(pd.DatetimeIndex(frame.index), infer(symbol).timezone)
            close[symbol] = as_traded(days, numbers, frame["close"].to_numpy(dtype=np.float64), (), ())
    return Prices(days, close)
