"""The tax report of a financial year on screen: sums, set-off, quarters, sales, dividends, and the files of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from components.portfolio.amounts import Amounts
from components.states import empty, plain
from core import formats
from core.portfolio.tax.document import sales_csv, schedule_112a_csv
from core.portfolio.tax.report import TaxReport
from core.portfolio.tax.sales import Sale

_INR = "INR"
_ROW, _MOST_ROWS = 36, 14
_RIGHT = st.column_config.TextColumn(alignment="right")


def tiles(of: TaxReport, amounts: Amounts) -> None:
    """What is taxed, at which rates, and what it comes to."""
    lines = list(of.taxable.items())
    with st.grid(4, min_column_width=190, gap="small"):
        with st.container(border=True):
            total = None if of.tax is None or of.cess is None else of.tax + of.cess
            st.metric(
                "Tax on gains, estimated",
                amounts.money(total, _INR),
                f"{amounts.money(of.cess, _INR)} of it cess" if total else None,
                delta_color="off",
                delta_arrow="off",
                help="At the special rates. Unavailable while the gain of a sale is unknown.",
            )
        with st.container(border=True):
            st.metric(
                "Exemption used",
                amounts.money(of.set_off.exempt, _INR),
                f"of {amounts.money(of.set_off.exemption, _INR)}",
                delta_color="off",
                delta_arrow="off",
                help="Long-term gains on listed equity that are free in a year, per person (s. 112A).",
            )
        with st.container(border=True):
            carried = of.set_off.carried
            st.metric(
                "Losses to carry forward",
                amounts.money(carried.short + carried.long, _INR),
                f"{amounts.money(carried.long, _INR)} long-term",
                delta_color="off",
                delta_arrow="off",
            )
        with st.container(border=True):
            rupees = sum((each.gross for each in of.dividends if each.currency == _INR), Decimal(0))
            st.metric(
                "Dividends, gross",
                amounts.money(rupees, _INR),
                f"{amounts.money(of.interest, _INR)} interest",
                delta_color="off",
                delta_arrow="off",
                help="Taxed at your slab rate; those in other currencies are listed below.",
            )
    if lines:
        words = [
            f"{head.value}: {amounts.money(amount, _INR)} at {formats.percent(float(rate), 1)}"
            for (head, rate), amount in lines
            if amount
        ]
        if words:
            st.caption(f"Taxed after set-off: {plain('; '.join(words))}.")


def heads(of: TaxReport, amounts: Amounts) -> None:
    """Gains by head and rate, before set-off; and the quarters of advance tax."""
    if not of.lines:
        empty("Nothing was sold in this year", "Dividends and interest are below.", ":material/sell:")
        return
    frame = pd.DataFrame(
        {
            "Head": [each.head.value.capitalize() for each in of.lines],
            "Section": [each.section or formats.UNKNOWN for each in of.lines],
            "Rate": [formats.UNKNOWN if e.rate is None else formats.percent(float(e.rate), 1) for e in of.lines],
            "Sales": [each.count for each in of.lines],
            "Received": [amounts.money(each.consideration, _INR) for each in of.lines],
            "Cost": [amounts.money(each.cost, _INR) for each in of.lines],
            "Gain": [amounts.signed(each.gain, _INR) for each in of.lines],
        }
    )
    right = dict.fromkeys(("Rate", "Received", "Cost", "Gain"), _RIGHT)
    st.dataframe(frame, hide_index=True, height="content", column_config=right, alt="Gains by head and rate")
    quarters = pd.DataFrame(
        {
            "Quarter": [each.words for each in of.quarters],
            "Gains": [amounts.signed(sum(each.gains.values(), Decimal(0)), _INR) for each in of.quarters],
            "Dividends": [amounts.money(each.dividends, _INR) for each in of.quarters],
        }
    )
    st.dataframe(
        quarters,
        hide_index=True,
        height="content",
        column_config=dict.fromkeys(("Gains", "Dividends"), _RIGHT),
        alt="Gains and dividends by the quarters of advance tax",
    )


def sold(rows: Sequence[Sale], amounts: Amounts) -> None:
    """Every lot that was sold, with how it is treated."""
    if not rows:
        return
    frame = pd.DataFrame(
        {
            "Sold": [formats.day(each.sold_on) for each in rows],
            "Held since": [formats.day(each.disposal.held_since) for each in rows],
            "Name": [each.name for each in rows],
            "Quantity": [amounts.units(each.disposal.quantity) for each in rows],
            "Term": [each.term.value.capitalize() if each.term else formats.UNKNOWN for each in rows],
            "Received": [amounts.money(each.consideration, each.disposal.currency) for each in rows],
            "Cost": [amounts.money(each.cost, each.disposal.currency) for each in rows],
            "Gain": [amounts.signed(each.gain, each.disposal.currency) for each in rows],
            "Rate": [formats.UNKNOWN if each.rate is None else formats.percent(float(each.rate), 1) for each in rows],
            "To look at": [each.attention for each in rows],
        }
    )
    right = dict.fromkeys(("Quantity", "Received", "Cost", "Gain", "Rate"), _RIGHT)
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(rows) <= _MOST_ROWS else _ROW * _MOST_ROWS,
        column_config=right | {"To look at": st.column_config.TextColumn(width="large")},
        alt=f"{len(rows)} lots sold in the year",
    )


def dividends(of: TaxReport, amounts: Amounts) -> None:
    """Dividends by symbol."""
    if not of.dividends:
        st.caption("No dividends in this year.")
        return
    frame = pd.DataFrame(
        {
            "Name": [each.name for each in of.dividends],
            "Times": [each.count for each in of.dividends],
            "Gross": [amounts.money(each.gross, each.currency, exact=True) for each in of.dividends],
            "Tax withheld": [amounts.money(each.deducted, each.currency, exact=True) for each in of.dividends],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content" if len(of.dividends) <= _MOST_ROWS else _ROW * _MOST_ROWS,
        column_config=dict.fromkeys(("Gross", "Tax withheld"), _RIGHT),
        alt="Dividends by company",
    )


def files(of: TaxReport, *, private: bool) -> None:
    """Schedule 112A and all sales as CSV; the files hold amounts, so not while those are hidden."""
    if private:
        st.caption(":material/visibility_off: Show amounts to download the files.")
        return
    year = of.year.words
    with st.container(horizontal=True):
        st.download_button(
            f"Schedule 112A ({len(of.schedule_112a)} rows)",
            lambda: schedule_112a_csv(of),
            file_name=f"schedule-112a-{year}.csv",
            icon=":material/download:",
            disabled=not of.schedule_112a,
            key="portfolio_tax_112a",
            on_click="ignore",
        )
        st.download_button(
            "All sales",
            lambda: sales_csv(of),
            file_name=f"sales-{year}.csv",
            icon=":material/download:",
            disabled=not of.sales,
            key="portfolio_tax_sales",
            on_click="ignore",
        )


def rules(of: TaxReport) -> None:
    """What was assumed, and which law says so."""
    with st.expander("Rules and assumptions", icon=":material/gavel:"):
        st.markdown("\n".join(f"- {plain(each)}" for each in of.assumptions))
        for each in of.rules:
            until = f" to {formats.day(each.until)}" if each.until else " on"
            st.caption(f"{plain(each.asset.value.capitalize())}, from {formats.day(each.since)}{until}: "
                       f"{plain(each.source)}")  # fmt: skip
