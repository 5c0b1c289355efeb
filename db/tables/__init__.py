"""Mapped tables, one module an area. Importing this package registers them all with the metadata."""

from db.tables import accounts, limits, market, operations, usage

__all__ = ["accounts", "limits", "market", "operations", "usage"]
