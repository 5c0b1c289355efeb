"""Headlines: of an instrument, a sector, the market. Texts are the publishers' and untrusted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from core.assistant.errors import BadArguments
from core.assistant.lexicon import tone
from core.assistant.model import Column, Table, ToolResult
from core.assistant.tools import sectors
from core.assistant.tools.bars import change_percent
from core.assistant.tools.cards.arguments import SECTORS
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.quotes import price_of
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import Bars, NewsItem, Sourced

MOST_SECTOR = 12


def news_of(evidence: Evidence, symbol: str | None, limit: int) -> tuple[list[NewsItem], str, datetime]:
    """The newest headlines known on the day, their source and the time of the answer. Raises MarketError."""
    answer: Sourced[tuple[NewsItem, ...]] = evidence.market.news(
        symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    items = [one for one in evidence.used(answer) if one.published_at <= evidence.moment]
    items.sort(key=lambda one: (one.published_at, one.id), reverse=True)
    return items[:limit], answer.source, answer.as_of


@body("get_stock_news")
def get_stock_news(evidence: Evidence) -> ToolResult:
    """Headlines of one instrument with the move of the day beside them."""
    instrument = evidence.instrument()
    items, source, at = news_of(evidence, instrument.symbol, evidence.whole("limit"))
    if not items:
        return evidence.missing(f"{source} has no headlines about {name_of(instrument)}.")
    _tell(evidence, items, source, at, instrument.symbol)
    try:
        price = price_of(evidence)
    except MarketError as error:
        evidence.warn(f"The move of the day is not known: {error}")
    else:
        if price.change_percent is not None:
            evidence.value("change_percent", price.change_percent, "%", "Change of the day", as_of=price.at,
                           source=price.source)  # fmt: skip
    evidence.show(_table(f"{name_of(instrument)}: headlines", items))
    return evidence.result()


@body("get_market_news")
def get_market_news(evidence: Evidence) -> ToolResult:
    """Headlines of the market as a whole."""
    items, source, at = news_of(evidence, None, evidence.whole("limit"))
    if not items:
        return evidence.missing(f"{source} has no market headlines at the moment.")
    _tell(evidence, items, source, at, "")
    evidence.show(_table("Market headlines", items))
    return evidence.result()


@body("get_sector_news")
def get_sector_news(evidence: Evidence) -> ToolResult:
    """Headlines of a sector's companies, newest first, and how they moved."""
    sector = sectors.sector_of(evidence.text("sector"))
    if sector is None:
        reason = f"“{evidence.text('sector')[:60]}” is no sector we know."
        raise BadArguments(
            "get_sector_news", "sector", reason, f"Use one of {', '.join(SECTORS)}, or words such as IT."
        )
    companies = sectors.members(evidence, sector)[:MOST_SECTOR]
    if not companies:
        return evidence.missing(f"No company of {sector.name} is in the catalogue.")
    found: dict[str, NewsItem] = {}
    source, at, refused = "", evidence.moment, ""
    for one in companies:
        try:
            items, source, at = news_of(evidence, one.symbol, 10)
        except MarketError as error:
            refused = str(error)
            continue
        found.update({item.id: item for item in items})
    items = sorted(found.values(), key=lambda one: (one.published_at, one.id), reverse=True)[: evidence.whole("limit")]
    if refused:
        evidence.warn(f"Not every company's headlines could be had: {refused}")
    if not items:
        return evidence.missing(f"There are no headlines about {sector.words} ({sector.name}) at the moment.")
    evidence.value("sector", sector.name, "text", "Sector", symbol="", as_of=at, source="catalogue")
    evidence.value("companies", len(companies), "count", "Companies read", symbol="", as_of=at, source="catalogue")
    _moves(evidence, [one.symbol for one in companies])
    _tell(evidence, items, source, at, "")
    evidence.about(symbol for one in items for symbol in one.symbols)
    evidence.show(_table(f"{sector.words}: headlines", items))
    return evidence.result()


def _moves(evidence: Evidence, symbols: Sequence[str]) -> None:
    """Mean change of the day of the sector's companies."""
    start = evidence.moment.date() - timedelta(days=10)
    answers = evidence.market.bars_many(symbols, "1d", start, as_of=evidence.as_of)
    changes: list[float] = []
    last: Sourced[Bars] | None = None
    for answer in answers.values():
        if isinstance(answer, Sourced):
            close = answer.data.frame["close"].to_numpy(dtype=np.float64)
            change = change_percent(close, 1)
            if change is not None:
                changes.append(change)
                evidence.used(answer)
                last = answer if last is None or answer.as_of > last.as_of else last
    if changes and last is not None:
        evidence.value("sector_change", float(np.mean(changes)), "%", "Mean change of the day", symbol="",
                       as_of=last.as_of, source=last.source)  # fmt: skip
        evidence.value("sector_rising", sum(one > 0 for one in changes), "count", "Companies rising", symbol="",
                       as_of=last.as_of, source=last.source)  # fmt: skip


def _tell(evidence: Evidence, items: Sequence[NewsItem], source: str, at: datetime, symbol: str) -> None:
    evidence.value("headlines", len(items), "count", "Headlines", symbol=symbol, as_of=at, source=source)
    evidence.value("newest", items[0].published_at, "date", "Newest", symbol=symbol, as_of=items[0].published_at,
                   source=source)  # fmt: skip
    for place, one in enumerate(items, 1):
        evidence.value(f"headline_{place}", one.title, "text", one.publisher, symbol=symbol, as_of=one.published_at,
                       source=source)  # fmt: skip
    tones = [tone(f"{one.title}. {one.summary or ''}").label for one in items]
    for label in ("positive", "negative"):
        evidence.value(f"{label}_headlines", tones.count(label), "count", f"Of these, sounding {label}", symbol=symbol,
                       as_of=at, source="lexicon")  # fmt: skip


def _table(title: str, items: Sequence[NewsItem]) -> Table:
    return Table(
        title,
        (Column("Published", "date"), Column("Headline", "text"), Column("Publisher", "text"), Column("Link", "text")),
        tuple((one.published_at, one.title, one.publisher, one.url) for one in items),
        note="Words of the publishers.",
    )
