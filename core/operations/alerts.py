"""Price alerts: what an investor wants to be told of, at most fifty at a time.

`core.operations.alerts_check` compares them with prices each minute and says so once.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal, cast

from core import clock, formats
from core.accounts.errors import InvalidInput
from core.accounts.model import Account
from core.market.errors import MarketError
from core.market.model import Instrument
from core.market.service import Market, market
from db.repositories.alerts import AlertRepository, StoredAlert
from db.session import read_session, unit_of_work

Condition = Literal["above", "below", "crosses", "change_pct"]
State = Literal["armed", "fired", "paused", "expired"]

CONDITIONS: dict[Condition, str] = {
    "above": "rises to or above",
    "below": "falls to or below",
    "crosses": "crosses",
    "change_pct": "moves in a day by",
}
"""Conditions, in the words of a form; the level follows them."""

MOST = 50
LONGEST_NOTE = 200
LONGEST_LIFE = timedelta(days=731)
_HIGHEST = Decimal(10) ** 12
_LARGEST_CHANGE = Decimal(1000)
_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class Alert:
    """A price alert.

    Attributes:
        symbol, name, currency: of the instrument.
        condition: "above" and "below" include the level; "crosses" is either way; "change_pct" compares the change
            since the previous close, upwards for a positive level, downwards for a negative one.
        level: a price in `currency`, or percent.
        repeat: is armed again once the condition ended, an hour after it fired at the earliest.
        state: "armed" waits; "fired" told and rests; "paused" by its owner; "expired" by its time.
        last_value: what it was last compared with (of a "crosses" alert), or fired at.
    """

    id: int
    symbol: str
    name: str
    currency: str
    condition: Condition
    level: Decimal
    note: str
    repeat: bool
    state: State
    created_at: datetime
    expires_at: datetime | None
    fired_at: datetime | None
    fired_count: int
    last_value: Decimal | None

    @property
    def words(self) -> str:
        """What it waits for: "rises to or above ₹3,400.00"."""
        return f"{CONDITIONS[self.condition]} {level_text(self.condition, self.level, self.currency)}"


def create(
    account: Account,
    symbol: str,
    condition: str,
    level: Decimal | float | str,
    *,
    note: str = "",
    repeat: bool = False,
    expires_at: datetime | None = None,
    service: Market | None = None,
) -> Alert:
    """Make an armed alert. Only prices from now on fire it.

    Args:
        account: whose.
        symbol: what `Market.resolve` understands; not an instrument made from a file, which has no price of the day.
        condition: one of `CONDITIONS`.
        level: a price, or for "change_pct" percent with its sign.
        note: up to 200 characters, for oneself.
        expires_at: rests from then on; aware, within two years. None: never.

    Raises:
        InvalidInput: names the field ("symbol", "condition", "level", "note", "expires_at", "alerts").
        DatabaseProblem: the database does not answer.
    """
    service = service or market()
    now = clock.now()
    instrument = _instrument(service, symbol)
    kind = _condition(condition)
    value = _level(level, kind)
    cleaned, until = _note(note), _expiry(expires_at, now)
    with unit_of_work() as session:
        repository = AlertRepository(session, account.id)
        repository.hold()
        if repository.count() >= MOST:
            raise InvalidInput("alerts", f"You have {MOST} alerts already.", "Remove one first.")
        stored = repository.add(
            symbol=instrument.symbol,
            condition=kind,
            level=value,
            note=cleaned,
            repeat=repeat,
            created_at=now,
            expires_at=until,
        )
    return _alert(stored, instrument)


def alerts_of(account: Account, *, service: Market | None = None) -> tuple[Alert, ...]:
    """The account's alerts: those that fired last first, then the newest.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    service = service or market()
    with read_session() as session:
        rows = AlertRepository(session, account.id).all()
    return tuple(_alert(row, _known(service, row.symbol)) for row in rows)


