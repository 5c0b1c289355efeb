"""How an investor's words are made comparable: one normal form for queries, names, tickers and aliases."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from rapidfuzz.distance import OSA

LONGEST_QUERY: Final = 120

_LEGAL_WORDS: Final = (
    "ltd limited inc incorporated corp corporation co company companies plc pvt private llc ag sa nv the"
)
_NOISE_WORDS: Final = "share shares stock stocks price prices quote scrip ticker equity"
_GENERIC_WORDS: Final = """
    a airlines airports american and asset auto average bank banks beverages bharat brands bse capital card
    cards cement cements central chemicals class commercial communications composite computer consultancy
    consumer depository developers development dollar dollars economic energy engineering enterprises etf
    exchange federal finance financial first foods fund future futures gas general global green group health
    healthcare hindustan holdings home hospital hospitals hotels housing in index india indian industrial
    industries industry infra infrastructure insurance international investment investments laboratories labs
    life lifesciences logistics management market media metal mobile motor motors national nifty nse of oil
    paints passenger payment petroleum pharma pharmaceutical pharmaceuticals platforms power products properties
    railway railways realty rupees s services small software solutions special state steel stock sugar systems
    tech technologies technology textiles total trust tyres union us vehicles zone
"""
# Say what kind of thing a company is, not which.
_LEGAL: Final = frozenset(_LEGAL_WORDS.split())
_LONG_LEGAL: Final = tuple(word for word in _LEGAL_WORDS.split() if len(word) >= 7)
# Said around a name by someone who asks about it.
_NOISE: Final = frozenset(_NOISE_WORDS.split())
# Words so common in names that, alone, they mean nobody in particular.
GENERIC: Final = frozenset(_GENERIC_WORDS.split())

_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_SEPARATORS = re.compile(r"[^0-9a-z]+")
_QUOTES: Final = "\"'“”‘’«»`"


def clean(text: str) -> str:
    """`text` in compatibility form on one line, without control characters, outer quotes and closing punctuation."""
    folded = unicodedata.normalize("NFKC", text)
    visible = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in folded)
    return " ".join(visible.split()).strip(_QUOTES + " ,;!?")


def tokens(text: str) -> tuple[str, ...]:
    """Lower-case words of a name without accents, punctuation, "and" and legal forms.

    "Dr. Reddy's Laboratories Ltd." becomes ("dr", "reddys", "laboratories"); "L&T" becomes ("l", "t"). When nothing but
    legal forms is there, they stay.
    """
    base = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(c for c in base if not unicodedata.combining(c))
    words = [w for w in _SEPARATORS.split(_APOSTROPHES.sub("", plain)) if w and w != "and"]
    return tuple(w for w in words if w not in _LEGAL) or tuple(words)


def asked_tokens(text: str) -> tuple[str, ...]:
    """``tokens`` of a query, also without "share", "price" and misspelt legal forms, as long as something is left."""
    words = tokens(text)
    return tuple(w for w in words if w not in _NOISE and not _misspelt_legal(w)) or words


def _misspelt_legal(word: str) -> bool:
    return len(word) >= 6 and any(OSA.distance(word, form, score_cutoff=1) <= 1 for form in _LONG_LEGAL)


def compact(words: tuple[str, ...]) -> str:
    """Words run together: ("hdfc", "bank") becomes "hdfcbank"."""
    return "".join(words)


def digits(text: str) -> str:
    """The digits of `text` in order; "NIFTY 50" and "NIFTY 500" differ in nothing else."""
    return "".join(c for c in text if c.isdigit())
