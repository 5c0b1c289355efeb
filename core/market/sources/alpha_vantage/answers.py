"""What Alpha Vantage says in place of data: it refuses with HTTP 200 and a sentence. Pure."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core import clock
from core.market.errors import CredentialsExpired, SourceError, ThrottledUntil, Unavailable, UnknownSymbol
from core.market.redaction import redact
from core.market.sources.alpha_vantage.calls import NAME
from core.market.sources.untrusted import text

_SENTENCES = ("Error Message", "Information", "Note", "message", "detail")
_LIMITS = ("rate limit", "requests per", "request per", "call frequency", "calls per", "spreading out")
_BAD_KEY = ("apikey", "api key is invalid", "demo** api key", "demo purposes")
_QUOTED = 240
_SHORT = timedelta(minutes=1)
# It counts a day's requests without saying where the day ends; midnight at its seat in New York is the safe guess.
_SEAT = ZoneInfo("America/New_York")


class PaidOnly(SourceError):
    """The function, or the size of its answer, belongs to a paid plan."""


def refusal(answer: Any, symbol: str) -> SourceError | UnknownSymbol | None:
    """The error an answer stands for; None when it is data. What the vendor said is quoted, without the key."""
    if not isinstance(answer, Mapping):
        return Unavailable(NAME, "answered with something that is not an object.")
    # An answer that also has data is data: some carry a note beside it.
    if any(isinstance(value, dict | list) and value for value in answer.values()):
        return None
    for field in _SENTENCES:
        words = answer.get(field)
        if isinstance(words, str):
            return _meaning(field, text(redact(words), _QUOTED) or "no reason given", symbol)
    return None


def _meaning(field: str, words: str, symbol: str) -> SourceError | UnknownSymbol:
    low = words.lower()
    # In this order: its notices about limits advertise paid plans too, and one of them quotes the key.
    if "is a premium" in low:
        return PaidOnly(NAME, f"wants a paid plan for this. It said: “{words}”")
    if any(sign in low for sign in _LIMITS):
        return ThrottledUntil(NAME, _again(low), f"too many requests. It said: “{words}”")
    if any(sign in low for sign in _BAD_KEY):
        return CredentialsExpired(NAME, f"refused the key in ALPHA_VANTAGE_API_KEY. It said: “{words}”")
    if field == "Error Message":
        return (
            UnknownSymbol(symbol, source=NAME) if "invalid api call" in low else Unavailable(NAME, f"said: “{words}”")
        )
    return Unavailable(NAME, f"answered with a notice in place of data: “{words}”")


def _again(words: str) -> datetime:
    now = clock.now()
    if "per day" in words and "per minute" not in words and "per second" not in words:
        tomorrow = now.astimezone(_SEAT).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(0, 5), tzinfo=_SEAT).astimezone(now.tzinfo)
    return now + _SHORT
