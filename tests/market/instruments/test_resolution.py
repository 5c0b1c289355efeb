"""What investors type, and what it must mean."""

from dataclasses import replace

import pytest

from core.market.errors import AmbiguousSymbol, InputError, UnknownSymbol
from core.market.instruments import by_symbol, catalogue, resolve, search
from core.market.model import AssetClass, Instrument

MEANT = """
# tickers, any case, with spaces around
RELIANCE = RELIANCE.NS
reliance = RELIANCE.NS
  Reliance   = RELIANCE.NS
TCS = TCS.NS
tcs = TCS.NS
SBIN = SBIN.NS
MARUTI = MARUTI.NS
KOTAKBANK = KOTAKBANK.NS
AXISBANK = AXISBANK.NS
CIPLA = CIPLA.NS
IOC = IOC.NS
ZEEL = ZEEL.NS
ITC = ITC.NS
itc ltd = ITC.NS
BAJAJ-AUTO = BAJAJ-AUTO.NS
BAJAJAUTO = BAJAJ-AUTO.NS
GOLDBEES = GOLDBEES.NS
NIFTYBEES = NIFTYBEES.NS
BSE = BSE.NS
OIL = OIL.NS
AAPL = AAPL
MSFT = MSFT
V = V
BRK.B = BRK-B
BRK-B = BRK-B
INDUSINDBK = INDUSINDBK.NS
ＴＣＳ = TCS.NS
TCS. = TCS.NS
"TCS" = TCS.NS
“Infosys” = INFY.NS
# canonical symbols
RELIANCE.NS = RELIANCE.NS
reliance.ns = RELIANCE.NS
RELIANCE.BO = RELIANCE.BO
sbin.bo = SBIN.BO
M&M.NS = M&M.NS
^NSEI = ^NSEI
^nsebank = ^NSEBANK
BTC-USD = BTC-USD
btc-usd = BTC-USD
INR=X = INR=X
GC=F = GC=F
NIFTY_FIN_SERVICE.NS = NIFTY_FIN_SERVICE.NS
# short names
SBI = SBIN.NS
sbi = SBIN.NS
L&T = LT.NS
l & t = LT.NS
L and T = LT.NS
larsen = LT.NS
HUL = HINDUNILVR.NS
HLL = HINDUNILVR.NS
M&M = M&M.NS
m & m = M&M.NS
M and M = M&M.NS
infy = INFY.NS
RIL = RELIANCE.NS
HPCL = HINDPETRO.NS
BPCL = BPCL.NS
LIC = LICI.NS
BHEL = BHEL.NS
pgcil = POWERGRID.NS
airtel = BHARTIARTL.NS
HCL = HCLTECH.NS
hcl tech = HCLTECH.NS
paytm = PAYTM.NS
policybazaar = POLICYBZR.NS
nykaa = NYKAA.NS
dmart = DMART.NS
d-mart = DMART.NS
indigo = INDIGO.NS
zomato = ETERNAL.NS
kotak = KOTAKBANK.NS
dr reddy = DRREDDY.NS
Dr. Reddy's = DRREDDY.NS
dr reddy’s labs = DRREDDY.NS
google = GOOGL
facebook = META
fb = META
P&G = PG
J&J = JNJ
coke = KO
# names
State Bank of India = SBIN.NS
state bank = SBIN.NS
reliance industries = RELIANCE.NS
reliance industries ltd = RELIANCE.NS
Reliance Industries Limited = RELIANCE.NS
tata consultancy services = TCS.NS
tata consultancy = TCS.NS
tata steel = TATASTEEL.NS
tatasteel = TATASTEEL.NS
tata power = TATAPOWER.NS
hdfc bank = HDFCBANK.NS
HDFC Bank Ltd. = HDFCBANK.NS
hdfcbank = HDFCBANK.NS
hdfc life = HDFCLIFE.NS
icici bank = ICICIBANK.NS
ICICI BANK LIMITED = ICICIBANK.NS
axis bank = AXISBANK.NS
kotak mahindra bank = KOTAKBANK.NS
kotak mahindra = KOTAKBANK.NS
bajaj finance = BAJFINANCE.NS
bajaj finserv = BAJAJFINSV.NS
bajaj auto = BAJAJ-AUTO.NS
asian paints = ASIANPAINT.NS
larsen & toubro = LT.NS
larsen and toubro ltd = LT.NS
mahindra & mahindra = M&M.NS
mahindra and mahindra = M&M.NS
tech mahindra = TECHM.NS
sun pharma = SUNPHARMA.NS
maruti suzuki = MARUTI.NS
maruti suzuki india limited = MARUTI.NS
hindustan unilever = HINDUNILVR.NS
coal india = COALINDIA.NS
oil india = OIL.NS
indian oil = IOC.NS
bank of india = BANKINDIA.NS
bank of baroda = BANKBARODA.NS
union bank = UNIONBANK.NS
idbi bank = IDBI.NS
idfc bank = IDFCFIRSTB.NS
power grid = POWERGRID.NS
titan company = TITAN.NS
nestle = NESTLEIND.NS
jio financial = JIOFIN.NS
max healthcare = MAXHEALTH.NS
adani ports = ADANIPORTS.NS
adani enterprises = ADANIENT.NS
bharat electronics = BEL.NS
sbi life = SBILIFE.NS
ultratech cement = ULTRACEMCO.NS
Apple Inc = AAPL
apple = AAPL
Tesla, Inc. = TSLA
microsoft corporation = MSFT
jp morgan = JPM
coca cola = KO
bank of america = BAC
bitcoin = BTC-USD
ethereum = ETH-USD
ether = ETH-USD
ripple = XRP-USD
# said with other words
tcs share price = TCS.NS
infosys stock = INFY.NS
sbi shares = SBIN.NS
price reliance = RELIANCE.NS
# indices
nifty = ^NSEI
NIFTY 50 = ^NSEI
nifty50 = ^NSEI
nifty fifty = ^NSEI
bank nifty = ^NSEBANK
banknifty = ^NSEBANK
nifty bank = ^NSEBANK
nifty it = ^CNXIT
nifty 500 = ^CRSLDX
nifty next 50 = ^NSMIDCP
fin nifty = NIFTY_FIN_SERVICE.NS
sensex = ^BSESN
bse sensex = ^BSESN
india vix = ^INDIAVIX
S&P 500 = ^GSPC
s&p500 = ^GSPC
dow jones = ^DJI
nasdaq = ^IXIC
nasdaq 100 = ^NDX
# rates
usdinr = INR=X
USD/INR = INR=X
USDINR=X = INR=X
EUR/USD = EURUSD=X
# exchange said
NSE:RELIANCE = RELIANCE.NS
nse:reliance = RELIANCE.NS
NSE: TCS = TCS.NS
NSE:INFY-EQ = INFY.NS
INFY-EQ = INFY.NS
NSE:M&M = M&M.NS
NSE:NIFTY = ^NSEI
NSE:reliance industries = RELIANCE.NS
NSE:infosys = INFY.NS
INFOSYS.NS = INFY.NS
BSE:500325 = RELIANCE.BO
BSE:RELIANCE = RELIANCE.BO
BOM:500112 = SBIN.BO
BSE:TCS = TCS.BO
BSE:SENSEX = ^BSESN
BSE:infosys = INFY.BO
500325 = RELIANCE.NS
500209 = INFY.NS
$AAPL = AAPL
$tsla = TSLA
$RELIANCE = RELIANCE.NS
$BTC = BTC-USD
NASDAQ:AAPL = AAPL
NYSE:KO = KO
CRYPTO:BTC = BTC-USD
# former tickers
ZOMATO = ETERNAL.NS
ZOMATO.NS = ETERNAL.NS
ZOMATO.BO = ETERNAL.BO
TATAMOTORS = TMPV.NS
TATAMOTORS.NS = TMPV.NS
INFOSYSTCH = INFY.NS
UTIBANK = AXISBANK.NS
HEROHONDA = HEROMOTOCO.NS
NSE:MCDOWELL-N = UNITDSPR.NS
MCDOWELL-N.NS = UNITDSPR.NS
INFRATEL = INDUSTOWER.NS
CADILAHC = ZYDUSLIFE.NS
# misspelt
relaince = RELIANCE.NS
relianse = RELIANCE.NS
reliace = RELIANCE.NS
relaince industries = RELIANCE.NS
infosis = INFY.NS
infosy = INFY.NS
inofsys = INFY.NS
hdfc bnak = HDFCBANK.NS
hdfc bak = HDFCBANK.NS
icici bnk = ICICIBANK.NS
axsi bank = AXISBANK.NS
kotak mahindra bnk = KOTAKBANK.NS
asain paints = ASIANPAINT.NS
bajaj finanace = BAJFINANCE.NS
tatasteal = TATASTEEL.NS
tata stel = TATASTEEL.NS
sun phrama = SUNPHARMA.NS
hindustan unilver = HINDUNILVR.NS
larsen and turbo = LT.NS
larsen tubro = LT.NS
ultratech cemnet = ULTRACEMCO.NS
state bank of indai = SBIN.NS
bharti airtle = BHARTIARTL.NS
mahindra and mahinda = M&M.NS
wirpo = WIPRO.NS
oli india = OIL.NS
telsa = TSLA
moicrosoft = MSFT
mircosoft = MSFT
amzon = AMZN
netflx = NFLX
bitcion = BTC-USD
etherium = ETH-USD
sensx = ^BSESN
"""


