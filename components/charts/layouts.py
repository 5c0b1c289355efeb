"""Saved layouts: a view under a name, the investor's own."""

import streamlit as st

from components import market as cached
from components.charts import address
from components.charts.view import from_query, to_query
from components.states import part, plain

MOST = 50
_SAID = "chart_layout_said"


def menu(owner: str, *, lasting: bool) -> None:
    """The Layouts menu: open, save under a name, delete. A layout keeps its instrument, too."""
    popover = st.popover("Layouts", icon=":material/dashboard_customize:", key="c_layouts", on_change="rerun")
    if not popover.open:
        return
    with popover, part("layouts"):
        saved = _saved(owner)
        if not saved:
            st.caption("None yet. Set up the chart as you like it and save it under a name.")
        for name, payload in saved:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.button(plain(name), key=f"c_layout_open_{name}", type="tertiary", on_click=_opened, args=(payload,))
                st.button(
                    "Delete",
                    icon=":material/delete:",
                    key=f"c_layout_drop_{name}",
                    type="tertiary",
                    on_click=_deleted,
                    args=(owner, name),
                )
        st.text_input("Save this layout as", key="c_layout_name", max_chars=40, placeholder="Swing, daily")
        st.button("Save", key="c_layout_save", icon=":material/save:", on_click=_save, args=(owner,))
        if said := st.session_state.pop(_SAID, None):
            st.caption(plain(said))
        if not lasting:
            st.caption("This browser keeps no cookie for the desk, so layouts last as long as this tab.")


def _saved(owner: str) -> list[tuple[str, dict[str, str]]]:
    return [(name, dict(payload)) for name, payload in cached.market().layouts(owner).items()]


def _opened(payload: dict[str, str]) -> None:
    view, _ = from_query({k: str(v) for k, v in payload.items()})
    address.write(view)


def _save(owner: str) -> None:
    name = (st.session_state.get("c_layout_name") or "").strip()
    if not name:
        st.session_state[_SAID] = "Give the layout a name first."
        return
    existing = {saved for saved, _ in _saved(owner)}
    if name not in existing and len(existing) >= MOST:
        st.session_state[_SAID] = f"{MOST} layouts are saved already. Delete one first."
        return
    cached.market().save_layout(owner, name, dict(to_query(address.current())))
    st.session_state[_SAID] = f"Saved as “{name}”."
    st.session_state["c_layout_name"] = ""


def _deleted(owner: str, name: str) -> None:
    cached.market().delete_layout(owner, name)
