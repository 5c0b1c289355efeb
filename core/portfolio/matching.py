"""Which lots a sale takes.

First in first out is the tax rule for dematerialised shares in India, by the order in which they were credited to the
account (Income-tax Act s. 45(2A), CBDT circular 768 of 1998). The others are views.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from core.portfolio.lots import Holding, Piece, part
from core.portfolio.model import NOTHING, Matching


def take(
    holding: Holding,
    quantity: Decimal,
    matching: Matching,
    chosen: Sequence[tuple[int, Decimal]] = (),
) -> list[Piece]:
    """Take `quantity` units (positive, not more than held) out of the lots, in the order of the method.

    Args:
        chosen: (number of the buying transaction, quantity), for `Matching.SPECIFIC`; what they leave open is FIFO.
    """
    lots = holding.lots
    if matching is Matching.FIFO:
        return _from_front(lots, quantity)
    if matching is Matching.LIFO:
        return _in_order(lots, quantity, range(len(lots) - 1, -1, -1))
    if matching is Matching.HIFO:
        return _in_order(lots, quantity, sorted(range(len(lots)), key=lambda at: _dearest_first(lots[at], at)))
    if matching is Matching.AVERAGE:
        _level(lots)
        return _from_front(lots, quantity)
    taken: list[Piece] = []
    for transaction_id, wanted in chosen:
        mine = [at for at, each in enumerate(lots) if each.transaction_id == transaction_id]
        there = sum((lots[at].quantity for at in mine), NOTHING)
        if some := min(wanted, there, quantity):
            taken += _in_order(lots, some, mine)
            quantity -= some
    return taken + _from_front(lots, quantity) if quantity else taken


def _from_front(lots: list[Piece], quantity: Decimal) -> list[Piece]:
    whole = 0
    for each in lots:
        if each.quantity > quantity:
            break
        quantity -= each.quantity
        whole += 1
    taken = lots[:whole]
    del lots[:whole]
    if quantity:
        taken.append(lots[0].split_off(quantity))
    return taken


def _in_order(lots: list[Piece], quantity: Decimal, order: Sequence[int]) -> list[Piece]:
    taken: list[Piece] = []
    emptied: set[int] = set()
    for at in order:
        if not quantity:
            break
        each = lots[at]
        if each.quantity > quantity:
            taken.append(each.split_off(quantity))
            quantity = NOTHING
        else:
            taken.append(each)
            emptied.add(at)
            quantity -= each.quantity
    lots[:] = [each for at, each in enumerate(lots) if at not in emptied]
    return taken


def _dearest_first(piece: Piece, at: int) -> tuple[bool, Decimal, int]:
    """Highest cost of a unit first, unknown ones last, older ones before younger ones of the same cost."""
    return (piece.cost is None, NOTHING if piece.cost is None else -piece.cost / piece.quantity, at)


def _level(lots: list[Piece]) -> None:
    """Give every lot the same cost of a unit; unknown for all when it is for one."""
    known = [each.cost for each in lots if each.cost is not None]
    total: Decimal | None = sum(known, NOTHING) if len(known) == len(lots) else None
    units = sum((each.quantity for each in lots), NOTHING)
    for each in lots:
        if total is None:
            each.cost = None
            continue
        each.cost = part(total, each.quantity, units)
        total -= each.cost
        units -= each.quantity
