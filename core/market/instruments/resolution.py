"""What an investor means by a word: one instrument, a question, or a plain "not known". Never a guess.

The steps, first answer wins:

1. a canonical symbol, own instruments before the catalogue;
2. an exchange said outright ("NSE:RELIANCE", "BSE:500325", "$AAPL", "RELIANCE.BO", "INFY-EQ"): a ticker of that
   exchange, known or, spelled out like that, taken at its word;
3. an exact ticker, current or former ("TCS", "ZOMATO");
4. an exact name, short name or alias ("SBI", "reliance industries ltd");
5. words of exactly one name ("kotak mahindra"), unless they are common to any company ("india bank");
6. a near misspelling of exactly one name ("relaince", "hdfc bnak"); another name almost as near makes it a question.

Similarity is the optimal string alignment distance (Boytsov 2011; by rapidfuzz): insertions, deletions, substitutions
and transpositions of neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import OSA

from core.market.errors import AmbiguousSymbol, UnknownSymbol
from core.market.instruments.catalogue import bse_listing, by_symbol
from core.market.instruments.index import Key, NameIndex, build, catalogue_index
from core.market.instruments.symbols import (
    indian_ticker,
    infer,
    spelled_out,
    split_suffix,
    united_states_ticker,
)
from core.market.instruments.words import GENERIC, LONGEST_QUERY, asked_tokens, clean, compact, digits, tokens
from core.market.model import AssetClass, Instrument

MOST_CANDIDATES: Final = 8
_NEAR_MISSES: Final = 5

_PREFIXES: Final = {
    "NSE": "NSE",
    "NSEI": "NSE",
    "INDEXNSE": "NSE",
    "BSE": "BSE",
    "BOM": "BSE",
    "INDEXBOM": "BSE",
    "NASDAQ": "US",
    "NYSE": "US",
    "NYSEARCA": "US",
    "NYSEAMERICAN": "US",
    "AMEX": "US",
    "US": "US",
    "CRYPTO": "Crypto",
    "FX": "FX",
}
_PREFIXED = re.compile(r"([A-Za-z]{2,12})\s*:\s*(.+)")
_SERIES = re.compile(r"(.+)-(EQ|BE|BZ|SM|ST)", re.IGNORECASE)


def resolve(text: str, extra: Iterable[Instrument] = (), *, known_only: bool = False) -> Instrument:
    """The instrument `text` means.

    Args:
        text: what the investor typed; any unicode.
        extra: an investor's own instruments; they are found like the catalogue's and win on an equal symbol.
        known_only: refuse well-formed symbols outside the catalogue (and `extra`) in place of inferring them.

    Raises:
        UnknownSymbol: nothing fits; carries near misses, nearest first.
        AmbiguousSymbol: several fit; carries candidates, best first.
    """
    asked = clean(text)
    if not asked or len(asked) > LONGEST_QUERY:
        raise UnknownSymbol(asked)
    own = build(extra)
    indexes = (own, catalogue_index()) if own.symbols else (catalogue_index(),)

    upper = asked.upper()
    for index in indexes:
        if upper in index.symbols:
            return index.symbols[upper]
    if (listed := by_symbol(upper)) is not None:
        return listed

    venue, rest = _venue(asked)
    if venue is not None:
        return _on_exchange(asked, venue, rest, indexes, known_only=known_only)
    if (found := _symbol(upper, indexes, known_only=known_only)) is not None:
        return found
    if (found := _ticker(asked, upper, indexes)) is not None:
        return found
    return _named(asked, indexes, None)


def _near_misses(text: str, indexes: tuple[NameIndex, ...], venue: str | None = None) -> tuple[str, ...]:
    """Symbols whose names are most like `text`, nearest first; empty when nothing is alike."""
    asked = [compact(words) for words in _variants(text)]
    scored: dict[str, tuple[float, int]] = {}
    for position, key in enumerate(key for index in indexes for key in _keys(index, venue)):
        similarity = max((OSA.normalized_similarity(one, key.text, score_cutoff=0.6) for one in asked), default=0.0)
        if similarity and similarity > scored.get(key.instrument.symbol, (0.0, 0))[0]:
            scored[key.instrument.symbol] = (similarity, -position)
    ranked = sorted(scored, key=lambda symbol: scored[symbol], reverse=True)
    return tuple(ranked[:_NEAR_MISSES])


def _venue(asked: str) -> tuple[str | None, str]:
    """The exchange said by a prefix, and what is left."""
    if asked.startswith("$") and len(asked) > 1:
        return "$", asked[1:].strip()
    if (match := _PREFIXED.fullmatch(asked)) and (venue := _PREFIXES.get(match[1].upper())):
        return venue, clean(match[2])
    return None, asked


def _on_exchange(asked: str, venue: str, rest: str, indexes: tuple[NameIndex, ...], *, known_only: bool) -> Instrument:
    upper = rest.upper()
    if match := _SERIES.fullmatch(upper):
        upper = match[1] if match[1] not in _PREFIXES else upper
    if venue == "$":
        # A cashtag is a US habit, but Indian tickers are written that way too; the US listing comes first.
        for exchanges in (("US",), ("NSE",), None):
            matches = [i for i in _ticker_matches(upper, indexes) if exchanges is None or i.exchange in exchanges]
            if matches:
                return _only(asked, matches)
        if united_states_ticker(upper) and not known_only:
            return infer(upper)
        raise UnknownSymbol(asked, _near_misses(rest, indexes))
    if venue == "BSE":
        return _on_bse(asked, rest, upper, indexes, known_only=known_only)
    matches = [i for i in _ticker_matches(upper, indexes) if i.exchange == venue]
    if matches:
        return _only(asked, matches)
    if (direct := _first_symbol(upper, indexes)) is not None and direct.exchange == venue:
        return direct
    if not known_only and venue == "NSE" and indian_ticker(upper) and not _is_name(rest, indexes, venue):
        return infer(f"{upper}.NS")
    if not known_only and venue == "US" and united_states_ticker(upper) and not _is_name(rest, indexes, venue):
        return infer(upper)
    if not rest:
        raise UnknownSymbol(asked)
    return _named(rest, indexes, venue)


def _on_bse(asked: str, rest: str, upper: str, indexes: tuple[NameIndex, ...], *, known_only: bool) -> Instrument:
    """BSE codes and names: an index of BSE itself, or the ".BO" listing of a stock known from NSE."""
    matches = [i for i in _ticker_matches(upper, indexes) if i.exchange in ("BSE", "NSE")]
    if not matches and (not indian_ticker(upper) or known_only or _is_name(rest, indexes, None)):
        matches = [_named(rest, indexes, "NSE", also="BSE")]
    if not matches:
        return infer(f"{upper}.BO")
    found = _only(asked, matches)
    if found.exchange == "BSE":
        return found
    if found.asset_class is AssetClass.INDEX:
        raise UnknownSymbol(asked, (found.symbol,))
    return bse_listing(found)


def _symbol(upper: str, indexes: tuple[NameIndex, ...], *, known_only: bool) -> Instrument | None:
    """A symbol with its market said in Yahoo's way: a former ticker's successor, or taken at its word."""
    if match := _SERIES.fullmatch(upper):
        matches = [i for i in _ticker_matches(match[1], indexes) if i.exchange == "NSE"]
        if len(matches) == 1:
            return matches[0]
    if not spelled_out(upper):
        return None
    listed = split_suffix(upper)
    if listed is not None and listed[1] in ("NS", "BO"):
        ticker, suffix = listed
        matches = [i for i in _ticker_matches(ticker, indexes) if i.symbol.endswith(".NS")]
        if len(matches) == 1 and matches[0].asset_class is not AssetClass.INDEX:
            return matches[0] if suffix == "NS" else bse_listing(matches[0])
        if _is_name(ticker, indexes, "NSE"):
            named = _named(ticker, indexes, "NSE")
            return named if suffix == "NS" else bse_listing(named)
    if len(found := _ticker_matches(upper, indexes)) == 1:
        return found[0]
    if known_only:
        raise UnknownSymbol(upper, _near_misses(listed[0] if listed else upper, indexes))
    return infer(upper)


def _ticker(asked: str, upper: str, indexes: tuple[NameIndex, ...]) -> Instrument | None:
    """An exact ticker: one word, whatever its case."""
    if " " in upper:
        return None
    matches = _ticker_matches(upper, indexes)
    return _only(asked, matches) if matches else None


def _named(asked: str, indexes: tuple[NameIndex, ...], venue: str | None, also: str | None = None) -> Instrument:
    """By name: exact, then words of one name, then a near misspelling."""

    def allowed(instrument: Instrument) -> bool:
        return venue is None or instrument.exchange in (venue, also)

    variants = _variants(asked)
    if not variants:
        raise UnknownSymbol(asked)
    for words in variants:
        exact = [i for index in indexes for i in index.names.get(compact(words), ()) if allowed(i)]
        if exact:
            return _only(asked, exact)
    keys = [key for index in indexes for key in index.keys if allowed(key.instrument)]
    words = variants[-1]
    by_word = list(dict.fromkeys(key.instrument for key in keys if set(words) <= set(key.words)))
    if by_word and not all(word in GENERIC or len(word) < 3 for word in words):
        return _only(asked, by_word)
    for words in variants:
        if close := _misspelled(words, keys):
            return _only(asked, close)
    near = tuple(dict.fromkeys([i.symbol for i in by_word[:_NEAR_MISSES]] + list(_near_misses(asked, indexes, venue))))
    raise UnknownSymbol(asked, near[:_NEAR_MISSES])


def _variants(asked: str) -> list[tuple[str, ...]]:
    """The words as they are, then without "share", "price" and the like where that differs."""
    return [words for words in dict.fromkeys((tokens(asked), asked_tokens(asked))) if words]


def _misspelled(words: tuple[str, ...], keys: Iterable[Key]) -> list[Instrument]:
    """Instruments `words` are a near misspelling of, nearest first.

    A candidate lies within the edits its name's length allows. Equally near ones are returned too, and after two edits
    also those one edit further, so that a close second makes it a question. Digits must agree ("NIFTY 500" is no
    misspelling of "NIFTY 50").
    """
    asked = compact(words)
    figures = digits(asked)
    distances: dict[Instrument, int] = {}
    allowed: set[Instrument] = set()
    for key in keys:
        most = _edits_allowed(len(key.text))
        if key.figures != figures or abs(len(key.text) - len(asked)) > most:
            continue
        distance = int(OSA.distance(asked, key.text, score_cutoff=most + 1))
        if distance > most + 1:
            continue
        distances[key.instrument] = min(distance, distances.get(key.instrument, distance))
        if (distance <= most and _words_agree(words, key.words)) or (
            distance == 1 and _swapped(asked, key.text) and len(asked) == 5
        ):
            allowed.add(key.instrument)
    if not allowed:
        return []
    nearest = min(distances[i] for i in allowed)
    furthest = nearest if nearest <= 1 else nearest + 1
    rivals = [i for i, distance in distances.items() if distance <= (furthest if i in allowed else nearest)]
    return sorted(rivals, key=lambda i: distances[i])


def _edits_allowed(length: int) -> int:
    """Short names are one slip away from too many others; five letters may only have neighbours swapped."""
    if length <= 5:
        return 0
    if length <= 7:
        return 1
    return 2 if length <= 15 else 3


def _words_agree(asked: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Word by word no more slips than each word's length bears ("oil india" is not "coal india").

    Words split or joined otherwise than in the name are compared as a whole only.
    """
    if len(asked) != len(name) or len(asked) == 1:
        return True
    for one, other in zip(asked, name, strict=True):
        longest = max(len(one), len(other))
        bears = 0 if longest <= 2 else 1 if longest <= 5 else 2
        if OSA.distance(one, other) > bears:
            return False
    return True


