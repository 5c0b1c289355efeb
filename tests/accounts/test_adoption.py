from __future__ import annotations

import pytest
from sqlalchemy.orm import Session as Work

from core.accounts import adoption
from core.accounts.errors import NotAllowed
from core.accounts.model import Account
from core.market.model import Interval
from core.market.store.own import OwnData
from db.base import Base
from db.repositories.accounts_adoption import BY_SYMBOL
from tests.accounts.everything import give_everything, rows_of
from tests.accounts.persons import at_once, person
from tests.conftest import HeldClock

BROWSER = "c" * 64


def _csv(close: float) -> bytes:
    return f"date,open,high,low,close,volume\n2026-01-05,{close},{close},{close},{close},5000\n".encode()


def _import(own: OwnData, owner: str, symbol: str, close: float) -> None:
    own.import_file("f.csv", _csv(close), symbol, "1d", owner=owner, currency=None, timezone=None, series_name=None)


def _closes(own: OwnData, owner: str) -> dict[str, float]:
    return {
        one.symbol: float(own.bars(one, Interval.D1, None, None, None).data.frame["close"].iloc[-1])
        for one in own.instruments(owner)
    }


@pytest.fixture
def own(clock: HeldClock) -> OwnData:
    return OwnData(clock)


def test_files_layouts_and_watches_become_the_accounts(db: Work, own: OwnData) -> None:
    account = person()
    _import(own, BROWSER, "MYFUND", 10)
    own.save_layout(BROWSER, "Swing", {"symbol": "MYFUND"})
    own.watch("TCS.NS", BROWSER)
    assert adoption.adopt(account, BROWSER) == 3
    assert _closes(own, account.owner) == {"MYFUND": 10}
    assert own.layouts(account.owner) == {"Swing": {"symbol": "MYFUND"}}
    assert own.watched(account.owner) == ("TCS.NS",)
    assert len(own.reports(account.owner)) == 1
    assert own.instruments(BROWSER) == ()
    assert own.watched(BROWSER) == ()
    assert own.layouts(BROWSER) == {}
    assert adoption.adopt(account, BROWSER) == 0


def test_where_both_have_a_name_the_accounts_keeps_it(db: Work, own: OwnData) -> None:
    account = person()
    for owner, close in ((account.owner, 10), (BROWSER, 20)):
        _import(own, owner, "MYFUND", close)
        _import(own, owner, "RELIANCE.NS", close)
        own.save_layout(owner, "Swing", {"symbol": "MYFUND", "range": "1y"})
        own.watch("TCS.NS", owner)
    _import(own, account.owner, "MYFUND_2", 11)
    own.watch("MYFUND", BROWSER)
    adoption.adopt(account, BROWSER)
    assert _closes(own, account.owner) == {
        "MYFUND": 10,
        "MYFUND_2": 11,
        "MYFUND_3": 20,
        "RELIANCE.NS": 10,
        "RELIANCE.NS_2": 20,
    }
    assert own.layouts(account.owner) == {
        "Swing": {"symbol": "MYFUND", "range": "1y"},
        "Swing 2": {"symbol": "MYFUND_3", "range": "1y"},
    }
    assert sorted(own.watched(account.owner)) == ["MYFUND_3", "TCS.NS"]


def test_an_account_is_never_taken_over(db: Work, own: OwnData) -> None:
    asha, ravi = person("asha"), person("ravi")
    _import(own, ravi.owner, "MYFUND", 10)
    with pytest.raises(NotAllowed):
        adoption.adopt(asha, ravi.owner)
    assert _closes(own, ravi.owner) == {"MYFUND": 10}
    assert adoption.adopt(asha, asha.owner) == 0


@pytest.mark.parametrize("owner", ["", "x", "C" * 64, "c" * 65, "c" * 10**6, "c" * 63 + "\x00"])
def test_what_is_no_browsers_owner_is_refused(db: Work, owner: str) -> None:
    with pytest.raises(NotAllowed):
        adoption.adopt(person(), owner)


def test_nothing_is_forgotten(db: Work) -> None:
    """Every table that has an owner changes hands, or this test says which one does not."""
    owned = {table.name for table in Base.metadata.sorted_tables if "owner" in table.columns} - {"accounts"}
    assert owned == {*BY_SYMBOL, "watches", "layouts"}
    giver, account = person("giver"), person("asha")
    give_everything(db, giver)
    for name in owned:
        table = Base.metadata.tables[name]
        db.execute(table.update().where(table.c.owner == giver.owner).values(owner=BROWSER))
    adoption.adopt(account, BROWSER)
    db.expire_all()
    assert {name for name, rows in rows_of(db, account).items() if rows} >= owned


def test_two_tabs_that_adopt_at_once_lose_nothing(fresh_db: str, own: OwnData) -> None:
    account: Account = person()
    for index in range(4):
        _import(own, BROWSER, f"FUND{index}", 10 + index)
    _import(own, account.owner, "FUND0", 1)
    outcomes = at_once(4, lambda _: adoption.adopt(account, BROWSER))
    assert sorted(one for one in outcomes if isinstance(one, int)) == [0, 0, 0, 4]
    assert _closes(own, account.owner) == {"FUND0": 1, "FUND0_2": 10, "FUND1": 11, "FUND2": 12, "FUND3": 13}
