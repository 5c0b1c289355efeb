"""What tax law takes a symbol for. Where that is not certain it is unknown, and not covered."""

from __future__ import annotations

import re

from core.market.errors import MarketError
from core.market.instruments import by_symbol, infer
from core.market.model import AssetClass
from core.portfolio.model import OWN
from core.portfolio.tax.rules import Asset

_NOT_EQUITY = re.compile(
    r"gold|silver|liquid|gilt|g-?sec|bond|debt|overnight|nasdaq|s&p|hang\s?seng|nyse|fang|world|global|us\b",
    re.IGNORECASE,
)
_NOT_EQUITY_TICKERS = re.compile(
    r"(GOLD|SILVER|LIQUID|GILT|GSEC|BOND|EBBETF|SDL|MON100|MAFANG|MASPTOP|HNGSNG|MAHKTECH|LOWVOL1D)", re.IGNORECASE
)
_ETF_TICKERS = re.compile(r"(BEES|ETF|IETF|CASE)(\.NS|\.BO)$")


def asset_of(symbol: str, isin: str = "") -> Asset:
    """What was sold.

    A share or ETF listed on NSE or BSE counts as listed equity unless its name or ticker says that it holds gold, debt
    or foreign shares. Indian ISINs of government papers ("IN0", "IN1" ... not "INE" and "INF") are not equity.
    """
    if symbol.startswith(OWN):
        return Asset.OWN
    instrument = by_symbol(symbol)
    if instrument is None:
        try:
            instrument = infer(symbol)
        except MarketError:
            return Asset.UNKNOWN
    kind = instrument.asset_class
    if kind is AssetClass.CRYPTO:
        return Asset.CRYPTO
    if kind not in {AssetClass.STOCK, AssetClass.ETF, AssetClass.FUND}:
        return Asset.UNKNOWN
    if not symbol.endswith((".NS", ".BO")):
        return Asset.FOREIGN
    if isin.startswith("IN") and not isin.startswith(("INE", "INF")):
        return Asset.OTHER_LISTED
    fund = kind is not AssetClass.STOCK or isin.startswith("INF") or _ETF_TICKERS.search(symbol) is not None
    if fund and (_NOT_EQUITY.search(instrument.name) or _NOT_EQUITY_TICKERS.search(symbol)):
        return Asset.OTHER_LISTED
    return Asset.EQUITY
