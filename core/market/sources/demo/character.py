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
_BY_CLASS = {
    AssetClass.CRYPTO: Character("crypto", 0.0200, 0.0060, 1.00, 0.16, 0, 0, 0, 0, 0, 0),
    AssetClass.FX: Character("currency", 0.0026, 0.0, 0.0, 0.02, 0, 0, 0, 0, 0, 0),
    AssetClass.FUND: Character("fund", 0.0015, 0.0, 0.75, 0.09, 0, 0, 0, 0, 0, 0),
    AssetClass.ETF: Character("fund", 0.0004, 0.0, 1.00, 0.09, 0, 0, 0, 0, 0, 0),
    AssetClass.INDEX: Character("index", 0.0020, 0.0, 1.00, 0.08, 0, 0, 0, 0, 0, 0),
}


def character(instrument: Instrument) -> Character:
    """The character of an instrument, by its asset class and, for companies, by the words of its sector."""
    if instrument.asset_class is not AssetClass.STOCK:
        return _BY_CLASS[instrument.asset_class]
    words = (instrument.sector or "").lower()
    for keys, found in _SECTORS:
        if any(key in words for key in keys):
            return found
    return _DIVERSIFIED


# Price in the instrument's currency and market value in billions of it, both rounded hard: where the simulation
# stands on the first session of ANCHOR_YEAR. Anything not listed draws its own.
ANCHOR_YEAR = 2024
_LEVELS: dict[str, tuple[float, float]] = {
    "RELIANCE.NS": (1300, 17500),
    "TCS.NS": (3500, 13000),
    "HDFCBANK.NS": (850, 13000),
    "ICICIBANK.NS": (1000, 7200),
    "INFY.NS": (1500, 6200),
    "BHARTIARTL.NS": (1000, 6000),
    "SBIN.NS": (650, 5800),
    "LT.NS": (3500, 4800),
    "HINDUNILVR.NS": (2500, 5900),
    "ITC.NS": (450, 5600),
    "BAJFINANCE.NS": (700, 4400),
    "KOTAKBANK.NS": (1800, 3600),
    "AXISBANK.NS": (1100, 3400),
    "M&M.NS": (1700, 2100),
    "MARUTI.NS": (10000, 3200),
    "SUNPHARMA.NS": (1300, 3100),
    "HCLTECH.NS": (1500, 4000),
    "NTPC.NS": (300, 3000),
    "TITAN.NS": (3500, 3100),
    "ULTRACEMCO.NS": (10000, 2900),
    "ASIANPAINT.NS": (3200, 3100),
    "POWERGRID.NS": (240, 2200),
    "TATAMOTORS.NS": (700, 2600),
    "ONGC.NS": (210, 2600),
    "TATASTEEL.NS": (130, 1700),
    "JSWSTEEL.NS": (850, 2100),
    "ADANIENT.NS": (2900, 3300),
    "COALINDIA.NS": (380, 2300),
    "ADANIPORTS.NS": (1050, 2200),
    "BAJAJFINSV.NS": (1650, 2600),
    "BAJAJ-AUTO.NS": (6800, 1900),
    "WIPRO.NS": (240, 2500),
    "NESTLEIND.NS": (1300, 2500),
    "GRASIM.NS": (2100, 1400),
    "TECHM.NS": (1250, 1200),
    "HINDALCO.NS": (600, 1350),
    "CIPLA.NS": (1250, 1000),
    "DRREDDY.NS": (1150, 960),
    "EICHERMOT.NS": (4000, 1100),
    "HEROMOTOCO.NS": (4100, 820),
    "APOLLOHOSP.NS": (5700, 820),
    "TATACONSUM.NS": (1050, 1000),
    "BRITANNIA.NS": (5200, 1250),
    "SBILIFE.NS": (1430, 1430),
    "HDFCLIFE.NS": (640, 1370),
    "INDUSINDBK.NS": (1550, 1200),
    "BEL.NS": (185, 1350),
    "TRENT.NS": (3000, 1070),
    "SHRIRAMFIN.NS": (420, 790),
    "JIOFIN.NS": (240, 1500),
    "ETERNAL.NS": (130, 1150),
    "MAXHEALTH.NS": (700, 680),
    "INDIGO.NS": (3000, 1150),
    "BPCL.NS": (230, 980),
    "DIVISLAB.NS": (3900, 1030),
    "LTIM.NS": (6000, 1780),
    "AAPL": (185, 2900),
    "MSFT": (375, 2800),
    "NVDA": (50, 1200),
    "GOOGL": (140, 1750),
    "AMZN": (150, 1560),
    "META": (350, 900),
    "TSLA": (250, 790),
    "JPM": (170, 490),
    "V": (260, 530),
    "JNJ": (157, 378),
    "WMT": (53, 427),
    "PG": (147, 345),
    "XOM": (100, 400),
    "UNH": (525, 485),
    "HD": (345, 345),
    "KO": (59, 255),
    "PEP": (170, 234),
    "DIS": (90, 165),
    "NFLX": (480, 210),
    "INTC": (50, 211),
    "AMD": (140, 230),
    "BA": (255, 155),
    "MCD": (295, 214),
    "BRK-B": (360, 780),
    "AVGO": (110, 520),
    "ORCL": (105, 290),
    "CRM": (260, 252),
    "COST": (650, 290),
    "MA": (425, 400),
    "BTC-USD": (43000, 840),
    "ETH-USD": (2300, 280),
    "BNB-USD": (310, 48),
    "SOL-USD": (100, 43),
    "XRP-USD": (0.62, 34),
    "ADA-USD": (0.60, 21),
    "DOGE-USD": (0.09, 13),
    "MATIC-USD": (0.97, 9),
    "DOT-USD": (8.2, 10),
    "LTC-USD": (73, 5.4),
    "AVAX-USD": (39, 14),
    "LINK-USD": (15, 8.5),
    "TRX-USD": (0.11, 9.5),
    "SHIB-USD": (0.00001, 6),
    "^NSEI": (21700, 0),
    "^BSESN": (72000, 0),
    "^NSEBANK": (48000, 0),
    "^CNXIT": (35000, 0),
    "^INDIAVIX": (14, 0),
    "^NSMIDCP": (53000, 0),
    "^CNXAUTO": (18500, 0),
    "^CNXPHARMA": (16800, 0),
    "^CNXFMCG": (57000, 0),
    "^CNXMETAL": (7900, 0),
    "^CNXENERGY": (33500, 0),
    "^CNXREALTY": (780, 0),
    "^CNXINFRA": (7300, 0),
    "^CNXPSUBANK": (5700, 0),
    "^CNXMEDIA": (2400, 0),
    "^CNXFIN": (21500, 0),
    "^GSPC": (4750, 0),
    "^IXIC": (14800, 0),
    "^DJI": (37700, 0),
    "^NDX": (16500, 0),
    "^RUT": (2000, 0),
    "^VIX": (13, 0),
    "^FTSE": (7700, 0),
    "^N225": (33400, 0),
    "^HSI": (16800, 0),
    "NIFTYBEES.NS": (240, 0),
    "BANKBEES.NS": (490, 0),
    "GOLDBEES.NS": (53, 0),
    "SPY": (470, 0),
    "JUNIORBEES.NS": (560, 0),
    "ITBEES.NS": (37, 0),
    "SILVERBEES.NS": (71, 0),
    "QQQ": (405, 0),
    "GLD": (190, 0),
    "INR=X": (83, 0),
    "USDINR=X": (83, 0),
    "EURINR=X": (92, 0),
    "GBPINR=X": (106, 0),
    "JPYINR=X": (0.59, 0),
    "EURUSD=X": (1.1, 0),
    "GBPUSD=X": (1.27, 0),
    "JPY=X": (142, 0),
    "GC=F": (2060, 0),
    "SI=F": (23.8, 0),
    "CL=F": (71, 0),
}


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
