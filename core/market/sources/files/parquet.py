"""Parquet to typed cells."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.market.errors import BadFile
from core.market.sources.files.content import MAX_UNPACKED_BYTES
from core.market.sources.files.table import Table

MAX_ROWS = 10_000_000
MAX_COLUMNS = 256


def cells(name: str, raw: bytes) -> Table:
    """The columns (and a named or date index) of the file, with sizes checked from its footer before reading."""
    try:
        file = pq.ParquetFile(io.BytesIO(raw))
        meta = file.metadata
        unpacked = sum(meta.row_group(group).total_byte_size for group in range(meta.num_row_groups))
        if unpacked > MAX_UNPACKED_BYTES or meta.num_rows > MAX_ROWS or meta.num_columns > MAX_COLUMNS:
            size = f"{meta.num_rows:,} rows, {meta.num_columns:,} columns, {unpacked / 2**20:,.0f} MB unpacked"
            raise BadFile(name, f"{size} are too much.", "Split it by years or keep only the columns of the bars.")
        frame = file.read().to_pandas()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadFile(name, "the Parquet data is damaged or cut short.", "Save or download it again.") from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    names = tuple(_flat(column) for column in frame.columns)
    frame.columns = pd.RangeIndex(len(names))
    return Table(frame, np.arange(1, len(frame) + 1), "Parquet", names=names)


def _flat(column: object) -> str:
    # yfinance's two-level columns arrive as tuples or as their text: ("Close", "TCS.NS").
    return str(column[0]) if isinstance(column, tuple) else str(column)
