"""The figures on top of the portfolio: value, today, what was earned, both returns, income."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from components.portfolio.amounts import Amounts, rate, reason
from core import formats
from core.portfolio.overview import Overview
from core.portfolio.periods import Period
from core.portfolio.returns import Unavailable

_A_YEAR = 12
_BOTH = "XIRR weighs your money: when you paid in counts. TWR weighs time: how the holdings did."


def tiles(view: Overview, amounts: Amounts) -> None:
    """One tile a figure; what is unknown says why."""
    today, since = view.performance[Period.TODAY], view.performance[Period.START]
    with st.grid(5, min_column_width=170, gap="small"):
        with st.container(border=True, gap="xsmall"):
            st.metric(
                "Value",
                amounts.money(view.value),
                f"{amounts.money(view.cash_value)} in cash" if view.cash_kept and view.cash_value is not None else None,
                delta_color="off",
                delta_arrow="off",
                help=f"Cash and holdings at their last known prices, in {view.base}.",
            )
        with st.container(border=True, gap="xsmall"):
            moved = today.gain
            st.metric(
                "Today" if today.end == view.until and today.days <= 1 else f"Since {formats.day(today.start)}",
                amounts.signed(_cents(moved)),
                _delta(today.twr),
                help=_help("Change since the previous close, what came in and went out taken off.", today.twr),
            )
        with st.container(border=True, gap="xsmall"):
            st.metric(
                "Earned since start",
                amounts.signed(_cents(since.gain) if since.gain is not None else view.totals.total),
                f"{amounts.signed(view.totals.realised.total)} realised",
                delta_color="off",
                delta_arrow="off",
                help=_earned(view, amounts, since.gain),
            )
        with st.container(border=True, gap="xsmall"):
            st.metric(
                "Return a year (XIRR)",
                rate(since.xirr),
                f"{rate(since.twr_year if since.twr_year is not None else since.twr)} TWR"
                + (" a year" if since.twr_year is not None else ""),
                delta_color="off",
                delta_arrow="off",
                help=_help(
                    "XIRR weighs your money: when you paid in counts. TWR weighs time: how the holdings did.",
                    since.xirr,
                ),
            )
        with st.container(border=True, gap="xsmall"):
            year = sum((each.amount for each in view.income[-_A_YEAR:]), Decimal(0))
            st.metric(
                "Income, 12 months",
                amounts.money(year),
                f"{formats.percent(float(year / view.value))} of the value" if view.value > 0 else None,
                delta_color="off",
                delta_arrow="off",
                help="Dividends and interest, before tax.",
            )


def _cents(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _delta(found: float | Unavailable) -> str | None:
    if isinstance(found, Unavailable):
        return None
    return f"{'-' if found < 0 else '+'}{formats.percent(abs(found))}"


def _help(text: str, found: float | Unavailable) -> str:
    why = reason(found)
    return f"{text} Unavailable, because: {why}" if why else text


def _earned(view: Overview, amounts: Amounts, gain: float | None) -> str:
    sums = view.totals
    parts = [
        f"Unrealised {amounts.signed(sums.unrealised.total)}",
        f"realised {amounts.signed(sums.realised.total)}",
        f"income {amounts.money(sums.income)}",
        f"charges {amounts.money(sums.charges)}",
    ]
    text = ", ".join(parts) + "."
    rest = 0.0 if gain is None else gain - float(sums.total)
    if abs(rest) >= 1:
        text += f" Exchange rates moved foreign cash by {amounts.signed(rest)}."
    moved = sums.unrealised.currency + sums.realised.currency
    if moved:
        text += f" Of the gains, exchange rates made {amounts.signed(moved)}."
    if sums.unknown:
        text += f" Without {', '.join(sums.unknown[:3])}: not all of it is known."
    return text
