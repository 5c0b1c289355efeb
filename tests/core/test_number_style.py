"""A reader's own way of writing large numbers wins over each currency's, and stays that reader's."""

import threading
from collections.abc import Iterator

import pytest

from core import formats
from core.formats import NumberStyle


@pytest.fixture(autouse=True)
def _nobody_asked() -> Iterator[None]:
    before = formats._reader_prefers
    formats.ask_reader(lambda: None)
    with formats.written_as("auto"):
        yield
    formats.ask_reader(before)


@pytest.mark.parametrize(
    ("style", "rupees", "dollars", "volume"),
    [
        ("auto", "₹12,34,567.89", "$1,234,567.89", "1,234,567"),
        ("indian", "₹12,34,567.89", "$12,34,567.89", "12,34,567"),
        ("international", "₹1,234,567.89", "$1,234,567.89", "1,234,567"),
    ],
)
def test_grouping(style: NumberStyle, rupees: str, dollars: str, volume: str) -> None:
    with formats.written_as(style):
        assert formats.money(1234567.891, "INR") == rupees
        assert formats.money(1234567.891, "USD") == dollars
        assert formats.number(1234567, 0) == volume


@pytest.mark.parametrize(
    ("style", "rupees", "dollars", "rupee_volume", "dollar_volume"),
    [
        ("auto", "₹1.23 Cr", "$12.35M", "1.23 Cr", "12.35M"),
        ("indian", "₹1.23 Cr", "$1.23 Cr", "1.23 Cr", "1.23 Cr"),
        ("international", "₹12.35M", "$12.35M", "12.35M", "12.35M"),
    ],
)
def test_short_amounts(style: NumberStyle, rupees: str, dollars: str, rupee_volume: str, dollar_volume: str) -> None:
    with formats.written_as(style):
        assert formats.compact(12_345_678, "INR") == rupees
        assert formats.compact(12_345_678, "USD") == dollars
        assert formats.compact(12_345_678, indian=True) == rupee_volume
        assert formats.compact(12_345_678, indian=False) == dollar_volume


def test_a_style_ends_with_its_block_even_when_it_fails() -> None:
    with pytest.raises(ZeroDivisionError), formats.written_as("indian"):
        raise ZeroDivisionError
    assert formats.number_style() == "auto"


def test_one_reader_s_style_is_not_another_s() -> None:
    formats.set_number_style("indian")
    seen: list[str] = []
    other = threading.Thread(target=lambda: seen.append(formats.number(1234567, 0)))
    other.start()
    other.join()
    assert (seen, formats.number(1234567, 0)) == (["1,234,567"], "12,34,567")


def test_a_thread_nobody_prepared_asks_for_the_reader_and_a_word_said_wins() -> None:
    formats.ask_reader(lambda: "indian")
    seen: list[str] = []

    def part_of_a_page() -> None:
        seen.append(formats.number(1234567, 0))
        with formats.written_as("international"):
            seen.append(formats.number(1234567, 0))

    alone = threading.Thread(target=part_of_a_page)
    alone.start()
    alone.join()
    assert seen == ["12,34,567", "1,234,567"]
