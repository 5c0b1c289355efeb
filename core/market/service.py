"""The market as pages, commands and later work see it: one object, one method a question.

Every value comes as `Sourced`: with its source, the time it speaks of, when it was received, and whether a newer one is
due. Real and simulated values never meet: with the simulated market on, only it is asked (investors' own files apart).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.market import instruments as names
from core.market.errors import BadRange, EmptyAnswer, InputError, MarketError, NotConfigured, NotCovered, SourceError
from core.market.model import (
    Action,
    AssetClass,
    Bars,
    Event,
    Finding,
    Holder,
    ImportReport,
    InsiderTrade,
    Instrument,
    Interval,
    Kind,
    Membership,
    Mover,
    NewsItem,
    Officer,
    Profile,
    Quote,
    Ratings,
    Ratios,
    Sourced,
    Statement,
    Warn,
)
from core.market.redaction import redact
from core.market.router import MarketMode, ModeSwitch, Router
from core.market.sources.base import Request, Source
from core.market.store import own as own_data
from core.market.store.adjust import for_dividends
from core.market.store.breaker import SourceState
from core.market.store.computed import ComputedReads
from core.market.store.own import OwnData, parse_interval
from core.market.store.series import moment_of
from core.market.store.vendors import BarQuestion, VendorReads

INDIA = "Asia/Kolkata"
_EARLIEST = date(1900, 1, 1)
_SETTINGS = {"alpha_vantage": "ALPHA_VANTAGE_API_KEY"}

When = date | datetime | None


class Market:
    """The market service. One a process (`market()`); thread-safe.

    Errors: what the caller got wrong is `InputError` (its text names the input and the remedy), what no source could
    answer is `SourceError`, an absent database `db.session.DatabaseProblem`.
    """

    def __init__(
        self,
        *,
        vendors: Sequence[Source],
        simulated: Callable[[Callable[[], datetime]], Source],
        mode: ModeSwitch,
        timeout_s: float,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._now = now
        self._mode = mode
        self._router = Router(vendors)
        self._vendors = VendorReads(timeout_s, now)
        self._make_simulated = simulated
        self._own = OwnData(now)
        self._lock = threading.Lock()
        self._computed: ComputedReads | None = None

    # -- which market ------------------------------------------------------------------------------------------

    def mode(self) -> MarketMode:
        """Which market is on. The first call with KUBERA_MARKET=auto waits at most two seconds for Yahoo."""
        return self._mode.mode()

    def now(self) -> datetime:
        """The present by the service's clock, aware UTC."""
        return self._now()

    def sources(self) -> tuple[SourceState, ...]:
        """Every source and how it has been answering, for the Data page."""
        live = self.mode().live
        rows = self._vendors.breaker.rows()
        now = self._now()
        states = []
        for source in self._router.vendors:
            row = rows.get(source.name)
            configured = source.configured()
            cooling = row is not None and row.cooling_until is not None and row.cooling_until > now
            state = "not configured" if not configured else "cooling" if cooling else "ok" if live else "off"
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

    def close(self) -> None:
        """Take no more background fetches (at shutdown)."""
        self._vendors.close()

    # -- instruments -------------------------------------------------------------------------------------------

    def resolve(self, text: str, *, owner: str | None = None) -> Instrument:
        """The one instrument `text` names, the owner's own first.

        Raises:
            UnknownSymbol, AmbiguousSymbol: with what to choose from.
        """
        return names.resolve(text, self._own.instruments(owner))

    def search(self, text: str, *, owner: str | None = None, limit: int = 8) -> tuple[Instrument, ...]:
        """Instruments `text` may become, best first. Never raises for what is typed."""
        return names.search(text, self._own.instruments(owner), limit)

    def search_sources(self, text: str, limit: int = 8) -> Sourced[tuple[Instrument, ...]]:
        """Instruments a vendor knows by that name, for what the catalogue lacks. Asks the vendor: not for each keystroke.

        Raises:
            InputError: fewer than two characters.
            MarketError: no source could answer.
        """
        asked = " ".join(text.replace("\0", "").split())[:60].lower()
        if len(asked) < 2:
            raise InputError("Type at least two characters of a name.")
        return _first(self._market_wide(Kind.SEARCH, asked), limit)

    def instruments(
        self, *, owner: str | None = None, asset_class: AssetClass | str | None = None, index: str | None = None
    ) -> tuple[Instrument, ...]:
        """Known instruments, the owner's own first; of one class, or members of one index, when asked."""
        own = self._own.instruments(owner)
        mine = {one.symbol for one in own}
        every: Iterable[Instrument] = (*own, *(one for one in names.catalogue() if one.symbol not in mine))
        if asset_class is not None:
            wanted = AssetClass(asset_class)
            every = (one for one in every if one.asset_class is wanted)
        if index is not None:
            inside = {member.symbol for member in self.members(index).data}
            every = (one for one in every if one.symbol in inside)
        return tuple(every)

    # -- bars and quotes ---------------------------------------------------------------------------------------

    def bars(
        self,
        symbol: str,
        interval: Interval | str = Interval.D1,
        start: When = None,
        end: When = None,
        *,
        source: str | None = None,
        as_of: When = None,
        adjust: str = "splits",
        owner: str | None = None,
    ) -> Sourced[Bars]:
        """Bars of one instrument, all of one source.

        Args:
            symbol: canonical, or anything `resolve` understands.
            interval: length of a bar.
            start, end: half open; a date means the day's beginning (start) or end (end) at the exchange.
            source: ask this source only; None takes the best that has the series (an own file first).
            as_of: what was known then: bars closed by then, as they read then. A date means its end at the exchange.
            adjust: "splits", or "dividends" for prices with dividends reinvested.
            owner: who asks; own instruments are found with it only.

        Raises:
            MarketError: no such instrument, an impossible span, or no source could answer.
        """
        instrument = self.resolve(symbol, owner=owner)
        length = parse_interval(interval)
        if adjust not in {"splits", "dividends"}:
            raise InputError(f"“{adjust}” is no adjustment. Use splits or dividends.")
        known_by = self._known_by(as_of, instrument)
        question = self._question(instrument, length, start, end, known_by)
        answer = self._bars(question, source, known_by)
        if adjust == "splits":
            return answer
        bars = answer.data
        adjusted = for_dividends(bars.frame, bars.actions, instrument.timezone)
        return replace(answer, data=replace(bars, frame=adjusted, adjustment="dividends"))

    def bars_many(
        self,
        symbols: Iterable[str],
        interval: Interval | str = Interval.D1,
        start: When = None,
        end: When = None,
        *,
        as_of: When = None,
        owner: str | None = None,
    ) -> dict[str, Sourced[Bars] | MarketError]:
        """Bars of many instruments by the symbol as given; what fails is a value. See `bars`."""
        length = parse_interval(interval)
        found: dict[str, Sourced[Bars] | MarketError] = {}
        shared: dict[str, BarQuestion] = {}
        known_by: datetime | None = None
        for symbol in dict.fromkeys(symbols):
            try:
                instrument = self.resolve(symbol, owner=owner)
                known_by = self._known_by(as_of, instrument)
                question = self._question(instrument, length, start, end, known_by)
                if instrument.owner is None and self.mode().live:
                    shared[symbol] = question
                else:
                    found[symbol] = self._bars(question, None, known_by)
            except MarketError as error:
                found[symbol] = error
        # A day ends at different moments in Mumbai and New York, so questions are put together by their own moment.
        groups: dict[tuple[str, datetime | None], dict[str, BarQuestion]] = {}
        for symbol, question in shared.items():
            candidates = self._router.candidates(Kind.BARS, question.instrument, length)
            first = candidates[0].name if candidates else ""
            moment = self._known_by(as_of, question.instrument)
            groups.setdefault((first, moment), {})[symbol] = question
        for (name, moment), questions in groups.items():
            vendor = self._router.vendor(name)
            answers = {} if vendor is None else self._vendors.bars_many(vendor, list(questions.values()), moment)
            for symbol, question in questions.items():
                answer = answers.get(question.instrument.symbol)
                if not isinstance(answer, Sourced):
                    try:
                        answer = self._bars(question, None, moment)
                    except MarketError as error:
                        answer = error
                found[symbol] = answer
        return {symbol: found[symbol] for symbol in found}

    def quote(self, symbol: str, *, owner: str | None = None) -> Sourced[Quote]:
        """The latest price of an instrument; of an own one its last bar."""
        instrument = self.resolve(symbol, owner=owner)
        if instrument.owner is not None:
            return self._own.quote(instrument)
        answer: Sourced[Quote] = self._document(Kind.QUOTE, instrument)
        return answer

    def quotes(self, symbols: Iterable[str], *, owner: str | None = None) -> dict[str, Sourced[Quote] | MarketError]:
        """Quotes of many instruments by the symbol as given; what fails is a value."""
        found: dict[str, Sourced[Quote] | MarketError] = {}
        together: dict[str, dict[str, Instrument]] = {}
        for symbol in dict.fromkeys(symbols):
            try:
                instrument = self.resolve(symbol, owner=owner)
                candidates = self._router.candidates(Kind.QUOTE, instrument) if self.mode().live else ()
                if instrument.owner is None and candidates:
                    together.setdefault(candidates[0].name, {})[symbol] = instrument
                elif instrument.owner is not None:
                    found[symbol] = self._own.quote(instrument)
                else:
                    found[symbol] = self._document(Kind.QUOTE, instrument)
            except MarketError as error:
                found[symbol] = error
        for name, asked in together.items():
            vendor = self._router.vendor(name)
            assert vendor is not None
            answers = self._vendors.quotes(vendor, list(asked.values()))
            found.update({symbol: answers[instrument.symbol] for symbol, instrument in asked.items()})
        return found

    # -- a company ---------------------------------------------------------------------------------------------

    def profile(self, symbol: str, *, as_of: When = None, owner: str | None = None) -> Sourced[Profile]:
        """Who the company is."""
        return self._of(Kind.PROFILE, symbol, as_of, owner)

    def officers(self, symbol: str, *, as_of: When = None, owner: str | None = None) -> Sourced[tuple[Officer, ...]]:
        """Who runs it."""
        return self._of(Kind.OFFICERS, symbol, as_of, owner)

    def statements(
        self, symbol: str, *, as_of: When = None, owner: str | None = None
    ) -> Sourced[tuple[Statement, ...]]:
        """Income, balance and cash flow; with `as_of`, those filed (or by assumption filed) by then."""
        return self._of(Kind.STATEMENTS, symbol, as_of, owner)

    def ratios(self, symbol: str, *, as_of: When = None, owner: str | None = None) -> Sourced[Ratios]:
        """Ratios and valuation."""
        return self._of(Kind.RATIOS, symbol, as_of, owner)

    def actions(self, symbol: str, *, as_of: When = None, owner: str | None = None) -> Sourced[tuple[Action, ...]]:
        """Dividends and splits, oldest first."""
        return self._of(Kind.ACTIONS, symbol, as_of, owner)

    def holders(self, symbol: str, *, as_of: When = None, owner: str | None = None) -> Sourced[tuple[Holder, ...]]:
        """Who holds it."""
        return self._of(Kind.HOLDERS, symbol, as_of, owner)

    def insiders(
        self, symbol: str, *, as_of: When = None, owner: str | None = None
    ) -> Sourced[tuple[InsiderTrade, ...]]:
        """Trades of insiders, newest first."""
        return self._of(Kind.INSIDERS, symbol, as_of, owner)

    def ratings(self, symbol: str, *, as_of: When = None, owner: str | None = None) -> Sourced[Ratings]:
        """Analysts' ratings and targets."""
        return self._of(Kind.RATINGS, symbol, as_of, owner)

    def events(self, symbol: str, *, as_of: When = None, owner: str | None = None) -> Sourced[tuple[Event, ...]]:
        """Results and dividend dates, past and ahead."""
        return self._of(Kind.EVENTS, symbol, as_of, owner)

    def news(
        self, symbol: str | None = None, *, as_of: When = None, owner: str | None = None
    ) -> Sourced[tuple[NewsItem, ...]]:
        """Headlines of an instrument, or of the market."""
        if symbol is not None:
            return self._of(Kind.NEWS, symbol, as_of, owner)
        return self._market_wide(Kind.NEWS, as_of=moment_of(as_of, INDIA))

    # -- the market as a whole ---------------------------------------------------------------------------------

    def movers(self, which: str = "gainers", limit: int = 10) -> Sourced[tuple[Mover, ...]]:
        """The day's `gainers`, `losers` or most `active`."""
        if which not in {"gainers", "losers", "active"}:
            raise InputError(f"“{which[:30]}” is no list of movers. Use gainers, losers or active.")
        return _first(self._market_wide(Kind.MOVERS, which), limit)

    def trending(self, limit: int = 10) -> Sourced[tuple[Mover, ...]]:
        """What many look at."""
        return _first(self._market_wide(Kind.TRENDING), limit)

    def sectors(self) -> Sourced[dict[str, str]]:
        """The sector of each instrument by symbol; the catalogue's where no source tells."""
        catalogue = {one.symbol: one.sector for one in names.catalogue() if one.sector}
        try:
            told: Sourced[dict[str, str]] = self._market_wide(Kind.SECTORS)
        except SourceError as error:
            now = self._now()
            return Sourced(catalogue, "catalogue", now, now, (Warn("catalogue", str(error)),))
        return replace(told, data=catalogue | told.data)

    def members(self, index: str = "^NSEI", on: When = None) -> Sourced[tuple[Membership, ...]]:
        """Members of an index on a day, as far as that is known (each spell says how sure it is)."""
        from core.market import membership

        moment = moment_of(on, INDIA) or self._now()
        spells = membership.members(self.resolve(index).symbol, moment.astimezone(ZoneInfo(INDIA)).date())
        if not spells:
            raise EmptyAnswer("catalogue", f"the members of {index} are not known.")
        return Sourced(tuple(spells), "catalogue", moment, self._now())

    def results_calendar(self, days: int = 30) -> Sourced[tuple[Event, ...]]:
        """Results announced for the next `days` days, earliest first."""
        if not 1 <= days <= 365:
            raise BadRange(f"{days} days ahead cannot be shown. Use 1 to 365.")
        now = self._now()
        today = now.astimezone(ZoneInfo(INDIA)).date()
        answer: Sourced[tuple[Event, ...]] = self._market_wide(Kind.EVENTS)
        last = today + timedelta(days=days)
        ahead = sorted(
            (one for one in answer.data if one.kind == "results" and today <= one.on <= last),
            key=lambda one: (one.on, one.symbol),
        )
        return replace(answer, data=tuple(ahead))

    # -- an investor's own data --------------------------------------------------------------------------------

    def import_file(
        self,
        name: str,
        data: bytes | Path,
        symbol: str,
        interval: Interval | str | None = None,
        *,
        owner: str,
        currency: str | None = None,
        timezone: str | None = None,
        series: str | None = None,
    ) -> ImportReport:
        """Store a file's bars as the owner's own instrument, all or nothing; the account of every row.

        Raises:
            BadFile, InputError: with the reason and the remedy; nothing was stored.
        """
        return self._own.import_file(
            name, data, symbol, interval, owner=owner, currency=currency, timezone=timezone, series_name=series
        )

    def own_instruments(self, owner: str) -> tuple[Instrument, ...]:
        """The owner's instruments by symbol."""
        return self._own.instruments(owner)

    def delete_own(self, symbol: str, owner: str) -> bool:
        """Delete an own instrument with everything that hangs on it; whether there was one."""
        return self._own.delete(symbol, owner)

    def reports(self, owner: str) -> tuple[ImportReport, ...]:
        """The owner's import reports, newest first."""
        return self._own.reports(owner)

    def findings(self, symbol: str, *, source: str | None = None, owner: str | None = None) -> tuple[Finding, ...]:
        """What was found wrong with the stored series of an instrument."""
        return self._own.findings(self.resolve(symbol, owner=owner).symbol, source, owner)

    def watch(self, symbol: str, owner: str) -> None:
        """Have an instrument refreshed in market hours."""
        self._own.watch(self.resolve(symbol, owner=owner).symbol, owner)

    def unwatch(self, symbol: str, owner: str) -> None:
        """Stop watching."""
        self._own.unwatch(self.resolve(symbol, owner=owner).symbol, owner)

    def watched(self, owner: str) -> tuple[str, ...]:
        """Watched symbols in the order they were added."""
        return self._own.watched(owner)

    def layouts(self, owner: str) -> dict[str, dict[str, Any]]:
        """Saved chart layouts by name."""
        return self._own.layouts(owner)

    def save_layout(self, owner: str, name: str, payload: dict[str, Any]) -> None:
        """Save a chart layout."""
        self._own.save_layout(owner, name, payload)

    def delete_layout(self, owner: str, name: str) -> None:
        """Delete a chart layout."""
        self._own.delete_layout(owner, name)

    # -- for the refresh job -----------------------------------------------------------------------------------

    def refresh(self, symbol: str) -> bool:
        """Fetch what is due of an instrument's daily bars and wait for it; whether there was anything to do.

        Raises:
            MarketError: no source could give it.
        """
        instrument = self.resolve(symbol)
        candidates = self._router.candidates(Kind.BARS, instrument, Interval.D1) if self.mode().live else ()
        if not candidates:
            return False
        question = BarQuestion(instrument, Interval.D1, None, self._now())
        return self._vendors.refresh_bars(candidates[0], question)

    # -- inside ------------------------------------------------------------------------------------------------

    def _simulated(self) -> ComputedReads:
        with self._lock:
            if self._computed is None:
                self._computed = ComputedReads(self._make_simulated, self._now)
            return self._computed

    def _known_by(self, as_of: When, instrument: Instrument) -> datetime | None:
        moment = moment_of(as_of, instrument.timezone)
        # What is known by a future moment is what is known now.
        return None if moment is None or moment >= self._now() else moment

    def _question(
        self, instrument: Instrument, interval: Interval, start: When, end: When, known_by: datetime | None
    ) -> BarQuestion:
        now = self._now()
        zone = ZoneInfo(instrument.timezone)
        low = _edge(start, zone, day_end=False)
        high = _edge(end, zone, day_end=True)
        if low is not None and low > now:
            raise BadRange(
                f"The start {_day(start)} lies in the future. Choose a day up to {now.astimezone(zone):%Y-%m-%d}."
            )
        if low is not None and high is not None and low >= high:
            raise BadRange(f"The start {_day(start)} is not before the end {_day(end)}. Exchange them.")
        until = min(one for one in (high, known_by, now) if one is not None)
        if low is not None and low >= until:
            raise BadRange(
                f"The start {_day(start)} is not before {until.astimezone(zone):%Y-%m-%d %H:%M}. Choose an earlier one."
            )
        return BarQuestion(instrument, interval, low, until)

    def _bars(self, question: BarQuestion, source: str | None, known_by: datetime | None) -> Sourced[Bars]:
        instrument, interval = question.instrument, question.interval
        if source == own_data.SOURCE or (source is None and instrument.owner is not None):
            if instrument.owner is None:
                raise EmptyAnswer(own_data.SOURCE, f"no file of {instrument.symbol} was imported.")
            return self._own.bars(instrument, interval, question.start, question.end, known_by)
        live = self.mode().live
        simulated = self._simulated()
        if source is not None and source != simulated.source.name:
            self._known_source(source)
        if instrument.owner is not None:
            question = replace(question, instrument=_public(instrument))
        if source == simulated.source.name or (source is None and not live):
            request = Request(
                Kind.BARS, question.instrument, interval, question.start, _open_end(question, self._now())
            )
            answer: Sourced[Bars] = simulated.read(request, known_by)
            return answer
        if source is not None:
            return self._vendors.bars(self._named(source, Kind.BARS, question.instrument, interval), question, known_by)
        return _try_in_order(
            self._router.candidates(Kind.BARS, question.instrument, interval),
            lambda vendor: self._vendors.bars(vendor, question, known_by),
            f"{interval.value} bars of {instrument.symbol}",
        )

    def _named(self, name: str, kind: Kind, instrument: Instrument, interval: Interval | None) -> Source:
        vendor = self._known_source(name)
        if not vendor.configured():
            raise NotConfigured(name, _SETTINGS.get(name, "its key"))
        if not vendor.covers(kind, instrument, interval):
            raise NotCovered(name, f"it has no {kind.value} of {instrument.symbol}.")
        return vendor

    def _known_source(self, name: str) -> Source:
        vendor = self._router.vendor(name)
        if vendor is None:
            others = (self._simulated().source.name, own_data.SOURCE)
            known = ", ".join((*(one.name for one in self._router.vendors), *others))
            raise InputError(f"“{name[:30]}” is not a source. Use one of {known}.")
        return vendor

    def _of(self, kind: Kind, symbol: str, as_of: When, owner: str | None) -> Sourced[Any]:
        instrument = self.resolve(symbol, owner=owner)
        if instrument.owner is not None:
            instrument = _public(instrument)
        return self._document(kind, instrument, as_of=self._known_by(as_of, instrument))

    def _market_wide(self, kind: Kind, text: str = "", as_of: datetime | None = None) -> Sourced[Any]:
        return self._document(kind, None, text, as_of)

    def _document(
        self, kind: Kind, instrument: Instrument | None, text: str = "", as_of: datetime | None = None
    ) -> Sourced[Any]:
        if not self.mode().live:
            return self._simulated().read(Request(kind, instrument, text=text, limit=50), as_of)
        return _try_in_order(
            self._router.candidates(kind, instrument),
            lambda vendor: self._vendors.document(vendor, kind, instrument, text, as_of),
            f"{kind.value} of {instrument.symbol if instrument else 'the market'}",
        )


