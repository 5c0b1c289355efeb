"""Files an investor brings: stored whole or not at all, seen by nobody else, gone when deleted."""

from __future__ import annotations

from datetime import date

import numpy as np
import psycopg
import pytest
from sqlalchemy import text

from core.market.errors import BadFile, EmptyAnswer, InputError, NotCovered, UnknownSymbol
from core.market.model import Interval
from db.repositories.market_bars import BarRepository
from db.session import read_session
from tests.market.store.scripted import sessions, wandering

TABLES = ("instruments", "series", "bar_chunks", "import_reports", "findings", "actions")


def a_file(start: date, end: date, *, level: float = 1000.0, seed: int = 3) -> bytes:
    frame = wandering(sessions(start, end), seed=seed, level=level).round(2)
    days = frame.index.tz_convert("Asia/Kolkata").strftime("%Y-%m-%d")
    rows = [
        f"{day},{row.open},{max(row[1:5])},{min(row[1:5])},{row.close},{int(row.volume)}"
        for day, row in zip(days, frame.itertuples(), strict=True)
    ]
    return "\n".join(["Date,Open,High,Low,Close,Volume", *rows]).encode()


def counts() -> dict[str, int]:
    with read_session() as session:
        return {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES}


YEAR = a_file(date(2025, 1, 1), date(2025, 12, 31))


def test_an_imported_file_is_an_instrument_of_its_owner(make_market, clock) -> None:
    market = make_market(mode="demo")
    report = market.import_file("my fund.csv", YEAR, "myfund", owner="ann")
    assert report.rows == report.accepted + report.rejected
    assert report.accepted > 240
    answer = market.bars("MYFUND", owner="ann")
    assert answer.source == "file"
    assert not answer.simulated
    assert len(answer.data.frame) == report.accepted
    assert [one.symbol for one in market.own_instruments("ann")] == ["MYFUND"]
    assert [one.symbol for one in market.search("myf", owner="ann")][:1] == ["MYFUND"]
    assert market.quote("MYFUND", owner="ann").data.price == answer.data.frame["close"].iloc[-1]
    assert market.reports("ann") == (report,)


