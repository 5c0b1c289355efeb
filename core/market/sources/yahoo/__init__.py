"""Yahoo Finance, through yfinance's session handling."""

from core.market.sources.yahoo.source import Probe, Yahoo

__all__ = ["Probe", "Yahoo"]
