"""What brokers call an instrument, and what it is."""

from __future__ import annotations

import pytest

from core.portfolio.imports.instruments import Resolver
from core.portfolio.imports.model import Written


@pytest.mark.parametrize(
    ("what", "symbol"),
    [
        (Written("RELIANCE", "", "NSE", market="IN"), "RELIANCE.NS"),
        (Written("RELIANCE-EQ", "", "", market="IN"), "RELIANCE.NS"),
        (Written("RELIND", "INE002A01018", "BSE", market="IN", kind="broker code"), "RELIANCE.NS"),
        (Written("", "", "NSE", "Reliance Industries Ltd", market="IN"), "RELIANCE.NS"),
        (Written("500325", "", "BSE", market="IN"), "RELIANCE.NS"),
        (Written("SMALLCO", "", "NSE", market="IN"), "SMALLCO.NS"),
        (Written("SMALLCO", "", "BSE", market="IN"), "SMALLCO.BO"),
        (Written("ZOMATO", "", "NSE", market="IN"), "ETERNAL.NS"),
        (Written("HDFC", "INE001A01036", "NSE", market="IN"), "HDFC.NS"),
        (Written("M&M", "", "NSE", market="IN"), "M&M.NS"),
        (Written("BRK.B", market="US"), "BRK-B"),
        (Written("BRK B", market="US"), "BRK-B"),
        (Written("VTSAX", market="US"), "VTSAX"),
        (Written("TD.TO", currency="CAD"), "TD.TO"),
        (Written("ULVR", "GB00B10RZP78", currency="GBX"), "ULVR.L"),
        (Written("SAP", "DE0007164600", currency="EUR"), "SAP.DE"),
        (Written("ASML", "NL0010273215", "AEB", currency="EUR"), "ASML.AS"),
        (Written("700", "", "SEHK", currency="HKD"), "0700.HK"),
        (Written("TCS", currency="INR"), "TCS.NS"),
        (Written("Tesla", currency="USD"), "TSLA"),
        (Written("BTC", currency="EUR", kind="crypto"), "BTC-EUR"),
        (Written("Beach House", name="Beach House", kind="own"), "OWN:beach-house"),
    ],
)
def test_an_instrument_is_found_without_a_doubt(what: Written, symbol: str) -> None:
    found = Resolver()(what)
    assert (found.symbol, found.doubt) == (symbol, "")


@pytest.mark.parametrize(
    ("what", "symbol", "words"),
    [
        (Written("", "IE00BK5BQT80", "EAM", "VANGUARD ALL-WORLD", "EUR"), "OWN:ie00bk5bqt80", "asset of your own"),
        (Written("", "", "NSE", "Unheard Of Industries", market="IN"), "OWN:unheard-of-industries", "no instrument"),
        (Written("", "", "NSE", "SMALLCO", market="IN"), "SMALLCO.NS", "taken for"),
        (Written("", "INF179K01UT0", "BSE", "A Fund", market="IN", kind="fund"), "OWN:inf179k01ut0", "no price"),
        (Written("ACN", "IE00B4BNMY34", currency="USD"), "ACN", "US listing"),
        (Written("<script>", currency="USD", kind="vendor"), "", "no instrument is called"),
        (Written("", "", "NSE", "तमिल", market="IN"), "OWN:asset-", "no instrument"),
    ],
)
def test_what_is_not_certain_says_so(what: Written, symbol: str, words: str) -> None:
    found = Resolver()(what)
    assert found.symbol.startswith(symbol)
    assert words in found.doubt


def test_shares_bought_on_one_exchange_are_sold_on_the_other() -> None:
    isin = "INE0JS101016"
    bought, sold = Written("NEWCO", isin, "NSE", market="IN"), Written("NEWCO", isin, "BSE", market="IN")
    resolver = Resolver()
    resolver.prime([sold, bought])
    assert resolver(sold).symbol == resolver(bought).symbol == "NEWCO.NS"
    later = Resolver({isin: "NEWCO.BO"})
    assert later(bought).symbol == "NEWCO.BO"


def test_what_a_person_chose_counts_before_everything() -> None:
    resolver = Resolver(chosen={"Tata Motors": "TMPV.NS"})
    assert resolver(Written("", "", "NSE", "Tata Motors", market="IN")).symbol == "TMPV.NS"
