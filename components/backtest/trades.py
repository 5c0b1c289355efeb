"""The trades of a run: on the price, and one by one."""

import pandas as pd
import pyarrow as pa
import streamlit as st

from components.backtest.loading import Done
from components.figures.drawn import Drawn
from components.figures.outcomes import trades_figure
from components.figures.price import PriceFigure
from components.figures.theme import CONFIG
from components.states import empty
from components.theme import tokens
from core import formats

MOST_DRAWN = 2000
_COLUMNS = {
    "position": "No.",
    "side": "Side",
    "entry_time": "Entered",
    "exit_time": "Left",
    "bars": "Bars",
    "quantity": "Quantity",
    "entry_price": "Entry",
    "exit_price": "Exit",
    "pnl": "Profit",
    "return": "Return",
    "fees": "Fees",
    "mae": "Worst",
    "mfe": "Best",
    "reason": "Left by",
}


def panel(done: Done, mode: str) -> None:
    """Price with entries and exits, and the table."""
    if not len(done.run.trades):
        empty("No trades", "Nothing was bought or sold on these bars.", ":material/hourglass_empty:")
        return
    figure = _figure(f"{done.key}|{mode}|{formats.number_style()}", done, mode)
    st.plotly_chart(figure, theme=None, config=CONFIG, key="bt_trades_chart", alt=figure.alt)
    if len(done.run.tape) > MOST_DRAWN:
        st.caption(f":material/info: The last {MOST_DRAWN:,} bars are drawn; the table has all trades.")
    rows = _rows(f"{done.key}|{formats.number_style()}", done)
    digits = formats.price_decimals(float(done.run.tape.close[-1]))
    price = st.column_config.NumberColumn(format=f"%,.{digits}f")
    money, percent = st.column_config.NumberColumn(format="%,.0f"), st.column_config.NumberColumn(format="percent")
    st.dataframe(
        rows,
        hide_index=True,
        height=min(420, 38 + 35 * rows.num_rows),
        column_config={
            **dict.fromkeys(("Entry", "Exit"), price),
            **dict.fromkeys(("Profit", "Fees"), money),
            **dict.fromkeys(("Return", "Worst", "Best"), percent),
            "Quantity": st.column_config.NumberColumn(format="%,.2f"),
            "Worst": st.column_config.NumberColumn(
                format="percent", help="How far the price went against the entry while the trade was open."
            ),
            "Best": st.column_config.NumberColumn(
                format="percent", help="How far the price went in favour of the entry while the trade was open."
            ),
        },
        alt=f"{rows.num_rows} trades of {done.inputs.title}",
        key="bt_trades",
    )


def table(done: Done) -> pd.DataFrame:
    """The trades with times of the exchange as text, newest first, columns as they are called on screen."""
    trades, zone = done.run.trades, done.instrument.timezone
    how = "%d %b %Y %H:%M" if done.material.sourced.data.interval.intraday else "%d %b %Y"
    out = trades.copy()
    for name in ("entry_time", "exit_time"):
        out[name] = pd.DatetimeIndex(trades[name]).tz_convert(zone).strftime(how)
    out["position"] = out["position"] + 1
    out["side"] = out["side"].str.capitalize()
    out["reason"] = out["reason"].str.replace("_", " ").replace({"open": "still held"})
    return out[list(_COLUMNS)].rename(columns=_COLUMNS).iloc[::-1].reset_index(drop=True)


@st.cache_resource(max_entries=64, ttl=1800, show_spinner=False)
def _rows(key: str, _done: Done) -> pa.Table:  # noqa: ARG001  the inputs in one string
    return pa.Table.from_pandas(table(_done), preserve_index=False)


@st.cache_resource(max_entries=32, ttl=1800, show_spinner=False)
def _figure(key: str, _done: Done, _mode: str) -> Drawn:  # noqa: ARG001
    bars = _done.material.sourced.data
    frame = bars.frame.iloc[-MOST_DRAWN:]
    view = PriceFigure(
        symbol=_done.instrument.symbol,
        frame=frame,
        interval=bars.interval,
        timezone=_done.instrument.timezone,
        currency=_done.currency,
        kind="candles" if len(frame) <= 400 else "line",
        volume=False,
        revision=f"trades {_done.inputs.fingerprint}",
        height=420,
    )
    return trades_figure(view, _done.run.trades, tokens(_mode))
