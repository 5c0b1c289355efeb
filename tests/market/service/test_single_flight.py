"""One upstream call for a crowd, in one process and across several; and nothing half-written by one that dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from core.market.errors import Unavailable
from core.market.model import Interval
from core.market.store.flight import Flights
from db.session import read_session
from tests.market.store.scripted import ScriptedSource, sessions, wandering

SYMBOL = "RELIANCE.NS"
ROOT = Path(__file__).resolve().parents[3]

CHILD = """
import json, os, sys, time
sys.path.insert(0, sys.argv[1])
import db.session as database
from core.clock import now
from core.market.model import Interval
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.demo import DemoMarket
from datetime import date, datetime, UTC
from tests.market.store.scripted import ScriptedSource, sessions, wandering
from core.clock import clock_at

url, mode, mark = sys.argv[2:5]
database.configure(database.DatabaseOptions(url=url))
history = {("RELIANCE.NS", Interval.D1): wandering(sessions(date(2025, 1, 1), date(2026, 12, 31)))}
source = ScriptedSource(history, slow_s=1.0)
if mode == "die":
    from db.repositories.market_bars import BarRepository
    def die(*args, **kwargs):
        open(mark, "w").close()
        time.sleep(60)
    BarRepository.add_revisions = die
with clock_at(datetime(2026, 11, 18, 6, 0, tzinfo=UTC)):
    live = ModeSwitch("live", None, now)
    market = Market(vendors=[source], simulated=lambda at: DemoMarket(now=at), mode=live, timeout_s=20)
    open(mark, "w").close() if mode != "die" else None
    bars = market.bars("RELIANCE.NS")
    market.close()
print(json.dumps({"asked": len(source.asked), "bars": len(bars.data.frame)}))
database.dispose()
"""


def child(url: str, mode: str, mark: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", CHILD, str(ROOT), url, mode, str(mark)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_hundred_sessions_cause_one_call(make_market, clock) -> None:
    source = ScriptedSource(
        {(SYMBOL, Interval.D1): wandering(sessions(date(2025, 1, 1), date(2026, 12, 31)))}, slow_s=0.3
    )
    market = make_market(source, timeout_s=30.0)
    ready = threading.Barrier(100)

    def ask(_: int) -> int:
        ready.wait()
        return len(market.bars(SYMBOL).data.frame)

    with ThreadPoolExecutor(100) as crowd:
        lengths = set(crowd.map(ask, range(100)))
    assert len(source.asked) == 1
    assert len(lengths) == 1


def test_two_processes_cause_one_call(fresh_db: str, tmp_path: Path) -> None:
    both = [child(fresh_db, "ask", tmp_path / f"mark{number}") for number in range(2)]
    told = [json.loads(process.communicate(timeout=100)[0]) for process in both]
    assert sum(one["asked"] for one in told) == 1, "the vendor was asked by both"
    assert told[0]["bars"] == told[1]["bars"] > 400


def test_a_process_killed_while_writing_leaves_nothing_and_lets_go(make_market, clock, fresh_db, tmp_path) -> None:
    mark = tmp_path / "writing"
    doomed = child(fresh_db, "die", mark)
    until = time.monotonic() + 60
    while not mark.exists():
        assert time.monotonic() < until, "the writer never came to its writing"
        time.sleep(0.05)
    doomed.kill()
    doomed.communicate(timeout=30)
    with psycopg.connect(fresh_db.replace("+psycopg", "")) as seen:
        for table in ("series", "bar_chunks", "findings", "actions"):
            assert seen.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), f"{table} is half-written"
    source = ScriptedSource({(SYMBOL, Interval.D1): wandering(sessions(date(2025, 1, 1), date(2026, 12, 31)))})
    market = make_market(source, timeout_s=20.0)
    assert len(market.bars(SYMBOL).data.frame) > 400, "the dead process still held the lock"


def test_a_hanging_vendor_blocks_no_longer_than_its_time(make_market, clock) -> None:
    source = ScriptedSource(
        {(SYMBOL, Interval.D1): wandering(sessions(date(2025, 1, 1), date(2026, 12, 31)))}, slow_s=4.0
    )
    market = make_market(source, timeout_s=0.2)
    began = time.monotonic()
    with pytest.raises(Unavailable, match="still being asked"):
        market.bars(SYMBOL)
    assert time.monotonic() - began < 3.9


def test_a_failed_fetch_is_told_to_everybody_who_waited(make_market, clock) -> None:
    source = ScriptedSource({}, slow_s=0.2, error=lambda: Unavailable("scripted", "down"))
    market = make_market(source, timeout_s=20.0)
    ready = threading.Barrier(20)

    def ask(_: int) -> str:
        ready.wait()
        with pytest.raises(Unavailable) as caught:
            market.profile(SYMBOL)
        return str(caught.value)

    with ThreadPoolExecutor(20) as crowd:
        assert set(crowd.map(ask, range(20))) == {"scripted: down"}
    assert len(source.asked) == 1
    with read_session() as session:
        assert session.execute(text("SELECT count(*) FROM documents")).scalar_one() == 0


def test_whoever_waited_for_another_rechecks_before_asking(fresh_db: str) -> None:
    flights = Flights(5.0)
    calls: list[str] = []
    flights.start("key", lambda: False, lambda: calls.append("fetched")).result(10)
    flights.start("key", lambda: True, lambda: calls.append("needed")).result(10)
    flights.close()
    assert calls == ["needed"]