def _swapped(one: str, other: str) -> bool:
    return len(one) == len(other) and sorted(one) == sorted(other)


def _ticker_matches(upper: str, indexes: tuple[NameIndex, ...]) -> list[Instrument]:
    return _distinct(i for index in indexes for i in index.tickers.get(upper, ()))


def _first_symbol(upper: str, indexes: tuple[NameIndex, ...]) -> Instrument | None:
    return next((index.symbols[upper] for index in indexes if upper in index.symbols), None)


def _is_name(rest: str, indexes: tuple[NameIndex, ...], venue: str | None) -> bool:
    """Whether `rest` is a name we know, or a word of several ("NSE:INFOSYS" is Infosys, "NSE:TATA" a question)."""
    words = tokens(rest)
    text = compact(words)
    if any(venue is None or i.exchange == venue for index in indexes for i in index.names.get(text, ())):
        return True
    if not words or words[0] in GENERIC or len(words[0]) < 3:
        return False
    return len({key.instrument for index in indexes for key in _keys(index, venue) if words[0] in key.words}) > 1


def _keys(index: NameIndex, venue: str | None) -> list[Key]:
    return [key for key in index.keys if venue is None or key.instrument.exchange == venue]


def _only(asked: str, matches: Iterable[Instrument]) -> Instrument:
    found = _distinct(matches)
    if len(found) > 1:
        raise AmbiguousSymbol(asked, [i.symbol for i in found[:MOST_CANDIDATES]])
    return found[0]


def _distinct(instruments: Iterable[Instrument]) -> list[Instrument]:
    """Each symbol once, the first of it (an investor's own before the catalogue's)."""
    found: dict[str, Instrument] = {}
    for instrument in instruments:
        found.setdefault(instrument.symbol, instrument)
    return list(found.values())
