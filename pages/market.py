"""Market: a region at a glance, every part with its source and none able to empty the page."""

from datetime import datetime, timedelta

import streamlit as st

from components import market as reads
from components.frame import inside_app
from components.overview import lists, sectors, tiles
from components.states import part, plain
from core import formats
from core.clock import now
from core.market.views.overview import REGIONS, Missing

inside_app()
KEYS = {"India": "india", "US": "us", "Crypto": "crypto"}
CURRENCIES = {"india": "INR", "us": "USD", "crypto": "USD"}


def shown(value: object) -> bool:
    """Whether a part is there; when not, its reason stands in its place."""
    if isinstance(value, Missing):
        st.caption(f":material/cloud_off: {plain(value.reason)}")
        return False
    return True


with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("Market", width="stretch")
    label = st.segmented_control(
        "Region", list(KEYS), default="India", key="region", bind="query-params",
        label_visibility="collapsed", required=True,
    )  # fmt: skip
region = KEYS[label]
where = REGIONS[region]


@st.fragment(run_every=10)
def look_again(since: datetime) -> None:
    """Run the page again by itself while something of it is still being fetched."""
    if now() - since > timedelta(seconds=5):
        st.rerun(scope="app")


with part("overview"), st.skeleton(height=600):
    view = reads.overview(region)
    source = "Simulated" if view.simulated else ", ".join(view.sources_used).capitalize() or formats.UNKNOWN
    if view.stale or isinstance(view.tiles, Missing):
        look_again(now())
    if not isinstance(view.tiles, Missing):
        late = " · a newer one is on its way" if view.stale else ""
        leading = formats.moment(view.tiles[0].as_of, where.timezone, now=now())
        st.caption(f"{where.title} · {source}, {leading}{late}")
    if shown(view.tiles):
        tiles.index_tiles(view.tiles)
    names = {row.symbol: row.name for row in view.treemap} if not isinstance(view.treemap, Missing) else {}

    main, aside = st.columns([1.65, 1], gap="medium")
    with main:
        st.subheader(f"{where.universe} by sector" if region != "crypto" else "Coins by value")
        if shown(view.treemap):
            sectors.treemap(view.treemap, where.universe)
    with aside:
        st.subheader("Breadth")
        if shown(view.breadth):
            tiles.breadth_bar(view.breadth)
        st.subheader("Movers")
        which = st.segmented_control(
            "Movers", ["gainers", "losers", "active"], format_func=str.capitalize, default="gainers", key="movers",
            label_visibility="collapsed", required=True,
        )  # fmt: skip
        rows = {"gainers": view.gainers, "losers": view.losers, "active": view.active}[which]
        if shown(rows):
            lists.movers(rows, which, CURRENCIES[region])

    left, middle, right = st.columns([1.5, 1, 1.25], gap="medium")
    with left:
        st.subheader("Sectors")
        if shown(view.sectors):
            sectors.performance(view.sectors)
    with middle:
        st.subheader("Results ahead")
        if shown(view.calendar):
            lists.results_calendar(view.calendar, names)
        st.subheader("Sources")
        if shown(view.states):
            lists.sources(view.states)
    with right:
        st.subheader("News")
        if shown(view.news):
            lists.headlines(view.news, where.timezone, now())
