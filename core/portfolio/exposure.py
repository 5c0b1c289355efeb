"""What holdings are: class, sector, country, currency; and how much lies in each. Unknown is a group of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.market.errors import MarketError
from core.market.instruments import by_isin, by_symbol, infer
from core.market.model import AssetClass, Instrument
from core.portfolio.model import NOTHING, OWN

UNKNOWN = "Unknown"

_CLASSES = {
    AssetClass.STOCK: "Stocks",
    AssetClass.ETF: "ETFs",
    AssetClass.FUND: "Funds",
    AssetClass.CRYPTO: "Crypto",
    AssetClass.FX: "Currencies",
    AssetClass.INDEX: "Indices",
}
_COUNTRIES = {
    "INR": "India",
    "USD": "United States",
    "GBP": "United Kingdom",
    "JPY": "Japan",
    "HKD": "Hong Kong",
    "CHF": "Switzerland",
    "CAD": "Canada",
    "AUD": "Australia",
    "SGD": "Singapore",
    "CNY": "China",
    "KRW": "South Korea",
    "TWD": "Taiwan",
    "BRL": "Brazil",
    "SEK": "Sweden",
    "DKK": "Denmark",
    "NOK": "Norway",
}
_EURO = {
    "Europe/Berlin": "Germany",
    "Europe/Paris": "France",
    "Europe/Amsterdam": "Netherlands",
    "Europe/Madrid": "Spain",
    "Europe/Rome": "Italy",
    "Europe/Brussels": "Belgium",
    "Europe/Lisbon": "Portugal",
    "Europe/Vienna": "Austria",
    "Europe/Dublin": "Ireland",
    "Europe/Helsinki": "Finland",
}


class By(StrEnum):
    """What an allocation is by."""

    SYMBOL = "symbol"
    ACCOUNT = "account"
    CLASS = "class"
    SECTOR = "sector"
    COUNTRY = "country"
    CURRENCY = "currency"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a symbol is. `country` is where it is listed. What is not known for certain is "Unknown"."""

    symbol: str
    name: str
    asset_class: str
    sector: str
    country: str
    currency: str


@dataclass(frozen=True, slots=True)
class OwnAsset:
    """What the investor said of an asset of their own."""

    name: str
    asset_class: str
    currency: str


def facts(
    symbol: str, *, currency: str = "", isin: str = "", own: Mapping[str, OwnAsset] | None = None, sector: str = ""
) -> Facts:
    """What a symbol is, from the catalogue, its shape and what the investor said; never guessed."""
    if symbol.startswith(OWN):
        mine = (own or {}).get(symbol)
        name = mine.name if mine else symbol.removeprefix(OWN).replace("-", " ").capitalize()
        kind = mine.asset_class if mine and mine.asset_class else "Own assets"
        return Facts(symbol, name, kind, kind, UNKNOWN, mine.currency if mine else currency)
    instrument = by_symbol(symbol) or (by_isin(isin) if isin else None) or _inferred(symbol)
    if instrument is None:
        return Facts(symbol, symbol, UNKNOWN, UNKNOWN, UNKNOWN, currency)
    kind = _CLASSES.get(instrument.asset_class, UNKNOWN)
    known_sector = instrument.sector or sector
    if not known_sector:
        known_sector = UNKNOWN if instrument.asset_class is AssetClass.STOCK else kind
    return Facts(
        symbol,
        instrument.short_name or instrument.name,
        kind,
        known_sector,
        _country(instrument),
        currency or instrument.currency,
    )


def _inferred(symbol: str) -> Instrument | None:
    try:
        return infer(symbol)
    except MarketError:
        return None


def _country(instrument: Instrument) -> str:
    if instrument.asset_class is AssetClass.CRYPTO:
        return "No country"
    if instrument.currency == "EUR":
        return _EURO.get(instrument.timezone, UNKNOWN)
    return _COUNTRIES.get(instrument.currency.upper(), UNKNOWN)


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of an allocation.

    Attributes:
        share: of everything whose value is known, 0 to 1; None when that is nothing or less.
    """

    label: str
    value: Decimal
    share: float | None
    symbols: tuple[str, ...]


def allocation(parts: Iterable[tuple[str, str, Decimal | None]]) -> tuple[Slice, ...]:
    """Values added up by label, largest first.

    Args:
        parts: (label, symbol, value); a value that is None is unknown and left to be shown apart.
    """
    sums: dict[str, Decimal] = {}
    members: dict[str, list[str]] = {}
    for label, symbol, value in parts:
        if value is None or value == 0:
            continue
        sums[label] = sums.get(label, NOTHING) + value
        members.setdefault(label, []).append(symbol)
    whole = sum(sums.values(), NOTHING)
    listed = (
        Slice(label, value, float(value / whole) if whole > 0 else None, tuple(dict.fromkeys(members[label])))
        for label, value in sums.items()
    )
    return tuple(sorted(listed, key=lambda each: (-each.value, each.label)))


Label = Callable[[Facts], str]
LABELS: Mapping[By, Label] = {
    By.SYMBOL: lambda each: each.symbol,
    By.CLASS: lambda each: each.asset_class,
    By.SECTOR: lambda each: each.sector,
    By.COUNTRY: lambda each: each.country,
    By.CURRENCY: lambda each: each.currency,
}
