"""The catalogue's facts hold together, and symbols say where they trade."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from core.market.calendars import calendar_of
from core.market.errors import UnknownSymbol
from core.market.instruments import by_isin, by_symbol, catalogue, infer
from core.market.membership import members
from core.market.model import AssetClass

COUNTS = Counter(i.asset_class for i in catalogue())
SECTORS = {
    "Basic Materials", "Communication Services", "Consumer Cyclical", "Consumer Defensive", "Energy",
    "Financial Services", "Healthcare", "Industrials", "Real Estate", "Technology", "Utilities",
}  # fmt: skip


def isin_is_valid(isin: str) -> bool:
    """The check digit of ISO 6166: letters to numbers, then Luhn."""
    numbers = "".join(str(int(c, 36)) for c in isin)
    doubled = [int(n) * (2 if i % 2 else 1) for i, n in enumerate(reversed(numbers))]
    return len(isin) == 12 and sum(n // 10 + n % 10 for n in doubled) % 10 == 0


def test_it_is_large_enough_and_covers_every_class() -> None:
    assert len(catalogue()) >= 130
    assert COUNTS[AssetClass.CRYPTO] >= 8
    assert COUNTS[AssetClass.INDEX] >= 10
    assert COUNTS[AssetClass.ETF] >= 4
    assert COUNTS[AssetClass.FX] >= 4
    assert sum(i.exchange == "US" and i.asset_class is AssetClass.STOCK for i in catalogue()) >= 20


def test_the_nifty_50_is_in_it_with_sectors() -> None:
    for member in members("^NSEI"):
        instrument = by_symbol(member.symbol)
        assert instrument is not None
        assert instrument.sector in SECTORS
        assert instrument.industry


def test_symbols_names_and_codes_are_unique() -> None:
    for values in (
        [i.symbol for i in catalogue()],
        [i.name for i in catalogue()],
        [i.isin for i in catalogue() if i.isin],
        [alias for i in catalogue() for alias in i.aliases if alias.isdigit()],
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []


def test_no_two_instruments_share_a_ticker_or_former_ticker() -> None:
    tickers = Counter(
        alias
        for i in catalogue()
        for alias in {a for a in (*i.aliases, i.symbol.split(".")[0]) if a == a.upper() and " " not in a}
    )
    assert [ticker for ticker, count in tickers.items() if count > 1] == []


def test_isins_have_valid_check_digits_and_countries() -> None:
    known = [i for i in catalogue() if i.isin]
    assert len(known) > 120
    for instrument in known:
        assert instrument.isin is not None
        assert isin_is_valid(instrument.isin), instrument.symbol
        assert instrument.isin[:2] == ("US" if instrument.exchange == "US" else "IN")


@pytest.mark.parametrize(
    ("isin", "symbol"), [("INE002A01018", "RELIANCE.NS"), ("ine009a01021", "INFY.NS"), ("US0378331005", "AAPL")]
)
def test_an_isin_finds_its_instrument(isin: str, symbol: str) -> None:
    found = by_isin(isin)
    assert found is not None
    assert found.symbol == symbol
    assert by_isin("INE000000000") is None


def test_every_instrument_has_a_real_timezone_and_calendar() -> None:
    for instrument in catalogue():
        assert ZoneInfo(instrument.timezone)
        assert calendar_of(instrument).code == instrument.calendar


def test_stocks_have_known_sectors_and_others_none() -> None:
    for instrument in catalogue():
        if instrument.asset_class is AssetClass.STOCK:
            assert instrument.sector in SECTORS, instrument.symbol
        elif instrument.asset_class in (AssetClass.ETF, AssetClass.CRYPTO, AssetClass.FX):
            assert instrument.sector is None


@pytest.mark.parametrize(
    ("symbol", "asset_class", "exchange", "currency", "timezone", "calendar"),
    [
        ("RELIANCE.NS", AssetClass.STOCK, "NSE", "INR", "Asia/Kolkata", "XBOM"),
        ("500325.BO", AssetClass.STOCK, "BSE", "INR", "Asia/Kolkata", "XBOM"),
        ("M&M.NS", AssetClass.STOCK, "NSE", "INR", "Asia/Kolkata", "XBOM"),
        ("NIFTY_MID_SELECT.NS", AssetClass.INDEX, "NSE", "INR", "Asia/Kolkata", "XBOM"),
        ("^CNXSERVICE", AssetClass.INDEX, "NSE", "INR", "Asia/Kolkata", "XBOM"),
        ("^BSESN", AssetClass.INDEX, "BSE", "INR", "Asia/Kolkata", "XBOM"),
        ("^GSPC", AssetClass.INDEX, "US", "USD", "America/New_York", "XNYS"),
        ("aapl", AssetClass.STOCK, "US", "USD", "America/New_York", "XNYS"),
        ("BRK-B", AssetClass.STOCK, "US", "USD", "America/New_York", "XNYS"),
        ("BTC-USD", AssetClass.CRYPTO, "Crypto", "USD", "UTC", "24/7"),
        ("ETH-BTC", AssetClass.CRYPTO, "Crypto", "BTC", "UTC", "24/7"),
        ("INR=X", AssetClass.FX, "FX", "INR", "Europe/London", "24/5"),
        ("EURUSD=X", AssetClass.FX, "FX", "USD", "Europe/London", "24/5"),
        ("SHEL.L", AssetClass.STOCK, "LSE", "GBp", "Europe/London", "XLON"),
        ("0700.HK", AssetClass.STOCK, "HKEX", "HKD", "Asia/Hong_Kong", "XHKG"),
    ],
)
def test_a_symbol_says_where_it_trades(
    symbol: str, asset_class: AssetClass, exchange: str, currency: str, timezone: str, calendar: str
) -> None:
    found = infer(symbol)
    assert (found.asset_class, found.exchange, found.currency) == (asset_class, exchange, currency)
    assert (found.timezone, found.calendar, found.symbol) == (timezone, calendar, symbol.upper())


@pytest.mark.parametrize(
    "text", ["", "RELIANCE.XX", "a b", "TOOLONG", "XXXYYY=X", "^", ".NS", "É.NS", "A" * 40 + ".NS", "BTC-XYZ"]
)
def test_what_is_no_symbol_is_refused(text: str) -> None:
    with pytest.raises(UnknownSymbol):
        infer(text)


def test_by_symbol_derives_bse_listings_of_stocks_only() -> None:
    listed = by_symbol("tcs.bo")
    assert listed is not None
    assert listed.exchange == "BSE"
    assert by_symbol("NIFTY_FIN_SERVICE.BO") is None
    assert by_symbol("NOSUCH.BO") is None
    assert by_symbol("NOSUCH") is None
