"""Suggestions while an investor types: forgiving where ``resolve`` is strict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rapidfuzz.distance import OSA

from core.market.instruments.catalogue import by_symbol
from core.market.instruments.index import Key, build, catalogue_index
from core.market.instruments.words import LONGEST_QUERY, asked_tokens, clean, compact, digits
from core.market.model import Instrument

_ALIKE: Final = 0.72


def search(text: str, extra: Iterable[Instrument] = (), limit: int = 8) -> tuple[Instrument, ...]:
    """Up to `limit` instruments that `text` may become, best first; empty for an empty or hopeless query.

    Order: symbol or ticker as typed, names as typed, tickers and names beginning so, words beginning so, names alike.
    Among equals an investor's own instruments come first, then the catalogue's order. Never raises.
    """
    asked = clean(text)[:LONGEST_QUERY]
    if limit < 1 or not asked:
        return ()
    upper = asked.upper().removeprefix("$").rsplit(":", 1)[-1].strip()
    words = asked_tokens(upper)
    joined = compact(words)
    if not joined and not upper:
        return ()
    best: dict[str, tuple[float, int]] = {}
    found: dict[str, Instrument] = {}
    if (listed := by_symbol(upper)) is not None:
        found[listed.symbol], best[listed.symbol] = listed, (6.0, 0)
    position = 0
    for index in (build(extra), catalogue_index()):
        for symbol, instrument in index.symbols.items():
            if symbol not in found and (symbol == upper or symbol.startswith(upper)):
                best[symbol] = (6.0 if symbol == upper else 4.0, -position)
                found[symbol] = instrument
        for ticker in (t for t in (upper,) if t in index.tickers):
            for instrument in index.tickers[ticker]:
                found[instrument.symbol] = instrument
                best[instrument.symbol] = max(best.get(instrument.symbol, (0.0, 0)), (5.5, -position))
        for key in index.keys:
            position += 1
            score = _score(words, joined, key) if joined else 0.0
            symbol = key.instrument.symbol
            if score and (score, -position) > best.get(symbol, (0.0, 0)):
                best[symbol] = (score, -position)
                found.setdefault(symbol, key.instrument)
    ranked = sorted(best, key=lambda symbol: best[symbol], reverse=True)
    return tuple(found[symbol] for symbol in ranked[:limit])


def _score(words: tuple[str, ...], joined: str, key: Key) -> float:
    if joined == key.text:
        return 5.0
    if key.text.startswith(joined):
        return 4.0
    if max(len(word) for word in words) > 1 and all(any(part.startswith(word) for part in key.words) for word in words):
        return 3.0
    if len(joined) >= 4 and joined in key.text:
        return 2.0
    if len(joined) < 4 or digits(joined) != digits(key.text):
        return 0.0
    # What is typed so far may be a misspelt beginning: compare with as much of the name.
    whole = OSA.normalized_similarity(joined, key.text)
    start = OSA.normalized_similarity(joined, key.text[: len(joined)]) - 0.05
    alike = max(whole, start)
    return float(alike) if alike >= _ALIKE else 0.0
