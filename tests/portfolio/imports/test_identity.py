"""A row is booked once, whatever file it comes in; two real fills alike stay two."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.portfolio.imports.files import FILES, ZERODHA, examined

pytestmark = pytest.mark.usefixtures("clock")

_HEAD = "Scrip/Contract,Segment,Buy/Sell,Quantity,Buy Price,Sell Price,Order ID,Date"


def _angel(rows: list[tuple[int, int, int]]) -> str:
    """Trades (day of July, quantity, order) of a broker without numbers of trades."""
    lines = [f"TCS,CAPITAL,Buy,{quantity},3500,,{order},{day:02d}/07/24 10:00" for day, quantity, order in rows]
    return "\n".join([_HEAD, *lines])


def test_three_fills_of_one_order_are_three_trades() -> None:
    booked = examined(ZERODHA).booked
    assert [row.external_id for row in booked[:3]] == [
        "NSE:2023-04-05:70000001",
        "NSE:2023-04-05:70000002",
        "NSE:2023-04-05:70000003",
    ]


def test_one_number_on_two_exchanges_is_two_trades() -> None:
    names = [row.external_id for row in examined(ZERODHA).booked]
    assert len(set(names)) == len(names)
    assert sum(name.endswith(":70000001") for name in names) == 2


def test_the_same_row_twice_in_one_file_is_booked_once() -> None:
    lines = ZERODHA.splitlines()
    found = examined("\n".join([*lines[:2], lines[1].replace("10.000000", "10")]))
    assert len(found.booked) == 1
    assert found.reasons("duplicate") == {3: "the same row stands on line 2"}


def test_one_number_with_two_contents_asks_for_a_person() -> None:
    lines = ZERODHA.splitlines()
    found = examined("\n".join([*lines[:2], lines[1].replace("10.000000", "11")]))
    assert "other values" in found.reasons("attention")[3]
    assert len({row.external_id for row in found.booked}) == 2


def test_equal_fills_without_numbers_stay_two() -> None:
    found = examined(_angel([(1, 5, 7), (1, 5, 7), (2, 5, 8)]))
    names = [row.external_id for row in found.booked]
    assert len(set(names)) == 3


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=12),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_overlapping_files_add_up_to_the_whole(rows: list[tuple[int, int, int]], one: int, other: int) -> None:
    first, second = sorted((one, other))
    whole = {row.external_id for row in examined(_angel(rows)).booked}
    early = [row for row in rows if row[0] <= second]
    late = [row for row in rows if row[0] > first]
    parts: set[str] = set()
    for part in (early, late):
        if part:
            parts |= {row.external_id for row in examined(_angel(part)).booked}
    assert parts == whole
    assert len(whole) == len(rows)


@pytest.mark.parametrize("name", sorted(set(FILES) - {"ibkr_flex", "ibkr_activity", "robinhood"}))
def test_the_order_of_the_rows_changes_no_name(name: str) -> None:
    lines = FILES[name].splitlines()
    shown = examined(FILES[name])
    first = min(row.line for row in shown.rows) - 1
    body = lines[first:]
    Random(7).shuffle(body)
    again = examined("\n".join([*lines[:first], *body]))
    assert sorted(row.external_id for row in again.booked) == sorted(row.external_id for row in shown.booked)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_read_again_is_all_duplicates(name: str) -> None:
    first = examined(FILES[name])
    again = examined(FILES[name], known=[row.external_id for row in first.booked])
    assert not again.booked
    assert len(again.reasons("duplicate")) == len({row.line for row in first.rows if row.transaction})
