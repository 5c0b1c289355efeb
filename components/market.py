"""Cached reads of the market for pages: the only place that uses ``st.cache_data``.

The service keeps freshness (market hours, single flight, stale while refreshing); these caches only spare a page the
database within a few seconds, so their lives are short. What belongs to one investor carries the owner in its key.
"""

from datetime import date, datetime

import streamlit as st

from core.boot import on_cache_bust
from core.market.model import Bars, Finding, Instrument, NewsItem, Quote, Sourced
from core.market.service import Market
from core.market.service import market as _market
from core.market.views.overview import MarketView, market_overview

_was_live: bool | None = None


@st.cache_resource(show_spinner=False)
def _clear_when_told() -> bool:
    """Once a process: drop the caches when another process changed what is stored."""
    on_cache_bust(lambda _topic: st.cache_data.clear())
    return True


def market() -> Market:
    """The process's market service (never cached here: it is one object already)."""
    global _was_live  # noqa: PLW0603  one market a process
    _clear_when_told()
    service = _market()
    live = service.mode().live
    if live != _was_live:
        if _was_live is not None:
            st.cache_data.clear()  # what was read of the other market is nobody's answer now
        _was_live = live
    return service


@st.cache_data(ttl=30, refresh_mode="background", max_entries=4, show_spinner=False)
def overview(region: str) -> MarketView:
    """Everything the Market page shows for ``region`` (india, us, crypto)."""
    return market_overview(_market(), region)


@st.cache_data(ttl=15, max_entries=256, show_spinner=False)
def bars(
    symbol: str,
    interval: str = "1d",
    start: date | datetime | None = None,
    end: date | datetime | None = None,
    adjust: str = "splits",
    owner: str | None = None,
) -> Sourced[Bars]:
    """Bars as the service gives them; see ``Market.bars``."""
    return _market().bars(symbol, interval, start, end, adjust=adjust, owner=owner)


@st.cache_data(ttl=15, max_entries=512, show_spinner=False)
def quote(symbol: str, owner: str | None = None) -> Sourced[Quote]:
    """The latest quote; see ``Market.quote``."""
    return _market().quote(symbol, owner=owner)


@st.cache_data(ttl=60, max_entries=64, show_spinner=False)
def news(symbol: str | None = None) -> Sourced[tuple[NewsItem, ...]]:
    """Headlines of an instrument, or of the market."""
    return _market().news(symbol)


@st.cache_data(ttl=300, max_entries=64, show_spinner=False)
def instruments(owner: str | None = None) -> tuple[Instrument, ...]:
    """All instruments this investor can open, own ones included."""
    return _market().instruments(owner=owner)


@st.cache_data(ttl=15, max_entries=128, show_spinner=False)
def findings(symbol: str, owner: str | None = None) -> tuple[Finding, ...]:
    """What was found wrong with an instrument's data."""
    return _market().findings(symbol, owner=owner)


def forget() -> None:
    """Drop what is cached, after the investor changed something (an import, a deletion)."""
    st.cache_data.clear()
