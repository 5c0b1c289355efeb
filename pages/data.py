"""Data: the investor's own files, what was found wrong with any series, and where everything comes from."""

import pandas as pd
import streamlit as st

from components import imports, states
from components.charts.loading import forget as forget_charts
from components.frame import inside_app
from components.investor import current
from components.market import findings, forget, instruments, market
from core import formats
from core.clock import now

inside_app()
STATE_WORDS = {"ok": "On", "cooling": "Pausing after errors", "off": "Off: the other market is on"}

investor = current()
st.title("Data")
st.caption("Your own files, what was wrong with them, and the state of every source.")

files, quality, sources = st.tabs(
    ["Your files", "Quality", "Sources"], key="show", on_change="rerun", bind="query-params"
)


@st.dialog("Delete this instrument?")
def confirm_delete(symbol: str) -> None:
    """Ask once before an own instrument and its bars go."""
    st.write(f"**{symbol}** and all its bars are deleted. Your file on disk stays as it is.")
    if st.button("Delete", type="primary", icon=":material/delete:"):
        market().delete_own(symbol, investor.owner)
        forget()
        forget_charts()
        st.rerun()


if files.open:
    with files, states.part("files"):
        if not investor.lasting:
            st.caption("Under this start, files last as long as this tab. Start with `make run` to keep them.")
        report = imports.upload(investor.owner, key="data")
        own = market().own_instruments(investor.owner)
        zones = {item.symbol: item.timezone for item in own}
        past = market().reports(investor.owner)
        intervals = {one.symbol: one.interval.value for one in reversed(past)}
        if report is not None:
            imports.show(report, zones[report.symbol])
            st.page_link(
                "pages/charts.py",
                label=f"Chart {report.symbol}",
                icon=":material/candlestick_chart:",
                query_params={"symbol": report.symbol, "interval": report.interval.value, "range": "max"},
            )
        st.subheader("Your instruments")
        if not own:
            states.empty(
                "No file yet",
                "Drop a CSV, Excel or Parquet file above: bars from a broker, an exchange or a data site.",
            )
        for item in own:
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(f"**{item.symbol}**")
                st.caption(f"{item.currency}, {item.timezone}", width="stretch")
                st.page_link(
                    "pages/charts.py",
                    label="Chart",
                    icon=":material/candlestick_chart:",
                    query_params={
                        "symbol": item.symbol,
                        "interval": intervals.get(item.symbol, "1d"),
                        "range": "max",
                    },
                )
                if st.button("Delete", key=f"delete_{item.symbol}", icon=":material/delete:", type="tertiary"):
                    confirm_delete(item.symbol)
        if past:
            st.subheader("Import reports")
            for index, stored in enumerate(past[:20]):
                with st.expander(imports.summary(stored, zones.get(stored.symbol, "UTC")), key=f"report_{index}"):
                    imports.show(stored, zones.get(stored.symbol, "UTC"))

if quality.open:
    with quality, states.part("quality"):
        zones = {item.symbol: item.timezone for item in instruments(investor.owner)}
        symbol = st.selectbox(
            "Instrument", list(zones), index=None, placeholder="Choose an instrument", key="quality_symbol"
        )
        if symbol is None:
            states.empty(
                "Choose an instrument", "Everything found wrong with its series is listed here, with what was done."
            )
        else:
            found = findings(symbol, investor.owner)
            if found:
                imports.findings_table(found, zones[symbol], alt=f"Quality findings of {symbol}")
            else:
                states.empty(
                    "Nothing found", f"No fault was found in what is stored of {symbol}.", ":material/verified:"
                )

if sources.open:
    with sources, states.part("sources"):
        mode = market().mode()
        st.markdown(f"**{mode.label} market.** {mode.reason}")
        states_now = market().sources()
        at = now()
        st.dataframe(
            pd.DataFrame(
                {
                    "Source": [s.label for s in states_now],
                    "State": [STATE_WORDS.get(s.state, s.state.capitalize()) for s in states_now],
                    "Last answer": [formats.age(at - s.last_ok) if s.last_ok else formats.UNKNOWN for s in states_now],
                    "Calls today": [s.calls_today for s in states_now],
                    "Last error": [s.last_error or "" for s in states_now],
                    "Switch on with": ["" if s.configured else (s.setting or "") for s in states_now],
                }
            ),
            hide_index=True,
            alt="Every market-data source and its state",
        )
