"""Every figure of a run with its definition, by group."""

import pyarrow as pa
import streamlit as st

from components.backtest.loading import Done
from core import formats
from core.backtest.metric_table import METRICS
from core.backtest.told import GROUPS, told


def panel(done: Done) -> None:
    """A table a group; the definition stands beside each figure."""
    st.caption(
        "What cannot be said (a ratio over nothing) is “—”. Annual figures count sessions, growth calendar days."
    )
    for title, rows in groups(done):
        st.markdown(f"**{title}**")
        st.dataframe(
            rows,
            hide_index=True,
            height=38 + 35 * rows.num_rows,
            column_config={
                "Figure": st.column_config.TextColumn(width=210),
                "Value": st.column_config.TextColumn(width=130),
                "Definition": st.column_config.TextColumn(width="large"),
            },
            alt=f"{title}: {rows.num_rows} figures",
            key=f"bt_figures_{title}",
        )


def groups(done: Done) -> list[tuple[str, pa.Table]]:
    """The figures by group, in the order of METRICS, written out."""
    return _groups(f"{done.key}|{formats.number_style()}", done)


@st.cache_resource(max_entries=64, ttl=1800, show_spinner=False)
def _groups(key: str, _done: Done) -> list[tuple[str, pa.Table]]:  # noqa: ARG001  the inputs in one string
    names = [one.name for one in METRICS]
    values, currency = _done.run.metrics, _done.currency
    out = []
    for title, first, last in GROUPS:
        some = METRICS[names.index(first) : names.index(last) + 1]
        columns = {
            "Figure": [one.label for one in some],
            "Value": [told(one.name, values[one.name], currency) for one in some],
            "Definition": [one.definition for one in some],
        }
        out.append((title, pa.table(columns)))
    return out
