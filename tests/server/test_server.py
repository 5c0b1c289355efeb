"""The real server in a process of its own: health, recovery, the visitor's cookie, start and stop."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from core import __version__
from db.embedded.cluster import is_postmaster
from db.embedded.layout import Layout
from tests import processes

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    def __init__(self, log: Path, **environment: str) -> None:
        self.port = int(environment.setdefault("PORT", str(free_port())))
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        self.process = processes.start("server.py", env={**os.environ, **environment}, out=log)

    @property
    def said(self) -> str:
        return self._log.read_text(errors="replace")

    def health(self) -> tuple[int, dict[str, str]]:
        try:
            reply = httpx.get(f"{self.url}/healthz", timeout=10)
        except httpx.TransportError:
            return 0, {}
        return reply.status_code, reply.json()

    def wait_for(self, wanted: Callable[[int, dict[str, str]], bool], seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not wanted(*self.health()):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.1)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    made: list[Server] = []

    def start(**environment: str) -> Server:
        made.append(Server(tmp_path / f"server{len(made)}.log", **environment))
        return made[-1]

    yield start
    for server in made:
        server.stop()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A server with nothing configured but where its data is."""
    folder = tmp_path_factory.mktemp("desk")
    server = Server(folder / "server.log", KUBERA_DATA_DIR=str(folder / "my data"))
    server.wait_for(lambda code, body: code == 200 and body["worker"] == "running")
    yield server, folder / "my data"
    server.stop()


def test_health_tells_what_is_up(desk: tuple[Server, Path]) -> None:
    code, body = desk[0].health()
    assert code == 200
    assert body == {
        "status": "ok",
        "version": __version__,
        "database": "up",
        "worker": "running",
        "market": "demo",
    }


def test_the_database_listens_on_no_port_of_the_network(desk: tuple[Server, Path]) -> None:
    postmaster = Layout.under(desk[1]).read_state()
    assert postmaster is not None
    sockets = {
        link.readlink().name for link in Path(f"/proc/{postmaster.postmaster}/fd").iterdir() if link.is_symlink()
    }
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert [row for row in listening if f"socket:[{row[9]}]" in sockets] == []


def test_a_browser_gets_its_cookie_with_the_first_page_and_keeps_it(desk: tuple[Server, Path]) -> None:
    server = desk[0]
    with httpx.Client(base_url=server.url) as browser:
        first = browser.get("/")
        cookie = first.headers["set-cookie"]
        assert cookie.startswith("kubera_visitor=")
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie
        value = browser.cookies["kubera_visitor"]
        assert len(value) == 43
        assert len(hashlib.sha256(value.encode()).hexdigest()) == 64
        assert "set-cookie" not in browser.get("/").headers
    assert httpx.get(server.url).cookies["kubera_visitor"] != value


def test_behind_https_the_cookie_stays_on_https(desk: tuple[Server, Path]) -> None:
    reply = httpx.get(desk[0].url, headers={"X-Forwarded-Proto": "https"})
    assert "; Secure" in reply.headers["set-cookie"]


@pytest.mark.parametrize("cookie", ["kubera_visitor=short", "kubera_visitor=" + "a" * 42 + "!", "other=1", "\x01=;;"])
def test_a_cookie_that_is_not_ours_is_replaced(desk: tuple[Server, Path], cookie: str) -> None:
    assert "kubera_visitor=" in httpx.get(desk[0].url, headers={"Cookie": cookie}).headers["set-cookie"]


def test_only_pages_carry_the_cookie(desk: tuple[Server, Path]) -> None:
    assert "set-cookie" not in httpx.get(f"{desk[0].url}/healthz").headers
    assert "kubera_visitor" not in httpx.get(f"{desk[0].url}/_stcore/health").headers.get("set-cookie", "")


def test_a_killed_postmaster_is_back_by_itself(desk: tuple[Server, Path]) -> None:
    server, folder = desk
    before = Layout.under(folder).read_state()
    assert before is not None
    os.kill(before.postmaster, signal.SIGKILL)

    def recovered(code: int, _body: dict[str, str]) -> bool:
        now = Layout.under(folder).read_state()
        return code == 200 and now is not None and now.postmaster not in {0, before.postmaster}

    server.wait_for(recovered)
    server.wait_for(lambda _code, body: body.get("worker") == "running")


def test_told_to_stop_it_stops_and_takes_the_database_with_it(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(KUBERA_DATA_DIR=str(tmp_path / "data"))
    server.wait_for(lambda code, _body: code == 200)
    layout = Layout.under(tmp_path / "data")
    state = layout.read_state()
    assert state is not None
    assert is_postmaster(state.postmaster, layout)
    code = server.stop()
    assert code in {0, -signal.SIGTERM}
    assert "Traceback" not in server.said
    until = time.monotonic() + 20
    while is_postmaster(state.postmaster, layout):
        assert time.monotonic() < until, "the database outlived its last user"
        time.sleep(0.1)


def test_while_the_database_is_away_health_says_503_and_then_recovers(
    serve: Callable[..., Server], fresh_db: str
) -> None:
    server = serve(DATABASE_URL=fresh_db)
    server.wait_for(lambda code, body: code == 200 and body["worker"] == "running")
    name = psycopg.conninfo.conninfo_to_dict(fresh_db)["dbname"]
    admin = fresh_db.replace(f"/{name}?", "/postgres?")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        server.wait_for(lambda code, body: code == 503 and body["database"] == "away")
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    server.wait_for(lambda code, body: code == 200 and body["worker"] == "running")


def test_it_starts_without_a_database_and_says_503(serve: Callable[..., Server]) -> None:
    server = serve(DATABASE_URL="postgresql://me:hunter2@127.0.0.1:9/none")
    server.wait_for(lambda code, body: code == 503 and body["status"] == "unavailable")
    assert httpx.get(server.url).status_code == 200, "the page itself is there to say so"
    assert "hunter2" not in server.said


@pytest.mark.parametrize(
    ("name", "value"), [("KUBERA_MARKET", "real"), ("DATABASE_URL", "mysql://x"), ("PORT", "eighty"), ("PORT", "99999")]
)
def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = processes.run("server.py", env={**os.environ, "KUBERA_DATA_DIR": str(tmp_path), name: value})
    assert done.returncode == 2
    assert done.stderr.startswith(f"{name}: ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [], "nothing was started"
