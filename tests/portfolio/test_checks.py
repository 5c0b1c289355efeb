from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.portfolio.errors import BadTransaction
from core.portfolio.model import Kind, Transaction
from tests.conftest import HeldClock
from tests.portfolio.books import day, row

INFY = "INFY.NS"
BUY = row(Kind.BUY, "2024-05-06", INFY, quantity=10, price="1450.25")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("quantity", {"quantity": Decimal(0)}),
        ("quantity", {"quantity": Decimal(-10)}),
        ("quantity", {"quantity": None}),
        ("quantity", {"quantity": Decimal("NaN")}),
        ("quantity", {"quantity": Decimal("1e17")}),
        ("quantity", {"quantity": Decimal("1e-30")}),
        ("price", {"price": Decimal(0)}),
        ("price", {"price": Decimal("-1450.25")}),
        ("price", {"price": None}),
        ("price", {"price": Decimal("Infinity")}),
        ("amount", {"amount": Decimal(0)}),
        ("amount", {"amount": Decimal("145025.00")}),
        ("fees", {"fees": Decimal(-1)}),
        ("taxes", {"taxes": Decimal("-0.01")}),
        ("rate", {"rate": Decimal(0)}),
        ("symbol", {"symbol": ""}),
        ("symbol", {"symbol": "infy; DROP TABLE"}),
        ("symbol", {"symbol": "OWN:"}),
        ("other_symbol", {"other_symbol": INFY}),
        ("currency", {"currency": ""}),
        ("currency", {"currency": "₹"}),
        ("isin", {"isin": "INE009A0102"}),
        ("note", {"note": "x" * 1001}),
        ("note", {"note": "a\x00b"}),
        ("external_id", {"external_id": "x" * 201}),
        ("source", {"source": "\ud800"}),
        ("tags", {"tags": tuple(f"t{n}" for n in range(21))}),
        ("tags", {"tags": ("a,b",)}),
        ("on", {"on": day("0024-05-06")}),
        ("at", {"at": datetime(2024, 5, 6, 10)}),  # noqa: DTZ001 - without a timezone is what is wrong
        ("at", {"at": datetime(2024, 5, 9, 10, tzinfo=UTC)}),
        ("lots", {"lots": ((1, Decimal(0)),)}),
        ("counter_account_id", {"counter_account_id": 7}),
    ],
)
def test_what_cannot_be_names_the_field_and_what_to_do(field: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadTransaction) as error:
        replace(BUY, **wrong).checked()
    assert error.value.field == field
    assert error.value.message.endswith(".")
    assert error.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("field", "made"),
    [
        ("amount", row(Kind.DIVIDEND, "2024-05-06", INFY)),
        ("symbol", row(Kind.DIVIDEND, "2024-05-06", amount=10)),
        ("amount", row(Kind.DEPOSIT, "2024-05-06")),
        ("symbol", row(Kind.DEPOSIT, "2024-05-06", INFY, amount=10)),
        ("amount", row(Kind.WITHDRAWAL, "2024-05-06", amount=-10)),
        ("quantity", row(Kind.TRANSFER_IN, "2024-05-06", INFY, amount=10)),
        ("amount", row(Kind.TRANSFER_OUT, "2024-05-06")),
        ("counter_account_id", row(Kind.TRANSFER_OUT, "2024-05-06", amount=1, counter_account_id=1)),
        ("ratio_old", row(Kind.SPLIT, "2024-05-06", INFY, ratio_new=2)),
        ("ratio_new", row(Kind.SPLIT, "2024-05-06", INFY, ratio_new=-2, ratio_old=1)),
        ("ratio_new", row(Kind.BONUS, "2024-05-06", INFY)),
        ("price", row(Kind.RIGHTS, "2024-05-06", INFY, ratio_new=1, ratio_old=5)),
        ("other_symbol", row(Kind.SPIN_OFF, "2024-05-06", INFY, quantity=5)),
        ("cost_share", row(Kind.SPIN_OFF, "2024-05-06", INFY, quantity=5, other_symbol="N.NS", cost_share="4.68")),
        ("ratio_new", row(Kind.MERGER, "2024-05-06", INFY, other_symbol="N.NS")),
        ("amount", row(Kind.MERGER, "2024-05-06", INFY)),
        ("other_symbol", row(Kind.SYMBOL_CHANGE, "2024-05-06", INFY)),
        ("quantity", row(Kind.OPENING_BALANCE, "2024-05-06", INFY)),
        ("quantity", row(Kind.ADJUSTMENT, "2024-05-06", INFY, quantity=0)),
        ("amount", row(Kind.ADJUSTMENT, "2024-05-06", amount=0)),
        ("price", row(Kind.TRANSFER_IN, "2024-05-06", INFY, quantity=1, price=-1)),
    ],
)
def test_what_a_kind_needs_is_asked_for(field: str, made: Transaction) -> None:
    with pytest.raises(BadTransaction) as error:
        made.checked()
    assert error.value.field == field


@pytest.mark.parametrize(
    "made",
    [
        BUY,
        replace(BUY, amount=Decimal("14502.50")),
        replace(BUY, price=None, amount=Decimal(14500)),
        row(Kind.BUY, "2024-05-06", "DOGE-USD", quantity="100000", price="0.05", amount="5432.10", currency="USD"),
        row(Kind.BUY, "2024-05-06", "M&M.NS", quantity=1, price=1),
        row(Kind.BUY, "2024-05-06", "^NSEI", quantity=1, price=1),
        row(Kind.BUY, "2024-05-06", "OWN:gold-2", quantity=1, price=1),
        row(Kind.OPENING_BALANCE, "2024-05-06", INFY, quantity=1, price=0),
        row(Kind.TRANSFER_IN, "2024-05-06", INFY, quantity=1),
        row(Kind.ADJUSTMENT, "2024-05-06", INFY, quantity=-1),
        row(Kind.MERGER, "2024-05-06", INFY, price="0.5"),
        row(Kind.SPIN_OFF, "2024-05-06", INFY, ratio_new=1, ratio_old=1, other_symbol="N.NS"),
    ],
)
def test_what_can_be_stays_as_it_is(made: Transaction) -> None:
    assert made.checked() == made


def test_texts_are_trimmed_and_tags_are_once_each() -> None:
    kept = replace(BUY, symbol=" INFY.NS ", note=" a\nb ", tags=(" sip ", "sip", "", "core")).checked()
    assert (kept.symbol, kept.note, kept.tags) == (INFY, "a\nb", ("sip", "core"))


def test_today_has_begun_in_mumbai_before_it_has_in_london_and_tomorrow_has_not(clock: HeldClock) -> None:
    clock.set(datetime(2026, 11, 18, 19, 0, tzinfo=UTC))
    assert replace(BUY, on=day("2026-11-19")).checked().on == day("2026-11-19")
    clock.set(datetime(2026, 11, 18, 12, 0, tzinfo=UTC))
    with pytest.raises(BadTransaction, match="lies in the future"):
        replace(BUY, on=day("2026-11-19")).checked()
    assert replace(BUY, on=day("2026-11-19"), currency="NZD").checked().on == day("2026-11-19")


def test_pence_taken_for_pounds_are_noticed() -> None:
    with pytest.raises(BadTransaction, match="and the amount says 100") as error:
        row(Kind.BUY, "2024-05-06", "VOD.L", quantity=100, price=100, amount=100, currency="GBP").checked()
    assert error.value.field == "amount"
