"""The record of index members: consistent, dated, honest about what it does not know."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.errors import BadRange, UnknownSymbol
from core.market.membership import indices, known_from, members, spells

TWO_CLASSES_FROM, TWO_CLASSES_UNTIL = date(2016, 4, 1), date(2017, 9, 29)


def nifty(on: date) -> set[str]:
    return {spell.symbol for spell in members("^NSEI", on)}


@pytest.mark.parametrize(
    ("on", "inside", "outside"),
    [
        ("2012-04-27", {"RANBAXY.NS", "HDFC.NS", "ASIANPAINT.NS"}, {"LUPIN.NS", "TITAN.NS"}),
        ("2013-04-01", {"NMDC.NS"}, {"WIPRO.NS", "SIEMENS.NS"}),
        ("2013-12-31", {"WIPRO.NS"}, {"RELINFRA.NS"}),
        ("2020-03-18", {"YESBANK.NS"}, {"SHREECEM.NS"}),
        ("2020-03-19", {"SHREECEM.NS"}, {"YESBANK.NS"}),
        ("2020-07-30", {"VEDL.NS"}, {"HDFCLIFE.NS"}),
        ("2020-07-31", {"HDFCLIFE.NS"}, {"VEDL.NS"}),
        ("2023-07-12", {"HDFC.NS"}, {"LTIM.NS"}),
        ("2024-03-28", {"SHRIRAMFIN.NS"}, {"UPL.NS"}),
        ("2024-09-29", {"LTIM.NS", "DIVISLAB.NS"}, {"TRENT.NS", "BEL.NS"}),
        ("2024-09-30", {"TRENT.NS", "BEL.NS"}, {"LTIM.NS", "DIVISLAB.NS"}),
        ("2025-09-30", {"INDIGO.NS", "MAXHEALTH.NS"}, {"HEROMOTOCO.NS", "INDUSINDBK.NS"}),
        ("2026-11-20", {"ETERNAL.NS", "JIOFIN.NS", "TMPV.NS"}, {"BPCL.NS", "TMCV.NS"}),
    ],
)
def test_members_of_a_day(on: str, inside: set[str], outside: set[str]) -> None:
    found = nifty(date.fromisoformat(on))
    assert inside <= found
    assert not outside & found


@settings(max_examples=150, deadline=None)
@given(st.dates(date(2012, 4, 27), date(2026, 12, 31)))
def test_fifty_at_any_time(on: date) -> None:
    both_tata_classes = TWO_CLASSES_FROM <= on < TWO_CLASSES_UNTIL
    assert len(members("^NSEI", on)) == len(nifty(on)) == (51 if both_tata_classes else 50)


def test_who_leaves_and_comes_back_has_two_spells() -> None:
    wipro = [(s.since, s.until) for s in spells("^NSEI") if s.symbol == "WIPRO.NS"]
    assert wipro == [(None, date(2013, 4, 1)), (date(2013, 9, 27), None)]
    vedanta = [(s.since, s.until) for s in spells("^NSEI") if s.symbol == "VEDL.NS"]
    assert vedanta == [(None, date(2016, 4, 1)), (date(2017, 5, 26), date(2020, 7, 31))]


def test_every_spell_says_how_sure_it_is() -> None:
    for index in indices():
        for spell in spells(index):
            assert spell.index == index
            assert spell.source_note.endswith(".")
            assert ("not recorded" in spell.source_note) == (spell.since is None)
            assert ("later changes are not known" in spell.source_note) == (spell.until is None)
            if spell.since and spell.until:
                assert spell.since < spell.until


def test_without_a_day_the_latest_composition_is_told() -> None:
    assert members("^nsei") == members("^NSEI", date(2026, 11, 20))
    assert len(members("^NSEBANK")) == 14
    assert len(members("^CNXIT")) == 10


@pytest.mark.parametrize("index", ["^NSEI", "^NSEBANK", "^CNXIT"])
def test_before_the_record_there_is_no_answer_rather_than_an_empty_one(index: str) -> None:
    first = known_from(index)
    assert members(index, first)
    with pytest.raises(BadRange, match=str(first)):
        members(index, date(first.year, first.month, first.day - 1))


def test_an_index_without_record_is_named() -> None:
    with pytest.raises(UnknownSymbol, match="GSPC"):
        members("^GSPC")
