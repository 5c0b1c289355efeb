"""Suggestions while typing."""

import pytest

from core.market.instruments import catalogue, search
from core.market.model import AssetClass, Instrument


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("rel", "RELIANCE.NS"),
        ("RELI", "RELIANCE.NS"),
        ("relai", "RELIANCE.NS"),
        ("relaince", "RELIANCE.NS"),
        ("tcs", "TCS.NS"),
        ("sbi", "SBIN.NS"),
        ("hdfc b", "HDFCBANK.NS"),
        ("bajaj fin", "BAJFINANCE.NS"),
        ("infos", "INFY.NS"),
        ("mahindra tech", "TECHM.NS"),
        ("zomato", "ETERNAL.NS"),
        ("500325", "RELIANCE.NS"),
        ("BSE:500325", "RELIANCE.NS"),
        ("INFY.BO", "INFY.BO"),
        ("$AAP", "AAPL"),
        ("^NS", "^NSEI"),
        ("nifty", "^NSEI"),
        ("senss", "^BSESN"),
        ("bitc", "BTC-USD"),
        ("micros", "MSFT"),
        ("usd", "INR=X"),
    ],
)
def test_the_first_suggestion(text: str, first: str) -> None:
    assert search(text)[0].symbol == first


def test_a_family_is_listed_whole() -> None:
    found = {instrument.symbol for instrument in search("bajaj")}
    assert found >= {"BAJFINANCE.NS", "BAJAJFINSV.NS", "BAJAJ-AUTO.NS", "BAJAJHLDNG.NS", "BAJAJHFL.NS"}


@pytest.mark.parametrize("text", ["", "   ", "zzzzqqqq", "?", "\x00", "x" * 10_000])
def test_nothing_to_suggest(text: str) -> None:
    assert search(text) == ()


def test_the_limit_holds() -> None:
    assert len(search("a", limit=3)) == 3
    assert search("a", limit=0) == ()
    assert len(search("bank")) == 8


def test_own_instruments_come_first_among_equals() -> None:
    own = Instrument("RELIC", "Relic Fund", AssetClass.FUND, "Own", "INR", "Asia/Kolkata", "XBOM", owner="7")
    assert [i.symbol for i in search("reli", [own], limit=2)] == ["RELIC", "RELIANCE.NS"]
    assert "RELIC" not in [i.symbol for i in search("reli")]


def test_every_instrument_is_found_by_its_name_and_ticker() -> None:
    for instrument in catalogue():
        assert instrument in search(instrument.name, limit=3)
        assert search(instrument.symbol)[0] == instrument
