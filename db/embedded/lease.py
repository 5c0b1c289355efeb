"""How a process gets the embedded server and keeps it for as long as the process lives."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import quote

from db.embedded.binaries import Binaries, find_binaries
from db.embedded.cluster import explain
from db.embedded.errors import EmbeddedServerError
from db.embedded.layout import DATABASE, PORT, USER, Layout, follow_owner
from db.embedded.locks import is_same_file, try_lock

_log = logging.getLogger(__name__)
_PATIENCE = 90.0
_CHECK_EVERY = 0.5
_MOST_LAUNCHES = 5
_PROJECT = Path(__file__).resolve().parent.parent.parent
_LAUNCH = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from db.embedded.watcher import launch; launch(sys.argv[1:])"
)


@dataclass
class _Lease:
    layout: Layout
    binaries: Binaries
    durable: bool
    descriptor: int
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)


_leases: dict[Path, _Lease] = {}
_guard = threading.Lock()


def ensure(data_dir: Path, *, durable: bool = True) -> str:
    """The address of the server under `data_dir`, started if need be and kept until this process ends.

    Calling it again is cheap. From any thread; several processes may call it for one folder at once. While the
    process lives, a thread replaces a watcher that died.

    Args:
        data_dir: the data folder, made if missing. Spaces and long paths are fine.
        durable: False gives up safety against power loss for speed (tests).

    Returns:
        A `postgresql://` address that psycopg and SQLAlchemy understand.

    Raises:
        EmbeddedServerError: with what happened and what to do.
    """
    layout = Layout.under(data_dir)
    with _guard:
        known = _leases.get(layout.root)
        if known is not None and is_same_file(known.descriptor, layout.lease):
            return known.url
        if known is not None:
            _drop(known)
        lease = _open(layout, durable=durable)
        try:
            lease.url = _await_ready(lease)
        except BaseException:
            os.close(lease.descriptor)
            raise
        _leases[layout.root] = lease
        threading.Thread(target=_keep, args=(lease,), name="embedded-postgres", daemon=True).start()
        return lease.url


def release(data_dir: Path) -> None:
    """Give the lease back before the process ends; nothing happens when there is none."""
    with _guard:
        lease = _leases.pop(Layout.under(data_dir).root, None)
        if lease is not None:
            _drop(lease)


def _drop(lease: _Lease) -> None:
    _leases.pop(lease.layout.root, None)
    lease.ended.set()
    os.close(lease.descriptor)


def _open(layout: Layout, *, durable: bool) -> _Lease:
    binaries = find_binaries()
    try:
        layout.root.parent.mkdir(parents=True, exist_ok=True)
        if not layout.root.exists():
            layout.root.mkdir(exist_ok=True)
            layout.root.chmod(0o711)  # the server's account passes through; the files inside have their own modes
            follow_owner(layout.root, layout.root.parent)
        descriptor = try_lock(layout.lease, exclusive=False, wait=_PATIENCE)
        follow_owner(layout.lease, layout.root)
    except OSError as error:
        raise EmbeddedServerError(
            f"The embedded database cannot use {layout.root}: {error.strerror}. Set KUBERA_DATA_DIR to a folder you "
            "may write to, or set DATABASE_URL."
        ) from error
    if descriptor is None:
        raise EmbeddedServerError(
            f"The embedded database in {layout.root} has been stopping for {_PATIENCE:.0f} seconds. See {layout.log}."
        )
    return _Lease(layout, binaries, durable, descriptor)


def _await_ready(lease: _Lease) -> str:
    layout, began = lease.layout, time.time()
    until = time.monotonic() + _PATIENCE
    next_launch, launches = 0.0, 0
    while time.monotonic() < until:
        watching = _is_watched(layout)
        state = layout.read_state()
        if state is not None and state.status == "failed" and state.at >= began:
            raise EmbeddedServerError(state.message)
        if watching and state is not None and state.status == "ready" and _answers(state.socket_dir):
            return f"postgresql://{USER}@/{DATABASE}?host={quote(state.socket_dir)}&port={PORT}"
        if not watching and time.monotonic() >= next_launch:
            if launches == _MOST_LAUNCHES:
                raise _mute(layout)
            _launch(lease)
            launches += 1
            next_launch = time.monotonic() + 1.0
        time.sleep(0.01)
    raise EmbeddedServerError(
        f"The embedded database in {layout.root} did not answer within {_PATIENCE:.0f} seconds. See {layout.log}."
    )


def _launch(lease: _Lease) -> None:
    layout = lease.layout
    command = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(_PROJECT), str(layout.root)]
    command += [str(lease.binaries.home), str(lease.binaries.major), "1" if lease.durable else "0"]
    with _watcher_log(layout) as log:
        # The child forks the watcher and ends at once: nothing to wait for later, and no zombie of ours. A session
        # of its own: Ctrl-C in the terminal is for the app, not for the database.
        subprocess.run(  # noqa: S603 - this interpreter and our own module, no shell
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, check=True
        )


def _watcher_log(layout: Layout) -> IO[bytes]:
    try:
        log = layout.watcher_log.open("wb")
        follow_owner(layout.watcher_log, layout.root)
    except OSError:
        return Path(os.devnull).open("wb")  # a full disk must not keep the watcher from saying so
    return log


def _mute(layout: Layout) -> EmbeddedServerError:
    """Why watcher after watcher ended without a word: most likely it could not write one."""
    probe = layout.root / f"probe.{os.getpid()}"
    try:
        probe.write_bytes(bytes(4096))
        probe.unlink()
    except OSError as error:
        probe.unlink(missing_ok=True)
        return explain(error.strerror or str(error), layout, "its state cannot be written")
    return EmbeddedServerError(
        f"The watcher of the embedded database in {layout.root} ended {_MOST_LAUNCHES} times without a word. "
        f"See {layout.watcher_log}, or set DATABASE_URL."
    )


def _is_watched(layout: Layout) -> bool:
    probe = try_lock(layout.watch, exclusive=False)
    if probe is None:
        return True
    os.close(probe)
    return False


def _answers(socket_dir: str) -> bool:
    import psycopg

    try:
        psycopg.connect(host=socket_dir, port=PORT, user=USER, dbname=DATABASE, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _keep(lease: _Lease) -> None:
    """Replace a watcher that died, for as long as the lease is held."""
    while not lease.ended.wait(_CHECK_EVERY):
        if not is_same_file(lease.descriptor, lease.layout.lease) or _is_watched(lease.layout):
            continue
        try:
            _await_ready(lease)
            _log.warning("The embedded database was restarted after its watcher died.")
        except EmbeddedServerError as error:
            _log.error("%s", error)
            lease.ended.wait(5.0)
