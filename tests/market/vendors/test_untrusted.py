"""Vendors' values made safe: nothing raises, nothing dangerous passes."""

import math
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.sources.untrusted import day, link, moment, number, put, text, whole

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["raw", "fmt", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_no_json_value_breaks_them(value: object) -> None:
    found = number(value)
    assert found is None or math.isfinite(found)
    assert whole(value) is None or isinstance(whole(value), int)
    when = moment(value)
    assert when is None or (when.tzinfo is UTC and 1900 <= when.year <= 2200)
    day(value)
    link(value)
    line = text(value, 30)
    assert line is None or (0 < len(line) <= 30 and line == line.strip())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=500), st.integers(1, 60))
def test_text_is_one_clean_line(value: str, limit: int) -> None:
    line = text(value, limit)
    if line is not None:
        assert len(line) <= limit
        assert not any(unicodedata.category(char)[0] == "C" for char in line)
        assert "\n" not in line


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        ("1,234.50", 1234.5),
        ({"raw": 7, "fmt": "7"}, 7.0),
        ("None", None),
        ("-", None),
        (True, None),
        (float("inf"), None),
        ("nan", None),
        (10**400, None),
        ("12%", None),
        ([1], None),
        ({"raw": {"raw": 1}}, None),
    ],
)
def test_numbers(value: object, expected: float | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.com",
        "ftp://example.com/a",
        "https://",
        "https://user@example.com",
        "https://example.com/a b",
        "https://example.com/\u202eabc",
        'https://example.com/"onmouseover="x',
        "https://[bad",
        "https://example.com/" + "x" * 3000,
        None,
        5,
    ],
)
def test_what_is_no_safe_link_is_none(address: object) -> None:
    assert link(address) is None


def test_links_and_moments_that_are_fine() -> None:
    assert link(" https://example.com/a?b=c#d ") == "https://example.com/a?b=c#d"
    assert link("HTTP://EXAMPLE.COM/") == "HTTP://EXAMPLE.COM/"
    assert moment({"raw": 0}) == datetime(1970, 1, 1, tzinfo=UTC)
    assert moment(-2_000_000_000) == datetime(1906, 8, 16, 20, 26, 40, tzinfo=UTC)
    assert moment(99_999_999_999) is None
    assert day("2024-06-30T10:00:00Z") is not None
    assert day("0001-01-01") is None


def test_put_leaves_no_trace_of_what_is_absent() -> None:
    items: dict[str, float] = {}
    put(items, "a", "2", scale=0.5)
    put(items, "b", None)
    assert items == {"a": 1.0}
