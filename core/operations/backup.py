"""Backups: whole copies of the database in a folder, each with an account of what is in it; the newest are kept.

A backup is two files, `kubera-20261120T204700Z.dump` and `kubera-20261120T204700Z.json`. The second appears last and
names size, SHA-256, revision and the rows of every table, so a copy without it was not finished and is not listed.
Both are readable by their owner alone (0600): they hold password hashes and what people own.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from core import __version__, clock
from core.accounts import activity
from core.accounts.authorisation import require_admin
from core.accounts.model import Account
from core.settings import Settings, get_settings
from db.copies import CopyProblem
from db.copies.dumping import dump
from db.embedded.layout import follow_owner
from db.repositories.jobs import JobRepository
from db.session import get_url, unit_of_work

_log = logging.getLogger(__name__)

TASK = "nightly_backup"
_FORMAT = 1
_NAME = re.compile(r"^kubera-(\d{8}T\d{6}Z)(-\d+)?\.dump$")
_PARTIAL = "{name}.partial-{number}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a copy holds.

    Attributes:
        format: of this account; 1.
        version: the project's version that took it.
        revision: of the tables; None for a database that was never migrated.
        taken_at: UTC, ISO 8601.
        sha256: of the copy, 64 hex digits.
        size: of the copy, in bytes.
        server, program: major versions of the server and of `pg_dump`.
        rows: rows of each table, by "schema.table".
    """

    format: int
    version: str
    revision: str | None
    taken_at: str
    sha256: str
    size: int
    server: int
    program: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Backup:
    """A kept copy.

    Attributes:
        name: its file's name.
        path: its file.
        size: bytes on the disk.
        taken_at: when it was begun.
        ok: the file is as long as its account says (`check` also compares its contents).
        problem: what is wrong with it; "" when nothing is.
        rows: rows in all tables together.
        revision: of its tables.
    """

    name: str
    path: Path
    size: int
    taken_at: datetime
    ok: bool
    problem: str
    rows: int
    revision: str | None


def folder(settings: Settings | None = None) -> Path:
    """Where backups are kept: KUBERA_BACKUP_DIR, else `backups` in KUBERA_DATA_DIR."""
    settings = settings or get_settings()
    chosen = settings.backups.directory
    return settings.app.data_dir / "backups" if chosen is None else Path(os.path.abspath(chosen.expanduser()))  # noqa: PTH100 - no symlink is resolved


def backups(where: Path | None = None) -> tuple[Backup, ...]:
    """Finished backups in a folder (`folder()` without one), newest first. A folder that is not there has none."""
    where = where or folder()
    if not where.is_dir():
        return ()
    found = [_listed(path) for path in where.iterdir() if _NAME.match(path.name) and manifest_path(path).is_file()]
    return tuple(sorted(found, key=lambda one: (one.taken_at, one.name), reverse=True))


def newest_in(where: Path) -> datetime | None:
    """When the newest whole backup in a folder was taken; None when there is none."""
    return next((one.taken_at for one in backups(where) if one.ok), None)


