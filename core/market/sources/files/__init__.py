"""Bars from files: CSV, TSV, Parquet and XLSX as brokers, exchanges and data sites write them."""

from core.market.sources.files.reading import FileBars, read

__all__ = ["FileBars", "read"]
