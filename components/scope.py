"""The scope bar: which market the desk shows, whether it trades now, and how sure that is. On top of every page."""

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import streamlit as st

from components.market import market
from core import formats
from core.clock import now
from core.market.calendars import calendar

SHOWS_LIVE = "scope_shows_live"
"""Whether the bar of this tab says that the market is live: what is drawn below it must not be of the other one."""

_EXCHANGES = (("NSE", "XBOM", "Asia/Kolkata"), ("New York", "XNYS", "America/New_York"))


@lru_cache(maxsize=16)
def _session(name: str, code: str, timezone: str, at: datetime) -> str:
    """One exchange at a whole minute."""
    trading = calendar(code)
    if trading.is_open(at):
        bounds = trading.session_bounds(at.astimezone(ZoneInfo(timezone)).date())
        until = f" until {formats.clock_time(bounds[1], timezone)}" if bounds else ""
        return f":green-badge[● {name} open{until}]"
    return f":gray-badge[○ {name} closed, opens {formats.moment(trading.next_open(at), timezone, now=at)}]"


def bar() -> None:
    """Draw the bar: one wrapped line of badges, the simulated market said plainly."""
    at = now().replace(second=0, microsecond=0)  # no session begins or ends within a minute
    mode = market().mode()
    st.session_state[SHOWS_LIVE] = mode.live
    badges = [_session(name, code, timezone, at) for name, code, timezone in _EXCHANGES]
    if not mode.live:
        badges.insert(0, ":orange-badge[:material/science: Simulated market]")
    st.markdown(" ".join(badges))
    if not mode.live:
        # What the vendor's connection said stands on the Data page; here the sentence is enough.
        st.caption(re.sub(r" \(.*\)", "", mode.reason))
