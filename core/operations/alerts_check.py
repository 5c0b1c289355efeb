"""Comparing alerts with prices, each minute; a condition that is met is told once.

Which prices count: those the market said after the alert was armed, that are not stale. While an exchange is open a
price older than half an hour is stale whatever its source says; after the close the last price of the day counts, so an
alert that the day's end met is told even when the check ran late.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from urllib.parse import quote_plus

from core import formats
from core.market.calendars import calendar_of
from core.market.errors import MarketError
from core.market.model import Instrument, Quote, Sourced
from core.market.service import Market, market
from core.notices import outbox
from core.notices.errors import NoticeError
from core.operations.alerts import level_text
from db.repositories.alerts import AlertCheckRepository, Compared, StoredAlert
from db.session import read_session, unit_of_work

_log = logging.getLogger(__name__)

OLD = timedelta(minutes=30)
REST = timedelta(hours=1)
"""A repeating alert rests this long after it fired, so a price that dances around its level is told once an hour."""

_BATCH = 400
_HAPPENED = {"above": "is at or above", "below": "is at or below", "crosses": "crossed"}

Verdict = Literal["fire", "rearm", "note", "wait"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check did; `stale` counts alerts without a price that may fire them, `failed` symbols without any."""

    compared: int = 0
    fired: int = 0
    rearmed: int = 0
    expired: int = 0
    stale: int = 0
    failed: tuple[str, ...] = ()

    def __str__(self) -> str:
        words = f"{self.compared} compared, {self.fired} fired, {self.rearmed} armed again, {self.expired} expired"
        words += f", {self.stale} without a fresh price" if self.stale else ""
        return words + (f"; no price of {', '.join(self.failed[:10])}" if self.failed else "")


@dataclass(frozen=True, slots=True)
class _Price:
    """The value an alert is compared with, and when the market said it."""

    value: Decimal
    at: datetime
    quote: Sourced[Quote]


def check(now: datetime, service: Market | None = None) -> Checked:
    """Compare every armed alert with the latest price, once; safe to run twice and at the same time as another.

    Raises:
        DatabaseProblem: the database does not answer. What fired before that was told.
    """
    with read_session() as session:
        any_due = bool(AlertCheckRepository(session).due())
    if not any_due:
        return Checked()
    with unit_of_work() as session:
        repository = AlertCheckRepository(session)
        expired, due = repository.expire(now), repository.due()
    service = service or market()
    quotes = _quotes(service, {alert.symbol for alert in due})
    compared = fired = rearmed = stale = 0
    failed: set[str] = set()
    noted: list[Compared] = []
    for alert in due:
        quote = quotes.get(alert.symbol)
        if not isinstance(quote, Sourced):
            failed.add(alert.symbol)
            continue
        instrument = service.resolve(alert.symbol)
        price = _price(alert, quote)
        if price is None or _stale(quote, instrument, now):
            stale += 1
            continue
        compared += 1
        match judge(alert, price.value, price.at, now):
            case "fire":
                try:
                    fired += _fire(alert, price, instrument, now)
                except NoticeError:
                    # One that cannot be told must not keep the others from being told.
                    _log.exception("Alert %s could not be told", alert.id)
                    failed.add(alert.symbol)
            case "rearm":
                rearmed += _rearm(alert, price)
            case "note":
                noted.append(Compared(alert.id, alert.armed_at, price.value, price.at))
            case "wait":
                pass
    if noted:
        with unit_of_work() as session:
            AlertCheckRepository(session).note(noted)
    return Checked(compared, fired, rearmed, expired, stale, tuple(sorted(failed)))


def judge(alert: StoredAlert, value: Decimal, at: datetime, now: datetime) -> Verdict:
    """What a value means for an alert.

    Args:
        alert: as it stands.
        value: the price, or the change in percent.
        at: when the market said it.
        now: the present.
    """
    if alert.state == "fired":
        assert alert.fired_at is not None
        newer = alert.last_value_at is None or at > alert.last_value_at
        over = alert.condition == "crosses" or not _holds(alert, value)
        return "rearm" if newer and over and now - alert.fired_at >= REST else "wait"
    if alert.condition == "crosses":
        before = alert.last_value
        if before is None:
            return "note"  # where the price stood when the alert was made
        if at > alert.armed_at and (before < alert.level <= value or before > alert.level >= value):
            return "fire"
        return "note" if value not in (before, alert.level) else "wait"
    return "fire" if at > alert.armed_at and _holds(alert, value) else "wait"


def _holds(alert: StoredAlert, value: Decimal) -> bool:
    if alert.condition == "above" or (alert.condition == "change_pct" and alert.level > 0):
        return value >= alert.level
    return value <= alert.level


def _quotes(service: Market, symbols: Iterable[str]) -> Mapping[str, Sourced[Quote] | MarketError]:
    found: dict[str, Sourced[Quote] | MarketError] = {}
    for batch in _batches(sorted(symbols)):
        found |= service.quotes(batch)
    return found


def _batches(symbols: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(symbols), _BATCH):
        yield symbols[start : start + _BATCH]


def _price(alert: StoredAlert, quote: Sourced[Quote]) -> _Price | None:
    value = quote.data.change_percent if alert.condition == "change_pct" else quote.data.price
    return None if value is None else _Price(Decimal(repr(float(value))), quote.data.time, quote)


def _stale(quote: Sourced[Quote], instrument: Instrument, now: datetime) -> bool:
    return quote.stale or (now - quote.data.time > OLD and calendar_of(instrument).is_open(now))


def _fire(alert: StoredAlert, price: _Price, instrument: Instrument, now: datetime) -> int:
    """Mark it fired and tell its owner, both or neither; 0 when somebody else did, or it was changed meanwhile."""
    with unit_of_work() as session:
        repository = AlertCheckRepository(session)
        if not repository.fire(alert.id, alert.armed_at, price.value, price.at, now):
            return 0
        receiver = repository.receiver(alert.account_id)
        assert receiver is not None, "an alert goes with its account"
        context = {
            "symbol": alert.symbol,
            "name": instrument.short_name or instrument.name,
            "condition": _happened(alert, instrument),
            "price": formats.money(price.quote.data.price, instrument.currency),
            "when": price.at,
            "source": _source(price.quote, instrument),
            "path": f"/charts?symbol={quote_plus(alert.symbol)}",
        }
        if alert.note:
            context["note"] = alert.note
        if receiver.timezone:
            context["timezone"] = receiver.timezone
        outbox.post(
            session,
            "price_alert",
            to=receiver.email,
            account_id=receiver.account_id,
            key=f"{alert.id}:{alert.fired_count + 1}",
            context=context,
            name=receiver.name,
        )
    return 1


def _rearm(alert: StoredAlert, price: _Price) -> int:
    assert alert.fired_at is not None
    with unit_of_work() as session:
        return int(AlertCheckRepository(session).rearm(alert.id, alert.fired_at, price.value, price.at))


def _happened(alert: StoredAlert, instrument: Instrument) -> str:
    level = level_text(alert.condition, alert.level, instrument.currency)
    if alert.condition == "change_pct":
        return f"is {'up' if alert.level > 0 else 'down'} by {level.lstrip('+−')} or more since the previous close"
    return f"{_HAPPENED[alert.condition]} {level}"


def _source(quote: Sourced[Quote], instrument: Instrument) -> str:
    said = formats.clock_time(quote.data.time, instrument.timezone)
    return f"Simulated price, {said}" if quote.simulated else f"{quote.source.replace('_', ' ').title()}, {said}"
