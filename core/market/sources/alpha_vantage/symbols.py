"""Canonical symbols in Alpha Vantage's words and back. Pure."""

import re
from dataclasses import dataclass

from core.market.model import AssetClass, Instrument

# Yahoo's suffix and Alpha Vantage's, by exchange. Bombay stands for India: it has no data of the NSE.
_SUFFIXES = {
    "BO": "BSE",
    "L": "LON",
    "TO": "TRT",
    "V": "TRV",
    "DE": "DEX",
    "F": "FRK",
    "PA": "PAR",
    "AS": "AMS",
    "HK": "HKG",
    "SS": "SHH",
    "SZ": "SHZ",
    "SA": "SAO",
}
_BACK = {theirs: ours for ours, theirs in _SUFFIXES.items()}
_PLAIN = re.compile(r"^[A-Z][A-Z0-9]{0,5}(-[A-Z])?$")
_PAIR = re.compile(r"^([A-Z]{3})?([A-Z]{3})=X$")
_COIN = re.compile(r"^([A-Z0-9]{2,10})-([A-Z]{3})$")
_NAME = re.compile(r"^[A-Z0-9&\-_]{1,20}$")


@dataclass(frozen=True, slots=True)
class Address:
    """How an instrument is asked for: a listed share by ``symbol``, a pair of currencies or a coin by two codes.

    ``elsewhere`` says that the prices are those of another exchange than the instrument's.
    """

    symbol: str
    base: str = ""
    quote: str = ""
    elsewhere: bool = False


def address(instrument: Instrument) -> Address | None:
    """Where Alpha Vantage has the instrument; None for indices and what it does not list."""
    symbol = instrument.symbol.upper()
    if instrument.asset_class is AssetClass.FX:
        pair = _PAIR.match(symbol)
        return Address(symbol, pair.group(1) or "USD", pair.group(2)) if pair else None
    if instrument.asset_class is AssetClass.CRYPTO:
        coin = _COIN.match(symbol)
        return Address(symbol, coin.group(1), coin.group(2)) if coin else None
    if instrument.asset_class is AssetClass.INDEX:
        return None
    name, dot, suffix = symbol.rpartition(".")
    if not dot:
        return Address(symbol) if _PLAIN.match(symbol) else None
    if not _NAME.match(name):
        return None
    if suffix == "NS":
        return Address(f"{name}.BSE", elsewhere=True)
    theirs = _SUFFIXES.get(suffix)
    return Address(f"{name}.{theirs}") if theirs else None


def canonical(theirs: str) -> str | None:
    """Our symbol for one of Alpha Vantage's ("RELIANCE.BSE", "AAPL", "CRYPTO:BTC", "FOREX:EUR"); None for others."""
    word = theirs.upper()
    if word.startswith("CRYPTO:"):
        return f"{word[7:]}-USD" if _NAME.match(word[7:]) else None
    if word.startswith("FOREX:"):
        return None if word[6:] == "USD" or not _NAME.match(word[6:]) else f"{word[6:]}=X"
    name, dot, suffix = word.rpartition(".")
    if not dot:
        return word if _PLAIN.match(word) else None
    ours = _BACK.get(suffix)
    return f"{name}.{ours}" if ours and _NAME.match(name) else None
