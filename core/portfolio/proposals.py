"""Rows that are proposed and booked only when the investor says so: corporate actions and what recurs.

A proposal carries the identity of what it proposes, so it is booked once in an account however often, and from however
many tabs, it is accepted; and it is proposed no more once it was booked, dismissed, or booked and then removed by hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from core import clock
from core.accounts.model import Account as Investor
from core.portfolio.errors import AlreadyBooked, BadTransaction
from core.portfolio.model import Kind, Transaction
from core.portfolio.writing import Writer
from db.repositories.portfolio_plans import DismissalRepository
from db.repositories.portfolio_scope import LedgerLock, Person
from db.repositories.portfolio_transactions import TransactionRepository
from db.session import read_session, unit_of_work

Origin = Literal["action", "plan"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row that could be booked.

    Attributes:
        key: names it among all proposals of the investor.
        transaction: what would be booked; edit it before accepting where the broker says otherwise.
        why: a sentence for the investor.
        alternatives: other kinds it may be (a source tells a bonus as a split).
        missing: what is not known yet, a sentence; "" when the row is complete.
        source, as_of, simulated: where it was read, when that was true, and whether it is the simulated market.
    """

    key: str
    transaction: Transaction
    why: str
    source: str
    as_of: datetime
    simulated: bool = False
    alternatives: tuple[Kind, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Unasked:
    """An instrument whose source could not be asked, and why."""

    symbol: str
    because: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is proposed, the latest first, and which instruments could not be asked about."""

    proposals: tuple[Proposal, ...]
    unasked: tuple[Unasked, ...] = ()


def key_of(transaction: Transaction) -> str:
    """The name of a proposal: the same account, origin and identity are the same proposal."""
    return f"{transaction.account_id}/{transaction.source}/{transaction.external_id}"


def open_ones(investor: Investor, proposed: Proposed) -> Proposed:
    """What of it was neither booked (even if removed later) nor dismissed."""
    accounts = {(each.transaction.account_id, each.transaction.source) for each in proposed.proposals}
    with read_session() as work:
        person = Person(investor.id)
        rows = TransactionRepository(work, person)
        known = {
            f"{account}/{source}/{identity}"
            for account, source in accounts
            for identity in rows.identities(account, source)
        }
        known |= DismissalRepository(work, person).all()
    left = [each for each in proposed.proposals if each.key not in known]
    left.sort(key=lambda each: (each.transaction.on, each.key), reverse=True)
    return Proposed(tuple(left), proposed.unasked)


def accept(investor: Investor, proposal: Proposal, *, kind: Kind | None = None) -> Transaction:
    """Book a proposal, once.

    Args:
        kind: one of its `alternatives`, where the investor knows better.

    Raises:
        BadTransaction: the row was edited into something that cannot be, or something is missing in it.
        AlreadyBooked: it is in the ledger already.
    """
    row = proposal.transaction
    if kind is not None and kind is not row.kind:
        if kind not in proposal.alternatives:
            raise BadTransaction("kind", f"This cannot be booked as {kind.replace('_', ' ')}.", "Choose another kind.")
        row = as_kind(row, kind)
    if key_of(row) != proposal.key:
        raise BadTransaction(
            "account_id", "A proposal is booked in the account it was made for.", "Enter another row by hand instead."
        )
    with unit_of_work() as work:
        done = Writer(work, investor).add([row])
        if not done:
            raise AlreadyBooked(f"{proposal.why} It is in the ledger already.", "There is nothing to do.")
        return done[0]


def dismiss(investor: Investor, proposal: Proposal) -> None:
    """Propose this no more."""
    with unit_of_work() as work:
        person = Person(investor.id)
        LedgerLock(work, person)
        DismissalRepository(work, person).add(proposal.key[:300], clock.now())


def as_kind(row: Transaction, kind: Kind) -> Transaction:
    """A split as the bonus with the same outcome, or the other way round."""
    if row.ratio_new is None or row.ratio_old is None or {row.kind, kind} != {Kind.SPLIT, Kind.BONUS}:
        return replace(row, kind=kind)
    change = -row.ratio_old if kind is Kind.BONUS else row.ratio_old
    return replace(row, kind=kind, ratio_new=row.ratio_new + change)
