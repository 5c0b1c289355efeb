"""Processes of the desk, quick to start: forked from one that has imported what they all import.

A command or a server spends its first seconds importing the same libraries; the tests start some hundred of them. Here
one process imports them once (`python -m tests.processes`), and each start is a fork of it that goes on as
`python ...` would: its own session, environment, folder, files and arguments, the program as `__main__`, its exit code.

    run("-m", "core", "doctor", env=...)      like subprocess.run(..., capture_output=True, text=True)
    start("server.py", env=..., out=path)     like subprocess.Popen

What a test says about the start itself (imports, the interpreter's options) takes a real process.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PRELOADED = (
    *("numpy", "pandas", "plotly.graph_objects", "orjson", "babel.numbers", "sqlalchemy.orm", "psycopg", "alembic"),
    *("streamlit", "streamlit.web.bootstrap", "streamlit.web.server", "starlette.routing", "uvicorn", "procrastinate"),
    *("pyarrow", "numba", "talib", "exchange_calendars", "httpx", "curl_cffi", "yfinance", "openpyxl", "typer"),
    *("core.boot", "core.market.service", "core.operations.cli", "core.accounts.sign_in", "core.notices.outbox"),
)
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP)


class Forked:
    """A process made by `start`, with what of `subprocess.Popen` the tests use."""

    def __init__(self, pid: int, nursery: _Nursery) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = nursery.ended_of(pid)
        self._nursery = nursery

    def poll(self) -> int | None:
        """The exit code, or None while it runs; minus the signal's number when one ended it."""
        if self.returncode is None and self._ended.is_set():
            self.returncode = self._nursery.codes[self.pid]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        """Nothing when it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class _Nursery:
    """The process that forks, seen from the tests."""

    def __init__(self) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("KUBERA_", "DATABASE_URL", "STREAMLIT_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.processes"],
            cwd=ROOT,
            env=clean,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.codes: dict[int, int] = {}
        self._ended: dict[int, threading.Event] = {}
        self._born: list[int] = []
        self._news = threading.Condition()
        self._one_at_a_time = threading.Lock()
        self._listener = threading.Thread(target=self._listen, name="nursery", daemon=True)
        self._listener.start()
        atexit.register(self.close)

    def ended_of(self, pid: int) -> threading.Event:
        with self._news:
            return self._ended.setdefault(pid, threading.Event())

    def fork(self, wish: Mapping[str, Any]) -> Forked:
        with self._one_at_a_time:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(wish) + "\n")
            self._process.stdin.flush()
            with self._news:
                assert self._news.wait_for(lambda: self._born, timeout=120), "the forking process does not answer"
                pid = self._born.pop()
        return Forked(pid, self)

    def close(self) -> None:
        """Its end; what it forked runs on, as with `subprocess`."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._listener.join(5)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            what, pid, code = line.split()
            with self._news:
                if what == "born":
                    self._born.append(int(pid))
                else:
                    self.codes[int(pid)] = int(code)
                    self._ended.setdefault(int(pid), threading.Event()).set()
                self._news.notify_all()


_nursery: _Nursery | None = None


def start(
    *arguments: str, env: Mapping[str, str], out: Path, err: Path | None = None, given: Path | None = None
) -> Forked:
    """Run `python *arguments` in the project's folder: `FILE ...`, `-m MODULE ...` or `-c CODE ...`.

    Args:
        env: the whole environment.
        out, err: where its output goes; both into `out` when `err` is left out.
        given: its standard input; none when left out.
    """
    global _nursery  # noqa: PLW0603 - one a worker
    if _nursery is None:
        _nursery = _Nursery()
    wish = {
        "arguments": arguments,
        "env": dict(env),
        "out": str(out),
        "err": str(err or out),
        "given": str(given or os.devnull),
    }
    return _nursery.fork(wish)


def run(
    *arguments: str, env: Mapping[str, str], given: str = "", timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run `python *arguments` to its end and give what it printed.

    Raises:
        subprocess.TimeoutExpired: it was stopped after `timeout` seconds.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, err, said = (Path(folder) / name for name in ("out", "err", "in"))
        said.write_text(given, encoding="utf-8")
        process = start(*arguments, env=env, out=out, err=err, given=said)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise
        return subprocess.CompletedProcess(
            list(arguments), code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")
        )


# -- the process that forks ----------------------------------------------------------------------------------------


def _preload() -> None:
    import importlib

    for name in PRELOADED:
        importlib.import_module(name)
    assert threading.active_count() == 1, "a process with threads cannot be forked safely"
    gc.collect()
    gc.freeze()


def _serve() -> dict[str, Any] | None:
    """Fork for each line of standard input; returns in the child with what it is to be, and None at the end."""
    os.set_inheritable(0, False)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    waiting = selectors.DefaultSelector()
    waiting.register(0, selectors.EVENT_READ)
    waiting.register(woken, selectors.EVENT_READ)
    rest = b""
    while True:
        for key, _ in waiting.select():
            if key.fd == woken:
                os.read(woken, 4096)
                _bury()
                continue
            chunk = os.read(0, 1 << 16)
            if not chunk:
                return None
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                pid = os.fork()
                if pid == 0:
                    waiting.close()
                    signal.set_wakeup_fd(-1)
                    os.close(woken)
                    os.close(wake)
                    wish: dict[str, Any] = json.loads(line)
                    return wish
                _tell("born", pid, 0)


def _bury() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell("ended", pid, os.waitstatus_to_exitcode(status))


def _tell(what: str, pid: int, code: int) -> None:
    os.write(1, f"{what} {pid} {code}\n".encode())


def _become(wish: Mapping[str, Any]) -> None:
    """Go on as the program that was asked for."""
    os.setsid()
    for number in _SIGNALS:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(wish["env"])
    for number, path, mode in (
        (0, wish["given"], os.O_RDONLY),
        (1, wish["out"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
        (2, wish["err"], os.O_WRONLY | os.O_CREAT | os.O_APPEND),
    ):
        opened = os.open(path, mode, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    arguments: Sequence[str] = wish["arguments"]
    match arguments[0]:
        case "-m":
            sys.argv = [arguments[1], *arguments[2:]]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        case "-c":
            sys.argv = ["-c", *arguments[2:]]
            exec(compile(arguments[1], "<string>", "exec"), {"__name__": "__main__"})
        case path:
            sys.argv = list(arguments)
            runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    _preload()
    asked = _serve()
    if asked is not None:
        _become(asked)
