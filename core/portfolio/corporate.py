"""Corporate actions: what a company does to the units its holders have.

In the economic view a bonus or a split changes the number of units and not what was invested. For tax (India,
Income-tax Act 1961): a split keeps cost and holding period; bonus units cost nil and are held from their allotment
(s. 55(2)(aa), s. 2(42A) expl. 1(f)); rights are held from their allotment (expl. 1(d)); shares out of a merger or
demerger are held since the old ones were (expl. 1(c), 1(g)), at their cost, which a demerger divides (s. 49(2), 49(2C),
49(2D)).
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from core.portfolio.lots import Holding, Piece, Pool, part, scaled
from core.portfolio.model import NOTHING, ONE, Transaction
from core.portfolio.trades import came_in, charges_of, dispose, plain
from core.portfolio.transfers import receive
from core.portfolio.working import Terms, Work


def split(work: Work, row: Transaction) -> None:
    """Every lot becomes `ratio_new` for `ratio_old`; a fraction paid out in cash is a sale of that fraction."""
    terms, holding = _terms(work, row)
    if _nothing_held(work, row, holding):
        _cash_only(work, row, terms)
        return
    assert row.ratio_new is not None
    assert row.ratio_old is not None
    before, cost = holding.quantity, holding.invested
    was_whole = _is_whole(before)
    after = scaled(before, row.ratio_new, row.ratio_old)
    _rescale(holding, after, row.ratio_new, row.ratio_old)
    stated = row.quantity
    if stated is not None and abs(stated - after) >= 1:
        work.find(
            "split_mismatch",
            row,
            f"{row.symbol}: {plain(row.ratio_new)} for {plain(row.ratio_old)} makes {plain(after)} of {plain(before)}, "
            f"and the row says {plain(stated)}.",
            "Correct the ratio, or look for a purchase that is missing.",
        )
        stated = None
    fraction = _fraction(after, stated, was_whole=was_whole)
    paid = _pay_fraction(work, row, terms, holding, fraction)
    factor = row.ratio_new / row.ratio_old
    _enter(work, row, terms, holding, holding.quantity - before, paid, holding.invested - cost, factor)


def bonus(work: Work, row: Transaction) -> None:
    """New units for nothing: what was invested is spread over more units; the tax lot of the new ones costs nil."""
    terms, holding = _terms(work, row)
    if row.quantity is None and _nothing_held(work, row, holding):
        _cash_only(work, row, terms)
        return
    before, cost = holding.quantity, holding.invested
    was_whole = _is_whole(before)
    new = _new_units(row, before)
    fraction = _fraction(new, None, was_whole=was_whole)
    if row.quantity is not None and row.amount and row.ratio_new and row.ratio_old:
        fraction = max(scaled(before, row.ratio_new, row.ratio_old) - row.quantity, NOTHING)
        new += fraction
    piece = Piece(row.on, row.on, new, NOTHING, row.id, row.kind, terms.rate, row.isin)
    came_in(work, row, holding, piece, NOTHING, sale=False)
    paid = _pay_fraction(work, row, terms, holding, fraction, newest=True)
    factor = holding.quantity / before if before > 0 and holding.quantity > 0 else ONE
    _enter(work, row, terms, holding, holding.quantity - before, paid, holding.invested - cost, factor)


def rights(work: Work, row: Transaction) -> None:
    """New units at the issue price, whole ones where whole ones are held; their own lot from the day of allotment."""
    terms = Terms(work, row)
    holding = terms.holding
    assert holding is not None
    if row.quantity is None and _nothing_held(work, row, holding):
        return
    new = _new_units(row, holding.quantity)
    new -= _fraction(new, None, was_whole=row.quantity is None and _is_whole(holding.quantity))
    if not new:
        work.find(
            "nothing_held",
            row,
            f"{row.symbol}: {plain(holding.quantity)} held on {row.on} were too few for one new unit.",
            "Enter how many units came as the quantity of this row, or remove it.",
        )
        return
    gross = row.amount if row.amount is not None else new * (row.price or NOTHING)
    charges_of(row, terms)
    paid = gross + row.fees + row.taxes
    factor = terms.to_position
    before = holding.invested
    piece = Piece(
        row.on,
        row.on,
        new,
        None if factor is None else (gross + row.fees) * factor,
        row.id,
        row.kind,
        terms.rate,
        row.isin,
    )
    came_in(work, row, holding, piece, None if factor is None else paid * factor, sale=False)
    _enter(work, row, terms, holding, new, -paid * terms.to_purse, holding.invested - before)


def spin_off(work: Work, row: Transaction) -> None:
    """A part of the company becomes units of another: `cost_share` of every lot's cost goes with it."""
    terms, holding = _terms(work, row)
    if _nothing_held(work, row, holding):
        _cash_only(work, row, terms)
        return
    child = work.holding(row.account_id, row.other_symbol, holding.currency)
    new = _new_units(row, holding.quantity)
    share = row.cost_share
    if share is None:
        work.find(
            "missing_cost_share",
            row,
            f"Nobody said how much of the cost of {row.symbol} went with {row.other_symbol}; all of it stays.",
            "Add the share: the company publishes it, by net book value, for its demerger.",
        )
    parent_before, child_before, quantity_before = holding.invested, child.invested, child.quantity
    pieces = _spun(holding, new, share, row)
    cost = NOTHING if share is None else part(holding.invested, share, ONE)
    unknown = new if share is None else scaled(new, holding.unknown, holding.quantity) if holding.unknown else NOTHING
    holding.invested -= cost
    receive(work, row, child, pieces, Pool(new, cost, unknown), known=True)
    _enter(work, row, terms, holding, NOTHING, NOTHING, holding.invested - parent_before)
    fraction = _fraction(new, None, was_whole=_is_whole(holding.quantity))
    paid = _pay_fraction(work, row, terms, child, fraction, newest=True)
    work.enter(
        row,
        row.account_id,
        row.other_symbol,
        child.quantity - quantity_before,
        paid,
        terms.purse,
        child.invested - child_before,
        child.currency,
    )


