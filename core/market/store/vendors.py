"""The read path of real vendors: what is stored and fresh, else what is stored and stale while a refresh runs, else
a fetch that everybody who asks the same waits for together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from core.market.calendars import calendar, calendar_of
from core.market.errors import EmptyAnswer, InputError, MarketError, UnknownSymbol
from core.market.model import Bars, Instrument, Interval, Kind, Quote, Sourced, Warn
from core.market.redaction import redact
from core.market.sources.base import Request, Source
from core.market.store import documents, series
from core.market.store.breaker import Breaker
from core.market.store.fetching import Fetcher
from core.market.store.flight import Flights
from core.market.store.freshness import due_at
from core.market.store.spans import BEGINNING, Span, missing
from db.repositories.market_bars import BarRepository, SeriesHead
from db.session import read_session

_HOME = "XBOM"
_NOTHING_LASTS = timedelta(seconds=60)
_REMEMBERED_NOTHINGS = 2000


class Need(Enum):
    """What a read has to do before it can answer."""

    NOTHING = "nothing"
    REFRESH = "refresh"
    FETCH = "fetch"


@dataclass(frozen=True, slots=True)
class BarQuestion:
    """One series and the span wanted of it; `end` is never in the future."""

    instrument: Instrument
    interval: Interval
    start: datetime | None
    end: datetime

    def span(self, head: SeriesHead | None) -> Span:
        """The span to have covered: all of a daily or longer series, and of short bars what was asked."""
        start = self.start
        if start is None or not self.interval.intraday:
            start = BEGINNING if head is None or not self.interval.intraday else head.covered_from
        return Span(min(start, self.end), self.end)

    def to_fetch(self, head: SeriesHead | None, now: datetime) -> Span:
        """The span to ask the vendor for: days and longer always up to now, whatever past part is wanted of them."""
        wanted = self.span(head)
        return wanted if self.interval.intraday else Span(wanted.start, max(wanted.end, now))


class VendorReads:
    """Reads of vendors through the store. Thread-safe.

    Args:
        timeout_s: the longest a vendor takes; no read waits much longer.
        clock: the present, aware UTC.
    """

    def __init__(self, timeout_s: float, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.breaker = Breaker(clock)
        self._flights = Flights(timeout_s)
        self._fetcher = Fetcher(self.breaker, clock)
        self._lock = threading.Lock()
        self._nothings: dict[str, tuple[datetime, MarketError]] = {}

    def close(self) -> None:
        """Take no more fetches."""
        self._flights.close()

    def bars(self, source: Source, question: BarQuestion, as_of: datetime | None) -> Sourced[Bars]:
        """Bars of one source.

        Raises:
            MarketError: nothing is stored for the span, and the source could not give it.
        """
        found = self.bars_many(source, [question], as_of)[question.instrument.symbol]
        if isinstance(found, MarketError):
            raise found
        return found

    def bars_many(
        self, source: Source, questions: Sequence[BarQuestion], as_of: datetime | None
    ) -> dict[str, Sourced[Bars] | MarketError]:
        """Bars of several instruments of one interval and span; what fails is a value."""
        asked = {question.instrument.symbol: question for question in questions}
        needs = self._needs(source, asked)
        flights: dict[str, Future[None]] = {}
        errors: dict[str, MarketError] = {}
        for symbol, need in needs.items():
            if need is Need.NOTHING:
                continue
            try:
                flights[symbol] = self._start_bars(source, asked[symbol])
            except MarketError as error:
                errors[symbol] = error
        until = self._flights.deadline()
        for symbol, flight in flights.items():
            if needs[symbol] is Need.FETCH or flight.done():
                try:
                    self._flights.wait(source.name, flight, until)
                    needs[symbol] = Need.NOTHING
                except MarketError as error:
                    errors[symbol] = error
        stored = self._load(source, asked, as_of)
        return {
            symbol: self._answer(source, asked[symbol], stored.get(symbol), needs[symbol], errors.get(symbol))
            for symbol in asked
        }

    def document(
        self, source: Source, kind: Kind, instrument: Instrument | None, text: str, as_of: datetime | None
    ) -> Sourced[Any]:
        """A document of one source.

        Raises:
            MarketError: none is stored, and the source could not give one.
        """
        request = Request(kind, instrument, text=text, limit=documents.LIMIT)
        stored = documents.load(source.name, request, as_of)
        if as_of is not None and kind not in documents.DATED_INSIDE:
            if stored is None:
                raise EmptyAnswer(source.name, f"no {kind.value} of {_name(request)} had been received by then.")
            return stored
        now = self._clock()
        if stored is not None and now < self._document_due(request, stored.fetched_at):
            return documents.as_known(kind, stored, as_of, instrument)
        try:
            flight = self._start_document(source, request)
            if stored is None or flight.done():
                self._flights.wait(source.name, flight)
                fresh = documents.load(source.name, request, None)
                if fresh is not None:
                    return documents.as_known(kind, fresh, as_of, instrument)
        except MarketError as error:
            if stored is None:
                raise
            stored = _with(stored, Warn("stale", redact(f"Not refreshed: {error}")))
        if stored is None:
            raise EmptyAnswer(source.name, f"no {kind.value} of {_name(request)}.")
        return documents.as_known(kind, replace(stored, stale=True), as_of, instrument)

    def quotes(self, source: Source, instruments: Sequence[Instrument]) -> dict[str, Sourced[Quote] | MarketError]:
        """Quotes of many instruments: stored ones, and the others in one call where the source can do that."""
        found: dict[str, Sourced[Quote] | MarketError] = {}
        due: list[Instrument] = []
        now = self._clock()
        stored = documents.load_quotes(source.name, instruments)
        for one in instruments:
            held = stored.get(one.symbol)
            if held is not None and now < self._document_due(Request(Kind.QUOTE, one), held.fetched_at):
                found[one.symbol] = held
            else:
                due.append(one)
        if not due:
            return found
        errors: dict[str, MarketError] = {}
        until = self._flights.deadline()
        if len(due) > 1 and hasattr(source, "quotes"):
            errors = self._quotes_at_once(source, due)
        else:
            for one in due:
                try:
                    self._flights.wait(source.name, self._start_document(source, Request(Kind.QUOTE, one)), until)
                except MarketError as error:
                    errors[one.symbol] = error
        fresh = documents.load_quotes(source.name, due)
        for one in due:
            held = fresh.get(one.symbol)
            failed = errors.get(one.symbol)
            if held is None:
                found[one.symbol] = failed or EmptyAnswer(source.name, f"no quote of {one.symbol}.")
            elif failed is not None:
                found[one.symbol] = _with(replace(held, stale=True), Warn("stale", redact(f"Not refreshed: {failed}")))
            else:
                found[one.symbol] = held
        return found

    def refresh_bars(self, source: Source, question: BarQuestion) -> bool:
        """Fetch what is due of a series and wait for it; whether there was anything to do.

        Raises:
            MarketError: the source could not give it.
        """
        symbol = question.instrument.symbol
        if self._needs(source, {symbol: question})[symbol] is Need.NOTHING:
            return False
        self._flights.wait(source.name, self._start_bars(source, question))
        return True

    # -- what a series needs -------------------------------------------------------------------------------------

    def _needs(self, source: Source, asked: Mapping[str, BarQuestion]) -> dict[str, Need]:
        if not asked:
            return {}
        interval = next(iter(asked.values())).interval
        with read_session() as session:
            heads = BarRepository(session).heads(asked, source.name, interval.value)
        now = self._clock()
        return {symbol: need_of(heads.get(symbol), question, now) for symbol, question in asked.items()}

    def _start_bars(self, source: Source, question: BarQuestion) -> Future[None]:
        instrument, interval = question.instrument, question.interval
        key = f"{source.name}:bars:{instrument.symbol}:{interval.value}"
        self._refuse_known_nothing(key)
        self.breaker.check(source.name)

        def still_needed() -> bool:
            return self._needs(source, {instrument.symbol: question})[instrument.symbol] is not Need.NOTHING

        def fetch() -> None:
            with self._remembering(key):
                self._fetcher.bars(source, instrument, interval, lambda head: question.to_fetch(head, self._clock()))

        # The span is part of the key: one who needs an earlier part must not be content with a tail under way.
        start = question.start.date() if question.start and interval.intraday else ""
        return self._flights.start(f"{key}:{start}", still_needed, fetch)

    def _load(
        self, source: Source, asked: Mapping[str, BarQuestion], as_of: datetime | None
    ) -> dict[str, Sourced[Bars]]:
        if not asked:
            return {}
        first = next(iter(asked.values()))
        with read_session() as session:
            heads = BarRepository(session).heads(asked, source.name, first.interval.value)
            instruments = {symbol: question.instrument for symbol, question in asked.items()}
            return series.load(session, instruments, heads, start=first.start, end=first.end, as_of=as_of)

    def _answer(
        self,
        source: Source,
        question: BarQuestion,
        stored: Sourced[Bars] | None,
        need: Need,
        error: MarketError | None,
    ) -> Sourced[Bars] | MarketError:
        if stored is None:
            symbol, interval = question.instrument.symbol, question.interval.value
            return error or EmptyAnswer(source.name, f"no {interval} bars of {symbol} in this span.")
        if isinstance(error, InputError):
            return error
        if error is not None:
            return _with(replace(stored, stale=True), Warn("stale", redact(f"Not refreshed: {error}")))
        return replace(stored, stale=True) if need is not Need.NOTHING else stored

    # -- documents -----------------------------------------------------------------------------------------------

    def _document_due(self, request: Request, fetched_at: datetime) -> datetime:
        hours = calendar_of(request.instrument) if request.instrument else calendar(_HOME)
        return due_at(request.kind, None, fetched_at, hours)

    def _start_document(self, source: Source, request: Request) -> Future[None]:
        key = f"{source.name}:{request.kind.value}:{_name(request)}:{request.text}"
        self._refuse_known_nothing(key)
        self.breaker.check(source.name)

        def still_needed() -> bool:
            held = documents.load(source.name, request, None)
            return held is None or self._clock() >= self._document_due(request, held.fetched_at)

        def fetch() -> None:
            with self._remembering(key):
                documents.store(source.name, request, self._fetcher.ask(source, request))

        return self._flights.start(key, still_needed, fetch)

    def _quotes_at_once(self, source: Any, due: Sequence[Instrument]) -> dict[str, MarketError]:
        symbols = sorted(one.symbol for one in due)
        errors: dict[str, MarketError] = {}
        try:
            self.breaker.check(source.name)

            def still_needed() -> bool:
                held = documents.load_quotes(source.name, due)
                now = self._clock()
                return any(
                    one.symbol not in held
                    or now >= self._document_due(Request(Kind.QUOTE, one), held[one.symbol].fetched_at)
                    for one in due
                )

            def fetch() -> None:
                errors.update(self._fetcher.quotes(source, due))

            self._flights.wait(
                source.name, self._flights.start(f"{source.name}:quotes:{','.join(symbols)}", still_needed, fetch)
            )
        except MarketError as error:
            errors.update(dict.fromkeys(symbols, error))
        return errors

    # -- questions that have no answer ---------------------------------------------------------------------------

    def _refuse_known_nothing(self, key: str) -> None:
        with self._lock:
            known = self._nothings.get(key)
        if known is not None and self._clock() < known[0]:
            raise known[1]

    def _remembering(self, key: str) -> _Remembering:
        return _Remembering(self, key)

    def remember_nothing(self, key: str, error: MarketError) -> None:
        """Answer the same question with the same refusal for a minute, so that a crowd does not ask the vendor."""
        with self._lock:
            if len(self._nothings) >= _REMEMBERED_NOTHINGS:
                self._nothings.clear()
            self._nothings[key] = (self._clock() + _NOTHING_LASTS, error)


class _Remembering:
    """Remembers a vendor's "there is no such thing"."""

    def __init__(self, reads: VendorReads, key: str) -> None:
        self._reads, self._key = reads, key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, UnknownSymbol | EmptyAnswer):
            self._reads.remember_nothing(self._key, error)


def need_of(head: SeriesHead | None, question: BarQuestion, now: datetime) -> Need:
    """What has to be done for a question, given what is covered: fetch before answering, refresh behind it, or nothing.

    A missing end is only due by the market's hours; a missing beginning is always fetched.
    """
    if head is None:
        return Need.FETCH
    covered = Span(head.covered_from, head.covered_to)
    wanted = question.span(head)
    gaps = missing(covered, wanted, question.interval)
    if wanted.start < covered.start:
        return Need.FETCH
    due = due_at(Kind.BARS, question.interval, head.fetched_at, calendar_of(question.instrument))
    if not gaps or now < due:
        return Need.NOTHING
    seen_enough = question.start is None or question.start < covered.end
    return Need.REFRESH if seen_enough else Need.FETCH


def _with(value: Sourced[Any], warning: Warn) -> Sourced[Any]:
    return replace(value, warnings=(*value.warnings, warning))


def _name(request: Request) -> str:
    return request.instrument.symbol if request.instrument else "the market"
