"""Mapped tables, one module an area. Importing this package registers them all with the metadata."""

from db.tables import accounts, assistant, backtests, limits, market, notices, operations, portfolio, usage

__all__ = ["accounts", "assistant", "backtests", "limits", "market", "notices", "operations", "portfolio", "usage"]