def test_nobody_else_sees_it(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
    for other in ("bob", None):
        with pytest.raises(UnknownSymbol):
            market.bars("MYFUND", owner=other)
        assert "MYFUND" not in {one.symbol for one in market.instruments(owner=other)}
        assert "MYFUND" not in {one.symbol for one in market.search("MYFUND", owner=other)}
    assert market.own_instruments("bob") == ()
    assert market.reports("bob") == ()
    assert market.delete_own("MYFUND", "bob") is False
    assert len(market.bars("MYFUND", owner="ann").data.frame) > 240


def test_the_same_file_again_changes_nothing(make_market, clock) -> None:
    market = make_market(mode="demo")
    first = market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
    before, bars = counts(), market.bars("MYFUND", owner="ann").data.frame
    assert market.import_file("f.csv", YEAR, "MYFUND", owner="ann") == first
    assert counts() == before
    assert market.bars("MYFUND", owner="ann").data.frame.equals(bars)


def test_a_later_file_extends_and_a_newer_one_replaces(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.import_file("a.csv", a_file(date(2025, 1, 1), date(2025, 6, 30)), "MYFUND", owner="ann")
    market.import_file("b.csv", a_file(date(2025, 7, 1), date(2025, 12, 31), seed=4), "MYFUND", owner="ann")
    whole = market.bars("MYFUND", owner="ann").data.frame
    assert len(whole) == len(sessions(date(2025, 1, 1), date(2025, 12, 31)))
    market.import_file("c.csv", a_file(date(2025, 3, 1), date(2025, 3, 31), seed=9), "MYFUND", owner="ann")
    replaced = market.bars("MYFUND", owner="ann").data.frame
    assert len(replaced) == len(whole)
    changed = replaced["close"] != whole["close"]
    assert set(replaced.index[changed].tz_convert("Asia/Kolkata").month) == {3}


def test_a_file_at_another_price_level_brings_the_earlier_bars_along(make_market, clock) -> None:
    market = make_market(mode="demo")
    long = wandering(sessions(date(2025, 1, 1), date(2025, 12, 31)), seed=3)
    market.import_file("a.csv", a_file(date(2025, 1, 1), date(2025, 12, 31)), "MYFUND", owner="ann")
    rows = a_file(date(2025, 1, 1), date(2025, 12, 31), level=200.0).splitlines()
    later = b"\n".join([rows[0], *rows[-100:]])
    report = market.import_file("b.csv", later, "MYFUND", owner="ann")
    close = market.bars("MYFUND", owner="ann").data.frame["close"].to_numpy()
    np.testing.assert_allclose(close, long["close"].to_numpy() / 5.0, rtol=1e-4)
    assert "restated" in [problem.kind for problem in report.problems]


@pytest.mark.parametrize("data", [b"<html><body>no</body></html>", b"", b"Date,Open,High,Low,Close\n", b"\x89PNG\r\n"])
def test_a_refused_file_leaves_nothing(make_market, clock, data: bytes) -> None:
    market = make_market(mode="demo")
    with pytest.raises(BadFile, match=r"f\.csv"):
        market.import_file("f.csv", data, "MYFUND", owner="ann")
    assert set(counts().values()) == {0}


def test_an_import_that_breaks_off_leaves_nothing(make_market, clock, monkeypatch) -> None:
    market = make_market(mode="demo")

    def broken(*args: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(BarRepository, "_write", broken)
    with pytest.raises(RuntimeError, match="the power went"):
        market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
    assert set(counts().values()) == {0}


def test_longer_bars_are_made_of_the_files(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
    daily = market.bars("MYFUND", owner="ann").data.frame
    months = market.bars("MYFUND", "1mo", owner="ann")
    assert months.data.interval is Interval.MO1
    assert len(months.data.frame) == 12
    january = daily[daily.index.tz_convert("Asia/Kolkata").month == 1]
    first = months.data.frame.iloc[0]
    assert first["open"] == january["open"].iloc[0]
    assert first["high"] == january["high"].max()
    assert first["close"] == january["close"].iloc[-1]
    assert first["volume"] == january["volume"].sum()
    assert any(warning.kind == "resampled" for warning in months.warnings)
    with pytest.raises(EmptyAnswer, match="its files have: 1d"):
        market.bars("MYFUND", "5m", owner="ann")


def test_an_own_file_under_a_listed_symbol_stands_before_it_for_its_owner_only(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.import_file("f.csv", YEAR, "RELIANCE.NS", owner="ann")
    assert market.bars("RELIANCE.NS", owner="ann").source == "file"
    assert market.bars("RELIANCE.NS", owner="bob").source == "demo"
    assert market.bars("RELIANCE.NS", source="demo", owner="ann").source == "demo"
    assert market.bars("RELIANCE.NS", source="file", owner="ann").source == "file"
    with pytest.raises(EmptyAnswer, match="no file"):
        market.bars("RELIANCE.NS", source="file")


def test_only_bars_are_known_of_an_own_file(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
    with pytest.raises(NotCovered, match="own file"):
        market.profile("MYFUND", owner="ann")


def test_a_past_day_of_a_file_shows_the_bars_closed_by_then(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
    seen = market.bars("MYFUND", owner="ann", as_of=date(2025, 3, 3)).data.frame
    assert seen.index[-1].tz_convert("Asia/Kolkata").date() == date(2025, 3, 3)


def test_deleting_takes_everything_of_it(make_market, clock) -> None:
    market = make_market(mode="demo")
    market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
    market.import_file("f.csv", YEAR, "OTHER", owner="ann")
    assert market.delete_own("MYFUND", "ann") is True
    assert [one.symbol for one in market.own_instruments("ann")] == ["OTHER"]
    market.delete_own("OTHER", "ann")
    assert set(counts().values()) == {0}


@pytest.mark.parametrize("symbol", ["", "   ", "a b", "x" * 40, "रिलायंस", "A;DROP TABLE series", "../etc"])
def test_a_symbol_that_is_none_is_refused_with_an_example(make_market, clock, symbol: str) -> None:
    with pytest.raises(InputError, match="such as MYFUND"):
        make_market(mode="demo").import_file("f.csv", YEAR, symbol, owner="ann")


def test_a_timezone_that_is_none_is_refused(make_market, clock) -> None:
    with pytest.raises(InputError, match="Asia/Kolkata"):
        make_market(mode="demo").import_file("f.csv", YEAR, "MYFUND", owner="ann", timezone="Mars/Base")


def test_watches_and_layouts(make_market, clock) -> None:
    market = make_market(mode="demo")
    for symbol in ("tcs", "RELIANCE", "TCS.NS"):
        market.watch(symbol, "ann")
    assert market.watched("ann") == ("RELIANCE.NS", "TCS.NS") or market.watched("ann") == ("TCS.NS", "RELIANCE.NS")
    market.unwatch("tcs", "ann")
    assert market.watched("ann") == ("RELIANCE.NS",)
    assert market.watched("bob") == ()
    market.save_layout("ann", "  swing   trades ", {"panes": ["rsi"], "log": True})
    market.save_layout("ann", "swing trades", {"panes": []})
    assert market.layouts("ann") == {"swing trades": {"panes": []}}
    assert market.layouts("bob") == {}
    market.delete_layout("bob", "swing trades")
    assert "swing trades" in market.layouts("ann")
    market.delete_layout("ann", "swing trades")
    assert market.layouts("ann") == {}


@pytest.mark.parametrize("name", ["", " \n ", "x" * 61])
def test_a_layout_needs_a_name(make_market, clock, name: str) -> None:
    with pytest.raises(InputError, match="needs a name"):
        make_market(mode="demo").save_layout("ann", name, {})


def test_a_huge_layout_is_refused(make_market, clock) -> None:
    with pytest.raises(InputError, match="too large"):
        make_market(mode="demo").save_layout("ann", "big", {"x": "y" * 100_000})


def test_an_import_is_announced_to_every_process(make_market, clock, fresh_db: str) -> None:
    market = make_market(mode="demo")
    with psycopg.connect(fresh_db, autocommit=True) as listening:
        listening.execute("LISTEN cache_bust")
        market.import_file("f.csv", YEAR, "MYFUND", owner="ann")
        assert [one.payload for one in listening.notifies(timeout=10, stop_after=1)] == ["own"]
