"""Users: search, filters, a page of people; a row opens that person."""

import streamlit as st

from components.admin import desk, person
from components.admin.listing import page_number, pager, table
from components.states import empty
from core.office.contract import USER_SORTS, Office
from core.office.model import UserRow

SORTS = {
    "Last seen": ("last_seen", True),
    "Newest": ("created", True),
    "Oldest": ("created", False),
    "User name": ("user_name", False),
    "Name": ("name", False),
}
KINDS = {"registered": "", "demo_visitor": "Demo visitor", "demo_admin": "Demo admin"}

assert {sort for sort, _ in SORTS.values()} <= set(USER_SORTS)


def draw(office: Office) -> None:
    """The section: one person when the address names one, else the list."""
    chosen = st.query_params.get("user", "")
    if chosen.isdigit() and len(chosen) <= 18:
        person.draw(office, int(chosen))
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            "Search", key="admin_users_search", placeholder="User name, name or e-mail", max_chars=100, live=True
        )
        role = st.selectbox("Role", ["Any", "Investor", "Admin"], key="admin_users_role", width=140)
        state = st.selectbox("State", ["Any", "Active", "Deactivated"], key="admin_users_state", width=160)
        order = st.selectbox("Order", list(SORTS), key="admin_users_sort", width=160)
    sort, descending = SORTS[order]
    key, page = page_number("admin_users_page", search, role, state, order)
    found = office.users(
        search=(search or "").strip(),
        role=None if role == "Any" else role.lower(),
        state=None if state == "Any" else state.lower(),
        sort=sort,
        descending=descending,
        page=page,
    )
    if not found.rows:
        empty("Nobody fits", "Look for another part of the name, or take a filter off.", ":material/person_search:")
        return
    rows = found.rows

    def opened(row: int, _label: str) -> None:
        st.query_params["user"] = str(rows[row].id)

    table(
        {
            "User name": [row.user_name for row in rows],
            "Name": [row.name for row in rows],
            "E-mail": [row.email or "" for row in rows],
            "Role": [row.role.capitalize() for row in rows],
            "State": [state_words(row) for row in rows],
            "Last seen": [desk.when(row.last_seen_at) for row in rows],
            "Since": [desk.when(row.created_at) for row in rows],
        },
        "People with an account",
        key="admin_users_open",
        actions=["Open"] * len(rows),
        on_action=opened,
    )
    pager(key, found, "person", "people")


def state_words(row: UserRow) -> str:
    """State and kind in one cell."""
    words = [row.state.capitalize(), KINDS.get(row.kind, row.kind), "no limits" if row.exempt else ""]
    return ", ".join(word for word in words if word)
