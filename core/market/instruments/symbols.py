"""Yahoo's symbols: what the shape of one says about exchange, currency, timezone and calendar."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.market.errors import UnknownSymbol
from core.market.model import AssetClass, Instrument


@dataclass(frozen=True, slots=True)
class Venue:
    """Where an instrument trades: exchange name, currency, IANA timezone and calendar code."""

    exchange: str
    currency: str
    timezone: str
    calendar: str


INDIA: Final = "Asia/Kolkata"
NSE: Final = Venue("NSE", "INR", INDIA, "XBOM")
BSE: Final = Venue("BSE", "INR", INDIA, "XBOM")
UNITED_STATES: Final = Venue("US", "USD", "America/New_York", "XNYS")

# Yahoo's suffixes. London quotes in pence (GBp), Johannesburg in cents (ZAc), Tel Aviv in agorot (ILA).
SUFFIXES: Final[dict[str, Venue]] = {
    "NS": NSE,
    "BO": BSE,
    "L": Venue("LSE", "GBp", "Europe/London", "XLON"),
    "TO": Venue("TSX", "CAD", "America/Toronto", "XTSE"),
    "V": Venue("TSXV", "CAD", "America/Toronto", "XTSX"),
    "AX": Venue("ASX", "AUD", "Australia/Sydney", "XASX"),
    "NZ": Venue("NZX", "NZD", "Pacific/Auckland", "XNZE"),
    "HK": Venue("HKEX", "HKD", "Asia/Hong_Kong", "XHKG"),
    "T": Venue("TSE", "JPY", "Asia/Tokyo", "XTKS"),
    "KS": Venue("KRX", "KRW", "Asia/Seoul", "XKRX"),
    "KQ": Venue("KOSDAQ", "KRW", "Asia/Seoul", "XKRX"),
    "SS": Venue("SSE", "CNY", "Asia/Shanghai", "XSHG"),
    "SZ": Venue("SZSE", "CNY", "Asia/Shanghai", "XSHG"),
    "TW": Venue("TWSE", "TWD", "Asia/Taipei", "XTAI"),
    "SI": Venue("SGX", "SGD", "Asia/Singapore", "XSES"),
    "KL": Venue("Bursa Malaysia", "MYR", "Asia/Kuala_Lumpur", "XKLS"),
    "BK": Venue("SET", "THB", "Asia/Bangkok", "XBKK"),
    "JK": Venue("IDX", "IDR", "Asia/Jakarta", "XIDX"),
    "DE": Venue("XETRA", "EUR", "Europe/Berlin", "XETR"),
    "F": Venue("Frankfurt", "EUR", "Europe/Berlin", "XFRA"),
    "PA": Venue("Euronext Paris", "EUR", "Europe/Paris", "XPAR"),
    "AS": Venue("Euronext Amsterdam", "EUR", "Europe/Amsterdam", "XAMS"),
    "BR": Venue("Euronext Brussels", "EUR", "Europe/Brussels", "XBRU"),
    "LS": Venue("Euronext Lisbon", "EUR", "Europe/Lisbon", "XLIS"),
    "IR": Venue("Euronext Dublin", "EUR", "Europe/Dublin", "XDUB"),
    "MI": Venue("Borsa Italiana", "EUR", "Europe/Rome", "XMIL"),
    "MC": Venue("BME", "EUR", "Europe/Madrid", "XMAD"),
    "VI": Venue("Vienna", "EUR", "Europe/Vienna", "XWBO"),
    "HE": Venue("Nasdaq Helsinki", "EUR", "Europe/Helsinki", "XHEL"),
    "SW": Venue("SIX", "CHF", "Europe/Zurich", "XSWX"),
    "ST": Venue("Nasdaq Stockholm", "SEK", "Europe/Stockholm", "XSTO"),
    "CO": Venue("Nasdaq Copenhagen", "DKK", "Europe/Copenhagen", "XCSE"),
    "OL": Venue("Oslo", "NOK", "Europe/Oslo", "XOSL"),
    "WA": Venue("Warsaw", "PLN", "Europe/Warsaw", "XWAR"),
    "IS": Venue("Borsa Istanbul", "TRY", "Europe/Istanbul", "XIST"),
    "TA": Venue("TASE", "ILA", "Asia/Jerusalem", "XTAE"),
    "SR": Venue("Tadawul", "SAR", "Asia/Riyadh", "XSAU"),
    "SA": Venue("B3", "BRL", "America/Sao_Paulo", "BVMF"),
    "MX": Venue("BMV", "MXN", "America/Mexico_City", "XMEX"),
    "JO": Venue("JSE", "ZAc", "Africa/Johannesburg", "XJSE"),
}

_INDICES: Final[dict[str, Venue]] = {
    "^BSESN": BSE,
    "^INDIAVIX": NSE,
    "^CRSLDX": NSE,
    "^NSEI": NSE,
    "^NSEBANK": NSE,
    "^NSMIDCP": NSE,
    "^FTSE": Venue("LSE", "GBP", "Europe/London", "XLON"),
    "^N225": Venue("TSE", "JPY", "Asia/Tokyo", "XTKS"),
    "^HSI": Venue("HKEX", "HKD", "Asia/Hong_Kong", "XHKG"),
    "^GDAXI": Venue("XETRA", "EUR", "Europe/Berlin", "XETR"),
    "^FCHI": Venue("Euronext Paris", "EUR", "Europe/Paris", "XPAR"),
    "^STOXX50E": Venue("Euronext", "EUR", "Europe/Berlin", "XETR"),
}

_CURRENCY_CODES: Final = """
    USD EUR GBP JPY INR AUD CAD CHF CNY HKD SGD NZD SEK NOK DKK ZAR BRL MXN KRW TRY RUB PLN THB IDR MYR AED SAR