def _table() -> list[tuple[str, str]]:
    rows = []
    for line in MEANT.splitlines():
        if line.strip() and not line.startswith("#"):
            text, _, symbol = line.rpartition(" = ")
            rows.append((text, symbol.strip()))
    return rows


@pytest.mark.parametrize(("text", "symbol"), _table())
def test_it_means(text: str, symbol: str) -> None:
    assert resolve(text).symbol == symbol


@pytest.mark.parametrize(
    ("text", "among"),
    [
        ("tata", {"TCS.NS", "TATASTEEL.NS", "TMPV.NS"}),
        ("Tata Ltd", {"TCS.NS", "TATASTEEL.NS"}),
        ("bajaj", {"BAJFINANCE.NS", "BAJAJFINSV.NS", "BAJAJ-AUTO.NS"}),
        ("hdfc", {"HDFCBANK.NS", "HDFCLIFE.NS", "HDFCAMC.NS"}),
        ("icici", {"ICICIBANK.NS", "ICICIGI.NS", "ICICIPRULI.NS"}),
        ("adani", {"ADANIENT.NS", "ADANIPORTS.NS"}),
        ("mahindra", {"M&M.NS", "TECHM.NS", "KOTAKBANK.NS"}),
        ("jsw", {"JSWSTEEL.NS", "JSWENERGY.NS"}),
        ("godrej", {"GODREJCP.NS", "GODREJPROP.NS"}),
        ("apollo", {"APOLLOHOSP.NS", "APOLLOTYRE.NS"}),
        # Since the demerger both companies are Tata Motors to an investor.
        ("tata motors", {"TMPV.NS", "TMCV.NS"}),
        ("tata moters", {"TMPV.NS", "TMCV.NS"}),
        ("vix", {"^INDIAVIX", "^VIX"}),
        ("bitcon", {"BTC-USD", "BIOCON.NS"}),  # one slip from either
        ("gold", {"GOLDBEES.NS", "GC=F"}),
        ("crude oil", {"CL=F", "BZ=F"}),
        ("NSE:tata", {"TCS.NS", "TATASTEEL.NS"}),
    ],
)
def test_several_fit_so_the_investor_is_asked(text: str, among: set[str]) -> None:
    with pytest.raises(AmbiguousSymbol) as caught:
        resolve(text)
    assert among <= set(caught.value.candidates)
    assert len(caught.value.candidates) <= 8
    assert all(candidate in str(caught.value) for candidate in caught.value.candidates)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("trend", "TRENT.NS"),  # five letters, one of them wrong: asked back, not resolved
        ("wipra", "WIPRO.NS"),
        ("nhpv", "NHPC.NS"),
        ("bank", "HDFCBANK.NS"),
        ("India", "SBIN.NS"),
        ("hindustan", "HINDUNILVR.NS"),
        ("nifty 5000", None),
        ("NIFTY 51", None),
        ("XYZ123", None),
        ("vhadgjb", None),
        ("what about", None),
        ("tcs reliance", None),
        ("stock", None),
        ("", None),
        ("   ", None),
        ("?!", None),
        ("$", None),
        ("NSE:", None),
        ("NSE: ", None),
        (":", None),
        ("AT&T", None),
        ("ट ि", None),
        ("टीसीएस", None),
        ("'; DROP TABLE instruments; --", None),
        ("<script>alert(1)</script>", None),
        ("../../etc/passwd", None),
        ("x" * 5000, None),
        ("A" * 121, None),
        ("\x00\u202e\ufeff", None),
        ("BSE:nifty", "^NSEI"),
    ],
)
def test_nothing_fits_and_the_near_misses_are_named(text: str, near: str | None) -> None:
    with pytest.raises(UnknownSymbol) as caught:
        resolve(text)
    if near is not None:
        assert near in caught.value.near
        assert near in str(caught.value)
    assert len(caught.value.near) <= 5
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "symbol", "exchange", "currency"),
    [
        ("PIXTRANS.NS", "PIXTRANS.NS", "NSE", "INR"),
        ("NSE:PIXTRANS", "PIXTRANS.NS", "NSE", "INR"),
        ("BSE:532439", "532439.BO", "BSE", "INR"),
        ("BSE:PIXTRANS", "PIXTRANS.BO", "BSE", "INR"),
        ("NASDAQ:ABNB", "ABNB", "US", "USD"),
        ("$ABNB", "ABNB", "US", "USD"),
        ("VOD.L", "VOD.L", "LSE", "GBp"),
        ("7203.T", "7203.T", "TSE", "JPY"),
        ("PEPE-USD", "PEPE-USD", "Crypto", "USD"),
        ("CHFINR=X", "CHFINR=X", "FX", "INR"),
        ("^STOXX50E", "^STOXX50E", "Euronext", "EUR"),
    ],
)
def test_a_symbol_spelled_out_is_taken_at_its_word_unless_told_otherwise(
    text: str, symbol: str, exchange: str, currency: str
) -> None:
    found = resolve(text)
    assert (found.symbol, found.exchange, found.currency) == (symbol, exchange, currency)
    with pytest.raises(UnknownSymbol):
        resolve(text, known_only=True)


