"""Asks a vendor and stores the answer: one transaction, so that nothing is ever half-written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from core.market.errors import EmptyAnswer, MarketError, SourceError, Unavailable
from core.market.model import (
    Action,
    ActionKind,
    Bars,
    Finding,
    Instrument,
    Interval,
    Kind,
    Quote,
    Sourced,
    Treatment,
)
from core.market.sources.base import Request, Source, ask
from core.market.store import documents, series
from core.market.store.breaker import Breaker, counts_against
from core.market.store.merge import Merge, merge, restatement, scaled
from core.market.store.own import to_finding_row
from core.market.store.spans import BEGINNING, Span, covered_after, missing
from db.repositories.market_bars import BarBlock, BarRepository, SeriesHead, microseconds
from db.repositories.market_documents import ActionRepository
from db.repositories.market_own import OwnRepository
from db.session import read_session, unit_of_work

_CONTEXT_BARS = 260
_NEARLY_NOW = timedelta(seconds=5)


@dataclass(frozen=True)
class _Fetched:
    span: Span
    answer: Sourced[Bars] | None
    at: datetime


class _Restated(Exception):
    """The vendor restated the past: the whole series is wanted anew."""


class Fetcher:
    """Fetches under the breaker and stores. Called by one thread a key (see `flight`)."""

    def __init__(self, breaker: Breaker, clock: Callable[[], datetime]) -> None:
        self._breaker = breaker
        self._clock = clock

    def ask(self, source: Source, request: Request) -> Sourced[Any]:
        """Ask a vendor and remember how it went.

        Raises:
            MarketError: as the source's own steps do; ThrottledUntil while the vendor is left alone.
        """
        answer: Sourced[Any] = self._timed(source, lambda: ask(source, request))
        return answer

    def quotes(self, source: Any, instruments: Sequence[Instrument]) -> dict[str, MarketError]:
        """Fetch and store many quotes in one call; the errors by symbol."""
        answers: dict[str, Sourced[Quote] | MarketError] = self._timed(source, lambda: source.quotes(instruments))
        errors = {}
        for one in instruments:
            answer = answers.get(one.symbol)
            if isinstance(answer, Sourced):
                documents.store(source.name, Request(Kind.QUOTE, one), answer)
            else:
                errors[one.symbol] = answer or EmptyAnswer(source.name, f"no quote of {one.symbol}.")
        for error in errors.values():
            if isinstance(error, SourceError) and counts_against(error):
                self._breaker.failed(error)
                break
        return errors

    def bars(
        self,
        source: Source,
        instrument: Instrument,
        interval: Interval,
        wanted: Callable[[SeriesHead | None], Span],
    ) -> None:
        """Fetch and store what is missing of the wanted span; the whole series when the vendor restated its past.

        Raises:
            MarketError: nothing was stored of what failed.
        """
        head = _head(instrument, source, interval)
        covered = None if head is None else Span(head.covered_from, head.covered_to)
        for gap in missing(covered, wanted(head), interval):
            fetched = self._fetch(source, instrument, interval, gap, may_be_empty=head is not None)
            try:
                self._store(source, instrument, interval, fetched, rescale=False)
            except _Restated:
                assert covered is not None
                self._fetch_anew(source, instrument, interval, covered.joined(gap), fetched)
                return

    def _fetch_anew(
        self, source: Source, instrument: Instrument, interval: Interval, whole: Span, tail: _Fetched
    ) -> None:
        try:
            fetched = self._fetch(source, instrument, interval, whole, may_be_empty=False)
        except MarketError:
            # Older bars the vendor no longer gives are brought to the new level by the ratio the overlap showed.
            self._store(source, instrument, interval, tail, rescale=True)
            return
        self._store(source, instrument, interval, fetched, rescale=True)

    def _fetch(
        self, source: Source, instrument: Instrument, interval: Interval, span: Span, *, may_be_empty: bool
    ) -> _Fetched:
        now = self._clock()
        request = Request(
            Kind.BARS,
            instrument,
            interval,
            start=None if span.start <= BEGINNING else span.start,
            end=None if span.end >= now - _NEARLY_NOW else span.end,
        )
        try:
            answer = self.ask(source, request)
        except EmptyAnswer:
            if not may_be_empty:
                raise
            return _Fetched(span, None, now)
        return _Fetched(span, answer, answer.fetched_at)

    def _store(
        self, source: Source, instrument: Instrument, interval: Interval, fetched: _Fetched, *, rescale: bool
    ) -> None:
        with unit_of_work() as session:
            bars = BarRepository(session)
            head = bars.heads([instrument.symbol], source.name, interval.value).get(instrument.symbol)
            covered = None if head is None else Span(head.covered_from, head.covered_to)
            answer = fetched.answer
            speaks_of = head.as_of if head else fetched.at
            currency = head.currency if head else instrument.currency
            warnings: Sequence[tuple[str, str]] = head.warnings if head else ()
            if answer is not None:
                _check(source, instrument, interval, answer)
                speaks_of = max(answer.as_of, head.as_of) if head else answer.as_of
                currency = answer.data.currency or currency
                warnings = [(warning.kind, warning.detail) for warning in answer.warnings]
            series_id = bars.put_head(
                symbol=instrument.symbol,
                source=source.name,
                interval=interval.value,
                currency=currency,
                covered=_covered(covered, fetched, interval),
                as_of=speaks_of,
                fetched_at=max(fetched.at, head.fetched_at) if head else fetched.at,
                warnings=warnings,
            )
            if answer is None:
                return
            self._join(
                _Place(bars, OwnRepository(session, None), ActionRepository(session), series_id, source, instrument),
                interval,
                fetched,
                covered,
                rescale=rescale,
            )

    def _join(
        self,
        place: _Place,
        interval: Interval,
        fetched: _Fetched,
        covered: Span | None,
        *,
        rescale: bool,
    ) -> None:
        assert fetched.answer is not None
        bars, series_id, instrument = place.bars, place.series_id, place.instrument
        frame, actions, findings = _inspected(place, interval, fetched.answer.data, fetched.at)
        new = series.to_block(frame, instrument, interval, fetched.at)
        low, high = microseconds(fetched.span.start), microseconds(fetched.span.end) + 1
        if len(new):
            low, high = min(low, int(new.ts[0])), max(high, int(new.ts[-1]) + 1)
        old = bars.read([series_id], low, high).get(series_id, BarBlock.empty())
        joined = merge(
            old,
            new,
            covered_to=microseconds(covered.end) if covered else 0,
            now=microseconds(fetched.at),
        )
        partial = covered is not None and fetched.span.start > covered.start
        if joined.restated is not None and partial:
            if not rescale:
                raise _Restated
            older = bars.read([series_id], None, low).get(series_id)
            if older is not None:
                bars.replace(series_id, interval.value, None, low, scaled(older, joined.restated))
        if joined.restated is not None:
            _restate_kept(place, joined.restated, _day(fetched.at, instrument))
            findings = (*findings, _restated_finding(joined.restated, actions, frame))
        bars.replace(series_id, interval.value, low, high, joined.block)
        bars.add_revisions(series_id, joined.revised)
        if actions or interval is Interval.D1:
            place.actions.put(
                instrument.symbol,
                place.source.name,
                series.to_action_rows(actions),
                start=None if fetched.span.start <= BEGINNING else _day(fetched.span.start, instrument),
                end=None,
                now=fetched.at,
                # Only daily answers are sure to tell every action of their span.
                complete=interval is Interval.D1,
            )
        found = (*findings, *_revised_findings(joined))
        place.own.replace_findings(
            series_id,
            None if fetched.span.start <= BEGINNING else fetched.span.start,
            None,
            [to_finding_row(one) for one in found],
            fetched.at,
        )

    def _timed(self, source: Source, call: Callable[[], Any]) -> Any:
        self._breaker.check(source.name)
        began = time.monotonic()
        try:
            answer = call()
        except SourceError as error:
            if counts_against(error):
                self._breaker.failed(error)
            else:
                self._breaker.answered(source.name, 1000 * (time.monotonic() - began))
            raise
        self._breaker.answered(source.name, 1000 * (time.monotonic() - began))
        return answer


@dataclass(frozen=True)
class _Place:
    bars: BarRepository
    own: OwnRepository
    actions: ActionRepository
    series_id: int
    source: Source
    instrument: Instrument


def _head(instrument: Instrument, source: Source, interval: Interval) -> SeriesHead | None:
    with read_session() as session:
        return BarRepository(session).heads([instrument.symbol], source.name, interval.value).get(instrument.symbol)


def _check(source: Source, instrument: Instrument, interval: Interval, answer: Sourced[Bars]) -> None:
    # A series must never hold what belongs to another: a vendor that answers with something else is not believed.
    told = answer.data
    if told.symbol != instrument.symbol or told.interval is not interval:
        raise Unavailable(
            source.name,
            f"asked for {instrument.symbol} {interval.value}, answered {told.symbol[:40]} {told.interval.value};"
            " nothing was stored.",
        )


def _covered(covered: Span | None, fetched: _Fetched, interval: Interval) -> tuple[datetime, datetime]:
    span = fetched.span
    if interval.intraday and span.start <= BEGINNING:
        # "As far back as there is" of short bars is a moving edge: what came is what is covered.
        first = fetched.answer.data.frame.index[0].to_pydatetime() if fetched.answer is not None else span.end
        span = Span(min(first, span.end), span.end)
    after = covered_after(covered, span, interval)
    return after.start, after.end


def _inspected(
    place: _Place, interval: Interval, told: Bars, fetched_at: datetime
) -> tuple[pd.DataFrame, tuple[Action, ...], tuple[Finding, ...]]:
    """The fetched bars repaired, looked at together with stored ones before them so that a level can be judged."""
    from core.market.quality import inspect

    frame, first = told.frame, told.frame.index[0]
    edge = microseconds(first.to_pydatetime())
    before = place.bars.read([place.series_id], None, edge).get(place.series_id)
    if before is not None:
        context = before.rows(slice(-_CONTEXT_BARS, None))
        again = place.bars.read([place.series_id], edge).get(place.series_id, BarBlock.empty())
        level = restatement(again, series.to_block(frame, place.instrument, interval, fetched_at))
        if level is not None:
            # The fetched bars are at a new level (a split); beside old ones as they are they would look like a fault.
            context = scaled(context, level)
        frame = pd.concat([series.to_frame(context), frame])
    seen = inspect(
        frame, instrument=place.instrument, interval=interval, actions=told.actions, source=place.source.name
    )
    kept = seen.frame.loc[seen.frame.index >= first]
    findings = tuple(
        one for one in seen.findings if one.start is None or (one.end or one.start) >= first.to_pydatetime()
    )
    return kept, tuple(seen.actions), findings


def _restate_kept(place: _Place, ratio: float, before: date) -> None:
    midnight = datetime.combine(before, datetime.min.time(), ZoneInfo(place.instrument.timezone))
    place.bars.scale_revisions(place.series_id, ratio, midnight)
    place.actions.scale_cash(place.instrument.symbol, place.source.name, ratio, before)


def _restated_finding(ratio: float, actions: Sequence[Action], frame: pd.DataFrame) -> Finding:
    named = [a for a in actions if a.kind is ActionKind.SPLIT and abs(a.value * ratio - 1.0) < 0.01]
    why = f"the split of {named[-1].ex_date}" if named else "no split is told that explains it"
    return Finding(
        "restated",
        Treatment.KEPT if named else Treatment.FLAGGED,
        f"The source restated all earlier prices by {ratio:.6g} ({why}); the stored ones follow.",
        start=frame.index[0].to_pydatetime(),
        count=len(frame),
        before=1.0,
        after=ratio,
    )


def _revised_findings(joined: Merge) -> tuple[Finding, ...]:
    found = []
    revised = joined.revised.block
    if len(revised):
        stamps = pd.to_datetime(revised.ts, unit="us", utc=True)
        found.append(
            Finding(
                "revised",
                Treatment.KEPT,
                "The source corrected bars after their close; the earlier values are kept for reads as of a past day.",
                start=stamps[0].to_pydatetime(),
                end=stamps[-1].to_pydatetime(),
                count=len(revised),
            )
        )
    if len(joined.absent):
        stamps = pd.to_datetime(np.asarray(joined.absent), unit="us", utc=True)
        found.append(
            Finding(
                "withdrawn",
                Treatment.FLAGGED,
                "The source no longer tells bars it gave before; they are kept.",
                start=stamps[0].to_pydatetime(),
                end=stamps[-1].to_pydatetime(),
                count=len(joined.absent),
            )
        )
    return tuple(found)


def _day(moment: datetime, instrument: Instrument) -> date:
    return moment.astimezone(ZoneInfo(instrument.timezone)).date()
