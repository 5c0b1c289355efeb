"""Alpha Vantage, for those who have a key."""

from core.market.sources.alpha_vantage.source import AlphaVantage

__all__ = ["AlphaVantage"]
