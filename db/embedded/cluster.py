"""The database files: made once and whole, checked before every start.

Only the standard library: the watcher imports this without site-packages.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from db.embedded.account import Account, become, give
from db.embedded.binaries import Binaries
from db.embedded.errors import EmbeddedServerError
from db.embedded.layout import DATABASE, PORT, USER, Layout, follow_owner

_NEEDED_SPACE = 150 * 1024 * 1024
_SOCKET_NAME = f".s.PGSQL.{PORT}"
_LONGEST_SOCKET = 103
"""Bytes of a Unix socket's path that every system allows (macOS has the fewest: 104 with the final zero)."""

PROC = Path("/proc")
"""Where Linux tells of processes; macOS has `ps` instead."""

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "wal_level": "minimal",  # no replicas: less to write when millions of bars are copied in
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",  # a few cores shared with the pages: steady beats fast
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements may carry what investors typed
    "log_checkpoints": "off",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def child_environment() -> dict[str, str]:
    """What the server's programs see: no PG* variable of the machine's owner may steer them."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def prepare_cluster(layout: Layout, binaries: Binaries, account: Account) -> None:
    """Make the database files if there are none, and check those that are there.

    Raises:
        EmbeddedServerError: files of another version, incomplete files, or no room.
    """
    for leftover in layout.root.glob("data.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    if not layout.cluster.exists():
        _create(layout, binaries, account)
        return
    version = layout.cluster / "PG_VERSION"
    if not version.is_file() or not (layout.cluster / "global" / "pg_control").is_file():
        raise EmbeddedServerError(
            f"{layout.cluster} is not a whole Postgres database. Move it away (a new one is made) or put a backup "
            "in its place."
        )
    major = version.read_text(encoding="ascii").strip()
    if major != str(binaries.major):
        raise EmbeddedServerError(
            f"The database in {layout.cluster} was made by Postgres {major}, and this program carries Postgres "
            f"{binaries.major}. Dump it with the program that made it and restore it here, or set KUBERA_DATA_DIR "
            "to another folder."
        )


def _create(layout: Layout, binaries: Binaries, account: Account) -> None:
    free = shutil.disk_usage(layout.root).free
    if free < _NEEDED_SPACE:
        raise EmbeddedServerError(
            f"The disk that holds {layout.root} has {free // 2**20} MB left, and a new database needs "
            f"{_NEEDED_SPACE // 2**20} MB. Make room, or set KUBERA_DATA_DIR to another disk."
        )
    # Made aside and renamed when whole: a half-finished one can never be mistaken for a database.
    fresh = Path(tempfile.mkdtemp(prefix="data.new-", dir=layout.root))
    give(fresh, account)
    try:
        _run(
            [
                str(binaries.program("initdb")),
                "--pgdata",
                str(fresh),
                "--username",
                USER,
                "--auth",
                "trust",  # whoever may open the socket is let in; its folder admits only the owner
                "--encoding",
                "UTF8",
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
                "--locale",
                "C",
                "--no-instructions",
            ],
            layout,
            account,
        )
        _run(
            [str(binaries.program("postgres")), "--single", "-D", str(fresh), "postgres"],
            layout,
            account,
            given=f"CREATE DATABASE {DATABASE}\n",
        )
        fresh.rename(layout.cluster)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _run(command: list[str], layout: Layout, account: Account, given: str = "") -> None:
    done = subprocess.run(  # noqa: S603 - our own programs, no shell
        command,
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        env=child_environment(),
        cwd="/",
        preexec_fn=become(account, dies_with_parent=True),
        check=False,
    )
    if done.returncode != 0:
        raise explain(done.stderr + done.stdout, layout, f"{Path(command[0]).name} ended with {done.returncode}")


def explain(output: str, layout: Layout, what: str) -> EmbeddedServerError:
    """The error that a failed server program's output amounts to."""
    if "No space left on device" in output or "Disk quota exceeded" in output:
        return EmbeddedServerError(
            f"The disk that holds {layout.root} is full. Make room; the database then starts by itself."
        )
    lines = [line.strip() for line in output.splitlines() if "FATAL" in line or "PANIC" in line or "error:" in line]
    detail = lines[-1] if lines else (output.strip().splitlines() or ["no output"])[-1].strip()
    return EmbeddedServerError(
        f"The embedded database in {layout.root} did not start: {what}: {detail}. See {layout.log}, or set "
        "DATABASE_URL to another server."
    )


