"""What in a ledger deserves a look: each finding with what to do, and the way there."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.portfolio.reader import Reader
from components.states import empty, plain
from core.portfolio.model import Finding

_A_PAGE = 12
_WORDS = {
    "sold_unheld": "Sold more than held",
    "missing_cost": "Cost unknown",
    "currency_gap": "Exchange rate unknown",
    "mixed_currency": "Two currencies",
    "fraction_left": "Fraction left over",
    "split_mismatch": "Split does not fit",
    "nothing_held": "Nothing was held",
    "missing_cost_share": "Share of cost unknown",
    "capital_exceeds_cost": "More came back than was paid",
    "lots_missing": "Lots are gone",
    "transfer_twice": "Transfer booked twice",
    "negative_cash": "Cash below zero",
    "no_price": "No price",
    "no_rate": "No exchange rate",
    "stale_price": "Price is old",
    "own_trade_price": "Valued at your own trade",
}


def link(findings: Sequence[Finding]) -> None:
    """How many there are, and the way to them; calm when there are none."""
    if not findings:
        st.caption(":material/task_alt: Nothing in this ledger needs a look.")
        return
    count = len(findings)
    st.page_link(
        "pages/transactions.py",
        label=f"{count} thing{'s' if count != 1 else ''} to look at",
        icon=":material/rule:",
        query_params={"show": "To look at"},
    )


def listed(findings: Sequence[Finding], reader: Reader) -> int | None:
    """All of them, a page at a time; the number of the transaction whose button was pressed."""
    if not findings:
        empty(
            "Nothing needs a look",
            "Costs, prices and exchange rates are known, and nothing was sold that was not held.",
            ":material/task_alt:",
        )
        return None
    pages = -(-len(findings) // _A_PAGE)
    number = min(st.session_state.get("portfolio_findings_page", 1), pages)
    pressed: int | None = None
    for at, each in enumerate(findings[_A_PAGE * (number - 1) : _A_PAGE * number]):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            where = " · ".join(plain(one) for one in (each.symbol, reader.name_of(each.account_id)) if one)
            detail = each.detail if not reader.amounts.private else "Amounts are hidden."
            st.markdown(
                f"**{_WORDS.get(each.kind, each.kind.replace('_', ' ').capitalize())}** · {where}  \n"
                f"{plain(detail)} {plain(each.remedy)}",
                width="stretch",
            )
            if each.transaction_id is not None and st.button(
                "Open", key=f"portfolio_finding_{number}_{at}", icon=":material/edit:"
            ):
                pressed = each.transaction_id
    if pages > 1:
        st.pagination(pages, key="portfolio_findings_page")
    return pressed
