"""What investors own besides bars: instruments, watches, chart layouts, import reports; and findings of any series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from db.repositories.market_scope import SHARED, Scope
from db.tables.market import ImportRecord, Layout, OwnInstrument, QualityFinding, Series, Watch


@dataclass(frozen=True, slots=True)
class OwnInstrumentRow:
    """An investor's own instrument, in the columns of its table."""

    symbol: str
    name: str
    asset_class: str
    exchange: str
    currency: str
    timezone: str
    calendar: str
    short_name: str
    sector: str | None
    industry: str | None
    isin: str | None
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding, in the columns of its table."""

    kind: str
    treatment: str
    detail: str
    start: datetime | None
    end: datetime | None
    line: int | None
    count: int
    column_name: str | None
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One import report, in the columns of its table; `problems` as JSON."""

    symbol: str
    interval: str
    file_name: str
    sha256: str
    rows: int
    accepted: int
    repaired: int
    rejected: int
    first_bar: datetime | None
    last_bar: datetime | None
    problems: list[dict[str, Any]]
    imported_at: datetime


class OwnRepository:
    """One owner's instruments, watches, layouts and reports.

    Raises:
        NotOwned: by every method, when made without an owner; `findings` alone serves everybody.
    """

    def __init__(self, session: Session, owner: str | None) -> None:
        self._session = session
        self._scope = Scope(owner)

    def instruments(self) -> tuple[OwnInstrumentRow, ...]:
        """Own instruments by symbol."""
        rows = self._session.scalars(
            select(OwnInstrument).where(self._scope.owns(OwnInstrument.owner)).order_by(OwnInstrument.symbol)
        )
        return tuple(
            OwnInstrumentRow(
                row.symbol,
                row.name,
                row.asset_class,
                row.exchange,
                row.currency,
                row.timezone,
                row.calendar,
                row.short_name,
                row.sector,
                row.industry,
                row.isin,
                tuple(row.aliases),
            )
            for row in rows
        )

    def put_instrument(self, row: OwnInstrumentRow, now: datetime) -> None:
        """Make or update an own instrument; holds its row, so that two imports of it follow one another."""
        values = {field: getattr(row, field) for field in OwnInstrumentRow.__slots__} | {"aliases": list(row.aliases)}
        made = insert(OwnInstrument).values(owner=self._scope.name, created_at=now, **values)
        self._session.execute(
            made.on_conflict_do_update(
                index_elements=[OwnInstrument.owner, OwnInstrument.symbol],
                set_={field: value for field, value in values.items() if field != "symbol"},
            )
        )

    def delete_instrument(self, symbol: str) -> bool:
        """Delete an own instrument; whether there was one. Its series are `BarRepository.delete_own`'s."""
        gone = self._session.execute(
            delete(OwnInstrument)
            .where(OwnInstrument.symbol == symbol, self._scope.owns(OwnInstrument.owner))
            .returning(OwnInstrument.id)
        )
        return bool(gone.all())

    def announce(self) -> None:
        """Tell every process, once this is committed, that an owner's data changed and cached reads of it are old."""
        self._session.execute(text("SELECT pg_notify('cache_bust', 'own')"))

    def watch(self, symbol: str, now: datetime) -> None:
        """Watch an instrument; twice is once."""
        self._session.execute(
            insert(Watch).values(owner=self._scope.name, symbol=symbol, since=now).on_conflict_do_nothing()
        )

    def unwatch(self, symbol: str) -> None:
        """Stop watching; nothing happens when it was not watched."""
        self._session.execute(delete(Watch).where(Watch.symbol == symbol, self._scope.owns(Watch.owner)))

    def watched(self) -> tuple[str, ...]:
        """Watched symbols in the order they were added."""
        rows = self._session.scalars(
            select(Watch.symbol).where(self._scope.owns(Watch.owner)).order_by(Watch.since, Watch.symbol)
        )
        return tuple(rows)

    def layouts(self) -> dict[str, dict[str, Any]]:
        """Saved layouts by name."""
        rows = self._session.scalars(select(Layout).where(self._scope.owns(Layout.owner)).order_by(Layout.name))
        return {row.name: row.payload for row in rows}

    def put_layout(self, name: str, payload: dict[str, Any], now: datetime) -> None:
        """Save a layout under a name, in place of an earlier one of that name."""
        made = insert(Layout).values(owner=self._scope.name, name=name, payload=payload, saved_at=now)
        self._session.execute(
            made.on_conflict_do_update(
                index_elements=[Layout.owner, Layout.name], set_={"payload": payload, "saved_at": now}
            )
        )

    def delete_layout(self, name: str) -> None:
        """Delete a layout; nothing happens when there is none."""
        self._session.execute(delete(Layout).where(Layout.name == name, self._scope.owns(Layout.owner)))

    def add_report(self, row: ReportRow) -> None:
        """Keep an import report."""
        values = {field: getattr(row, field) for field in ReportRow.__slots__}
        self._session.add(ImportRecord(owner=self._scope.name, **values))
        self._session.flush()

    def reports(self, symbol: str | None = None) -> tuple[ReportRow, ...]:
        """Import reports, newest first."""
        chosen = select(ImportRecord).where(self._scope.owns(ImportRecord.owner))
        if symbol is not None:
            chosen = chosen.where(ImportRecord.symbol == symbol)
        rows = self._session.scalars(chosen.order_by(ImportRecord.imported_at.desc(), ImportRecord.id.desc()))
        return tuple(
            ReportRow(
                row.symbol,
                row.interval,
                row.file_name,
                row.sha256,
                row.rows,
                row.accepted,
                row.repaired,
                row.rejected,
                row.first_bar,
                row.last_bar,
                row.problems,
                row.imported_at,
            )
            for row in rows
        )

    def delete_reports(self, symbol: str) -> None:
        """Delete the import reports of a symbol."""
        self._session.execute(
            delete(ImportRecord).where(ImportRecord.symbol == symbol, self._scope.owns(ImportRecord.owner))
        )

    def findings(self, symbol: str, source: str | None = None) -> tuple[FindingRow, ...]:
        """Findings of the series of a symbol that this owner may see, oldest bar first, those without a time first."""
        chosen = (
            select(QualityFinding)
            .join(Series, Series.id == QualityFinding.series_id)
            .where(Series.symbol == symbol, self._scope.sees(Series.owner))
            .order_by(QualityFinding.start.asc().nulls_first(), QualityFinding.id)
        )
        if source is not None:
            chosen = chosen.where(Series.source == source)
        return tuple(
            FindingRow(
                row.kind,
                row.treatment,
                row.detail,
                row.start,
                row.end,
                row.line,
                row.count,
                row.column_name,
                row.before,
                row.after,
            )
            for row in self._session.scalars(chosen)
        )

    def replace_findings(
        self,
        series_id: int,
        start: datetime | None,
        end: datetime | None,
        rows: Sequence[FindingRow],
        found_at: datetime,
    ) -> None:
        """Put `rows` in place of a series' findings that start in [start, end) (None: open), or have no time.

        Raises:
            ValueError: the series is not the writer's.
        """
        owner = self._session.scalar(select(Series.owner).where(Series.id == series_id))
        if owner != (self._scope.owner or SHARED):
            raise ValueError(f"series {series_id} is not the writer's")
        gone = delete(QualityFinding).where(QualityFinding.series_id == series_id)
        if start is not None:
            gone = gone.where(or_(QualityFinding.start.is_(None), QualityFinding.start >= start))
        if end is not None:
            gone = gone.where(or_(QualityFinding.start.is_(None), QualityFinding.start < end))
        self._session.execute(gone)
        if rows:
            self._session.execute(
                insert(QualityFinding),
                [
                    {field: getattr(row, field) for field in FindingRow.__slots__}
                    | {"series_id": series_id, "found_at": found_at}
                    for row in rows
                ],
            )


class WatchRepository:
    """What anybody watches, for the refresh job: symbols only, never who."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def symbols(self) -> tuple[str, ...]:
        """Every watched symbol once."""
        return tuple(self._session.scalars(select(Watch.symbol).distinct().order_by(Watch.symbol)))
