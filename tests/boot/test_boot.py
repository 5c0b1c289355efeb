"""One start for everybody: once, from any thread, again after a failure."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from core.boot import boot, booted, on_cache_bust, shut_down
from core.settings import SettingsError
from db.migrations import current, head
from db.session import DatabaseAway, read_session

ROOT = Path(__file__).resolve().parents[2]
Environment = Callable[..., None]


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    yield
    shut_down()


def test_the_first_call_brings_the_database_up_and_the_others_get_the_same(
    environment: Environment, empty_db: str
) -> None:
    environment(DATABASE_URL=empty_db)
    started = boot("cli")
    assert boot("cli") is started
    assert booted() is started
    assert started.database == "configured"
    assert current(empty_db) == head()
    with read_session() as session:
        assert session.scalar(text("SELECT current_setting('application_name')")) == "kubera cli"


def test_many_threads_start_once(environment: Environment, empty_db: str) -> None:
    environment(DATABASE_URL=empty_db)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: boot("cli"), range(8)))
    assert len({id(result) for result in results}) == 1


def test_the_configured_spelling_of_the_address_does_not_matter(environment: Environment, empty_db: str) -> None:
    environment(DATABASE_URL=empty_db.replace("postgresql://", "postgresql+psycopg://"))
    assert boot("cli").url == empty_db


def test_without_a_database_configured_the_embedded_one_is_used(environment: Environment, tmp_path: Path) -> None:
    environment(KUBERA_DATA_DIR=str(tmp_path / "my data"))
    assert boot("cli").database == "embedded"
    with read_session() as session:
        assert session.scalar(text("SELECT 1")) == 1
    assert (tmp_path / "my data" / "postgres" / "data").is_dir()


def test_a_wrong_setting_stops_the_start_before_anything_is_touched(environment: Environment, tmp_path: Path) -> None:
    environment(KUBERA_DATA_DIR=str(tmp_path / "data"), KUBERA_MARKET="real")
    with pytest.raises(SettingsError, match="KUBERA_MARKET"):
        boot("cli")
    assert not (tmp_path / "data").exists()


def test_a_start_that_failed_works_once_the_database_is_there(
    environment: Environment, empty_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.boot._FAILURE_HOLDS_S", 0.0)
    environment(DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(DatabaseAway, match="does not answer"):
        boot("cli")
    assert booted() is None
    environment(DATABASE_URL=empty_db)
    assert boot("cli").url == empty_db


def test_a_hundred_waiting_pages_do_not_each_ask_the_silent_server(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def away(*_: object) -> None:
        asked.append(1)
        raise DatabaseAway("gone", "wait")

    monkeypatch.setattr("core.boot._bring_up_database", away)
    monkeypatch.setattr("core.boot._FAILURE_HOLDS_S", 60.0)
    environment(DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    for _ in range(100):
        with pytest.raises(DatabaseAway, match="gone"):
            boot("cli")
    assert len(asked) == 1


def test_the_embedded_servers_trouble_reaches_the_page_as_an_absent_database(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    environment(KUBERA_DATA_DIR=str(tmp_path / "data"))
    with pytest.raises(DatabaseAway, match=r"KUBERA_DATA_DIR.*doctor"):
        boot("cli")


WEB = """
import gc, json, sys, time
from sqlalchemy import text
from core.boot import boot, on_cache_bust, shut_down, worker_alive
from core.jobs.status import queue_status
from db.session import unit_of_work

heard = []
on_cache_bust(lambda topic: 1 / 0)
end = on_cache_bust(heard.append)
started = boot("web")
assert started.loaded.wait(60), "modules were not loaded"
until = time.monotonic() + 20
while time.monotonic() < until and not (queue_status().workers == 1 and heard == [None]):
    time.sleep(0.05)
with unit_of_work() as session:
    session.execute(text("SELECT pg_notify('cache_bust', 'bars')"))
while time.monotonic() < until and heard != [None, "bars"]:
    time.sleep(0.05)
workers, alive = queue_status().workers, worker_alive()
frozen = gc.get_freeze_count()
shut_down()
print(json.dumps({"workers": workers, "alive": alive, "after": worker_alive(), "heard": heard, "frozen": frozen,
                  "modules": [m for m in ("pandas", "plotly.graph_objects", "talib", "numba") if m in sys.modules]}))
"""


def test_the_web_start_loads_freezes_works_and_hears(fresh_db: str) -> None:
    import json
    import os

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WEB)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": fresh_db, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["workers"] == 1
    assert report["alive"] is True
    assert report["after"] is False
    assert report["heard"] == [None, "bars"], "one listener's error does not silence the other"
    assert report["frozen"] > 100_000
    assert report["modules"] == ["pandas", "plotly.graph_objects", "talib", "numba"]


def test_a_listener_can_stop_listening() -> None:
    end = on_cache_bust(lambda _topic: None)
    end()
    end()
    assert booted() is None
