"""Lists of the Market page: movers, the results calendar, headlines, sources."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

import pandas as pd
import streamlit as st

from components import theme
from components.states import empty, plain
from core import formats
from core.market.model import Event, Mover, NewsItem
from core.market.store.breaker import SourceState

CHART_PAGE = "pages/charts.py"
_PICK = "mover_open"
_URL_SAFE = ":/?#@!$&*+,;=%~-._"  # brackets and spaces would end the Markdown link


def movers(rows: Sequence[Mover], which: str, currency: str) -> None:
    """A list of movers; a click on a row's button opens its chart."""
    if not rows:
        empty("No movers yet", "The session has not started, or nothing has moved.", ":material/trending_flat:")
        return
    look = theme.active()
    columns = {
        "Name": [row.name for row in rows],
        "Price": [formats.money(row.price, currency) for row in rows],
        "Volume": [formats.compact(row.volume, indian=currency == "INR") for row in rows],
        "Change": [formats.change(row.change_percent / 100) for row in rows],
        "Open": [":material/candlestick_chart:"] * len(rows),
    }
    # The narrow column of the page holds four columns: what the list is about decides which.
    del columns["Price" if which == "active" else "Volume"]
    colours = [
        look.up if row.change_percent > 0 else look.down if row.change_percent < 0 else look.muted for row in rows
    ]
    styled = pd.DataFrame(columns).style.apply(lambda _: [f"color: {colour}" for colour in colours], subset=["Change"])
    key = f"{_PICK}_{which}"
    st.dataframe(
        styled,
        hide_index=True,
        height="content",
        alt=f"The day's {which}",
        column_config={
            "Name": st.column_config.TextColumn(width=116),
            "Price": st.column_config.TextColumn(width=88, alignment="right"),
            "Volume": st.column_config.TextColumn(width=88, alignment="right"),
            "Change": st.column_config.TextColumn(width=88, alignment="right"),
            "Open": st.column_config.ButtonColumn("", key=key, width=50, type="tertiary", help="Open its chart"),
        },
    )
    click = st.session_state.get(key)
    if click is not None and 0 <= click.row < len(rows):
        st.switch_page(CHART_PAGE, query_params={"symbol": rows[click.row].symbol})


def results_calendar(events: Sequence[Event], names: dict[str, str]) -> None:
    """Who reports next, by day."""
    if not events:
        empty(
            "No results due", "No company of this list has announced results for the coming weeks.", ":material/event:"
        )
        return
    days: dict[object, list[Event]] = {}
    for event in events:
        days.setdefault(event.on, []).append(event)
    for day, due in list(days.items())[:6]:
        said = ", ".join(names.get(event.symbol, event.symbol) for event in due[:6])
        more = f" and {len(due) - 6} more" if len(due) > 6 else ""
        st.markdown(f"**{formats.day(day)}**  \n{plain(said)}{more}")


def headlines(items: Sequence[NewsItem], timezone: str, now: datetime) -> None:
    """Headlines with who wrote them and when; links open outside."""
    if not items:
        empty("No news", "No source has headlines for this market now.", ":material/newspaper:")
        return
    for item in items[:8]:
        told = f"{plain(item.publisher)} · {formats.moment(item.published_at, timezone, now=now)}"
        title = f"[{plain(item.title)}]({quote(item.url, safe=_URL_SAFE)})" if item.url else plain(item.title)
        st.markdown(f"{title}  \n:gray[:small[{told}]]")


def sources(states: Sequence[SourceState]) -> None:
    """One badge a source, green only when it answers."""
    colours = {"ok": "green", "cooling": "orange", "not configured": "gray", "off": "gray"}
    words = {"ok": "on"}
    st.markdown(
        " ".join(
            f":{colours.get(s.state, 'red')}-badge[{plain(s.label)}: {words.get(s.state, s.state)}]" for s in states
        )
    )
    st.page_link("pages/data.py", label="All sources", icon=":material/hub:", query_params={"show": "Sources"})
