"""What can go wrong between an investor and a market, as one tree.

MarketError
├── InputError             the caller's words are wrong; the message names them and the remedy
│   ├── UnknownSymbol      no instrument of that name (carries near misses)
│   ├── AmbiguousSymbol    several instruments fit; the investor is asked
│   ├── BadRange           start after end, a day in the future, an interval the source cannot give so far back
│   └── BadFile            a file that cannot be read as bars
└── SourceError            a vendor could not answer
    ├── NotConfigured      a key or address is missing
    ├── ThrottledUntil     the vendor asked for a pause; carries the time
    ├── CredentialsExpired a key or crumb was refused
    ├── Unavailable        timeout, connection refused, 5xx, nonsense in place of data
    ├── NotCovered         the source has no such kind or asset class at all
    └── EmptyAnswer        a well-formed answer without any data
"""

from collections.abc import Sequence
from datetime import datetime


class MarketError(Exception):
    """Base of everything this package raises on purpose."""


class InputError(MarketError):
    """The input is at fault. The message names the input and says what to do."""


class UnknownSymbol(InputError):
    """No instrument answers to ``text``; ``near`` holds symbols that sound alike."""

    def __init__(self, text: str, near: Sequence[str] = (), *, source: str | None = None) -> None:
        self.text, self.near, self.source = text, tuple(near), source
        where = f" at {source}" if source else ""
        hint = f" Did you mean {', '.join(self.near)}?" if self.near else " Search by company name instead."
        super().__init__(f"No instrument is called “{text[:60]}”{where}.{hint}")


class AmbiguousSymbol(InputError):
    """Several instruments fit ``text``; ``candidates`` are canonical symbols, best first."""

    def __init__(self, text: str, candidates: Sequence[str]) -> None:
        self.text, self.candidates = text, tuple(candidates)
        super().__init__(f"“{text[:60]}” could be {', '.join(self.candidates)}. Choose one of them.")


class BadRange(InputError):
    """A start, end, range or interval that cannot be served."""


class BadFile(InputError):
    """A file that is not what its name says, or holds nothing usable."""

    def __init__(self, name: str, reason: str, remedy: str) -> None:
        self.name, self.reason, self.remedy = name, reason, remedy
        super().__init__(f"{name}: {reason} {remedy}")


class SourceError(MarketError):
    """A vendor could not answer. ``source`` is its name; the message never holds a secret."""

    def __init__(self, source: str, message: str) -> None:
        self.source = source
        super().__init__(f"{source}: {message}")


class NotConfigured(SourceError):
    """``setting`` is the environment variable that would switch the source on."""

    def __init__(self, source: str, setting: str) -> None:
        self.setting = setting
        super().__init__(source, f"not configured. Set {setting} to use it.")


class ThrottledUntil(SourceError):
    """The vendor limits us; ``until`` (aware UTC) is when to ask again."""

    def __init__(self, source: str, until: datetime, message: str = "too many requests") -> None:
        self.until = until
        super().__init__(source, f"{message}; asking again after {until:%Y-%m-%d %H:%M:%S} UTC.")


class CredentialsExpired(SourceError):
    """A key, crumb or token was refused."""


class Unavailable(SourceError):
    """No usable answer: timeout, refused connection, server error, or a body that is not data."""


class NotCovered(SourceError):
    """This source never has this kind of data for this instrument."""


class EmptyAnswer(SourceError):
    """A well-formed answer that holds no data for the request."""
