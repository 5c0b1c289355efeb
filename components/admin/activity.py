"""Activity log: filter, pages, export, and whether its chain is whole."""

from datetime import date, timedelta
from typing import Any

import streamlit as st

from components.admin import desk
from components.admin.listing import page_number, pager, table
from components.states import empty, plain
from core import formats
from core.clock import now
from core.office.contract import Office

_CHECK = "admin_log_check"


def draw(office: Office) -> None:
    """The section."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        action = st.selectbox(
            "Action", ["Any", *office.actions()], key="admin_log_action", format_func=action_words, width=240
        )
        who = st.text_input("Who", key="admin_log_who", placeholder="User name", max_chars=80, width=180).strip()
        about = st.text_input("About", key="admin_log_about", placeholder="account:12", max_chars=80, width=180).strip()
        days = st.date_input("Days (UTC)", value=(), key="admin_log_days", max_value=now().date() + timedelta(days=1))
    since, until = _span(days)
    chosen: dict[str, Any] = {
        "action": None if action == "Any" else action,
        "who": who or None,
        "subject": about or None,
        "since": since,
        "until": until,
    }
    entries_table(office, key="admin_log", **chosen)
    with st.container(horizontal=True):
        st.download_button(
            "Export as CSV",
            data=lambda: b"".join(office.export_log(**chosen)),
            file_name=f"activity-{now():%Y-%m-%d}.csv",
            mime="text/csv",
            icon=":material/download:",
            key="admin_log_export",
            on_click="ignore",
        )
        if st.button("Check the chain", icon=":material/link:", key="admin_log_verify"):
            st.session_state[_CHECK] = office.check_log()
    checked = st.session_state.pop(_CHECK, None)
    if checked is not None and checked.ok:
        st.success(f"All {formats.number(checked.rows, 0)} rows are as they were written.", icon=":material/verified:")
    elif checked is not None:
        st.error(plain(checked.what), icon=":material/link_off:", title="The log was tampered with")


def entries_table(
    office: Office,
    *,
    key: str,
    action: str | None = None,
    subject: str | None = None,
    who: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> None:
    """Rows of the log, newest first."""
    pager_key, page = page_number(f"{key}_page", action, subject, who, since, until)
    found = office.entries(action=action, subject=subject, who=who, since=since, until=until, page=page)
    if not found.rows:
        empty("Nothing was logged", "What people and admins do is listed here.", ":material/history:")
        return
    rows = found.rows
    table(
        {
            "When": [desk.when(row.at) for row in rows],
            "Who": [row.who for row in rows],
            "Action": [action_words(row.action) for row in rows],
            "About": [row.subject for row in rows],
            "Before": [row.before for row in rows],
            "After": [row.after for row in rows],
            "Address": [row.ip for row in rows],
        },
        "Activity log, newest first",
    )
    pager(pager_key, found, "row", "rows")


def action_words(action: str) -> str:
    """An action's name in words."""
    return action.replace("_", " ").replace(".", ": ").capitalize()


def _span(days: object) -> tuple[date | None, date | None]:
    """The chosen days; one end alone while the second is still to be chosen."""
    if isinstance(days, date):
        return days, days
    if isinstance(days, tuple) and days:
        return days[0], days[-1]
    return None, None
