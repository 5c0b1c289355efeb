"""Instruments as brokers write them to canonical symbols: by ISIN, by the exchange's symbol, by name. Never a guess.

What cannot be told is kept as an asset of the investor's own, named as the broker named it, and asks for attention: the
units and their cost are right, only a price is missing until somebody says which instrument it is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from core.market.errors import AmbiguousSymbol, UnknownSymbol
from core.market.instruments import by_isin, by_symbol, infer, resolve
from core.market.model import Instrument
from core.portfolio.imports import actions, trades
from core.portfolio.imports.model import Written
from core.portfolio.model import OWN

_US: Final = (
    "NASDAQ",
    "NYSE",
    "ARCA",
    "AMEX",
    "BATS",
    "CBOE",
    "PINK",
    "ISLAND",
    "NDQ",
    "NSY",
    "ASE",
    "US",
    "NYSEARCA",
    "IEX",
)
_SUFFIXES: Final[Mapping[str, str]] = {
    **dict.fromkeys(_US, ""),
    **dict.fromkeys(("NSE", "NSI", "NSE_EQ", "NSEEQ", "N"), "NS"),
    **dict.fromkeys(("BSE", "BOM", "BSE_EQ", "BSEEQ", "B"), "BO"),
    **dict.fromkeys(("LSE", "LSEETF", "LSEIOB1", "XLON"), "L"),
    **dict.fromkeys(("IBIS", "IBIS2", "XETRA", "XET", "XETR", "GETTEX", "TDG"), "DE"),
    **dict.fromkeys(("FWB", "FRA", "XFRA"), "F"),
    **dict.fromkeys(("AEB", "EAM", "XAMS"), "AS"),
    **dict.fromkeys(("SBF", "EPA", "XPAR"), "PA"),
    **dict.fromkeys(("BVME", "BVME.ETF", "MIL", "XMIL"), "MI"),
    **dict.fromkeys(("BM", "MAD", "XMAD"), "MC"),
    **dict.fromkeys(("EBS", "SWX", "XSWX"), "SW"),
    **dict.fromkeys(("TSE", "TOR", "XTSE"), "TO"),
    **dict.fromkeys(("ENEXT.BE", "EBR", "XBRU"), "BR"),
    **dict.fromkeys(("BVL", "ELI", "XLIS"), "LS"),
    **dict.fromkeys(("SFB", "OMX", "XSTO"), "ST"),
    **dict.fromkeys(("HEX", "XHEL"), "HE"),
    **dict.fromkeys(("OSE", "XOSL"), "OL"),
    **dict.fromkeys(("CPH", "XCSE"), "CO"),
    **dict.fromkeys(("VSE", "XWBO"), "VI"),
    "VENTURE": "V",
    "ASX": "AX",
    "SEHK": "HK",
    "HKEX": "HK",
    "TSEJ": "T",
    "SGX": "SI",
}
"""What brokers call exchanges (Interactive Brokers, DEGIRO, Indian ones) -> Yahoo's suffix."""
_HOMES: Final[Mapping[tuple[str, str], str]] = {
    ("GB", "GBP"): "L",
    ("IE", "GBP"): "L",
    ("LU", "GBP"): "L",
    ("JE", "GBP"): "L",
    ("GG", "GBP"): "L",
    ("DE", "EUR"): "DE",
    ("FR", "EUR"): "PA",
    ("NL", "EUR"): "AS",
    ("ES", "EUR"): "MC",
    ("IT", "EUR"): "MI",
    ("PT", "EUR"): "LS",
    ("BE", "EUR"): "BR",
    ("FI", "EUR"): "HE",
    ("AT", "EUR"): "VI",
    ("CH", "CHF"): "SW",
    ("SE", "SEK"): "ST",
    ("DK", "DKK"): "CO",
    ("NO", "NOK"): "OL",
    ("CA", "CAD"): "TO",
    ("AU", "AUD"): "AX",
    ("IN", "INR"): "NS",
}
"""Country of the ISIN and currency of the price -> where a bare ticker trades. US shares have no suffix."""
_LEGAL: Final = re.compile(
    r"\b(ltd|limited|inc|incorporated|corp|corporation|plc|co|company|ag|sa|nv|the|class [a-c])\b"
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A canonical symbol, "" where the words can be nothing that is held.

    `doubt` says why a person should look at it, `name` what an own asset is called.
    """

    symbol: str
    doubt: str = ""
    name: str = ""

    @property
    def own(self) -> bool:
        """Whether it is kept as an asset of the investor's own."""
        return self.symbol.startswith(OWN)


class Resolver:
    """Resolves the instruments of one file.

    Args:
        known: ISIN -> symbol of what the ledger holds already: shares bought on one exchange are sold on another.
        chosen: the broker's words -> symbol, as a person chose.
    """

    def __init__(self, known: Mapping[str, str] | None = None, chosen: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self._chosen = {words.upper(): symbol for words, symbol in (chosen or {}).items()}
        self._found: dict[Written, Resolved] = {}

    def prime(self, instruments: Iterable[Written]) -> None:
        """Look at all of a file first: what trades on NSE in one row is the same share on BSE in another."""
        for what in instruments:
            isin = trades.isin_in(what.isin)
            if isin and isin not in self._known and _SUFFIXES.get(what.exchange.upper()) == "NS":
                self._known[isin] = self(what).symbol

    def __call__(self, what: Written) -> Resolved:
        """The symbol of an instrument as it was written."""
        if (found := self._found.get(what)) is None:
            found = self._found[what] = self._resolve(what)
        return found

    def _resolve(self, what: Written) -> Resolved:
        if (chosen := self._chosen.get(what.text.upper())) is not None:
            return Resolved(chosen)
        if what.kind == "canonical":
            return Resolved(what.symbol)
        if what.kind == "own":
            return Resolved(_own_symbol(what), "", what.name or what.symbol)
        if what.kind in ("crypto", "pair"):
            return self._crypto(what)
        isin = trades.isin_in(what.isin)
        if isin and isin in self._known:
            return Resolved(self._known[isin])
        if isin and (listed := by_isin(isin)) is not None:
            return Resolved(listed.symbol)
        if what.kind == "fund":
            return _unknown(what, "a fund has no price here")
        if what.market == "IN" or (not what.market and _is_indian(what, isin)):
            return _indian(what, isin)
        if what.market == "US":
            return _american(what)
        return _anywhere(what, isin)

    def _crypto(self, what: Written) -> Resolved:
        symbol = what.symbol.upper() if what.kind == "pair" else f"{what.symbol.upper()}-{what.currency.upper()}"
        try:
            return Resolved(infer(symbol).symbol)
        except UnknownSymbol:
            return _unknown(what, f"{symbol} is no pair that is known")


def _is_indian(what: Written, isin: str) -> bool:
    suffix = _SUFFIXES.get(what.exchange.upper())
    return suffix in ("NS", "BO") or isin.startswith("IN") or what.currency == "INR"


def _indian(what: Written, isin: str) -> Resolved:
    symbol = trades.ticker(what.symbol)
    if symbol.endswith((".NS", ".BO")):
        return Resolved(infer(symbol).symbol) if " " not in symbol else _unknown(what, "no such symbol")
    if what.kind == "broker code" or not symbol:
        return _by_name(what, "NSE") if what.name else _unknown(what, "its code is the broker's own")
    if symbol.isdigit():
        return _code(what, symbol)
    if re.fullmatch(r"[A-Z0-9&][A-Z0-9&_-]{0,24}", symbol) is None or (
        what.symbol != what.symbol.upper() and " " in symbol
    ):
        return _by_name(what if what.name else _renamed(what), "NSE")
    if (listed := by_symbol(f"{symbol}.NS")) is not None:
        return Resolved(listed.symbol)
    if (successor := _successor(symbol, isin)) is not None:
        return Resolved(successor.symbol)
    suffix = "BO" if _SUFFIXES.get(what.exchange.upper()) == "BO" else "NS"
    return Resolved(infer(f"{symbol}.{suffix}").symbol)


def _renamed(what: Written) -> Written:
    return Written("", what.isin, what.exchange, what.symbol, what.currency, what.market, what.kind)


def _successor(symbol: str, isin: str) -> Instrument | None:
    """Who bears a former ticker's shares today; not where the ISIN says that it is another company."""
    try:
        found = resolve(f"NSE:{symbol}", known_only=True)
    except (UnknownSymbol, AmbiguousSymbol):
        return None
    if symbol not in found.aliases or (isin and found.isin and found.isin != isin):
        return None
    return found


def _code(what: Written, code: str) -> Resolved:
    try:
        found = resolve(f"BSE:{code}", known_only=True)
    except (UnknownSymbol, AmbiguousSymbol):
        return Resolved(infer(f"{code}.BO").symbol)
    nse = by_symbol(found.symbol.replace(".BO", ".NS"))
    return Resolved((nse or found).symbol) if what.exchange.upper() != "BSE" or nse is None else Resolved(nse.symbol)


def _american(what: Written) -> Resolved:
    symbol = re.sub(r"[./ ]([A-Z]{1,2})$", r"-\1", what.symbol.upper().strip())
    if (listed := by_symbol(symbol)) is not None:
        return Resolved(listed.symbol)
    if re.fullmatch(r"[A-Z]{1,5}(-[A-Z]{1,2})?", symbol):
        return Resolved(infer(symbol).symbol)
    return _by_name(what, "US") if what.name else _unknown(what, "no such symbol")


def _anywhere(what: Written, isin: str) -> Resolved:
    symbol = what.symbol.strip()
    currency = {"GBX": "GBP", "GBp": "GBP"}.get(what.currency, what.currency.upper())
    if not symbol:
        return _by_name(what, None) if what.name else _unknown(what, "neither symbol nor name is told")
    if re.search(r"[a-z]", symbol) or " " in symbol:
        return _by_name(_renamed(what) if not what.name else what, None, also=symbol)
    if (listed := by_symbol(symbol)) is not None and (listed.currency == currency or not currency):
        return Resolved(listed.symbol)
    if re.search(r"[.=^-]", symbol):
        try:
            return Resolved(infer(symbol).symbol)
        except UnknownSymbol:
            pass  # a class of shares, written with a dot
    suffix = _SUFFIXES.get(what.exchange.upper())
    if suffix is None and isin:
        suffix = "" if isin.startswith("US") else _HOMES.get((isin[:2], currency))
    if suffix == "" or (suffix is None and currency == "USD"):
        found = _american(what)
        foreign = isin and not isin.startswith("US") and suffix is None and not found.own
        return Resolved(found.symbol, f"“{symbol}” was taken for the US listing {found.symbol}") if foreign else found
    if suffix:
        ticker = symbol.zfill(4) if suffix == "HK" else symbol.replace(" ", "-")
        try:
            return Resolved(infer(f"{ticker}.{suffix}").symbol)
        except UnknownSymbol:
            return _unknown(what, "no such symbol")
    if listed is not None:
        return Resolved(listed.symbol)
    return _by_name(_renamed(what), None, also=symbol)


def _by_name(what: Written, venue: str | None, *, also: str = "") -> Resolved:
    """By the company's name; exact names without a doubt, anything else with one."""
    for words in dict.fromkeys((also, what.name)):
        if not words:
            continue
        try:
            found = resolve(f"{venue}:{words}" if venue else words, known_only=True)
        except AmbiguousSymbol as error:
            return _unknown(what, f"it could be {', '.join(error.candidates[:4])}")
        except UnknownSymbol:
            continue
        names = {_bare(name) for name in (found.name, found.short_name, found.symbol.split(".")[0], *found.aliases)}
        exact = _bare(words) in names
        return Resolved(found.symbol, "" if exact else f"“{words[:60]}” was taken for {found.name} ({found.symbol})")
    single = what.name.strip()
    if venue == "NSE" and re.fullmatch(r"[A-Z0-9&][A-Z0-9&-]{1,24}", single):
        symbol = infer(f"{single}.NS").symbol
        return Resolved(symbol, f"“{single}” was taken for the symbol {symbol}")
    return _unknown(what, "no instrument of that name is known")


def _bare(name: str) -> str:
    return " ".join(_LEGAL.sub(" ", actions.plain(name)).split())


def _unknown(what: Written, why: str) -> Resolved:
    name = (what.name or what.symbol or what.isin)[:120]
    if what.kind == "vendor" or re.search(r"[<>{}|\\\x00-\x1f]", name):
        return Resolved("", f"no instrument is called “{name[:60]}”")
    told = f" ({what.isin})" if what.isin and what.isin not in name else ""
    doubt = f"“{name[:60]}”{told}: {why}; it is kept as an asset of your own until you choose its instrument"
    return Resolved(_own_symbol(what), doubt, name)


def _own_symbol(what: Written) -> str:
    """OWN:slug of the ISIN, or of the words: the same words are the same asset."""
    text = trades.isin_in(what.isin) or what.name or what.symbol
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:50].strip("-")
    return OWN + (slug or f"asset-{hashlib.sha256(text.encode()).hexdigest()[:10]}")
