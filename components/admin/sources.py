"""Sources: how every vendor has been answering, what is left of its quota, and its switch."""

import streamlit as st

from components.admin import asking, desk
from components.admin.asking import Ask
from components.states import plain
from core import formats
from core.office.contract import Office
from core.office.model import SourceRow

BADGES = {
    "ok": ":green-badge[:material/check: On]",
    "cooling": ":orange-badge[:material/hourglass_top: Pausing after errors]",
    "off": ":gray-badge[Not asked: the other market is on]",
    "not configured": ":gray-badge[:material/key: Not configured]",
    "switched off": ":red-badge[:material/power_off: Switched off]",
}


def draw(office: Office) -> None:
    """The section."""
    st.subheader("Market-data sources")
    st.caption("A vendor that is switched off is not asked for anything, in every process, until it is switched on.")
    for source in office.sources():
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"**{plain(source.label)}** {BADGES.get(source.state, plain(source.state))}", width="stretch"
                )
                if source.switchable:
                    _switch(source)
            _facts(source)


def _switch(source: SourceRow) -> None:
    turn = not source.on
    st.button(
        "Switch on" if turn else "Switch off",
        icon=":material/power_settings_new:",
        key=f"admin_source_{source.name}",
        on_click=asking.ask,
        args=(
            Ask(
                f"Switch {source.label} {'on' if turn else 'off'}?",
                "It is asked again from now on."
                if turn
                else "It is not asked any more; what it told before is not shown as its answer. The next source in"
                " line answers instead, where there is one.",
                "Switch on" if turn else "Switch off",
                lambda office, _: office.switch_source(source.name, turn, source.version),
            ),
        ),
    )


def _facts(source: SourceRow) -> None:
    if not source.switchable:
        return
    calls = formats.number(source.calls_today, 0)
    facts = [
        f"{calls} of {source.quota} calls today" if source.quota else f"{calls} calls today",
        f"last answer {desk.ago(source.last_ok)}",
        f"usually {source.latency_ms:,.0f} ms" if source.latency_ms is not None else "",
        f"pauses until {desk.when(source.until)}" if source.until else "",
        f"needs {source.setting}" if source.state == "not configured" and source.setting else "",
    ]
    st.caption(plain(" · ".join(fact for fact in facts if fact)))
    if source.quota:
        st.progress(min(1.0, source.calls_today / source.quota))
    if source.last_error:
        st.caption(f":material/error: {plain(source.last_error)}")
