"""Transactions: what happened, entered, changed, imported and undone."""

import streamlit as st

from components.frame import inside_app
from components.portfolio import accounts, batches, editor, findings, frame, importing, listing
from components.portfolio.reading import overview_of
from components.states import part
from core.portfolio import book

inside_app()

TABS = ("Ledger", "Import", "Imports", "Accounts", "To look at")

with part("transactions"):
    opened = frame.opened("Transactions", empty_too=True)
    assert opened is not None
    reader, desk = opened
    importing.undo_last()
    chosen = st.tabs(list(TABS), key="show", on_change="rerun", bind="query-params")
    ledger, imported, batch_list, account_list, look = chosen
    if ledger.open:
        with ledger, part("ledger"):
            with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
                asked = listing.filters()
                adding = st.button("Add", type="primary", icon=":material/add:", key="portfolio_add")
            pressed = listing.table(reader, asked)
            if adding or st.query_params.pop("new", None):
                editor.add(reader)
            elif pressed is not None:
                editor.show(reader, pressed, removed=asked.removed)
    if imported.open:
        with imported, part("import"):
            importing.section(reader)
    if batch_list.open:
        with batch_list, part("imports"):
            batches.section(reader)
    if account_list.open:
        with account_list, part("accounts"):
            accounts.section(reader, book.ledger(reader.mine.account))
    if look.open:
        with look, part("findings"):
            view = overview_of(desk)
            number = findings.listed(view.findings, reader)
            if number is not None:
                editor.show(reader, book.transaction(reader.mine.account, number))
