"""A file to rows: opened, recognised by what is in it, read, each row named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from core.portfolio.imports import generic, sheet, table
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.formats import BY_NAME, FORMATS
from core.portfolio.imports.model import Format, Parsed, Recognised, Sheet

_SHOWN = 12


def recognise(name: str, data: bytes | Path) -> Recognised:
    """What a file is, by its content; its name is for messages only.

    Raises:
        BadImport: it cannot be opened, or is of no format that is known.
    """
    opened = sheet.load(name, data)
    return recognise_sheet(opened, candidates(opened))


def recognise_sheet(opened: Sheet, found: list[tuple[float, Format]]) -> Recognised:
    """The surest of the formats a sheet could be of.

    Raises:
        BadImport: there is none; the message says what is missing.
    """
    if opened.form == "table" and len(opened.rows) == 1:
        titles = ", ".join(cell for cell in opened.rows[0] if cell)[:120]
        again = "Download it again with a span that has trades."
        raise BadImport(opened.name, f"it has one line (“{titles}”) and no rows.", again)
    if not found:
        raise BadImport(opened.name, _why_not(opened), "Choose the columns on the page Imports, or name the format.")
    confidence, best = found[0]
    return Recognised(best, confidence, _why(opened, best), opened)


def candidates(opened: Sheet) -> list[tuple[float, Format]]:
    """Formats a sheet could be of, the surest first."""
    scored = [(one.detect(opened), one) for one in FORMATS]
    return sorted(((score, one) for score, one in scored if score > 0), key=lambda pair: -pair[0])


def named(name: str, opened: Sheet | None = None) -> Format:
    """The format of that name; a broker's name means whichever of its formats the sheet is of.

    Raises:
        BadImport: there is none.
    """
    found = BY_NAME.get(name.strip().lower().replace("-", "_"))
    if found is not None:
        return found
    asked = _letters(name)
    fitting = [
        each
        for each in FORMATS
        if len(asked) > 2 and any(_letters(text).startswith(asked) for text in (each.name, each.broker, each.title))
    ]
    if not fitting:
        known = ", ".join(BY_NAME)
        raise BadImport(f"“{name[:40]}”", "there is no such format.", f"Known are {known}.")
    return max(fitting, key=lambda each: 0.0 if opened is None else each.detect(opened))


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def parse(opened: Sheet, chosen: Format, mapping: Mapping[str, str] | None = None) -> Parsed:
    """The rows of a sheet, read as a format.

    Raises:
        BadImport: it is not of that format, or has no rows.
    """
    if chosen.name == "generic":
        return generic.parse(opened, mapping)
    if chosen.detect(opened) <= 0:
        raise BadImport(opened.name, f"this is no file of {chosen.title}.", f"It comes from: {chosen.how}")
    return chosen.parse(opened)


def _why(opened: Sheet, chosen: Format) -> str:
    if opened.form != "table":
        return f"{opened.container} of {chosen.title}"
    header = generic.guess(opened)
    titles = [title for title in header.header.titles if title][:_SHOWN] if header is not None else []
    return f"{opened.container}; columns {', '.join(titles)}"[:400]


def _why_not(opened: Sheet) -> str:
    if opened.form == "xml":
        return "this is XML, and no Flex statement of Interactive Brokers."
    if opened.form == "json":
        keys = ", ".join(str(key)[:30] for key in list(opened.document)[:6])
        return f"this is JSON of no known export (it has {keys or 'nothing'})."
    found = generic.guess(opened)
    first = ", ".join(cell for cell in opened.rows[0] if cell)[:120] if opened.rows else ""
    if len(opened.rows) < 2 and found is None:
        return f"it has no rows of a table (the first line reads “{first}”)."
    if found is None:
        return f"no header of transactions was found in the first {table.HEADER_WITHIN} lines (it begins “{first}”)."
    missing = " and ".join(found.missing)
    titles = ", ".join(f"“{title[:30]}”" for title in found.header.titles[:_SHOWN] if title)
    return f"no column was recognised for {missing} among {titles}."
