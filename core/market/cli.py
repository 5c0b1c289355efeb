"""The market's commands: `import-bars` and `bars`.

Shared by the other areas' commands: `answer` (errors to exit codes), `show` (JSON or a table), `load_bars` (a symbol's
stored or fetched bars, or a file's). What is imported here belongs to the owner "cli" and is found by all commands.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import pandas as pd
import typer

from core import clock
from core.market.errors import BadFile, BadRange, InputError, MarketError
from core.market.model import Bars, ImportReport, Instrument, Sourced

OWNER = "cli"

SymbolArgument = Annotated[str | None, typer.Argument(help="Symbol or name; not needed with --file.")]
IntervalOption = Annotated[str | None, typer.Option("--interval", help="1m, 5m, 15m, 30m, 1h, 1d, 1wk or 1mo.")]
StartOption = Annotated[str | None, typer.Option("--start", help="First day, YYYY-MM-DD.")]
EndOption = Annotated[str | None, typer.Option("--end", help="Last day, YYYY-MM-DD.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="yahoo, alpha_vantage, demo or file.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="As known at the end of this day, YYYY-MM-DD.")]
FileOption = Annotated[Path | None, typer.Option("--file", help="Bars of this file in place of a symbol's.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the market's commands."""
    app.command("import-bars")(import_bars)
    app.command("bars")(bars)


