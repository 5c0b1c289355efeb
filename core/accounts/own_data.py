"""What the app holds about a person: all of it to take along, or all of it deleted.

Both find their tables through the metadata (every table that names an account or an owner), so a table that is added
later is in both. The activity log stays: it holds account numbers and user names of its time, no addresses of mail.
"""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts import activity, limits, passwords, sessions
from core.accounts.errors import NotAllowed
from core.accounts.model import Account, Origin, Session
from core.notices import outbox
from db.repositories.accounts_people import PeopleRepository
from db.repositories.accounts_personal import BarsOf, PersonalRepository, PersonalTable, Whose
from db.session import read_session, unit_of_work

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_BAR_COLUMNS = ("start_utc", "open", "high", "low", "close", "volume")

_README = """What Kubera holds about you, as of {at:%Y-%m-%d %H:%M} UTC.

Every table is here twice: as NAME.json and as NAME.csv. `accounts` is your account, `preferences` what you chose,
`sessions` where you are signed in, `inbox` and `outbox` what you were told, `activity` what you did and what was done
with your account. Your own files are in bars/, one file for each instrument and interval; a bar is named by its
start in UTC, and a day starts at midnight of its exchange.

Left out are passwords and codes: only hashes of them are kept, which say nothing.
In the CSV files a text that a spreadsheet would take for a formula begins with an apostrophe.
"""


def export(account: Account, origin: Origin | None = None) -> bytes:
    """Everything the app holds about a person, as a zip of JSON and CSV files.

    Raises:
        LimitReached: too many exports within an hour.
    """
    limits.guard("export", str(account.id))
    now = clock.now()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README.format(at=now))
        with read_session() as work:
            repository = PersonalRepository(work, _whose(account))
            for table in repository.export():
                _write(archive, table)
            for (symbol, interval), stretch in groupby(repository.bars(), key=lambda one: (one.symbol, one.interval)):
                name = f"bars/{_file_name(symbol)}_{_file_name(interval)}.csv"
                archive.writestr(name, "".join(_bar_lines(stretch)))
        _write(archive, _activity(account))
    with unit_of_work() as work:
        activity.record(
            work, "account.exported", actor=account, subject=activity.account_subject(account.id), origin=origin
        )
    return packed.getvalue()


def delete_account(session: Session, password: str, origin: Origin) -> None:
    """Delete the account of this session with everything that is its; a mail says that it was done.

    Args:
        password: the account's; demo accounts have none and need none.

    Raises:
        NotAllowed: the password is wrong, or this is the only admin.
        LimitReached: too many wrong ones.
    """
    account = session.account
    if not account.is_demo:
        limits.guard("password_check", str(account.id))
        with read_session() as work:
            found = PeopleRepository(work).credentials(account_id=account.id)
        if not passwords.verify(password, found.password_hash if found else None):
            raise NotAllowed("The password is not right.", "Type your present password.")
    with unit_of_work() as work:
        if account.role == "admin" and PeopleRepository(work).lock_admins() == (account.id,):
            raise NotAllowed("You are the only admin.", "Make somebody else an admin first.")
        erase(work, account, why="asked by the person", origin=origin)
        if account.email is not None:
            now = clock.now()
            outbox.post(
                work,
                "account_deleted",
                to=account.email,
                account_id=None,
                key=f"{account.id}:{now.isoformat()}",
                context={"when": now, "user_name": account.user_name},
                device=origin.device,
                name=account.name,
            )


def erase(work: Work, account: Account, *, why: str, origin: Origin | None = None) -> dict[str, int]:
    """Delete an account and everything that is its, within the caller's unit of work; rows by table."""
    sessions.revoke_all(account.id, why=why, work=work)
    gone = PersonalRepository(work, _whose(account)).delete()
    activity.record(
        work,
        "account.deleted",
        actor=None if account.is_demo else account,
        subject=activity.account_subject(account.id),
        before={"kind": account.kind},
        after={"why": why, "rows": {name: count for name, count in gone.items() if count}},
        origin=origin,
    )
    return gone


def _whose(account: Account) -> Whose:
    return Whose(account.id, account.owner, account.email.casefold() if account.email else None)


def _activity(account: Account) -> PersonalTable:
    columns = ("id", "at", "action", "actor_name", "subject", "before", "after", "ip", "user_agent")
    entries = activity.about(account.id)
    return PersonalTable(
        "activity", columns, tuple(tuple(getattr(entry, column) for column in columns) for entry in entries)
    )


def _write(archive: zipfile.ZipFile, table: PersonalTable) -> None:
    rows = [dict(zip(table.columns, (_number_or_none(value) for value in row), strict=True)) for row in table.rows]
    archive.writestr(
        f"{table.name}.json", json.dumps(rows, default=_plain, ensure_ascii=False, indent=1, allow_nan=False)
    )
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    archive.writestr(f"{table.name}.csv", "\ufeff" + text.getvalue())


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
        case _:
            raise TypeError(f"{type(value).__name__} cannot be exported")


def _number_or_none(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, (int, float)) else str(_plain(value))


def _bar_lines(stretch: Iterable[BarsOf]) -> Iterator[str]:
    yield ",".join(_BAR_COLUMNS) + "\n"
    for part in stretch:
        starts = np.frombuffer(part.data, dtype="<i8", count=part.n)
        values = np.frombuffer(part.data, dtype="<f8", offset=8 * part.n, count=5 * part.n).reshape(5, part.n)
        for start, row in zip(starts.tolist(), values.T.tolist(), strict=True):
            moment = datetime.fromtimestamp(start / 1_000_000, UTC)
            yield f"{moment.isoformat()},{','.join('' if value != value else repr(value) for value in row)}\n"  # noqa: PLR0124


def _file_name(text: str) -> str:
    return "".join(each if each.isalnum() or each in ".-" else "_" for each in text)[:80]
