"""The instruments a question speaks of, found among its words.

"compare tcs and hdfc bank", "hdfcbank ka support kahan hai", "NSE:INFY", "moicrosoft": exact symbols first, then names
of several words, then tickers and single names, then what is left: families ("tata") are asked about, near misspellings
are taken when only one name is near, and the rest may be a name nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from core.assistant.words import Question, corrected, english, vocabulary
from core.market.errors import AmbiguousSymbol, InputError, UnknownSymbol
from core.market.instruments import resolve
from core.market.instruments.index import NameIndex, build, catalogue_index
from core.market.instruments.words import GENERIC, compact, tokens
from core.market.model import AssetClass, Instrument

MOST_WORDS: Final = 7


@dataclass(frozen=True, slots=True)
class Mention:
    """An instrument at words `first` up to `last` (exclusive) of a question."""

    instrument: Instrument
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words that fit several instruments: `candidates` are canonical symbols, best first."""

    text: str
    candidates: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, in the order of the question. `unknown` are words that look like a name and are none we know."""

    mentions: tuple[Mention, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """Canonical symbols, each once."""
        return tuple(dict.fromkeys(one.instrument.symbol for one in self.mentions))


_SYMBOL = re.compile(
    r"""(?ix) (?<![\w^$&.])(?:
        \^[a-z0-9.]{2,12}
      | (?:nse|bse|bom|nsei|nasdaq|nyse|crypto)\s?:\s?[a-z0-9&][a-z0-9&\-]{0,24}
      | \$[a-z]{1,5}(?:-[a-z]{1,2})?
      | [a-z0-9&][a-z0-9&\-]{0,24}\.(?:ns|bo)
      | [a-z0-9]{2,8}-(?:usd|inr|usdt|eur)
      | (?:[a-z]{3}){1,2}=x
      | [a-z]{2}=f
      | brk[.\-]b
      | [a-z0-9&]{2,20}-eq
    )(?![\w])"""
)
_RUPEE = re.compile(
    r"""(?ix) \b(?:rupee|inr)\s+(?:(?:is|doing|vs\.?|versus|against|to|the|us|with)\s+)+(?:dollar|usd)\b
      | \b(?:us\s+)?(?:dollar|usd)\s+(?:(?:to|vs\.?|versus|against|in|the|is)\s+)*(?:rupees?|inr)\b
      | \bdollar\s+(?=(?:price|rate|level|chart|ka\s+(?:bhav|rate)|kitna)\b)
      | \brupee\s+(?=(?:rate|level|chart|today|outlook)\b)"""
)
# Names that are also plain words. They count when written in capitals among smaller letters, or next to "share".
_PLAIN_WORDS_TEXT: Final = """
    v ma ba hd ko pg cost dis link dot sol ada idea sail oil rec max target vi page low all it on now gas low cable
    dow hal mm bob cs info edge lt acc igl srf bel bdl upl sl pe pb a b c d s t hcl pfc meta oracle trent base solar
    lodha eternal titan mankind persistent dixon fortis visa exide ola lg uber intel amd ibm cl trade ether ripple
    tron
"""
_PLAIN_WORDS: Final = frozenset(_PLAIN_WORDS_TEXT.split())
# Of these, the ones so common in questions that small letters never mean the company.
_HARD_WORDS_TEXT: Final = """
    v ma ba hd ko pg cost dis link dot idea oil rec max target page low all it on now gas cable info edge a b c d s
    t base trade sl pe pb
"""
_HARD_WORDS: Final = frozenset(_HARD_WORDS_TEXT.split())
_EXCHANGES: Final = frozenset({"bse", "mcx"})
_SHARE: Final = frozenset({"share", "shares", "stock", "ltd", "limited", "scrip", "sheyar"})
_KINDS: Final = frozenset({"sector", "sectors", "stocks", "companies", "industry", "sectoral", "space", "theme"})
_DROPPED_TEXT: Final = """
    the and ? % ₹ < > + company co ltd limited inc corp corporation companies & private