def _try_in_order(candidates: Sequence[Source], ask: Callable[[Source], Sourced[Any]], what: str) -> Sourced[Any]:
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
            if refused is None:
                return answer
            note = Warn("other_source", redact(f"{vendor.label} answers in place of another source: {refused}"))
            return replace(answer, warnings=(*answer.warnings, note))
    raise refused or NotCovered("no source", f"none of the configured sources has {what}.")


def _public(instrument: Instrument) -> Instrument:
    """The catalogue's instrument of the same symbol, for what an own file does not tell."""
    known = names.by_symbol(instrument.symbol)
    if known is None:
        raise NotCovered(own_data.SOURCE, f"{instrument.symbol} is an own file: only its bars are known.")
    return known


def _edge(when: When, zone: ZoneInfo, *, day_end: bool) -> datetime | None:
    if when is None:
        return None
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise BadRange(f"{when.isoformat()} has no timezone. Give a date, or a time with its offset.")
        day = when.astimezone(UTC).date()
    else:
        day = when
    if not _EARLIEST <= day <= date(2099, 12, 30):
        raise BadRange(f"{day} cannot be a bar's day. Use a day from {_EARLIEST} on.")
    if isinstance(when, datetime):
        return when.astimezone(UTC)
    midnight = datetime.combine(when + timedelta(days=1) if day_end else when, time(), zone)
    return midnight.astimezone(UTC)


