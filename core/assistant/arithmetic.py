"""Sums in a question: "15% of 240000", "3500 * 12", "sip of 5000 for 20 years at 12%" as an expression for `calc`."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = (
    r"(?:₹|rs\.?|inr|\$)?\s?(\d[\d,]*(?:\.\d+)?)\s?"
    r"(k\b|thousand|lakhs?|lacs?|lac|l\b|crores?|cr\b|million|mn\b|billion|bn\b)?"
)
_SCALES: Final = {"k": 1e3, "t": 1e3, "l": 1e5, "c": 1e7, "m": 1e6, "b": 1e9}
_YEARS = re.compile(r"(\d+(?:\.\d+)?)\s?(?:years?|yrs?|y\b|saal|sal)", re.IGNORECASE)
_MONTHS = re.compile(r"(\d+)\s?(?:months?|mahine)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?(?:%|percent|per cent|pct|p\.a\.?)", re.IGNORECASE)
_PERCENT_OF = re.compile(rf"(\d+(?:\.\d+)?)\s?(?:%|percent|per cent)\s?of\s?{_NUMBER}", re.IGNORECASE)
_CHANGE = re.compile(
    rf"(?:%|percent\w*|per cent|growth|change|gain|return|increase|decrease|loss)\b.*?"
    rf"\b(?:from|between)\s?{_NUMBER}\s?(?:to|and|-)\s?{_NUMBER}",
    re.IGNORECASE,
)
_CAGR = re.compile(
    rf"\b(?:cagr|annual(?:ised)? (?:growth|return))\b.*?{_NUMBER}\s?(?:to|and|->)\s?{_NUMBER}", re.IGNORECASE
)
_CONVERT = re.compile(
    rf"{_NUMBER}\s?(?:rupees )?(?:in|to|into|ko)\s(?:.*\b)?(lakhs?|crores?|millions?|billions?|thousands?|rupees)\b",
    re.IGNORECASE,
)
_MONTHLY = re.compile(r"\b(?:sip|monthly|a month|per month|every month|each month|p\.m\.|mahine)\b", re.IGNORECASE)
_PLAIN = re.compile(
    r"[-+(]?\s*\d[\d,.]*\s?%?(?:\s*(?:[-+*/^×÷]|\bx\b|times|plus|minus|divided by|multiplied by)"
    r"\s*[(]*\s*[-+]?\d[\d,.]*\s?%?[)]*)+",
    re.IGNORECASE,
)
_WORDS: Final = {
    "divided by": "/",
    "multiplied by": "*",
    "times": "*",
    "plus": "+",
    "minus": "-",
    "×": "*",
    "÷": "/",
    "x": "*",
}
_DAY = re.compile(r"^\s*\d{4}-\d{1,2}-\d{1,2}\s*$|^\s*\d{1,2}[-/]\d{1,2}[-/]\d{2,4}\s*$")


def expression(text: str) -> str | None:
    """The sum a text asks for, in `calc`'s language; None when it asks for none."""
    lower = text.lower()
    years, percent = _YEARS.search(lower), _PERCENT.search(lower)
    if (match := _CAGR.search(lower)) and years:
        return f"cagr({_amount(match[1], match[2])}, {_amount(match[3], match[4])}, {years[1]})"
    if re.search(r"\bemi\b", lower) and percent and (span := _span(lower)):
        amount = _principal(lower, percent)
        if amount is not None:
            return f"emi({amount}, {percent[1]}, {span})"
    if percent and (span := _span(lower)) and (amount := _principal(lower, percent)) is not None:
        if _MONTHLY.search(lower):
            return f"sip({amount}, {percent[1]}, {span})"
        if re.search(r"\b(?:become|grow|worth|lump ?sum|compound|fd|invest\w*|after|interest)\b", lower):
            return f"lumpsum({amount}, {percent[1]}, {span})"
    if match := _PERCENT_OF.search(lower):
        return f"{match[1]}% * {_amount(match[2], match[3])}"
    if match := _CHANGE.search(lower):
        return f"change({_amount(match[1], match[2])}, {_amount(match[3], match[4])})"
    if match := _CONVERT.search(lower):
        scale = 1.0 if match[3].startswith("r") else _SCALES[match[3][0]]
        return f"{_amount(match[1], match[2])} / {scale:.0f}"
    if (match := _PLAIN.search(text)) and not _DAY.match(match[0]):
        plain = match[0].lower().replace(",", "")
        for word, sign in _WORDS.items():
            plain = re.sub(rf"(?<![a-z]){re.escape(word)}(?![a-z])", sign, plain)
        return " ".join(plain.split())
    return None


def _span(text: str) -> str | None:
    """A length of time in years."""
    if match := _YEARS.search(text):
        return match[1]
    if match := _MONTHS.search(text):
        return f"{int(match[1]) / 12:g}"
    return None


def _principal(text: str, percent: re.Match[str]) -> str | None:
    """The amount of money: the first number that is neither the percentage nor the length of time."""
    for match in re.finditer(_NUMBER, text, re.IGNORECASE):
        after = text[match.end() : match.end() + 9]
        if match.start(1) == percent.start(1) or re.match(r"\s?(?:years?|yrs?|saal|months? |%|percent)", after):
            continue
        return _amount(match[1], match[2])
    return None


def _amount(digits: str, scale: str | None) -> str:
    number = float(digits.replace(",", ""))
    number *= _SCALES[scale.strip()[0].lower()] if scale else 1.0
    return f"{number:.10g}" if number < 1e10 else f"{number:.0f}"
