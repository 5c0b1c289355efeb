"""Bars from files: CSV, TSV, Parquet and XLSX as brokers, exchanges and data sites write them."""

from core.market.sources.files.reading import FileBars, read
from core.market.sources.files.report import import_report, import_report_json, problem_json

__all__ = ["FileBars", "import_report", "import_report_json", "problem_json", "read"]
