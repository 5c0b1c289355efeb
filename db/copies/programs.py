"""`pg_dump` and `pg_restore`: those the wheel carries, else the machine's own; and running them.

Passwords go through the environment of the child, never onto a command line that other users can read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db.copies.errors import CopyProblem
from db.embedded.binaries import find_binaries
from db.embedded.errors import EmbeddedServerError
from db.session import psycopg_url

_FULL = ("No space left on device", "Disk quota exceeded", "File too large")


@dataclass(frozen=True, slots=True)
class Program:
    """One program of Postgres; `major` is its version."""

    path: Path
    major: int


def choose(name: str, server_major: int) -> Program:
    """A program that can talk to a server of that version: it must not be older than the server.

    Args:
        name: "pg_dump" or "pg_restore".
        server_major: the server's version, such as 17.

    Raises:
        CopyProblem: there is none; names what to install.
    """
    found = [program for program in (_carried(name), _installed(name)) if program is not None]
    for program in found:
        if program.major >= server_major:
            return program
    newest = max((program.major for program in found), default=None)
    have = f"the newest {name} here is of version {newest}" if newest else f"there is no {name} on this machine"
    raise CopyProblem(
        f"The server is Postgres {server_major}, and {have}; it cannot copy a newer server.",
        f"Install the client programs of Postgres {server_major} (`apt-get install postgresql-client-{server_major}`), "
        f"or run `make setup`.",
    )


def run(program: Program, arguments: list[str], url: str, *, out: IO[bytes] | None = None) -> None:
    """Run a program on a database until it ends.

    Args:
        program: which.
        arguments: its options; the connection is added.
        url: the database's address, in any accepted spelling.
        out: where its standard output goes; None for nowhere.

    Raises:
        CopyProblem: it failed; with its own words.
    """
    target, password = _target(url)
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "PGCONNECT_TIMEOUT": "10"}
    if password:
        environment["PGPASSWORD"] = password
    if "HOME" in os.environ:
        environment["HOME"] = os.environ["HOME"]  # ~/.pgpass and certificates of a configured server
    done = subprocess.run(  # noqa: S603 - our own programs, no shell
        [str(program.path), *arguments, "--no-password", f"--dbname={target}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if out is None else out,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise explain(program, done.returncode, done.stderr.decode("utf-8", "replace"))


def explain(program: Program, code: int, said: str) -> CopyProblem:
    """The problem that a failed program's output amounts to; `code` is negative for the signal that ended it."""
    if any(words in said for words in _FULL):
        return CopyProblem("The disk is full.", "Make room there, or choose another folder (KUBERA_BACKUP_DIR).")
    lines = [line.strip() for line in said.splitlines() if "error:" in line or "FATAL" in line or "ERROR" in line]
    detail = (lines or said.strip().splitlines() or ["it said nothing"])[0]
    how = f"was ended by signal {-code}" if code < 0 else f"ended with {code}"
    return CopyProblem(f"{program.path.name} {how}: {detail[:300]}", "Correct that, then try again.")


def _target(url: str) -> tuple[str, str]:
    """The connection string without its password, and the password."""
    parts = conninfo_to_dict(psycopg_url(url))
    password = parts.pop("password", None)
    return make_conninfo("", **parts), str(password or "")


def _carried(name: str) -> Program | None:
    try:
        binaries = find_binaries()
    except EmbeddedServerError:
        return None  # another database is configured and the wheel was left out; the machine's own may do
    path = binaries.program(name)
    return Program(path, binaries.major) if path.exists() else None


def _installed(name: str) -> Program | None:
    path = shutil.which(name)
    if path is None:
        return None
    said = subprocess.run(  # noqa: S603 - a fixed question
        [path, "--version"], capture_output=True, text=True, check=False, timeout=10
    ).stdout
    numbered = re.search(r"\) (\d+)", said)
    return None if numbered is None else Program(Path(path), int(numbered.group(1)))
