"""Conditions as rows and back; what rows cannot show is left to the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.backtest.rule_rows import (
    KINDS,
    Block,
    Row,
    block_of,
    condition_of,
    kind_of,
    new_operand,
    operand_of,
    with_block,
)
from core.backtest import BadRule
from core.backtest.rules import (
    Compare,
    Either,
    Every,
    Lasting,
    Level,
    Not,
    Number,
    Price,
    Reckoned,
    RulePlan,
    Study,
    Within,
    sentences,
)

BASES = tuple(KINDS.values())
rows = st.builds(Row, st.sampled_from(BASES), st.booleans(), st.integers(1, 9))
UP = Compare(Price(), "above", Number(10.0))


@settings(max_examples=30, deadline=None)
@given(st.lists(rows, max_size=4).map(tuple), st.sampled_from(["all", "any"]))
def test_rows_come_back(some: tuple[Row, ...], join: str) -> None:
    block = Block(some, join)  # type: ignore[arg-type]
    again = block_of(condition_of(block))
    assert again is not None
    assert again.rows == some
    if len(some) > 1:
        assert again.join == join


def test_every_kind_has_its_name() -> None:
    assert [kind_of(one) for one in BASES] == list(KINDS)


@pytest.mark.parametrize(
    "condition",
    [
        Lasting(UP, 3),
        Every((UP, Either((UP, UP)))),
        Not(Within(UP, 3)),
        Compare(Reckoned(Price(), "/", Number(2.0)), "above", Number(1.0)),
    ],
)
def test_what_is_deeper_has_no_rows(condition: object) -> None:
    assert block_of(condition) is None  # type: ignore[arg-type]


def test_an_entry_without_rows_takes_its_exit_along() -> None:
    plan = RulePlan("Both", UP, UP, Not(UP), Not(UP))
    left = with_block(plan, "enter_long", Block(()))
    assert left.enter_long is None
    assert left.exit_long is None
    assert sentences(left)[0].startswith("Sell short when")
    with pytest.raises(BadRule, match="at least one condition"):
        with_block(left, "enter_short", Block(()))
    assert with_block(plan, "exit_long", Block(())).exit_long is None


def test_operands_have_names() -> None:
    for value in (Price("volume"), Number(0.0), Level("previous_high"), Study("rsi")):
        assert new_operand(operand_of(value)) == value
    with pytest.raises(BadRule):
        new_operand("study:nothing")
