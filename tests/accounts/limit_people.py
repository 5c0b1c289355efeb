"""People for tests of limits, the log and maintenance: rows of accounts, made directly."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import text

from core import clock
from core.accounts.model import Account, Kind, Role
from db.session import unit_of_work

_numbers = count(1)

KEY = "only for tests, and long enough for the setting"
"""A secret key, so that no test makes a key's file."""


def person(
    role: Role = "investor", *, kind: Kind = "registered", last_seen_at: datetime | None = None, state: str = "active"
) -> Account:
    """A new account in the database."""
    number = next(_numbers)
    owner = f"{number:064x}"
    email = f"person{number}@example.in" if kind == "registered" else None
    now = clock.now()
    values = {
        "owner": owner,
        "kind": kind,
        "role": role,
        "user_name": f"Person{number}",
        "key": f"person{number}",
        "name": f"Person {number}",
        "email": email,
        "hash": "x" if email else None,
        "state": state,
        "now": now,
        "seen": last_seen_at or now,
        "expires": None if email else now + timedelta(days=1),
    }
    with unit_of_work() as session:
        made = session.scalar(
            text(
                "INSERT INTO accounts (owner, kind, role, user_name, user_name_key, name, email, email_key,"
                " password_hash, state, state_reason, limits_exempt, created_at, last_seen_at, expires_at, version)"
                " VALUES (:owner, :kind, :role, :user_name, :key, :name, :email, :email, :hash, :state, '', false,"
                " :now, :seen, :expires, 0) RETURNING id"
            ),
            values,
        )
    assert made is not None
    return Account(
        made, owner, kind, role, f"Person{number}", f"Person {number}", email, "active", now, values["expires"]
    )
