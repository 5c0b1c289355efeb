"""Which limits there are: one table. Admins change the numbers (`core.accounts.limit_settings`), never the windows.

Prompt rules count what an account asks the analyst; guards count anything else by a subject the caller names (an
address, an IP, an account's id).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Group = Literal["prompt", "guard"]

MOST_ALLOWED = 1_000_000
"""The largest number an admin may give a rule."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One rule as the code knows it.

    Attributes:
        name: the key in the database and in `LimitReached.rule`.
        label: what admins read.
        most: how often, unless an admin said otherwise.
        window: how long an event counts: those later than `at - window` do. None: for ever (a chat).
        what: what happened, for the person who is refused; ends the sentence "Too many ...".
    """

    name: str
    label: str
    group: Group
    most: int
    window: timedelta | None
    what: str


_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)

PROMPT_RULES: tuple[Definition, ...] = (
    Definition("burst", "Questions a minute", "prompt", 10, _MINUTE, "questions within a minute"),
    Definition("chat", "Questions in a chat", "prompt", 50, None, "questions in this chat"),
    Definition("hourly", "Questions an hour", "prompt", 150, _HOUR, "questions within an hour"),
    Definition("daily", "Questions in 24 hours", "prompt", 1000, _DAY, "questions within 24 hours"),
)
"""In the order in which they refuse."""

GUARDS: tuple[Definition, ...] = (
    Definition("sign_in_address", "Sign-ins by name", "guard", 10, 15 * _MINUTE, "sign-ins with this name"),
    Definition("sign_in_ip", "Sign-ins by IP", "guard", 60, 15 * _MINUTE, "sign-ins from your network"),
    Definition("second_factor", "Second factors by account", "guard", 10, 15 * _MINUTE, "second factors tried"),
    Definition("password_check", "Password asked again, by account", "guard", 10, 15 * _MINUTE, "passwords tried"),
    Definition("code_address", "Codes by address", "guard", 5, _HOUR, "codes asked for this address"),
    Definition("code_ip", "Codes by IP", "guard", 30, _HOUR, "codes asked from your network"),
    Definition("code_guess", "Guesses of codes by address", "guard", 30, _HOUR, "codes tried"),
    Definition("code_guess_ip", "Guesses of codes by IP", "guard", 60, _HOUR, "codes tried from your network"),
    Definition("registration_ip", "Accounts made by IP", "guard", 20, _DAY, "accounts made from your network"),
    Definition("demo_ip", "Demo visits by IP", "guard", 20, _HOUR, "demo visits from your network"),
    Definition("export", "Exports by account", "guard", 10, _HOUR, "exports"),
    Definition("upload", "Uploads by account", "guard", 30, _HOUR, "uploads"),
    Definition("report", "Reports sent by hand, by account", "guard", 10, _HOUR, "reports"),
)

DEFINITIONS: dict[str, Definition] = {one.name: one for one in (*PROMPT_RULES, *GUARDS)}

LONGEST_WINDOW = max(one.window for one in DEFINITIONS.values() if one.window is not None)


def definition(name: str, group: Group | None = None) -> Definition:
    """The rule of that name.

    Raises:
        ValueError: there is none (of that group); a mistake in the program, not of a person.
    """
    found = DEFINITIONS.get(name)
    if found is None or (group is not None and found.group != group):
        raise ValueError(f"there is no {group or ''} limit called {name!r}; core.accounts.limit_rules lists them")
    return found


def in_words(wait: timedelta) -> str:
    """A wait as a person says it, rounded up: "40 seconds", "12 minutes", "3 hours"; at least a second."""
    seconds = max(1, -(-wait // timedelta(seconds=1)))
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds > 1.5 * size:
            return _counted(-(-seconds // size), word)
    return _counted(seconds, "second")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
