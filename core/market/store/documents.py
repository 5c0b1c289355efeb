"""Documents between the model's values and the database: everything that is not a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.market.model import Action, Instrument, Kind, NewsItem, Quote, Sourced, Statement, Warn
from core.market.sources.base import Request
from core.market.store.codec import decode, digest, encode
from db.repositories.market_documents import DocumentRepository, DocumentRow
from db.session import read_session, unit_of_work

LIMIT = 50
"""Length of lists asked of a vendor; readers take the beginning."""

DATED_INSIDE = frozenset({Kind.STATEMENTS, Kind.ACTIONS, Kind.NEWS})
"""Kinds whose items carry the day they became known: the newest document answers for any past day."""

_ONE_A_DAY = frozenset({Kind.QUOTE, Kind.MOVERS, Kind.TRENDING})


def load(source: str, request: Request, as_of: datetime | None) -> Sourced[Any] | None:
    """The newest document, or the newest received by `as_of` (for kinds not dated inside); None without one."""
    known_by = None if request.kind in DATED_INSIDE else as_of
    with read_session() as session:
        row = DocumentRepository(session).latest(_symbol(request), source, request.kind.value, request.text, known_by)
    return None if row is None else _sourced(source, request.kind, row)


def load_quotes(source: str, instruments: Sequence[Instrument]) -> dict[str, Sourced[Quote]]:
    """The newest stored quotes by symbol."""
    with read_session() as session:
        rows = DocumentRepository(session).latest_of([one.symbol for one in instruments], source, Kind.QUOTE.value)
    return {symbol: _sourced(source, Kind.QUOTE, row) for symbol, row in rows.items()}


def store(source: str, request: Request, answer: Sourced[Any]) -> None:
    """Keep an answer; the same content as before only counts as checked again."""
    payload = encode(answer.data)
    with unit_of_work() as session:
        DocumentRepository(session).put(
            _symbol(request),
            source,
            request.kind.value,
            request.text,
            payload=payload,
            digest=digest(payload),
            warnings=[(warning.kind, warning.detail) for warning in answer.warnings],
            as_of=answer.as_of,
            fetched_at=answer.fetched_at,
            one_a_day=request.kind in _ONE_A_DAY,
        )


def as_known(kind: Kind, value: Sourced[Any], as_of: datetime | None, instrument: Instrument | None) -> Sourced[Any]:
    """A value with the items known by `as_of` only; unchanged without one."""
    if as_of is None or kind not in DATED_INSIDE:
        return value
    zone = ZoneInfo(instrument.timezone) if instrument else ZoneInfo("Asia/Kolkata")
    day = as_of.astimezone(zone).date()

    def known(item: Any) -> bool:
        if isinstance(item, Statement):
            return item.known_on <= day
        if isinstance(item, Action):
            return (item.declared_on or item.ex_date) <= day
        assert isinstance(item, NewsItem)
        return item.published_at <= as_of

    return replace(value, data=tuple(item for item in value.data if known(item)), as_of=min(value.as_of, as_of))


def _symbol(request: Request) -> str:
    return request.instrument.symbol if request.instrument else ""


def _sourced(source: str, kind: Kind, row: DocumentRow) -> Sourced[Any]:
    warnings = tuple(Warn(one, detail) for one, detail in row.warnings)
    return Sourced(decode(kind, row.payload), source, row.as_of, row.checked_at, warnings)
