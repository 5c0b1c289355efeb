"""Units bought and sold: the pool at average cost, the lots for tax, and sales of what was never bought."""

from __future__ import annotations

from decimal import Decimal

from core.portfolio.lots import Holding, Piece, part
from core.portfolio.matching import take
from core.portfolio.model import NOTHING, Disposal, Matching, Transaction
from core.portfolio.working import Terms, Work, terms_of

_UNHELD = "Add the purchase or an opening balance dated before it, or correct the quantity."


def bought(work: Work, row: Transaction, quantity: Decimal, gross: Decimal | None) -> None:
    """Units come in for money. What was sold before it was held is covered first; the rest is a new lot."""
    terms = terms_of(work, row)
    holding = terms.holding
    assert holding is not None
    sum_ = NOTHING if gross is None else gross
    paid = sum_ + row.fees + row.taxes
    tax_cost: Decimal | None = None
    economic: Decimal | None = None
    if gross is None:
        missing_cost(work, row, quantity)
    elif terms.to_position is not None:
        tax_cost, economic = (sum_ + row.fees) * terms.to_position, paid * terms.to_position
    charges_of(row, terms)
    before = holding.invested
    piece = Piece(row.on, row.on, quantity, tax_cost, row.id, row.kind, terms.rate, row.isin)
    came_in(work, row, holding, piece, economic, sale=True)
    work.enter(
        row,
        row.account_id,
        row.symbol,
        quantity,
        -paid * terms.to_purse,
        terms.purse,
        holding.invested - before,
        holding.currency,
    )


def came_in(
    work: Work, row: Transaction, holding: Holding, piece: Piece, economic: Decimal | None, *, sale: bool
) -> None:
    """Put units into a position; what was sold or sent off before it was held is covered first.

    Args:
        sale: the units were bought, so covering a sale realises a gain; otherwise too, at the cost they came with.
    """
    while holding.quantity < 0 and piece.quantity:
        short = holding.lots[0]
        units = min(-short.quantity, piece.quantity)
        sold_piece = short.split_off(-units)
        if not short.quantity:
            del holding.lots[0]
        covering = piece.split_off(units) if units < piece.quantity else piece
        economic_part = None if economic is None else part(economic, units, units + _rest(piece, covering))
        if economic is not None and economic_part is not None:
            economic -= economic_part
        _cover(work, row, holding, sold_piece, covering, economic_part, units)
        if not short.quantity and short.acquired_on == row.on and sale:
            _forget_unheld(work, short.transaction_id)
        if covering is piece:
            return
    holding.add(piece, economic)


def _rest(piece: Piece, covering: Piece) -> Decimal:
    return NOTHING if covering is piece else piece.quantity


def _cover(
    work: Work,
    row: Transaction,
    holding: Holding,
    sold_piece: Piece,
    covering: Piece,
    economic: Decimal | None,
    units: Decimal,
) -> None:
    gone = holding.leave(-units)
    if sold_piece.cost is None:
        return  # sent off, not sold: nothing was received, and the units and their cost go the same way
    received = -gone.cost
    if economic is None:
        holding.realised_unknown += received
    else:
        holding.realised += received - economic
    work.disposals.append(
        Disposal(
            row.account_id,
            holding.symbol,
            sold_piece.acquired_on,
            covering.acquired_on,
            covering.held_since,
            units,
            sold_piece.cost,
            covering.cost,
            NOTHING,
            NOTHING,
            sold_piece.transaction_id,
            covering.transaction_id,
            covering.isin or sold_piece.isin,
            holding.currency,
            covering.origin,
            covering.rate,
            sold_piece.rate,
            short=True,
        )
    )


def _forget_unheld(work: Work, transaction_id: int | None) -> None:
    """Sold and bought on one day is day trading, nothing to look at."""
    work.findings[:] = [
        each for each in work.findings if not (each.kind == "sold_unheld" and each.transaction_id == transaction_id)
    ]


def sold(work: Work, row: Transaction, quantity: Decimal, gross: Decimal | None) -> None:
    """Units go for money: lots by the method, the pool at average cost. What is not there goes below zero."""
    terms = terms_of(work, row)
    holding = terms.holding
    assert holding is not None
    sum_ = NOTHING if gross is None else gross
    received = sum_ - row.fees - row.taxes
    charges_of(row, terms)
    before = holding.invested
    dispose(work, row, holding, terms, quantity, sum_)
    work.enter(
        row,
        row.account_id,
        row.symbol,
        -quantity,
        received * terms.to_purse,
        terms.purse,
        holding.invested - before,
        holding.currency,
    )


