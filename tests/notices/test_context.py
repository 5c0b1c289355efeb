"""What a notice is told is checked, and what could break out of its place is taken out."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.notices.context import LONGEST_TEXT, Field, clean, moments, prepare, without_links
from core.notices.errors import WrongNotice
from core.notices.model import Table


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=500))
def test_cleaned_text_is_one_line_of_plain_characters_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= LONGEST_TEXT
    assert cleaned.splitlines() in ([], [cleaned])
    assert cleaned.encode() is not None, "no lone surrogate"
    kinds = {unicodedata.category(c) for c in cleaned if c not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("Asha\r\nBcc: all@example.com", "Asha Bcc: all@example.com"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("ab\u200bcd\ufeff", "abcd"),
        ("क्\u200dष", "क्\u200dष"),
        ("₹1,23,456 — देव", "₹1,23,456 — देव"),
        ("  much   space  ", "much space"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_cleaning(given_text: str, kept: str) -> None:
    assert clean(given_text) == kept


def test_lines_of_a_message_are_kept_and_gaps_closed() -> None:
    assert clean("one\r\ntwo\n\n\n\n\nthree\x07", lines=True) == "one\ntwo\n\nthree"


@pytest.mark.parametrize(
    "text",
    [
        "see https://evil.example/x now",
        "see HTTP://evil.example now",
        "see www.evil.example now",
        "see javascript://x%0aalert(1) now",
        "see //evil.example now",
        "see mailto:a@b.example now",
    ],
)
def test_addresses_are_taken_out_of_names(text: str) -> None:
    assert without_links(text) == "see [address removed] now"


FIELDS = (
    Field("name", "text", "Asha"),
    Field("note", "message", "x", optional=True),
    Field("code", "code", "482913", optional=True),
    Field("left", "count", 3, optional=True),
    Field("when", "moment", None, optional=True),
    Field("path", "path", "/x", optional=True),
    Field("changes", "texts", [], optional=True),
    Field("facts", "pairs", [], optional=True),
    Field("tables", "tables", [], optional=True),
    Field("timezone", "timezone", "UTC", optional=True),
)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", None, "needs 'name'"),
        ("name", 3, "int is not text"),
        ("code", "48 29", "a code has"),
        ("code", "12345\n6", "a code has"),
        ("left", True, "not a whole number"),
        ("left", "3", "not a whole number"),
        ("when", datetime(2026, 1, 1), "no timezone"),  # noqa: DTZ001 - what is refused
        ("when", 5, "not a time"),
        ("path", "https://evil.example", "begins with one slash"),
        ("path", "//evil.example", "begins with one slash"),
        ("path", "/\\evil.example", "begins with one slash"),
        ("path", "/a b", "begins with one slash"),
        ("path", "/a\r\nX: y", "begins with one slash"),
        ("changes", "text", "str is not a list"),
        ("facts", [["only one"]], "a label and a value"),
        ("tables", [Table("T", ("a", "b"), (("1",),))], "needs 2 cells"),
        ("tables", ["x"], "str is not a table"),
        ("timezone", "Mars/Olympus", "is no timezone"),
        ("timezone", "../../etc/passwd", "is no timezone"),
        ("colour", "red", "knows no colour"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(field: str, value: Any, words: str) -> None:
    with pytest.raises(WrongNotice, match=words):
        prepare("some_kind", FIELDS, {"name": "Asha", field: value})


def test_prepared_values_survive_json_and_a_second_preparation() -> None:
    when = datetime(2026, 11, 18, 11, 30, tzinfo=UTC)
    table = Table("Moved", ("Name", "Change"), (("TCS", "+1%"),))
    once = prepare("k", FIELDS, {"name": " Asha ", "when": when, "tables": [table], "facts": [("a", "b")]})
    assert once["name"] == "Asha"
    assert once["note"] is None
    assert prepare("k", FIELDS, once) == once
    back = moments(FIELDS, once)
    assert back["when"] == when
    assert back["tables"] == (table,)
    assert back["facts"] == [["a", "b"]]
