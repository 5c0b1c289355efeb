"""System: ask investors to wait while something is done, and let them go on."""

from datetime import timedelta

import streamlit as st

from components.admin import asking, desk
from components.admin.asking import Ask
from components.states import plain
from core.clock import now
from core.office.contract import Office

LENGTHS = {"15 minutes": 15, "30 minutes": 30, "1 hour": 60, "2 hours": 120, "4 hours": 240, "Open end": 0}
MESSAGE = "Kubera is being looked after and will be back soon. What you were doing is kept."


def draw(office: Office) -> None:
    """The section."""
    system = office.system()
    pause = system.pause
    st.subheader("Maintenance")
    if pause is not None:
        with st.container(border=True):
            st.markdown(":orange-badge[:material/construction: On] Investors are asked to wait; admins stay in.")
            st.markdown(plain(pause.message))
            end = f"until {desk.when(pause.until)}" if pause.until else "without a set end"
            st.caption(plain(f"Started by {pause.started_by}, {end}."))
            st.button(
                "End maintenance",
                icon=":material/play_arrow:",
                type="primary",
                key="admin_maintenance_end",
                on_click=asking.ask,
                args=(
                    Ask(
                        "End maintenance?",
                        "Investors see their pages again within a second, where they left them.",
                        "End it",
                        lambda office, _: office.end_maintenance(system.version),
                    ),
                ),
            )
        return
    with st.container(border=True):
        st.markdown(":green-badge[:material/check: Off] Investors can work.")
        message = st.text_area("What investors read", value=MESSAGE, max_chars=500, key="admin_maintenance_message")
        length = st.selectbox("For", list(LENGTHS), index=1, key="admin_maintenance_for", width=200)
        minutes = LENGTHS[length]
        st.button(
            "Start maintenance",
            icon=":material/construction:",
            key="admin_maintenance_start",
            on_click=asking.ask,
            args=(
                Ask(
                    "Start maintenance?",
                    "Every investor's page is replaced by your message within a second; what they were doing is kept."
                    " Admins stay in. Investors are told by mail.",
                    "Start it",
                    lambda office, _: office.start_maintenance(
                        (message or "").strip(),
                        now() + timedelta(minutes=minutes) if minutes else None,
                        system.version,
                    ),
                ),
            ),
        )
