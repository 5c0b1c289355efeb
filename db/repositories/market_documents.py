"""Documents (everything that is not a bar) and corporate actions, each change with the time it became known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from db.repositories.market_scope import SHARED, Scope
from db.tables.market import CorporateAction, Document


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One stored document. `known_at`: when this content was first received; `checked_at`: last received unchanged."""

    payload: Any
    warnings: tuple[tuple[str, str], ...]
    as_of: datetime
    known_at: datetime
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One corporate action, in the columns of its table."""

    kind: str
    ex_date: date
    value: float
    currency: str | None
    declared_on: date | None


class DocumentRepository:
    """Append-only documents, shared by everybody: vendors' words are no investor's own."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def latest(
        self, symbol: str, source: str, kind: str, key: str, known_by: datetime | None = None
    ) -> DocumentRow | None:
        """The newest document, or the newest that was known by a time; None when there is none."""
        row = self._newest(symbol, source, kind, key, known_by)
        return None if row is None else _document(row)

    def latest_of(self, symbols: Sequence[str], source: str, kind: str) -> dict[str, DocumentRow]:
        """The newest documents of one kind (with no key) of many symbols."""
        rows = self._session.scalars(
            select(Document)
            .where(
                Document.symbol.in_(list(symbols)),
                Document.source == source,
                Document.kind == kind,
                Document.key == "",
            )
            .ext(distinct_on(Document.symbol))
            .order_by(Document.symbol, Document.known_at.desc(), Document.id.desc())
        )
        return {row.symbol: _document(row) for row in rows}

    def put(
        self,
        symbol: str,
        source: str,
        kind: str,
        key: str,
        *,
        payload: Any,
        digest: str,
        warnings: Sequence[tuple[str, str]],
        as_of: datetime,
        fetched_at: datetime,
        one_a_day: bool = False,
    ) -> None:
        """Add a document; one with the digest of the newest only moves that one's `checked_at` and `as_of`.

        With `one_a_day` it takes the place of one that became known on the same UTC day: prices of the minute are not
        worth a row each, and the day's last one is what a past day is asked for.
        """
        said = [{"kind": one, "detail": detail} for one, detail in warnings]
        newest = self._newest(symbol, source, kind, key, None)
        if newest is not None and newest.hash == digest:
            self._session.execute(
                update(Document)
                .where(Document.id == newest.id)
                .values(checked_at=fetched_at, as_of=as_of, warnings=said)
            )
            return
        if one_a_day and newest is not None and newest.known_at.date() == fetched_at.date():
            self._session.execute(delete(Document).where(Document.id == newest.id))
        self._session.add(
            Document(
                symbol=symbol,
                source=source,
                kind=kind,
                key=key,
                payload=payload,
                hash=digest,
                warnings=said,
                as_of=as_of,
                known_at=fetched_at,
                fetched_at=fetched_at,
                checked_at=fetched_at,
            )
        )
        self._session.flush()

    def _newest(self, symbol: str, source: str, kind: str, key: str, known_by: datetime | None) -> Document | None:
        chosen = select(Document).where(
            Document.symbol == symbol, Document.source == source, Document.kind == kind, Document.key == key
        )
        if known_by is not None:
            chosen = chosen.where(Document.known_at <= known_by)
        return self._session.scalars(chosen.order_by(Document.known_at.desc(), Document.id.desc()).limit(1)).first()


class ActionRepository:
    """Corporate actions of one symbol at one source; the owner's own series and shared ones keep apart."""

    def __init__(self, session: Session, owner: str | None = None) -> None:
        self._session = session
        self._scope = Scope(owner)

    def current(self, symbols: Sequence[str], source: str, owner: str = SHARED) -> dict[str, tuple[ActionRow, ...]]:
        """Actions not withdrawn, oldest first, of series of that owner, as far as they may be seen."""
        rows = self._session.scalars(
            select(CorporateAction)
            .where(
                CorporateAction.symbol.in_(list(symbols)),
                CorporateAction.source == source,
                CorporateAction.owner == owner,
                self._scope.sees(CorporateAction.owner),
                CorporateAction.withdrawn_at.is_(None),
            )
            .order_by(CorporateAction.ex_date, CorporateAction.kind)
        )
        found: dict[str, list[ActionRow]] = {}
        for row in rows:
            found.setdefault(row.symbol, []).append(
                ActionRow(row.kind, row.ex_date, row.value, row.currency, row.declared_on)
            )
        return {symbol: tuple(actions) for symbol, actions in found.items()}

    def put(
        self,
        symbol: str,
        source: str,
        actions: Sequence[ActionRow],
        *,
        start: date | None,
        end: date | None,
        now: datetime,
        complete: bool = True,
    ) -> None:
        """Make the actions with `start <= ex_date < end` these; what differs is withdrawn, not lost.

        What is not among them is withdrawn too when they are `complete`, all the source has for the span.

        A cash amount that differs by less than 0.01 % is the same payment told with other digits.
        """
        owner = self._scope.owner or SHARED
        held = self.current([symbol], source, owner).get(symbol, ())
        inside = [row for row in held if (start is None or row.ex_date >= start) and (end is None or row.ex_date < end)]
        told = {(row.kind, row.ex_date): row for row in actions}
        for row in inside:
            new = told.get((row.kind, row.ex_date))
            if new is not None and abs(new.value - row.value) <= 1e-4 * abs(row.value):
                del told[(row.kind, row.ex_date)]
                continue
            if new is not None or complete:
                self._withdraw(symbol, source, owner, row, now)
        if told:
            self._session.execute(
                insert(CorporateAction).on_conflict_do_nothing(),
                [
                    {
                        "symbol": symbol,
                        "source": source,
                        "owner": owner,
                        "kind": row.kind,
                        "ex_date": row.ex_date,
                        "value": row.value,
                        "currency": row.currency,
                        "declared_on": row.declared_on,
                        "known_at": now,
                        "withdrawn_at": None,
                    }
                    for row in told.values()
                ],
            )

    def scale_cash(self, symbol: str, source: str, ratio: float, before: date) -> None:
        """Bring cash amounts older than `before` to a new price level (a split)."""
        self._session.execute(
            update(CorporateAction)
            .where(
                CorporateAction.symbol == symbol,
                CorporateAction.source == source,
                CorporateAction.owner == (self._scope.owner or SHARED),
                CorporateAction.kind != "split",
                CorporateAction.ex_date < before,
                CorporateAction.withdrawn_at.is_(None),
            )
            .values(value=CorporateAction.value * ratio)
        )

    def delete_own(self, symbol: str) -> None:
        """Delete the owner's own actions of a symbol."""
        self._session.execute(
            delete(CorporateAction).where(CorporateAction.symbol == symbol, self._scope.owns(CorporateAction.owner))
        )

    def _withdraw(self, symbol: str, source: str, owner: str, row: ActionRow, now: datetime) -> None:
        self._session.execute(
            update(CorporateAction)
            .where(
                CorporateAction.symbol == symbol,
                CorporateAction.source == source,
                CorporateAction.owner == owner,
                CorporateAction.kind == row.kind,
                CorporateAction.ex_date == row.ex_date,
                CorporateAction.withdrawn_at.is_(None),
            )
            .values(withdrawn_at=now)
        )


def _document(row: Document) -> DocumentRow:
    warnings = tuple((item["kind"], item["detail"]) for item in row.warnings)
    return DocumentRow(row.payload, warnings, row.as_of, row.known_at, row.checked_at)
