"""Reports: when they are sent and to how many, a look at one, and sending one now."""

import streamlit as st

from components.admin import asking, desk
from components.admin.asking import Ask
from components.admin.outbox import mail_text
from core import formats
from core.office.contract import PERIODS, Office
from core.office.model import ReportPlan

_PREVIEW = "admin_report_preview"


def draw(office: Office) -> None:
    """The section."""
    st.subheader("Schedule")
    st.caption("Everybody gets the report they chose at their own hour, but none before the hour set here.")
    for plan in office.reports():
        _plan(plan)
    st.subheader("Look at one, send one")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        period = st.segmented_control(
            "Report",
            list(PERIODS),
            format_func=str.capitalize,
            default="daily",
            key="admin_report_period",
            required=True,
        )
        typed = st.text_input(
            "For user number", key="admin_report_user", placeholder="Yourself", max_chars=18, width=160
        ).strip()
        whose = int(typed) if typed.isdigit() else None
        wrong = bool(typed) and whose is None
        if st.button("Preview", icon=":material/visibility:", key="admin_report_look", disabled=wrong):
            st.session_state[_PREVIEW] = (period, whose)
        st.button(
            "Send now",
            icon=":material/send:",
            key="admin_report_send",
            disabled=wrong,
            on_click=asking.ask,
            args=(
                Ask(
                    f"Send the {period} report now?",
                    "It goes to you." if whose is None else f"It goes to user number {whose}.",
                    "Send it",
                    lambda office, _: office.send_report(period, whose),
                ),
            ),
        )
    if wrong:
        st.caption("A user's number stands on their page on Users.")
    asked = st.session_state.get(_PREVIEW)
    if asked is not None and asked == (period, whose):
        mail_text(office.preview_report(period, whose))


def _plan(plan: ReportPlan) -> None:
    name = plan.period.capitalize()
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        st.metric(name, f"{formats.number(plan.takers, 0)} takers", width=150)
        st.caption(f"last sent {desk.when(plan.last_sent)}", width=190)
        on = st.toggle("Send", value=plan.on, key=f"admin_report_on_{plan.period}_{plan.version}")
        hour = int(
            st.number_input(
                "Not before",
                min_value=0,
                max_value=23,
                value=plan.hour,
                key=f"admin_report_hour_{plan.period}_{plan.version}",
                width=130,
            )
        )
        says = (
            f"It leaves from {hour:02d}:00 on, in each timezone."
            if on
            else "It is not sent until this is turned on again."
        )
        st.button(
            "Save",
            icon=":material/check:",
            key=f"admin_report_save_{plan.period}",
            disabled=(on, hour) == (plan.on, plan.hour),
            on_click=asking.ask,
            args=(
                Ask(
                    f"Change the {plan.period} report?",
                    says,
                    "Change it",
                    lambda office, _: office.set_report(plan.period, on, hour, plan.version),
                ),
            ),
        )
