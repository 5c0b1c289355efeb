"""Lengths of time in a question: "last 6 months", "pichhle saal", "since January 2024", "weekly candles"."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        1,
    )
    for name in names.split()
}
_NUMBERS: Final = {
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "few": 3,
}
_MONTH: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))
_COUNT: Final = r"(\d+|" + "|".join(_NUMBERS) + ")"
_UNIT: Final = r"(days?|weeks?|months?|quarters?|years?)"
_LEAD: Final = r"(?:last|past|previous|for|over|in|of|since|recent|during|within|through|the)"
_INDICATOR: Final = (
    r"(?:simple |exponential )?(?:moving|average|averages|avg|ma|ema|sma|dma|wma|rsi|atr|high|"
    r"low|vwap|range|highest|lowest|mean"
    r"|bollinger|adx|relative|momentum|candles?|bars?|crossover|cross)"
)
_LED = re.compile(rf" {_LEAD} (?:the )?(?:last |past |previous )?{_COUNT} {_UNIT}(?! {_INDICATOR})(?= )")
_BARE = re.compile(rf" {_COUNT} {_UNIT}(?! (?:old|{_INDICATOR}))(?= )")
_AFTER = re.compile(rf" (?:last|past) (?:of )?{_COUNT} {_UNIT}(?= )")
_SINGLE = re.compile(rf" (?:last|past|previous) {_UNIT}(?! {_INDICATOR})(?= )")
_THIS = re.compile(r" (?:this|current) (day|week|month|quarter|year)(?= )")
_TO_DATE = re.compile(r" (?:ytd|year to date|since the start of the year|so far this year) ")
_EVER = re.compile(
    r" (?:all time|since (?:listing|inception|ipo|beginning)|ever|max|full history|entire history|whole history) "
)
_SINCE_MONTH = re.compile(rf" (?:since|from|after) ({_MONTH})(?: (\d{{4}}))? ")
_SINCE_YEAR = re.compile(r" (?:since|from|after) ((?:19|20)\d\d)(?! (?:to|till|until))(?= )")
_IN_YEAR = re.compile(r" (?:in|during|for|of|year) ((?:19|20)\d\d)(?= )")
_BETWEEN_YEARS = re.compile(r" (?:from|between)? ?((?:19|20)\d\d) (?:to|till|until|and) ((?:19|20)\d\d)(?= )")
_FISCAL = re.compile(r" (?:fy|financial year|fiscal(?: year)?) ?(?:20)?(\d\d)(?= )")
_IN_MONTH = re.compile(rf" (?:in|during|for|of) ({_MONTH})(?: ((?:19|20)\d\d))? ")
_DAY = re.compile(rf" (\d{{1,2}}) (?:of )?({_MONTH})(?: ((?:19|20)\d\d))? ")
_DAY_AMERICAN = re.compile(rf" ({_MONTH}) (\d{{1,2}})(?: ((?:19|20)\d\d))? ")
_ISO = re.compile(r" (\d{4})-(\d{1,2})-(\d{1,2}) ")
_SLASHED = re.compile(r" (\d{1,2})[/-](\d{1,2})[/-](\d{2,4}) ")
_WORDS: Final = {
    ("day", 1): "1d",
    ("day", 5): "5d",
    ("day", 7): "5d",
    ("day", 30): "1mo",
    ("day", 60): "",
    ("day", 90): "3mo",
    ("day", 180): "6mo",
    ("day", 365): "1y",
    ("week", 1): "5d",
    ("week", 4): "1mo",
    ("week", 12): "3mo",
    ("week", 13): "3mo",
    ("week", 26): "6mo",
    ("week", 52): "1y",
    ("month", 1): "1mo",
    ("month", 3): "3mo",
    ("month", 6): "6mo",
    ("month", 12): "1y",
    ("month", 24): "2y",
    ("month", 36): "3y",
    ("month", 60): "5y",
    ("quarter", 1): "3mo",
    ("quarter", 2): "6mo",
    ("quarter", 4): "1y",
    ("year", 1): "1y",
    ("year", 2): "2y",
    ("year", 3): "3y",
    ("year", 5): "5y",
    ("year", 10): "10y",
}
_DAYS: Final = {"day": 1, "week": 7, "month": 30.44, "quarter": 91.3, "year": 365.25}

_INTERVALS: Final = (
    (re.compile(r" (?:15 ?(?:minutes?|min)) "), "15m"),
    (re.compile(r" (?:30 ?(?:minutes?|min)|half hour(?:ly)?) "), "30m"),
    (re.compile(r" (?:5 ?(?:minutes?|min)) "), "5m"),
    (re.compile(r" (?:1 ?(?:minutes?|min)|one minute) "), "1m"),
    (re.compile(r" (?:1 ?(?:hour|hr)|60 ?(?:minutes?|min)|hourly|one hour) "), "1h"),
    (
        re.compile(r" (?:weekly|week (?:wise|chart|candles?|timeframe)|1 week (?:candles?|chart|timeframe|bars?)) "),
        "1wk",
    ),
    (re.compile(r" (?:monthly|month wise|1 month (?:candles?|timeframe|bars?)) "), "1mo"),
    (re.compile(r" (?:daily|day wise|1 ?day (?:candles?|timeframe|chart|bars?)|1d) "), "1d"),
)


def span_in(text: str, today: date) -> str | None:
    """The span a normal form speaks of, as a `range` argument; None when it speaks of none.

    Common lengths in Yahoo's words ("6mo"), all others as days ("2025-03-01.." or "2023-01-01..2023-12-31").
    """
    if _TO_DATE.search(text) or re.search(r" this year ", text):
        return "ytd"
    if match := _BETWEEN_YEARS.search(text):
        return f"{match[1]}-01-01..{match[2]}-12-31"
    if match := _FISCAL.search(text):
        year = 2000 + int(match[1])
        return _exact(date(year - 1, 4, 1), date(year, 3, 31), today)
    if match := _SINCE_MONTH.search(text):
        month = _MONTHS[match[1]]
        year = int(match[2]) if match[2] else today.year - (month > today.month)
        return _exact(date(year, month, 1), None, today)
    if (days := days_in(text, today)) and len(days) == 2:
        return _exact(min(days), max(days), today)
    if days and re.search(r" (?:since|from|after) ", text):
        return _exact(days[0], None, today)
    if match := _SINCE_YEAR.search(text):
        return _exact(date(int(match[1]), 1, 1), None, today)
    for pattern in (_LED, _AFTER):
        if (match := pattern.search(text)) and (match[1], match[2]) != ("a", "day"):
            return _length(match[1], match[2], today)
    if match := _SINGLE.search(text):
        return _length("1", match[1], today)
    if match := _THIS.search(text):
        return {"day": "1d", "week": "5d", "month": "1mo", "quarter": "3mo", "year": "ytd"}[match[1]]
    if (match := _BARE.search(text)) and match[1] != "a":
        return _length(match[1], match[2], today)
    if _EVER.search(text):
        return "max"
    if match := _IN_MONTH.search(text):
        month = _MONTHS[match[1]]
        year = int(match[2]) if match[2] else today.year - (month > today.month)
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return _exact(date(year, month, 1), last, today)
    if match := _IN_YEAR.search(text):
        year = int(match[1])
        return "ytd" if year == today.year else _exact(date(year, 1, 1), date(year, 12, 31), today)
    return None


def interval_in(text: str) -> str | None:
    """The length of a bar a normal form speaks of ("weekly", "15 minute"); None when it speaks of none."""
    for pattern, interval in _INTERVALS:
        if pattern.search(text):
            return interval
    return None


def days_in(text: str, today: date) -> list[date]:
    """Single days a normal form names, in its order: "3 march 2025", "2025-03-03", "03/03/2025", "yesterday"."""
    found: list[tuple[int, date]] = []
    for match in _ISO.finditer(text):
        _add(found, match.start(), int(match[1]), int(match[2]), int(match[3]))
    for match in _SLASHED.finditer(text):
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
        _add(found, match.start(), year, int(match[2]), int(match[1]))
    for match in _DAY.finditer(text):
        _add(found, match.start(), _year(match[3], _MONTHS[match[2]], today), _MONTHS[match[2]], int(match[1]))
    if not found:
        for match in _DAY_AMERICAN.finditer(text):
            _add(found, match.start(), _year(match[3], _MONTHS[match[1]], today), _MONTHS[match[1]], int(match[2]))
    return [day for _, day in sorted(found)]


def count_of(text: str, unit: str) -> int | None:
    """How many of a unit a normal form names ("last 8 quarters" is 8)."""
    if match := re.search(rf" {_COUNT} {unit}s? ", text):
        return _number(match[1])
    return None


def _year(said: str | None, month: int, today: date) -> int:
    return int(said) if said else today.year - (month > today.month)


def _add(found: list[tuple[int, date]], start: int, year: int, month: int, day: int) -> None:
    try:
        found.append((start, date(year, month, day)))
    except ValueError:
        return


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _length(count: str, unit: str, today: date) -> str:
    number, kind = _number(count), unit.rstrip("s")
    if known := _WORDS.get((kind, number)):
        return known
    days = min(round(number * _DAYS[kind]), 36_500)
    if kind == "year" and number > 10:
        return "max"
    if kind in {"month", "quarter", "year"}:
        months = number * {"month": 1, "quarter": 3, "year": 12}[kind]
        whole = today.year * 12 + today.month - 1 - months
        first = date(max(whole // 12, 1900), whole % 12 + 1, min(today.day, 28))
        return f"{first}.."
    return f"{today - timedelta(days=max(days, 1))}.."


def _exact(first: date, last: date | None, today: date) -> str:
    if last is None or last >= today:
        return f"{first}.."
    return f"{first}..{last}"
