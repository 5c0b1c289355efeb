"""The gate: each number of an answer against the evidence, from the text alone, whoever wrote it.

A number passes when a value of the evidence rounds to it (percent, lakh and crore, K to T understood), of a field that
is named where the number stands, and of the instrument the sentence is about. Dates pass when the evidence holds them;
numbers that belong to a name ("RSI (14)", "NIFTY 50", "52-week") when a label, an argument or a name says so. Text
quoted from the evidence stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from core.assistant.grounding.concepts import concepts_of, mentions
from core.assistant.grounding.extract import Figure, figures
from core.assistant.grounding.subjects import Subject, subject_of, subjects
from core.assistant.model import Table, Text, ToolResult, Value
from core.market.instruments import by_symbol

_INDIA: Final = ZoneInfo("Asia/Kolkata")
_NAMED = re.compile(r"(?i)52[- ]weeks?|\b(?:24/7|1D|50/200)\b|\b[RS][123]\b|100% the upper")
_SENTENCE = re.compile(r"(?<=[.!?:])\s+(?=[A-Z“*\-₹])|\n+")
_INDICATOR = re.compile(
    r"(?:RSI|MACD|SMA|EMA|DMA|ATR|ADX|CCI|MFI|CMF|Bollinger(?: bands?)?|Stochastic|Supertrend|"
    r"Donchian|Keltner|Williams %R|OBV|VWAP|Aroon)\s?\(?(\d+(?:\.\d+)?(?:[,/ "
    r"]{1,2}\d+(?:\.\d+)?)*)\)?",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    r"(?<![\w.])(\d+)[- ](?:trading )?(?:day|session|bar|week|month|year|quarter|minute|hour)s?\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A number that passed, with the cite of its value ("" for dates and names), or one that did not, with the reason.

    `problem`: "", "unknown" (no value rounds to it), "field" (a value of another field) or "instrument".
    """

    text: str
    start: int
    end: int
    cite: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Every number of a text, in order."""

    findings: tuple[Finding, ...]

    @property
    def ungrounded(self) -> tuple[Finding, ...]:
        """Those that did not pass."""
        return tuple(one for one in self.findings if one.problem)

    @property
    def grounded(self) -> tuple[Finding, ...]:
        """Those that passed."""
        return tuple(one for one in self.findings if not one.problem)


def check(text: str, results: Sequence[ToolResult], *, said: Iterable[str] = ()) -> Report:
    """Every number of `text` against the values of `results`.

    Args:
        text: an answer, plain or Markdown.
        results: the evidence.
        said: what the investor said; numbers quoted from it are theirs.
    """
    plain = text.replace("\\", " ") if "\\" in text else text
    return _Gate(plain, results, tuple(said)).report()


class _Gate:
    def __init__(self, text: str, results: Sequence[ToolResult], said: tuple[str, ...]) -> None:
        self._text = text
        self._values = [one for result in results for one in (*result.values, *_cells(result)) if one.value is not None]
        self._results = results
        self._figures = figures(text)
        self._sentences = _sentences(text)
        symbols = dict.fromkeys(
            symbol
            for result in results
            for symbol in (*result.symbols, *(one.symbol for one in result.values))
            if symbol
        )
        self._named: list[Subject] = subjects(text, tuple(symbols))
        self._mentions = mentions(text)
        self._moments = _moments(results)
        self._masked = _masks(text, results, said)
        self._lengths = _lengths(results)

    def report(self) -> Report:
        return Report(tuple(self._finding(one) for one in self._figures))

    def _finding(self, figure: Figure) -> Finding:
        if any(low <= figure.start and figure.end <= high for low, high in self._masked):
            return Finding(figure.text, figure.start, figure.end)
        if figure.kind != "amount":
            return Finding(figure.text, figure.start, figure.end, problem="" if self._dated(figure) else "unknown")
        if self._part_of_name(figure):
            return Finding(figure.text, figure.start, figure.end)
        near = [one for one in self._values if _rounds_to(one, figure)]
        if not near:
            return Finding(figure.text, figure.start, figure.end, problem="unknown")
        about = self._about(figure)
        right = [one for one in near if not one.symbol or not about or one.symbol in about]
        if not right:
            return Finding(figure.text, figure.start, figure.end, problem="instrument")
        named = self._fields_near(figure)
        for value in right:
            of = concepts_of(value.field, value.label)
            if not named or not of or of & named:
                return Finding(figure.text, figure.start, figure.end, value.cite)
        return Finding(figure.text, figure.start, figure.end, problem="field")

    # -- what a number belongs to ------------------------------------------------------------------------------

    def _sentence(self, figure: Figure) -> tuple[int, int]:
        return next((one for one in self._sentences if one[0] <= figure.start < one[1]), (0, len(self._text)))

    def _about(self, figure: Figure) -> frozenset[str]:
        sentence = self._sentence(figure)
        before = [one for one in self._named if sentence[0] <= one.start < figure.start]
        since = before[-1].end if before else sentence[0]
        order = sum(1 for one in self._figures if one.kind == "amount" and since <= one.start < figure.start)
        return subject_of(figure.start, sentence, self._named, order)

    def _fields_near(self, figure: Figure) -> frozenset[str]:
        """Concepts named for a number: the nearest before it in its sentence, and one right behind it."""
        low, high = self._sentence(figure)
        before = [one for one in self._mentions if low <= one[1] and one[2] <= figure.start]
        found: set[str] = set()
        if before:
            nearest = max(one[2] for one in before)
            start = max(one[1] for one in before if one[2] == nearest)
            found |= {one[0] for one in before if one[2] == nearest or one[1] == start}
            # "net margin, against a sector net margin" and the like: the clause's earlier words count as well
            for name, begin, end in reversed(before):
                between = self._text[end:start]
                if begin < start and not re.search(r"[\d;,]|\band\b", between):
                    found.add(name)
        after = [one for one in self._mentions if figure.end <= one[1] and one[2] <= high]
        for name, begin, _ in after:
            between = self._text[figure.end : begin]
            if len(between) <= 40 and not re.search(r"[\d,;:()]|\b(?:and|while|but|with)\b", between):
                found.add(name)
        return frozenset(found)

    def _part_of_name(self, figure: Figure) -> bool:
        number = f"{abs(figure.value):g}"
        for pattern in (_INDICATOR, _LENGTH):
            for match in pattern.finditer(self._text):
                if match.start() <= figure.start and figure.end <= match.end() + 1:
                    return number in self._lengths
        return False

    def _dated(self, figure: Figure) -> bool:
        if figure.kind == "time":
            return any(figure.text[:5] == one.split(" ")[0][:5] for one in self._moments if ":" in one)
        if figure.kind == "period":
            return figure.text.replace(" ", "") in {one.replace(" ", "") for one in self._moments} or any(
                figure.text in one for one in self._moments
            )
        return figure.text in self._moments


def _rounds_to(value: Value, figure: Figure) -> bool:
    raw = value.value
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return False
    number = float(raw)
    if figure.unit == "%" and value.unit != "%":
        return False
    if figure.unit not in {"", "%", "x", "bps"} and value.unit != figure.unit:
        return False
    if value.unit == "%" and figure.unit not in {"%", ""}:
        return False
    if figure.unit == "x" and value.unit not in {"x", "count", "index", ""}:
        return False
    slack = 0.5 * figure.step * (1 + 1e-6) + 1e-9 * abs(number)
    if abs(figure.value - number) <= slack:
        return True
    # A fall may be written without its sign ("down 3.1%"), a rise never with a minus.
    return number < 0 <= figure.value and abs(figure.value + number) <= slack


def _cells(result: ToolResult) -> list[Value]:
    """Numbers of a result's tables, as values of their column."""
    found: list[Value] = []
    for display in result.displays:
        if not isinstance(display, Table):
            continue
        names = [one.name for one in display.columns]
        place = names.index("Symbol") if "Symbol" in names else None
        for row in display.rows:
            symbol = str(row[place]) if place is not None else result.symbols[0] if len(result.symbols) == 1 else ""
            lead = row[0] if isinstance(row[0], str) else ""
            for column, cell in zip(display.columns, row, strict=True):
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    unit = column.unit or _unit_of(display, row)
                    label = f"{column.name} {lead}" if place is None else column.name
                    found.append(
                        Value(
                            label.lower(),
                            cell,
                            unit,
                            label,
                            symbol,
                            result.as_of,
                            "",
                            cite=f"{result.tool}:{display.title}",
                        )
                    )
    return found


