"""Browsers in words, and whether an account was signed in with one before."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import ua_parser

from core.accounts.model import Origin

_UNKNOWN = "Unknown browser"


@lru_cache(maxsize=512)
def describe(user_agent: str) -> str:
    """What a browser calls itself, in a few words: "Chrome on Windows"; "Unknown browser" when it does not say."""
    parsed = ua_parser.parse(user_agent[:400])
    browser = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or _UNKNOWN


def where(origin: Origin) -> str:
    """Where a request came from, for mails: "Chrome on Windows, 203.0.113.7"."""
    return ", ".join(part for part in (describe(origin.user_agent), origin.ip) if part)


def identity(origin: Origin) -> str:
    """What tells this browser from others, 64 hex digits: its cookie's hash, or its name where it has no cookie."""
    return origin.device or hashlib.sha256(f"browser {describe(origin.user_agent)}".encode()).hexdigest()
