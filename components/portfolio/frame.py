"""The frame of every portfolio page: title, scope and privacy, where prices come from; and the ways to begin."""

from __future__ import annotations

import streamlit as st

from components.market import market
from components.portfolio import reader as readers
from components.portfolio.answers import answered, done, say_done
from components.portfolio.reader import Reader
from components.states import empty, plain
from core import formats
from core.clock import now
from core.portfolio import book, sample_booking
from core.portfolio.desk import Desk, desk
from core.portfolio.overview import Overview
from core.portfolio.prices import Prices

TRANSACTIONS = "pages/transactions.py"


def opened(title: str, *, empty_too: bool = False) -> tuple[Reader, Desk] | None:
    """Draw title and controls; the reader and what their page stands on.

    None for an investor without any transaction, who gets the ways to begin instead. With `empty_too` the page draws
    itself for them as well (the page on which they begin).
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.title(title, width="stretch")
        place = st.container(horizontal=True, width="content")
    say_done()
    reader = readers.current()
    stand = _stand(reader, empty_too=empty_too)
    if stand is None:
        begin(reader)
        return None
    everything = stand.ledger if reader.whole else book.ledger(reader.mine.account)
    with place:
        readers.controls(reader, {tag for row in everything.transactions for tag in row.tags})
    return reader, stand


def _stand(reader: Reader, *, empty_too: bool) -> Desk | None:
    account, service = reader.mine.account, market()
    if not book.revision_of(account) and account.is_demo and service.mode().live:
        # In the simulated market the visitor's click has loaded it; at the prices of vendors it is loaded here, once.
        with st.spinner("Preparing a sample portfolio"), answered():
            sample_booking.load(account)
            st.rerun()
    if not empty_too and not book.transactions(account, size=1).total:
        return None
    with st.spinner("Working out your portfolio"):
        return desk(account, reader.scope, base=reader.amounts.base, service=service)


def nothing_in_scope() -> None:
    """The chosen accounts and tags have no transactions, though others have."""
    empty("Nothing in this scope", "Choose other accounts or tags above.", ":material/filter_list_off:")


def provenance(reader: Reader, prices: Prices, view: Overview | None = None) -> None:
    """One line: which prices these are, of when, and whether any of it is a sample."""
    held = [each for each in prices.about.values() if each.source]
    sources = ", ".join(dict.fromkeys("Simulated" if each.simulated else each.source.capitalize() for each in held))
    moments = [each.as_of for each in held if each.as_of is not None]
    words = [f"Prices: {plain(sources)}" if sources else "No prices"]
    if moments:
        words[0] += f", {formats.moment(max(moments), reader.mine.zone, now=now())}"
    words.append(f"in {reader.amounts.base}")
    if view is not None and view.unknown:
        more = f" and {len(view.unknown) - 3} more" if len(view.unknown) > 3 else ""
        words.append(f"without {plain(', '.join(view.unknown[:3]))}{more}, whose value is unknown")
    badge = ":orange-badge[:material/science: Sample] " if _has_sample(reader) else ""
    st.caption(badge + " · ".join(words))


def _has_sample(reader: Reader) -> bool:
    names = {each.name for each in sample_booking.ACCOUNTS}
    shown = set(reader.scope.accounts) or {each.id for each in reader.accounts}
    return any(each.name in names and not each.closed and each.id in shown for each in reader.accounts)


def begin(reader: Reader) -> None:
    """An empty ledger: three ways to fill it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(":material/account_balance_wallet: **Your portfolio is empty**", text_alignment="center")
        st.caption(
            "Import what your broker exports, enter a first transaction, or look at a sample: it is taken back "
            "with one click.",
            text_alignment="center",
        )
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("Import a file", type="primary", icon=":material/upload_file:", key="portfolio_import"):
                st.switch_page(TRANSACTIONS, query_params={"show": "Import"})
            if st.button("Add a transaction", icon=":material/add:", key="portfolio_first"):
                st.switch_page(TRANSACTIONS, query_params={"new": "1"})
            load = st.button("Load the sample", icon=":material/science:", key="portfolio_sample")
        if load:
            with answered():
                booked = sample_booking.load(reader.mine.account, market())
                done(f"The sample is loaded: {booked.added} transactions. Take it back under Transactions, Imports.")
