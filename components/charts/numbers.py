"""The statistics beside the chart and the table under it."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import streamlit as st

from components.charts.loading import Drawing, Loaded
from core import formats
from core.market.model import Interval

TABLE_ROWS = 50


def panel(loaded: Loaded, drawing: Drawing) -> None:
    """Numbers of the drawn range as a small table, one line each."""
    if drawing.statistics is None:
        st.caption("No closing prices in this range, so nothing to count.")
        return
    # Made once, and ready to send: Arrow needs no conversion on a rerun.
    st.table(
        _lines(f"{loaded.key}|{formats.number_style()}", loaded, drawing),
        border="horizontal",
        hide_header=True,
        hide_index=False,
        alt=f"Statistics of {loaded.instrument.symbol} over the range",
    )


@st.cache_resource(max_entries=128, ttl=1800, show_spinner=False)
def _lines(key: str, _loaded: Loaded, _drawing: Drawing) -> pa.Table:  # noqa: ARG001
    told = told_numbers(_loaded, _drawing)
    return pa.Table.from_pandas(pd.DataFrame({"value": list(told.values())}, index=[f":gray[{name}]" for name in told]))


def told_numbers(loaded: Loaded, drawing: Drawing) -> dict[str, str]:
    """The statistics by name, written out; those that cannot be said are left out."""
    numbers = drawing.statistics
    if numbers is None:
        return {}
    zone, currency = loaded.instrument.timezone, loaded.instrument.currency
    digits = formats.price_decimals(numbers.last)

    def price(value: float) -> str:
        return formats.number(value, digits, currency=currency)

    lines = {
        "Last": price(numbers.last),
        "Last bar": _change(numbers.change, numbers.change_fraction, digits, currency),
        "High": f"{price(numbers.high)} :gray[:small[{_day(numbers.high_at, zone)}]]",
        "Low": f"{price(numbers.low)} :gray[:small[{_day(numbers.low_at, zone)}]]",
        "Return": _coloured(numbers.range_return),
        "Growth a year": _coloured(numbers.growth) if numbers.growth is not None else None,
        "Volatility": formats.percent(numbers.volatility),
        "Deepest fall": (
            f"{_coloured(numbers.drawdown)} :gray[:small[{_day(numbers.drawdown_from, zone)} – "
            f"{_day(numbers.drawdown_to, zone)}]]"
            if numbers.drawdown < 0
            else "none"
        ),
        "Avg volume": formats.compact(numbers.average_volume, indian=currency == "INR"),
        f"Beta ({drawing.benchmark})": None if numbers.beta is None else f"{numbers.beta:.2f}",
        "Bars": f"{numbers.bars:,}",
    }
    return {name: value for name, value in lines.items() if value is not None}


def _day(when: datetime, zone: str) -> str:
    local = when.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %y}"


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
def _table(key: str, _loaded: Loaded) -> pa.Table:  # noqa: ARG001
    return pa.Table.from_pandas(last_bars(_loaded), preserve_index=False)


def table(loaded: Loaded) -> None:
    """The last 50 bars."""
    rows = _table(f"{loaded.key}|{formats.number_style()}", loaded)
    digits = formats.price_decimals(float(loaded.frame["close"].iloc[-1]))
    price = st.column_config.NumberColumn(format=f"%,.{digits}f")
    st.dataframe(
        rows,
        hide_index=True,
        height=320,
        column_config=dict.fromkeys(("Open", "High", "Low", "Close"), price),
        alt=f"The last {len(rows)} bars of {loaded.instrument.symbol}, newest first",
        key="c_table",
    )
