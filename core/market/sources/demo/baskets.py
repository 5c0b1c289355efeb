"""Which simulated instruments are made of others: indices of their members, funds of what they track."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.market.model import AssetClass, Instrument
from core.market.sources.demo.character import character, level

_SECTOR_INDICES = {
    "^CNXIT": "technology",
    "^CNXAUTO": "consumer",
    "^CNXPHARMA": "health",
    "^CNXFMCG": "staples",
    "^CNXMETAL": "materials",
    "^CNXENERGY": "energy",
    "^CNXREALTY": "property",
    "^CNXINFRA": "industrials",
    "^CNXMEDIA": "communication",
    "NIFTY_FIN_SERVICE.NS": "financial",
}
_STATE_BANKS = {f"{name}.NS" for name in ("SBIN", "BANKBARODA", "PNB", "CANBK", "UNIONBANK", "INDIANB", "BANKINDIA")}
_NASDAQ = ("technology", "communication", "consumer")
_NEXT = {"^NSMIDCP", "^NIFTYJR", "^CNXJUNIOR"}
VOLATILITY = {"^INDIAVIX", "^VIX"}
_COMMODITIES = ("gold", "silver", "crude")


@dataclass(frozen=True, slots=True)
class Baskets:
    """``members`` of every index that has any; ``tracked`` index of every fund that follows one."""

    members: Mapping[str, tuple[str, ...]]
    tracked: Mapping[str, str]


def baskets(seed: int, instruments: Iterable[Instrument], nifty: Iterable[str] = ()) -> Baskets:
    """Puts every index and fund of the universe together. ``nifty`` are the symbols of the NIFTY 50, where known."""
    known = {each.symbol: each for each in instruments}
    stocks = [each for each in known.values() if each.asset_class is AssetClass.STOCK]
    indian = [each for each in stocks if each.calendar == "XBOM" and each.symbol.endswith(".NS")]
    listed = set(nifty) & set(known)
    fifty = [each for each in indian if each.symbol in listed] or indian
    members: dict[str, tuple[str, ...]] = {}
    for index in known.values():
        if index.asset_class is not AssetClass.INDEX or index.symbol in VOLATILITY:
            continue
        found = _members(seed, index, indian, fifty, [each for each in stocks if each.calendar == index.calendar])
        if found:
            members[index.symbol] = tuple(each.symbol for each in found)
    tracked: dict[str, str] = {}
    for fund in known.values():
        if fund.asset_class in (AssetClass.ETF, AssetClass.FUND) and commodity(fund) is None:
            target = _tracked(fund)
            if target in members and known[target].calendar == fund.calendar:
                tracked[fund.symbol] = target
    if {"BTC-INR", "BTC-USD"} <= set(known):
        tracked["BTC-INR"] = "BTC-USD"
    return Baskets(members, tracked)


def commodity(instrument: Instrument) -> str | None:
    """The commodity an instrument follows, by the words of its name, or None."""
    if instrument.asset_class in (AssetClass.STOCK, AssetClass.CRYPTO):
        return None
    name = instrument.name.lower()
    return next((word for word in _COMMODITIES if word in name), None)


def _members(
    seed: int, index: Instrument, indian: list[Instrument], fifty: list[Instrument], local: list[Instrument]
) -> list[Instrument]:
    symbol = index.symbol
    if symbol == "^NSEI":
        return fifty
    if symbol == "^BSESN":
        return _largest(seed, fifty, 30)
    if symbol == "^NSEBANK":
        return [each for each in indian if "bank" in f"{each.name} {each.industry or ''}".lower()]
    if symbol in _SECTOR_INDICES:
        return [each for each in indian if character(each).sector == _SECTOR_INDICES[symbol]]
    if symbol in _NEXT:
        return [each for each in indian if each not in fifty]
    if symbol == "^CNXPSUBANK":
        return [each for each in indian if each.symbol in _STATE_BANKS]
    if index.calendar == "XBOM":
        return indian
    if symbol == "^DJI":
        return _largest(seed, local, 30)
    if symbol in ("^IXIC", "^NDX"):
        return [each for each in local if character(each).sector in _NASDAQ]
    return local if symbol == "^GSPC" else []


def _largest(seed: int, stocks: list[Instrument], count: int) -> list[Instrument]:
    def size(each: Instrument) -> float:
        price, shares = level(seed, each)
        return price * shares

    largest = {each.symbol for each in sorted(stocks, key=size, reverse=True)[:count]}
    return [each for each in stocks if each.symbol in largest]


def _tracked(fund: Instrument) -> str:
    words = f"{fund.symbol} {fund.name}".lower()
    if fund.calendar == "XBOM":
        if "bank" in words:
            return "^NSEBANK"
        if "next 50" in words or "junior" in words:
            return "^NSMIDCP"
        if "itbees" in words or "nifty it" in words:
            return "^CNXIT"
        if "liquid" in words or "nasdaq" in words:
            return ""
        return "^BSESN" if "sensex" in words else "^NSEI"
    if "nasdaq" in words or "qqq" in words:
        return "^IXIC"
    return "^DJI" if "dow" in words else "^GSPC"
