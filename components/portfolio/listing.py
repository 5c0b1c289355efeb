"""The transactions, filtered and paged in the database; a row opens in a drawer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from components.portfolio.amounts import Amounts
from components.portfolio.kinds import WORDS
from components.portfolio.reader import Reader
from components.states import empty
from core import formats
from core.portfolio import book
from core.portfolio.model import Kind, Transaction

SIZE = 50
_PAGE, _SEARCH, _KINDS, _SPAN, _REMOVED = (
    "portfolio_rows_page", "portfolio_rows_search", "portfolio_rows_kinds", "portfolio_rows_span",
    "portfolio_rows_removed",
)  # fmt: skip
_OPEN = "portfolio_rows_open"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filters ask for."""

    search: str
    kinds: tuple[Kind, ...]
    since: date | None
    until: date | None
    removed: bool

    @property
    def anything(self) -> bool:
        """Whether a filter is set."""
        return bool(self.search or self.kinds or self.since or self.until or self.removed)


def filters() -> Asked:
    """The row of filters; each change begins at the first page again. `?of=TCS.NS` comes with a symbol."""
    if of := st.query_params.pop("of", None):
        st.session_state[_SEARCH] = of[:80]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            "Search",
            key=_SEARCH,
            type="search",
            placeholder="Symbol, ISIN, note",
            max_chars=80,
            label_visibility="collapsed",
            on_change=_first_page,
            width=220,
        )
        kinds = st.multiselect(
            "What",
            list(Kind),
            format_func=WORDS.__getitem__,
            key=_KINDS,
            placeholder="Everything that happened",
            label_visibility="collapsed",
            on_change=_first_page,
            width=270,
        )
        span = st.date_input(
            "Days", (), key=_SPAN, format="DD/MM/YYYY", label_visibility="collapsed", on_change=_first_page, width=230
        )
        removed = st.toggle("Removed ones", key=_REMOVED, on_change=_first_page)
    # A span whose second day is not chosen yet has one.
    days = tuple(span) if isinstance(span, tuple) else (span,)
    since, until = (days[0], days[1]) if len(days) == 2 else (None, None)
    return Asked((search or "").strip(), tuple(kinds), since, until, removed)


def _first_page() -> None:
    st.session_state[_PAGE] = 1


def table(reader: Reader, asked: Asked) -> Transaction | None:
    """One page of rows, the latest first; the row whose button was pressed."""
    tags = reader.scope.tags
    found = book.transactions(
        reader.mine.account,
        accounts=reader.scope.accounts or None,
        kinds=asked.kinds or None,
        since=asked.since,
        until=asked.until,
        tag=tags[0] if len(tags) == 1 else None,
        search=asked.search,
        removed=asked.removed,
        page=st.session_state.get(_PAGE, 1),
        size=SIZE,
    )
    if not found.total:
        _nothing(asked)
        return None
    pages = -(-found.total // SIZE)
    if found.number > pages:  # rows went meanwhile
        st.session_state[_PAGE] = pages
        st.rerun()
    pressed = _rows(found.rows, reader)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        first = SIZE * (found.number - 1) + 1
        shown = f"{first} to {first + len(found.rows) - 1} of " if pages > 1 else ""
        noun = "transaction" if found.total == 1 else "transactions"
        st.caption(f"{shown}{formats.number(found.total, 0)} {'removed ' if asked.removed else ''}{noun}")
        if pages > 1:
            st.pagination(pages, key=_PAGE)
    return pressed


def _nothing(asked: Asked) -> None:
    if asked.removed:
        empty("Nothing was removed", "Rows you remove are kept here to be restored.", ":material/restore_from_trash:")
    elif asked.anything:
        empty("No transaction fits", "Take a filter off, or write less of the name.", ":material/search_off:")
    else:
        empty("No transactions here", "Import a file or add one above.", ":material/receipt_long:")


def _rows(rows: Sequence[Transaction], reader: Reader) -> Transaction | None:
    amounts = reader.amounts
    several = len(reader.accounts) > 1
    columns = {
        "Open": [":material/edit:"] * len(rows),
        "Date": [formats.day(row.on) for row in rows],
        "What": [WORDS[row.kind] for row in rows],
        "Instrument": [_instrument(row) for row in rows],
        "Quantity": [_quantity(row, amounts) for row in rows],
        "Price": ["" if row.price is None else formats.money(float(row.price), row.currency) for row in rows],
        "Amount": [_amount(row, amounts) for row in rows],
        "Charges": [_charges(row, amounts) for row in rows],
        "Account": [reader.name_of(row.account_id) for row in rows],
        "Note": [_note(row) for row in rows],
    }
    if not several:
        del columns["Account"]
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        height="content",
        alt=f"Transactions, {len(rows)} of them, the latest first",
        column_config={
            "Date": st.column_config.TextColumn(width=96),
            "What": st.column_config.TextColumn(width=110),
            "Instrument": st.column_config.TextColumn(width=130),
            "Quantity": st.column_config.TextColumn(width=90, alignment="right"),
            "Price": st.column_config.TextColumn(width=100, alignment="right"),
            "Amount": st.column_config.TextColumn(width=120, alignment="right"),
            "Charges": st.column_config.TextColumn(width=90, alignment="right"),
            "Account": st.column_config.TextColumn(width=140),
            "Note": st.column_config.TextColumn(width=150),
            "Open": st.column_config.ButtonColumn("", key=_OPEN, width=50, type="tertiary", help="Look and change"),
        },
    )
    click = st.session_state.get(_OPEN)
    return rows[click.row] if click is not None and 0 <= click.row < len(rows) else None


def _instrument(row: Transaction) -> str:
    return f"{row.symbol} → {row.other_symbol}" if row.other_symbol else row.symbol


def _quantity(row: Transaction, amounts: Amounts) -> str:
    if row.ratio_new is not None and row.ratio_old is not None:
        return f"{row.ratio_new.normalize():f} for {row.ratio_old.normalize():f}"
    return "" if row.quantity is None else amounts.units(row.quantity)


def _amount(row: Transaction, amounts: Amounts) -> str:
    return "" if row.gross is None else amounts.money(row.gross, row.currency, exact=True)


def _charges(row: Transaction, amounts: Amounts) -> str:
    return amounts.money(row.fees + row.taxes, row.currency, exact=True) if row.fees or row.taxes else ""


def _note(row: Transaction) -> str:
    return " · ".join(one for one in (" ".join(f"#{tag}" for tag in row.tags), row.note) if one)
