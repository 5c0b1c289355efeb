"""Passwords: how strong one is, how it is kept (bcrypt, through streamlit-authenticator's `Hasher`) and compared."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import lru_cache

import bcrypt
from zxcvbn import zxcvbn

from core.accounts import validation
from core.accounts.authenticator import Hasher
from core.accounts.errors import InvalidInput

WORK_FACTOR = 11
"""bcrypt's cost: 2 to this power rounds. About 0.13 s, so that 200 sign-ins a minute leave the other core to pages."""

LEAST_SCORE = 3
_LABELS = ("Very weak", "Weak", "Fair", "Strong", "Very strong")

# bcrypt works outside the interpreter's lock: without a bound, a rush of sign-ins would take every core from the pages.
_slots = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) // 2))


@dataclass(frozen=True, slots=True)
class Strength:
    """How well a password resists guessing.

    Attributes:
        score: 0 to 4, as zxcvbn counts: 3 stands about 10^8 guesses or more, 4 about 10^10.
        label: a word for the score.
        advice: what would make it better, in sentences; empty when it is good.
    """

    score: int
    label: str
    advice: tuple[str, ...]


def strength(password: str, words: tuple[str, ...] = ()) -> Strength:
    """How strong a password is (zxcvbn: Wheeler 2016), as it may be shown while it is typed.

    Args:
        password: what was typed so far; only its first 72 bytes count.
        words: what is known of the person (user name, e-mail address, name), which makes a poor password.
    """
    shown = password.encode("utf-8", errors="replace")[: validation.PASSWORD_BYTES[1]].decode("utf-8", errors="ignore")
    if not shown:
        return Strength(0, _LABELS[0], ("Use several words that do not belong together.",))
    known = [part[:100] for word in words for part in (word, word.partition("@")[0]) if part]
    found = zxcvbn(shown, user_inputs=[*known, "kubera"])
    score = int(found["score"])
    feedback = found["feedback"]
    advice = tuple(str(line) for line in (feedback["warning"], *feedback["suggestions"]) if line)
    return Strength(score, _LABELS[score], advice)


def check(password: str, *, user_name: str = "", email: str = "", name: str = "", field: str = "password") -> None:
    """Refuse a password that is malformed, weak or made of what everybody knows of the person.

    Raises:
        InvalidInput: the field given; the remedy says what would be better.
    """
    validation.password_form(password, field)
    lowered = password.casefold()
    for what, part in (
        ("user name", user_name),
        ("e-mail address", email),
        ("e-mail address", email.partition("@")[0]),
    ):
        if len(part) >= 4 and part.casefold() in lowered:
            raise InvalidInput(field, f"The password holds your {what}.", "Leave it out.")
    found = strength(password, (user_name, email, name))
    if found.score < LEAST_SCORE:
        raise InvalidInput(
            field,
            f"This password is {found.label.lower()}.",
            " ".join(found.advice) or "Use several words that do not belong together.",
        )


class _Rounds(Hasher):  # type: ignore[misc]  # the package has no types
    """The package's hasher at this project's cost; comparing is the package's own."""

    @classmethod
    def hash(cls, password: str) -> str:
        """A bcrypt hash of a password of at most 72 bytes."""
        return bcrypt.hashpw(password.encode(), bcrypt.gensalt(WORK_FACTOR)).decode()


def hash_password(password: str) -> str:
    """What is kept of a password whose form was checked; takes about 0.13 s."""
    with _slots:
        return str(_Rounds.hash(password))


def verify(password: str, hashed: str | None) -> bool:
    """Whether a password is the one kept; takes as long when there is none to compare with (`hashed` None)."""
    given = password.encode("utf-8", errors="surrogatepass")
    shortest_to_compare = 1
    comparable = shortest_to_compare <= len(given) <= validation.PASSWORD_BYTES[1] and b"\x00" not in given
    if hashed is None or not comparable or not _encodable(password):
        with _slots:
            Hasher.check_pw("not anybody's password", _dummy(WORK_FACTOR))
        return False
    with _slots:
        return bool(Hasher.check_pw(password, hashed))


def outdated(hashed: str) -> bool:
    """Whether a hash was made at another cost than today's, and should be made anew at the next sign-in."""
    parts = hashed.split("$")
    return len(parts) < 4 or parts[2] != f"{WORK_FACTOR:02d}"


def _encodable(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=4)
def _dummy(work_factor: int) -> str:
    return bcrypt.hashpw(b"nobody has this", bcrypt.gensalt(work_factor)).decode()
