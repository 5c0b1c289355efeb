"""A chart or its bars as a file."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np

from core.assistant.model import Attachment, Figure, Series, Text, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import INTERVAL_WORDS, Loaded, load, span_words
from core.assistant.tools.charts import describe
from core.assistant.tools.document import plain
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.levels import candles
from core.assistant.tools.picture import svg
from core.assistant.tools.readings import close_series
from core.assistant.tools.tool import body
from core.market.model import BAR_COLUMNS

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
MEDIA = {"svg": "image/svg+xml", "csv": "text/csv", "json": "application/json"}


@body("export_chart")
def export_chart(evidence: Evidence) -> ToolResult:
    """The file itself is a display of the result; its size and bars are values."""
    form, kind = evidence.text("format"), evidence.text("kind")
    loaded = load(evidence, warm=False)
    told = describe(evidence, loaded)
    figure = _figure(loaded, kind)
    if form == "svg":
        content = svg(figure)
    elif form == "csv":
        content = _csv(loaded)
    else:
        content = _json(loaded)
    symbol = loaded.instrument.symbol
    stem = _UNSAFE.sub("_", f"{symbol}_{loaded.span}_{loaded.interval.value}").strip("_")
    name = f"{stem}{'_' + kind if form == 'svg' else ''}.{form}"
    told.add("file_name", name, "text", "File")
    told.add("file_bytes", len(content.encode()), "count", "Its size in bytes")
    evidence.show(Attachment(name, MEDIA[form], content))
    evidence.show(figure)
    evidence.show(
        Text(
            "Other formats",
            f"PNG, PDF and interactive HTML are made on the Charts page: {figure.deep_link}",
        )
    )
    return evidence.result()


def _figure(loaded: Loaded, kind: str) -> Figure:
    name, words = name_of(loaded.instrument), span_words(loaded.span)
    symbol, note = loaded.instrument.symbol, _note(loaded)
    link = links.chart(symbol, loaded.span, loaded.interval.value, kind="line" if kind == "line" else "candles")
    if kind == "candles":
        return candles(loaded, f"{name}: {words}", f"Candles of {name} over {words}.", deep_link=link, note=note)
    if kind == "drawdown":
        close = loaded.column("close", span=True)
        under = 100.0 * (close / np.maximum.accumulate(close) - 1.0)
        series = Series("Below the peak", loaded.milliseconds(), under, "area", "price", "%")
        alt = f"How far {name} stood below its peak over {words}."
        return Figure(
            "area", f"{name}: drawdown", alt, (series,), deep_link=link, unit="%", symbols=(symbol,), note=note
        )
    if kind == "volume":
        series = Series("Volume", loaded.milliseconds(), loaded.column("volume", span=True).copy(), "bar", "volume",
                        "shares")  # fmt: skip
        alt = f"Volume of {name} over {words}."
        return Figure("bars", f"{name}: volume", alt, (series,), deep_link=link, unit="shares", symbols=(symbol,),
                      note=note)  # fmt: skip
    alt = f"Closing prices of {name} over {words}."
    series = close_series(loaded)
    if kind == "area":
        series = Series(series.name, series.x, series.y, "area", series.pane, series.unit)
    return Figure("area" if kind == "area" else "lines", f"{name}: {words}", alt, (series,), deep_link=link,
                  unit=loaded.unit, symbols=(symbol,), note=note)  # fmt: skip


def _note(loaded: Loaded) -> str:
    simulated = ", simulated prices" if loaded.source == "demo" else ""
    return (
        f"{INTERVAL_WORDS[loaded.interval.value]} bars of {loaded.source}{simulated}, {loaded.as_of:%Y-%m-%d %H:%M} UTC"
    )


def _csv(loaded: Loaded) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("time", *BAR_COLUMNS, "source"))
    for time, row in zip(loaded.bars.index, loaded.bars[list(BAR_COLUMNS)].to_numpy(dtype=np.float64).tolist(),
                         strict=True):  # fmt: skip
        when = time.isoformat() if loaded.interval.intraday else time.date().isoformat()
        writer.writerow((when, *("" if np.isnan(value) else repr(value) for value in row), loaded.source))
    return out.getvalue()


def _json(loaded: Loaded) -> str:
    rows = [
        {"time": time.isoformat() if loaded.interval.intraday else time.date().isoformat()}
        | dict(zip(BAR_COLUMNS, row, strict=True))
        for time, row in zip(
            loaded.bars.index, loaded.bars[list(BAR_COLUMNS)].to_numpy(dtype=np.float64).tolist(), strict=True
        )
    ]
    whole = {
        "symbol": loaded.instrument.symbol,
        "interval": loaded.interval.value,
        "source": loaded.source,
        "as_of": loaded.as_of,
        "currency": loaded.instrument.currency,
        "bars": rows,
    }
    return json.dumps(plain(whole), ensure_ascii=False)