def _own(symbol: str, name: str, aliases: tuple[str, ...] = ()) -> Instrument:
    return Instrument(
        symbol,
        name,
        AssetClass.STOCK,
        "Own",
        "INR",
        "Asia/Kolkata",
        "XBOM",
        short_name=name,
        aliases=aliases,
        owner="7",
    )


def test_own_instruments_are_found_like_the_others() -> None:
    own = _own("MYFUND", "Monsoon Basket", ("rain basket",))
    for text in ("MYFUND", "myfund", "monsoon basket", "Rain Basket", "monsun basket"):
        assert resolve(text, [own]) is own
    with pytest.raises(UnknownSymbol):
        resolve("MYFUND")
    assert resolve("TCS", [own]).symbol == "TCS.NS"


def test_an_own_instrument_wins_on_its_symbol_and_asks_on_a_shared_name() -> None:
    own = _own("TCS.NS", "My copy of TCS")
    assert resolve("tcs.ns", [own]) is own
    namesake = _own("COPY", "Infosys")
    with pytest.raises(AmbiguousSymbol) as caught:
        resolve("infosys", [namesake])
    assert set(caught.value.candidates) == {"COPY", "INFY.NS"}
    assert resolve("INFY", [namesake]).symbol == "INFY.NS"


def test_extra_instruments_may_repeat_the_catalogue() -> None:
    stored = [replace(instrument, name=f"{instrument.name} Ltd.") for instrument in catalogue()]
    for text in ("reliance", "hdfc bnak", "kotak mahindra", "BSE:500325", "ZOMATO.NS", "$AAPL"):
        assert resolve(text, stored).symbol == resolve(text).symbol
    assert len({i.symbol for i in search("bank", stored)}) == len(search("bank", stored)) == 8


