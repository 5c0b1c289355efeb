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
from urllib.parse import quote

from db.embedded.binaries import Binaries, find_binaries
from db.embedded.errors import EmbeddedServerError
from db.embedded.layout import DATABASE, PORT, USER, Layout
from db.embedded.locks import is_same_file, try_lock

_log = logging.getLogger(__name__)
_PATIENCE = 90.0
_CHECK_EVERY = 0.5
_PROJECT = Path(__file__).resolve().parent.parent.parent
_LAUNCH = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from db.embedded.watcher import main; sys.exit(main(sys.argv[1:]))"
)


@dataclass
class _Lease:
    layout: Layout
    binaries: Binaries
    durable: bool
    descriptor: int
    url: str = ""
    ended: threading.Event = field(default_factory=threading.Event)
    launched: list[subprocess.Popen[bytes]] = field(default_factory=list)


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
            _follow_owner(layout.root, layout.root.parent)
        descriptor = try_lock(layout.lease, exclusive=False, wait=_PATIENCE)
        _follow_owner(layout.lease, layout.root)
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


def _follow_owner(path: Path, model: Path) -> None:
    """What root makes in somebody's folder belongs to that somebody, who may start without root next time."""
    owner = model.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid)


def _await_ready(lease: _Lease) -> str:
    layout, began = lease.layout, time.time()
    until = time.monotonic() + _PATIENCE
    next_launch = 0.0
    while time.monotonic() < until:
        watching = _is_watched(layout)
        state = layout.read_state()
        if state is not None and state.status == "failed" and state.at >= began:
            raise EmbeddedServerError(state.message)
        if watching and state is not None and state.status == "ready" and _answers(state.socket_dir):
            return f"postgresql://{USER}@/{DATABASE}?host={quote(state.socket_dir)}&port={PORT}"
        if not watching and time.monotonic() >= next_launch:
            _raise_if_mute(lease)
            lease.launched.append(_launch(lease))
            next_launch = time.monotonic() + 1.0
        time.sleep(0.01)
    raise EmbeddedServerError(
        f"The embedded database in {layout.root} did not answer within {_PATIENCE:.0f} seconds. See {layout.log}."
    )


def _raise_if_mute(lease: _Lease) -> None:
    """A watcher that could not even write its state (full disk) has said why on its standard error."""
    for process in list(lease.launched):
        if process.poll() is None:
            continue
        lease.launched.remove(process)
        with process:
            said = process.stderr.read().decode("utf-8", "replace").strip() if process.stderr else ""
        if process.returncode != 0:
            mute = f"The watcher of {lease.layout.root} ended with {process.returncode}."
            raise EmbeddedServerError(said.splitlines()[-1] if said else mute)


def _launch(lease: _Lease) -> subprocess.Popen[bytes]:
    layout = lease.layout
    return subprocess.Popen(  # noqa: S603 - this interpreter and our own module, no shell
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            _LAUNCH,
            str(_PROJECT),
            str(layout.root),
            str(lease.binaries.home),
            str(lease.binaries.major),
            "1" if lease.durable else "0",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd="/",
        start_new_session=True,  # Ctrl-C in the terminal is for the app, not for the database
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
