"""The backtests' commands: `backtest` and `sweep`, on an instrument's bars or on a file's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import numpy as np
import typer

from core.backtest.account import Account, Fills
from core.backtest.charges import preset
from core.backtest.costs import Costs
from core.backtest.document import run_document, sweep_document
from core.backtest.errors import BacktestError
from core.backtest.lookahead import look_ahead
from core.backtest.metric_table import BY_NAME
from core.backtest.run import paid, run
from core.backtest.stops import Stops
from core.backtest.strategies import find, strategies
from core.backtest.sweep import DEFAULT_METRICS, sweep
from core.backtest.tape import Tape
from core.indicators.errors import IndicatorError
from core.market.cli import (
    AsOfOption,
    EndOption,
    FileOption,
    IntervalOption,
    JsonOption,
    SourceOption,
    StartOption,
    answer,
    load_bars,
    show,
)
from core.market.errors import InputError
from core.market.model import Action, Bars, Instrument, Sourced

StrategyOption = Annotated[str | None, typer.Option("--strategy", help="Its name; without one they are listed.")]
SymbolOption = Annotated[str | None, typer.Option("--symbol", help="Symbol or name; not needed with --file.")]
ParamOption = Annotated[list[str] | None, typer.Option("--param", help="NAME=VALUE, such as fast=20.")]
CostsOption = Annotated[
    str | None,
    typer.Option("--costs", help="default, free, nse_delivery, nse_intraday, us_per_share, crypto_taker ..."),
]
CapitalOption = Annotated[float, typer.Option("--capital", help="At the start, in the currency of the prices.")]
StopOption = Annotated[float, typer.Option("--stop", help="Stop loss in % of the entry price; 0 for none.")]
TrailOption = Annotated[float, typer.Option("--trail", help="Trailing stop in %; 0 for none.")]
TargetOption = Annotated[float, typer.Option("--target", help="Target in %; 0 for none.")]


def register(app: typer.Typer) -> None:
    """Add the backtests' commands."""
    app.command("backtest")(backtest)
    app.command("sweep")(sweep_command)


def backtest(
    strategy: StrategyOption = None,
    symbol: SymbolOption = None,
    param: ParamOption = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    end: EndOption = None,
    source: SourceOption = None,
    as_of: AsOfOption = None,
    file: FileOption = None,
    costs: CostsOption = None,
    capital: CapitalOption = 100_000.0,
    stop: StopOption = 0.0,
    trail: TrailOption = 0.0,
    target: TargetOption = 0.0,
    fill: Annotated[str, typer.Option("--fill", help="open: the next open; close: the signal's own close.")] = "open",
    as_json: JsonOption = False,
) -> None:
    """Test a strategy on past bars: figures, trades and equity."""
    with _answer():
        if strategy is None:
            show(_library(), as_json, _library_lines)
            return
        chosen = find(strategy).bind(**_params(param or []))
        asked = preset(costs) if costs is not None else Costs(name="default")
        stops = Stops(stop_percent=stop, trail_percent=trail, target_percent=target)
        fills = None if fill == "open" else Fills(at=fill)  # type: ignore[arg-type]  # refused there if it is neither
        account = Account(capital=capital, square_off=chosen.account is not None and chosen.account.square_off)
        instrument, value = load_bars(symbol, interval, start=start, end=end, source=source, as_of=as_of, file=file)
        tape, actions = _local(instrument, value)
        result = run(
            tape,
            chosen,
            costs=asked,
            stops=stops if stops != Stops() else None,
            fills=fills,
            account=account,
            actions=actions,
        )
        report = run_document(result, look_ahead(tape, chosen), intraday=value.data.interval.intraday)
        show(_headed(instrument, value, report), as_json, _run_lines)


