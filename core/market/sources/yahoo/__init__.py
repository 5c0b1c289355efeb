"""Yahoo Finance, through yfinance's session handling."""

from core.market.sources.yahoo.source import Yahoo

__all__ = ["Yahoo"]
