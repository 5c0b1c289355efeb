"""The statistics beside the chart and the table under it."""

import pandas as pd
import streamlit as st

from components.charts.loading import Drawing, Loaded
from core import formats
from core.market.model import Interval

TABLE_ROWS = 50


def panel(loaded: Loaded, drawing: Drawing) -> None:
    """Numbers of the drawn range as a small table, one line each."""
    numbers = drawing.statistics
    if numbers is None:
        st.caption("No closing prices in this range, so nothing to count.")
        return
    zone, currency = loaded.instrument.timezone, loaded.instrument.currency
    digits = formats.price_decimals(numbers.last)

    def price(value: float) -> str:
        return formats.number(value, digits, currency=currency)

    lines = {
        "Last": price(numbers.last),
        "Change": _change(numbers.change, numbers.change_fraction, digits, currency),
        "Range high": f"{price(numbers.high)} :gray[{formats.day(numbers.high_at, zone)}]",
        "Range low": f"{price(numbers.low)} :gray[{formats.day(numbers.low_at, zone)}]",
        "Return over range": _coloured(numbers.range_return),
        "Growth a year": _coloured(numbers.growth) if numbers.growth is not None else None,
        "Volatility a year": formats.percent(numbers.volatility),
        "Deepest fall": (
            f"{_coloured(numbers.drawdown)} :gray[{formats.day(numbers.drawdown_from, zone)} to "
            f"{formats.day(numbers.drawdown_to, zone)}]"
            if numbers.drawdown < 0
            else "none"
        ),
        "Average volume": formats.compact(numbers.average_volume, indian=currency == "INR"),
        f"Beta to {drawing.benchmark}": None if numbers.beta is None else f"{numbers.beta:.2f}",
        "Bars": f"{numbers.bars:,}",
    }
    st.markdown("\n".join(["| | |", "|:--|--:|", *(f"| {k} | {v} |" for k, v in lines.items() if v is not None)]))


def _change(amount: float | None, fraction: float | None, digits: int, currency: str) -> str:
    if amount is None:
        return formats.UNKNOWN
    told = f"{formats.number(amount, digits, currency=currency, signed=True)} {formats.change(fraction)}"
    return f":{_colour(amount)}[{told}]"


def _coloured(fraction: float | None) -> str:
    return formats.UNKNOWN if fraction is None else f":{_colour(fraction)}[{formats.change(fraction)}]"


def _colour(value: float) -> str:
    return "green" if value > 0 else "red" if value < 0 else "gray"


def last_bars(loaded: Loaded) -> pd.DataFrame:
    """The last bars, newest first, with exchange times as text and the change to the bar before."""
    frame = loaded.frame
    tail = frame.iloc[-TABLE_ROWS - 1 :]
    index = tail.index
    assert isinstance(index, pd.DatetimeIndex)
    intraday = Interval(loaded.view.interval).intraday
    local = index.tz_convert(loaded.instrument.timezone)
    change = tail["close"].pct_change(fill_method=None)
    table = pd.DataFrame(
        {
            "Time": local.strftime("%d %b %Y %H:%M" if intraday else "%d %b %Y"),
            "Open": tail["open"].to_numpy(),
            "High": tail["high"].to_numpy(),
            "Low": tail["low"].to_numpy(),
            "Close": tail["close"].to_numpy(),
            "Change": [formats.change(None if pd.isna(c) else float(c)) for c in change],
            "Volume": [formats.compact(_known(v), indian=loaded.instrument.currency == "INR") for v in tail["volume"]],
        }
    )
    return table.iloc[::-1].head(min(TABLE_ROWS, len(frame))).reset_index(drop=True)


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


@st.cache_resource(max_entries=64, ttl=1800, show_spinner=False)
def _table(fingerprint: str, _loaded: Loaded) -> pd.DataFrame:  # noqa: ARG001
    return last_bars(_loaded)


def table(loaded: Loaded) -> None:
    """The last 50 bars."""
    key = f"{loaded.instrument.symbol}|{loaded.owner if loaded.instrument.owner else ''}|{loaded.view}|{loaded.fingerprint}"
    rows = _table(key, loaded)
    digits = formats.price_decimals(float(loaded.frame["close"].iloc[-1]))
    price = st.column_config.NumberColumn(format=f"%,.{digits}f")
    st.dataframe(
        rows,
        hide_index=True,
        height=320,
        column_config={name: price for name in ("Open", "High", "Low", "Close")},
        alt=f"The last {len(rows)} bars of {loaded.instrument.symbol}, newest first",
        key="c_table",
    )
