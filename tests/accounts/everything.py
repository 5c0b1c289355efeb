"""A row of a person in every table that can hold one, whatever tables there are: made from the metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, Table, insert, select
from sqlalchemy.orm import Session as Work

from core import clock
from core.accounts.model import Account
from db.base import Base
from db.repositories.accounts_personal import personal_tables


def give_everything(work: Work, account: Account) -> None:
    """One row in each personal table but `accounts`."""
    made: dict[str, Mapping[str, Any]] = {}
    for name in personal_tables():
        if name == "accounts":
            continue
        table = Base.metadata.tables[name]
        values = {column.name: _value(table, column, account, made) for column in table.columns if _needed(column)}
        made[name] = work.execute(insert(table).values(values).returning(*table.primary_key.columns)).one()._mapping


def rows_of(work: Work, account: Account) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of a person as the database has it, secrets too."""
    from db.repositories.accounts_personal import Whose, _mine

    whose = Whose(account.id, account.owner, account.email)
    return {
        name: [tuple(row) for row in work.execute(select(table).where(_mine(table, whose)))]
        for name in personal_tables()
        if (table := Base.metadata.tables[name]) is not None
    }


def _needed(column: Column[Any]) -> bool:
    if column.identity is not None:
        return False
    return not column.nullable or column.name in {"account_id", "owner"}


def _value(table: Table, column: Column[Any], account: Account, made: Mapping[str, Mapping[str, Any]]) -> Any:
    if column.name == "account_id":
        return account.id
    if column.name == "owner":
        return account.owner
    for key in column.foreign_keys:
        if key.column.table.name in made:
            return made[key.column.table.name][key.column.name]
    if column.name == "recipient":
        return account.email or "demo@example.com"
    if (words := _allowed(table, column)) is not None:
        return words
    kind = column.type.python_type
    values: dict[type, Any] = {
        str: f"{account.user_name} {column.name}",
        int: 1,
        float: 1.0,
        bool: False,
        bytes: bytes(56),
        datetime: clock.now(),
        date: clock.now().date(),
        Decimal: Decimal(1),
        UUID: uuid4(),
        object: {"note": account.user_name},  # JSON
        dict: {"note": account.user_name},
        list: [],
    }
    return values[kind]


def _allowed(table: Table, column: Column[Any]) -> str | None:
    """The first of the words that a table's rule allows in a column."""
    for rule in table.constraints:
        if isinstance(rule, CheckConstraint):
            found = re.match(rf"{column.name} IN \('([^']*)'", str(rule.sqltext))
            if found:
                return found[1]
    return None
