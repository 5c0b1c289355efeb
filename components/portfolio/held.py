"""The table of what is held, and the drawer of one holding: its lots, what it earned, and how that was computed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pandas as pd
import streamlit as st

from components.portfolio import numbers, returns
from components.portfolio.amounts import Amounts, rate
from components.portfolio.numbers import number
from components.portfolio.reader import Reader
from components.states import empty, plain
from core import formats
from core.clock import now
from core.portfolio.desk import Desk
from core.portfolio.holdings import Holding
from core.portfolio.model import OWN
from core.portfolio.periods import performances

_OPEN = "portfolio_held_open"
_ROW, _MOST_ROWS = 36, 24
_SIGNED = ("Today", "Gain", "Gain %", "XIRR", "TWR")
_WIDTHS = {"Quantity": 72, "Share": 60, "Today": 68, "Gain %": 80, "XIRR": 76, "TWR": 82, "Value": 100}
_AMOUNTS = ("Quantity", "Value", "Gain", "Income")


def table(rows: Sequence[Holding], reader: Reader) -> Holding | None:
    """Every holding; the one whose button was pressed."""
    if not rows:
        empty("Nothing is held", "What was sold is under Transactions and Performance.", ":material/list_alt:")
        return None
    amounts = reader.amounts
    frame = pd.DataFrame(
        {
            "Open": [":material/open_in_full:"] * len(rows),
            "Name": [each.facts.name for each in rows],
            "Quantity": [number(each.quantity) for each in rows],
            "Price": [_price(each) for each in rows],
            "Cost": [_cost(each, amounts) for each in rows],
            "Value": [number(each.value) for each in rows],
            "Share": [number(each.share) for each in rows],
            "Today": [number(each.today_rate) for each in rows],
            "Gain": [number(None if each.unrealised is None else each.unrealised.total) for each in rows],
            "Gain %": [number(each.unrealised_rate) for each in rows],
            "XIRR": [number(each.xirr) for each in rows],
            "TWR": [number(each.twr) for each in rows],
            "Income": [number(each.income) for each in rows],
            "Age": [_age(each) for each in rows],
            "Symbol": [each.facts.symbol.removeprefix(OWN) for each in rows],
        }
    )
    if amounts.private:
        frame = frame.drop(columns=list(_AMOUNTS))
    ways: dict[str, numbers.Write] = {
        "Quantity": _units,
        "Value": amounts.money,
        "Share": numbers.share,
        "Today": numbers.percent,
        "Gain": amounts.signed,
        "Gain %": numbers.percent,
        "XIRR": numbers.percent,
        "TWR": numbers.percent,
        "Income": amounts.money,
    }
    st.dataframe(
        numbers.written(frame, ways, _SIGNED),
        hide_index=True,
        height="content" if len(rows) <= _MOST_ROWS else _ROW * _MOST_ROWS,
        placeholder=formats.UNKNOWN,
        alt=f"{len(rows)} holdings, the largest first",
        column_config=_columns(),
    )
    click = st.session_state.get(_OPEN)
    return rows[click.row] if click is not None and 0 <= click.row < len(rows) else None


def _columns() -> dict[str, object]:
    right = ("Quantity", "Price", "Cost", "Value", "Share", "Today", "Gain", "Gain %", "XIRR", "TWR", "Income")
    helps = {
        "Cost": "Average cost of one, in its currency; a bonus lowers it.",
        "Today": "Change since the previous close.",
        "Gain": "Unrealised: value less cost, in your currency.",
        "XIRR": "Money-weighted, a year, since the first purchase.",
        "TWR": "Time-weighted, for the whole time it was held.",
        "Income": "Dividends and interest, before tax.",
    }
    config: dict[str, object] = {
        name: st.column_config.Column(width=84, alignment="right", help=helps.get(name)) for name in right
    }
    for name, width in (
        ("Quantity", 72),
        ("Share", 60),
        ("Today", 68),
        ("Gain %", 80),
        ("XIRR", 76),
        ("TWR", 82),
        ("Value", 100),
    ):
        config[name] = st.column_config.Column(width=width, alignment="right", help=helps.get(name))
    config["Open"] = st.column_config.ButtonColumn("", key=_OPEN, width=42, type="tertiary", help="Lots and details")
    config["Name"] = st.column_config.TextColumn(width=118, pinned=True)
    config["Symbol"] = st.column_config.TextColumn(width=110)
    config["Age"] = st.column_config.TextColumn("Price of", width=96)
    return config


def _units(value: float) -> str:
    return formats.number(value, 0 if value == int(value) else 4)


def _price(each: Holding) -> str:
    return formats.UNKNOWN if each.price is None else formats.money(float(each.price), each.facts.currency)


def _cost(each: Holding, amounts: Amounts) -> str:
    if each.average_cost is None:
        return formats.UNKNOWN
    return amounts.money(each.average_cost, each.facts.currency, exact=True)


def _age(each: Holding) -> str:
    if each.age is None:
        return "unknown"
    on = now().date() - timedelta(days=each.age)
    return f"{formats.day(on)}, old" if each.stale else formats.day(on)


@st.dialog("Holding", position="right", width="large", icon=":material/list_alt:")
def drawer(reader: Reader, desk: Desk, each: Holding) -> None:
    """One holding."""
    amounts, symbol = reader.amounts, each.facts.symbol
    st.subheader(plain(each.facts.name))
    about = (symbol, each.facts.asset_class, each.facts.sector, each.facts.country)
    st.caption(" · ".join(plain(one) for one in dict.fromkeys(about)))
    if each.because:
        st.info(plain(each.because), icon=":material/info:")
    _figures(each, amounts)
    chosen = desk.values.lines([symbol])
    found = performances(desk.values, chosen=chosen)
    st.markdown("**Returns**")
    returns.by_period(found, amounts)
    with st.expander("How this was computed", icon=":material/functions:"):
        returns.explanation(found, desk.values, amounts, chosen)
    _lots(desk, symbol, reader)
    with st.container(horizontal=True):
        if not symbol.startswith(OWN):
            st.page_link(
                "pages/charts.py", label="Chart", icon=":material/candlestick_chart:", query_params={"symbol": symbol}
            )
        st.page_link(
            "pages/transactions.py", label="Transactions", icon=":material/receipt_long:", query_params={"of": symbol}
        )


def _figures(each: Holding, amounts: Amounts) -> None:
    unrealised, realised = each.unrealised, each.realised
    with st.grid(3, min_column_width=140, gap="small"):
        st.metric("Value", amounts.money(each.value), f"{amounts.units(each.quantity)} held", delta_color="off",
                  delta_arrow="off")  # fmt: skip
        st.metric("Unrealised", amounts.signed(None if unrealised is None else unrealised.total),
                  rate(each.unrealised_rate), delta_color="off", delta_arrow="off")  # fmt: skip
        st.metric("Realised", amounts.signed(None if realised is None else realised.total),
                  f"{amounts.money(each.income)} income", delta_color="off", delta_arrow="off")  # fmt: skip
    if unrealised is not None and unrealised.currency:
        st.caption(
            f"Of what is unrealised, the price made {amounts.signed(unrealised.price)} and the exchange rate "
            f"{amounts.signed(unrealised.currency)}."
        )


def _lots(desk: Desk, symbol: str, reader: Reader) -> None:
    lots = [lot for lot in desk.ledger.lots if lot.symbol == symbol]
    if not lots:
        return
    amounts = reader.amounts
    st.markdown("**Lots, as tax counts them**")
    st.dataframe(
        pd.DataFrame(
            {
                "Bought": [formats.day(lot.acquired_on) for lot in lots],
                "Held since": [formats.day(lot.held_since) for lot in lots],
                "Quantity": [amounts.units(lot.quantity) for lot in lots],
                "Cost of one": [
                    "unknown" if lot.unit_cost is None else amounts.money(lot.unit_cost, lot.currency, exact=True)
                    for lot in lots
                ],
                "From": [lot.origin.value.replace("_", " ").capitalize() for lot in lots],
                "Account": [reader.name_of(lot.account_id) for lot in lots],
            }
        ),
        hide_index=True,
        height="content" if len(lots) <= 10 else 390,
        alt=f"{len(lots)} lots of {symbol}, the oldest first",
        column_config={
            "Quantity": st.column_config.TextColumn(alignment="right"),
            "Cost of one": st.column_config.TextColumn(alignment="right"),
        },
    )
    st.caption("First in, first out. Bonus units cost nothing for tax; the average cost above spreads what was paid.")
