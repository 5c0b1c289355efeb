"""Which sources are asked for what, in which order, and which market (live or simulated) is on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from core.market.model import AssetClass, Instrument, Interval, Kind
from core.market.sources.base import Source

ModeSetting = Literal["auto", "live", "demo"]

_PROBE_EVERY = timedelta(minutes=5)
_PROBE_PATIENCE_S = 2.0

# Yahoo has exchange prices of all classes we list; Alpha Vantage knows Indian stocks on the BSE only and counts 25
# calls a day, so it stands behind everywhere and is not asked for what it does not have (its `covers` says so).
_ORDER: dict[AssetClass, tuple[str, ...]] = {
    AssetClass.STOCK: ("yahoo", "alpha_vantage"),
    AssetClass.ETF: ("yahoo", "alpha_vantage"),
    AssetClass.FUND: ("yahoo", "alpha_vantage"),
    AssetClass.INDEX: ("yahoo",),
    AssetClass.CRYPTO: ("yahoo", "alpha_vantage"),
    AssetClass.FX: ("yahoo", "alpha_vantage"),
}
_ANY = ("yahoo", "alpha_vantage")
_PROBED = "yahoo"


@dataclass(frozen=True, slots=True)
class MarketMode:
    """Which market is on. `label` is "Live" or "Simulated"; `reason` a sentence for the scope bar."""

    live: bool
    label: str
    reason: str


class ProbeAnswer(Protocol):
    """What a source's probe says."""

    @property
    def ok(self) -> bool:
        """Whether it answers."""
        ...

    @property
    def error(self) -> object:
        """Why not, in words that hold no secret."""
        ...


class ModeSwitch:
    """Decides between live and simulated. With "auto" it probes a vendor in the background, every five minutes, unless
    an admin switched it off (`off` names those).

    The first `mode()` waits up to two seconds for the first answer; later ones never wait. Thread-safe.
    """

    def __init__(
        self,
        setting: ModeSetting,
        probe: Callable[[], ProbeAnswer] | None,
        clock: Callable[[], datetime],
        off: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._setting = setting
        self._probe = probe
        self._clock = clock
        self._off = off
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._answer: tuple[bool, str] | None = None
        self._asked_at: datetime | None = None

    def mode(self) -> MarketMode:
        """The market that is on now."""
        if self._setting == "demo":
            return _simulated("KUBERA_MARKET=demo asks for it.")
        if self._setting == "live":
            return MarketMode(True, "Live", "KUBERA_MARKET=live: real sources only.")
        if _PROBED in self._off():
            return _simulated("An admin switched Yahoo off.")
        self.probe_if_due()
        self._answered.wait(_PROBE_PATIENCE_S)
        with self._lock:
            answer = self._answer
        if answer is None:
            return _simulated("Yahoo has not answered yet; it is asked again every five minutes.")
        ok, error = answer
        if ok:
            return MarketMode(True, "Live", "Yahoo answers; real prices are shown.")
        return _simulated(f"Yahoo does not answer ({error}); it is asked again every five minutes.")

    def probe_if_due(self) -> None:
        """Start a probe in the background when the last is older than five minutes."""
        if self._setting != "auto" or self._probe is None:
            self._answered.set()
            return
        now = self._clock()
        with self._lock:
            if self._asked_at is not None and now - self._asked_at < _PROBE_EVERY:
                return
            self._asked_at = now
        threading.Thread(target=self._ask, name="market-probe", daemon=True).start()

    def _ask(self) -> None:
        assert self._probe is not None
        answer = self._probe()
        with self._lock:
            self._answer = (answer.ok, str(answer.error or "no reason given"))
        self._answered.set()


def _simulated(why: str) -> MarketMode:
    return MarketMode(False, "Simulated", f"Simulated prices: not the real market. {why}")


class Router:
    """Orders the sources for a question. `off` names those an admin switched off."""

    def __init__(self, vendors: Sequence[Source], off: Callable[[], frozenset[str]] = frozenset) -> None:
        self._vendors = {source.name: source for source in vendors}
        self._off = off

    @property
    def vendors(self) -> tuple[Source, ...]:
        """All real sources, configured or not."""
        return tuple(self._vendors.values())

    def vendor(self, name: str) -> Source | None:
        """A real source by name."""
        return self._vendors.get(name)

    def candidates(
        self, kind: Kind, instrument: Instrument | None, interval: Interval | None = None
    ) -> tuple[Source, ...]:
        """Real, configured sources that can answer this, best first; empty when there is none that is on."""
        off = self._off()
        return tuple(source for source in self._able(kind, instrument, interval) if source.name not in off)

    def switched_off(
        self, kind: Kind, instrument: Instrument | None, interval: Interval | None = None
    ) -> tuple[Source, ...]:
        """Sources that could answer this if no admin had switched them off."""
        off = self._off()
        return tuple(source for source in self._able(kind, instrument, interval) if source.name in off)

    def is_off(self, name: str) -> bool:
        """Whether an admin switched this source off."""
        return name in self._off()

    def _able(self, kind: Kind, instrument: Instrument | None, interval: Interval | None) -> tuple[Source, ...]:
        order = _ANY if instrument is None else _ORDER[instrument.asset_class]
        named = [self._vendors[name] for name in order if name in self._vendors]
        # A source the order does not name (a scripted one in a test, a later vendor) comes last.
        named += [source for name, source in self._vendors.items() if name not in order and name not in _ANY]
        return tuple(source for source in named if source.configured() and source.covers(kind, instrument, interval))
