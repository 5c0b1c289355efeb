"""What each kind of transaction does: one function a kind, and the table `EFFECTS` of them.

Purchases cost quantity x price with fees and taxes in the economic view; the tax cost leaves taxes out, because
securities transaction tax is no cost of acquisition (Income-tax Act, proviso to s. 48). docs/portfolio.md has
the whole table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from core.portfolio import corporate, transfers
from core.portfolio.model import NOTHING, Kind, Transaction
from core.portfolio.trades import bought, income_of, sold
from core.portfolio.working import Terms, Work, terms_of

Effect = Callable[[Work, Transaction], None]


def _buy(work: Work, row: Transaction) -> None:
    assert row.quantity is not None
    bought(work, row, row.quantity, row.gross)


def _sell(work: Work, row: Transaction) -> None:
    assert row.quantity is not None
    sold(work, row, row.quantity, row.gross)


def _income(work: Work, row: Transaction) -> None:
    """Dividend and interest: cash comes, the position stays. Also after everything was sold (record date before)."""
    terms = terms_of(work, row)
    gross = row.gross or NOTHING
    income_of(row, terms, gross)
    received = (gross - row.fees - row.taxes) * terms.to_purse
    currency = terms.holding.currency if terms.holding else ""
    work.enter(row, row.account_id, row.symbol, NOTHING, received, terms.purse, NOTHING, currency)


def _charge(work: Work, row: Transaction) -> None:
    """Fee and tax: cash goes, noted with the position where the row names one; never part of its cost."""
    terms = Terms(work, row)
    amount = row.gross or NOTHING
    holding = terms.holding
    if holding is not None and terms.to_position is not None:
        fees, taxes = row.fees, row.taxes
        if row.kind is Kind.FEE:
            fees += amount
        else:
            taxes += amount
        holding.fees += fees * terms.to_position
        holding.taxes += taxes * terms.to_position
    paid = (amount + row.fees + row.taxes) * terms.to_purse
    work.enter(
        row, row.account_id, row.symbol, NOTHING, -paid, terms.purse, NOTHING, holding.currency if holding else ""
    )


def _deposit(work: Work, row: Transaction) -> None:
    _money(work, row, (row.gross or NOTHING), -row.fees - row.taxes)


def _withdrawal(work: Work, row: Transaction) -> None:
    _money(work, row, -(row.gross or NOTHING), -row.fees - row.taxes)


def _money(work: Work, row: Transaction, amount: Decimal, charges: Decimal) -> None:
    """Money from or to outside; charges are paid out of the account and are no contribution."""
    terms = Terms(work, row)
    work.enter(row, row.account_id, "", NOTHING, (amount + charges) * terms.to_purse, terms.purse, NOTHING, "")
    work.contribute(row, row.account_id, amount * terms.to_purse, terms.purse)


EFFECTS: Mapping[Kind, Effect] = {
    Kind.BUY: _buy,
    Kind.SELL: _sell,
    Kind.DIVIDEND: _income,
    Kind.INTEREST: _income,
    Kind.FEE: _charge,
    Kind.TAX: _charge,
    Kind.DEPOSIT: _deposit,
    Kind.WITHDRAWAL: _withdrawal,
    Kind.TRANSFER_IN: transfers.transfer_in,
    Kind.TRANSFER_OUT: transfers.transfer_out,
    Kind.OPENING_BALANCE: transfers.opening_balance,
    Kind.ADJUSTMENT: transfers.adjustment,
    Kind.SPLIT: corporate.split,
    Kind.BONUS: corporate.bonus,
    Kind.RIGHTS: corporate.rights,
    Kind.SPIN_OFF: corporate.spin_off,
    Kind.MERGER: corporate.merger,
    Kind.RETURN_OF_CAPITAL: corporate.return_of_capital,
    Kind.SYMBOL_CHANGE: corporate.symbol_change,
}
