"""What is given made exact: any text, number or list ends as a checked value or a refusal that says what to give."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.assistant.errors import BadArguments
from core.assistant.model import RANGES, Argument, Card, Context, is_range
from core.assistant.tools.checking import checked
from core.market.errors import MarketError
from tests.assistant.tools.desks import at, service

CARD = Card(
    "get_test",
    "Test",
    "desk",
    "A card for tests.",
    ("test",),
    (
        Argument("symbol", "symbol", "The instrument.", required=True),
        Argument("length", "integer", "Bars.", default=14, low=2, high=200),
        Argument("width", "number", "Width.", default=2.0, low=0.1, high=10),
        Argument("kind", "choice", "Kind.", default="line", choices=("line", "area_filled")),
        Argument("range", "range", "How far back.", default="1y"),
        Argument("date", "date", "A day."),
        Argument("note", "text", "Words.", default=""),
        Argument("peers", "symbols", "Others.", low=2, high=3),
    ),
)


def clean(**given_args: object) -> Mapping[str, object]:
    with at():
        return checked(CARD, {"symbol": "TCS", **given_args}, Context(), service())


def test_defaults_fill_in_and_symbols_become_canonical() -> None:
    assert clean() == {
        "symbol": "TCS.NS", "length": 14, "width": 2.0, "kind": "line", "range": "1y", "date": None, "note": "",
        "peers": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("length", "21", 21),
        ("length", 21.0, 21),
        ("width", "2.5", 2.5),
        ("width", "5%", 5.0),
        ("kind", "Area filled", "area_filled"),
        ("range", "6 months", "6mo"),
        ("range", "last 3 years", "3y"),
        ("range", "10d", "1mo"),
        ("range", "2025-01-01..2025-06-30", "2025-01-01..2025-06-30"),
        ("note", "  a\x00b\nc ", "a b c"),
        ("peers", "infosys, Wipro; infosys", ("INFY.NS", "WIPRO.NS")),
        ("peers", ["^NSEI", "BTC"], ("^NSEI", "BTC-USD")),
    ],
)
def test_words_people_use_are_understood(name: str, value: object, expected: object) -> None:
    assert clean(**{name: value})[name] == expected


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("length", "many", "whole number"),
        ("length", 1, "2 to 200"),
        ("length", 14.5, "whole number"),
        ("length", True, "whole number"),
        ("length", float("nan"), "whole number"),
        ("width", "1e999", "0.1 to 10"),
        ("width", {"a": 1}, "number"),
        ("kind", "pie", "line, area_filled"),
        ("range", "forever", "max"),
        ("range", "2025-06-30..2025-01-01", "before"),
        ("range", "2025-13-01..", "2025-03-31"),
        ("date", "yesterday-ish", "2025-03-31"),
        ("note", "x" * 2001, "2,000"),
        ("note", ["x"], "text"),
        ("peers", ["TCS", "TCS"], "another"),
        ("peers", ["A"] * 9, "2 to 3"),
        ("peers", 7, "list"),
    ],
)
def test_what_cannot_be_used_says_what_to_give(name: str, value: object, words: str) -> None:
    with pytest.raises(BadArguments) as refused:
        clean(**{name: value})
    assert refused.value.name == name
    assert words in str(refused.value)


@settings(max_examples=40, deadline=None)
@given(
    some.dictionaries(
        some.sampled_from(["length", "width", "kind", "range", "date", "note", "peers", "symbol", "other"]),
        some.one_of(
            some.text(max_size=40), some.integers(), some.floats(), some.booleans(), some.none(),
            some.lists(some.text(max_size=10), max_size=4),
        ),
        max_size=5,
    )
)  # fmt: skip
def test_nothing_given_ends_in_a_traceback(args: dict[str, object]) -> None:
    refused, found = "", None
    with at():
        try:
            found = checked(CARD, args, Context(), service())
        except (BadArguments, MarketError) as error:
            refused = str(error)
    if found is None:
        assert refused
        return
    assert isinstance(found["symbol"], str)
    assert 2 <= found["length"] <= 200  # type: ignore[operator]
    assert is_range(str(found["range"]))


def test_ranges_are_the_words_of_the_house() -> None:
    assert all(is_range(one) for one in RANGES)
    assert not is_range("1w")
    assert not is_range("2025-01-01")