"""
_DROPPED: Final = frozenset(_DROPPED_TEXT.split())
# A business the name before it may not have: "Reliance Power" is not Reliance.
_OTHER_BUSINESS_TEXT: Final = """
    power infra infrastructure communications naval capital retail motors cement chemicals steel petroleum
    securities jewellers textiles petrochemicals housing broadcast
"""
_OTHER_BUSINESS: Final = frozenset(_OTHER_BUSINESS_TEXT.split())


def find(question: Question, own: Iterable[Instrument] = ()) -> Found:
    """The instruments of a question; an investor's `own` ones are found like the catalogue's and first."""
    mine = build(own)
    return _Finder(question, (mine, catalogue_index()) if mine.symbols else (catalogue_index(),)).find()


class _Finder:
    """One search. Words are taken as they are understood; what is taken is not looked at again."""

    def __init__(self, question: Question, indexes: tuple[NameIndex, ...]) -> None:
        self._question, self._indexes = question, indexes
        self._words = question.words
        self._taken = [False] * len(question.words)
        self._mentions: list[Mention] = []
        self._doubts: list[Doubt] = []
        self._unknown: list[str] = []
        letters = [one.raw for one in question.words if one.raw.isalpha()]
        self._shouted = (
            bool(letters) and sum(one.isupper() for one in letters) > 0.7 * len(letters) and len(letters) > 2
        )

    def find(self) -> Found:
        self._currency()
        self._symbols()
        self._names()
        self._left_over()
        return Found(
            tuple(sorted(self._mentions, key=lambda one: one.first)),
            tuple(sorted(self._doubts, key=lambda one: one.first)),
            tuple(dict.fromkeys(self._unknown)),
        )

    def _currency(self) -> None:
        """The rupee against the dollar, in words that are no name by themselves."""
        for match in _RUPEE.finditer(self._question.text):
            inside = [i for i, one in enumerate(self._words) if one.start < match.end() and match.start() < one.end]
            if inside and not self._mentions:
                self._mention(resolve("INR=X"), inside[0], inside[-1] + 1)

    # -- exact symbols -----------------------------------------------------------------------------------------

    def _symbols(self) -> None:
        for match in _SYMBOL.finditer(self._question.text):
            inside = [i for i, one in enumerate(self._words) if one.start < match.end() and match.start() < one.end]
            if not inside or any(self._taken[i] for i in inside):
                continue
            first, last = inside[0], inside[-1] + 1
            try:
                instrument = resolve(re.sub(r"\s", "", match[0]))
            except AmbiguousSymbol as error:
                self._doubt(error, first, last)
            except InputError:
                if match[0].startswith("$") and match[0][1:].lower() in english():
                    continue
                self._unknown.append(match[0])
                self._take(first, last)
            else:
                self._mention(instrument, first, last)

    # -- names and tickers -------------------------------------------------------------------------------------

    def _names(self) -> None:
        position = 0
        while position < len(self._words):
            position = self._name_at(position) or position + 1

    def _name_at(self, first: int) -> int | None:
        """Where the words after a name at `first` begin; None when there is no name."""
        if self._taken[first] or self._words[first].text in _DROPPED:
            return None
        for last in range(min(first + MOST_WORDS, len(self._words)), first, -1):
            if any(self._taken[first:last]) or (last - first > 1 and self._words[last - 1].text in _DROPPED):
                continue
            matches = self._matches(first, last)
            if not matches or (last - first == 1 and not self._meant(first)):
                continue
            if other := self._other_business(first, last):
                return other
            if len(matches) == 1:
                self._mention(matches[0], first, last)
            else:
                self._several(first, last, matches)
            return last
        return None

    def _matches(self, first: int, last: int) -> tuple[Instrument, ...]:
        window = self._words[first:last]
        for key in dict.fromkeys((_key(one.text for one in window), _key(one.whole for one in window))):
            for index in self._indexes:
                if key and (found := index.names.get(key)):
                    return found
        return ()

    def _several(self, first: int, last: int, matches: Sequence[Instrument]) -> None:
        text = self._text(first, last)
        try:
            self._mention(resolve(text), first, last)
        except AmbiguousSymbol as error:
            self._doubt(error, first, last)
        except UnknownSymbol:
            self._doubts.append(Doubt(text, tuple(one.symbol for one in matches), first, last))
            self._take(first, last)

    def _meant(self, position: int) -> bool:
        """Whether a single word is meant as a name."""
        word = self._words[position]
        before = self._words[position - 1].text if position else ""
        after = self._words[position + 1].text if position + 1 < len(self._words) else ""
        if word.text in _EXCHANGES:
            return before not in {"on", "in", "the", "at", "nse", "from"} and after in _SHARE | {
                "price",
                "ka",
                "limited",
            }
        if word.text.isdigit():
            return len(word.text) == 6 and word.text[0] == "5"
        if after in _KINDS and (word.text in _PLAIN_WORDS or word.text in GENERIC):
            return False
        if word.text not in _PLAIN_WORDS:
            return word.text not in english() or word.text in _NAMES_THOUGH_WORDS
        if word.raw.isupper() and not self._shouted and word.text not in {"ma", "sl", "pe", "pb", "a"}:
            return True
        beside_share = after in _SHARE or before in _SHARE
        if word.text in _HARD_WORDS:
            return beside_share and len(word.text) > 2 and word.raw[:1].isupper()
        return True

    def _other_business(self, first: int, last: int) -> int | None:
        """The end of a longer name which is not the one found: "Reliance Power". None when there is none."""
        if last >= len(self._words) or self._words[last].text not in _OTHER_BUSINESS:
            return None
        after = self._words[last + 1].text if last + 1 < len(self._words) else ""
        if after in {"structure", "sector", "gains", "business", "segment", "employed", "market", "stocks"}:
            return None
        if self._words[first].raw.isupper() and self._words[last].raw.islower():
            return None
        try:
            resolve(self._text(first, last + 1))
        except UnknownSymbol:
            self._unknown.append(self._text(first, last + 1))
            self._take(first, last + 1)
            return last + 1
        except AmbiguousSymbol:
            return None
        return None

    # -- families, misspellings, strangers ---------------------------------------------------------------------

    def _left_over(self) -> None:
        position = 0
        while position < len(self._words):
            if not self._strange(position):
                position += 1
                continue
            position = self._stranger(position)

    def _strange(self, position: int) -> bool:
        word = self._words[position]
        if self._taken[position] or len(word.text) < 2 or not word.text[0].isalpha():
            return False
        if word.text in _HARD_WORDS or word.text in _EXCHANGES:
            return False
        return word.text not in vocabulary() and not _number_with_unit(word.text)

    def _stranger(self, position: int) -> int:
        word = self._words[position]
        for first, last in self._windows(position):
            text = self._text(first, last)
            outcome = _resolved(text)
            if isinstance(outcome, Instrument):
                slip = corrected(word.text)
                if (
                    last - first == 1
                    and slip is not None
                    and not word.raw.isupper()
                    and _nearer(word.text, slip, outcome)
                ):
                    return position + 1
                self._mention(outcome, first, last)
                return last
            if isinstance(outcome, tuple):
                slip = corrected(word.text)
                if slip is not None and not _family(word.text):
                    return position + 1
                self._doubts.append(Doubt(text, outcome, first, last))
                self._take(first, last)
                return last
        if corrected(word.text) is not None and not (word.raw.isupper() and len(word.raw) > 3 and not self._shouted):
            return position + 1
        if (split := self._glued(position)) is not None:
            return split
        if (slipped := _slipped(word.text)) is not None:
            self._mention(slipped, position, position + 1)
            return position + 1
        last = position + 1
        while last < len(self._words) and (
            self._strange(last) or (self._words[last].text in GENERIC and self._words[last].raw[:1].isupper())
        ):
            last += 1
        self._unknown.append(self._text(position, last))
        self._take(position, last)
        return last

    def _windows(self, position: int) -> list[tuple[int, int]]:
        """Spans around a strange word, longest first, made of strange words and words common in company names."""
        low = position
        while low > 0 and position - low < 2 and self._joins(low - 1):
            low -= 1
        high = position + 1
        while high < len(self._words) and high - position < 4 and self._joins(high):
            high += 1
        spans = [(a, b) for a in range(low, position + 1) for b in range(position + 1, high + 1)]
        return sorted(spans, key=lambda span: (span[0] - span[1], span[0]))

    def _joins(self, position: int) -> bool:
        if self._taken[position]:
            return False
        text = self._words[position].text
        return self._strange(position) or (text in GENERIC and text not in _NOT_IN_NAMES and len(text) > 2)

    def _glued(self, position: int) -> int | None:
        """A name with a Hindi particle stuck to it: "tcska", "relianceka"."""
        text = self._words[position].text
        for tail in ("ka", "ki", "ke", "ko", "me", "mein", "share", "stock", "price"):
            if text.endswith(tail) and len(text) - len(tail) >= 3:
                outcome = _exact(text[: -len(tail)])
                if outcome is not None:
                    self._mention(outcome, position, position + 1)
                    return position + 1
        return None

    # -- bookkeeping -------------------------------------------------------------------------------------------

    def _text(self, first: int, last: int) -> str:
        return self._question.text[self._words[first].start : self._words[last - 1].end]

    def _take(self, first: int, last: int) -> None:
        self._taken[first:last] = [True] * (last - first)

    def _mention(self, instrument: Instrument, first: int, last: int) -> None:
        self._mentions.append(Mention(instrument, first, last, self._text(first, last)))
        self._take(first, last)

    def _doubt(self, error: AmbiguousSymbol, first: int, last: int) -> None:
        self._doubts.append(Doubt(self._text(first, last), error.candidates, first, last))
        self._take(first, last)


_NOT_IN_NAMES_TEXT: Final = """
    market index stock fund funds total average special first india indian investment investments nse bse
    development of a s the average general
