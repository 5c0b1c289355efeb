"""Nothing of one investor's book is reached by another: whatever takes a number is tried with somebody else's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import psycopg.errors
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Work

from core.accounts.model import Account as Investor
from core.portfolio import actions, assets, book, recurring
from core.portfolio import proposals as proposed
from core.portfolio.errors import LedgerError
from core.portfolio.kept import forget
from core.portfolio.model import Account, Kind, Transaction
from core.portfolio.proposals import Proposal, key_of
from core.portfolio.recurring import Plan
from db.repositories import (
    portfolio_accounts,
    portfolio_assets,
    portfolio_changes,
    portfolio_imports,
    portfolio_plans,
    portfolio_transactions,
)
from db.repositories.accounts_personal import personal_tables
from tests.accounts.everything import rows_of
from tests.accounts.persons import person
from tests.portfolio.books import row

REPOSITORIES: tuple[ModuleType, ...] = (
    portfolio_accounts,
    portfolio_assets,
    portfolio_changes,
    portfolio_imports,
    portfolio_plans,
    portfolio_transactions,
)


class Two:
    """Asha, who acts, and Ravi, whose numbers she guesses."""

    def __init__(self) -> None:
        forget()
        self.asha, self.ravi = person("asha"), person("ravi")
        self.mine: Account = book.open_account(self.asha, "Kite", "broker", "INR")
        self.his: Account = book.open_account(self.ravi, "Kite", "broker", "INR")
        bought = row(Kind.BUY, "2024-05-06", "INFY.NS", quantity=1, price=1500, account_id=self.his.id)
        batch = book.add_many(
            self.ravi, [replace(bought, external_id="T1")], source="z", file_name="ravi.csv", file_hash="0" * 64
        )
        self.batch = batch.id or 0
        self.row: Transaction = book.transactions(self.ravi).rows[0]
        self.removed: Transaction = book.add(self.ravi, replace(bought, note="secret of ravi"))
        book.remove(self.ravi, self.removed.id or 0, self.removed.version)
        self.gold = book.add_asset(self.ravi, "Gold of ravi", "gold", "INR").symbol
        book.set_asset_price(self.ravi, self.gold, date(2024, 1, 1), Decimal(6000))
        book.remember_mapping(self.ravi, "date|symbol", {"ravi": 1})
        self.plan: Plan = book.add_plan(
            self.ravi, Plan(0, self.his.id, "sip", "INFY.NS", Decimal(500), "INR", "month", date(2026, 1, 1))
        )

    def buy(self, **told: Any) -> Transaction:
        return row(Kind.BUY, "2024-05-06", "INFY.NS", **{"quantity": 1, "price": 1, "account_id": self.mine.id} | told)


Act = Callable[[Investor, Two], object]

REFUSED: dict[str, Act] = {
    "add to his account": lambda me, two: book.add(me, two.buy(account_id=two.his.id)),
    "transfer into his account": lambda me, two: book.add(
        me,
        row(
            Kind.TRANSFER_OUT,
            "2024-05-06",
            amount=1,
            account_id=two.mine.id,
            counter_account_id=two.his.id,
        ),
    ),
    "import into his account": lambda me, two: book.add_many(
        me, [two.buy(account_id=two.his.id)], source="z", file_name="f", file_hash="0" * 64
    ),
    "buy his gold": lambda me, two: book.add(me, replace(two.buy(), symbol=two.gold)),
    "price his gold": lambda me, two: book.set_asset_price(me, two.gold, date(2024, 1, 1), Decimal(1)),
    "read the prices of his gold": lambda me, two: book.asset_prices(me, two.gold),
    "change his row": lambda me, two: book.change(me, replace(two.row, account_id=two.mine.id)),
    "remove his row": lambda me, two: book.remove(me, two.row.id or 0, two.row.version),
    "restore his row": lambda me, two: book.restore(me, two.removed.id or 0),
    "read his row": lambda me, two: book.transaction(me, two.row.id or 0),
    "read what was done to his row": lambda me, two: book.history(me, two.row.id or 0),
    "undo his import": lambda me, two: book.undo_batch(me, two.batch),
    "rename his account": lambda me, two: book.change_account(me, replace(two.his, name="Mine now")),
    "close his account": lambda me, two: book.close_account(me, two.his.id, two.his.version),
    "plan in his account": lambda me, two: book.add_plan(me, replace(two.plan, id=0)),
    "end his plan": lambda me, two: book.end_plan(me, two.plan.id, two.plan.version),
    "accept a proposal of his": lambda me, two: book.accept(me, _proposal(two)),
}
EMPTY: dict[str, Act] = {
    "his rows by account": lambda me, two: book.transactions(me, accounts=[two.his.id]).rows,
    "his rows by batch": lambda me, two: book.transactions(me, batch_id=two.batch).rows,
    "his removed rows": lambda me, two: book.transactions(me, removed=True, search="secret").rows,
    "his ledger": lambda me, two: book.ledger(me, accounts=[two.his.id]).transactions,
    "all of the ledger": lambda me, two: book.ledger(me).transactions,
    "what his broker calls his rows": lambda me, two: book.known_identities(me, two.his.id, "z"),
    "his imports": lambda me, two: book.batches(me),
    "his assets": lambda me, two: book.own_assets(me),
    "his mapping": lambda me, two: book.import_mapping(me, "date|symbol") or (),
    "his plans": lambda me, two: book.plans(me),
    "what is proposed to him": lambda me, two: recurring.proposals(me).proposals,
}
OWN_ONLY = {"add_asset", "dismiss", "open_account", "remember_mapping", "revision_of", "accounts", "proposals"}
"""Take nothing by which somebody else's could be named."""


