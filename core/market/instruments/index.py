"""Names of instruments in searchable form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from core.market.instruments.catalogue import catalogue
from core.market.instruments.words import compact, digits, tokens
from core.market.model import AssetClass, Instrument


@dataclass(frozen=True, slots=True)
class Key:
    """One name of one instrument: its words, the words run together, and the digits among them."""

    words: tuple[str, ...]
    text: str
    figures: str
    instrument: Instrument


@dataclass(frozen=True)
class NameIndex:
    """Instruments by symbol, by ticker (capitals) and by name."""

    symbols: dict[str, Instrument]
    tickers: dict[str, tuple[Instrument, ...]]
    names: dict[str, tuple[Instrument, ...]]
    keys: tuple[Key, ...]


@cache
def catalogue_index() -> NameIndex:
    """The index of the catalogue, built once."""
    return build(catalogue())


def build(instruments: Iterable[Instrument]) -> NameIndex:
    """An index of `instruments`; earlier ones come first among equals."""
    symbols: dict[str, Instrument] = {}
    tickers: dict[str, list[Instrument]] = defaultdict(list)
    names: dict[str, list[Instrument]] = defaultdict(list)
    keys: list[Key] = []
    for instrument in instruments:
        symbols[instrument.symbol.upper()] = instrument
        for ticker in _tickers(instrument):
            if instrument not in tickers[ticker]:
                tickers[ticker].append(instrument)
        seen: set[tuple[str, ...]] = set()
        for name in (instrument.symbol.split(".")[0], instrument.name, instrument.short_name, *instrument.aliases):
            words = tokens(name)
            text = compact(words)
            if text and words not in seen:
                seen.add(words)
                keys.append(Key(words, text, digits(text), instrument))
                if instrument not in names[text]:
                    names[text].append(instrument)
    return NameIndex(
        symbols,
        {ticker: tuple(found) for ticker, found in tickers.items()},
        {name: tuple(found) for name, found in names.items()},
        tuple(keys),
    )


def _tickers(instrument: Instrument) -> list[str]:
    """What a trader types: the symbol without suffix, and other or former tickers (aliases in capitals or digits)."""
    found = [alias for alias in instrument.aliases if " " not in alias and alias == alias.upper()]
    if instrument.asset_class in (AssetClass.STOCK, AssetClass.ETF, AssetClass.FUND):
        found.insert(0, instrument.symbol.split(".")[0].upper())
    return found
