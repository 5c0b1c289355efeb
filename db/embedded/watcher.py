"""The process that owns the postmaster: starts it, restarts it, stops it when nobody holds a lease.

Only the standard library, so that it starts in a few milliseconds and stays small. Run by `db.embedded.lease` as
`python -I -S -c "..." ROOT HOME MAJOR DURABLE`; it never imports site-packages.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

from db.embedded.account import become, choose_account
from db.embedded.binaries import Binaries
from db.embedded.cluster import (
    child_environment,
    choose_socket_dir,
    explain,
    forget_socket_dir,
    postmaster_line,
    prepare_cluster,
    start_command,
    stop_stray,
)
from db.embedded.errors import EmbeddedServerError
from db.embedded.layout import PORT, Layout, State, follow_owner
from db.embedded.locks import is_same_file, try_lock

_TICK = 0.25
_LINGER = 1.0
"""Seconds without any lease before the server stops: commands in a row find it running."""
_LOG_LIMIT = 16 * 1024 * 1024
_START_PATIENCE = 60.0
_QUICK_DEATHS = 5
FAILED = 3
"""Exit code after a failure that the state file or standard error explains."""


class Watcher:
    """Owns one postmaster. All methods run in the process's only thread."""

    def __init__(self, layout: Layout, binaries: Binaries, *, durable: bool, lock: int) -> None:
        self._layout = layout
        self._binaries = binaries
        self._durable = durable
        self._lock = lock
        self._child: subprocess.Popen[bytes] | None = None
        self._socket_dir = Path()
        self._stop = False
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        self._wake = reading
        signal.set_wakeup_fd(writing)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._ask_stop)
        signal.signal(signal.SIGINT, self._ask_stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def run(self) -> None:
        """Serve until nobody holds a lease.

        Raises:
            EmbeddedServerError: the server cannot be started.
        """
        self._say("starting")
        layout = self._layout
        account = choose_account(layout.root.parent, layout.cluster, needed=(layout.root, self._binaries.home / "bin"))
        self._account = account
        prepare_cluster(layout, self._binaries, account)
        deaths: list[float] = []
        idle_since: float | None = None
        while True:
            if self._child is None:
                self._start()
            self._sleep(_TICK)
            if self._child is not None and (code := self._child.poll()) is not None:
                self._child = None
                self._say("starting")
                deaths = [moment for moment in deaths if moment > time.monotonic() - 60] + [time.monotonic()]
                if len(deaths) >= _QUICK_DEATHS:
                    often = f"it ended {len(deaths)} times in a minute, last with {code}"
                    raise explain(self._log_tail(), layout, often)
            if not is_same_file(self._lock, layout.watch) or self._stop:
                self._shut()
                return
            self._trim_log()
            if self._child is not None and not (self._socket_dir / f".s.PGSQL.{PORT}").exists():
                self._shut()  # a cleaner of temporary files took the socket: only a restart brings it back
                continue
            lease = try_lock(layout.lease, exclusive=True)
            if lease is None:
                idle_since = None
            elif idle_since is None or time.monotonic() - idle_since < _LINGER:
                os.close(lease)
                idle_since = idle_since or time.monotonic()
            else:
                # Still holding the lease file: whoever comes now waits until the server is down, then starts anew.
                self._shut()
                self._say("stopped")
                forget_socket_dir(layout)
                os.close(lease)
                return

    def close(self) -> None:
        """Stop the postmaster, if there is one."""
        self._shut()

    def _start(self) -> None:
        layout = self._layout
        self._socket_dir = choose_socket_dir(layout, self._account)
        until = time.monotonic() + _START_PATIENCE
        while True:
            stop_stray(layout)
            log = os.open(layout.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            follow_owner(layout.log, layout.root)
            before = os.fstat(log).st_size
            try:
                child = subprocess.Popen(  # noqa: S603 - our own program, no shell
                    start_command(layout, self._binaries, self._socket_dir, durable=self._durable),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=child_environment(),
                    cwd="/",
                    start_new_session=True,
                    preexec_fn=become(self._account, dies_with_parent=True),  # noqa: PLW1509 - one thread
                )
            finally:
                os.close(log)
            while child.poll() is None:
                if postmaster_line(layout, 7) == "ready" and postmaster_line(layout, 0) == str(child.pid):
                    self._child = child
                    self._say("ready")
                    return
                if self._stop or time.monotonic() > until:
                    child.send_signal(signal.SIGQUIT)
                self._sleep(0.01)
            said = self._log_tail(before)
            # Backends of a killed postmaster hold its shared memory for a moment longer.
            passing = "pre-existing shared memory" in said or "lock file" in said
            if self._stop or not passing or time.monotonic() > until:
                raise explain(said, layout, f"the server ended with {child.returncode}")
            self._sleep(0.1)

    def _shut(self) -> None:
        child, self._child = self._child, None
        if child is None or child.poll() is not None:
            return
        for how, patience in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            child.send_signal(how)
            try:
                child.wait(patience)
            except subprocess.TimeoutExpired:
                continue
            return

    def _ask_stop(self, *_: object) -> None:
        self._stop = True

    def _sleep(self, seconds: float) -> None:
        ready, _, _ = select.select([self._wake], [], [], seconds)
        if ready:
            os.read(self._wake, 512)

    def _say(self, status: str, message: str = "") -> None:
        self._layout.write_state(
            State(
                status=status,
                message=message,
                watcher=os.getpid(),
                postmaster=self._child.pid if self._child else 0,
                socket_dir=str(self._socket_dir),
                at=time.time(),
            )
        )

    def _log_tail(self, start: int = -20_000) -> str:
        try:
            with self._layout.log.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, start if start >= 0 else size + start))
                return log.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def _trim_log(self) -> None:
        if self._layout.log.stat().st_size > _LOG_LIMIT:
            os.truncate(self._layout.log, 0)


def launch(arguments: list[str]) -> None:
    """Become the watcher in a child of this process and end this process at once."""
    if os.fork() == 0:
        code = 1
        try:
            code = main(arguments)
        except BaseException:
            traceback.print_exc()  # into watcher.log; nobody is above to catch it
            raise
        finally:
            sys.stderr.flush()
            os._exit(code)
    os._exit(0)


def main(arguments: list[str]) -> int:
    """Watch the server below ROOT until nobody needs it; the exit code is 0, or `FAILED`."""
    root, home, major, durable = arguments
    layout = Layout(Path(root))
    lock = try_lock(layout.watch, exclusive=True, wait=1.0)
    if lock is None:
        return 0  # another watcher was faster
    follow_owner(layout.watch, layout.root)
    watcher = Watcher(layout, Binaries(Path(home), int(major)), durable=durable == "1", lock=lock)
    try:
        watcher.run()
    except (EmbeddedServerError, OSError) as error:
        watcher.close()
        text = (
            str(error)
            if isinstance(error, EmbeddedServerError)
            else str(explain(str(error), layout, "its watcher stopped"))
        )
        sys.stderr.write(f"{text}\n")
        layout.write_state(State("failed", text, os.getpid(), 0, "", time.time()))
        return FAILED
    return 0