def import_bars(
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, Parquet or XLSX, plain or gzipped.")],
    symbol: Annotated[str, typer.Option("--symbol", help="What the bars are of.")],
    interval: Annotated[
        str | None, typer.Option("--interval", help="Told by the rows' spacing when not given.")
    ] = None,
    currency: Annotated[str | None, typer.Option("--currency", help="Of the prices, such as INR.")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="Of times without offset: Asia/Kolkata.")] = None,
    series: Annotated[str | None, typer.Option("--series", help="Which of several series in the file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Store bars of files as your own instrument and account for every row. Each file is stored whole or not at all."""
    with answer():
        for path in files:
            _require(path)
        service = _booted()
        reports: list[tuple[Path, ImportReport]] = []
        for path in files:
            report = service.import_file(
                path.name,
                path,
                symbol,
                interval,
                owner=OWNER,
                currency=currency,
                timezone=timezone,
                series=series,
            )
            reports.append((path, report))
        instrument = service.resolve(reports[0][1].symbol, owner=OWNER)
        show(_merged(reports, instrument.timezone), as_json, _import_lines)


def bars(
    symbol: SymbolArgument = None,
    interval: IntervalOption = None,
    start: StartOption = None,
    end: EndOption = None,
    source: SourceOption = None,
    as_of: AsOfOption = None,
    file: FileOption = None,
    adjust: Annotated[str, typer.Option("--adjust", help="splits, or dividends for reinvested ones.")] = "splits",
    as_json: JsonOption = False,
) -> None:
    """Bars of an instrument or a file, oldest first."""
    with answer():
        instrument, value = load_bars(
            symbol, interval, start=start, end=end, source=source, as_of=as_of, file=file, adjust=adjust
        )
        show(bars_json(instrument, value), as_json, _bar_lines)


def load_bars(
    symbol: str | None,
    interval: str | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    source: str | None = None,
    as_of: str | None = None,
    file: Path | None = None,
    adjust: str = "splits",
) -> tuple[Instrument, Sourced[Bars]]:
    """Bars as a command's words ask for them, with the instrument they are of.

    Raises:
        MarketError: as the market service; InputError when neither or both of symbol and file are given.
    """
    first, last, known = _day("--start", start), _day("--end", end), _day("--as-of", as_of)
    if file is not None:
        if symbol is not None or source is not None:
            raise InputError("Give a symbol or --file, not both; a file needs no --source.")
        return _file_bars(file, interval, first, last, known, adjust)
    if symbol is None:
        raise InputError("Give a symbol, such as RELIANCE.NS, or --file with your own bars.")
    service = _booted()
    instrument = service.resolve(symbol, owner=OWNER)
    value = service.bars(
        instrument.symbol, interval or "1d", first, last, source=source, as_of=known, adjust=adjust, owner=OWNER
    )
    return instrument, value


def bars_json(instrument: Instrument, value: Sourced[Bars]) -> dict[str, Any]:
    """Bars as the commands print them: `{symbol, source, as_of, interval, warnings, bars: [...]}` and more.

    A bar has `date` (the exchange's day) from one day on, `time` (exchange time with offset) below. NaN is null.
    """
    told = value.data
    local = pd.DatetimeIndex(told.frame.index).tz_convert(instrument.timezone)
    if told.interval.intraday:
        word, stamps = "time", [stamp.isoformat() for stamp in local]
    else:
        word, stamps = "date", [stamp.date().isoformat() for stamp in local]
    rows = told.frame.to_numpy(dtype=float).tolist()
    return {
        "symbol": told.symbol,
        "source": value.source,
        "as_of": value.as_of.astimezone(UTC).isoformat(),
        "interval": told.interval.value,
        "warnings": [{"kind": one.kind, "detail": one.detail} for one in value.warnings],
        "simulated": value.simulated,
        "stale": value.stale,
        "fetched_at": value.fetched_at.astimezone(UTC).isoformat(),
        "currency": told.currency,
        "timezone": instrument.timezone,
        "adjustment": told.adjustment,
        "actions": [
            {"kind": one.kind.value, "ex_date": one.ex_date.isoformat(), "value": one.value} for one in told.actions
        ],
        "bars": [
            {word: stamp, "open": row[0], "high": row[1], "low": row[2], "close": row[3], "volume": row[4]}
            for stamp, row in zip(stamps, rows, strict=True)
        ],
    }


@contextmanager
def answer() -> Iterator[None]:
    """Turn what goes wrong into a line on standard error and an exit code: 2 for bad input, 1 for a failure."""
    try:
        yield
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    except MarketError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None


def show(document: Mapping[str, Any], as_json: bool, lines: Callable[[Mapping[str, Any]], Sequence[str]]) -> None:
    """Print a document as JSON, or as the lines that are made of it."""
    if as_json:
        typer.echo(orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY))
        return
    for line in lines(document):
        typer.echo(line)


def _booted() -> Any:
    from core.boot import boot
    from core.market.service import market

    boot("cli")
    return market()


def _file_bars(
    path: Path, interval: str | None, start: date | None, end: date | None, as_of: date | None, adjust: str
) -> tuple[Instrument, Sourced[Bars]]:
    from core.market.store.adjust import for_dividends
    from core.market.store.arrivals import SOURCE, file_bars

    _require(path)
    now = clock.now()
    instrument, value, _ = file_bars(path.name, path, interval, OWNER, now)
    if as_of is not None:
        end = as_of if end is None else min(end, as_of)
    whole = value.data.frame
    index = pd.DatetimeIndex(whole.index)
    frame = whole
    if start is not None:
        frame = frame.loc[frame.index >= pd.Timestamp(start, tz=instrument.timezone)]
    if end is not None:
        frame = frame.loc[frame.index < pd.Timestamp(end + timedelta(days=1), tz=instrument.timezone)]
    if frame.empty:
        raise BadRange(f"{path.name} has no bars in that span; it covers {index[0]:%Y-%m-%d} to {index[-1]:%Y-%m-%d}.")
    if adjust == "dividends":
        frame = for_dividends(frame, value.data.actions, instrument.timezone)
    told = Bars(instrument.symbol, value.data.interval, frame, value.data.actions, adjust, instrument.currency)
    return instrument, Sourced(told, SOURCE, value.as_of, now, value.warnings)


def _require(path: Path) -> None:
    if not path.is_file():
        raise BadFile(str(path), "there is no such file.", "Check the path.")


def _day(option: str, given: str | None) -> date | None:
    if given is None:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise InputError(f"{option}: “{given[:30]}” is not a day. Write it as 2026-01-31.") from None


def _merged(reports: Sequence[tuple[Path, ImportReport]], timezone: str) -> dict[str, Any]:
    from core.market.sources.files import import_report_json

    singles = [import_report_json(report, timezone) for _, report in reports]
    if len(singles) == 1:
        return singles[0]
    # Written alike, days and times with one offset sort as text.
    firsts = [single["first"] for single in singles if single["first"]]
    lasts = [single["last"] for single in singles if single["last"]]
    return {
        "symbol": singles[0]["symbol"],
        "interval": singles[0]["interval"],
        **{word: sum(single[word] for single in singles) for word in ("rows", "accepted", "repaired", "rejected")},
        "first": min(firsts) if firsts else None,
        "last": max(lasts) if lasts else None,
        "problems": [
            {"file": path.name, **problem}
            for (path, _), single in zip(reports, singles, strict=True)
            for problem in single["problems"]
        ],
        "files": [{"file": path.name, **single} for (path, _), single in zip(reports, singles, strict=True)],
    }


def _import_lines(document: Mapping[str, Any]) -> list[str]:
    counts = ", ".join(f"{document[word]:,} {word}" for word in ("rows", "accepted", "repaired", "rejected"))
    lines = [f"{document['symbol']} {document['interval']}: {counts}; {document['first']} to {document['last']}"]
    for problem in document["problems"]:
        where = f"line {problem['line']}" if "line" in problem else problem.get("date", "the file")
        lines.append(f"  {where}: {problem['kind']} ({problem['treatment']}): {problem['detail']}")
    return lines


def _bar_lines(document: Mapping[str, Any]) -> list[str]:
    lines = [f"{document['symbol']} {document['interval']} from {document['source']}, as of {document['as_of']}"]
    lines += [f"  note: {warning['detail']}" for warning in document["warnings"]]
    for row in document["bars"]:
        cells = [f"{row[word]:>14,.2f}" if row[word] == row[word] else f"{'-':>14}" for word in _PRICE_WORDS]
        volume = f"{row['volume']:>18,.0f}" if row["volume"] == row["volume"] else f"{'-':>18}"
        lines.append(f"{row.get('date') or row['time']:<26}{''.join(cells)}{volume}")
    return lines


_PRICE_WORDS = ("open", "high", "low", "close")
