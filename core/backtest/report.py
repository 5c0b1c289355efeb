"""A run as one HTML file: figures, curves and trades, with nothing loaded from anywhere.

The curves are SVG that is written here, so the file is small, prints, and works without scripts and without a network.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from core import formats
from core.backtest.material import Material, code_version
from core.backtest.metric_table import METRICS
from core.backtest.recipe import Inputs
from core.backtest.run import Run
from core.backtest.study import Curves, Months, curves, months
from core.backtest.told import GROUPS, told
from core.indicators.numbers import Floats

MOST_TRADES = 1000
_WIDE, _HIGH, _LOW = 960, 260, 110
_POINTS = 1200
_HEAD = ("total_return", "benchmark_return", "cagr", "sharpe", "max_drawdown", "trades", "win_rate", "profit_factor")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STYLE = """
body{font:14px/1.5 system-ui,sans-serif;color:#1D2530;background:#FBF8F1;margin:0 auto;max-width:1000px;padding:24px}
h1{font-size:22px;margin:0 0 4px}h2{font-size:16px;margin:28px 0 8px}p{margin:4px 0}.muted{color:#5B6069}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(112px,1fr));gap:8px;margin:16px 0}
.tiles div{border:1px solid #DDD3BF;border-radius:6px;padding:8px 10px}.tiles b{display:block;font-size:18px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{padding:3px 6px;text-align:right;
border-bottom:1px solid #E9E1D0;font-weight:normal}th{color:#5B6069}td:first-child,th:first-child{text-align:left}
.wide td:last-child{text-align:left;color:#5B6069;width:55%}.scroll{overflow-x:auto}svg{width:100%;height:auto}
.warn{background:#F8E3DB;border-radius:6px;padding:8px 12px}@media print{body{background:#fff}}
"""


def report_page(inputs: Inputs, read: Material, run: Run, *, notes: Iterable[str] = ()) -> str:
    """The whole file. `notes` are sentences a reader should know besides the run's own warnings."""
    currency, zone = read.sourced.data.currency or read.instrument.currency, read.instrument.timezone
    index, figures = run.tape.index, run.metrics
    lines = curves(run)
    source = "simulated prices" if read.sourced.simulated else read.sourced.source
    warned = [*(["The prices are simulated: nothing here happened in a market."] if read.sourced.simulated else [])]
    warned += [*run.warnings, *notes]
    tiles = "".join(
        f"<div>{_text(one.label)}<b>{_text(told(one.name, figures[one.name], currency))}</b></div>"
        for one in sorted((one for one in METRICS if one.name in _HEAD), key=lambda one: _HEAD.index(one.name))
    )
    body = [
        f"<h1>{_text(inputs.title)}</h1>",
        f"<p class=muted>{_text(read.instrument.name)}, {formats.day(index[0].date())} to "
        f"{formats.day(index[-1].date())}, {len(index):,} bars of {_text(inputs.interval)}; {_text(run.label)}; "
        f"source: {_text(source)}</p>",
        *(f"<p>{_text(one)}</p>" for one in inputs.recipe.told),
        f"<div class=tiles>{tiles}</div>",
        f"<p class=warn>{'<br>'.join(_text(one) for one in dict.fromkeys(warned))}</p>" if warned else "",
        "<h2>Equity, and buying and holding</h2>",
        _equity(lines, currency),
        "<h2>Under the highest value so far</h2>",
        _under(lines),
        "<h2>Returns by month, %</h2>",
        _month_table(months(run)),
        *(_group(title, first, last, run, currency) for title, first, last in GROUPS),
        _trades(run, zone, currency),
        f"<p class=muted>Inputs {inputs.fingerprint[:16]}, data {read.fingerprint[:16]}, code {_text(code_version())}. "
        "Past results, more so simulated ones, do not promise future ones.</p>",
    ]
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{_text(inputs.title)}</title><style>{_STYLE}</style></head><body>{''.join(body)}</body></html>"
    )


def _text(text: str) -> str:
    return html.escape(str(text), quote=True)


def _points(values: Sequence[Floats], *, high: int, low: float, top: float) -> list[str]:
    """Each line as "x,y x,y ...", thinned to what a screen can show; gaps are skipped."""
    n = len(values[0])
    at = np.unique(np.linspace(0, n - 1, min(n, _POINTS)).astype(np.int64))
    x = at / max(n - 1, 1) * _WIDE
    span = (top - low) or 1.0
    out = []
    for line in values:
        y = high - (line[at] - low) / span * high
        good = np.isfinite(y)
        out.append(" ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[good].tolist(), y[good].tolist(), strict=True)))
    return out


def _frame(inside: str, high: int, labels: Sequence[tuple[float, str]], index: pd.DatetimeIndex, said: str) -> str:
    grid = "".join(
        f"<line x1=0 x2={_WIDE} y1={y:.1f} y2={y:.1f} stroke=#E9E1D0 /><text x={_WIDE + 4} y={y + 4:.1f}>{_text(word)}"
        "</text>"
        for y, word in labels
    )
    years = index.year
    firsts = np.flatnonzero(np.r_[False, years[1:] != years[:-1]])
    firsts = firsts[:: max(1, len(firsts) // 10)]
    foot = "".join(
        f"<text x={k / max(len(index) - 1, 1) * _WIDE:.1f} y={high + 16}>{years[k]}</text>" for k in firsts.tolist()
    )
    return (
        f"<svg viewBox='0 -8 {_WIDE + 76} {high + 30}' role=img aria-label='{_text(said)}' font-size=12 fill=#5B6069>"
        f"{grid}{inside}{foot}</svg>"
    )


def _equity(found: Curves, currency: str) -> str:
    both = np.concatenate([found.equity, found.holding[np.isfinite(found.holding)]])
    low, top = float(both.min()), float(both.max())
    own, other = _points((found.equity, found.holding), high=_HIGH, low=low, top=top)
    labels = [(_HIGH * (1 - k / 4), formats.compact(low + (top - low) * k / 4, currency)) for k in range(5)]
    inside = (
        f"<polyline fill=none stroke=#5B6069 stroke-dasharray='2 3' points='{other}' />"
        f"<polyline fill=none stroke=#86621A stroke-width=1.8 points='{own}' />"
    )
    return _frame(inside, _HIGH, labels, found.index, "Equity of the strategy (solid) and buying and holding (dotted)")


def _under(found: Curves) -> str:
    low = min(float(found.drawdown.min()), -0.01)
    (own,) = _points((found.drawdown,), high=_LOW, low=low, top=0.0)
    labels = [(_LOW * k / 2, formats.percent(low * k / 2, 0)) for k in range(3)]
    inside = f"<polygon fill=#F8E3DB stroke=#BF3A17 points='0,0 {own} {_WIDE},0' />"
    return _frame(inside, _LOW, labels, found.index, f"Deepest fall {formats.percent(low)}")


def _month_table(found: Months) -> str:
    head = "".join(f"<th>{one}</th>" for one in ("", *_MONTHS, "Year"))
    rows = []
    for year, row, total in zip(found.years[::-1], found.returns[::-1], found.totals[::-1], strict=True):
        cells = "".join(f"<td{_shade(one)}>{_cell(one)}</td>" for one in (*row, total))
        rows.append(f"<tr><td>{year}</td>{cells}</tr>")
    return f"<div class=scroll><table><tr>{head}</tr>{''.join(rows)}</table></div>"


def _cell(value: float) -> str:
    return "" if np.isnan(value) else f"{100 * value:+.1f}"


def _shade(value: float) -> str:
    if np.isnan(value) or abs(value) < 5e-5:
        return ""
    return f" style='background:{'#E0EFEA' if value > 0 else '#F8E3DB'}'"


def _group(title: str, first: str, last: str, run: Run, currency: str) -> str:
    names = [one.name for one in METRICS]
    some = METRICS[names.index(first) : names.index(last) + 1]
    rows = "".join(
        f"<tr><td>{_text(one.label)}</td><td>{_text(told(one.name, run.metrics[one.name], currency))}</td>"
        f"<td>{_text(one.definition)}</td></tr>"
        for one in some
    )
    return f"<h2>{_text(title)}</h2><table class=wide>{rows}</table>"


def _trades(run: Run, zone: str, currency: str) -> str:
    trades = run.trades.iloc[::-1]
    if trades.empty:
        return "<h2>Trades</h2><p>None.</p>"
    how = "%d %b %Y %H:%M" if run.tape.intraday else "%d %b %Y"
    times = [pd.DatetimeIndex(trades[name]).tz_convert(zone).strftime(how) for name in ("entry_time", "exit_time")]
    digits = formats.price_decimals(float(trades["exit_price"].iloc[0]))
    columns: dict[str, list[Any]] = {name: trades[name].tolist() for name in trades.columns}
    rows = []
    for k in range(min(len(trades), MOST_TRADES)):
        one = {name: values[k] for name, values in columns.items()}
        cells = (
            one["side"], times[0][k], times[1][k], formats.number(one["quantity"], 2),
            formats.number(one["entry_price"], digits), formats.number(one["exit_price"], digits),
            formats.money(one["pnl"], currency, decimals=0), formats.percent(one["return"]),
            one["reason"].replace("_", " "),
        )  # fmt: skip
        rows.append("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in cells) + "</tr>")
    names = ("Side", "Entered", "Left", "Quantity", "Entry", "Exit", "Profit", "Return", "Left by")
    head = "".join(f"<th>{one}</th>" for one in names)
    more = f"<p class=muted>The last {MOST_TRADES:,} of {len(trades):,}.</p>" if len(trades) > MOST_TRADES else ""
    return f"<h2>Trades</h2>{more}<div class=scroll><table><tr>{head}</tr>{''.join(rows)}</table></div>"