def _unit_of(table: Table, row: tuple[object, ...]) -> str:
    for column, cell in zip(table.columns, row, strict=True):
        if column.name == "Unit" and isinstance(cell, str):
            return cell
    return ""


def _sentences(text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE.finditer(text):
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(text)))
    return found


def _moments(results: Sequence[ToolResult]) -> set[str]:
    """Every way the evidence's dates, times and periods may be written."""
    found: set[str] = set()
    for result in results:
        dates: list[date | datetime | None] = [result.as_of]
        for one in result.values:
            dates.append(one.as_of)
            if isinstance(one.value, date):
                dates.append(one.value)
            if one.period:
                found |= {one.period, *one.period.split()}
        for display in result.displays:
            if isinstance(display, Table):
                dates += [cell for row in display.rows for cell in row if isinstance(cell, date)]
                found |= {one.name for one in display.columns}
                found |= {cell for row in display.rows for cell in row if isinstance(cell, str) and len(cell) < 24}
        for argument in result.args.values():
            if isinstance(argument, str):
                found |= set(argument.split(".."))
        for moment in dates:
            found |= _written(moment)
    return found


def _written(moment: date | datetime | None) -> set[str]:
    if moment is None:
        return set()
    found: set[str] = set()
    days: list[date] = []
    if isinstance(moment, datetime):
        for local in (moment, moment.astimezone(_INDIA)) if moment.tzinfo else (moment,):
            days.append(local.date())
            found.add(f"{local:%H:%M}")
    else:
        days.append(moment)
    for day in days:
        found |= {
            day.isoformat(),
            f"{day.day} {day:%b %Y}",
            f"{day.day} {day:%B %Y}",
            f"{day:%b} {day.day}, {day.year}",
            f"{day:%B} {day.day}, {day.year}",
            f"{day:%b %Y}",
            f"{day:%B %Y}",
            f"{day.day} {day:%b}",
            f"{day.day} {day:%B}",
            f"{day:%Y-%m}",
            f"{day.year}",
        }
    return found


