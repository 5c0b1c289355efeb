"""Print docs/tables.md: every table in its own words (`python -m db.tables > docs/tables.md`)."""

from __future__ import annotations

import inspect
import sys

import db.tables
from db.base import Base

_HEAD = """# Every table

Made of the tables' own docstrings by `python -m db.tables > docs/tables.md`; a test keeps it true. All SQL is in
`db/repositories/`. Rows of a person carry `account_id` (the account) or `owner` (a browser's or an account's key for
files), which is how the download of everything held about somebody and the deletion of an account find them.

The job queue's tables are procrastinate's, in the Postgres schema `jobs`.
"""


def described() -> str:
    """The page: a section an area, a row a table, areas and tables by name."""
    areas: dict[str, list[tuple[str, str, str]]] = {}
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        words = inspect.getdoc(mapper.class_) or ""
        columns = {column.name for column in table.columns}
        whose = "account" if "account_id" in columns else "owner" if "owner" in columns else ""
        area = mapper.class_.__module__.removeprefix("db.tables.")
        first = " ".join(words.split("\n\n")[0].split())
        areas.setdefault(area, []).append((str(getattr(table, "name", table)), whose, first))
    parts = [_HEAD]
    for area in sorted(areas):
        parts.append(f"\n## {area}\n\n| table | whose | one row is |\n|---|---|---|\n")
        parts += [f"| `{name}` | {whose} | {first} |\n" for name, whose, first in sorted(areas[area])]
    return "".join(parts)


if __name__ == "__main__":
    assert db.tables
    sys.stdout.write(described())
