"""The account a strategy trades on, and how its orders are filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.backtest.errors import BadRule, between, whole
from core.backtest.layout import Entry

_ENTRIES = {"market": Entry.MARKET, "limit": Entry.LIMIT, "stop": Entry.STOP, "stop_limit": Entry.STOP_LIMIT}


@dataclass(frozen=True, slots=True)
class Account:
    """Money and what it earns or costs while it waits.

    Attributes:
        capital: at the start, in the currency of the prices.
        leverage: how many times its equity the account may hold; 1 is cash only (a short sale needs its value too).
        maintenance_percent: a position is closed where equity falls to this share of its value (margin call).
        cash_percent, debit_percent: interest a year on cash of one's own, and on cash borrowed with leverage. Proceeds
            of a short sale earn nothing, nor does as much again that secures it.
        borrow_percent: fee a year on the value of shares sold short.
        square_off: sell at the close of every session (intraday products); no entry is taken at a session's last bar.
        delisted: the last bar is the instrument's last: what is held is sold at its close.
        sessions_a_year: for annual figures; None counts 252 for exchanges, 365 where weekends trade, 52 and 12 for
            weekly and monthly bars.
        risk_free_percent: a year, taken off returns in Sharpe, Sortino and the like.
    """

    capital: float = 100_000.0
    leverage: float = 1.0
    maintenance_percent: float = 25.0
    cash_percent: float = 0.0
    debit_percent: float = 0.0
    borrow_percent: float = 0.0
    square_off: bool = False
    delisted: bool = False
    sessions_a_year: float | None = None
    risk_free_percent: float = 0.0

    def __post_init__(self) -> None:
        if between("capital", self.capital, 0.0, 1e15) == 0.0:
            raise BadRule("capital", self.capital, "it must be above 0")
        between("leverage", self.leverage, 0.01, 100.0)
        if between("maintenance_percent", self.maintenance_percent, 0.0, 100.0) >= 100.0 / max(self.leverage, 1.0):
            raise BadRule(
                "maintenance_percent",
                self.maintenance_percent,
                f"with leverage {self.leverage:g} a position starts with {100.0 / self.leverage:g} % of its value; "
                "it must be below that",
            )
        for name in ("cash_percent", "debit_percent", "borrow_percent", "risk_free_percent"):
            between(name, getattr(self, name), 0.0, 1000.0)
        if self.sessions_a_year is not None:
            between("sessions_a_year", self.sessions_a_year, 1.0, 1e6)


@dataclass(frozen=True, slots=True)
class Fills:
    """When and how orders are done.

    Attributes:
        at: "open": a signal at a close is done at the next open. "close": at the very close it comes from, which no
            investor can do in practice; a result so made is labelled.
        entry: "market", "limit" (at the signal's close, better by limit_percent), "stop" (a buy goes off
            trigger_percent above the close) or "stop_limit" (a stop that pays at most limit_percent beyond its
            trigger). Exits by signal are market orders. Prices that the signals bring along come before these.
        valid_bars: for how many bars an entry waits before it lapses.
    """

    at: Literal["open", "close"] = "open"
    entry: Literal["market", "limit", "stop", "stop_limit"] = "market"
    limit_percent: float = 0.0
    trigger_percent: float = 0.0
    valid_bars: int = 1

    def __post_init__(self) -> None:
        if self.at not in ("open", "close"):
            raise BadRule("at", self.at, "it must be open or close")
        if self.entry not in _ENTRIES:
            raise BadRule("entry", self.entry, f"it must be one of {', '.join(_ENTRIES)}")
        if self.at == "close" and self.entry != "market":
            raise BadRule("entry", self.entry, "fills at the close are market orders; use at='open' for others")
        between("limit_percent", self.limit_percent, 0.0, 99.0)
        between("trigger_percent", self.trigger_percent, 0.0, 99.0)
        whole("valid_bars", self.valid_bars, 1, 1_000_000)

    @property
    def kind(self) -> Entry:
        """The entry order as the kernels know it."""
        return _ENTRIES[self.entry]

    @property
    def label(self) -> str:
        """What a reader of a result must know about its fills."""
        if self.at == "close":
            return "filled at the signal's own close (optimistic: that close was not known when it could be traded)"
        how = (
            "at the next open"
            if self.entry == "market"
            else f"by {self.entry.replace('_', '-')} orders from the next open"
        )
        return f"signals at a close, filled {how}"
