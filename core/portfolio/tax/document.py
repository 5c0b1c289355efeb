"""The tax report as files: Schedule 112A and all sales as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from core.portfolio.tax.report import Schedule112ARow, TaxReport

SCHEDULE_COLUMNS = (
    "Share/Unit acquired", "Share/Unit transferred", "ISIN Code", "Name of the Share/Unit", "No. of Shares/Units",
    "Sale-price per Share/Unit", "Full Value of Consideration", "Cost of acquisition without indexation",
    "Cost of acquisition", "If acquired up to 31.01.2018, lower of fair market value and consideration",
    "Fair Market Value per share/unit as on 31st January 2018", "Total Fair Market Value",
    "Expenditure wholly and exclusively in connection with transfer", "Total deductions", "Balance",
)  # fmt: skip
SALE_COLUMNS = (
    "Sold", "Bought", "Held since", "Symbol", "ISIN", "Name", "Quantity", "Head", "Section", "Rate", "Consideration",
    "Cost paid", "Value of 31 January 2018", "Cost of acquisition", "Expenses", "Gain", "Currency", "Note",
)  # fmt: skip

_PAISA = Decimal("0.01")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def schedule_112a_csv(of: TaxReport) -> bytes:
    """Schedule 112A, one row a lot, UTF-8 with a byte order mark (spreadsheets want it)."""
    return _csv(SCHEDULE_COLUMNS, (_schedule(row) for row in of.schedule_112a))


def sales_csv(of: TaxReport) -> bytes:
    """Every lot that was sold in the year, with how it was treated."""
    rows = (
        (
            each.sold_on.isoformat(),
            each.disposal.acquired_on.isoformat(),
            each.disposal.held_since.isoformat(),
            _text(each.symbol),
            _text(each.disposal.isin),
            _text(each.name),
            _number(each.disposal.quantity, exact=True),
            each.head.value,
            each.section,
            "" if each.rate is None else f"{100 * each.rate:.1f}%",
            _number(each.consideration),
            _number(each.actual_cost),
            _number(each.fair_value),
            _number(each.cost),
            _number(each.expenses),
            _number(each.gain),
            each.disposal.currency,
            _text(each.attention),
        )
        for each in of.sales
    )
    return _csv(SALE_COLUMNS, rows)


def _schedule(row: Schedule112ARow) -> Sequence[str]:
    return (
        row.acquired,
        row.transferred,
        _text(row.isin),
        _text(row.name),
        _number(row.quantity, exact=True),
        _number(row.sale_price),
        _number(row.consideration),
        _number(row.cost),
        _number(row.actual_cost),
        _number(row.lower),
        _number(row.fair_value_unit),
        _number(row.fair_value),
        _number(row.expenses),
        _number(row.deductions),
        _number(row.balance),
    )


def _number(value: Decimal | None, *, exact: bool = False) -> str:
    """A number a spreadsheet reads; empty for unknown."""
    if value is None:
        return ""
    return f"{value.normalize():f}" if exact else f"{value.quantize(_PAISA):f}"


def _text(text: str) -> str:
    """Text a spreadsheet does not take for a formula (names come from files and vendors)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
