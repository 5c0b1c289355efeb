"""The forming bar, kept up to date without sending the chart again.

A small fragment reads the quote while the market is open and hands five numbers to the browser, where a script moves
the last bar of the chart that is already there. The same script keeps what a redraw would lose: the zoom of a view,
and prices fitted to the bars in sight.
"""

import math
from pathlib import Path
from typing import Any

import streamlit as st

from components import investor
from components import market as cached
from components.charts.loading import Drawing, Loaded
from components.charts.source import badge
from components.charts.view import CUSTOM
from components.states import part, plain
from core import formats
from core.clock import now
from core.market.calendars import calendar_of
from core.market.model import Interval, Quote, Sourced

EVERY = 15
_REDRAWN = "chart_redrawn_for"
_SCRIPT = (Path(__file__).parent / "chart_link.js").read_text(encoding="utf-8")
_link = st.components.v2.component("kubera_chart_link", html="<span hidden></span>\n", js=_SCRIPT)


def linked(chart_key: str, revision: str, mode: str, last: dict[str, float] | None = None) -> None:
    """Connect the script to the chart keyed ``chart_key``.

    ``last`` are open, high, low, close and volume of its last bar. A changed appearance comes back as a trigger.
    """
    _link(
        key=f"{chart_key}_link",
        data={"chart": chart_key, "revision": revision, "mode": mode, "last": last},
        on_mode_change=lambda: None,
        width=1,
        height=1,
    )


def head(loaded: Loaded, drawing: Drawing, chart_key: str, mode: str) -> None:
    """Name, price, change and source over the chart; repeats itself every 15 seconds while the market is open."""
    is_open = calendar_of(loaded.instrument).is_open(now())
    draw = st.fragment(_head, run_every=EVERY) if is_open else _head
    draw(loaded, drawing, chart_key, mode, is_open=is_open)


def _head(loaded: Loaded, drawing: Drawing, chart_key: str, mode: str, *, is_open: bool) -> None:
    investor.guard()  # it repeats by itself: not for somebody who has signed out meanwhile
    instrument, statistics = loaded.instrument, drawing.statistics
    with part("quote"):
        sourced = _quote(loaded) if is_open else None
        last = float(loaded.frame["close"].iloc[-1])
        price, change, fraction = last, None, None
        if statistics is not None:
            change, fraction = statistics.change, statistics.change_fraction
        bar: dict[str, float] | None = None
        if sourced is not None:
            price, change, fraction = sourced.data.price, sourced.data.change, _fraction(sourced.data)
            bar = forming(loaded, sourced)
            if begun(loaded, sourced) and st.session_state.get(_REDRAWN) != loaded.frame.index[-1]:
                # The quote belongs to a bar the chart does not have: read again, once for each such bar.
                st.session_state[_REDRAWN] = loaded.frame.index[-1]
                st.rerun(scope="app")
        colour = "gray" if not change else "green" if change > 0 else "red"
        told = ""
        if change is not None:
            amount = formats.number(change, formats.price_decimals(price), currency=instrument.currency, signed=True)
            told = f" :{colour}[{amount} ({formats.change(fraction)})]"
        at = f" :gray[:small[{formats.moment(sourced.data.time, instrument.timezone, now=now())}]]" if sourced else ""
        # One element for the whole line: every element of a rerun costs a message.
        st.subheader(
            f"{plain(instrument.name)} :gray[:small[{plain(instrument.symbol)} · {plain(instrument.exchange)}]]"
            f"&ensp;{formats.money(price, instrument.currency)}{told}{at}&ensp;{badge(loaded)}",
            anchor=False,
        )
        linked(chart_key, drawing.figure.spec["layout"]["uirevision"], mode, bar)


def _quote(loaded: Loaded) -> Sourced[Quote] | None:
    """The quote, if it is of the same kind as the bars: real prices never move a simulated bar."""
    if loaded.instrument.owner is not None:
        return None
    sourced = cached.quote(loaded.instrument.symbol, loaded.owner)
    return sourced if sourced.simulated == loaded.sourced.simulated else None


def _fraction(quote: Quote) -> float | None:
    return None if quote.change_percent is None else quote.change_percent / 100


def begun(loaded: Loaded, quote: Sourced[Quote]) -> bool:
    """True if the quote is of a time after the last bar of a chart that reaches up to the present."""
    end = loaded.frame.index[-1] + Interval(loaded.view.interval).delta
    return loaded.view.range != CUSTOM and bool(quote.data.time >= end)


def forming(loaded: Loaded, quote: Sourced[Quote]) -> dict[str, float] | None:
    """The last bar with the quote in it; None when the quote belongs to another bar or the bars are adjusted."""
    view = loaded.view
    if view.compare or view.dividends or view.kind == "heikin-ashi":
        return None
    start = loaded.frame.index[-1]
    length = Interval(view.interval).delta
    if not start <= quote.data.time < start + length:
        return None
    bar: dict[str, Any] = loaded.frame.iloc[-1].to_dict()
    price = quote.data.price
    whole_day = view.interval == "1d"
    high = max(bar["high"], price, (quote.data.high or price) if whole_day else price)
    low = min(bar["low"], price, (quote.data.low or price) if whole_day else price)
    volume = quote.data.volume if whole_day and quote.data.volume else bar["volume"]
    made = {"open": bar["open"], "high": high, "low": low, "close": price}
    return {k: float(v) for k, v in made.items()} | ({"volume": float(volume)} if math.isfinite(volume) else {})
