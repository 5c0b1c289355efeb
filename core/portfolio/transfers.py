"""What comes into an account, or leaves it, without being bought or sold: transfers, opening balances, adjustments.

Between two of the investor's own accounts one row books both sides: the lots move as they are, because a
transfer without a change of owner is no sale (Income-tax Act s. 2(47)), so cost and holding period stay.
"""

from __future__ import annotations

from decimal import Decimal

from core.portfolio.lots import Holding, Piece, Pool, part
from core.portfolio.matching import take
from core.portfolio.model import NOTHING, ONE, Account, FlowWhat, Transaction
from core.portfolio.trades import came_in, charges_of, missing_cost, plain
from core.portfolio.working import Terms, Work


def transfer_in(work: Work, row: Transaction) -> None:
    """From outside, or out of the counter account."""
    if row.symbol:
        if row.counter_account_id is None:
            _units_in(work, row, row.quantity or NOTHING)
        else:
            _between(work, row, row.counter_account_id, row.account_id)
    else:
        _cash(work, row, ONE)


def transfer_out(work: Work, row: Transaction) -> None:
    """To outside, or into the counter account."""
    if row.symbol:
        if row.counter_account_id is None:
            _units_out(work, row, row.quantity or NOTHING)
        else:
            _between(work, row, row.account_id, row.counter_account_id)
    else:
        _cash(work, row, -ONE)


def opening_balance(work: Work, row: Transaction) -> None:
    """What was there when the ledger begins: units at their cost, or cash; a contribution of that day."""
    if row.symbol:
        _units_in(work, row, row.quantity or NOTHING)
    else:
        _cash(work, row, ONE)


def adjustment(work: Work, row: Transaction) -> None:
    """A correction towards what the broker says; counted as brought in or taken out, so that it is no gain."""
    if not row.symbol:
        _cash(work, row, ONE)
    elif row.quantity is not None and row.quantity < 0:
        _units_out(work, row, -row.quantity)
    else:
        _units_in(work, row, row.quantity or NOTHING)


def _cash(work: Work, row: Transaction, sign: Decimal) -> None:
    terms = Terms(work, row)
    amount = sign * (row.gross or NOTHING) * terms.to_purse
    charges = (row.fees + row.taxes) * terms.to_purse
    counter = row.counter_account_id
    work.enter(row, row.account_id, "", NOTHING, amount - charges, terms.purse, NOTHING, "")
    work.contribute(row, row.account_id, amount, terms.purse, counter=counter)
    if counter is not None:
        # What the other account sees moves in the same currency; it may keep it as a purse of its own.
        work.enter(row, counter, "", NOTHING, -amount, terms.purse, NOTHING, "")
        work.contribute(row, counter, -amount, terms.purse, counter=row.account_id)
        other = work.accounts[counter]
        if other.currency != terms.purse:
            work.find(
                "currency_gap",
                row,
                f"{terms.purse} moved to or from {other.name}, an account in {other.currency}; kept apart.",
                "Enter the two sides as a withdrawal and a deposit, each in its account's currency.",
            )


def _units_in(work: Work, row: Transaction, quantity: Decimal) -> None:
    terms = Terms(work, row, moves_money=row.gross is not None or bool(row.fees or row.taxes))
    holding = terms.holding
    assert holding is not None
    gross = row.gross
    cost: Decimal | None = None
    if gross is None:
        missing_cost(work, row, quantity)
    elif terms.to_position is not None:
        cost = gross * terms.to_position
    charges_of(row, terms)
    before = holding.invested
    rate = terms.rate if cost is not None else None
    came_in(
        work, row, holding, Piece(row.on, row.on, quantity, cost, row.id, row.kind, rate, row.isin), cost, sale=False
    )
    _enter_units(work, row, terms, quantity, holding.invested - before)
    what: FlowWhat = "unknown" if cost is None else "stated"
    work.contribute(row, row.account_id, cost or NOTHING, holding.currency, what, row.symbol, quantity)


def _units_out(work: Work, row: Transaction, quantity: Decimal) -> None:
    terms = Terms(work, row, moves_money=row.gross is not None or bool(row.fees or row.taxes))
    holding = terms.holding
    assert holding is not None
    charges_of(row, terms)
    before = holding.invested
    _, gone = _take_out(work, row, holding, quantity)
    _enter_units(work, row, terms, -quantity, holding.invested - before)
    amount, what = _worth(row, terms, gone)
    work.contribute(row, row.account_id, -amount, holding.currency, what, row.symbol, -quantity)


def _enter_units(work: Work, row: Transaction, terms: Terms, quantity: Decimal, cost: Decimal) -> None:
    assert terms.holding is not None
    charges = (row.fees + row.taxes) * terms.to_purse
    work.enter(row, row.account_id, row.symbol, quantity, -charges, terms.purse, cost, terms.holding.currency)