def _day(when: When) -> str:
    return "" if when is None else f"{when:%Y-%m-%d}"


def _open_end(question: BarQuestion, now: datetime) -> datetime | None:
    return None if question.end >= now else question.end


def _first(answer: Sourced[tuple[Any, ...]], limit: int) -> Sourced[tuple[Any, ...]]:
    return replace(answer, data=answer.data[: max(0, limit)])


@lru_cache(maxsize=1)
def market() -> Market:
    """The market service of this process, made from the settings on first use. Needs `core.boot.boot()` before reads
    that touch the database (everything but the simulated market).

    Raises:
        SettingsError: the environment holds a wrong value.
    """
    from core.market.sources.alpha_vantage import AlphaVantage
    from core.market.sources.demo import DemoMarket
    from core.market.sources.yahoo import Yahoo
    from core.settings import get_settings

    settings = get_settings()
    vendors = settings.vendors
    timeout = vendors.http_timeout_s
    key = vendors.alpha_vantage_api_key
    yahoo = Yahoo(vendors.yahoo_base_url, timeout, settings.app.data_dir / "yahoo")
    alpha_vantage = AlphaVantage(key.get_secret_value() if key else None, vendors.alpha_vantage_base_url, timeout)
    return Market(
        vendors=(yahoo, alpha_vantage),
        simulated=lambda now: DemoMarket(now=now),
        mode=ModeSwitch(settings.market.mode, yahoo.probe, clock.now),
        timeout_s=timeout,
    )


def reset_market() -> None:
    """Forget the process's market service (tests that change the settings)."""
    if market.cache_info().currsize:
        market().close()
    market.cache_clear()
