"""Admin: the desk at a glance, people, limits, the system and everything that runs behind it. For admins only."""

import streamlit as st

from components.admin import (
    activity,
    analytics,
    asking,
    backups,
    dashboard,
    desk,
    jobs,
    limits,
    outbox,
    people,
    reports,
    sources,
    system,
)
from components.frame import inside_app
from components.states import part, plain
from core.accounts.errors import AccountError, NotAllowed

inside_app()
SECTIONS = {
    "dashboard": ("Dashboard", dashboard),
    "users": ("Users", people),
    "limits": ("Limits", limits),
    "system": ("System", system),
    "reports": ("Reports", reports),
    "jobs": ("Jobs", jobs),
    "outbox": ("Outbox", outbox),
    "backups": ("Backups", backups),
    "sources": ("Sources", sources),
    "activity": ("Activity", activity),
    "analytics": ("Analytics", analytics),
}


def chosen() -> None:
    """Keep the address in step with the section; what belonged to the last one goes."""
    st.query_params.clear()
    st.query_params["section"] = st.session_state["admin_section"]
    asking.forget()


st.title("Admin")
try:
    office = desk.office()
except NotAllowed as refused:
    st.warning(f"{plain(refused.message)} {plain(refused.remedy)}", icon=":material/lock:")
    st.stop()

if office.simulated:
    st.markdown(":orange-badge[:material/science: Simulated] People, log and figures are made up.")
    st.caption("What you change here changes this tab only. A real desk's admin page looks and works the same.")

asked = st.query_params.get("section", "dashboard")
if "admin_section" not in st.session_state:
    st.session_state["admin_section"] = asked if asked in SECTIONS else "dashboard"
section = st.pills(
    "Section",
    list(SECTIONS),
    format_func=lambda name: SECTIONS[name][0],
    key="admin_section",
    label_visibility="collapsed",
    required=True,
    on_change=chosen,
)
asking.banner()
with part(f"admin {section}"):
    try:
        SECTIONS[section][1].draw(office)
    except AccountError as error:
        st.warning(f"{plain(error.message)} {plain(error.remedy)}", icon=":material/block:")
asking.dialog()