"""
_NOT_IN_NAMES: Final = frozenset(_NOT_IN_NAMES_TEXT.split())
_NAMES_THOUGH_WORDS: Final = frozenset({"nifty", "sensex", "india", "bitcoin", "indian"})


def _key(texts: Iterable[str]) -> str:
    return compact(tokens(" ".join(texts)))


@lru_cache(maxsize=4096)
def _resolved(text: str) -> Instrument | tuple[str, ...] | None:
    """The catalogue's answer: an instrument, candidates, or None."""
    try:
        return resolve(text, known_only=True)
    except AmbiguousSymbol as error:
        return error.candidates
    except UnknownSymbol:
        return None


def _exact(text: str) -> Instrument | None:
    found = catalogue_index().names.get(text, ())
    return found[0] if len(found) == 1 else None


@cache
def _first_words() -> frozenset[str]:
    return frozenset(key.words[0] for key in catalogue_index().keys if key.words)


def _family(word: str) -> bool:
    return word in _first_words()


@lru_cache(maxsize=4096)
def _slipped(word: str) -> Instrument | None:
    """The one instrument a name of which is a single slip away from a word of four letters or more ("titn")."""
    if len(word) < 4:
        return None
    near = {
        key.instrument.symbol: key.instrument
        for key in catalogue_index().keys
        if len(key.words) == 1 and len(key.text) >= 5 and OSA.distance(word, key.text, score_cutoff=1) <= 1
    }
    return next(iter(near.values())) if len(near) == 1 else None


def _nearer(word: str, slip: str, instrument: Instrument) -> bool:
    """Whether a plain word is as near as any name of the instrument, so that the plain word is meant."""
    names = [key.text for key in catalogue_index().keys if key.instrument == instrument]
    return OSA.distance(word, slip) <= min(OSA.distance(word, name) for name in names)


def _number_with_unit(text: str) -> bool:
    return bool(re.fullmatch(r"\d+[a-z]{1,6}", text))


def is_index(instrument: Instrument) -> bool:
    """Whether it is a level nobody holds (an index, a future)."""
    return instrument.asset_class is AssetClass.INDEX
