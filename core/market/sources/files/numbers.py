"""Numbers as people and sites write them: lakh commas, rupee signs, decimal commas, brackets, K, M and Cr."""

import re

import numpy as np
import pandas as pd

from core.market.sources.files import strings

_SCALE = {"k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12, "l": 1e5, "lac": 1e5, "lakh": 1e5, "cr": 1e7, "crore": 1e7}
_MISSING = {"", "-", "--", "—", "–", "null", "none", "nan", "na", "n/a", "#n/a", "n.a.", "nil", ".", "?"}
_CURRENCY = re.compile(r"(₹|rs\.?|inr|us\$|usd|eur|gbp|[$€£¥])", re.IGNORECASE)
_SHAPE = re.compile(r"^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:e([+-]?\d{1,3}))?([a-z]*)$")
_DECIMAL_COMMA = re.compile(r"^[^\d]*\d+(\.\d{3})*,(\d{1,2}|\d{4,})[^\d]*$")
_THOUSANDS_COMMA = re.compile(r"^[^\d]*\d{1,3}(,\d{2,3})*,\d{3}(\.\d*)?[^\d]*$")


def decimal_comma(columns: list[pd.Series], separator: str) -> bool:
    """Whether commas are decimal in these columns, decided by all of their cells together.

    ``1.234,50`` or ``172,50`` says yes; ``1,234.50`` or ``1,23,456`` says no; with nothing to tell (``1,234``) a
    semicolon file means decimals, any other thousands.
    """
    yes = no = unclear = 0
    for column in columns:
        if not pd.api.types.is_string_dtype(column):
            continue
        commas = column[column.str.contains(",", regex=False, na=False)]
        for value in commas.iloc[:2000]:
            text = str(value).strip()
            if _DECIMAL_COMMA.match(text):
                yes += 1
            elif "." in text or text.count(",") > 1:
                no += 1
            elif _THOUSANDS_COMMA.match(text):
                unclear += 1
    if yes or no:
        return yes > no
    return unclear > 0 and separator == ";"


def parse(column: pd.Series, *, comma: bool) -> np.ndarray:
    """Float64 array, NaN where the cell holds no finite number (:func:`blank` tells missing from unreadable)."""
    if pd.api.types.is_bool_dtype(column):
        return np.full(len(column), np.nan)
    if pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan)
    text = column.astype("str")
    if not comma and (plain := strings.numbers(text)) is not None:
        return np.where(np.isfinite(plain), plain, np.nan)
    if comma:
        values = np.full(len(text), np.nan)
        left = text.notna().to_numpy()
    else:
        values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan).copy()
        left = np.isnan(values) & text.notna().to_numpy()
    if left.any():
        codes, uniques = pd.factorize(text[left])
        parsed = np.asarray([one(str(value), comma=comma) for value in uniques], dtype=np.float64)
        values[left] = parsed[codes]
    return np.where(np.isfinite(values), values, np.nan)


def one(text: str, *, comma: bool = False) -> float:
    """One cell as a number; NaN when it is none."""
    flat = _CURRENCY.sub("", text.strip().strip("'\"").lower()).replace("\xa0", "").replace(" ", "").replace("−", "-")
    if flat in _MISSING:
        return float("nan")
    negative = flat.startswith("(") and flat.endswith(")")
    flat = flat.strip("()").removesuffix("/-").removesuffix("*")
    flat = flat.replace(".", "").replace(",", ".") if comma and "," in flat else flat.replace(",", "").replace("'", "")
    if comma and "," not in text and re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", flat):
        flat = flat.replace(".", "")
    found = _SHAPE.match(flat)
    if found is None or (found.group(4) and found.group(4) not in _SCALE):
        return float("nan")
    value = float(found.group(2)) * 10.0 ** int(found.group(3) or 0) * _SCALE.get(found.group(4), 1.0)
    return -value if negative or found.group(1) == "-" else value


def blank(column: pd.Series) -> np.ndarray:
    """True where a cell is empty or a word for "none"."""
    if not pd.api.types.is_string_dtype(column):
        return column.isna().to_numpy()
    return (column.isna() | column.str.strip().str.lower().isin(_MISSING)).to_numpy()
