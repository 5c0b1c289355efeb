"""What investors bring themselves: instruments made from files, their bars, watches and chart layouts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from core.market.errors import EmptyAnswer, InputError
from core.market.model import (
    AssetClass,
    Bars,
    Finding,
    ImportReport,
    Instrument,
    Interval,
    Quote,
    Sourced,
    Treatment,
    Warn,
)
from core.market.store import series
from core.market.store.arrivals import SOURCE, Arrived, arrive, own_instrument
from core.market.store.codec import decode_as, encode
from core.market.store.merge import merge, scaled
from core.market.store.resample import coarser, resampled
from db.repositories.market_bars import BarRepository, SeriesHead, microseconds
from db.repositories.market_documents import ActionRepository
from db.repositories.market_own import FindingRow, OwnInstrumentRow, OwnRepository, ReportRow
from db.session import read_session, unit_of_work

_LONGEST_NAME = 60
_LARGEST_LAYOUT = 64_000


class OwnData:
    """Investors' own data. Every method names the owner; nothing of one owner is visible to another."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def instruments(self, owner: str | None) -> tuple[Instrument, ...]:
        """The owner's instruments by symbol; none for nobody."""
        if not owner:
            return ()
        with read_session() as session:
            rows = OwnRepository(session, owner).instruments()
        return tuple(_instrument(row, owner) for row in rows)

    def import_file(
        self,
        name: str,
        data: bytes | Path,
        symbol: str,
        interval: Interval | str | None,
        *,
        owner: str,
        currency: str | None,
        timezone: str | None,
        series_name: str | None,
    ) -> ImportReport:
        """Read a file, put right what can be, store its bars as the owner's own series: all of it or nothing.

        Bars inside the file's span replace earlier ones, bars outside it stay; the same file again changes nothing.

        Raises:
            BadFile: the file is no bars; nothing was stored.
            InputError: the symbol, interval or timezone is none.
        """
        instrument = own_instrument(symbol, owner, currency=currency, timezone=timezone)
        arrived = arrive(name, data, instrument, interval, series_name, self._clock())
        with unit_of_work() as session:
            own = OwnRepository(session, owner)
            before = {row.symbol: row for row in own.instruments()}.get(instrument.symbol)
            moved = before is not None and before.timezone != instrument.timezone
            own.put_instrument(_row(instrument), self._clock())
            findings = self._write(BarRepository(session, owner), ActionRepository(session, owner), own, arrived, moved)
            report = replace(arrived.report, problems=findings)
            row = _report_row(report, arrived, self._clock())
            newest = next(iter(own.reports(instrument.symbol)), None)
            if newest is None or replace(newest, imported_at=row.imported_at, file_name=row.file_name) != row:
                own.add_report(row)
            own.announce()
        return report

    def bars(
        self,
        instrument: Instrument,
        interval: Interval,
        start: datetime | None,
        end: datetime | None,
        as_of: datetime | None,
    ) -> Sourced[Bars]:
        """The owner's bars; of a longer interval than the file's, made of the file's.

        Raises:
            EmptyAnswer: there are none in the span, or the file's bars are longer than asked.
        """
        assert instrument.owner is not None
        with read_session() as session:
            repository = BarRepository(session, instrument.owner)
            heads = {Interval(one.interval): one for one in repository.series(instrument.symbol, owned=True)}
            base = interval if interval in heads else coarser(interval, tuple(heads))
            if base is None:
                had = ", ".join(one.value for one in heads) or "none"
                raise EmptyAnswer(SOURCE, f"no {interval.value} bars of {instrument.symbol} (its files have: {had}).")
            found = series.load(
                session,
                {instrument.symbol: instrument},
                {instrument.symbol: heads[base]},
                start=start,
                end=end,
                as_of=as_of,
                owner=instrument.owner,
            ).get(instrument.symbol)
        if found is None:
            head: SeriesHead = heads[base]
            zone = ZoneInfo(instrument.timezone)
            first, last = (f"{edge.astimezone(zone):%Y-%m-%d}" for edge in (head.covered_from, head.covered_to))
            raise EmptyAnswer(
                SOURCE, f"no bars of {instrument.symbol} in this span; its file covers {first} to {last}."
            )
        if base is interval:
            return found
        made = resampled(found.data, interval, instrument)
        note = Warn("resampled", f"Made of the file's {base.value} bars.")
        return replace(found, data=made, warnings=(*found.warnings, note))

    def quote(self, instrument: Instrument) -> Sourced[Quote]:
        """The last close of the owner's bars as a quote; its change is against the bar before.

        Raises:
            EmptyAnswer: there are no bars.
        """
        assert instrument.owner is not None
        with read_session() as session:
            heads = BarRepository(session, instrument.owner).series(instrument.symbol, owned=True)
        if not heads:
            raise EmptyAnswer(SOURCE, f"no bars of {instrument.symbol}.")
        known = [Interval(one.interval) for one in heads]
        interval = Interval.D1 if Interval.D1 in known else max(known, key=lambda one: one.seconds)
        answer = self.bars(instrument, interval, None, None, None)
        frame = answer.data.frame
        last = frame.iloc[-1]
        quote = Quote(
            instrument.symbol,
            float(last["close"]),
            answer.as_of,
            answer.data.currency or instrument.currency,
            previous_close=float(frame["close"].iloc[-2]) if len(frame) > 1 else None,
            open=float(last["open"]),
            high=float(last["high"]),
            low=float(last["low"]),
            volume=float(last["volume"]) if np.isfinite(last["volume"]) else None,
            name=instrument.name,
        )
        return replace(answer, data=quote)  # type: ignore[return-value,arg-type]

    def delete(self, symbol: str, owner: str) -> bool:
        """Delete an own instrument with its bars, actions, findings and reports; whether there was one."""
        with unit_of_work() as session:
            series_gone = BarRepository(session, owner).delete_own(symbol)
            ActionRepository(session, owner).delete_own(symbol)
            own = OwnRepository(session, owner)
            own.delete_reports(symbol)
            own.announce()
            return own.delete_instrument(symbol) or series_gone > 0

    def reports(self, owner: str) -> tuple[ImportReport, ...]:
        """The owner's import reports, newest first."""
        with read_session() as session:
            rows = OwnRepository(session, owner).reports()
        return tuple(
            ImportReport(
                row.symbol,
                Interval(row.interval),
                row.rows,
                row.accepted,
                row.repaired,
                row.rejected,
                row.first_bar,
                row.last_bar,
                tuple(decode_as(Finding, problem) for problem in row.problems),
            )
            for row in rows
        )

    def findings(self, symbol: str, source: str | None, owner: str | None) -> tuple[Finding, ...]:
        """Findings of the series of a symbol that the owner may see."""
        with read_session() as session:
            rows = OwnRepository(session, owner).findings(symbol, source)
        return tuple(_finding(row) for row in rows)

    def watch(self, symbol: str, owner: str) -> None:
        """Watch an instrument."""
        with unit_of_work() as session:
            OwnRepository(session, owner).watch(symbol, self._clock())

    def unwatch(self, symbol: str, owner: str) -> None:
        """Stop watching an instrument."""
        with unit_of_work() as session:
            OwnRepository(session, owner).unwatch(symbol)

    def watched(self, owner: str) -> tuple[str, ...]:
        """Watched symbols in the order they were added."""
        with read_session() as session:
            return OwnRepository(session, owner).watched()

    def layouts(self, owner: str) -> dict[str, dict[str, Any]]:
        """Saved layouts by name."""
        with read_session() as session:
            return OwnRepository(session, owner).layouts()

    def save_layout(self, owner: str, name: str, payload: dict[str, Any]) -> None:
        """Save a layout, in place of one of the same name.

        Raises:
            InputError: the name is blank or too long, or the layout is too large.
        """
        title = " ".join(name.replace("\0", "").split())
        if not 0 < len(title) <= _LONGEST_NAME:
            raise InputError(f"A layout needs a name of 1 to {_LONGEST_NAME} characters, not “{name[:20]}”.")
        content = encode(payload)
        if len(str(content)) > _LARGEST_LAYOUT:
            raise InputError(f"The layout “{title}” is too large to save. Remove some indicators.")
        with unit_of_work() as session:
            OwnRepository(session, owner).put_layout(title, content, self._clock())

    def delete_layout(self, owner: str, name: str) -> None:
        """Delete a layout."""
        with unit_of_work() as session:
            OwnRepository(session, owner).delete_layout(name)

    def _write(
        self, bars: BarRepository, actions: ActionRepository, own: OwnRepository, arrived: Arrived, moved: bool
    ) -> tuple[Finding, ...]:
        instrument, interval, block = arrived.instrument, arrived.interval, arrived.block
        if moved:
            # Other exchange time: the old bars' days are not the new ones', so they cannot stand beside each other.
            bars.delete_own(instrument.symbol)
            actions.delete_own(instrument.symbol)
        first, last = series.moment(int(block.ts[0])), series.moment(int(block.ts[-1]))
        head = bars.heads([instrument.symbol], SOURCE, interval.value).get(instrument.symbol)
        now = self._clock()
        closed = series.moment(int(min(block.known_at[-1], microseconds(now))))
        series_id = bars.put_head(
            symbol=instrument.symbol,
            source=SOURCE,
            interval=interval.value,
            currency=instrument.currency,
            covered=(min(first, head.covered_from), max(last, head.covered_to)) if head else (first, last),
            as_of=max(closed, head.as_of) if head else closed,
            fetched_at=now,
            warnings=(),
        )
        low, high = int(block.ts[0]), int(block.ts[-1]) + 1
        findings = arrived.report.problems
        old = bars.read([series_id], low, high).get(series_id)
        if old is not None:
            level = merge(old, block, covered_to=0, now=microseconds(now)).restated
            older = bars.read([series_id], None, low).get(series_id)
            if level is not None and older is not None:
                bars.replace(series_id, interval.value, None, low, scaled(older, level))
                findings = (*findings, _level(level, len(older)))
        bars.replace(series_id, interval.value, low, high, block)
        zone = ZoneInfo(instrument.timezone)
        if arrived.seen.actions:
            actions.put(
                instrument.symbol,
                SOURCE,
                series.to_action_rows(arrived.seen.actions),
                start=first.astimezone(zone).date(),
                end=None,
                now=now,
            )
        own.replace_findings(series_id, first, last, [to_finding_row(one) for one in findings], now)
        return findings


