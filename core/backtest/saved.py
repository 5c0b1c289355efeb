"""Strategies an investor saves: under a link, version by version, for oneself or for whoever has the link."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from core import clock
from core.accounts.errors import InvalidInput, NotAllowed
from core.accounts.model import Account
from core.backtest.kept import clean_title
from core.backtest.recipe import Recipe, recipe_of
from db.repositories.backtests import StoredStrategy, StrategyRepository
from db.session import read_session, unit_of_work

MOST = 200
"""Strategies one account may have."""
MOST_VERSIONS = 200


@dataclass(frozen=True)
class Saved:
    """A version of a saved strategy.

    Attributes:
        link: what an address carries (?strategy=...); the same for all versions.
        shared: whoever has the link may open and copy it, signed in or not.
        own: it is the reader's own.
    """

    link: str
    version: int
    name: str
    recipe: Recipe
    shared: bool
    saved_at: datetime
    own: bool


def save(account: Account, name: str, recipe: Recipe, *, link: str | None = None) -> Saved:
    """Save a recipe: as a new strategy, or as the next version of one's own under `link`.

    A version that changes nothing is not added.

    Raises:
        InvalidInput: the name cannot be, or there are too many strategies or versions.
        NotAllowed: the link is not one of this account's.
        DatabaseProblem: the database does not answer.
    """
    title = clean_title(name, "name")
    now = clock.now()
    with unit_of_work() as work:
        repository = StrategyRepository(work, account.id)
        repository.hold()
        if link is None:
            if repository.count() >= MOST:
                raise InvalidInput("strategies", f"You have {MOST} strategies already.", "Delete one first.")
            link, version, shared = secrets.token_urlsafe(16), 1, False
        else:
            before = repository.get(link)
            if before is None or before.account_id != account.id:
                raise NotAllowed("This strategy is not yours.", "Save it as a new one.")
            if before.recipe == recipe.document():
                repository.rename(link, title)
                return _saved(repository.get(link) or before, account)
            if before.version >= MOST_VERSIONS:
                raise InvalidInput("versions", f"There are {MOST_VERSIONS} versions already.", "Save it as a new one.")
            version, shared = before.version + 1, before.shared
        repository.add(link, version, title, recipe.document(), shared=shared, at=now)
        repository.rename(link, title)
    return Saved(link, version, title, recipe, shared, now, own=True)


def strategies_of(account: Account) -> tuple[Saved, ...]:
    """The newest version of each of the account's strategies, last saved first. Raises DatabaseProblem."""
    with read_session() as work:
        rows = StrategyRepository(work, account.id).all()
    return tuple(_saved(row, account) for row in rows)


def strategy(account: Account | None, link: str, version: int | None = None) -> Saved | None:
    """A strategy that is the reader's own or shared; None when there is none that they may read."""
    with read_session() as work:
        row = StrategyRepository(work, account.id if account else None).get(link[:64], version)
    return None if row is None else _saved(row, account)


def versions(account: Account | None, link: str) -> tuple[Saved, ...]:
    """All versions of a strategy that the reader may read, newest first."""
    with read_session() as work:
        rows = StrategyRepository(work, account.id if account else None).versions(link[:64])
    return tuple(_saved(row, account) for row in rows)


def share(account: Account, link: str, *, shared: bool) -> bool:
    """Open a strategy to whoever has its link, or close it; whether it is the account's."""
    with unit_of_work() as work:
        return StrategyRepository(work, account.id).share(link, shared=shared)


def remove(account: Account, link: str) -> bool:
    """Delete a strategy with all its versions; whether it was the account's."""
    with unit_of_work() as work:
        return StrategyRepository(work, account.id).remove(link)


def _saved(row: StoredStrategy, reader: Account | None) -> Saved:
    return Saved(
        row.link, row.version, row.name, recipe_of(row.recipe), row.shared, row.saved_at,
        own=reader is not None and row.account_id == reader.id,
    )  # fmt: skip
