"""Income, balance and cash-flow statements out of Yahoo's fundamentals series. Pure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from core.market.errors import EmptyAnswer, Unavailable
from core.market.model import Instrument, Period, Statement, StatementKind, Warn
from core.market.sources.filing import known_on
from core.market.sources.untrusted import day, mapping, number, sequence, text
from core.market.sources.yahoo.calls import NAME
from core.market.sources.yahoo.chart import refuse
from core.market.sources.yahoo.lines import LINES, PERIODS, our_name

_Key = tuple[StatementKind, Period, date]


def parse(
    payloads: Sequence[Any], instrument: Instrument, received_at: datetime
) -> tuple[tuple[Statement, ...], datetime, tuple[Warn, ...]]:
    """All statements, newest period first within each kind and period; the time of the latest filing.

    Raises EmptyAnswer, UnknownSymbol, Unavailable.
    """
    items: dict[_Key, dict[str, float]] = {}
    money: dict[_Key, str] = {}
    for kind, payload in zip(LINES, payloads, strict=True):
        found = mapping(mapping(payload).get("timeseries")) or mapping(mapping(payload).get("finance"))
        refuse(found.get("error"), instrument.symbol)
        for series in sequence(found.get("result")):
            _check_symbol(series, instrument.symbol)
            for name, rows in mapping(series).items():
                _read(kind, name, rows, items, money)
    if not items:
        raise EmptyAnswer(NAME, f"it has no statements of {instrument.symbol}.")
    year_ends = {end for kind, period, end in items if period is Period.ANNUAL}
    statements = [
        Statement(kind, period, end, money[(kind, period, end)], values, None, known, known_estimated=True)
        for (kind, period, end), values in items.items()
        for known in (known_on(instrument, period, end, year_ends),)
    ]
    statements.sort(key=lambda one: (one.kind, one.period, -one.period_end.toordinal()))
    public = [one.known_on for one in statements if one.known_on <= received_at.date()]
    as_of = datetime.combine(max(public), time(), tzinfo=UTC) if public else received_at
    detail = "Yahoo gives no filing dates; each statement counts as known on the last day the law allowed for it."
    return tuple(statements), min(as_of, received_at), (Warn("filing_estimated", detail),)


def _read(
    kind: StatementKind, name: str, rows: Any, items: dict[_Key, dict[str, float]], money: dict[_Key, str]
) -> None:
    prefix = next((prefix for prefix in PERIODS if name.startswith(prefix)), None)
    if prefix is None or name[len(prefix) :] not in LINES[kind]:
        return
    for row in sequence(rows):
        entry = mapping(row)
        end, value = day(entry.get("asOfDate")), number(entry.get("reportedValue"))
        if end is None or value is None:
            continue
        key = (kind, PERIODS[prefix], end)
        items.setdefault(key, {})[our_name(name[len(prefix) :])] = value
        money.setdefault(key, text(entry.get("currencyCode"), 8) or "")


def _check_symbol(series: Any, symbol: str) -> None:
    told = sequence(mapping(mapping(series).get("meta")).get("symbol"))
    if told and str(told[0]).upper() != symbol.upper():
        raise Unavailable(NAME, f"asked about {symbol}, it answered about {text(told[0], 30)}. Not used.")
