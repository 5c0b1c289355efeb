"""Putting a backup back in place of the present database.

The copy is loaded into a database of its own, brought to the present revision, compared with its account, and only then
takes the present one's name, in one transaction. Whatever interrupts that leaves the present data as it is.

What must not come back to life with old rows does not: signed-in browsers, one-time codes and tickets are ended
(whoever signed out since the backup stays signed out), and mails that waited then are cancelled (they went out since).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from core.accounts import activity
from core.operations import backup
from db.copies import CopyProblem
from db.copies.dumping import count_rows, revision_of
from db.copies.errors import WrongCopy
from db.copies.restoring import alone, connect, drop, holds_data, is_copy, load, swap
from db.migrations import head, revisions, upgrade
from db.repositories.operations import AftermathRepository
from db.session import sqlalchemy_url, translated

_log = logging.getLogger(__name__)


class WouldReplace(CopyProblem):
    """The present database holds data, and nobody said that it may be replaced."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    Attributes:
        file: the copy.
        rows: rows in all tables of the copy.
        tables: how many tables it has.
        revision: the copy's own revision; the database is at the present one now.
        checked: it was compared with the account beside it; False when there was none.
        sessions: signed-in browsers that were ended.
        mails: waiting mails that were cancelled.
        kept: the replaced database's name on the server, when it was asked to be kept.
    """

    file: str
    rows: int
    tables: int
    revision: str
    checked: bool
    sessions: int
    mails: int
    kept: str | None


def restore(file: Path, url: str, *, replace: bool = False, keep: bool = False) -> Restored:
    """Put a backup in place of the database at `url`. Processes that use it are cut off and find the new one.

    Args:
        file: the copy; with its account beside it, it is compared with that before and after loading.
        url: the database's address.
        replace: it may hold data.
        keep: leave the replaced database on the server, under another name.

    Raises:
        WouldReplace: it holds data, and `replace` is not set.
        WrongCopy: the file is none, is damaged, or comes from a later version.
        CopyProblem: another database cannot be made on that server, or others hold on to the present one.
        DatabaseProblem: the server does not answer.
    """
    manifest = _examined(file)
    if not replace and holds_data(url):
        raise WouldReplace(
            "The present database holds data, which the backup would replace.",
            "Add --yes to replace it; `python -m core backup` keeps a copy of it first.",
        )
    with alone(url):
        fresh = load(url, file)
        try:
            rows, revision = _loaded(file, fresh, manifest)
            upgrade(fresh)
            sessions, mails = _quieten(fresh, file, manifest)
            kept = swap(url, fresh, keep=keep)
        except BaseException:
            drop(url, fresh)
            raise
    _log.warning("The database was replaced by the backup %s (%s rows)", file.name, sum(rows.values()))
    return Restored(file.name, sum(rows.values()), len(rows), revision, manifest is not None, sessions, mails, kept)


def _examined(file: Path) -> backup.Manifest | None:
    """The account of a copy that may be restored."""
    try:
        if not file.is_file():
            raise WrongCopy(f"There is no file {file}.", f"The backups are in {backup.folder()}.")
        if not is_copy(file):
            raise WrongCopy(
                f"{file} is no backup of the database.", "Give a .dump file that `python -m core backup` wrote."
            )
        if backup.read_manifest(file) is None:
            return None
        manifest = backup.check(file)
    except OSError as error:
        raise WrongCopy(f"{file} cannot be read: {error.strerror}.", "Make it readable.") from error
    except WrongCopy:
        raise
    except CopyProblem as problem:
        raise WrongCopy(problem.message, problem.remedy) from problem
    _known(file, manifest.revision)
    return manifest


def _known(file: Path, revision: str | None) -> str:
    if revision is None:
        raise WrongCopy(f"{file.name} is of a database without Kubera's tables.", "Use another file.")
    if revision not in revisions():
        raise WrongCopy(
            f"{file.name} is at revision {revision}, which this version of Kubera (at {head()}) does not know.",
            "Restore it with the version that took it, or a later one.",
        )
    return revision


def _loaded(file: Path, fresh: str, manifest: backup.Manifest | None) -> tuple[dict[str, int], str]:
    """What arrived, compared with the account."""
    with translated(), connect(fresh) as connection:
        rows = count_rows(connection)
        revision = _known(file, revision_of(connection))
    if manifest is not None and rows != manifest.rows:
        other = sorted(name for name in rows.keys() | manifest.rows.keys() if rows.get(name) != manifest.rows.get(name))
        raise WrongCopy(
            f"{file.name} did not load whole: {', '.join(other[:5])} differ from its account.", "Use another backup."
        )
    return rows, revision


def _quieten(fresh: str, file: Path, manifest: backup.Manifest | None) -> tuple[int, int]:
    """End what must not come back to life, and say in the log what happened; sessions and mails ended."""
    engine = create_engine(sqlalchemy_url(fresh), poolclass=NullPool, connect_args={"options": "-c timezone=UTC"})
    with translated(), Session(engine) as session:
        aftermath = AftermathRepository(session)
        sessions, mails = aftermath.end_sessions(), aftermath.cancel_mails()
        activity.record(
            session,
            "backup.restored",
            actor=None,
            subject="backup",
            after={
                "file": file.name,
                "taken_at": manifest.taken_at if manifest else None,
                "sessions_ended": sessions,
                "mails_cancelled": mails,
            },
        )
        session.commit()
    engine.dispose()
    return sessions, mails
