"""The table of effects in docs/portfolio.md, replayed row by row."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from core.portfolio.model import Kind, Transaction
from tests.portfolio.books import INDIA, SECOND, played, row

PAGE = Path(__file__).parents[2] / "docs" / "portfolio.md"
STOCK, NEW, ON = "INFY.NS", "NEW.NS", "2024-06-03"

START = (
    row(Kind.DEPOSIT, "2024-01-01", amount=5000, number=1),
    row(Kind.BUY, "2024-01-02", STOCK, quantity=10, price=100, number=2),
)

SPIN_OFF = row(Kind.SPIN_OFF, ON, STOCK, 3, other_symbol=NEW, ratio_new=1, ratio_old=2, cost_share="0.2")
MERGER = row(Kind.MERGER, ON, STOCK, 3, other_symbol=NEW, ratio_new=2, ratio_old=1)
RENAMED = row(Kind.SYMBOL_CHANGE, ON, STOCK, 3, other_symbol=NEW)

EXAMPLES: dict[str, Transaction] = {
    "buy 10 at 120, fees 5, taxes 1": row(Kind.BUY, ON, STOCK, 3, quantity=10, price=120, fees=5, taxes=1),
    "sell 4 at 150, fees 5, taxes 1": row(Kind.SELL, ON, STOCK, 3, quantity=4, price=150, fees=5, taxes=1),
    "dividend of 50, taxes 5": row(Kind.DIVIDEND, ON, STOCK, 3, amount=50, taxes=5),
    "interest of 50, taxes 5": row(Kind.INTEREST, ON, "", 3, amount=50, taxes=5),
    "fee of 20": row(Kind.FEE, ON, "", 3, amount=20),
    "tax of 20": row(Kind.TAX, ON, "", 3, amount=20),
    "deposit of 500": row(Kind.DEPOSIT, ON, "", 3, amount=500),
    "withdrawal of 500": row(Kind.WITHDRAWAL, ON, "", 3, amount=500),
    "transfer in of 5 that cost 90": row(Kind.TRANSFER_IN, ON, STOCK, 3, quantity=5, price=90),
    "transfer in of 500": row(Kind.TRANSFER_IN, ON, "", 3, amount=500),
    "transfer out of 4": row(Kind.TRANSFER_OUT, ON, STOCK, 3, quantity=4),
    "transfer out of 500": row(Kind.TRANSFER_OUT, ON, "", 3, amount=500),
    "split 2 for 1": row(Kind.SPLIT, ON, STOCK, 3, ratio_new=2, ratio_old=1),
    "bonus 1 on 1": row(Kind.BONUS, ON, STOCK, 3, ratio_new=1, ratio_old=1),
    "rights 1 on 5 at 80": row(Kind.RIGHTS, ON, STOCK, 3, ratio_new=1, ratio_old=5, price=80),
    "spin-off 1 on 2, 20 % of the cost: the old": SPIN_OFF,
    "spin-off 1 on 2, 20 % of the cost: the new": SPIN_OFF,
    "merger 2 for 1: the old": MERGER,
    "merger 2 for 1: the new": MERGER,
    "merger for 130 in cash": row(Kind.MERGER, ON, STOCK, 3, price=130),
    "return of capital of 200": row(Kind.RETURN_OF_CAPITAL, ON, STOCK, 3, amount=200),
    "symbol change: the old": RENAMED,
    "symbol change: the new": RENAMED,
    "opening balance of 5 that cost 90": row(Kind.OPENING_BALANCE, ON, STOCK, 3, quantity=5, price=90),
    "opening balance of 500": row(Kind.OPENING_BALANCE, ON, "", 3, amount=500),
    "adjustment by 2 that cost 100": row(Kind.ADJUSTMENT, ON, STOCK, 3, quantity=2, price=100),
    "adjustment by -2": row(Kind.ADJUSTMENT, ON, STOCK, 3, quantity=-2),
    "adjustment of cash by -30": row(Kind.ADJUSTMENT, ON, "", 3, amount=-30),
}


def _documented() -> dict[str, list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = lines.index("| example | cash | units | invested | lots | contributed |") + 2
    table: dict[str, list[str]] = {}
    for line in lines[begin:]:
        if not line.startswith("|"):
            break
        example, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        table[example] = cells
    return table


DOCUMENTED = _documented()


def test_every_kind_is_in_the_table_and_every_row_of_it_is_tried() -> None:
    assert DOCUMENTED.keys() == EXAMPLES.keys()
    assert {each.kind for each in EXAMPLES.values()} == set(Kind)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_effect_is_as_documented(example: str) -> None:
    cash, units, invested, lots, contributed = DOCUMENTED[example]
    transaction = EXAMPLES[example].checked()
    ledger = played(*START, transaction)
    position = ledger.position(INDIA.id, NEW if example.endswith("the new") else STOCK)
    assert position is not None
    assert ledger.cash[INDIA.id] == {"INR": 4000 + Decimal(cash)}
    assert position.quantity == Decimal(units)
    assert position.invested == Decimal(invested)
    assert [(each.quantity, each.unit_cost) for each in position.lots] == [
        (Decimal(quantity), Decimal(cost))
        for quantity, _, cost in (one.strip().partition(" @ ") for one in lots.split(",") if one.strip())
    ]
    assert sum(each.amount for each in ledger.flows) == 5000 + Decimal(contributed)
    assert ledger.findings == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_entries_tell_everything_that_happened(example: str) -> None:
    ledger = played(*START, EXAMPLES[example])
    assert sum(each.cash_change for each in ledger.entries) == ledger.cash[INDIA.id]["INR"]
    for position in ledger.positions:
        mine = [each for each in ledger.entries if each.symbol == position.symbol]
        assert sum(each.quantity_change for each in mine) == position.quantity
        assert sum(each.cost_change for each in mine) == position.invested


@pytest.mark.parametrize("kind", [Kind.TRANSFER_OUT, Kind.TRANSFER_IN])
@pytest.mark.parametrize("symbol", [STOCK, ""])
def test_a_transfer_between_own_accounts_is_booked_on_both_sides_by_one_row(kind: Kind, symbol: str) -> None:
    told = {"quantity": 4} if symbol else {"amount": 400}
    there = row(Kind.DEPOSIT, "2024-01-01", amount=1000, account_id=SECOND.id, number=4)
    held = row(Kind.BUY, "2024-01-03", STOCK, quantity=5, price=60, account_id=SECOND.id, number=5)
    ledger = played(*START, there, held, row(kind, ON, symbol, 3, counter_account_id=SECOND.id, **told))
    sign = 1 if kind is Kind.TRANSFER_IN else -1
    moved = ledger.position(INDIA.id, STOCK), ledger.position(SECOND.id, STOCK)
    assert moved[0] is not None
    assert moved[1] is not None
    if symbol:
        assert (moved[0].quantity, moved[1].quantity) == (10 + 4 * sign, 5 - 4 * sign)
        assert moved[0].invested + moved[1].invested == 1300
    else:
        assert ledger.cash == {INDIA.id: {"INR": 4000 + 400 * sign}, SECOND.id: {"INR": 700 - 400 * sign}}
    assert sum(each.amount for each in ledger.flows) == 6000, "nothing came from outside"
    assert {each.counter_account_id for each in ledger.flows} == {None, INDIA.id, SECOND.id}
