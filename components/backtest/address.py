"""Keeps what is asked and the address bar in step: a link opens what it names, a change rewrites the link.

The view lives in the session; the address is read when it is not the one last written (a link, the back button). A
rerun may still carry the address of before the last write for a moment; within that moment it is not believed.
"""

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from components.backtest.asked import Asked, from_query, to_query

_VIEW, _NOTES, _SEEN, _BEFORE, _WRITTEN = "bt_asked", "bt_notes", "bt_seen", "bt_before", "bt_written"
_SETTLED = 2.0
BARE = "bt_bare_link"
"""The link of a saved strategy whose address brought no strategy of its own: it is to be taken over."""
_KEYS = (
    *("symbol", "range", "interval", "from", "to", "strategy", "params", "rules", "costs", "capital", "size"),
    *("stop", "trail", "target", "hold", "fill", "dividends", "saved", "run", "view"),
)


def _query() -> dict[str, str]:
    whole = st.query_params.to_dict()
    return {key: whole[key] for key in _KEYS if key in whole}


def current() -> Asked:
    """What is asked now."""
    query, state = _query(), st.session_state
    if _VIEW in state and query == state[_SEEN]:
        return state[_VIEW]
    if _VIEW in state:
        late = query == state.get(_BEFORE) and time.monotonic() - state.get(_WRITTEN, 0.0) < _SETTLED
        if late:
            return state[_VIEW]
        if not query:
            write(state[_VIEW])  # coming back from another page: everything is as it was left
            return state[_VIEW]
    asked, notes = from_query(query)
    if asked.saved and not {"strategy", "rules"} & set(query):
        state[BARE] = asked.saved
    write(asked)
    state[_NOTES] = (asked, notes)
    return asked


def notes() -> tuple[str, ...]:
    """What of the address could not be followed, for as long as that view is shown."""
    asked, told = st.session_state.get(_NOTES, (None, ()))
    return told if asked == st.session_state.get(_VIEW) else ()


def write(asked: Asked) -> None:
    """Make it the current one and put it into the address bar."""
    state = st.session_state
    query, before = to_query(asked), _query()
    state[_VIEW] = asked
    state[_BEFORE], state[_SEEN], state[_WRITTEN] = before, query, time.monotonic()
    if query == before:
        return
    for key in _KEYS:
        if key in before and key not in query:
            del st.query_params[key]
    st.query_params.update(query)


def change(**fields: Any) -> None:
    """Change some fields; for callbacks. A change leaves the kept run that was looked at."""
    asked: Asked = st.session_state.get(_VIEW) or from_query(_query())[0]
    if asked.run and set(fields) != {"view"}:
        fields = {"run": "", **fields}
    write(replace(asked, **fields))


def change_recipe(**fields: Any) -> None:
    """Change some fields of the recipe; for callbacks."""
    asked: Asked = st.session_state.get(_VIEW) or from_query(_query())[0]
    change(recipe=replace(asked.recipe, **fields))