def merger(work: Work, row: Transaction) -> None:
    """Units become units of another company, or, without one, money."""
    if not row.other_symbol:
        _bought_out(work, row)
        return
    terms, holding = _terms(work, row)
    if _nothing_held(work, row, holding):
        _cash_only(work, row, terms)
        return
    target = work.holding(row.account_id, row.other_symbol, holding.currency)
    if row.quantity is not None and not (row.amount and row.ratio_new):
        after, fraction = row.quantity, NOTHING
    else:
        assert row.ratio_new is not None
        assert row.ratio_old is not None
        after = scaled(holding.quantity, row.ratio_new, row.ratio_old)
        fraction = _fraction(after, row.quantity, was_whole=_is_whole(holding.quantity))
    before, cost, target_before = holding.quantity, holding.invested, target.invested
    target_quantity = target.quantity
    _rescale(holding, after, after, before)
    pieces, pool = holding.empty()
    for each in pieces:
        each.acquired_on = row.on
    receive(work, row, target, pieces, pool, known=target.currency == holding.currency)
    if row.amount and not fraction:
        _return(work, row, terms, target, row.amount)
        charges_of(row, terms)
        paid = row.amount * terms.to_purse - _charges(row, terms)
    else:
        paid = _pay_fraction(work, row, terms, target, fraction, newest=True)
    work.enter(row, row.account_id, row.symbol, -before, NOTHING, terms.purse, -cost, holding.currency)
    work.enter(
        row,
        row.account_id,
        row.other_symbol,
        target.quantity - target_quantity,
        paid,
        terms.purse,
        target.invested - target_before,
        target.currency,
    )