def sweep_command(
    strategy: StrategyOption = None,
    symbol: SymbolOption = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", help="NAME=VALUES: 5..50, 5..50..5 or 5,10,20; also stop_percent=2,5."),
    ] = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    end: EndOption = None,
    source: SourceOption = None,
    as_of: AsOfOption = None,
    file: FileOption = None,
    costs: CostsOption = None,
    capital: CapitalOption = 100_000.0,
    metric: Annotated[list[str] | None, typer.Option("--metric", help="A figure to list; may be repeated.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="The figure that ranks; the first listed Sharpe.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Run every combination of parameters and list their figures."""
    with _answer():
        if strategy is None:
            show(_library(), as_json, _library_lines)
            return
        chosen = find(strategy)
        asked = preset(costs) if costs is not None else Costs(name="default")
        wanted = list(dict.fromkeys([*(metric or DEFAULT_METRICS), *([by] if by else [])]))
        best = by or ("sharpe" if "sharpe" in wanted else wanted[0])
        grid = {name: _values(name, text) for name, text in _pairs(param or [])}
        account = Account(capital=capital, square_off=chosen.account is not None and chosen.account.square_off)
        instrument, value = load_bars(symbol, interval, start=start, end=end, source=source, as_of=as_of, file=file)
        tape, actions = _local(instrument, value)
        table = sweep(tape, chosen, grid, costs=asked, metrics=wanted, account=account, actions=actions)
        show(_headed(instrument, value, sweep_document(table, chosen.name, asked, best)), as_json, _sweep_lines)


def _local(instrument: Instrument, value: Sourced[Bars]) -> tuple[Tape, tuple[Action, ...]]:
    """The bars with the exchange's time, so that sessions are its days, and what was paid in their span."""
    tape = Tape.of(value.data.frame.tz_convert(instrument.timezone))
    actions = () if value.data.adjustment == "dividends" else value.data.actions
    paying, splitting = paid(tape, actions, as_traded=False)
    return tape, actions if len(paying) or len(splitting) else ()


@contextmanager
def _answer() -> Iterator[None]:
    with answer():
        try:
            yield
        except (BacktestError, IndicatorError) as error:
            sys.stderr.write(f"{error}\n")
            raise typer.Exit(2) from None


def _pairs(given: list[str]) -> list[tuple[str, str]]:
    out = []
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name.strip() or not value.strip():
            raise InputError(f"--param: “{text[:40]}” is not NAME=VALUE, such as fast=20.")
        out.append((name.strip(), value.strip()))
    return out


def _params(given: list[str]) -> dict[str, object]:
    return dict(_pairs(given))  # the parameters themselves read numbers from text


def _values(name: str, text: str) -> list[object] | range:
    """5,10,20 or 5..50 or 5..50..5; words are kept as they are."""
    if ".." in text:
        parts = text.split("..")
        try:
            edges = [float(part) for part in parts]
        except ValueError:
            edges = []
        step = edges[2] if len(edges) == 3 else 1.0
        if len(edges) not in (2, 3) or not step > 0 or edges[1] < edges[0]:
            raise InputError(f"--param {name}: “{text[:40]}” is not a range such as 5..50 or 0.5..3..0.5.")
        if all(edge == int(edge) for edge in edges):
            return range(int(edges[0]), int(edges[1]) + 1, int(step))
        count = int(np.floor((edges[1] - edges[0]) / step + 1e-9)) + 1
        if count > 10_000_000:
            raise InputError(f"--param {name}: “{text[:40]}” has {count:,} values; use a wider step.")
        return [round(edges[0] + k * step, 12) for k in range(count)]
    return [_number(part.strip()) for part in text.split(",") if part.strip()]


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _headed(instrument: Instrument, value: Sourced[Bars], report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "symbol": instrument.symbol,
        "source": value.source,
        "as_of": value.as_of.isoformat(),
        "interval": value.data.interval.value,
        "currency": value.data.currency,
        "simulated": value.simulated,
        "warnings": [{"kind": one.kind, "detail": one.detail} for one in value.warnings],
        **report,
    }


def _library() -> dict[str, Any]:
    return {
        "strategies": [
            {
                "name": one.name,
                "label": one.label,
                "family": one.family,
                "idea": one.idea,
                "reference": one.reference,
                "params": {p.name: {"default": p.default, "allowed": p.allowed} for p in one.params},
            }
            for one in strategies()
        ]
    }


def _library_lines(document: Mapping[str, Any]) -> list[str]:
    lines = ["Give one with --strategy:"]
    for one in document["strategies"]:
        params = ", ".join(f"{name}={param['default']}" for name, param in one["params"].items())
        lines.append(f"  {one['name']:<22}{one['label']}{f' ({params})' if params else ''}")
    return lines


def _title(document: Mapping[str, Any], what: str) -> list[str]:
    simulated = " (simulated)" if document["simulated"] else ""
    lines = [f"{what} on {document['symbol']} {document['interval']} from {document['source']}{simulated}"]
    lines += [f"  note: {warning['detail']}" for warning in document["warnings"]]
    return lines


def _run_lines(document: Mapping[str, Any]) -> list[str]:
    params = ", ".join(f"{name}={value}" for name, value in document["params"].items())
    lines = _title(document, f"{document['strategy']}({params})")
    lines.append(f"  {document['first']} to {document['last']}, {document['bars']:,} bars; {document['fills']}")
    lines += [f"  note: {text}" for text in document["notes"]]
    if document["look_ahead"]:
        lines.append(f"  LOOKS AHEAD: {document['look_ahead']['detail']}")
    for name, value in document["metrics"].items():
        lines.append(f"  {BY_NAME[name].label:<34}{_shown(name, value):>18}")
    if document["optimistic"]:
        better = _shown("total_return", document["optimistic"]["total_return"])
        lines.append(f"  with ambiguous bars taken the better way: {better}")
    if document["pending"]:
        lines.append(f"  at the next open: {document['pending']}")
    return lines


def _sweep_lines(document: Mapping[str, Any]) -> list[str]:
    lines = _title(document, f"{document['strategy']}: {document['combinations']:,} combinations")
    rows = sorted(
        (row for row in document["rows"] if row[document["by"]] is not None), key=lambda row: -row[document["by"]]
    )
    if not rows:
        return [*lines, f"  no combination has a figure for {document['by']}."]
    names = list(rows[0])
    lines.append("".join(f"{name:>16}" for name in names))
    lines += ["".join(f"{_shown(name, row[name]):>16}" for name in names) for row in rows[:20]]
    lines.append(f"The best of {len(rows):,} tries by {document['by']}: some of that is luck.")
    return lines


def _shown(name: str, value: object) -> str:
    if value is None:
        return "-"
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    if isinstance(value, float) and unit == "fraction":
        return f"{100.0 * value:,.2f} %"
    if isinstance(value, float) and unit in ("count", "bars", "days") and value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
