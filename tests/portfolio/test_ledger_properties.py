"""What is true of every ledger, whatever its rows say."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from core.portfolio.errors import BadTransaction
from core.portfolio.ledger import extend, replay
from core.portfolio.model import Kind, Ledger, Matching, Transaction
from core.portfolio.restriction import restricted
from tests.portfolio.books import BANK, EVERYWHERE, INDIA, SECOND, STATES

SYMBOLS = ("A.NS", "B.NS", "C.NS")
ACCOUNTS = (INDIA.id, SECOND.id, STATES.id, BANK.id)
UNITS = st.sampled_from([Decimal(1), Decimal(3), Decimal(10), Decimal("2.5"), Decimal("0.333"), Decimal(40)])
MONEY = st.sampled_from([Decimal("0.05"), Decimal(7), Decimal("99.95"), Decimal("1234.5678"), Decimal(100)])
CHARGES = st.sampled_from([Decimal(0), Decimal(0), Decimal("20.35")])
RATIOS = st.sampled_from([Decimal(1), Decimal(2), Decimal(3), Decimal(10)])
START = date(2020, 1, 1)

_UNITS_AND_PRICE = {Kind.BUY, Kind.SELL}
_RATIO = {Kind.SPLIT, Kind.BONUS, Kind.RIGHTS, Kind.SPIN_OFF, Kind.MERGER}
_OTHER = {Kind.SPIN_OFF, Kind.MERGER, Kind.SYMBOL_CHANGE}
_EITHER = {Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.OPENING_BALANCE, Kind.ADJUSTMENT}


@st.composite
def transactions(draw: st.DrawFn, number: int = 0) -> Transaction:
    """A row that passes the checks."""
    kind = draw(st.sampled_from(Kind))
    account = draw(st.sampled_from(ACCOUNTS))
    symbol = draw(st.sampled_from(SYMBOLS))
    on = START + timedelta(days=draw(st.integers(0, 30)))
    told: dict[str, object] = {}
    if kind in _UNITS_AND_PRICE:
        told |= {"quantity": draw(UNITS), "price": draw(MONEY)}
    elif kind in _RATIO:
        told |= {"ratio_new": draw(RATIOS), "ratio_old": draw(RATIOS), "amount": draw(st.none() | MONEY)}
        if kind is Kind.RIGHTS:
            told["price"] = draw(MONEY)
    elif kind in _EITHER and draw(st.booleans()):
        told |= {"quantity": draw(UNITS), "price": draw(st.none() | MONEY)}
        if kind is Kind.ADJUSTMENT and draw(st.booleans()):
            told["quantity"] = -draw(UNITS)
    elif kind is not Kind.SYMBOL_CHANGE:
        told["amount"] = draw(MONEY)
        if kind in {Kind.DEPOSIT, Kind.WITHDRAWAL, *_EITHER}:
            symbol = ""
    if kind in _OTHER:
        told["other_symbol"] = draw(st.sampled_from([each for each in SYMBOLS if each != symbol]))
    if kind is Kind.SPIN_OFF:
        told["cost_share"] = draw(st.none() | st.sampled_from([Decimal(0), Decimal("0.0468"), Decimal(1)]))
    if kind in {Kind.TRANSFER_IN, Kind.TRANSFER_OUT} and draw(st.booleans()):
        told["counter_account_id"] = draw(st.sampled_from([each for each in ACCOUNTS if each != account]))
    at = None
    if draw(st.booleans()):
        at = datetime(on.year, on.month, on.day, draw(st.integers(4, 9)), tzinfo=UTC)
    currency = draw(st.sampled_from(["INR", "INR", "INR", "USD"]))
    rate = draw(st.sampled_from([None, Decimal(83)]))
    row = Transaction(number, account, kind, on, at, symbol, currency=currency, rate=rate, **told)  # type: ignore[arg-type]
    if kind is not Kind.SYMBOL_CHANGE:
        row = replace(row, fees=draw(CHARGES), taxes=draw(CHARGES))
    return row.checked()


@st.composite
def histories(draw: st.DrawFn) -> list[Transaction]:
    return [draw(transactions(number)) for number in range(1, draw(st.integers(2, 25)))]


TRIES = settings(max_examples=25, deadline=None)
EXACT = Context(prec=80)


@TRIES
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_in_which_rows_come_says_nothing(rows: list[Transaction], random: object) -> None:
    shuffled = rows.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert replay(EVERYWHERE, shuffled) == replay(EVERYWHERE, rows)


@TRIES
@given(histories(), st.sampled_from(Matching))
def test_units_costs_and_cash_are_the_sums_of_what_happened(rows: list[Transaction], matching: Matching) -> None:
    ledger = replay(EVERYWHERE, rows, matching=matching)
    cash: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    units: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    costs: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for each in ledger.entries:
            cash[each.account_id, each.currency] += each.cash_change
            units[each.account_id, each.symbol] += each.quantity_change
            costs[each.account_id, each.symbol] += each.cost_change
        for (account, currency), total in cash.items():
            assert total == ledger.cash.get(account, {}).get(currency, 0)
        for each in ledger.positions:
            assert each.quantity == units[each.account_id, each.symbol]
            assert each.invested == costs[each.account_id, each.symbol]
            assert each.quantity == sum(lot.quantity for lot in each.lots), "the lots are all of what is held"
            assert all(lot.quantity * each.quantity > 0 for lot in each.lots), "long or short, never both"


@TRIES
@given(histories(), st.sampled_from(Matching))
def test_every_sale_is_told_to_the_last_unit_and_paisa(rows: list[Transaction], matching: Matching) -> None:
    ledger = replay(EVERYWHERE, rows, matching=matching)
    with localcontext(EXACT):
        for sale in (each for each in rows if each.kind is Kind.SELL):
            mine = [each for each in ledger.disposals if each.transaction_id == sale.id]
            open_short = sum(-lot.quantity for lot in ledger.lots if lot.transaction_id == sale.id and lot.quantity < 0)
            assert sale.quantity is not None
            assert sum(each.quantity for each in mine) <= sale.quantity or _scaled(rows)
            if sum(each.quantity for each in mine) == sale.quantity and not open_short and _plain(rows, sale):
                assert sum(each.proceeds for each in mine) == (sale.gross or 0) - sale.fees


def _scaled(rows: list[Transaction]) -> bool:
    """Whether units that were sold before they were held may have multiplied since."""
    return any(each.kind in {Kind.SPLIT, Kind.MERGER} for each in rows)


def _plain(rows: list[Transaction], sale: Transaction) -> bool:
    """Whether the row and everything else of its instrument are in one currency."""
    family = {each.symbol for each in rows} | {each.other_symbol for each in rows}
    return len({each.currency for each in rows if each.symbol in family}) == 1 and not _scaled(rows)


@TRIES
@given(histories())
def test_the_sum_of_the_accounts_is_the_whole(rows: list[Transaction]) -> None:
    whole = replay(EVERYWHERE, rows)
    parts = [restricted(whole, [each]) for each in ACCOUNTS]
    for name in ("entries", "positions", "lots", "disposals", "flows", "findings"):
        together = [each for part in parts for each in getattr(part, name)]
        assert sorted(map(repr, together)) == sorted(map(repr, getattr(whole, name)))
    assert {account: purses for part in parts for account, purses in part.cash.items()} == whole.cash
    assert restricted(whole, ACCOUNTS) == whole


@TRIES
@given(histories(), st.integers(0, 25), st.sampled_from(Matching))
def test_a_ledger_that_is_extended_is_a_ledger_that_is_replayed(
    rows: list[Transaction], cut: int, matching: Matching
) -> None:
    in_order = list(replay(EVERYWHERE, rows).transactions)
    before = replay(EVERYWHERE, in_order[:cut], matching=matching)
    assert extend(before, in_order[cut:]) == replay(EVERYWHERE, rows, matching=matching)


@TRIES
@given(histories(), st.data())
def test_taking_a_row_out_and_putting_it_back_restores(rows: list[Transaction], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(rows))
    without = [each for each in rows if each is not gone]
    assert replay(EVERYWHERE, [*replay(EVERYWHERE, without).transactions, gone]) == replay(EVERYWHERE, rows)


@TRIES
@given(histories())
def test_transfers_between_own_accounts_bring_nothing_in(rows: list[Transaction]) -> None:
    inner = [each for each in rows if each.counter_account_id is not None]
    ledger = replay(EVERYWHERE, rows)
    for each in inner:
        flows = [flow for flow in ledger.flows if flow.transaction_id == each.id and flow.what != "implied"]
        assert len(flows) == 2
        assert sum(flow.amount for flow in flows) == 0
        assert sum(flow.quantity for flow in flows) == 0


@TRIES
@given(histories())
def test_the_tax_view_never_changes_the_economic_one(rows: list[Transaction]) -> None:
    def economic(ledger: Ledger) -> list[tuple[object, ...]]:
        return [(p.quantity, p.invested, p.unknown_quantity, p.income, p.fees, p.realised) for p in ledger.positions]

    first = economic(replay(EVERYWHERE, rows))
    assert all(economic(replay(EVERYWHERE, rows, matching=each)) == first for each in Matching)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(Kind), st.data())
def test_anything_typed_is_a_row_or_an_error_that_says_what_to_do(kind: Kind, data: st.DataObject) -> None:
    numbers = st.none() | st.decimals(allow_nan=True, allow_infinity=True) | st.just(Decimal(0))
    texts = st.text(max_size=20)
    told = {name: data.draw(numbers) for name in ("quantity", "price", "amount", "rate", "ratio_new", "ratio_old")}
    row = Transaction(
        None,
        1,
        kind,
        data.draw(st.dates()),
        symbol=data.draw(texts | st.sampled_from(SYMBOLS)),
        other_symbol=data.draw(texts | st.sampled_from(SYMBOLS)),
        currency=data.draw(texts | st.just("INR")),
        note=data.draw(texts),
        **told,  # type: ignore[arg-type]
    )
    kept, problem = None, None
    try:
        kept = row.checked()
    except BadTransaction as error:
        problem = error
    if problem is not None:
        assert problem.field in Transaction.__slots__
        assert problem.message
        assert problem.remedy
    elif kept is not None:
        assert kept.checked() == kept
        assert replay(EVERYWHERE, [kept]).transactions == (kept,)