def _masks(text: str, results: Sequence[ToolResult], said: tuple[str, ...]) -> list[tuple[int, int]]:
    """Spans of the text that are quoted: names, labels, texts of the evidence, words of the investor."""
    quoted: set[str] = set()
    for result in results:
        for one in result.values:
            if isinstance(one.value, str) and any(c.isdigit() for c in one.value):
                quoted |= _quotable(one.value)
            if any(c.isdigit() for c in one.label):
                quoted.add(one.label)
        given = result.args.get("symbols")
        several = given if isinstance(given, list | tuple) else ()
        for symbol in (*result.symbols, str(result.args.get("symbol") or ""), *map(str, several)):
            quoted |= _names(symbol)
        for one in result.values:
            quoted |= _names(one.symbol)
        for display in result.displays:
            if isinstance(display, Text):
                quoted |= _quotable(display.body)
                quoted.add(display.title)
            if isinstance(display, Table):
                for row in display.rows:
                    for cell in row:
                        if isinstance(cell, str) and any(c.isdigit() for c in cell):
                            quoted |= _quotable(cell)
        if result.unavailable:
            quoted |= _quotable(result.unavailable)
        for warning in result.warnings:
            quoted |= _quotable(warning)
    found = [(match.start(), match.end()) for match in _NAMED.finditer(text)]
    lower = text.lower()
    for words in quoted:
        if not words or not any(c.isdigit() for c in words):
            continue
        plain = " ".join(words.split()).lower()
        if len(plain) < 3 or plain.replace(".", "").isdigit():
            continue
        place = lower.find(plain)
        while place >= 0:
            found.append((place, place + len(plain)))
            place = lower.find(plain, place + 1)
    quotes = re.finditer(r"“([^”]*[^”…\s][^”]*)”", text)
    found += [one.span() for one in quotes if any(one[1].strip(" …").lower() in own.lower() for own in said)]
    return found


def _quotable(words: str) -> set[str]:
    """A long text whole, and sentence by sentence: a narrator may shorten it."""
    plain = " ".join(words.split())
    parts = re.split(r"(?<=[.!?;:])\s+", plain)
    return {plain, *(one for one in parts if len(one) > 8)}


def _names(symbol: str) -> set[str]:
    if not symbol:
        return set()
    known = by_symbol(symbol)
    return {symbol} | ({known.name, known.short_name} if known is not None else set())


def _lengths(results: Sequence[ToolResult]) -> set[str]:
    """Numbers that lengths and settings may have: those of labels, periods, fields and arguments."""
    found: set[str] = {"52"}
    for result in results:
        texts = [str(one) for one in result.args.values()]
        for value in result.values:
            texts += [value.label, value.period, value.field.replace("_", " ")]
        for text in texts:
            found |= {f"{float(one):g}" for one in re.findall(r"\d+(?:\.\d+)?", text)}
    return found
