"""A ledger of some accounts out of the ledger of all of them."""

from __future__ import annotations

from collections.abc import Iterable

from core.portfolio.model import Ledger


def restricted(ledger: Ledger, accounts: Iterable[int]) -> Ledger:
    """What of a ledger belongs to these accounts.

    Transfers between one of them and one that is left out are flows from and to outside, as they are in the whole.
    Restrictions to parts of a division of the accounts add up to the whole.
    """
    mine = frozenset(accounts)
    positions = tuple(each for each in ledger.positions if each.account_id in mine)
    return Ledger(
        tuple(each for each in ledger.accounts if each.id in mine),
        tuple(each for each in ledger.transactions if each.account_id in mine or each.counter_account_id in mine),
        tuple(each for each in ledger.entries if each.account_id in mine),
        positions,
        tuple(each for each in ledger.lots if each.account_id in mine),
        tuple(each for each in ledger.disposals if each.account_id in mine),
        tuple(each for each in ledger.flows if each.account_id in mine),
        tuple(each for each in ledger.findings if each.account_id in mine),
        {account: purses for account, purses in ledger.cash.items() if account in mine},
        ledger.matching,
        ledger.cash_kept & mine,
        {(each.account_id, each.symbol): each for each in positions},
    )