def fired_between(
    account: Account, since: datetime, until: datetime, *, service: Market | None = None
) -> tuple[Alert, ...]:
    """The account's alerts that last fired in [since, until), the earliest first.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    service = service or market()
    with read_session() as session:
        rows = AlertRepository(session, account.id).fired(since, until)
    return tuple(_alert(row, _known(service, row.symbol)) for row in rows)


def remove(account: Account, number: int) -> None:
    """Delete an alert.

    Raises:
        InvalidInput: the account has none of that number.
        DatabaseProblem: the database does not answer.
    """
    with unit_of_work() as session:
        if not AlertRepository(session, account.id).remove(number):
            raise _absent(number)


def pause(account: Account, number: int) -> None:
    """Let an alert rest until `rearm`.

    Raises:
        InvalidInput: the account has none of that number.
        DatabaseProblem: the database does not answer.
    """
    with unit_of_work() as session:
        repository = AlertRepository(session, account.id)
        found = repository.get(number)
        if found is None or not repository.set_state(number, "paused", None, found.expires_at):
            raise _absent(number)


def rearm(account: Account, number: int) -> None:
    """Let an alert that fired, was paused or expired wait anew, for prices from now on.

    One that expired has no end afterwards.

    Raises:
        InvalidInput: the account has none of that number.
        DatabaseProblem: the database does not answer.
    """
    now = clock.now()
    with unit_of_work() as session:
        repository = AlertRepository(session, account.id)
        found = repository.get(number)
        if found is None:
            raise _absent(number)
        until = found.expires_at if found.expires_at is not None and found.expires_at > now else None
        # A clock that was set back must not let an alert fire at a price from before it was armed.
        if not repository.set_state(number, "armed", max(now, found.armed_at), until):
            raise _absent(number)


def level_text(condition: str, level: Decimal, currency: str) -> str:
    """A level as it is read: ₹3,400.00, +2.50%."""
    if condition == "change_pct":
        return formats.percent(float(level) / 100, signed=True)
    return formats.money(float(level), currency)


def _instrument(service: Market, symbol: str) -> Instrument:
    if not symbol.strip():
        raise InvalidInput("symbol", "No instrument is given.", "Search for one by name, such as Infosys.")
    try:
        return service.resolve(symbol)
    except MarketError as error:
        raise InvalidInput("symbol", str(error)) from error


def _known(service: Market, symbol: str) -> Instrument | None:
    try:
        return service.resolve(symbol)
    except MarketError:
        return None  # it left the catalogue since; the alert is still its owner's to see and remove


def _condition(text: str) -> Condition:
    if text not in CONDITIONS:
        raise InvalidInput("condition", f"“{text[:30]}” is no condition.", f"Use one of {', '.join(CONDITIONS)}.")
    return text


def _level(given: Decimal | float | str, condition: Condition) -> Decimal:
    text = given.replace(",", "").strip() if isinstance(given, str) else str(given)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise InvalidInput("level", f"“{text[:30]}” is not a number.", "Give one such as 3400 or 3412.50.") from None
    if not value.is_finite():
        raise InvalidInput("level", "The level is not a finite number.", "Give one such as 3400.")
    if condition == "change_pct":
        if not Decimal("0.01") <= abs(value) <= _LARGEST_CHANGE:
            raise InvalidInput(
                "level", f"{value:f}% is no change to wait for.", "Give 0.01 to 1000; with a minus for a fall."
            )
        return round(value, 4)
    if not 0 < value < _HIGHEST:
        raise InvalidInput("level", "The level must be a price above 0.", "Give one such as 3400 or 3412.50.")
    rounded = round(value, _DECIMALS)
    if rounded == 0:
        raise InvalidInput("level", f"{value} is smaller than any price.", "Give at least 0.00000001.")
    return rounded


def _note(text: str) -> str:
    cleaned = " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())
    if len(cleaned) > LONGEST_NOTE:
        raise InvalidInput("note", f"The note has {len(cleaned)} characters.", f"{LONGEST_NOTE} are kept; shorten it.")
    return cleaned


def _expiry(moment: datetime | None, now: datetime) -> datetime | None:
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise InvalidInput("expires_at", "The end has no timezone.", "Give a time with one.")
    if not now < moment <= now + LONGEST_LIFE:
        raise InvalidInput("expires_at", "The end is not within the next two years.", "Choose a later or earlier day.")
    return moment


def _absent(number: int) -> InvalidInput:
    return InvalidInput("alert", f"You have no alert {number}.", "It may have been removed; look at the list.")


def _alert(row: StoredAlert, instrument: Instrument | None) -> Alert:
    return Alert(
        row.id,
        row.symbol,
        (instrument.short_name or instrument.name) if instrument else row.symbol,
        instrument.currency if instrument else "",
        cast(Condition, row.condition),
        row.level.normalize() if row.level == row.level.to_integral() else row.level,
        row.note,
        row.repeat,
        cast(State, row.state),
        row.created_at,
        row.expires_at,
        row.fired_at,
        row.fired_count,
        row.last_value,
    )