def dispose(
    work: Work,
    row: Transaction,
    holding: Holding,
    terms: Terms,
    quantity: Decimal,
    gross: Decimal,
    lots: list[Piece] | None = None,
) -> None:
    """Take units out of lots and pool for `gross` (in the row's currency), and note what was gained.

    Args:
        lots: the very lots that go (fractions of a bonus); else the method chooses.
    """
    factor = terms.to_position
    net = NOTHING if factor is None else (gross - row.fees) * factor
    fees = NOTHING if factor is None else row.fees * factor
    taxes = NOTHING if factor is None else row.taxes * factor
    held = min(quantity, max(holding.quantity, NOTHING))
    short = quantity - held
    if held:
        mine, my_fees, my_taxes = part(net, held, quantity), part(fees, held, quantity), part(taxes, held, quantity)
        net, fees, taxes = net - mine, fees - my_fees, taxes - my_taxes
        taken = lots if lots is not None else take(holding, held, work.matching, row.lots)
        if row.lots and work.matching is Matching.SPECIFIC:
            _look_for_lots(work, row, taken)
        gone = holding.leave(held)
        if factor is None:
            # In a currency that cannot be compared: neither a gain nor a loss can be told.
            pass
        else:
            holding.realise(gone, mine - my_taxes)
            _note_disposals(work, row, holding, terms, taken, held, mine, my_fees, my_taxes)
    if short:
        work.find(
            "sold_unheld",
            row,
            f"{holding.symbol}: sells {plain(short)} that were never bought.",
            _UNHELD,
            holding.symbol,
        )
        piece = Piece(row.on, row.on, -short, None if factor is None else net, row.id, row.kind, terms.rate, row.isin)
        holding.add(piece, None if factor is None else taxes - net)


def _note_disposals(
    work: Work,
    row: Transaction,
    holding: Holding,
    terms: Terms,
    taken: list[Piece],
    quantity: Decimal,
    net: Decimal,
    fees: Decimal,
    taxes: Decimal,
) -> None:
    symbol, currency, disposals = holding.symbol, holding.currency, work.disposals
    for piece in taken:
        units = piece.quantity
        if units == quantity:
            mine, my_fees, my_taxes = net, fees, taxes
        else:
            mine = part(net, units, quantity)
            my_fees = part(fees, units, quantity) if fees else fees
            my_taxes = part(taxes, units, quantity) if taxes else taxes
            net, fees, taxes, quantity = net - mine, fees - my_fees, taxes - my_taxes, quantity - units
        disposals.append(
            Disposal(
                row.account_id,
                symbol,
                row.on,
                piece.acquired_on,
                piece.held_since,
                units,
                mine,
                piece.cost,
                my_fees,
                my_taxes,
                row.id,
                piece.transaction_id,
                row.isin or piece.isin,
                currency,
                piece.origin,
                piece.rate,
                terms.rate,
            )
        )


def _look_for_lots(work: Work, row: Transaction, taken: list[Piece]) -> None:
    for number, wanted in row.lots:
        there = sum((each.quantity for each in taken if each.transaction_id == number), NOTHING)
        if there < wanted:
            work.find(
                "lots_missing",
                row,
                f"{row.symbol}: of the lot chosen for the sale of {row.on}, {plain(wanted - there)} were not there.",
                "The oldest lots were taken instead; choose others.",
            )


def charges_of(row: Transaction, terms: Terms) -> None:
    """Note the fees and taxes of a row with its position."""
    holding, factor = terms.holding, terms.to_position
    if holding is not None and factor is not None and (row.fees or row.taxes):
        holding.fees += row.fees * factor
        holding.taxes += row.taxes * factor


def income_of(row: Transaction, terms: Terms, gross: Decimal) -> None:
    """Note what a position paid."""
    if terms.holding is not None and terms.to_position is not None:
        terms.holding.income += gross * terms.to_position
    charges_of(row, terms)


def missing_cost(work: Work, row: Transaction, quantity: Decimal) -> None:
    """Note that units came in without a cost."""
    work.find(
        "missing_cost",
        row,
        f"{row.symbol}: nobody said what {plain(quantity)} units of {row.on} cost.",
        "Add the price (what they cost when they were bought); until then gains on them are unknown.",
    )


def plain(quantity: Decimal) -> str:
    """A quantity in digits, without trailing zeros."""
    return f"{quantity.normalize():f}"
