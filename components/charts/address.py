"""Keeps the view and the address bar in step: a link opens the view it names, a change rewrites the link.

The view lives in the session; the address is read when it is not the one last written (a link, the back button).
A rerun may still carry the address of before the last write for a moment; within that moment it is not believed.
"""

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from components.charts.view import ChartView, from_query, to_query

_VIEW, _NOTES, _SEEN, _BEFORE, _WRITTEN = "chart_view", "chart_notes", "chart_seen", "chart_before", "chart_written"
_SETTLED = 2.0
_KEYS = (
    *("symbol", "range", "interval", "type", "ind", "compare", "marks"),
    *("log", "volume", "dividends", "frames", "table", "from", "to"),
)


def _query() -> dict[str, str]:
    whole = st.query_params.to_dict()
    return {key: whole[key] for key in _KEYS if key in whole}


def current() -> ChartView:
    """The view to draw now."""
    query, state = _query(), st.session_state
    if _VIEW in state and query == state[_SEEN]:
        return state[_VIEW]
    if _VIEW in state:
        late = query == state.get(_BEFORE) and time.monotonic() - state.get(_WRITTEN, 0.0) < _SETTLED
        if late:
            return state[_VIEW]
        if not query:
            # Coming back from another page: the desk is as it was left.
            write(state[_VIEW])
            return state[_VIEW]
    # A bare ?symbol= within a session changes the instrument and keeps the desk.
    base = state[_VIEW] if _VIEW in state and set(query) == {"symbol"} else None
    view, told = from_query(query, base)
    write(view)
    state[_NOTES] = (view, told)
    return view


def notes() -> tuple[str, ...]:
    """What of the view's address could not be followed, for as long as that view is shown."""
    view, told = st.session_state.get(_NOTES, (None, ()))
    return told if view == st.session_state.get(_VIEW) else ()


def adopt(view: ChartView, told: tuple[str, ...]) -> None:
    """Put the view that could be served in the place of the one asked for, and keep saying why."""
    earlier = notes()
    if view != st.session_state.get(_VIEW):
        write(view)
    st.session_state[_NOTES] = (view, tuple(dict.fromkeys((*earlier, *told))))


def write(view: ChartView) -> None:
    """Make ``view`` the current one and put it into the address bar."""
    state = st.session_state
    query, before = to_query(view), _query()
    state[_VIEW] = view
    state[_BEFORE], state[_SEEN], state[_WRITTEN] = before, query, time.monotonic()
    if query == before:
        return
    for key in _KEYS:
        if key in before and key not in query:
            del st.query_params[key]
    st.query_params.update(query)


def change(**fields: Any) -> None:
    """Change some fields of the view; for callbacks."""
    view: ChartView = st.session_state.get(_VIEW) or from_query(_query())[0]
    write(replace(view, **fields))


def picked(field: str, key: str) -> None:
    """Callback: put the value of the widget ``key`` into ``field``; a deselected choice changes nothing."""
    value = st.session_state.get(key)
    if value is not None:
        change(**{field: value})
