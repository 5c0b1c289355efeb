"""Dashboard: what needs attention, then every figure with its last 30 days."""

import streamlit as st

from components.admin import desk
from components.states import empty, plain
from core import formats
from core.office.contract import Office
from core.office.model import Figure


def draw(office: Office) -> None:
    """The section."""
    board = office.dashboard()
    st.subheader("Needs attention")
    if not board.problems:
        empty("Nothing", "No job or mail failed, every source that is on answers.", ":material/verified:")
    for index, problem in enumerate(board.problems):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/error: {plain(problem.text)}", width="stretch")
            st.button(
                "Look",
                key=f"admin_problem_{index}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=_go,
                args=(problem.section,),
            )
    st.subheader("Today and the last 30 days")
    with st.grid(4, min_column_width=230, gap="small"):
        for figure in board.figures:
            tile(figure)
    st.caption(f"As of {desk.when(board.at)}. Days are UTC days; the last one is not over yet.")


def tile(figure: Figure) -> None:
    """One figure: its value, how it differs from the usual, and its past."""
    past = [value for value in figure.trend[:-1] if value is not None]
    delta = None
    if figure.value is not None and len(past) >= 7 and not figure.past_of_its_own:
        usual = sum(past) / len(past)
        delta = figure.value - usual
    colour = {"up": "normal", "down": "inverse", "": "off"}[figure.good]
    drawn = [value if value is not None else 0.0 for value in figure.trend] if past else None
    st.metric(
        figure.label,
        written(figure.value, figure.unit),
        written(delta, figure.unit, signed=True) if delta is not None else None,
        delta_color=colour,
        delta_description="against the usual day" if delta is not None else None,
        help=plain(figure.about),
        border=True,
        height="stretch",
        chart_data=drawn,
        chart_type="bar" if figure.unit == "count" else "line",
    )


def written(value: float | None, unit: str, *, signed: bool = False) -> str:
    """A figure's value in words."""
    if value is None:
        return formats.UNKNOWN
    text = formats.number(value, 0, signed=signed).replace("−", "-")
    return f"{text} ms" if unit == "ms" else text


def _go(section: str) -> None:
    st.session_state["admin_section"] = section
    st.query_params["section"] = section