def _answers(text: str) -> tuple[str, ...]:
    """What `text` resolves to or is asked among; empty when unknown."""
    try:
        return (resolve(text).symbol,)
    except AmbiguousSymbol as asked:
        return asked.candidates
    except InputError:
        return ()


def test_every_instrument_answers_to_its_symbol_and_names() -> None:
    for instrument in catalogue():
        assert resolve(instrument.symbol) is instrument
        for name in (instrument.name, instrument.short_name, *instrument.aliases):
            assert instrument.symbol in _answers(name), name


def test_full_names_never_need_a_question() -> None:
    for instrument in catalogue():
        if instrument.asset_class in (AssetClass.STOCK, AssetClass.INDEX, AssetClass.CRYPTO):
            assert resolve(instrument.name).symbol == instrument.symbol


def test_a_bse_listing_is_the_same_company() -> None:
    listed, nse = resolve("BSE:500325"), by_symbol("RELIANCE.NS")
    assert nse is not None
    assert (listed.name, listed.sector, listed.isin) == (nse.name, nse.sector, nse.isin)
    assert listed.exchange == "BSE"


@pytest.mark.parametrize(
    "text",
    ["\ud800", "²³¹", "İstanbul", "ß", "ﷺ" * 30, "a\u0301" * 60, "NSE:^NSEI", "BSE:^BSESN", "$^NSEI", "NSE:NSE:TCS"],
)
def test_strange_text_gets_an_answer_and_no_other_error(text: str) -> None:
    assert len(_answers(text)) <= 1
