"""The shape every source has: plan what to ask, fetch it, parse the answer.

``plan`` and ``parse`` are pure and tested on recorded payloads; ``fetch`` is the only step that does I/O. All three
raise only errors of ``core.market.errors``; a message never contains a key.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from core.market.model import Instrument, Interval, Kind, Sourced


@dataclass(frozen=True, slots=True)
class Request:
    """What is wanted. ``start`` and ``end`` are aware UTC, half open [start, end); None means as far as there is.

    ``instrument`` is None for market-wide kinds (movers, trending, search, sectors, members). ``text`` is the words of
    a search, the name of a list ("gainers", "losers", "active") or of an index. ``limit`` caps lists.
    """

    kind: Kind
    instrument: Instrument | None = None
    interval: Interval | None = None
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""
    limit: int = 25


@dataclass(frozen=True)
class Plan:
    """One or more calls a source will make for a request; ``calls`` means something to that source only."""

    request: Request
    calls: tuple[Any, ...]


@dataclass(frozen=True)
class Raw:
    """What came back, one payload a call, with the time it was received (aware UTC)."""

    payloads: tuple[Any, ...]
    received_at: datetime


@runtime_checkable
class Source(Protocol):
    """A vendor, a file or the demo market.

    ``parse`` returns ``Sourced[data]`` where data is, by kind: BARS ``Bars``; QUOTE ``Quote``; PROFILE ``Profile``;
    OFFICERS ``tuple[Officer, ...]``; STATEMENTS ``tuple[Statement, ...]`` (all kinds and periods the source has);
    RATIOS ``Ratios``; ACTIONS ``tuple[Action, ...]``; HOLDERS ``tuple[Holder, ...]``; INSIDERS
    ``tuple[InsiderTrade, ...]``; RATINGS ``Ratings``; EVENTS ``tuple[Event, ...]``; NEWS ``tuple[NewsItem, ...]``;
    SEARCH ``tuple[Instrument, ...]``; MOVERS and TRENDING ``tuple[Mover, ...]``; SECTORS ``dict[symbol, sector]``;
    MEMBERS ``tuple[Membership, ...]``.
    """

    name: str
    label: str
    simulated: bool

    def configured(self) -> bool:
        """Whether everything it needs (a key, an address) is set."""
        ...

    def covers(self, kind: Kind, instrument: Instrument | None, interval: Interval | None) -> bool:
        """Whether it can ever answer this; pure and quick."""
        ...

    def plan(self, request: Request) -> Plan:
        """What to ask. Raises BadRange, UnknownSymbol, NotConfigured, NotCovered."""
        ...

    def fetch(self, plan: Plan) -> Raw:
        """Ask. Raises ThrottledUntil, CredentialsExpired, Unavailable, UnknownSymbol."""
        ...

    def parse(self, plan: Plan, raw: Raw) -> Sourced[Any]:
        """Make data of the answer. Raises EmptyAnswer, UnknownSymbol, ThrottledUntil, Unavailable."""
        ...


def ask(source: Source, request: Request) -> Sourced[Any]:
    """Plan, fetch and parse in one go."""
    plan = source.plan(request)
    return source.parse(plan, source.fetch(plan))
