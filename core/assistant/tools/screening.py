"""Finding and screening stocks."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from core.assistant.errors import BadArguments
from core.assistant.model import Column, Scalar, Table, ToolResult
from core.assistant.tools import ratios, sectors
from core.assistant.tools.cards.arguments import SECTORS
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import AssetClass, Instrument

MOST_SCREENED = 80
PATIENCE_S = 4.0
_SMALL_IS_BEST = frozenset({"pe", "pb", "debt_to_equity"})
_SHOWN = ("market_cap", "pe", "pb", "roe", "dividend_yield", "debt_to_equity", "revenue_growth", "profit_margin")


@body("search_stocks")
def search_stocks(evidence: Evidence) -> ToolResult:
    """Instruments by name, or companies by their ratios."""
    text, limit = evidence.text("text"), evidence.whole("limit")
    tests = _tests(evidence)
    sector = None
    if evidence.text("sector"):
        sector = sectors.sector_of(evidence.text("sector"))
        if sector is None:
            reason = f"“{evidence.text('sector')[:60]}” is no sector we know."
            raise BadArguments(
                "search_stocks",
                "sector",
                reason,
                f"Use one of {', '.join(SECTORS)}, or words such as IT, pharma, banks.",
            )
    if text and sector is None and not evidence.text("index") and not tests:
        return _by_name(evidence, text, limit)
    universe, words = _universe(evidence, sector)
    if text:
        wanted = {one.symbol for one in evidence.market.search(text, owner=evidence.context.owner, limit=50)}
        universe = tuple(one for one in universe if one.symbol in wanted)
    rows = _read(evidence, universe[:MOST_SCREENED])
    if len(universe) > MOST_SCREENED:
        evidence.warn(f"The first {MOST_SCREENED} of {len(universe)} companies were screened. Narrow it by sector.")
    fitting = [row for row in rows if all(test(row) for test in tests)]
    sort = evidence.text("sort")
    ranked = _ranked(fitting, sort, evidence.text("order"))
    as_of = max((row.as_of for row in rows), default=evidence.moment)
    source = rows[0].source if rows else "catalogue"
    evidence.value(
        "screened", len(rows), "count", f"Companies screened ({words})", symbol="", as_of=as_of, source=source
    )
    evidence.value("matches", len(fitting), "count", "Companies that fit", symbol="", as_of=as_of, source=source)
    if not rows:
        return evidence.missing(f"No ratios of {words} could be had. Ask again later, or choose another sector.")
    for place, row in enumerate(ranked[:limit], 1):
        evidence.about((row.instrument.symbol,))
        evidence.value("rank", place, "count", f"{name_of(row.instrument)}: rank by {ratios.BY_NAME[sort].label}",
                       symbol=row.instrument.symbol, as_of=row.as_of, source=row.source)  # fmt: skip
        evidence.value("name", name_of(row.instrument), "text", "Name", symbol=row.instrument.symbol, as_of=row.as_of,
                       source="catalogue")  # fmt: skip
        ratios.add(evidence, row, *_SHOWN)
    if not fitting:
        evidence.warn(f"None of the {len(rows)} companies of {words} fits all conditions. Loosen one of them.")
    evidence.show(_table(ranked[:limit], words, sort))
    return evidence.result()


def _by_name(evidence: Evidence, text: str, limit: int) -> ToolResult:
    found = evidence.market.search(text, owner=evidence.context.owner, limit=limit)
    now = evidence.moment
    evidence.value("matches", len(found), "count", "Instruments found", symbol="", as_of=now, source="catalogue")
    if not found:
        return evidence.missing(f"No instrument sounds like “{text[:60]}”. Try its ticker, or a part of the name.")
    evidence.about(one.symbol for one in found)
    for one in found:
        evidence.value("name", one.name, "text", "Name", symbol=one.symbol, as_of=now, source="catalogue")
    evidence.show(
        Table(
            f"Instruments like “{text[:60]}”",
            (Column("Symbol", "text"), Column("Name", "text"), Column("Kind", "text"), Column("Sector", "text"),
             Column("Exchange", "text")),
            tuple((one.symbol, one.name, one.asset_class.value, one.sector, one.exchange) for one in found),
        )
    )  # fmt: skip
    return evidence.result()


def _universe(evidence: Evidence, sector: sectors.Sector | None) -> tuple[tuple[Instrument, ...], str]:
    index = evidence.text("index")
    if index:
        symbol = evidence.market.resolve(index).symbol
        members = {one.symbol for one in evidence.market.members(symbol, evidence.as_of).data}
        every = evidence.market.instruments(asset_class=AssetClass.STOCK)
        inside = tuple(one for one in every if one.symbol in members and (sector is None or sector.holds(one)))
        return inside, f"{name_of(evidence.market.resolve(symbol))}{'' if sector is None else ' in ' + sector.name}"
    if sector is not None:
        return sectors.members(evidence, sector), f"{sector.words} ({sector.name})"
    if evidence.text("text"):
        return evidence.market.instruments(asset_class=AssetClass.STOCK), "all stocks of the catalogue"
    members = {one.symbol for one in evidence.market.members("^NSEI", evidence.as_of).data}
    every = evidence.market.instruments(asset_class=AssetClass.STOCK)
    return tuple(one for one in every if one.symbol in members), "NIFTY 50"


def _read(evidence: Evidence, universe: Sequence[Instrument]) -> list[ratios.Known]:
    live, started = evidence.market.mode().live, time.monotonic()
    rows: list[ratios.Known] = []
    absent = 0
    for one in universe:
        if live and time.monotonic() - started > PATIENCE_S:
            evidence.warn(f"Ratios of {len(rows)} of {len(universe)} companies came in time; the others are left out.")
            break
        try:
            answer = evidence.market.ratios(one.symbol, as_of=evidence.as_of)
        except MarketError:
            absent += 1  # how many had none is told below
            continue
        evidence.used(answer)
        rows.append(ratios.Known(one, answer.data.values, answer.as_of, answer.source))
    if absent:
        evidence.warn(f"{absent} companies have no ratios and were left out.")
    return rows


def _tests(evidence: Evidence) -> list[Callable[[ratios.Known], bool]]:
    """The conditions given. A company without the figure does not fit."""
    found: list[Callable[[ratios.Known], bool]] = []
    for argument, name, least in (
        ("max_pe", "pe", False), ("min_pe", "pe", True), ("min_roe", "roe", True),
        ("min_dividend_yield", "dividend_yield", True), ("max_debt_to_equity", "debt_to_equity", False),
        ("min_market_cap", "market_cap", True),
    ):  # fmt: skip
        bound = evidence.number(argument)
        if bound is not None:
            found.append(_test(name, bound, least=least))
    return found


def _test(name: str, bound: float, *, least: bool) -> Callable[[ratios.Known], bool]:
    def fits(row: ratios.Known) -> bool:
        value = row.scaled(name)
        return value is not None and (value >= bound if least else value <= bound)

    return fits


def _ranked(rows: Sequence[ratios.Known], sort: str, order: str) -> list[ratios.Known]:
    smallest = order == "smallest" or (order == "best" and sort in _SMALL_IS_BEST)
    having = [(value, row) for row in rows if (value := row.scaled(sort)) is not None]
    having.sort(key=lambda pair: (pair[0] if smallest else -pair[0], pair[1].instrument.symbol))
    without = sorted((row for row in rows if row.scaled(sort) is None), key=lambda row: row.instrument.symbol)
    return [row for _, row in having] + without


def _table(rows: Sequence[ratios.Known], words: str, sort: str) -> Table:
    cells: list[tuple[Scalar, ...]] = [
        (row.instrument.symbol, name_of(row.instrument), *(row.scaled(name) for name in _SHOWN)) for row in rows
    ]
    columns = [Column("Symbol", "text"), Column("Name", "text")]
    for name in _SHOWN:
        how = ratios.BY_NAME[name]
        unit = rows[0].instrument.currency if how.unit == "money" and rows else how.unit
        columns.append(Column(how.label, unit))
    return Table(f"Stocks: {words}", tuple(columns), tuple(cells), note=f"Sorted by {ratios.BY_NAME[sort].label}.")