def _proposal(two: Two) -> Proposal:
    made = two.buy(account_id=two.his.id, source="plan", external_id=f"plan {two.plan.id} 2026-01-01")
    return Proposal(key_of(made), made, "", "", two.ravi.created_at)


def test_nothing_of_anothers_is_touched(db: Work) -> None:
    two = Two()
    before = rows_of(db, two.ravi)
    for name, act in REFUSED.items():
        with pytest.raises(LedgerError) as error:
            act(two.asha, two)
        assert "ravi" not in str(error.value).replace(two.gold, ""), name
        assert rows_of(db, two.ravi) == before, name


def test_nothing_of_anothers_is_seen(db: Work) -> None:
    two = Two()
    for act, look in EMPTY.items():
        assert not look(two.asha, two), act


def test_everything_the_book_can_do_was_tried() -> None:
    tried = {*REFUSED.values(), *EMPTY.values()}
    names = {name for act in tried for name in act.__code__.co_names}
    public = {name for name in book.__all__ if inspect.isfunction(getattr(book, name))}
    assert public - names - OWN_ONLY == set()
    assert {module.__name__ for module in (actions, assets, recurring, proposed)}


def test_every_repository_is_made_for_one_person() -> None:
    for module in REPOSITORIES:
        for name, made in inspect.getmembers(module, inspect.isclass):
            if name.endswith("Repository") and made.__module__ == module.__name__:
                assert list(inspect.signature(made).parameters) == ["session", "person"]


def test_every_table_of_ledgers_is_personal() -> None:
    import db.tables.portfolio as tables

    named = {
        made.__tablename__ for _, made in inspect.getmembers(tables, inspect.isclass) if hasattr(made, "__tablename__")
    }
    assert len(named) == 10
    assert named <= set(personal_tables())


def test_the_database_itself_refuses_a_row_in_anothers_account(db: Work) -> None:
    two = Two()
    with pytest.raises(IntegrityError) as error:
        db.execute(
            text("UPDATE transactions SET ledger_account_id = :mine WHERE id = :id"),
            {"mine": two.mine.id, "id": two.row.id},
        )
    assert isinstance(error.value.orig, psycopg.errors.ForeignKeyViolation)
