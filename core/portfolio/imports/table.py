"""Rows under a header: where each column stands, and the cells of a row as texts, decimals and days."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from core.market.sources.files.columns import word as bare_word
from core.portfolio.imports import amounts, days
from core.portfolio.imports.errors import BadImport, NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import Draft, Home, Parsed, Row, Sheet

HEADER_WITHIN = 60
"""How many lines of account details may stand above the header."""

_TOTAL = re.compile(
    r"^\W*(grand\s*total|sub\s*total|total|totaux|summe|gesamt|transactions\s+total|\*{2,}|end of)", re.I
)
_CODE = re.compile(r"[A-Z]{3}")
Synonyms = Mapping[str, Sequence[str]]


@lru_cache(maxsize=8192)
def word(title: str) -> str:
    """A header cell as the bare word it is known by: "Avg. cost (₹)" and "AVG_COST" are one."""
    folded = unicodedata.normalize("NFKD", title)
    return bare_word("".join(char for char in folded if not unicodedata.combining(char)))


@dataclass(frozen=True, slots=True)
class Header:
    """Where each role stands: column numbers, the best first. `row` is the header's place in the sheet's rows."""

    row: int
    titles: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]

    def has(self, *roles: str) -> bool:
        """Whether every one of these roles has a column."""
        return all(role in self.places for role in roles)


def find_header(sheet: Sheet, synonyms: Synonyms, required: Sequence[Sequence[str]]) -> Header | None:
    """The header: the row of the first ones in which most roles are named, or None.

    Args:
        synonyms: role -> bare words of its titles, the best first. A role ending in "*" takes every column that
            fits; a word ending in "~" fits every title that begins with it.
        required: of each group one role must be there.
    """
    best: Header | None = None
    for place, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        words = [word(cell) if len(cell) <= 80 else "" for cell in row]
        places = _places(words, synonyms) if sum(1 for one in words if one) > 1 else {}
        header = Header(place, row, places)
        if not all(any(role in header.places for role in group) for group in required):
            continue
        if best is None or len(header.places) > len(best.places):
            best = header
    return best


def _places(words: Sequence[str], synonyms: Synonyms) -> dict[str, tuple[int, ...]]:
    exact, beginnings = _index(synonyms)
    found: dict[str, list[tuple[int, int]]] = {}
    for place, one in enumerate(words):
        if not one:
            continue
        for role, rank in exact.get(one, ()):
            found.setdefault(role, []).append((rank, place))
        for beginning, role, rank in beginnings:
            if one.startswith(beginning):
                found.setdefault(role, []).append((rank, place))
    places: dict[str, tuple[int, ...]] = {}
    for role in synonyms:  # in their order, which is that of the columns a person is shown
        if role in found:
            best = tuple(dict.fromkeys(place for _, place in sorted(found[role])))
            places[role.removesuffix("*")] = best if role.endswith("*") else best[:1]
    return places


_Index = tuple[dict[str, list[tuple[str, int]]], list[tuple[str, str, int]]]
_indexes: dict[int, tuple[Synonyms, _Index]] = {}


def _index(synonyms: Synonyms) -> _Index:
    """Titles -> (role, rank), and beginnings of titles with theirs; worked out once for each format."""
    if (kept := _indexes.get(id(synonyms))) is not None and kept[0] is synonyms:
        return kept[1]
    exact: dict[str, list[tuple[str, int]]] = {}
    beginnings: list[tuple[str, str, int]] = []
    for role, known in synonyms.items():
        for rank, one in enumerate(known):
            if one.endswith("~"):
                beginnings.append((one[:-1], role, rank))
            else:
                exact.setdefault(one, []).append((role, rank))
    _indexes[id(synonyms)] = (synonyms, (exact, beginnings))
    return exact, beginnings


def recognised(sheet: Sheet, synonyms: Synonyms, required: Sequence[Sequence[str]]) -> float:
    """How surely a table is one with these columns: 0 without the required ones, else by the share of known titles."""
    if sheet.form != "table" or (header := find_header(sheet, synonyms, required)) is None:
        return 0.0
    titles = sum(1 for title in header.titles if title)
    return 0.6 + 0.4 * min(1.0, sum(len(each) for each in header.places.values()) / max(titles, 1))


class Record:
    """One row under a header."""

    __slots__ = ("_comma", "_days", "_header", "cells", "line")

    def __init__(
        self, line: int, cells: Sequence[str], header: Header, day_cells: Mapping[str, days.Day | None], comma: bool
    ) -> None:
        self.line, self.cells = line, cells
        self._header, self._days, self._comma = header, day_cells, comma

    def text(self, role: str) -> str:
        """The cell of a role, trimmed; "" where there is none."""
        for place in self._header.places.get(role, ()):
            if place < len(self.cells) and self.cells[place]:
                return self.cells[place]
        return ""

    def knows(self, role: str) -> bool:
        """Whether the table has a column for a role."""
        return role in self._header.places

    def number(self, role: str) -> Decimal | None:
        """The number of a role; None for an empty cell. Raises Rejected when the cell holds something else."""
        return self._number(role, self.text(role))

    def needed(self, role: str) -> Decimal:
        """The number of a role. Raises Rejected when there is none."""
        found = self.number(role)
        if found is None:
            raise Rejected(f"the {_title(role)} is missing")
        return found

    def total(self, role: str) -> Decimal:
        """The sum of the sizes of all columns of a role; 0 when all are empty."""
        cells = [self.cells[place] for place in self._header.places.get(role, ()) if place < len(self.cells)]
        return sum((abs(self._number(role, cell) or Decimal(0)) for cell in cells), Decimal(0))

    def day(self, role: str = "date") -> days.Day:
        """The day of a role. Raises Rejected when it is missing or none."""
        found = self._days.get(role)
        if found is None:
            written = self.text(role)[:40]
            raise Rejected(f"“{written}” is not a date" if written else f"the {_title(role)} is missing")
        return found

    def maybe_day(self, role: str) -> days.Day | None:
        """The day of a role, or None."""
        return self._days.get(role)

    def after(self, role: str) -> str:
        """The cell right of a role's (brokers put the currency there, without a title)."""
        places = self._header.places.get(role, ())
        return self.cells[places[0] + 1] if places and places[0] + 1 < len(self.cells) else ""

    def before(self, role: str) -> str:
        """The cell left of a role's."""
        places = self._header.places.get(role, ())
        return self.cells[places[0] - 1] if places and places[0] > 0 else ""

    def _number(self, role: str, written: str) -> Decimal | None:
        try:
            return amounts.parse(written, comma=self._comma)
        except ValueError:
            raise Rejected(f"the {_title(role)} “{written[:30]}” is not a number") from None


