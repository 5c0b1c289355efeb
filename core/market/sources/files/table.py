"""A table of cells as a file gives it, before anybody knows what the columns mean."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.market.model import Finding


@dataclass(frozen=True)
class Table:
    """Rows of cells in file order.

    ``cells``: columns numbered from 0, text (missing as NA) or, from Parquet, typed values; ``lines``: int array, the
    1-based line (sheet row, Parquet row) of each; ``form`` describes the container for people; ``names`` is given
    when the container itself names its columns (Parquet), otherwise the header is among the rows;
    ``formulas`` are lines whose cells are formulas without a stored value.
    """

    cells: pd.DataFrame
    lines: np.ndarray
    form: str
    findings: tuple[Finding, ...] = ()
    separator: str = ","
    names: tuple[str, ...] | None = None
    formulas: frozenset[int] = frozenset()
