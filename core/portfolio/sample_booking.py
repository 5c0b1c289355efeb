"""The sample portfolio in an investor's own book: loaded as one import, taken back as one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from zoneinfo import ZoneInfo

from core import clock
from core.accounts.model import Account as Investor
from core.market.service import Market, market
from core.portfolio import book
from core.portfolio.errors import LedgerError
from core.portfolio.model import Account
from core.portfolio.sample import ACCOUNTS, FILE_NAME, SOURCE, Sample, sample

_INDIA = ZoneInfo("Asia/Kolkata")


class SampleAway(LedgerError):
    """No source answers with the prices the sample is made of; nothing was stored."""


def prepare(service: Market | None = None) -> Sample:
    """Today's sample, kept in the process from here on."""
    return sample(service or market(), clock.now().astimezone(_INDIA).date())


def load(investor: Investor, service: Market | None = None) -> book.Batch:
    """Put the sample into the investor's book, in accounts of its own; a second time adds nothing.

    Raises:
        SampleAway: there are no prices to make it of.
    """
    made = prepare(service)
    if not any(row.symbol for row in made.transactions):
        raise SampleAway("The market gives no prices to make a sample of.", "Try again later, or import a file.")
    numbers = _accounts(investor, made)
    rows = [replace(row, account_id=numbers[row.account_id]) for row in made.transactions]
    # The same for every day: a sample that was taken back may be loaded again, one that is there adds nothing.
    name = hashlib.sha256(FILE_NAME.encode()).hexdigest()
    return book.add_many(investor, rows, source=SOURCE, file_name=FILE_NAME, file_hash=name)


def loaded(investor: Investor) -> book.Batch | None:
    """The sample in this investor's book; None when there is none, or it was taken back."""
    for each in book.batches(investor):
        if each.source == SOURCE and each.undone_at is None:
            return each
    return None


def remove(investor: Investor) -> int:
    """Take the sample back and close its accounts, where nothing of the investor's own is in them. Rows that went."""
    batch = loaded(investor)
    if batch is None or batch.id is None:
        return 0
    gone = book.undo_batch(investor, batch.id)
    names = {each.name for each in ACCOUNTS}
    for each in book.accounts(investor):
        if each.name in names and not each.closed and not book.transactions(investor, accounts=[each.id], size=1).total:
            book.close_account(investor, each.id, each.version)
    return gone


def _accounts(investor: Investor, made: Sample) -> dict[int, int]:
    """The sample's numbers -> those of the investor's accounts of the same names, opened where they are missing."""
    mine = {each.name: each for each in book.accounts(investor)}
    return {each.id: _open(investor, mine.get(each.name), each).id for each in made.accounts}


def _open(investor: Investor, mine: Account | None, wanted: Account) -> Account:
    if mine is None:
        return book.open_account(investor, wanted.name, wanted.kind, wanted.currency, wanted.institution)
    return book.change_account(investor, replace(mine, closed=False)) if mine.closed else mine