def take(actor: Account) -> int | None:
    """Put a backup on the queue, for an admin.

    Returns:
        The job's number; None when one waits already.

    Raises:
        NotAllowed: `actor` is no admin.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    with unit_of_work() as session:
        require_admin(actor, session)
        number = JobRepository(session).add(f"kubera:{TASK}", TASK, Jsonb({"by_hand": True}))
        if number is not None:
            activity.record(session, "backup.requested", actor=actor, subject="backup")
        return number


def run(*, slot: datetime | None = None, url: str | None = None) -> Backup:
    """Take a backup now, and remove those beyond the newest KUBERA_BACKUP_KEEP.

    Args:
        slot: the night's slot it is for, aware UTC: one that was taken for it already is returned as it is, so a
            repeated job takes none twice. None takes one in any case.
        url: of another database than this process's.

    Raises:
        CopyProblem: no room, no way to write there, or `pg_dump` failed. Earlier backups are untouched.
        DatabaseProblem: the database does not answer.
    """
    where = folder()
    moment = slot or clock.now()
    stamp = f"kubera-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    path = where / f"{stamp}.dump"
    if slot is not None and manifest_path(path).is_file() and _listed(path).ok:
        return _listed(path)
    number = 1
    while slot is None and path.exists():
        number += 1
        path = where / f"{stamp}-{number}.dump"
    made = write(path, url=url)
    prune()
    return made


def write(path: Path, *, url: str | None = None) -> Backup:
    """Take a backup into a file of that name, with its account beside it; both appear whole or not at all.

    Raises:
        CopyProblem: as `run`.
        DatabaseProblem: the database does not answer.
    """
    moment = clock.now()
    number = secrets.token_hex(4)
    partial = path.with_name(_PARTIAL.format(name=path.name, number=number))
    draft = path.with_name(_PARTIAL.format(name=manifest_path(path).name, number=number))
    try:
        _make_folder(path.parent)
        _sweep(path.parent)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            follow_owner(partial, path.parent)
            dumped = dump(url or get_url(), file)
            os.fsync(file.fileno())
        manifest = Manifest(
            format=_FORMAT,
            version=__version__,
            revision=dumped.revision,
            taken_at=moment.astimezone(UTC).isoformat(),
            sha256=digest(partial),
            size=partial.stat().st_size,
            server=dumped.server,
            program=dumped.program,
            rows=dumped.rows,
        )
        account = manifest_path(path)
        _write_account(draft, manifest)
        account.unlink(missing_ok=True)  # the account of an earlier file of this name would be wrong now
        partial.replace(path)
        draft.replace(account)
    except OSError as error:
        raise CopyProblem(
            f"The backup {path} cannot be written: {error.strerror or error}.",
            "Make room or make the folder writable, or choose another one (KUBERA_BACKUP_DIR, --to).",
        ) from error
    except CopyProblem as problem:
        raise CopyProblem(f"The backup {path} was not taken. {problem.message}", problem.remedy) from problem
    finally:
        for leftover in (partial, draft):
            with suppress(OSError):  # the folder itself may be what is wrong
                leftover.unlink(missing_ok=True)
    _log.info("Backup %s taken: %s bytes, %s rows", path.name, manifest.size, sum(manifest.rows.values()))
    return _listed(path)


def prune() -> tuple[str, ...]:
    """Remove backups beyond the newest KUBERA_BACKUP_KEEP that are whole; the names of those removed.

    A damaged one never counts as one of those kept, and files that are not named like a backup are left alone.
    """
    keep, removed = get_settings().backups.keep, []
    whole = 0
    for one in backups():
        if one.ok:
            whole += 1
        if whole > keep:
            # The account first: a copy without one is not listed, while an account without a copy would be a lie.
            manifest_path(one.path).unlink(missing_ok=True)
            one.path.unlink(missing_ok=True)
            removed.append(one.name)
    return tuple(removed)


def check(path: Path) -> Manifest:
    """Read a backup again and compare it with its account.

    Raises:
        CopyProblem: there is no account, or the copy is not what it says.
    """
    manifest = read_manifest(path)
    if manifest is None:
        raise CopyProblem(f"{path.name} has no account beside it.", f"Put {manifest_path(path).name} there as well.")
    if path.stat().st_size != manifest.size or digest(path) != manifest.sha256:
        raise CopyProblem(f"{path.name} is not what was written: its contents changed.", "Use another backup.")
    return manifest


def manifest_path(path: Path) -> Path:
    """The file with the account of a copy."""
    return path.with_suffix(".json") if path.suffix == ".dump" else path.with_name(path.name + ".json")


def read_manifest(path: Path) -> Manifest | None:
    """The account of a copy, or None when there is none.

    Raises:
        CopyProblem: what is there is no such account.
    """
    try:
        given: Any = orjson.loads(manifest_path(path).read_bytes())
        if given["format"] != _FORMAT:
            raise CopyProblem(
                f"The account of {path.name} is of format {given['format']}, which this version does not know.",
                "Use the version of Kubera that took it, or a later one.",
            )
        return Manifest(**given)
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CopyProblem(
            f"The account of {path.name} cannot be read ({type(error).__name__}).", "Use another backup."
        ) from error


def digest(path: Path) -> str:
    """The SHA-256 of a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listed(path: Path) -> Backup:
    named = _NAME.match(path.name)
    taken = datetime.strptime(named[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if named else None
    size = path.stat().st_size if path.exists() else 0
    try:
        manifest = read_manifest(path)
    except CopyProblem as problem:
        return Backup(path.name, path, size, taken or clock.now(), False, problem.message, 0, None)
    if manifest is None:
        return Backup(path.name, path, size, taken or clock.now(), False, "it has no account beside it", 0, None)
    problem_text = "" if size == manifest.size else f"{size} bytes long instead of {manifest.size}"
    return Backup(
        path.name,
        path,
        size,
        datetime.fromisoformat(manifest.taken_at),
        not problem_text,
        problem_text,
        sum(manifest.rows.values()),
        manifest.revision,
    )


def _make_folder(where: Path) -> None:
    if not where.exists():
        where.mkdir(parents=True, mode=0o700)
        follow_owner(where, where.parent)


def _sweep(where: Path) -> None:
    """Remove what interrupted backups left; one that is being written now is younger than an hour."""
    for leftover in where.glob("kubera-*.partial-????????"):
        with suppress(FileNotFoundError):
            if clock.now().timestamp() - leftover.stat().st_mtime > 3600:
                leftover.unlink()


def _write_account(path: Path, manifest: Manifest) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        follow_owner(path, path.parent)
        file.write(orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
        file.flush()
        os.fsync(file.fileno())
