"""People for tests, made in the database without the ways of the real registration (which has tests of its own)."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

from sqlalchemy import text

from core import clock
from core.accounts import people
from core.accounts.model import Account
from db.session import read_session, unit_of_work

_numbers = itertools.count(1)


def investor(name: str = "Asha Rao", *, email: str | None = None, **preferences: Any) -> Account:
    """A registered investor with an address of their own; `preferences` are columns of that table."""
    return _made(name, "registered", "investor", email, preferences)


def admin(name: str = "Ravi Admin") -> Account:
    """An active admin."""
    return _made(name, "registered", "admin", None, {})


def visitor() -> Account:
    """A demo visitor: without an address, for a day."""
    return _made("Visitor", "demo_visitor", "investor", None, {})


def rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a statement finds, in the database of the process."""
    with read_session() as session:
        return [tuple(row) for row in session.execute(text(statement), values)]


def _made(name: str, kind: str, role: str, email: str | None, preferences: dict[str, Any]) -> Account:
    number = next(_numbers)
    demo = kind != "registered"
    address = None if demo else email or f"person{number}@example.com"
    now = clock.now()
    with unit_of_work() as session:
        account_id = session.scalar(
            text(
                "INSERT INTO accounts (owner, kind, role, user_name, user_name_key, name, email, email_key,"
                " password_hash, state, state_reason, limits_exempt, created_at, expires_at, version) VALUES (:owner,"
                " :kind, :role, :user, :user, :name, :email, :email, :hash, 'active', '', false, :now,"
                " CASE WHEN :demo THEN CAST(:now AS timestamptz) + interval '1 day' END, 1) RETURNING id"
            ),
            {
                "owner": hashlib.sha256(f"person {number}".encode()).hexdigest(),
                "kind": kind,
                "role": role,
                "user": f"person{number}",
                "name": name,
                "email": address,
                "hash": None if demo else "none",
                "now": now,
                "demo": demo,
            },
        )
        if preferences:
            values = {
                "risk_tolerance": "",
                "horizon": "",
                "experience": "",
                "base_currency": "INR",
                "number_format": "auto",
                "timezone": "Asia/Kolkata",
                "default_model": "",
                "privacy": False,
                "report": "none",
                "report_hour": 18,
            } | preferences
            names = ", ".join(values)
            session.execute(
                text(
                    f"INSERT INTO preferences (account_id, {names}, saved_at)"
                    f" VALUES (:account_id, {', '.join(':' + name for name in values)}, :now)"
                ),
                values | {"account_id": account_id, "now": now},
            )
    return people.get(int(account_id or 0))