def return_of_capital(work: Work, row: Transaction) -> None:
    """Money back that is no income: it lowers the cost, and what exceeds the cost is a gain."""
    terms = Terms(work, row)
    holding = terms.holding
    assert holding is not None
    gross = row.gross or NOTHING
    before = holding.invested
    charges_of(row, terms)
    _return(work, row, terms, holding, gross)
    received = (gross - row.fees - row.taxes) * terms.to_purse
    _enter(work, row, terms, holding, NOTHING, received, holding.invested - before)


def symbol_change(work: Work, row: Transaction) -> None:
    """The same units under another name: lots, cost and everything they earned go with it."""
    holding = work.holding(row.account_id, row.symbol, row.currency)
    target = work.holding(row.account_id, row.other_symbol, holding.currency)
    quantity, cost, before = holding.quantity, holding.invested, target.invested
    if not target.quantity:
        target.currency = holding.currency
        work.usual.clear()
    pieces, pool = holding.empty()
    receive(work, row, target, pieces, pool, known=target.currency == holding.currency)
    for name in ("income", "fees", "taxes", "realised", "realised_unknown"):
        setattr(target, name, getattr(target, name) + getattr(holding, name))
        setattr(holding, name, NOTHING)
    purse = work.accounts[row.account_id].currency
    work.enter(row, row.account_id, row.symbol, -quantity, NOTHING, purse, -cost, holding.currency)
    work.enter(
        row, row.account_id, row.other_symbol, quantity, NOTHING, purse, target.invested - before, target.currency
    )


def _bought_out(work: Work, row: Transaction) -> None:
    terms = Terms(work, row)
    holding = terms.holding
    assert holding is not None
    if _nothing_held(work, row, holding):
        _cash_only(work, row, terms)
        return
    quantity, cost = holding.quantity, holding.invested
    gross = row.amount if row.amount is not None else quantity * (row.price or NOTHING)
    charges_of(row, terms)
    dispose(work, row, holding, terms, quantity, gross)
    received = (gross - row.fees - row.taxes) * terms.to_purse
    _enter(work, row, terms, holding, -quantity, received, holding.invested - cost)


def _terms(work: Work, row: Transaction) -> tuple[Terms, Holding]:
    terms = Terms(work, row, moves_money=bool(row.amount or row.fees or row.taxes))
    assert terms.holding is not None
    return terms, terms.holding


def _enter(
    work: Work,
    row: Transaction,
    terms: Terms,
    holding: Holding,
    quantity: Decimal,
    cash: Decimal,
    cost: Decimal,
    factor: Decimal = ONE,
) -> None:
    work.enter(row, row.account_id, holding.symbol, quantity, cash, terms.purse, cost, holding.currency, factor)


def _charges(row: Transaction, terms: Terms) -> Decimal:
    return (row.fees + row.taxes) * terms.to_purse


def _nothing_held(work: Work, row: Transaction, holding: Holding) -> bool:
    if holding.quantity:
        return False
    work.find(
        "nothing_held",
        row,
        f"{row.symbol}: a {row.kind.replace('_', ' ')} of {row.on}, when none were held.",
        "Add the purchase before it, or remove this row.",
    )
    return True


def _cash_only(work: Work, row: Transaction, terms: Terms) -> None:
    """Nothing was held, and money came all the same: it is kept, as a gain."""
    amount = row.amount or NOTHING
    holding = terms.holding
    assert holding is not None
    if terms.to_position is not None:
        holding.realised += (amount - row.fees - row.taxes) * terms.to_position
    charges_of(row, terms)
    _enter(work, row, terms, holding, NOTHING, amount * terms.to_purse - _charges(row, terms), NOTHING)


def _new_units(row: Transaction, held: Decimal) -> Decimal:
    if row.quantity is not None:
        return row.quantity
    assert row.ratio_new is not None
    assert row.ratio_old is not None
    return scaled(held, row.ratio_new, row.ratio_old)


def _is_whole(quantity: Decimal) -> bool:
    return quantity == quantity.to_integral_value()


