"""A search for stocks in words: sector, index, limits on ratios, what to sort by."""

from __future__ import annotations

import re
from typing import Final

from core.assistant.sentence import Sentence
from core.market.instruments import by_symbol

_LESS: Final = r"(?:below|under|less than|lower than|at most|up to|upto|max|maximum|<|<=|within|not more than)"
_MORE: Final = r"(?:above|over|more than|greater than|higher than|at least|min|minimum|>|>=|beyond|exceeding)"
_NUMBER: Final = r"(\d[\d,]*(?:\.\d+)?)"
_PE: Final = r"(?:pe|p e|price to earnings)(?: ratio)?"
_ROE: Final = r"(?:roe|roce|return on equity)"
_YIELD: Final = r"(?:dividend yield|dividends?|yield)"
_DEBT: Final = r"(?:debt to equity|debt equity|debt)(?: ratio)?"
_CAP: Final = r"(?:market cap\w*|mcap|market value)"

_LIMITS: Final = (
    ("max_pe", _PE, _LESS),
    ("min_pe", _PE, _MORE),
    ("min_roe", _ROE, _MORE),
    ("min_dividend_yield", _YIELD, _MORE),
    ("max_debt_to_equity", _DEBT, _LESS),
)
_SORTS: Final = (
    (r"(?:revenue|sales) growth|growth|growing|fast\w*", "revenue_growth"),
    (r"(?:profit|net|operating) margins?|margins?|profitab\w+", "profit_margin"),
    (_ROE, "roe"),
    (r"dividends?|yield|passive income", "dividend_yield"),
    (r"debt|leverag\w+", "debt_to_equity"),
    (r"pb|price to book|book", "pb"),
    (r"pe|p e|price to earnings|cheap\w*|undervalued|valuation|value stocks|expensive|overvalued|bargain", "pe"),
    (r"market cap\w*|largest|biggest|big|large cap|smallest|small cap|blue ?chips?", "market_cap"),
)
_SMALL = re.compile(r" (?:lowest|smallest|least|cheapest|minimum) ")
_LARGE = re.compile(r" (?:most expensive|costliest) ")
_FOR_NAME = re.compile(
    r"(?i)(?:search|look|find|ticker|symbol|code|lookup)\s*(?:up|for|of)?\s+(?:for\s+|of\s+|"
    r"stock\s+|stocks\s+|the\s+|called\s+|named\s+|symbol\s+|ticker\s+)*([A-Za-z&.' "
    r"-]{2,40}?)\s*(?:stocks?|companies|shares?|group|symbol|ticker)?\s*\??$"
)
_INDICES: Final = {"^NSEI": "nifty 50", "^NSEBANK": "nifty bank", "^CNXIT": "nifty it"}


def screen(question: str, said: Sentence, symbols: tuple[str, ...]) -> dict[str, object]:
    """The arguments of `search_stocks` in a question."""
    text = said.text
    given: dict[str, object] = {}
    if said.sector_words:
        given["sector"] = said.sector_words
    for symbol in symbols:
        if symbol in _INDICES:
            given["index"] = _INDICES[symbol]
    for name, what, side in _LIMITS:
        match = re.search(rf" {what} (?:of |is |ratio |that is )?{side} {_NUMBER}(?= )", text) or re.search(
            rf" {side} {_NUMBER} (?:percent )?{what}(?= )", text
        )
        if match:
            given[name] = float(match[1].replace(",", ""))
    if match := re.search(
        rf" {_CAP} (?:of )?{_MORE} (?:rs )?{_NUMBER} ?(lakh crores?|crores?|lakhs?|billion|million)?(?= )", text
    ):
        scale = {"lakh c": 1e12, "crore": 1e7, "crores": 1e7, "lakh": 1e5, "lakhs": 1e5, "billio": 1e9, "millio": 1e6}
        given["min_market_cap"] = float(match[1].replace(",", "")) * scale.get((match[2] or "")[:6], 1.0)
    if re.search(r" (?:debt free|zero debt|no debt) ", text):
        given["max_debt_to_equity"] = 0.1
    for pattern, sort in _SORTS:
        if re.search(rf" (?:{pattern}) ", text):
            if sort != "market_cap" or re.search(r" (?:small\w*) ", text):
                given["sort"] = sort
            break
    if _SMALL.search(text) or re.search(r" small(?:est)? (?:cap|companies|stocks) ", text):
        given["order"] = "smallest"
    elif _LARGE.search(text) or (
        re.search(r" (?:highest|largest|biggest) ", text) and given.get("sort") in {"pe", "pb", "debt_to_equity"}
    ):
        given["order"] = "largest"
    if not (set(given) - {"order"}) and (match := _FOR_NAME.search(question)):
        given["text"] = match[1].strip()
    if not given and symbols:
        known = by_symbol(symbols[0])
        given["text"] = symbols[0] if known is None else known.name
    return given
