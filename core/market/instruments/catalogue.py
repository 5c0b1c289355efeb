"""The instruments everybody sees: a file of facts, read once.

``catalogue.csv`` says name, sector, ISIN (where certain), BSE code and other names; ``infer`` supplies exchange,
currency, timezone and calendar from the symbol. Sectors and industries use Yahoo's words, as its profiles do.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from pathlib import Path

from core.market.instruments.symbols import SUFFIXES, infer, split_suffix
from core.market.model import AssetClass, Instrument

_FILE = Path(__file__).with_name("catalogue.csv")
_FIELDS = 9


def catalogue() -> tuple[Instrument, ...]:
    """All instruments of the catalogue, in its order: NIFTY 50, further NSE names, ETFs, indices, US, crypto, rates."""
    return tuple(_by_symbol().values())


def by_symbol(symbol: str) -> Instrument | None:
    """The instrument of a canonical symbol (any case), or None.

    A BSE listing of a catalogued NSE stock ("RELIANCE.BO") is derived from it, with its name, sector and ISIN.
    """
    text = symbol.strip().upper()
    known = _by_symbol().get(text)
    if known is not None:
        return known
    listed = split_suffix(text)
    if listed is None or listed[1] != "BO":
        return None
    sibling = _by_symbol().get(f"{listed[0]}.NS")
    return bse_listing(sibling) if sibling is not None and sibling.asset_class is not AssetClass.INDEX else None


def by_isin(isin: str) -> Instrument | None:
    """The instrument of an ISIN (any case), or None when the catalogue does not know it for certain."""
    return _by_isin().get(isin.strip().upper())


def bse_listing(instrument: Instrument) -> Instrument:
    """The BSE listing of an NSE stock: the same company, ".BO" for ".NS"."""
    venue = SUFFIXES["BO"]
    return replace(instrument, symbol=f"{instrument.symbol.removesuffix('.NS')}.BO", exchange=venue.exchange)


@cache
def _by_symbol() -> dict[str, Instrument]:
    found: dict[str, Instrument] = {}
    with _FILE.open(encoding="utf-8", newline="") as lines:
        rows = (line for line in lines if line.strip() and not line.startswith("#"))
        for row in csv.reader(rows, delimiter="|", quoting=csv.QUOTE_NONE):
            instrument = _instrument(row)
            if instrument.symbol in found:
                raise ValueError(f"{_FILE.name} lists {instrument.symbol} twice.")
            found[instrument.symbol] = instrument
    return found


@cache
def _by_isin() -> dict[str, Instrument]:
    return {instrument.isin: instrument for instrument in catalogue() if instrument.isin}


def _instrument(row: list[str]) -> Instrument:
    if len(row) != _FIELDS:
        raise ValueError(f"{_FILE.name}: “{'|'.join(row)[:80]}” has {len(row)} fields, not {_FIELDS}.")
    symbol, name, short_name, asset_class, sector, industry, isin, bse_code, others = row
    aliases = tuple(alias for alias in (bse_code, *others.split(";")) if alias)
    return replace(
        infer(symbol),
        name=name,
        short_name=short_name,
        asset_class=AssetClass(asset_class),
        sector=sector or None,
        industry=industry or None,
        isin=isin or None,
        aliases=aliases,
    )
