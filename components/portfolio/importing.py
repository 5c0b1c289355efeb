"""Importing a file: chosen, recognised, shown row by row, mended, and booked in one go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.account.who import me
from components.market import market
from components.portfolio.answers import answered, done, note
from components.portfolio.kinds import WORDS
from components.portfolio.reader import Reader
from components.states import plain
from core import formats
from core.market.errors import InputError
from core.portfolio import book
from core.portfolio.errors import BadTransaction, LedgerError
from core.portfolio.imports import generic
from core.portfolio.imports.examined import PreviewRow, Unresolved
from core.portfolio.imports.formats import BY_NAME, FORMATS
from core.portfolio.imports.preview import Preview, account_for, choose_instrument, preview
from core.portfolio.imports.preview import book as book_preview
from core.portfolio.model import OWN

_FILE, _KEPT, _MAPPING = "portfolio_file", "portfolio_preview", "portfolio_mapping"
_FORMAT, _ACCOUNT, _STATE, _ACCEPTED = (
    "portfolio_import_format", "portfolio_import_account", "portfolio_import_state", "portfolio_import_accepted"
)  # fmt: skip
_BOOKED = "portfolio_import_booked"
_NEW = 0
"""Stands for an account that is opened with the import."""
_MOST_SHOWN = 1000
_MOST_DOUBTS = 8

STATES: dict[str, tuple[str, str, str]] = {
    "new": ("New", "green", ":material/add_circle:"),
    "duplicate": ("There already", "gray", ":material/content_copy:"),
    "attention": ("Needs a look", "orange", ":material/error:"),
    "rejected": ("Not booked", "red", ":material/block:"),
}


def section(reader: Reader) -> None:
    """The whole of it: nothing is stored before the button at its end."""
    file = st.file_uploader(
        "A file your broker exports",
        key=f"{_FILE}_{st.session_state.get(_BOOKED, 0)}",  # a booked file leaves an empty field
        max_upload_size=64,
        help="CSV, XLSX, JSON or XML, as it was downloaded.",
    )
    with st.expander("Which files can be read, and where brokers keep them", icon=":material/help:"):
        st.markdown("\n".join(f"- **{plain(one.title)}**: {plain(one.how)}" for one in FORMATS))
    if file is None:
        for key in (_KEPT, _MAPPING):
            st.session_state.pop(key, None)
        st.caption("A file is shown row by row before anything is booked, and one click takes it back afterwards.")
        return
    with answered():
        shown = _preview(reader, file)
        _recognised(reader, shown)
        if shown.mapping_needed:
            _mapping(shown)
            return
        _doubts(reader, shown)
        accepted = _rows(reader, shown)
        _book(reader, shown, accepted)


def _preview(reader: Reader, file: UploadedFile) -> Preview:
    """What booking would do; read again only when the file, a choice or the ledger changed."""
    account, format_name = st.session_state.get(_ACCOUNT), st.session_state.get(_FORMAT)
    mapping: Mapping[str, str] | None = st.session_state.get(_MAPPING)
    key = (
        file.file_id, account, format_name, tuple(sorted((mapping or {}).items())),
        book.revision_of(reader.mine.account), st.session_state.get(_CHOSEN, 0),
    )  # fmt: skip
    kept: tuple[object, Preview] | None = st.session_state.get(_KEPT)
    if kept is not None and kept[0] == key:
        return kept[1]
    if kept is None or kept[0][0] != file.file_id:  # type: ignore[index]  # the key above
        # Another file: what was chosen for the last one is not this one's.
        for name in (_MAPPING, _ACCOUNT, _FORMAT, _ACCEPTED):
            st.session_state.pop(name, None)
        account, format_name, mapping = None, None, None
    with st.spinner("Reading the file"):
        made = preview(
            reader.mine.account,
            file.name,
            file.getvalue(),
            account_id=account or None,
            format=format_name,
            mapping=mapping,
            new_account=account == _NEW,
        )
    key = (file.file_id, account, format_name, tuple(sorted((mapping or {}).items())), *key[4:])
    st.session_state[_KEPT] = (key, made)
    return made


_CHOSEN = "portfolio_import_choices"
"""Counts the instruments that were chosen, so that the file is read again with them."""


def _recognised(reader: Reader, shown: Preview) -> None:
    with st.container(border=True):
        st.markdown(f":material/task_alt: **{plain(shown.title)}**  \n:small[:gray[{plain(shown.why)}]]")
        left, right = st.columns(2)
        with left:
            st.selectbox(
                "Read as",
                [None, *BY_NAME],
                format_func=lambda name: "What it was recognised as" if name is None else BY_NAME[name].title,
                key=_FORMAT,
            )
        if shown.others is None:
            with right:
                _account(reader, shown)
        for note in shown.notes:
            st.caption(f":material/info: {plain(note)}")


def _account(reader: Reader, shown: Preview) -> None:
    numbers = [each.id for each in reader.open_accounts]
    if _ACCOUNT not in st.session_state:
        st.session_state[_ACCOUNT] = shown.account.id if shown.account is not None else _NEW
    new_name = shown.broker or "Imported"
    taken = {each.name.casefold(): each for each in reader.accounts}
    offered = numbers if new_name.casefold() in taken else [*numbers, _NEW]
    if st.session_state[_ACCOUNT] not in offered:
        same = taken.get(new_name.casefold())
        st.session_state[_ACCOUNT] = same.id if same is not None and same.id in numbers else offered[0]
    if st.session_state[_ACCOUNT] != (shown.account.id if shown.account is not None else _NEW):
        st.rerun()  # what is there already depends on the account
    st.selectbox(
        "Into the account",
        offered,
        format_func=lambda one: f"A new one: {new_name}, {shown.currency}" if one == _NEW else reader.name_of(one),
        key=_ACCOUNT,
    )


def _mapping(shown: Preview) -> None:
    """Which column means what, for a table nobody knows; remembered for the next one like it."""
    st.warning(
        f"No column was recognised for {plain(', '.join(shown.mapping_needed))}. Say which column is what: "
        "it is remembered for the next file with these columns.",
        icon=":material/view_column:",
    )
    width = max(len(shown.columns), 1)
    titles = [title or f"Column {at + 1}" for at, title in enumerate(shown.columns)]
    rows = [tuple(row[:width]) + ("",) * (width - len(row)) for row in shown.sample]
    sample = pd.DataFrame(rows, columns=pd.Index([f"{at + 1}. {title}" for at, title in enumerate(titles)]))
    st.dataframe(sample, hide_index=True, height="content", alt="The first rows of the file")
    options = [None, *dict.fromkeys(title for title in shown.columns if title)]
    known = shown.mapping or {}
    with st.form("portfolio_mapping_form"):
        chosen: dict[str, str | None] = {}
        with st.grid(3, min_column_width=200):
            for role, words in generic.ROLES.items():
                at = options.index(known[role]) if known.get(role) in options else 0
                chosen[role] = st.selectbox(
                    words, options, at, format_func=lambda one: one or "In no column", key=f"portfolio_role_{role}"
                )
        if st.form_submit_button("Read the rows", type="primary", icon=":material/table_rows:"):
            st.session_state[_MAPPING] = {role: title for role, title in chosen.items() if title}
            st.rerun()


def _doubts(reader: Reader, shown: Preview) -> None:
    """Instruments that were not certain: the investor says which they are, once for all files."""
    if not shown.unresolved:
        return
    st.markdown(f"**Instruments to check ({len(shown.unresolved)})**")
    for each in shown.unresolved[:_MOST_DOUBTS]:
        _doubt(reader, each)
    if len(shown.unresolved) > _MOST_DOUBTS:
        st.caption(f"{len(shown.unresolved) - _MOST_DOUBTS} more follow when these are answered.")


def _doubt(reader: Reader, each: Unresolved) -> None:
    key = f"portfolio_doubt_{each.text}"
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        name = f" {plain(each.name)}" if each.name and each.name != each.text else ""
        taken = "" if not each.symbol or each.symbol.startswith(OWN) else f", taken for {plain(each.symbol)}"
        st.markdown(f"**{plain(each.text)}**{name}{taken}  \n:small[:gray[{plain(each.doubt)}]]", width="stretch")
        text = st.text_input("It is", key=key, placeholder="Symbol or name", max_chars=60, width=180)
        if st.button("Use it", key=f"{key}_use") and text:
            with answered():
                choose_instrument(reader.mine.account, each.text, _resolved(reader, text))
                st.session_state[_CHOSEN] = st.session_state.get(_CHOSEN, 0) + 1
                st.rerun()


def _resolved(reader: Reader, text: str) -> str:
    try:
        return market().resolve(text, owner=reader.mine.account.owner).symbol
    except InputError as error:
        raise BadTransaction("symbol", str(error)) from error


def _rows(reader: Reader, shown: Preview) -> frozenset[int]:
    """The rows of one state at a time; the lines among those in doubt that are to be booked all the same."""
    counts = shown.counts
    present = [state for state in STATES if counts[state]]
    if not present:
        st.info("There is no transaction in this file.", icon=":material/info:")
        return frozenset()
    state = st.segmented_control(
        "Rows",
        present,
        format_func=lambda one: f"{STATES[one][0]} ({formats.number(counts[one], 0)})",
        default=present[0],
        key=_STATE,
        label_visibility="collapsed",
        required=True,
    )
    accepted: set[int] = set(st.session_state.get(_ACCEPTED, ()))
    rows = [row for row in shown.rows if row.state == state]
    frame = pd.DataFrame([_cells(row, reader) for row in rows[:_MOST_SHOWN]])
    config: dict[str, Any] = {
        "Line": st.column_config.NumberColumn(width=55, format="%d"),
        "Quantity": st.column_config.TextColumn(width=90, alignment="right"),
        "Price": st.column_config.TextColumn(width=100, alignment="right"),
        "Amount": st.column_config.TextColumn(width=110, alignment="right"),
        "Why": st.column_config.TextColumn(width="large"),
    }
    alt = f"Rows of the file: {STATES[state][0].lower()}"
    height = "content" if len(rows) <= 12 else 460
    if state == "attention":
        accepted = _accepting(rows, frame, config, accepted, height)
    else:
        if state == "new":
            frame = frame.drop(columns="Why") if not any(row.reason for row in rows[:_MOST_SHOWN]) else frame
        st.dataframe(frame, hide_index=True, height=height, column_config=config, alt=alt)
    if len(rows) > _MOST_SHOWN:
        st.caption(f"The first {_MOST_SHOWN:,} of {len(rows):,} rows; all of them are booked or left out alike.")
    return frozenset(accepted)


def _accepting(
    rows: list[PreviewRow], frame: pd.DataFrame, config: dict[str, Any], accepted: set[int], height: int | str
) -> set[int]:
    bookable = [row.transaction is not None for row in rows[:_MOST_SHOWN]]
    frame.insert(0, "Book", [row.line in accepted and can for row, can in zip(rows, bookable, strict=False)])
    edited = st.data_editor(
        frame,
        hide_index=True,
        height=height,
        column_config=config | {"Book": st.column_config.CheckboxColumn(width=55)},
        disabled=[column for column in frame.columns if column != "Book"],
        key="portfolio_import_editor",
    )
    lines = {row.line for row, ticked, can in zip(rows, edited["Book"], bookable, strict=False) if ticked and can}
    st.session_state[_ACCEPTED] = lines
    left = len(bookable) - sum(bookable)
    if left:
        st.caption(f"{left} of them say too little to be booked; add those by hand.")
    return lines


def _cells(row: PreviewRow, reader: Reader) -> dict[str, object]:
    found = row.transaction
    amounts = reader.amounts
    if found is None:
        return {
            "Line": row.line, "What": "", "Date": "", "Instrument": row.instrument, "Quantity": "", "Price": "",
            "Amount": "", "Why": row.reason,
        }  # fmt: skip
    instrument = row.instrument if not found.symbol or found.symbol.startswith(OWN) else found.symbol
    return {
        "Line": row.line,
        "What": WORDS[found.kind],
        "Date": formats.day(found.on),
        "Instrument": instrument,
        "Quantity": "" if found.quantity is None else amounts.units(found.quantity),
        "Price": "" if found.price is None else formats.money(float(found.price), found.currency),
        "Amount": "" if found.gross is None else amounts.money(found.gross, found.currency, exact=True),
        "Why": row.reason,
    }


def _book(reader: Reader, shown: Preview, accepted: frozenset[int]) -> None:
    counts = shown.counts
    number = counts["new"] + len(accepted)
    if not number:
        st.info(
            "There is nothing new in this file: every row is there already, or cannot be booked."
            if not counts["attention"]
            else "Tick the rows to book, or say which instruments they are about.",
            icon=":material/info:",
        )
        return
    if st.button(f"Book {formats.number(number, 0)} transaction{'s' if number != 1 else ''}", type="primary",
                 icon=":material/library_add_check:", key="portfolio_book"):  # fmt: skip
        batch = _booked(reader, shown, accepted)
        for name in (_KEPT, _MAPPING, _ACCOUNT, _FORMAT, _ACCEPTED):
            st.session_state.pop(name, None)
        st.session_state[_BOOKED] = st.session_state.get(_BOOKED, 0) + 1
        st.session_state[_UNDOABLE] = batch.id
        again = f" {formats.number(batch.duplicates, 0)} were there already." if batch.duplicates else ""
        done(f"{formats.number(batch.added, 0)} transactions of {plain(shown.file_name)} are booked.{again}")


_UNDOABLE = "portfolio_undoable"
"""The batch that was booked last in this tab: offered to be undone beside the message."""


def _booked(reader: Reader, shown: Preview, accepted: frozenset[int]) -> book.Batch:
    chosen = st.session_state.get(_ACCOUNT)
    account = None if shown.others is not None else chosen or account_for(reader.mine.account, shown).id
    return book_preview(reader.mine.account, shown, account_id=account, accept_attention=accepted)


def undo_last() -> None:
    """Beside the message that a file is booked: take it back."""
    number = st.session_state.pop(_UNDOABLE, None)
    if number is not None:
        st.button("Undo this import", icon=":material/undo:", key="portfolio_undo_last", on_click=undo, args=(number,))


def undo(number: int) -> None:
    """Callback: take a batch back, and say so on the run that follows."""
    try:
        gone = book.undo_batch(me().account, number)
    except LedgerError as error:
        note(plain(f"{error.message} {error.remedy}".strip()), refused=True)
    else:
        note(f"The import is undone: {formats.number(gone, 0)} transactions count no more.")
