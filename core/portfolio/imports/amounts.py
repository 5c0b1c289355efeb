"""Numbers in brokers' files as exact decimals: lakh commas, currency signs, decimal commas, brackets for minus."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import pandas as pd

from core.market.sources.files import numbers

_CODES = "usd|eur|gbp|inr|cad|aud|chf|jpy|sgd|hkd|sek|nok|dkk|pln|czk|huf|zar|aed|nzd|cny|gbx"
_SIGNS = re.compile(rf"₹|rs\.?(?=[\s\d.,(-])|[a-z]{{0,2}}\$|[€£¥]|(?<![a-z])({_CODES})(?![a-z])", re.IGNORECASE)
_BLANK = frozenset({"", "-", "--", "---", "—", "–", "null", "none", "nan", "na", "n/a", "#n/a", "n.a.", "nil", "."})
_SHAPE = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})(e[+-]?[0-9]{1,2})?")
_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{0,12})?")
_LONGEST = 60


def blank(text: str) -> bool:
    """Whether a cell says nothing."""
    return text.strip().lower() in _BLANK


def decimal_comma(columns: Iterable[Iterable[str]], separator: str, *, home: bool = False) -> bool:
    """Whether commas are decimal in these columns, told by all of their cells together; `home` where nothing tells."""
    told = [[text for text in column if "," in text] for column in columns]
    cells = [text for column in told for text in column]
    if not cells:
        return home
    if any(re.match(r"[^\d]*0,\d", text) for text in cells):
        return True
    found = numbers.decimal_comma([pd.Series(column, dtype="str") for column in told if column], separator)
    clear = any(re.search(r",\d{3}\.\d|,\d+,|\.\d{3},\d|,\d{1,2}\D*$|,\d{4,}\D*$", text) for text in cells)
    return found if clear or found else home


def parse(text: str, *, comma: bool = False) -> Decimal | None:
    """The number in a cell; None for an empty one.

    Raises:
        ValueError: there is something else in it.
    """
    if not comma and _PLAIN.fullmatch(text):
        return Decimal(text)
    if blank(text):
        return None
    if len(text) > _LONGEST:
        raise ValueError(text)
    flat = _SIGNS.sub("", text.replace("−", "-").strip().removeprefix("=").strip("'\"").lower())
    flat = re.sub(r"[\s'’]", "", flat).removesuffix("/-").removesuffix("%")
    negative = False
    if flat.startswith("(") and flat.endswith(")"):
        negative, flat = True, flat[1:-1]
    elif flat.endswith("-") and len(flat) > 1:
        negative, flat = True, flat[:-1]
    elif flat.startswith("-(") and flat.endswith(")"):
        negative, flat = True, flat[2:-1]
    if comma:
        flat = _with_decimal_comma(flat)
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{2,3})+(\.\d*)?", flat):
        flat = flat.replace(",", "")
    if _SHAPE.fullmatch(flat) is None:
        raise ValueError(text)
    value = Decimal(flat)
    return -value if negative else value


def _with_decimal_comma(flat: str) -> str:
    if "," in flat:
        return flat.replace(".", "").replace(",", ".")
    return flat.replace(".", "") if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+", flat) else flat


def plain(value: Decimal) -> str:
    """A decimal without needless zeros or an exponent: one text for one value."""
    text = format(value.normalize(), "f")
    return "0" if text in ("-0", "0") else text