def start_command(layout: Layout, binaries: Binaries, socket_dir: Path, *, durable: bool) -> list[str]:
    """The postmaster's command line."""
    settings = {**_SETTINGS, "unix_socket_directories": str(socket_dir), **({} if durable else _FORGETFUL)}
    command = [str(binaries.program("postgres")), "-D", str(layout.cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def choose_socket_dir(layout: Layout, account: Account) -> Path:
    """A short folder of mode 0700 for the socket, the same one as last time when it is still ours.

    Raises:
        EmbeddedServerError: no folder is short and writable.
    """
    if layout.socket_note.is_file():
        noted = Path(layout.socket_note.read_text(encoding="utf-8").strip())
        if _is_ours(noted, account):
            return noted
    for base in dict.fromkeys(("/tmp", tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), "/var/tmp")):  # noqa: S108 - mkdtemp below
        if not base or len(os.fsencode(base)) + len("/kubera-xxxxxxxx/" + _SOCKET_NAME) > _LONGEST_SOCKET:
            continue
        try:
            made = Path(tempfile.mkdtemp(prefix="kubera-", dir=base))
        except OSError:
            continue
        give(made, account)
        layout.socket_note.write_text(str(made), encoding="utf-8")
        follow_owner(layout.socket_note, layout.root)
        return made
    raise EmbeddedServerError(
        "The embedded database found no folder for its socket: /tmp, TMPDIR and XDG_RUNTIME_DIR are missing, not "
        "writable or too long. Make /tmp writable, or set DATABASE_URL."
    )


def forget_socket_dir(layout: Layout) -> None:
    """Take the socket's folder away after a clean stop."""
    try:
        noted = layout.socket_note.read_text(encoding="utf-8").strip()
        layout.socket_note.unlink()
        Path(noted).rmdir()
    except OSError:
        return  # somebody else's file in it, or gone already: neither is ours to mend


def _is_ours(folder: Path, account: Account) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    return folder.is_dir() and not folder.is_symlink() and found.st_uid == account.uid and found.st_mode & 0o077 == 0


def postmaster_line(layout: Layout, number: int) -> str:
    """A line (from 0) of the file a running postmaster keeps, "" when it is not there."""
    try:
        lines = (layout.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return lines[number].strip() if number < len(lines) else ""


def stop_stray(layout: Layout) -> None:
    """Stop a postmaster that outlived its watcher, and clear the note of one that is gone or a zombie."""
    text = postmaster_line(layout, 0)
    if not text.lstrip("-").isdigit():
        return
    pid = abs(int(text))
    for attempt in range(400):
        if not is_postmaster(pid, layout):
            break
        if attempt in {0, 200, 300}:
            os.kill(pid, signal.SIGINT if attempt == 0 else signal.SIGQUIT if attempt == 200 else signal.SIGKILL)
        time.sleep(0.05)
    if _exists(pid) and not is_postmaster(pid, layout):
        # Postgres takes any living process of that number, a zombie too, for its postmaster and would not start.
        (layout.cluster / "postmaster.pid").unlink(missing_ok=True)


def is_postmaster(pid: int, layout: Layout) -> bool:
    """Whether the process is a live server on these files (not a zombie, not another program of that number)."""
    if not _exists(pid):
        return False
    if PROC.is_dir():
        try:
            status = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
            if status.rpartition(")")[2].split()[0] in {"Z", "X"}:
                return False
            return (PROC / str(pid) / "cwd").readlink() == layout.cluster
        except OSError:
            return False
    listed = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return not listed.startswith("Z") and str(layout.cluster) in listed


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
