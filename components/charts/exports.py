"""Taking a chart along: CSV of its bars and studies, a stand-alone page, PNG and SVG."""

import csv
import io

import pandas as pd
import streamlit as st

from components.charts.loading import Drawing, Loaded, study_of
from components.charts.source import badge_text
from components.figures.export import chromium, image, page
from components.theme import tokens
from core.indicators import IndicatorError
from core.market.model import Interval


def csv_of(loaded: Loaded) -> bytes:
    """The drawn bars and their studies as CSV: exchange time, symbol and source in every row."""
    zone = loaded.instrument.timezone
    frame = loaded.frame
    index = frame.index
    assert isinstance(index, pd.DatetimeIndex)
    out = frame.copy()
    for spec in loaded.view.studies:
        try:
            study = study_of(spec, loaded.sourced.data.frame, index)
        except IndicatorError:
            continue  # the chart itself names the study that refused
        for column in study.indicator.column_names:
            out[f"{study.title} {column}"] = study.values[column]
    local = index.tz_convert(zone)
    intraday = Interval(loaded.view.interval).intraday
    times = local.strftime("%Y-%m-%d %H:%M:%S%z" if intraday else "%Y-%m-%d")
    out.insert(0, "time", times)
    out["symbol"] = loaded.instrument.symbol
    out["source"] = badge_text(loaded)
    text = io.StringIO()
    out.to_csv(text, index=False, quoting=csv.QUOTE_MINIMAL, float_format="%.10g")
    return text.getvalue().encode()


def menu(loaded: Loaded, drawing: Drawing, mode: str) -> None:
    """The Export menu; files are made when they are asked for."""
    popover = st.popover("Export", icon=":material/download:", key="c_export", on_change="rerun")
    if not popover.open:
        return
    view = loaded.view
    name = f"{loaded.instrument.symbol.strip('^')}-{view.range}-{view.interval}"
    title = f"{loaded.instrument.name} ({loaded.instrument.symbol}) · {badge_text(loaded)}"
    colours = tokens(mode)
    with popover:
        st.download_button(
            "CSV: bars and indicators",
            lambda: csv_of(loaded),
            f"{name}.csv",
            "text/csv",
            icon=":material/table:",
            key="c_export_csv",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "HTML: the chart in one file",
            lambda: page(drawing.figure, colours, title),
            f"{name}.html",
            "text/html",
            icon=":material/public:",
            key="c_export_html",
            on_click="ignore",
            width="stretch",
        )
        if chromium() is None:
            st.caption(
                "PNG and SVG need Chromium or Chrome on the server. Install it (Debian: apt install chromium) or set "
                "BROWSER_PATH to it; the HTML file works without."
            )
            return
        for kind, icon in (("png", ":material/image:"), ("svg", ":material/polyline:")):
            st.download_button(
                f"{kind.upper()}: a picture",
                lambda kind=kind: image(drawing.figure, colours, title, kind),
                f"{name}.{kind}",
                "image/png" if kind == "png" else "image/svg+xml",
                icon=icon,
                key=f"c_export_{kind}",
                on_click="ignore",
                width="stretch",
            )