def _fraction(units: Decimal, stated: Decimal | None, *, was_whole: bool) -> Decimal:
    """What is left over of whole units: against what the broker says is held, or where all were whole before."""
    if units <= 0:
        return NOTHING
    if stated is not None:
        return max(units - stated, NOTHING)
    return units - units.to_integral_value(ROUND_FLOOR) if was_whole else NOTHING


def _pay_fraction(
    work: Work, row: Transaction, terms: Terms, holding: Holding, fraction: Decimal, *, newest: bool = False
) -> Decimal:
    """Sell the fraction for the cash that came for it; without cash it stays, and the investor is told."""
    charges_of(row, terms)
    if row.amount:
        _sell_fraction(work, row, terms, holding, fraction, newest=newest)
    elif fraction:
        work.find(
            "fraction_left",
            row,
            f"{holding.symbol}: {plain(fraction)} of a unit is left by the {row.kind.replace('_', ' ')} of {row.on}.",
            "Exchanges keep whole shares: enter the cash that was paid for the fraction as the amount of this row.",
            holding.symbol,
        )
    return (row.amount or NOTHING) * terms.to_purse - _charges(row, terms)


def _sell_fraction(
    work: Work, row: Transaction, terms: Terms, holding: Holding, fraction: Decimal, *, newest: bool
) -> None:
    amount = row.amount or NOTHING
    if not fraction:
        if terms.to_position is not None:
            holding.realised += (amount - row.fees - row.taxes) * terms.to_position
        return
    pieces = None
    if newest and holding.lots[-1].quantity >= fraction:
        last = holding.lots[-1]
        pieces = [last.split_off(fraction)]
        if not last.quantity:
            holding.lots.pop()
    dispose(work, row, holding, terms, fraction, amount, pieces)


def _rescale(holding: Holding, after: Decimal, new: Decimal, old: Decimal) -> None:
    """Scale every lot; the last one takes what rounding leaves, so that the lots add up to `after`."""
    left = after
    for each in holding.lots[:-1]:
        each.quantity = scaled(each.quantity, new, old)
        left -= each.quantity
    holding.lots[-1].quantity = left
    if holding.unknown:
        holding.unknown = after if holding.unknown == holding.quantity else scaled(holding.unknown, new, old)
    holding.quantity = after


def _spun(holding: Holding, new: Decimal, share: Decimal | None, row: Transaction) -> list[Piece]:
    """Lots of the new company, one for each of the old, held since the old ones were."""
    pieces: list[Piece] = []
    left, units = new, holding.quantity
    for each in holding.lots:
        mine = part(left, each.quantity, units) if units != each.quantity else left
        left, units = left - mine, units - each.quantity
        cost: Decimal | None = None
        if share is not None and each.cost is not None:
            cost = part(each.cost, share, ONE)
            each.cost -= cost
        pieces.append(Piece(row.on, each.held_since, mine, cost, each.transaction_id, row.kind, each.rate, ""))
    return pieces


def _return(work: Work, row: Transaction, terms: Terms, holding: Holding, gross: Decimal) -> None:
    """Lower the cost of pool and lots by what came back."""
    if terms.to_position is None:
        return
    amount = gross * terms.to_position
    charges = (row.fees + row.taxes) * terms.to_position
    holding.realised -= charges
    if holding.quantity <= 0:
        holding.realised += amount
        return
    lowered = min(amount, holding.invested)
    holding.invested -= lowered
    holding.realised += amount - lowered
    left, units, excess = amount, holding.quantity, NOTHING
    for each in holding.lots:
        mine = part(left, each.quantity, units)
        left, units = left - mine, units - each.quantity
        if each.cost is not None:
            excess += max(mine - each.cost, NOTHING)
            each.cost = max(each.cost - mine, NOTHING)
    if excess:
        work.find(
            "capital_exceeds_cost",
            row,
            f"{holding.symbol}: {plain(excess)} {holding.currency} more came back than lots of it had cost.",
            "The excess is a capital gain of that day and is not in the list of sales: declare it by hand.",
            holding.symbol,
        )