"""
_CURRENCIES: Final = frozenset(_CURRENCY_CODES.split())
_CRYPTO_QUOTES: Final = _CURRENCIES | {"USDT", "USDC", "BTC", "ETH"}

_PAIR = re.compile(r"([A-Z0-9]{2,15})-([A-Z]{3,4})")
_RATE = re.compile(r"([A-Z]{3})?([A-Z]{3})=X")
_FUTURE = re.compile(r"[A-Z0-9]{1,8}=F")
_INDEX = re.compile(r"\^[A-Z0-9][A-Z0-9.\-]{0,14}")
_LISTED = re.compile(r"([A-Z0-9&][A-Z0-9&_\-]{0,24})\.([A-Z]{1,2})")
_UNITED_STATES = re.compile(r"[A-Z]{1,5}(-[A-Z]{1,2})?")
_INDIAN_TICKER = re.compile(r"[A-Z0-9&][A-Z0-9&_\-]{0,24}")


def well_formed(symbol: str) -> bool:
    """Whether `symbol` (capitals) has the shape of one of Yahoo's symbols and names a market we know."""
    return _shape(symbol) is not None


def spelled_out(symbol: str) -> bool:
    """Whether a well-formed symbol also says where it trades (a suffix, a pair, a caret), unlike a bare US ticker."""
    return well_formed(symbol) and _UNITED_STATES.fullmatch(symbol) is None


def indian_ticker(text: str) -> bool:
    """Whether `text` (capitals) could be a ticker of NSE or BSE."""
    return _INDIAN_TICKER.fullmatch(text) is not None


def united_states_ticker(text: str) -> bool:
    """Whether `text` (capitals) could be a ticker of a US exchange."""
    return _UNITED_STATES.fullmatch(text) is not None


def split_suffix(symbol: str) -> tuple[str, str] | None:
    """("RELIANCE", "NS") of "RELIANCE.NS" (capitals); None without a suffix of a market we know."""
    match = _LISTED.fullmatch(symbol)
    if match is None or match[2] not in SUFFIXES:
        return None
    return match[1], match[2]


def infer(symbol: str) -> Instrument:
    """An instrument made of what its symbol says; whether it exists is for a source to tell.

    Suffix or shape decide exchange, currency, timezone and calendar; a bare ticker is taken as a US stock; an index
    that is not known is taken as a US one. The name is the ticker.

    Raises:
        UnknownSymbol: the text is not shaped like a symbol of a market we know.
    """
    text = symbol.strip().upper()
    shape = _shape(text)
    if shape is None:
        raise UnknownSymbol(symbol)
    asset_class, venue, name = shape
    return Instrument(
        symbol=text,
        name=name,
        short_name=name,
        asset_class=asset_class,
        exchange=venue.exchange,
        currency=venue.currency,
        timezone=venue.timezone,
        calendar=venue.calendar,
    )


def _shape(symbol: str) -> tuple[AssetClass, Venue, str] | None:
    if len(symbol) > 32 or not symbol.isascii():
        return None
    if _is_pair(symbol):
        base, quote = symbol.rsplit("-", 1)
        return AssetClass.CRYPTO, Venue("Crypto", quote, "UTC", "24/7"), f"{base}/{quote}"
    if rate := _RATE.fullmatch(symbol):
        base, quote = rate[1] or "USD", rate[2]
        if base not in _CURRENCIES or quote not in _CURRENCIES:
            return None
        return AssetClass.FX, Venue("FX", quote, "Europe/London", "24/5"), f"{base}/{quote}"
    if _FUTURE.fullmatch(symbol):
        # Futures are followed like an index: a level nobody holds in a demat account.
        return AssetClass.INDEX, Venue("CME", "USD", "America/New_York", "CMES"), symbol[:-2]
    if _INDEX.fullmatch(symbol):
        return AssetClass.INDEX, _index_venue(symbol), symbol[1:]
    if (listed := split_suffix(symbol)) is not None:
        ticker, suffix = listed
        indian_index = suffix == "NS" and ticker.startswith(("NIFTY_", "NIFTY-"))
        return (AssetClass.INDEX if indian_index else AssetClass.STOCK), SUFFIXES[suffix], ticker
    if _UNITED_STATES.fullmatch(symbol):
        return AssetClass.STOCK, UNITED_STATES, symbol
    return None


def _index_venue(symbol: str) -> Venue:
    if symbol.startswith(("^CNX", "^NSE")):
        return NSE
    return _INDICES.get(symbol, UNITED_STATES)


def _is_pair(symbol: str) -> bool:
    match = _PAIR.fullmatch(symbol)
    return match is not None and match[2] in _CRYPTO_QUOTES