def _title(role: str) -> str:
    return {"date": "date", "kind": "type", "unit": "price"}.get(role, role.replace("_", " "))


def read(
    sheet: Sheet,
    header: Header,
    home: Home,
    row: Callable[[Record], Draft | Sequence[Draft]],
    *,
    date_roles: Sequence[str] = ("date",),
    number_roles: Sequence[str] = (),
    clock: str = "",
    keep: Callable[[Sequence[str]], bool] | None = None,
) -> Parsed:
    """Every row below the header through `row`, which gives one draft or several, or raises Rejected or NotARow.

    Args:
        date_roles: columns of dates; each is read as a whole.
        number_roles: columns by which decimal commas are told.
        clock: the role of a column with the time of day that belongs to the first of `date_roles`.
        keep: which rows are looked at at all (a file of several tables).

    Raises:
        BadImport: there is no row under the header.
    """
    places = [p for p in range(header.row + 1, len(sheet.rows)) if keep is None or keep(sheet.rows[p])]
    body = [sheet.rows[place] for place in places]
    if not body:
        raise BadImport(sheet.name, "it has a header and no rows.", "Download it again with a range that has trades.")
    columns = {
        role: _column(body, header, role) for role in (*date_roles, *number_roles, clock) if role in header.places
    }
    if clock in columns and date_roles[0] in columns:
        joined = zip(columns[date_roles[0]], columns[clock], strict=True)
        columns[date_roles[0]] = [f"{day} {_time(time)}".strip() for day, time in joined]
    read_days = {
        role: days.parse(columns[role], home=home.order, timezone=home.timezone)
        for role in date_roles
        if role in columns
    }
    comma = amounts.decimal_comma((columns[r] for r in number_roles if r in columns), sheet.separator, home=home.comma)
    rows: list[Row] = []
    skipped = 0
    for number, (place, cells) in enumerate(zip(places, body, strict=True)):
        line = sheet.lines[place]
        record = Record(line, cells, header, {role: one.cells[number] for role, one in read_days.items()}, comma)
        try:
            _footer(cells, header)
            drafts = row(record)
        except NotARow:
            skipped += 1
        except NeedsHand as error:
            rows.append(Row(line, "attention", str(error)))
        except Rejected as error:
            formula = "a formula without a stored value; formulas are not evaluated" if line in sheet.formulas else ""
            rows.append(Row(line, "rejected", formula or str(error)))
        else:
            rows += [as_row(line, draft) for draft in ((drafts,) if isinstance(drafts, Draft) else drafts)]
    notes = [*sheet.notes, *(one.note for one in read_days.values() if one.note)]
    return Parsed(tuple(rows), skipped, tuple(dict.fromkeys(notes)))


def most_common_code(sheet: Sheet, header: Header, role: str, *, beside: bool = False) -> str:
    """The currency that stands most often in the column of a role, or in the one right of it; "" where none does."""
    places = header.places.get(role, ())
    if not places:
        return ""
    place = places[0] + (1 if beside else 0)
    codes = Counter(
        row[place] for row in sheet.rows[header.row + 1 :] if place < len(row) and _CODE.fullmatch(row[place])
    )
    return codes.most_common(1)[0][0] if codes else ""


def as_row(line: int, draft: Draft) -> Row:
    """A draft as the row of its line; one with a doubt asks for attention."""
    return Row(line, "attention" if draft.doubt else "ok", draft.doubt, draft)


def _footer(cells: Sequence[str], header: Header) -> None:
    """Raise NotARow for totals, remarks below a table and headers printed once more."""
    filled = [cell for cell in cells if cell]
    if not filled or any(_TOTAL.match(cell) for cell in filled[:2] if len(cell) < 60 and not _amount(cell)):
        raise NotARow
    if len(filled) == 1 and len(header.places) > 2:
        raise NotARow
    same = sum(1 for cell, title in zip(cells, header.titles, strict=False) if cell and cell.lower() == title.lower())
    if same > len(filled) / 2:
        raise NotARow


def _amount(cell: str) -> bool:
    try:
        return amounts.parse(cell) is not None
    except ValueError:
        return False


def _column(body: Sequence[Sequence[str]], header: Header, role: str) -> list[str]:
    places = header.places[role]
    return [next((cells[place] for place in places if place < len(cells) and cells[place]), "") for cells in body]


def _time(text: str) -> str:
    digits = re.fullmatch(r"(\d{2})(\d{2})(\d{2})?", text.strip())
    return ":".join(part for part in digits.groups() if part) if digits else text.strip()
