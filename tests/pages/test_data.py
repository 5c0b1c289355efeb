"""The Data page: own files, findings and sources of one investor."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components import investor
from components.imports import symbol_of
from core.market.service import Market
from tests.pages.conftest import open_page

OWNER = "a" * 64
GOOD = b"Date,Open,High,Low,Close,Volume\n2024-01-01,10,11,9,10.5,100\n2024-01-02,10.5,12,10,11,120\n"
FLAWED = GOOD + b"2024-01-02,10.5,12,10,11,120\n2024-01-03,11,10,9,11.5,90\nTotal,,,,,310\n"


@pytest.fixture
def me(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(investor, "current", lambda: investor.Investor(OWNER, lasting=True))
    return OWNER


def page(**query: str) -> AppTest:
    return open_page("pages/data.py", **query)


def said(at: AppTest) -> str:
    parts = [e.value for kind in (at.markdown, at.caption, at.warning, at.info, at.error, at.success) for e in kind]
    return "\n".join(str(part) for part in parts)


def upload(at: AppTest, name: str, content: bytes, symbol: str = "") -> AppTest:
    at.get("file_uploader")[0].set_value((name, content, "text/csv")).run()
    if symbol:
        next(one for one in at.text_input if one.label == "Symbol").set_value(symbol)
    return next(b for b in at.button if b.label == "Import").click().run()


def test_an_empty_desk_says_how_to_fill_it(demo_desk: Market, me: str) -> None:
    at = page()
    assert not at.exception
    assert "No file yet" in said(at)


def test_a_file_becomes_an_instrument_with_its_report(demo_desk: Market, me: str) -> None:
    at = upload(page(), "mine.csv", FLAWED)
    assert not at.exception
    assert "MINE: 5 rows read, 1 Jan 2024 to 3 Jan 2024" in said(at)
    table = at.dataframe[0].value
    assert "Duplicate" in list(table["What"])
    assert [one.symbol for one in demo_desk.own_instruments(OWNER)] == ["MINE"]
    assert demo_desk.own_instruments("b" * 64) == ()


def test_a_file_under_a_listed_symbol_says_that_it_stands_in_its_place(demo_desk: Market, me: str) -> None:
    at = upload(page(), "mine.csv", GOOD, "TCS.NS")
    assert [one.value for one in at.warning if "TCS.NS is also a listed instrument" in one.value]
    at = upload(page(), "mine.csv", GOOD)
    assert not [one.value for one in at.warning if "MINE is also" in one.value]


def test_a_refused_file_changes_nothing(demo_desk: Market, me: str) -> None:
    upload(page(), "mine.csv", GOOD)
    at = upload(page(), "mine.csv", b"<html><body>Please sign in</body></html>")
    assert not at.exception
    assert "mine.csv" in at.warning[0].value
    assert len(demo_desk.bars("MINE", owner=OWNER).data.frame) == 2


def test_deleting_asks_first(demo_desk: Market, me: str) -> None:
    demo_desk.import_file("mine.csv", GOOD, "MINE", owner=OWNER)
    at = page()
    next(b for b in at.button if b.key == "delete_MINE").click().run()
    assert "**MINE** and all its bars are deleted" in said(at)
    assert demo_desk.own_instruments(OWNER), "asked, not deleted"


def test_sources_tell_their_state_and_switch(demo_desk: Market, me: str) -> None:
    at = page(show="Sources")
    assert not at.exception
    table = at.dataframe[0].value
    assert dict(zip(table["Source"], table["State"], strict=True))["Simulated"] == "On"


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("RELIANCE.csv.gz", "RELIANCE"),
        ("my bars (1).xlsx", "MY-BARS-1"),
        ("M&M.csv", "M&M"),
        ("../../etc/passwd", "PASSWD"),
    ],
)
def test_a_symbol_is_proposed_from_the_files_name(name: str, symbol: str) -> None:
    assert symbol_of(name) == symbol


def test_help_draws(demo_desk: Market) -> None:
    at = open_page("pages/help.py")
    assert not at.exception
    assert any("/charts?symbol=TCS.NS" in str(m.value) for m in at.markdown)
