"""What a number can be of: the words that name a field, in a label and in a sentence alike."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_CONCEPTS: Final = {
    "rsi": r"RSI|relative strength",
    "macd": r"MACD|signal line|histogram",
    "pe": r"P/?E(?: ratio)?|price[- ]to[- ]earnings|earnings multiple",
    "pb": r"P/?B|price[- ]to[- ]book",
    "ps": r"P/?S|price[- ]to[- ]sales",
    "ev": r"EV/EBITDA|EV/revenue|enterprise value",
    "peg": r"PEG",
    "eps": r"EPS|earnings per share",
    "book": r"book value",
    "cap": r"market (?:value|cap\w*)|mcap",
    "yield": r"dividend yield|yields?|earnings yield",
    "dividend": r"dividends?",
    "payout": r"payout",
    "revenue": r"revenues?|sales(?! and| in)|turnover",
    "profit": r"(?:net )?profits?|net income|earnings(?! per| yield| multiple)",
    "operating": r"operating (?:profit|income)|EBITDA",
    "cash": r"cash flow|free cash",
    "margin": r"(?:net |operating |gross |profit )?margins?",
    "roe": r"ROE|return on equity",
    "roce": r"ROCE|return on capital(?: employed)?",
    "roa": r"ROA|return on assets",
    "leverage": r"debt[- ]to[- ]equity|D/E",
    "debt": r"(?:total |net )?debt(?![- ]to)",
    "current": r"current ratio",
    "quick": r"quick ratio",
    "cover": r"interest cover|covers? interest",
    "volume": r"(?:average )?volumes?(?!-)",
    "vwap": r"VWAP|volume-weighted",
    "poc": r"point of control|most traded at",
    "mfi": r"money flow|MFI",
    "support": r"supports?|\bS[123]\b",
    "resistance": r"resistances?|\bR[123]\b",
    "pivot": r"pivots?",
    "bands": r"(?:upper|lower|middle) bands?|Bollinger|%B|bands?",
    "atr": r"ATR|average true range|usual range",
    "adx": r"ADX|directional",
    "stochastic": r"stochastic",
    "supertrend": r"supertrend",
    "volatility": r"volatility|volatile|deviation",
    "drawdown": r"drawdowns?",
    "beta": r"beta",
    "high52": r"52[- ]week high",
    "low52": r"52[- ]week low",
    "promoter": r"promoters?",
    "institution": r"institutions?|institutional|FII|DII",
    "fund": r"(?:mutual )?funds?",
    "public": r"public",
    "float": r"free float",
    "target": r"targets?",
    "sharpe": r"Sharpe",
    "winrate": r"win rate|won",
    "trades": r"trades",
    "employees": r"employe\w+",
    "correlation": r"correlat\w+",
    "value_at_risk": r"value at risk|VaR",
}
_AVERAGE = re.compile(
    r"\b(SMA|EMA)\s?\(?(\d+)|\b(\d+)[- ](?:day|session|bar)s? (?:simple |exponential "
    r")?(?:moving )?(SMA|EMA|average|DMA)",
    re.IGNORECASE,
)
_PATTERNS: Final = {
    name: re.compile(rf"(?<![\w])(?:{pattern})(?![\w])", re.IGNORECASE if name not in {"pe", "pb", "ps"} else 0)
    for name, pattern in _CONCEPTS.items()
}
# Fields whose label does not say all they are.
_OF_FIELDS: Final = (
    ("from_high_52w", {"high52"}),
    ("from_low_52w", {"low52"}),
    ("high_52w", {"high52"}),
    ("low_52w", {"low52"}),
    ("sector_pe", {"pe"}),
    ("pe_", {"pe"}),
    ("dividend_12m", {"dividend"}),
    ("last_dividend", {"dividend"}),
    ("obv", {"volume"}),
    ("net_income", {"profit"}),
    ("institutional_holding", {"institution", "fund"}),
    ("holder_", {"institution", "fund", "promoter"}),
    ("insider", {"trades"}),
)


@lru_cache(maxsize=8192)
def concepts_of(field: str, label: str) -> frozenset[str]:
    """The concepts a value is of, by its field and its label."""
    said = f"{label} {field.replace('_', ' ')}"
    found = {name for name, _, _ in mentions(said)}
    for beginning, names in _OF_FIELDS:
        if field.startswith(beginning):
            found |= names
    return frozenset(found)


def mentions(text: str) -> list[tuple[str, int, int]]:
    """Concepts named in a text, with their places, in its order; the longer of two that overlap."""
    found = [
        (name, match.start(), match.end()) for name, pattern in _PATTERNS.items() for match in pattern.finditer(text)
    ]
    for match in _AVERAGE.finditer(text):
        kind = (match[1] or match[4]).lower()
        length = match[2] or match[3]
        kinds = ("sma", "ema") if kind in {"average", "dma"} else (kind,)
        found += [(f"{one}{length}", match.start(), match.end()) for one in kinds]
    found.sort(key=lambda one: (one[1], -(one[2])))
    return [one for one in found if not any(_within(one, other) for other in found)]


def _within(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    return other[1] <= one[1] and one[2] <= other[2] and other[1:] != one[1:]
