"""A file an investor gives, made bars of an instrument of the investor's own; nothing is stored here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from core.market.errors import BadFile, BadRange, InputError, UnknownSymbol
from core.market.instruments import by_symbol, infer
from core.market.model import (
    BAR_COLUMNS,
    AssetClass,
    Bars,
    Finding,
    ImportReport,
    Instrument,
    Interval,
    Sourced,
    Treatment,
    Warn,
)
from core.market.store import series
from core.market.store.resample import coarser, resampled
from db.repositories.market_bars import BarBlock, microseconds

if TYPE_CHECKING:
    from core.market.quality import Inspection

SOURCE = "file"
LABEL = "Own file"

_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9&^=._\-]{0,23}")
_CALENDARS = {"Asia/Kolkata": "XBOM", "America/New_York": "XNYS"}
_WEEKDAYS = "WEEKDAYS"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file read and inspected, ready to be stored."""

    instrument: Instrument
    interval: Interval
    block: BarBlock
    seen: Inspection
    report: ImportReport
    name: str
    digest: str


def arrive(
    name: str,
    data: bytes | Path,
    instrument: Instrument,
    interval: Interval | str | None,
    series_name: str | None,
    now: datetime,
) -> Arrived:
    """Read and inspect a file as bars of an instrument; nothing is stored.

    Raises:
        BadFile: the file is no bars, or none of its bars could be accepted.
    """
    from core.market.quality import inspect
    from core.market.sources.files import import_report, read

    came = read(
        name, data, interval=interval, symbol=instrument.symbol, timezone=instrument.timezone, series=series_name
    )
    seen = inspect(came.frame, instrument=instrument, interval=came.interval, actions=came.actions, source=SOURCE)
    report = import_report(instrument.symbol, came, seen)
    block = series.to_block(seen.frame, instrument, came.interval, now)
    if not len(block):
        raise BadFile(
            Path(name).name, "none of its rows could be accepted as a bar.", "Check its dates and its price columns."
        )
    return Arrived(instrument, came.interval, block, seen, report, name, _digest(data))


def file_bars(
    name: str, data: bytes | Path, interval: Interval | str | None, owner: str, now: datetime
) -> tuple[Instrument, Sourced[Bars], ImportReport]:
    """A file's bars without storing anything: of its own interval, or of a longer one made of them.

    Raises:
        BadFile, InputError: the file is no bars, or its bars are longer than asked.
    """
    wanted = None if interval is None else parse_interval(interval)
    instrument = own_instrument(symbol_of(name), owner)
    arrived = arrive(name, data, instrument, None, None, now)
    told = Bars(
        instrument.symbol,
        arrived.interval,
        arrived.seen.frame.loc[:, list(BAR_COLUMNS)],
        tuple(arrived.seen.actions),
        "splits",
        instrument.currency,
    )
    warnings = _by_kind(arrived.report.problems)
    if wanted is not None and wanted is not arrived.interval:
        if coarser(wanted, (arrived.interval,)) is None:
            raise BadRange(f"{name} has {arrived.interval.value} bars; {wanted.value} bars cannot be made of them.")
        warnings = (*warnings, Warn("resampled", f"Made of the file's {arrived.interval.value} bars."))
        told = resampled(told, wanted, instrument)
    as_of = series.moment(int(min(arrived.block.known_at[-1], microseconds(now))))
    return instrument, Sourced(told, SOURCE, as_of, now, warnings), arrived.report


def _by_kind(problems: Iterable[Finding]) -> tuple[Warn, ...]:
    """One warning a kind of problem: the first one's words, and how many more there are."""
    kinds: dict[str, list[Finding]] = {}
    for problem in problems:
        if problem.treatment is not Treatment.KEPT:
            kinds.setdefault(problem.kind, []).append(problem)
    return tuple(
        Warn(kind, found[0].detail + (f" ({len(found) - 1:,} more like this.)" if len(found) > 1 else ""))
        for kind, found in kinds.items()
    )


def symbol_of(name: str) -> str:
    """A symbol for a file by its name: `reliance daily.csv.gz` is RELIANCE_DAILY."""
    stem = Path(name).name.split(".")[0].upper()
    letters = re.sub(r"[^A-Z0-9&^=_\-]+", "_", stem).strip("_-&=")[:24]
    return letters or "FILE"


def parse_interval(given: Interval | str) -> Interval:
    """An interval by its word.

    Raises:
        BadRange: there is no such interval.
    """
    try:
        return Interval(given)
    except ValueError:
        known = ", ".join(one.value for one in Interval)
        raise BadRange(f"“{str(given)[:20]}” is not an interval. Use one of {known}.") from None


def own_instrument(symbol: str, owner: str, *, currency: str | None = None, timezone: str | None = None) -> Instrument:
    """The instrument a file is imported as: what is known of the symbol, else an Indian stock of that name.

    Raises:
        InputError: no symbol, or no timezone of that name.
    """
    text = symbol.strip().upper()
    if not _SYMBOL.fullmatch(text):
        raise InputError(
            f"“{symbol[:30]}” cannot be a symbol. Use up to 24 letters, digits and . - & ^ = _, such as MYFUND."
        )
    if timezone is not None and timezone not in available_timezones():
        raise InputError(f"“{timezone[:40]}” is not a timezone. Use a name such as Asia/Kolkata.")
    known = by_symbol(text) or _inferred(text)
    if known is None:
        zone = timezone or "Asia/Kolkata"
        known = Instrument(
            text, text, AssetClass.STOCK, "Own", currency or "INR", zone, _CALENDARS.get(zone, _WEEKDAYS), text
        )
    elif timezone is not None and timezone != known.timezone:
        known = replace(known, timezone=timezone, calendar=_CALENDARS.get(timezone, _WEEKDAYS))
    return replace(known, owner=owner, currency=currency or known.currency)


def _inferred(text: str) -> Instrument | None:
    if "." not in text and "-" not in text and not text.startswith("^") and "=" not in text:
        return None  # a bare word is an investor's own name for a file, not a US ticker
    try:
        return infer(text)
    except UnknownSymbol:
        return None


def _digest(data: bytes | Path) -> str:
    if isinstance(data, Path):
        with data.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(data).hexdigest()
