"""Files that were imported, each with its undo; and everything to take away."""

from __future__ import annotations

import streamlit as st

from components.account.who import me
from components.portfolio import importing
from components.portfolio.answers import note
from components.portfolio.reader import Reader
from components.states import empty, plain
from core import formats
from core.clock import now
from core.portfolio import book, exports, sample_booking
from core.portfolio.errors import LedgerError
from core.portfolio.imports.formats import BY_NAME

_A_PAGE = 10


def section(reader: Reader) -> None:
    """The imports, the latest first, and the downloads."""
    found = book.batches(reader.mine.account)
    if not found:
        empty("Nothing was imported yet", "Files you import are listed here, each with its undo.", ":material/history:")
    pages = max(1, -(-len(found) // _A_PAGE))
    number = min(st.session_state.get("portfolio_batches_page", 1), pages)
    for each in found[_A_PAGE * (number - 1) : _A_PAGE * number]:
        _batch(reader, each)
    if pages > 1:
        st.pagination(pages, key="portfolio_batches_page")
    _downloads(reader)


def _batch(reader: Reader, batch: book.Batch) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        known = BY_NAME.get(batch.source)
        source = (
            known.title if known is not None else "Sample" if batch.source == sample_booking.SOURCE else batch.source
        )
        state = " :gray-badge[Undone]" if batch.undone_at is not None else ""
        duplicates = f", {formats.number(batch.duplicates, 0)} were there already" if batch.duplicates else ""
        st.markdown(
            f"**{plain(batch.file_name)}**{state}  \n"
            f":small[:gray[{plain(source)}, {formats.moment(batch.created_at, reader.mine.zone, now=now())}: "
            f"{formats.number(batch.added, 0)} added{duplicates}]]",
            width="stretch",
        )
        if batch.undone_at is None and batch.id is not None:
            with st.popover("Undo", icon=":material/undo:"):
                st.markdown(
                    f"{formats.number(batch.added, 0)} transactions count no more. The file may be imported again."
                )
                st.button(
                    "Undo this import", type="primary", key=f"portfolio_undo_{batch.id}", on_click=_undo, args=(batch,)
                )


def _undo(batch: book.Batch) -> None:
    if batch.source != sample_booking.SOURCE or batch.id is None:
        importing.undo(batch.id or 0)
        return
    try:
        gone = sample_booking.remove(me().account)
    except LedgerError as error:
        note(plain(f"{error.message} {error.remedy}".strip()), refused=True)
    else:
        note(f"The sample is taken back: {formats.number(gone, 0)} transactions count no more.")


def _downloads(reader: Reader) -> None:
    st.markdown("**Take everything with you**")
    st.caption("Accounts, own assets with their prices, and every transaction, exactly. Each file imports back.")
    account = reader.mine.account
    with st.container(horizontal=True):
        for form, label in (("csv", "CSV"), ("xlsx", "Excel"), ("json", "JSON")):
            st.download_button(
                label,
                lambda form=form: exports.export(account, form),  # type: ignore[misc]  # made when it is asked for
                file_name=exports.file_name(form),  # type: ignore[arg-type]
                icon=":material/download:",
                key=f"portfolio_export_{form}",
                on_click="ignore",
            )
