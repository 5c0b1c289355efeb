"""The indicators on the chart: find one, set its parameters within the catalogue's ranges, remove it."""

import math
from typing import Any

import streamlit as st

from components.charts import address
from components.charts.view import MOST_STUDIES, ChartView, StudySpec, checked
from core.indicators import IndicatorError, Param, catalogue, find

_PROBLEM = "chart_study_problem"


def panel(view: ChartView) -> None:
    """The Indicators menu. A chart with many says so on its button."""
    count = f" ({len(view.studies)})" if view.studies else ""
    menu = st.popover(f"Indicators{count}", icon=":material/query_stats:", key="c_studies", on_change="rerun")
    if not menu.open:
        return
    with menu:
        st.selectbox(
            "Add an indicator",
            [i.name for i in catalogue()],
            index=None,
            placeholder="Type RSI, Bollinger, volume …",
            format_func=_label,
            key="c_add_study",
            on_change=_added,
            disabled=len(view.studies) >= MOST_STUDIES,
        )
        if problem := st.session_state.pop(_PROBLEM, None):
            st.warning(problem, icon=":material/edit_note:")
        if not view.studies:
            st.caption("None on the chart. SMA, RSI and MACD are good first ones.")
        for place, spec in enumerate(view.studies):
            _row(place, spec)


def _label(name: str) -> str:
    indicator = find(name)
    return f"{indicator.name.upper()} · {indicator.label} · {indicator.family}"


def _added() -> None:
    name = st.session_state.get("c_add_study")
    st.session_state["c_add_study"] = None
    if not isinstance(name, str):
        return
    view = address.current()
    new = checked(find(name), {})
    if new in view.studies:
        st.session_state[_PROBLEM] = f"{new.name.upper()} with these parameters is on the chart already."
        return
    address.change(studies=(*view.studies, new)[:MOST_STUDIES])


def _row(place: int, spec: StudySpec) -> None:
    indicator, values = spec.indicator, dict(spec.params)
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{indicator.label}**", help=indicator.formula)
            st.button(
                "Remove",
                icon=":material/close:",
                key=f"c_study_remove_{place}",
                type="tertiary",
                on_click=_removed,
                args=(spec,),
            )
        if indicator.params:
            with st.container(horizontal=True):
                for param in indicator.params:
                    _input(place, spec, param, values.get(param.name))


def _input(place: int, spec: StudySpec, param: Param, value: Any) -> None:
    key = f"c_study_{place}_{spec.name}_{param.name}"
    change: dict[str, Any] = {"key": key, "on_change": _edited, "args": (spec, param.name, key), "width": 116}
    if param.kind == "choice":
        st.session_state[key] = value
        st.selectbox(param.label, param.choices, **change)
        return
    if param.kind == "date":
        st.session_state[key] = None if value is None else value.date()
        st.date_input(param.label, **(change | {"width": 150}))
        return
    whole = param.kind == "int"
    number = int if whole else float
    st.session_state[key] = number(value)
    st.number_input(
        param.label,
        min_value=number(param.low) if math.isfinite(param.low) else None,
        max_value=number(param.high) if math.isfinite(param.high) else None,
        step=1 if whole else 0.1,
        help=param.allowed[0].upper() + param.allowed[1:] + ".",
        **change,
    )


def _edited(spec: StudySpec, name: str, key: str) -> None:
    view, value = address.current(), st.session_state.get(key)
    given = dict(spec.params) | {name: value}
    try:
        new = checked(spec.indicator, given)
    except IndicatorError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    address.change(studies=tuple(dict.fromkeys(new if s == spec else s for s in view.studies)))


def _removed(spec: StudySpec) -> None:
    view = address.current()
    address.change(studies=tuple(s for s in view.studies if s != spec))