def to_finding_row(finding: Finding) -> FindingRow:
    """A finding as a row to store."""
    return FindingRow(
        finding.kind,
        finding.treatment.value,
        finding.detail.replace("\0", ""),
        finding.start,
        finding.end,
        finding.line,
        finding.count,
        finding.column,
        finding.before,
        finding.after,
    )


def _finding(row: FindingRow) -> Finding:
    return Finding(
        row.kind,
        Treatment(row.treatment),
        row.detail,
        row.start,
        row.end,
        row.line,
        row.count,
        row.column_name,
        row.before,
        row.after,
    )


def _instrument(row: OwnInstrumentRow, owner: str) -> Instrument:
    return Instrument(
        row.symbol,
        row.name,
        AssetClass(row.asset_class),
        row.exchange,
        row.currency,
        row.timezone,
        row.calendar,
        row.short_name,
        row.sector,
        row.industry,
        row.isin,
        row.aliases,
        owner,
    )


def _row(instrument: Instrument) -> OwnInstrumentRow:
    return OwnInstrumentRow(
        instrument.symbol,
        instrument.name,
        instrument.asset_class.value,
        instrument.exchange,
        instrument.currency,
        instrument.timezone,
        instrument.calendar,
        instrument.short_name,
        instrument.sector,
        instrument.industry,
        instrument.isin,
        instrument.aliases,
    )


def _report_row(report: ImportReport, arrived: Arrived, now: datetime) -> ReportRow:
    return ReportRow(
        report.symbol,
        report.interval.value,
        Path(arrived.name).name.replace("\0", "")[:200],
        arrived.digest,
        report.rows,
        report.accepted,
        report.repaired,
        report.rejected,
        report.first,
        report.last,
        encode(report.problems),
        now,
    )


def _level(ratio: float, count: int) -> Finding:
    return Finding(
        "restated",
        Treatment.REPAIRED,
        f"This file's prices are {ratio:.6g} times those imported before it (a split between the two files);"
        " the earlier bars were brought to the same level.",
        count=count,
        before=1.0,
        after=ratio,
    )