def _worth(row: Transaction, terms: Terms, gone: Pool) -> tuple[Decimal, FlowWhat]:
    gross = row.gross
    if gross is not None and terms.to_position is not None:
        return gross * terms.to_position, "stated"
    return (NOTHING, "unknown") if gone.unknown else (gone.cost, "cost")


def _take_out(work: Work, row: Transaction, holding: Holding, quantity: Decimal) -> tuple[list[Piece], Pool]:
    """Lots and pool of units that leave without a sale; what was never there leaves as a negative quantity."""
    held = min(quantity, max(holding.quantity, NOTHING))
    pieces = take(holding, held, work.matching, row.lots) if held else []
    gone = holding.leave(held) if held else Pool(NOTHING, NOTHING, NOTHING)
    if missing := quantity - held:
        work.find(
            "sold_unheld",
            row,
            f"{row.symbol}: takes out {plain(missing)} that were never there.",
            "Add the purchase or an opening balance dated before it, or correct the quantity.",
        )
        holding.add(Piece(row.on, row.on, -missing, None, row.id, row.kind, None, row.isin), None)
        pieces.append(Piece(row.on, row.on, missing, None, row.id, row.kind, None, row.isin))
        gone.quantity += missing
        gone.unknown += missing
    return pieces, gone


def _between(work: Work, row: Transaction, source_id: int, target_id: int) -> None:
    """Units from one own account to the other, lots and average cost with them."""
    terms = Terms(work, row, moves_money=bool(row.fees or row.taxes))
    mine = terms.holding
    assert mine is not None
    quantity = row.quantity or NOTHING
    source = work.holding(source_id, row.symbol, mine.currency)
    target = work.holding(target_id, row.symbol, source.currency)
    if not target.quantity:
        target.currency = source.currency
        work.usual.clear()
    charges_of(row, terms)
    before = source.invested
    pieces, gone = _take_out(work, row, source, quantity)
    left = source.invested - before
    known = target.currency == source.currency
    if not known:
        work.find(
            "mixed_currency",
            row,
            f"{row.symbol} is kept in {source.currency} on one side and in {target.currency} on the other.",
            "Keep an instrument in the currency it trades in on both sides.",
        )
    before = target.invested
    _arrive(work, row, target, pieces, gone, (work.accounts[source_id], work.accounts[target_id]), known=known)
    came = target.invested - before
    for account_id, units, cost, holding in (
        (source_id, -quantity, left, source),
        (target_id, quantity, came, target),
    ):
        charges = (row.fees + row.taxes) * terms.to_purse if account_id == row.account_id else NOTHING
        work.enter(row, account_id, row.symbol, units, -charges, terms.purse, cost, holding.currency)
    amount, what = _worth(row, terms, gone)
    work.contribute(row, source_id, -amount, source.currency, what, row.symbol, -quantity, target_id)
    work.contribute(row, target_id, amount, source.currency, what, row.symbol, quantity, source_id)


def _arrive(
    work: Work,
    row: Transaction,
    target: Holding,
    pieces: list[Piece],
    gone: Pool,
    way: tuple[Account, Account],
    *,
    known: bool,
) -> None:
    """Put moved lots into the target; its account's currency decides whether their rates still say anything."""
    source, destination = way
    pool = Pool(gone.quantity, gone.cost, gone.unknown)
    for piece in pieces:
        if not known:
            piece.cost = None
        if destination.currency == target.currency:
            piece.rate = ONE
        elif destination.currency != source.currency:
            piece.rate = None
    receive(work, row, target, pieces, pool, known=known)


def receive(work: Work, row: Transaction, target: Holding, pieces: list[Piece], pool: Pool, *, known: bool) -> None:
    """Put lots, and the pool they belong to, into a position.

    Lots and pool keep their own sums, which differ after part of a position was sold (average against first in), so
    the pool is shared out over the lots by quantity only where some of them cover what was sold before it was held.
    """
    if pool.quantity < 0 < target.quantity:
        # What was sold before it was held arrives where some are held: these cover it.
        mine, my_pool = target.empty()
        receive(work, row, target, pieces, pool, known=known)
        receive(work, row, target, mine, my_pool, known=True)
        return
    if target.quantity >= 0 or pool.quantity < 0:
        target.lots += pieces
        target.quantity += pool.quantity
        target.invested += pool.cost if known else NOTHING
        target.unknown += pool.unknown if known else pool.quantity
        return
    for piece in pieces:
        share = _share(pool, piece.quantity) if known else None
        came_in(work, row, target, piece, share, sale=False)


def _share(pool: Pool, quantity: Decimal) -> Decimal | None:
    if pool.unknown:
        return None
    share = part(pool.cost, quantity, pool.quantity)
    pool.cost -= share
    pool.quantity -= quantity
    return share
