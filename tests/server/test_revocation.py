"""An ended sign-in reaches the open pages of every process, also when the news of it was lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from components.cookies import SESSION_COOKIE
from core.accounts import demo, sessions
from core.accounts.model import Origin
from serving.sockets import SESSION_ENDED_CODE
from tests.server.test_server import Server

KEY = "a key of thirty-two characters or more"


def page(server: Server, token: str | None) -> ClientConnection:
    headers = {"Cookie": f"{SESSION_COOKIE}={token}"} if token else {}
    return connect(
        server.url.replace("http", "ws") + "/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers=headers,
        max_size=None,
        open_timeout=30,
    )


def closed_with(socket: ClientConnection) -> int:
    with suppress(ConnectionClosed):
        for _ in range(1000):
            socket.recv(20)
    assert socket.close_code is not None, "it is still open"
    return socket.close_code


def still_open(socket: ClientConnection) -> bool:
    socket.ping().wait(20)
    return socket.close_code is None


def test_revoked_in_one_process_closed_in_all(fresh_db: str, tmp_path: Path, environment: Callable[..., None]) -> None:
    environment(KUBERA_SECRET_KEY=KEY)
    servers: list[Server] = []
    with ExitStack() as cleanup:
        for number in range(2):
            servers.append(
                Server(tmp_path / f"{number}.log", DATABASE_URL=fresh_db, KUBERA_SECRET_KEY=KEY, KUBERA_WORKER="off")
            )
            cleanup.callback(servers[-1].stop)
        for server in servers:
            server.wait_for(lambda code, _body: code == 200)
        account, other = demo.create_visitor(Origin()), demo.create_visitor(Origin())
        here, elsewhere = (sessions.open_session(account, Origin()) for _ in range(2))
        kept = sessions.open_session(other, Origin())
        opened = [
            cleanup.enter_context(page(server, token)) for server in servers for token in (here, elsewhere, kept, None)
        ]
        first, second = opened[:4], opened[4:]

        sessions.end(here)
        assert [closed_with(sockets[0]) for sockets in (first, second)] == [SESSION_ENDED_CODE] * 2
        assert all(still_open(socket) for sockets in (first, second) for socket in sockets[1:])

        # The news of the next end is lost: nobody listens while it is told.
        with psycopg.connect(fresh_db, autocommit=True) as connection:
            connection.execute(
                "UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE account_id = %s", [account.id]
            )
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kubera listener' "
                "AND datname = current_database()"
            )
        assert [closed_with(sockets[1]) for sockets in (first, second)] == [SESSION_ENDED_CODE] * 2
        assert all(still_open(socket) for sockets in (first, second) for socket in sockets[2:])
    assert not any("Traceback" in server.said for server in servers), servers[0].said[-2000:]
