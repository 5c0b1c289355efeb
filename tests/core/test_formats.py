"""Money, percentages and times read the way investors write them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import formats

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (1234567.891, "INR", "₹12,34,567.89"),
        (1234567.891, "USD", "$1,234,567.89"),
        (-2450.5, "INR", "−₹2,450.50"),
        (0, "INR", "₹0.00"),
        (0.0123, "USD", "$0.0123"),
        (0.00001234, "USD", "$0.00001234"),
        (99.5, "EUR", "€99.50"),
        (12, "", "12.00"),
        (12, "XYZ", "12.00 XYZ"),
        (None, "INR", "—"),
        (float("nan"), "INR", "—"),
        (float("inf"), "INR", "—"),
    ],
)
def test_money(value: float | None, currency: str, written: str) -> None:
    assert formats.money(value, currency) == written


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (12_345_678, "INR", "₹1.23 Cr"),
        (235_000, "INR", "₹2.35 L"),
        (99_999.9, "INR", "₹1.00 L"),
        (19.8e12, "INR", "₹19.80 L Cr"),
        (54_321, "INR", "₹54,321"),
        (2_890_000_000_000, "USD", "$2.89T"),
        (1_500, "USD", "$1.50K"),
        (-1_500_000, "USD", "−$1.50M"),
        (12.5, "USD", "$12.50"),
        (None, "USD", "—"),
    ],
)
def test_compact(value: float | None, currency: str, written: str) -> None:
    assert formats.compact(value, currency) == written


def test_percent_and_change_carry_a_sign_and_an_arrow() -> None:
    assert formats.percent(0.01234) == "1.23%"
    assert formats.change(0.01234) == "▲ +1.23%"
    assert formats.change(-0.5) == "▼ −50.00%"
    assert formats.change(0.0) == "■ 0.00%"
    assert formats.change(None) == "—"


def test_a_change_that_rounds_to_nothing_has_no_sign() -> None:
    assert formats.percent(-0.00001, signed=True) == "0.00%"


@pytest.mark.parametrize(
    ("when", "zone", "written"),
    [
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), "Asia/Kolkata", "15:30 IST"),
        (datetime(2026, 11, 19, 10, 0, tzinfo=UTC), "Asia/Kolkata", "19 Nov, 15:30 IST"),
        (datetime(2024, 7, 1, 20, 0, tzinfo=UTC), "America/New_York", "1 Jul 2024, 16:00 EDT"),
    ],
)
def test_moment(when: datetime, zone: str, written: str) -> None:
    assert formats.moment(when, zone, now=NOW) == written


def test_day_is_the_exchanges_day() -> None:
    assert formats.day(datetime(2024, 1, 1, 18, 30, tzinfo=UTC), "Asia/Kolkata") == "2 Jan 2024"
    assert formats.day(date(2024, 1, 2)) == "2 Jan 2024"
    assert formats.day(None) == "—"


@pytest.mark.parametrize(
    ("seconds", "written"), [(-5, "just now"), (59, "just now"), (60, "1 min"), (7300, "2 h"), (200_000, "2 d")]
)
def test_age(seconds: int, written: str) -> None:
    assert formats.age(timedelta(seconds=seconds)) == written


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(["INR", "USD", "EUR", "", "XYZ"]))
def test_no_value_breaks_a_formatter(value: float, currency: str) -> None:
    for text in (formats.money(value, currency), formats.compact(value, currency), formats.change(value)):
        assert text
        assert "nan" not in text.lower()


@given(st.integers(min_value=0, max_value=10**13))
def test_indian_grouping_loses_no_digit(amount: int) -> None:
    text = formats.number(float(amount), 0, currency="INR")
    assert int(text.replace(",", "")) == amount
    groups = text.split(",")
    assert len(groups[-1]) <= 3
    assert all(len(group) == 2 for group in groups[1:-1])
