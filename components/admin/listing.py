"""Tables that are paged in the database: the page number, the table, the buttons of a row."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core import formats
from core.office.model import Listing


def page_number(key: str, *filters: object) -> tuple[str, int]:
    """The key of a listing's pager and the page it stands on; other filters begin at the first page again."""
    full = f"{key}_{abs(hash(filters))}"
    held = st.session_state.get(full, 1)
    return full, held if isinstance(held, int) and held >= 1 else 1


def pager(key: str, listing: Listing[Any], one: str, many: str) -> None:
    """How many rows there are, and the way to the other pages."""
    shown = formats.number(listing.total, 0)
    more = "" if listing.exact else "more than "
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{more}{shown} {one if listing.total == 1 else many}".capitalize(), width="content")
        if listing.pages > 1:
            if st.session_state.get(key, 1) > listing.pages:
                st.session_state[key] = listing.pages
            st.pagination(listing.pages, key=key, max_visible_pages=7)


def table(
    columns: dict[str, Sequence[Any]],
    alt: str,
    *,
    key: str = "",
    actions: Sequence[str | list[str]] = (),
    on_action: Callable[[int, str], None] | None = None,
    config: dict[str, Any] | None = None,
) -> None:
    """A table of one page of rows. `actions`: each row's button, or its menu; `on_action(row, label)` hears of it."""
    look: dict[str, Any] = dict(config or {})
    shown = dict(columns)
    if on_action is not None:
        shown["Actions"] = list(actions)

        def clicked() -> None:
            click = st.session_state.get(key)
            if click is not None and on_action is not None and 0 <= click.row < len(actions):
                on_action(click.row, click.label)

        # On the left and always in sight: on a phone the right end of a table is out of reach.
        shown = {"Actions": shown.pop("Actions"), **shown}
        look["Actions"] = st.column_config.ButtonColumn("", key=key, on_click=clicked, type="tertiary", pinned=True)
    st.dataframe(pd.DataFrame(shown), hide_index=True, height="content", alt=alt, column_config=look)
