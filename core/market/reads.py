"""Where each question goes: an own file, the simulated market, or the vendors in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.market.errors import (
    EmptyAnswer,
    InputError,
    MarketError,
    NotConfigured,
    NotCovered,
    SourceError,
    Unavailable,
)
from core.market.instruments import by_symbol
from core.market.model import Bars, Instrument, Interval, Kind, Quote, Sourced, Warn
from core.market.redaction import redact
from core.market.router import MarketMode, ModeSwitch, Router
from core.market.sources.base import Request, Source
from core.market.store import arrivals as own_data
from core.market.store.breaker import SourceState
from core.market.store.computed import ComputedReads
from core.market.store.own import OwnData
from core.market.store.switches import SourceSwitches
from core.market.store.vendors import BarQuestion, VendorReads

_SETTINGS = {"alpha_vantage": "ALPHA_VANTAGE_API_KEY"}


class Reads:
    """Takes exact questions to whoever may answer them in the market that is on. Thread-safe."""

    def __init__(
        self,
        *,
        vendors: Sequence[Source],
        simulated: Callable[[Callable[[], datetime]], Source],
        mode: ModeSwitch,
        timeout_s: float,
        now: Callable[[], datetime],
        switches: SourceSwitches,
    ) -> None:
        self._now = now
        self._mode = mode
        self._router = Router(vendors, switches.off)
        self._vendors = VendorReads(timeout_s, now)
        self._make_simulated = simulated
        self.own = OwnData(now)
        self._lock = threading.Lock()
        self._computed: ComputedReads | None = None

    def mode(self) -> MarketMode:
        """The market that is on."""
        return self._mode.mode()

    def vendor_names(self) -> tuple[str, ...]:
        """Names of all real sources, configured or not."""
        return tuple(source.name for source in self._router.vendors)

    def close(self) -> None:
        """Take no more background fetches."""
        self._vendors.close()

    def sources(self) -> tuple[SourceState, ...]:
        """Every source and how it has been answering,."""
        live = self.mode().live
        rows = self._vendors.breaker.rows()
        now = self._now()
        states = []
        for source in self._router.vendors:
            row = rows.get(source.name)
            configured = source.configured()
            cooling = row is not None and row.cooling_until is not None and row.cooling_until > now
            state = "not configured" if not configured else "cooling" if cooling else "ok" if live else "off"
            if self._router.is_off(source.name):
                state = "switched off"
            states.append(
                SourceState(
                    source.name,
                    source.label,
                    configured,
                    _SETTINGS.get(source.name),
                    state,
                    until=row.cooling_until if row is not None and cooling else None,
                    last_ok=row.last_ok if row else None,
                    last_error=redact(row.last_error) if row and row.last_error else None,
                    last_error_at=row.last_error_at if row else None,
                    calls_today=row.calls_today if row and row.calls_day == now.date() else 0,
                    latency_ms=row.latency_ms if row else None,
                )
            )
        demo = self._simulated().source
        states.append(SourceState(demo.name, demo.label, True, "KUBERA_MARKET", "off" if live else "ok"))
        states.append(SourceState(own_data.SOURCE, own_data.LABEL, True, None, "ok"))
        return tuple(states)

    def bars(self, question: BarQuestion, source: str | None, known_by: datetime | None) -> Sourced[Bars]:
        """Bars of one source: the one named, or the best that has them.

        Raises:
            MarketError: it has none, or nobody has.
        """
        instrument, interval = question.instrument, question.interval
        if source == own_data.SOURCE or (source is None and instrument.owner is not None):
            if instrument.owner is None:
                raise EmptyAnswer(own_data.SOURCE, f"no file of {instrument.symbol} was imported.")
            return self.own.bars(instrument, interval, question.start, question.end, known_by)
        live = self.mode().live
        simulated = self._simulated()
        if source is not None and source != simulated.source.name:
            self._known_source(source)
        if instrument.owner is not None:
            question = replace(question, instrument=_public(instrument))
        if source == simulated.source.name or (source is None and not live):
            end = None if question.end >= self._now() else question.end
            request = Request(Kind.BARS, question.instrument, interval, question.start, end)
            answer: Sourced[Bars] = simulated.read(request, known_by)
            return answer
        if source is not None:
            return self._vendors.bars(self._named(source, Kind.BARS, question.instrument, interval), question, known_by)
        return _try_in_order(
            self._router.candidates(Kind.BARS, question.instrument, interval),
            lambda vendor: self._vendors.bars(vendor, question, known_by),
            self._nobody(Kind.BARS, question.instrument, interval, _words(question)),
        )

    def bars_many(
        self, questions: Mapping[str, BarQuestion], known_by: Mapping[str, datetime | None]
    ) -> dict[str, Sourced[Bars] | MarketError]:
        """Bars of many questions of one interval, by their keys: those of one vendor read and fetched together."""
        found: dict[str, Sourced[Bars] | MarketError] = {}
        orders: dict[str, tuple[Source, ...]] = {}
        live = self.mode().live
        for key, question in questions.items():
            if live and question.instrument.owner is None:
                orders[key] = self._router.candidates(Kind.BARS, question.instrument, question.interval)
                found[key] = self._nobody(Kind.BARS, question.instrument, question.interval, _words(question))
                continue
            try:
                found[key] = self.bars(question, None, known_by[key])
            except MarketError as error:
                found[key] = error
        # All go to their first source together, then what that refused to the second: a page waits once a source.
        for rank in range(max((len(order) for order in orders.values()), default=0)):
            groups: dict[tuple[str, datetime | None], list[str]] = {}
            for key, order in orders.items():
                if rank < len(order) and not isinstance(found[key], Sourced):
                    # A day ends at different moments in Mumbai and New York, so each moment is a group of its own.
                    groups.setdefault((order[rank].name, known_by[key]), []).append(key)
            for (_, moment), keys in groups.items():
                vendor = orders[keys[0]][rank]
                answers = self._vendors.bars_many(vendor, [questions[key] for key in keys], moment)
                for key in keys:
                    found[key] = _ranked(rank, found[key], answers[questions[key].instrument.symbol], vendor)
        return found

    def quotes(self, asked: Mapping[str, Instrument]) -> dict[str, Sourced[Quote] | MarketError]:
        """Quotes by their keys: of one vendor in one call where it can, of own files their last bar."""
        found: dict[str, Sourced[Quote] | MarketError] = {}
        together: dict[str, dict[str, Instrument]] = {}
        live = self.mode().live
        for key, instrument in asked.items():
            candidates = self._router.candidates(Kind.QUOTE, instrument) if live else ()
            if instrument.owner is None and candidates:
                together.setdefault(candidates[0].name, {})[key] = instrument
                continue
            try:
                found[key] = self.quote(instrument)
            except MarketError as error:
                found[key] = error
        for name, group in together.items():
            vendor = self._router.vendor(name)
            assert vendor is not None
            answers = self._vendors.quotes(vendor, list(group.values()))
            found.update({key: answers[instrument.symbol] for key, instrument in group.items()})
        return found

    def quote(self, instrument: Instrument) -> Sourced[Quote]:
        """The latest price of an instrument; of an own one its last bar."""
        if instrument.owner is not None:
            return self.own.quote(instrument)
        answer: Sourced[Quote] = self.document(Kind.QUOTE, instrument)
        return answer

    def document(
        self, kind: Kind, instrument: Instrument | None, text: str = "", as_of: datetime | None = None
    ) -> Sourced[Any]:
        """A value of any other kind, of an instrument or (None) of the market as a whole.

        Raises:
            MarketError: nobody has it.
        """
        if instrument is not None and instrument.owner is not None:
            instrument = _public(instrument)
        if not self.mode().live:
            return self._simulated().read(Request(kind, instrument, text=text, limit=50), as_of)
        return _try_in_order(
            self._router.candidates(kind, instrument),
            lambda vendor: self._vendors.document(vendor, kind, instrument, text, as_of),
            self._nobody(
                kind, instrument, None, f"{kind.value} of {instrument.symbol if instrument else 'the market'}"
            ),
        )

    def refresh(self, instrument: Instrument) -> bool:
        """Fetch what is due of the daily bars and wait for it; whether there was anything to do.

        Raises:
            MarketError: the source could not give it.
        """
        candidates = self._router.candidates(Kind.BARS, instrument, Interval.D1) if self.mode().live else ()
        if not candidates:
            return False
        question = BarQuestion(instrument, Interval.D1, None, self._now())
        return self._vendors.refresh_bars(candidates[0], question)

    def _simulated(self) -> ComputedReads:
        with self._lock:
            if self._computed is None:
                self._computed = ComputedReads(self._make_simulated, self._now)
            return self._computed

    def _named(self, name: str, kind: Kind, instrument: Instrument, interval: Interval | None) -> Source:
        vendor = self._known_source(name)
        if not vendor.configured():
            raise NotConfigured(name, _SETTINGS.get(name, "its key"))
        if not vendor.covers(kind, instrument, interval):
            raise NotCovered(name, f"it has no {kind.value} of {instrument.symbol}.")
        if self._router.is_off(name):
            raise _switched_off(vendor)
        return vendor

    def _nobody(self, kind: Kind, instrument: Instrument | None, interval: Interval | None, what: str) -> SourceError:
        """Why no source is asked: those that could are switched off, or there are none."""
        off = self._router.switched_off(kind, instrument, interval)
        return _switched_off(off[0]) if off else NotCovered("no source", f"none of the configured sources has {what}.")

    def _known_source(self, name: str) -> Source:
        vendor = self._router.vendor(name)
        if vendor is None:
            others = (self._simulated().source.name, own_data.SOURCE)
            known = ", ".join((*(one.name for one in self._router.vendors), *others))
            raise InputError(f"“{name[:30]}” is not a source. Use one of {known}.")
        return vendor


def _try_in_order(
    candidates: Sequence[Source], ask: Callable[[Source], Sourced[Any]], nobody: SourceError
) -> Sourced[Any]:
    """The first candidate's answer; a later one's says whose it is by its source. The first refusal is the one told."""
    refused: MarketError | None = None
    for vendor in candidates:
        try:
            answer = ask(vendor)
        except SourceError as error:
            refused = refused or error
        except InputError as error:
            # A source that does not know the symbol or the span says nothing about the next one.
            refused = refused if isinstance(refused, InputError) else error
        else:
            return answer if refused is None else _labelled(answer, vendor, refused)
    raise refused or nobody


def _ranked(
    rank: int, before: Sourced[Bars] | MarketError, answer: Sourced[Bars] | MarketError, vendor: Source
) -> Sourced[Bars] | MarketError:
    """What stands after a source was asked: its answer, said to be in another's place; else the first refusal."""
    if rank == 0:
        return answer
    assert isinstance(before, MarketError)
    return _labelled(answer, vendor, before) if isinstance(answer, Sourced) else before


def _labelled(answer: Sourced[Any], vendor: Source, refused: MarketError) -> Sourced[Any]:
    note = Warn("other_source", redact(f"{vendor.label} answers in place of another source: {refused}"))
    return replace(answer, warnings=(*answer.warnings, note))


def _switched_off(vendor: Source) -> Unavailable:
    return Unavailable(vendor.name, "an admin switched it off. Ask one when it is needed.")


def _words(question: BarQuestion) -> str:
    return f"{question.interval.value} bars of {question.instrument.symbol}"


def _public(instrument: Instrument) -> Instrument:
    """The catalogue's instrument of the same symbol, for what an own file does not tell."""
    known = by_symbol(instrument.symbol)
    if known is None:
        raise NotCovered(own_data.SOURCE, f"{instrument.symbol} is an own file: only its bars are known.")
    return known
