"""Tax: the gains, losses and dividends of an Indian financial year, by dated rules with their source."""

import streamlit as st

from components.frame import inside_app
from components.market import market
from components.portfolio import frame, taxes
from components.states import empty, part, plain
from core.portfolio import book
from core.portfolio.tax.grandfathering import fair_values
from core.portfolio.tax.report import report, years
from core.portfolio.tax.sales import grandfathered_symbols

inside_app()

with part("tax"):
    opened = frame.opened("Tax")
    if opened is not None:
        reader, desk = opened
        amounts = reader.amounts
        # The exemption is per person: whatever the scope, a report is of everything.
        ledger = book.ledger(reader.mine.account)
        offered = years(ledger)
        if not offered:
            empty("Nothing to report yet", "Sales, dividends and interest make a report.", ":material/gavel:")
        else:
            with st.container(horizontal=True, vertical_alignment="center"):
                year = st.selectbox(
                    "Financial year", offered, format_func=lambda one: f"FY {one.words}", key="portfolio_tax_year",
                    label_visibility="collapsed", width=160,
                )  # fmt: skip
                st.caption("India, for a resident. Of all accounts, whatever is chosen above.", width="stretch")
            asked = grandfathered_symbols(ledger, year)
            of = report(ledger, year, fair_values=fair_values(asked, service=market()) if asked else {})
            st.info(plain(of.notice), icon=":material/gavel:")
            with part("tax sums"):
                taxes.tiles(of, amounts)
            look = (*of.attention, *of.not_covered)
            if look:
                noun = "sale needs" if len(look) == 1 else "sales need"
                st.warning(f"{len(look)} {noun} a look: the reason stands in its row below.", icon=":material/rule:")
            with part("tax heads"):
                st.subheader("Gains before set-off")
                taxes.heads(of, amounts)
            with part("tax sales"):
                st.subheader("Sales")
                taxes.sold(of.sales, amounts)
                taxes.files(of, private=amounts.private)
            with part("tax dividends"):
                st.subheader("Dividends")
                taxes.dividends(of, amounts)
            taxes.rules(of)
