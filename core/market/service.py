"""The market as pages, commands and later work see it: one object, one method a question.

Every value comes as `Sourced`: with its source, the time it speaks of, when it was received, and whether a newer one is
due. Real and simulated values never meet: with the simulated market on, only it is asked (investors' own files apart).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.market import instruments as names
from core.market.errors import BadRange, EmptyAnswer, InputError, MarketError, SourceError
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
from core.market.questions import When, bar_question, known_by
from core.market.reads import Reads
from core.market.router import MarketMode, ModeSwitch
from core.market.sources.base import Source
from core.market.store.adjust import for_dividends
from core.market.store.arrivals import parse_interval
from core.market.store.breaker import SourceState
from core.market.store.switches import SourceSwitches
from core.market.store.vendors import BarQuestion

INDIA = "Asia/Kolkata"


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
        switches: SourceSwitches | None = None,
    ) -> None:
        self._now = now
        self._reads = Reads(
            vendors=vendors,
            simulated=simulated,
            mode=mode,
            timeout_s=timeout_s,
            now=now,
            switches=switches or SourceSwitches(),
        )
        self._own = self._reads.own

    # -- which market ------------------------------------------------------------------------------------------

    def mode(self) -> MarketMode:
        """Which market is on. The first call with KUBERA_MARKET=auto waits at most two seconds for Yahoo."""
        return self._reads.mode()

    def now(self) -> datetime:
        """The present by the service's clock, aware UTC."""
        return self._now()

    def sources(self) -> tuple[SourceState, ...]:
        """Every source and how it has been answering, for the Data page."""
        return self._reads.sources()

    def vendor_names(self) -> tuple[str, ...]:
        """Names of all vendors, configured or not: what an admin may switch."""
        return self._reads.vendor_names()

    def close(self) -> None:
        """Take no more background fetches (at shutdown)."""
        self._reads.close()

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
        """Instruments a vendor knows by that name, for what the catalogue lacks. Not for each keystroke: it asks.

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
        moment = self._known_by(as_of, instrument)
        question = bar_question(instrument, length, start, end, moment, self._now())
        answer = self._reads.bars(question, source, moment)
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
        refused: dict[str, MarketError] = {}
        questions: dict[str, BarQuestion] = {}
        moments: dict[str, datetime | None] = {}
        asked = tuple(dict.fromkeys(symbols))
        for symbol in asked:
            try:
                instrument = self.resolve(symbol, owner=owner)
                moments[symbol] = self._known_by(as_of, instrument)
                questions[symbol] = bar_question(instrument, length, start, end, moments[symbol], self._now())
            except MarketError as error:
                refused[symbol] = error
        found = self._reads.bars_many(questions, moments) | refused
        return {symbol: found[symbol] for symbol in asked}

    def quote(self, symbol: str, *, owner: str | None = None) -> Sourced[Quote]:
        """The latest price of an instrument; of an own one its last bar."""
        return self._reads.quote(self.resolve(symbol, owner=owner))

    def quotes(self, symbols: Iterable[str], *, owner: str | None = None) -> dict[str, Sourced[Quote] | MarketError]:
        """Quotes of many instruments by the symbol as given; what fails is a value."""
        refused: dict[str, MarketError] = {}
        known: dict[str, Instrument] = {}
        asked = tuple(dict.fromkeys(symbols))
        for symbol in asked:
            try:
                known[symbol] = self.resolve(symbol, owner=owner)
            except MarketError as error:
                refused[symbol] = error
        found = self._reads.quotes(known) | refused
        return {symbol: found[symbol] for symbol in asked}

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
        return self._market_wide(Kind.NEWS, as_of=known_by(as_of, INDIA, self._now()))

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

        moment = known_by(on, INDIA, self._now()) or self._now()
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
        return self._reads.refresh(self.resolve(symbol))

    # -- inside ------------------------------------------------------------------------------------------------

    def _known_by(self, as_of: When, instrument: Instrument) -> datetime | None:
        return known_by(as_of, instrument.timezone, self._now())

    def _of(self, kind: Kind, symbol: str, as_of: When, owner: str | None) -> Sourced[Any]:
        instrument = self.resolve(symbol, owner=owner)
        return self._reads.document(kind, instrument, as_of=self._known_by(as_of, instrument))

    def _market_wide(self, kind: Kind, text: str = "", as_of: datetime | None = None) -> Sourced[Any]:
        return self._reads.document(kind, None, text, as_of)


def _first(answer: Sourced[tuple[Any, ...]], limit: int) -> Sourced[tuple[Any, ...]]:
    return replace(answer, data=answer.data[: max(0, limit)])


_made_lock = threading.Lock()
_made: Market | None = None


def market() -> Market:
    """The market service of this process, made from the settings on first use. Needs `core.boot.boot()` before reads
    that touch the database (everything but the simulated market).

    Raises:
        SettingsError: the environment holds a wrong value.
    """
    global _made  # noqa: PLW0603 - one service a process, by intent
    with _made_lock:
        if _made is None:
            _made = _make()
        return _made


def reset_market() -> None:
    """Forget the process's market service (tests that change the settings)."""
    global _made
    with _made_lock:
        before, _made = _made, None
    if before is not None:
        before.close()


def _make() -> Market:
    from core.market.calendars import kept
    from core.market.sources.alpha_vantage import AlphaVantage
    from core.market.sources.demo import DemoMarket
    from core.market.sources.yahoo import Yahoo
    from core.settings import get_settings

    settings = get_settings()
    kept.keep_in(settings.app.data_dir / "cache" / "calendars")
    vendors = settings.vendors
    timeout = vendors.http_timeout_s
    key = vendors.alpha_vantage_api_key
    yahoo = Yahoo(vendors.yahoo_base_url, timeout, settings.app.data_dir / "yahoo")
    switches = SourceSwitches()
    alpha_vantage = AlphaVantage(key.get_secret_value() if key else None, vendors.alpha_vantage_base_url, timeout)
    return Market(
        vendors=(yahoo, alpha_vantage),
        simulated=lambda now: DemoMarket(now=now),
        mode=ModeSwitch(settings.market.mode, yahoo.probe, clock.now, switches.off),
        timeout_s=timeout,
        switches=switches,
    )
