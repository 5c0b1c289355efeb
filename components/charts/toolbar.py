"""The row of controls over the chart. Each writes its choice into the view; none draws anything."""

from datetime import date

import streamlit as st

from components.charts import address
from components.charts.view import CUSTOM, KINDS, MARKS, RANGES, ChartView, interval_name
from core.market.model import AssetClass, Instrument, Interval

_RANGE_LABELS = {"ytd": "YTD", "max": "Max", CUSTOM: "Dates"} | {r: r.replace("mo", "M").upper() for r in RANGES[:5]}
_KIND_LABELS = {
    "candles": "Candles",
    "heikin-ashi": "Heikin-Ashi",
    "line": "Line",
    "area": "Area",
}
_MARK_LABELS = {
    "events": "Events (dividends, splits, results)",
    "patterns": "Candle patterns",
    "shapes": "Chart patterns",
    "levels": "Support and resistance",
    "liquidations": "Liquidation zones (estimate)",
    "profile": "Volume by price",
}


def ranges(view: ChartView, today: date) -> None:
    """Range, its two days when it is a custom one, interval and chart type."""
    state = st.session_state
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        state["c_range"] = view.range
        st.segmented_control(
            "Range",
            (*RANGES, CUSTOM),
            required=True,
            format_func=lambda r: _RANGE_LABELS.get(r, r.upper()),
            key="c_range",
            label_visibility="collapsed",
            on_change=_range_picked,
            args=(today,),
        )
        if view.range == CUSTOM:
            state["c_days"] = tuple(d for d in (view.start, view.end) if d is not None)
            st.date_input(
                "First and last day",
                key="c_days",
                max_value=max(today, *(d for d in (view.start, view.end) if d)),
                min_value=min(date(1970, 1, 1), *(d for d in (view.start, view.end) if d)),
                format="DD/MM/YYYY",
                label_visibility="collapsed",
                width=230,
                on_change=_days_picked,
            )
        state["c_interval"] = view.interval
        st.selectbox(
            "Interval",
            [i.value for i in Interval],
            format_func=interval_name,
            key="c_interval",
            label_visibility="collapsed",
            width=132,
            on_change=address.picked,
            args=("interval", "c_interval"),
        )
        state["c_kind"] = view.kind
        st.selectbox(
            "Chart type",
            KINDS,
            format_func=_KIND_LABELS.__getitem__,
            key="c_kind",
            label_visibility="collapsed",
            width=168,
            disabled=bool(view.compare),
            on_change=address.picked,
            args=("kind", "c_kind"),
        )


def _range_picked(today: date) -> None:
    value = st.session_state.get("c_range")
    if value is None:
        return
    if value == CUSTOM:
        # A date input cannot be empty of meaning: start with the year that was shown.
        address.change(range=CUSTOM, start=today.replace(month=1, day=1), end=today)
    else:
        address.change(range=value, start=None, end=None)


def _days_picked() -> None:
    days = st.session_state.get("c_days") or ()
    if len(days) == 2:
        address.change(start=days[0], end=days[1])


def marks(view: ChartView, instrument: Instrument) -> None:
    """What is marked on the chart, and how its axes are drawn."""
    menu = st.popover("View", icon=":material/tune:", key="c_view_menu", on_change="rerun")
    if not menu.open:
        return
    state = st.session_state
    crypto = instrument.asset_class is AssetClass.CRYPTO
    with menu:
        for field, label in (
            ("volume", "Volume"),
            ("log", "Logarithmic prices"),
            ("dividends", "Adjusted for dividends"),
            ("frames", "Day, week and month side by side"),
            ("table", "Table of the last 50 bars"),
        ):
            state[f"c_{field}"] = getattr(view, field)
            st.toggle(label, key=f"c_{field}", on_change=address.picked, args=(field, f"c_{field}"))
        st.caption("Marked on the chart")
        for mark in MARKS:
            if mark == "liquidations" and not crypto:
                continue
            state[f"c_mark_{mark}"] = mark in view.marks
            st.checkbox(_MARK_LABELS[mark], key=f"c_mark_{mark}", on_change=_marked, args=(mark,))


def _marked(mark: str) -> None:
    view = address.current()
    kept = tuple(m for m in view.marks if m != mark)
    address.change(marks=(*kept, mark) if st.session_state.get(f"c_mark_{mark}") else kept)
