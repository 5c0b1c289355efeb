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

    Order: symbol or ticker as typed, names as typed, tickers and names beginning so, words beginning so; names
    alike only when none of these is found.
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
    found: dict[str, Instrument] = {}
    best: dict[str, float] = {}

    def offer(instrument: Instrument, score: float) -> None:
        found.setdefault(instrument.symbol, instrument)
        best[instrument.symbol] = max(score, best.get(instrument.symbol, 0.0))

    if (listed := by_symbol(upper)) is not None:
        offer(listed, 6.0)
    own = build(extra)
    for index in (own, catalogue_index()):
        for symbol, instrument in index.symbols.items():
            if symbol.startswith(upper):
                offer(instrument, 6.0 if symbol == upper else 4.0)
        for instrument in index.tickers.get(upper, ()):
            offer(instrument, 5.5)
        for key in index.keys:
            if joined and (score := _begins(words, joined, key)):
                offer(key.instrument, score)
    if joined and not best:
        for index in (own, catalogue_index()):
            for key in index.keys:
                if score := _alike(joined, key):
                    offer(key.instrument, score)
    order = {symbol: position for position, symbol in enumerate([*own.symbols, *catalogue_index().symbols])}
    ranked = sorted(best, key=lambda symbol: (-best[symbol], order.get(symbol, len(order))))
    return tuple(found[symbol] for symbol in ranked[:limit])


def _begins(words: tuple[str, ...], joined: str, key: Key) -> float:
    if joined == key.text:
        return 5.0
    if key.text.startswith(joined):
        return 4.0
    if len(joined) > len(words) and all(any(part.startswith(word) for part in key.words) for word in words):
        return 3.0
    return 2.0 if len(joined) >= 4 and joined in key.text else 0.0


def _alike(joined: str, key: Key) -> float:
    if len(joined) < 4 or digits(joined) != key.figures:
        return 0.0
    # What is typed so far may be a misspelt beginning: compare with as much of the name.
    whole = OSA.normalized_similarity(joined, key.text)
    start = OSA.normalized_similarity(joined, key.text[: len(joined)]) - 0.05
    alike = max(whole, start)
    return float(alike) if alike >= _ALIKE else 0.0
