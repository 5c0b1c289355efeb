"""What goes into the documents table comes out the same."""

from __future__ import annotations

from datetime import UTC, date, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.model import (
    Action,
    Event,
    Holder,
    InsiderTrade,
    Instrument,
    Kind,
    Membership,
    Mover,
    NewsItem,
    Officer,
    Profile,
    Quote,
    Ratings,
    Ratios,
    Statement,
)
from core.market.store.codec import SHAPES, decode, digest, encode

words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))
for kind, strategy in (
    (str, words),
    (float, numbers),
    (int, st.integers(-(2**53), 2**53)),
    (datetime, moments),
    (date, days),
):
    st.register_type_strategy(kind, strategy)

VALUES = {
    Kind.QUOTE: st.builds(Quote),
    Kind.PROFILE: st.builds(Profile),
    Kind.OFFICERS: st.lists(st.builds(Officer), max_size=3).map(tuple),
    Kind.STATEMENTS: st.lists(st.builds(Statement), max_size=3).map(tuple),
    Kind.RATIOS: st.builds(Ratios),
    Kind.ACTIONS: st.lists(st.builds(Action), max_size=3).map(tuple),
    Kind.HOLDERS: st.lists(st.builds(Holder), max_size=3).map(tuple),
    Kind.INSIDERS: st.lists(st.builds(InsiderTrade), max_size=3).map(tuple),
    Kind.RATINGS: st.builds(Ratings),
    Kind.EVENTS: st.lists(st.builds(Event), max_size=3).map(tuple),
    Kind.NEWS: st.lists(st.builds(NewsItem), max_size=3).map(tuple),
    Kind.SEARCH: st.lists(st.builds(Instrument), max_size=3).map(tuple),
    Kind.MOVERS: st.lists(st.builds(Mover), max_size=3).map(tuple),
    Kind.TRENDING: st.lists(st.builds(Mover), max_size=3).map(tuple),
    Kind.SECTORS: st.dictionaries(words, words, max_size=3),
    Kind.MEMBERS: st.lists(st.builds(Membership), max_size=3).map(tuple),
}


def test_every_kind_but_bars_has_a_form() -> None:
    assert set(SHAPES) == set(VALUES) == set(Kind) - {Kind.BARS}


@pytest.mark.parametrize("kind", sorted(VALUES))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_there_and_back(kind: Kind, data: st.DataObject) -> None:
    value = data.draw(VALUES[kind])
    payload = orjson.loads(orjson.dumps(encode(value)))
    assert decode(kind, payload) == value
    assert digest(payload) == digest(encode(value))


def test_a_number_that_is_none_is_absent_from_ratios() -> None:
    ratios = Ratios("TCS.NS", date(2026, 1, 1), {"pe": float("nan"), "pb": 3.0})
    assert decode(Kind.RATIOS, encode(ratios)).values == {"pb": 3.0}


def test_nul_characters_do_not_reach_the_database() -> None:
    assert encode(Profile("A", "a\0b"))["name"] == "ab"


def test_what_is_no_model_value_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        encode({"a": object()})
