"""The numbers in a text, as a reader understands them: amounts with their scale and unit, dates, times, periods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["amount", "date", "time", "period"]

_MONTH: Final = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DATE = re.compile(
    rf"(?<![\w])(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH},? (?:19|20)\d\d|"
    rf"{_MONTH} \d{{1,2}},? (?:19|20)\d\d|{_MONTH} (?:19|20)\d\d|\d{{1,2}} {_MONTH}(?![a-z])|"
    rf"(?:19|20)\d\d-\d\d(?!\d))"
)
_TIME = re.compile(r"(?<![\w])\d{1,2}:\d{2}(?::\d{2})?(?: ?(?:IST|UTC|EST|EDT|GMT|[ap]m))?(?!\w)", re.IGNORECASE)
_PERIOD = re.compile(
    r"(?<![\w])(?:Q[1-4](?:,? ?(?:FY ?)?(?:\d{2,4}(?:-\d\d)?)?)|FY ?\d{2,4}(?:-\d{2})?|(?:19|"
    r"20)\d\d(?![\d,.%]*\d)(?! ?(?:%|x\b|times|shares|crore|lakh)))"
)
_AMOUNT = re.compile(
    r"""(?x)(?<![\w.\#/])(?P<sign>[-−+])?\s?(?P<currency>₹|Rs\.?|INR|\$|USD|€|£)?\s?(?P<inner>[-−+])?
    (?P<digits>\d[\d,]*(?:\.\d+)?|\.\d+)(?P<power>e[+-]?\d+)?
    (?:\s?(?P<scale>L\ Cr|lakh\ crores?|lakhs?|lac|crores?|Cr|cr|trillion|billion|million|thousand
        |bn|mn|[LKMBT](?![\w]))(?![\w]))?
    (?:\s?(?P<unit>%|percent|per\ cent|pct|x\b|times\b|bps\b))?"""
)
_SCALES: Final = {
    "l cr": 1e12,
    "lakh crore": 1e12,
    "lakh crores": 1e12,
    "l": 1e5,
    "lakh": 1e5,
    "lakhs": 1e5,
    "lac": 1e5,
    "cr": 1e7,
    "crore": 1e7,
    "crores": 1e7,
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "t": 1e12,
    "trillion": 1e12,
}
_CURRENCIES: Final = {
    "₹": "INR",
    "rs": "INR",
    "rs.": "INR",
    "inr": "INR",
    "$": "USD",
    "usd": "USD",
    "€": "EUR",
    "£": "GBP",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a text.

    Attributes:
        value: with its scale and sign applied; 0 for dates, times and periods.
        step: what the last written digit is worth; a value within half of it rounds to what is written.
        unit: "%", "x" or a currency when it is written so; "" for a bare number.
    """

    kind: Kind
    text: str
    start: int
    end: int
    value: float = 0.0
    step: float = 1.0
    unit: str = ""


def figures(text: str) -> list[Figure]:
    """Every number of `text`, in its order; each character belongs to one number at most."""
    taken = [False] * len(text)
    found: list[Figure] = []
    for kind, pattern in (("date", _DATE), ("time", _TIME), ("period", _PERIOD)):
        for match in pattern.finditer(text):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append(Figure(kind, match[0], match.start(), match.end()))  # type: ignore[arg-type]
    for match in _AMOUNT.finditer(text):
        if any(taken[match.start("digits") : match.end("digits")]):
            continue
        found.append(_amount(match))
    return sorted(found, key=lambda one: one.start)


def _amount(match: re.Match[str]) -> Figure:
    digits = match["digits"].rstrip(",")
    plain = digits.replace(",", "")
    decimals = len(plain.partition(".")[2])
    scale = _SCALES[match["scale"].lower()] if match["scale"] else 1.0
    power = float(f"1{match['power']}") if match["power"] else 1.0
    sign = (
        -1.0
        if "-" in (match["sign"] or "") + (match["inner"] or "")
        or "−" in (match["sign"] or "") + (match["inner"] or "")
        else 1.0
    )
    unit = (match["unit"] or "").lower()
    written = (
        "%"
        if unit in {"%", "percent", "per cent", "pct"}
        else "x"
        if unit in {"x", "times"}
        else "bps"
        if unit == "bps"
        else ""
    )
    if not written and match["currency"]:
        written = _CURRENCIES[match["currency"].lower()]
    end = match.end() if match["scale"] or match["unit"] or match["power"] else match.start("digits") + len(digits)
    start = match.start("currency") if match["currency"] else match.start("digits")
    if match["sign"]:
        start = match.start("sign")
    shown = match.string[start:end]
    return Figure(
        "amount", shown, start, end, sign * float(plain) * scale * power, 10.0**-decimals * scale * power, written
    )
