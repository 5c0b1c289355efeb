"""What an investor tells about themselves, and how they like to see things."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args, get_type_hints
from zoneinfo import ZoneInfo

from core import clock
from core.accounts import activity
from core.accounts.errors import InvalidInput
from core.accounts.model import Account
from core.notices import choices
from db.repositories.accounts_preferences import PreferenceRepository, SavedPreferences
from db.session import read_session, unit_of_work

RiskTolerance = Literal["", "low", "medium", "high"]
Horizon = Literal["", "short", "medium", "long"]
Experience = Literal["", "new", "some", "experienced"]
BaseCurrency = Literal["INR", "USD", "EUR", "GBP", "AED", "SGD", "JPY", "AUD", "CAD", "CHF"]
NumberFormat = Literal["auto", "indian", "international"]
Report = Literal["none", "daily", "weekly", "monthly"]

_LONGEST_MODEL = 100


@dataclass(frozen=True, slots=True)
class Preferences:
    """One investor's preferences; "" stands for "not told".

    Attributes:
        horizon: "short" up to a year, "medium" up to five, "long" beyond.
        number_format: "indian" 1,23,45,678, "international" 12,345,678, "auto" by the currency.
        timezone: an IANA name; times and the hour of reports are in it.
        default_model: the id of a model, as its provider calls it; "" for the installation's.
        notices: the kinds of mail they want none of (`core.notices.choices` keeps them).
        privacy: amounts are hidden.
        report: how often a report is sent, at `report_hour` (0 to 23).
    """

    risk_tolerance: RiskTolerance = ""
    horizon: Horizon = ""
    experience: Experience = ""
    base_currency: BaseCurrency = "INR"
    number_format: NumberFormat = "auto"
    timezone: str = "Asia/Kolkata"
    default_model: str = ""
    notices: frozenset[str] = field(default_factory=frozenset)
    privacy: bool = False
    report: Report = "none"
    report_hour: int = 18


_TYPES: dict[str, Any] = get_type_hints(Preferences)
_CHOICES: dict[str, tuple[str, ...]] = {
    name: get_args(kind) for name, kind in _TYPES.items() if all(isinstance(one, str) for one in get_args(kind) or (0,))
}


def load(account: Account) -> Preferences:
    """An account's preferences; the defaults where it saved none."""
    with read_session() as work:
        saved = PreferenceRepository(work, account.id).load()
    declined = choices.declined(account.id)
    if saved is None:
        return Preferences(notices=declined)
    values = {name: getattr(saved, name) for name in SavedPreferences.__slots__}
    return Preferences(**values, notices=declined)


def save(account: Account, preferences: Preferences) -> None:
    """Keep preferences. `notices` is not kept here: `core.notices.choices.set` changes it.

    Raises:
        InvalidInput: the field that holds what it may not.
    """
    _check(preferences)
    values = {name: getattr(preferences, name) for name in SavedPreferences.__slots__}
    with unit_of_work() as work:
        repository = PreferenceRepository(work, account.id)
        before = repository.load() or SavedPreferences(
            **{name: getattr(Preferences(), name) for name in SavedPreferences.__slots__}
        )
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        if not changed:
            return
        repository.save(SavedPreferences(**values), clock.now())
        activity.record(
            work,
            "preferences.changed",
            actor=account,
            subject=activity.account_subject(account.id),
            before={name: getattr(before, name) for name in changed},
            after=changed,
        )


def _check(preferences: Preferences) -> None:
    for one in fields(Preferences):
        value = getattr(preferences, one.name)
        allowed = _CHOICES.get(one.name)
        if allowed is not None and value not in allowed:
            words = ", ".join(each or "(not told)" for each in allowed)
            raise InvalidInput(one.name, f"{str(value)[:40]!r} is none of the choices.", f"Choose one of {words}.")
    if not isinstance(preferences.privacy, bool):
        raise InvalidInput("privacy", "Privacy is on or off.", "Choose one.")
    hour = preferences.report_hour
    if isinstance(hour, bool) or not isinstance(hour, int) or not 0 <= hour <= 23:
        raise InvalidInput("report_hour", "The hour of reports is 0 to 23.", "Choose one of them.")
    model = preferences.default_model
    if len(model) > _LONGEST_MODEL or any(unicodedata.category(each).startswith("C") for each in model):
        raise InvalidInput("default_model", f"A model's id has at most {_LONGEST_MODEL} characters.", "Shorten it.")
    try:
        ZoneInfo(preferences.timezone)
    except (ValueError, OSError, KeyError):
        raise InvalidInput(
            "timezone", f"{preferences.timezone[:40]!r} is no timezone.", "Choose one such as Asia/Kolkata."
        ) from None
