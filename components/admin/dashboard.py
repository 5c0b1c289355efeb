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
    else:
        with st.container(border=True, gap="xsmall"):
            for index, problem in enumerate(board.problems):
                with st.container(horizontal=True, vertical_alignment="center"):
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
    """One figure: its value, the day before, and its past."""
    drawn = None
    if any(figure.trend):
        # A count that is unknown has no bar; a duration that is unknown is left out of the line.
        known = [value for value in figure.trend if value is not None]
        drawn = [value or 0.0 for value in figure.trend] if figure.unit == "count" else known
    before = figure.trend[-2] if len(figure.trend) > 1 else None
    st.metric(
        figure.label,
        written(figure.value, figure.unit),
        # Today is not over: it is set beside yesterday, not against it.
        f"yesterday {written(before, figure.unit)}" if before is not None and not figure.past_of_its_own else None,
        delta_color="off",
        delta_arrow="off",
        help=plain(figure.about),
        border=True,
        height="stretch",
        chart_data=drawn,
        chart_type="bar" if figure.unit == "count" else "line",
    )


def written(value: float | None, unit: str) -> str:
    """A figure's value in words."""
    if value is None:
        return formats.UNKNOWN
    text = formats.number(value, 0)
    return f"{text} ms" if unit == "ms" else text


def _go(section: str) -> None:
    st.session_state["admin_section"] = section
    st.query_params["section"] = section
