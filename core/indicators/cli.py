"""The indicators' commands: `indicator`, `levels` and `patterns`, on an instrument's bars or on a file's."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import pandas as pd
import typer

from core.indicators.errors import IndicatorError
from core.indicators.report import indicator_report, levels_report, patterns_report
from core.market.cli import (
    AsOfOption,
    EndOption,
    FileOption,
    IntervalOption,
    JsonOption,
    SourceOption,
    StartOption,
    SymbolArgument,
    answer,
    load_bars,
    show,
)
from core.market.errors import InputError
from core.market.model import AssetClass, Bars, Instrument, Sourced

LastOption = Annotated[int | None, typer.Option("--last", min=1, help="Only the last so many bars.")]


def register(app: typer.Typer) -> None:
    """Add the indicators' commands."""
    app.command("indicator")(indicator)
    app.command("levels")(levels)
    app.command("patterns")(patterns)


def indicator(
    name: Annotated[str, typer.Argument(help="Such as rsi, macd, supertrend.")],
    symbol: SymbolArgument = None,
    param: Annotated[list[str] | None, typer.Option("--param", help="NAME=VALUE, such as length=21.")] = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    end: EndOption = None,
    source: SourceOption = None,
    as_of: AsOfOption = None,
    file: FileOption = None,
    last: LastOption = None,
    as_json: JsonOption = False,
) -> None:
    """An indicator's values, a row a bar."""
    with _answer():
        params = _params(param or [])
        instrument, value = load_bars(symbol, interval, start=start, end=end, source=source, as_of=as_of, file=file)
        report = indicator_report(name, _local(instrument, value), params, last)
        show(_headed(instrument, value, report), as_json, _rows)


def levels(
    symbol: SymbolArgument = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    end: EndOption = None,
    source: SourceOption = None,
    as_of: AsOfOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Support and resistance, and liquidation zones of crypto."""
    with _answer():
        instrument, value = load_bars(symbol, interval, start=start, end=end, source=source, as_of=as_of, file=file)
        leveraged = instrument.asset_class is AssetClass.CRYPTO
        report = levels_report(_local(instrument, value), leveraged=leveraged)
        show(_headed(instrument, value, report), as_json, _level_lines)


def patterns(
    symbol: SymbolArgument = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    end: EndOption = None,
    source: SourceOption = None,
    as_of: AsOfOption = None,
    file: FileOption = None,
    last: LastOption = None,
    as_json: JsonOption = False,
) -> None:
    """Candle and chart patterns of the last bars (60, or as many as --last says), newest first."""
    with _answer():
        instrument, value = load_bars(symbol, interval, start=start, end=end, source=source, as_of=as_of, file=file)
        report = patterns_report(_local(instrument, value), last if last is not None else 60)
        show(_headed(instrument, value, report), as_json, _pattern_lines)


def _local(instrument: Instrument, value: Sourced[Bars]) -> pd.DataFrame:
    """The bars with the exchange's time, so that a day reads as the exchange's day."""
    return value.data.frame.tz_convert(instrument.timezone)


@contextmanager
def _answer() -> Iterator[None]:
    with answer():
        try:
            yield
        except IndicatorError as error:
            sys.stderr.write(f"{error}\n")
            raise typer.Exit(2) from None


def _params(given: list[str]) -> dict[str, object]:
    params: dict[str, object] = {}
    for text in given:
        name, separator, value = text.partition("=")
        if not separator or not name.strip() or not value.strip():
            raise InputError(f"--param: “{text[:40]}” is not NAME=VALUE, such as length=21.")
        params[name.strip()] = _value(value.strip())
    return params


def _value(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text.lower(), text)


def _headed(instrument: Instrument, value: Sourced[Bars], report: Mapping[str, Any]) -> dict[str, Any]:
    head = {
        "symbol": instrument.symbol,
        "source": value.source,
        "as_of": value.as_of.isoformat(),
        "interval": value.data.interval.value,
        "warnings": [{"kind": one.kind, "detail": one.detail} for one in value.warnings],
        "simulated": value.simulated,
    }
    # The report's own as_of is its last bar's start; the head's says when that bar was complete.
    last_bar = {"last_bar": report["as_of"]} if "as_of" in report else {}
    return {**report, **head, **last_bar}


def _title(document: Mapping[str, Any], what: str) -> list[str]:
    title = (
        f"{what} of {document['symbol']} {document['interval']} from {document['source']}, as of {document['as_of']}"
    )
    return [title, *(f"  note: {warning['detail']}" for warning in document["warnings"])]


def _rows(document: Mapping[str, Any]) -> list[str]:
    names = document["columns"]
    lines = _title(document, document["label"])
    lines.append(f"{'time':<28}" + "".join(f"{name:>18}" for name in names))
    for row in document["rows"]:
        cells = "".join(f"{row[name]:>18,.4f}" if row[name] is not None else f"{'-':>18}" for name in names)
        lines.append(f"{row['time']:<28}{cells}")
    return lines


def _level_lines(document: Mapping[str, Any]) -> list[str]:
    lines = _title(document, "Levels")
    for level in document["levels"]:
        lines.append(
            f"{level['kind']:<12}{level['price']:>14,.2f}  strength {level['strength']:.2f}, {level['touches']} touches"
        )
    for zone in (document["liquidation"] or {}).get("zones", []):
        lines.append(f"liquidation {zone['side']:<6}{zone['leverage']:>4}x {zone['price']:>14,.2f}")
    return lines


def _pattern_lines(document: Mapping[str, Any]) -> list[str]:
    lines = _title(document, "Patterns")
    lines += [f"{one['time']:<28}{one['label']} ({one['direction']})" for one in document["candles"]]
    lines += [f"{one['known_at']:<28}{one['label']} ({one['direction']}, {one['state']})" for one in document["charts"]]
    return lines
