"""SQL that hands what one owner has to another: a browser's files, layouts and watches to the account it opens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, exists, func, literal, select, text, union, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

import db.tables  # noqa: F401 - registers every table with the metadata
from db.base import Base
from db.tables.accounts import AccountRow
from db.tables.market import Layout, Watch

BY_SYMBOL = ("instruments", "series", "actions", "import_reports")
"""Tables whose rows belong to an owner's own instrument; they change hands together."""

_LONGEST_SYMBOL = 24


@dataclass(frozen=True, slots=True)
class Handed:
    """How much changed hands, and what was renamed because the new owner had something of that name."""

    instruments: int
    layouts: int
    watches: int
    renamed: tuple[tuple[str, str], ...]

    @property
    def total(self) -> int:
        """All of it."""
        return self.instruments + self.layouts + self.watches


class AdoptionRepository:
    """What is `giver`'s becomes `taker`'s."""

    def __init__(self, session: Session, giver: str, taker: str) -> None:
        self._session = session
        self._giver = giver
        self._taker = taker

    def giver_is_an_account(self) -> bool:
        """Whether the giver is somebody's account: accounts are never taken over."""
        return bool(self._session.scalar(select(exists().where(AccountRow.owner == self._giver))))

    def hand_over(self) -> Handed:
        """Do it. Two at once follow one another."""
        self._session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 0))"), {"owner": f"adopt {self._taker}"}
        )
        renamed: list[tuple[str, str]] = []
        taken = self._symbols(self._taker)
        given = self._symbols(self._giver)
        for symbol in sorted(given & taken):
            free = _free(symbol, taken | given | {name for _, name in renamed}, "_", _LONGEST_SYMBOL)
            self._rename_symbol(symbol, free)
            renamed.append((symbol, free))
        counts = {name: self._move(Base.metadata.tables[name]) for name in BY_SYMBOL}
        layouts = self._layouts(renamed)
        watches = self._watches()
        handed = Handed(counts["instruments"], layouts, watches, tuple(renamed))
        if handed.total:
            self._session.execute(text("SELECT pg_notify('cache_bust', 'own')"))
        return handed

    def _symbols(self, owner: str) -> set[str]:
        tables = [Base.metadata.tables[name] for name in BY_SYMBOL]
        return set(self._session.scalars(union(*(select(one.c.symbol).where(one.c.owner == owner) for one in tables))))

    def _rename_symbol(self, before: str, after: str) -> None:
        for name in (*BY_SYMBOL, "watches"):
            table = Base.metadata.tables[name]
            self._session.execute(
                update(table).where(table.c.owner == self._giver, table.c.symbol == before).values(symbol=after)
            )
        payload: Any = func.jsonb_set(Layout.payload, ["symbol"], func.to_jsonb(after))
        self._session.execute(
            update(Layout)
            .where(Layout.owner == self._giver, Layout.payload["symbol"].astext == before)
            .values(payload=payload)
            .execution_options(synchronize_session=False)
        )

    def _move(self, table: Table) -> int:
        return self._count(
            update(table).where(table.c.owner == self._giver).values(owner=self._taker).returning(table.c.owner)
        )

    def _layouts(self, renamed: list[tuple[str, str]]) -> int:
        mine = set(self._session.scalars(select(Layout.name).where(Layout.owner == self._taker)))
        theirs = set(self._session.scalars(select(Layout.name).where(Layout.owner == self._giver)))
        for name in sorted(mine & theirs):
            free = _free(name, mine | theirs | {new for _, new in renamed}, " ", 200)
            self._session.execute(
                update(Layout).where(Layout.owner == self._giver, Layout.name == name).values(name=free)
            )
            renamed.append((name, free))
        return self._count(
            update(Layout).where(Layout.owner == self._giver).values(owner=self._taker).returning(Layout.name)
        )

    def _watches(self) -> int:
        given = select(literal(self._taker), Watch.symbol, Watch.since).where(Watch.owner == self._giver)
        copied = self._count(
            insert(Watch)
            .from_select(["owner", "symbol", "since"], given)
            .on_conflict_do_nothing()
            .returning(Watch.symbol)
        )
        self._session.execute(delete(Watch).where(Watch.owner == self._giver))
        return copied

    def _count(self, statement: Any) -> int:
        return len(self._session.execute(statement, execution_options={"synchronize_session": False}).all())


def _free(name: str, taken: set[str], separator: str, longest: int) -> str:
    number = 2
    while True:
        ending = f"{separator}{number}"
        candidate = name[: longest - len(ending)] + ending
        if candidate not in taken:
            return candidate
        number += 1
