"""What kind of company or market a simulated instrument is: how it moves, earns and pays.

The figures are round orders of magnitude chosen to look familiar. They are inputs of a simulation, not measurements.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.market.model import AssetClass, Instrument
from core.market.sources.demo.draws import stream


@dataclass(frozen=True, slots=True)
class Character:
    """How a sector moves (daily deviations, yearly drift) and how its companies earn (fractions, multiples)."""

    sector: str
    own_sigma: float
    sector_sigma: float
    beta: float
    drift: float
    pe: float
    net_margin: float
    gross_margin: float
    asset_turnover: float
    debt_to_equity: float
    dividend_yield: float
    capex: float = 0.06
    financial: bool = False


_SECTORS: tuple[tuple[tuple[str, ...], Character], ...] = (
    (
        ("bank", "financ", "insur", "nbfc"),
        Character("financial", 0.0105, 0.0060, 1.10, 0.10, 17.0, 0.22, 0.62, 0.09, 0.9, 0.009, 0.01, financial=True),
    ),
    (
        ("tech", "software", "semicond"),
        Character("technology", 0.0105, 0.0062, 0.95, 0.11, 27.0, 0.19, 0.42, 0.85, 0.10, 0.016, 0.04),
    ),
    (
        ("health", "pharma", "hospital"),
        Character("health", 0.0115, 0.0050, 0.70, 0.10, 29.0, 0.15, 0.58, 0.65, 0.25, 0.007, 0.06),
    ),
    (
        ("energy", "oil", "gas", "coal"),
        Character("energy", 0.0105, 0.0060, 1.00, 0.08, 12.0, 0.09, 0.30, 0.90, 0.45, 0.030, 0.08),
    ),
    (
        ("utilit", "power", "electric"),
        Character("utilities", 0.0095, 0.0052, 0.80, 0.08, 15.0, 0.14, 0.40, 0.35, 1.20, 0.030, 0.12),
    ),
    (
        ("staple", "defensive", "fmcg", "fast moving"),
        Character("staples", 0.0090, 0.0042, 0.60, 0.09, 42.0, 0.15, 0.50, 1.30, 0.12, 0.014, 0.03),
    ),
    (
        ("auto", "discretion", "cyclical", "consumer", "retail"),
        Character("consumer", 0.0118, 0.0055, 1.00, 0.11, 28.0, 0.09, 0.33, 1.20, 0.40, 0.009, 0.05),
    ),
    (
        ("metal", "material", "mining", "cement", "chemical", "steel", "paint"),
        Character("materials", 0.0125, 0.0068, 1.15, 0.09, 16.0, 0.09, 0.38, 0.70, 0.60, 0.014, 0.08),
    ),
    (
        ("telecom", "communic", "media"),
        Character("communication", 0.0115, 0.0050, 0.85, 0.10, 26.0, 0.14, 0.52, 0.50, 0.80, 0.007, 0.12),
    ),
    (
        ("industr", "construct", "capital goods", "infra", "defen", "service", "logist", "transport"),
        Character("industrials", 0.0118, 0.0055, 1.05, 0.11, 30.0, 0.10, 0.34, 0.85, 0.55, 0.010, 0.06),
    ),
    (
        ("real", "property"),
        Character("property", 0.0140, 0.0070, 1.20, 0.10, 30.0, 0.18, 0.42, 0.28, 0.70, 0.006, 0.05),
    ),
)
_DIVERSIFIED = Character("diversified", 0.0120, 0.0045, 1.00, 0.10, 22.0, 0.11, 0.38, 0.75, 0.45, 0.010, 0.06)
_COMMODITY = Character("commodity", 0.0020, 0.0, 0.0, 0.03, 0, 0, 0, 0, 0, 0)
_PAIR = Character("currency", 0.0026, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0)
_OVERNIGHT = Character("fund", 0.00005, 0.0, 0.0, 0.0, 0, 0, 0, 0, 0, 0)
_BY_CLASS = {
    AssetClass.CRYPTO: Character("crypto", 0.0200, 0.0060, 1.00, 0.16, 0, 0, 0, 0, 0, 0),
    AssetClass.FX: Character("currency", 0.0026, 0.0, 0.0, 0.02, 0, 0, 0, 0, 0, 0),
    AssetClass.FUND: Character("fund", 0.0015, 0.0, 0.75, 0.09, 0, 0, 0, 0, 0, 0),
    AssetClass.ETF: Character("fund", 0.0004, 0.0, 1.00, 0.09, 0, 0, 0, 0, 0, 0),
    AssetClass.INDEX: Character("index", 0.0020, 0.0, 1.00, 0.08, 0, 0, 0, 0, 0, 0),
}


def character(instrument: Instrument) -> Character:
    """The character of an instrument, by its asset class and, for companies, by the words of its sector."""
    if instrument.symbol.endswith("=F"):
        return _COMMODITY
    if instrument.asset_class is AssetClass.FX and "INR" not in instrument.symbol:
        return _PAIR
    if instrument.asset_class is AssetClass.ETF and "liquid" in instrument.name.lower():
        return _OVERNIGHT
    if instrument.asset_class is not AssetClass.STOCK:
        return _BY_CLASS[instrument.asset_class]
    words = (instrument.sector or "").lower()
    for keys, found in _SECTORS:
        if any(key in words for key in keys):
            return found
    return _DIVERSIFIED


def read_levels(table: str) -> dict[str, tuple[float, float]]:
    """Reads ``symbol price value;`` triples. Raises ValueError for anything else."""
    found = {}
    for entry in table.replace("\n", " ").split(";"):
        if entry.strip():
            symbol, price, value = entry.split()
            found[symbol] = (float(price), float(value))
    return found


# Price in the instrument's currency and market value in billions of it, both rounded hard: where the simulation
# stands on the first session of ANCHOR_YEAR. Anything not listed draws its own.
ANCHOR_YEAR = 2024
_LEVELS = read_levels("""
RELIANCE.NS 1300 17500; TCS.NS 3500 13000; HDFCBANK.NS 850 13000; ICICIBANK.NS 1000 7200; INFY.NS 1500 6200;
BHARTIARTL.NS 1000 6000; SBIN.NS 650 5800; LT.NS 3500 4800; HINDUNILVR.NS 2500 5900; ITC.NS 450 5600;
BAJFINANCE.NS 700 4400; KOTAKBANK.NS 1800 3600; AXISBANK.NS 1100 3400; M&M.NS 1700 2100; MARUTI.NS 10000 3200;
SUNPHARMA.NS 1300 3100; HCLTECH.NS 1500 4000; NTPC.NS 300 3000; TITAN.NS 3500 3100; ULTRACEMCO.NS 10000 2900;
ASIANPAINT.NS 3200 3100; POWERGRID.NS 240 2200; ONGC.NS 210 2600; TATASTEEL.NS 130 1700; JSWSTEEL.NS 850 2100;
ADANIENT.NS 2900 3300; COALINDIA.NS 380 2300; ADANIPORTS.NS 1050 2200; BAJAJFINSV.NS 1650 2600;
BAJAJ-AUTO.NS 6800 1900; WIPRO.NS 240 2500; NESTLEIND.NS 1300 2500; GRASIM.NS 2100 1400; TECHM.NS 1250 1200;
HINDALCO.NS 600 1350; CIPLA.NS 1250 1000; DRREDDY.NS 1150 960; EICHERMOT.NS 4000 1100; HEROMOTOCO.NS 4100 820;
APOLLOHOSP.NS 5700 820; TATACONSUM.NS 1050 1000; BRITANNIA.NS 5200 1250; SBILIFE.NS 1430 1430;
HDFCLIFE.NS 640 1370; INDUSINDBK.NS 1550 1200; BEL.NS 185 1350; TRENT.NS 3000 1070; SHRIRAMFIN.NS 420 790;
JIOFIN.NS 240 1500; ETERNAL.NS 130 1150; MAXHEALTH.NS 700 680; INDIGO.NS 3000 1150; BPCL.NS 230 980;
DIVISLAB.NS 3900 1030; LTIM.NS 6000 1780; AAPL 185 2900; MSFT 375 2800; NVDA 50 1200; GOOGL 140 1750;
AMZN 150 1560; META 350 900; TSLA 250 790; JPM 170 490; V 260 530; JNJ 157 378; WMT 53 427; PG 147 345;
XOM 100 400; UNH 525 485; HD 345 345; KO 59 255; PEP 170 234; DIS 90 165; NFLX 480 210; INTC 50 211; AMD 140 230;
BA 255 155; MCD 295 214; BRK-B 360 780; AVGO 110 520; ORCL 105 290; CRM 260 252; COST 650 290; MA 425 400;
BTC-USD 43000 840; ETH-USD 2300 280; BNB-USD 310 48; SOL-USD 100 43; XRP-USD 0.62 34; ADA-USD 0.60 21;
DOGE-USD 0.09 13; DOT-USD 8.2 10; LTC-USD 73 5.4; AVAX-USD 39 14; LINK-USD 15 8.5; TRX-USD 0.11 9.5;
^NSEI 21700 0; ^BSESN 72000 0; ^NSEBANK 48000 0; ^CNXIT 35000 0; ^INDIAVIX 14 0; ^NSMIDCP 53000 0;
^CNXAUTO 18500 0; ^CNXPHARMA 16800 0; ^CNXFMCG 57000 0; ^CNXMETAL 7900 0; ^CNXENERGY 33500 0; ^CNXREALTY 780 0;
^CNXINFRA 7300 0; ^CNXPSUBANK 5700 0; ^CNXMEDIA 2400 0; ^GSPC 4750 0; ^IXIC 14800 0; ^DJI 37700 0; ^NDX 16500 0;
^RUT 2000 0; ^VIX 13 0; ^FTSE 7700 0; ^N225 33400 0; ^HSI 16800 0; NIFTYBEES.NS 240 0; BANKBEES.NS 490 0;
GOLDBEES.NS 53 0; SPY 470 0; JUNIORBEES.NS 560 0; ITBEES.NS 37 0; SILVERBEES.NS 71 0; QQQ 405 0; GLD 190 0;
INR=X 83 0; EURINR=X 92 0; GBPINR=X 106 0; JPYINR=X 0.59 0; EURUSD=X 1.1 0; GBPUSD=X 1.27 0; JPY=X 142 0;
GC=F 2060 0; SI=F 23.8 0; CL=F 71 0; TMPV.NS 390 1430; TMCV.NS 310 1140; UPL.NS 590 440; SHREECEM.NS 28700 1030;
IOC.NS 130 1830; GAIL.NS 160 1060; VEDL.NS 260 960; ZEEL.NS 270 260; YESBANK.NS 21 620; INDUSTOWER.NS 200 540;
HINDPETRO.NS 270 570; LUPIN.NS 1320 600; AUROPHARMA.NS 1080 630; AMBUJACEM.NS 520 1140; ACC.NS 2210 415;
BOSCHLTD.NS 22000 650; BANKBARODA.NS 230 1190; TATAPOWER.NS 330 1060; BHEL.NS 195 680; IDEA.NS 16 780;
PNB.NS 96 1050; NMDC.NS 70 610; SAIL.NS 124 510; DLF.NS 725 1800; JINDALSTEL.NS 750 760; SIEMENS.NS 2600 930;
UNITDSPR.NS 1110 810; ADANIGREEN.NS 1600 2530; ADANIPOWER.NS 105 2030; ADANIENSOL.NS 1050 1170; ATGL.NS 1000 1100;
AWL.NS 355 460; ABB.NS 4700 990; BAJAJHLDNG.NS 7700 860; BAJAJHFL.NS 110 910; CANBK.NS 88 800; CGPOWER.NS 450 690;
CHOLAFIN.NS 1250 1060; DABUR.NS 555 985; DMART.NS 4050 2640; GODREJCP.NS 1130 1160; HAL.NS 2800 1870;
HAVELLS.NS 1370 860; HYUNDAI.NS 1850 1500; ICICIGI.NS 1420 700; ICICIPRULI.NS 535 770; INDHOTEL.NS 435 620;
IRFC.NS 100 1310; IRCTC.NS 885 710; JSWENERGY.NS 410 670; LICI.NS 830 5260; LODHA.NS 1020 990;
MOTHERSON.NS 68 690; NAUKRI.NS 1030 660; PFC.NS 380 1260; PIDILITIND.NS 1360 1380; RECLTD.NS 410 1080;
TORNTPHARM.NS 2300 780; TVSMOTOR.NS 2030 960; VBL.NS 495 1610; ZYDUSLIFE.NS 690 700; SWIGGY.NS 400 900;
PAYTM.NS 640 400; NYKAA.NS 175 500; POLICYBZR.NS 800 360; DELHIVERY.NS 390 285; SBICARD.NS 760 720;
HDFCAMC.NS 1600 680; MUTHOOTFIN.NS 1480 590; LICHSGFIN.NS 540 295; LTF.NS 165 410; LTTS.NS 5250 555;
ABCAPITAL.NS 166 430; UNIONBANK.NS 119 880; INDIANB.NS 420 525; BANKINDIA.NS 113 465; IDBI.NS 67 720;
IDFCFIRSTB.NS 89 630; FEDERALBNK.NS 156 380; AUBANK.NS 790 525; BANDHANBNK.NS 240 390; RBLBANK.NS 280 168;
DCBBANK.NS 134 42; BSE.NS 740 300; MCX.NS 640 163; CDSL.NS 910 190; PERSISTENT.NS 3700 570; COFORGE.NS 1250 385;
MPHASIS.NS 2740 516; OFSS.NS 4200 364; TATAELXSI.NS 8750 545; TATATECH.NS 1180 479; TATACOMM.NS 1770 505;
TATACHEM.NS 1105 281; KPITTECH.NS 1510 414; DIXON.NS 6570 392; POLYCAB.NS 5480 823; CUMMINSIND.NS 1960 543;
BHARATFORG.NS 1240 577; ASHOKLEY.NS 91 533; MRF.NS 129000 549; APOLLOTYRE.NS 455 289; EXIDEIND.NS 317 270;
PAGEIND.NS 38500 429; COLPAL.NS 2530 688; MARICO.NS 548 709; BERGEPAINT.NS 605 706; TATAINVEST.NS 425 215;
BIOCON.NS 250 300; ALKEM.NS 5200 622; FORTIS.NS 420 317; MANKIND.NS 1980 793; MAZDOCK.NS 1140 460; BDL.NS 860 315;
RVNL.NS 182 380; IRCON.NS 172 162; IREDA.NS 103 277; NHPC.NS 65 650; SJVN.NS 91 358; SUZLON.NS 38 519;
OIL.NS 248 403; PETRONET.NS 222 333; IGL.NS 209 292; HINDZINC.NS 317 1340; NATIONALUM.NS 132 242;
HINDCOPPER.NS 270 261; JSL.NS 572 471; CONCOR.NS 688 524; GODREJPROP.NS 2010 559; OBEROIRLTY.NS 1440 524;
JUBLFOOD.NS 565 373; VOLTAS.NS 977 323; SRF.NS 2480 735; PIIND.NS 3510 533; GMRAIRPORT.NS 80 483;
SOLARINDS.NS 6750 611; ENRIN.NS 2900 1030; LIQUIDBEES.NS 1000 0; MON100.NS 139 0; VOO 437 0; VTI 237 0;
NIFTY_FIN_SERVICE.NS 21500 0; ^CRSLDX 19400 0; ^GDAXI 16750 0; GOOG 141 1750; LLY 583 553; PFE 29 163;
NKE 108 164; BAC 34 266; ADBE 597 270; CSCO 50 205; QCOM 145 161; IBM 164 150; PLTR 17 37; UBER 62 127;
BTC-INR 3570000 0; BZ=F 77 0;
""")


def level(seed: int, instrument: Instrument) -> tuple[float, float]:
    """Price at the anchor and shares (or coins) outstanding; shares are 0 where there are none."""
    listed = _LEVELS.get(instrument.symbol) or _LEVELS.get(instrument.symbol.replace(".BO", ".NS"))
    if listed is not None:
        price, value = listed
    else:
        rng = stream(seed, instrument.symbol, "level")
        rupees = instrument.currency == "INR"
        price = round(float((700.0 if rupees else 120.0) * 2.0 ** rng.normal(0.0, 1.1)), 1)
        value = float((550.0 if rupees else 140.0) * 2.0 ** rng.normal(0.0, 0.8))
        if instrument.asset_class not in (AssetClass.STOCK, AssetClass.CRYPTO):
            value = 0.0
    return price, float(round(value * 1e9 / price, -3))
