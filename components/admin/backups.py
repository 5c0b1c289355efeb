"""Backups: what is kept, and taking one now. Restoring is the command line's."""

import streamlit as st

from components.admin import asking, desk
from components.admin.asking import Ask
from components.admin.listing import table
from components.states import empty
from core.office.contract import Office


def draw(office: Office) -> None:
    """The section."""
    kept = office.backups()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Backups")
        st.button(
            "Take one now",
            icon=":material/backup:",
            key="admin_backup_take",
            on_click=asking.ask,
            args=(
                Ask(
                    "Take a backup now?",
                    "It goes to the queue; the desk works on meanwhile. The oldest beyond what is kept is deleted.",
                    "Take it",
                    lambda office, _: office.take_backup(),
                ),
            ),
        )
    if not kept:
        empty("No backup yet", "One is taken every night; take one now to have it at once.", ":material/backup:")
    else:
        table(
            {
                "Taken": [desk.when(one.taken_at) for one in kept],
                "File": [one.name for one in kept],
                "Size": [size_words(one.size) for one in kept],
                "Whole": [{True: "Yes", False: "No: do not rely on it", None: "Not checked"}[one.ok] for one in kept],
            },
            "Kept backups, newest first",
            config={"Size": st.column_config.TextColumn(alignment="right")},
        )
    st.caption("A restore replaces everything, so it is done on the server with the desk stopped:")
    st.code("python -m core restore FILE", language="bash")


def size_words(size: int) -> str:
    """Bytes in words."""
    value = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if value < 1024 or unit == "GB":
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1024
    raise AssertionError("the last unit takes every size")
