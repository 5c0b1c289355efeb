"""What the rows of tradebooks have in common, whichever broker wrote them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from core import clock
from core.portfolio.checks import today_for
from core.portfolio.imports import actions, days
from core.portfolio.imports.amounts import plain
from core.portfolio.imports.errors import Rejected
from core.portfolio.imports.model import Draft, Home, Sheet, Written
from core.portfolio.imports.table import HEADER_WITHIN, Record
from core.portfolio.model import NOTHING, Kind, Transaction

_DERIVATIVE_SEGMENTS: Final = re.compile(
    r"fo|fno|[nb]fo|[nb]sefn?o|(nse|bse)?cds|bcd|mcx(fo)?|com|comm|commodity|nsecom|derivatives?|futures|options|"
    r"eqderivative|currency|ncde?x"
)
_DERIVATIVE_TYPES: Final = re.compile(
    r"(opt|fut)(stk|idx|cur|fut|com)?|ce|pe|call|put|european|american|options?|futures?"
)
_CONTRACT = re.compile(
    r"^(?=.*\d)[A-Z&-]+\d{2}[A-Z0-9]{3,5}\d*(\.\d+)?(CE|PE)$|^[A-Z&-]+\d{2}[A-Z]{3}FUT$"
    r"|\b(CE|PE|CALL|PUT)\s*\d|\d\s*(CE|PE|CALL|PUT)\b"
    r"|^-?[A-Z]{1,6}\d?\s*\d{6}[CP]\d{2,8}(\.\d+)?$|^[A-Z.]{1,6}\s+\d{2}/\d{2}/\d{4}\s+[\d.]+\s+[CP]$",
    re.IGNORECASE,
)
_EXECUTED: Final = re.compile(r"executed|completed?|traded|success(ful)?|filled|done|settled|(partial|fully).*executed")
_SERIES = re.compile(r"[-\s](EQ|BE|BZ|BL|SM|ST|GB|GS|A|B|T|XT|E|N\d)$")
_AS_ON = re.compile(r"\bas\s+(?:on|of|at)\b\W*(.{6,24}?)(?:[,;)]|$)", re.IGNORECASE)


def refuse_derivative(record: Record, symbol: str, *roles: str) -> None:
    """Raise Rejected for options, futures, currency and commodity contracts: their margins are no holdings."""
    segment = re.sub(r"[^a-z]", "", record.text("segment").lower())
    kind = re.sub(r"[^a-z]", "", record.text("instrument_type").lower())
    strike = record.text("strike").strip("0. -")
    expiry = record.text("expiry").strip("- 0")
    contract = _CONTRACT.search(symbol.strip()) is not None
    known = _DERIVATIVE_SEGMENTS.fullmatch(segment) or _DERIVATIVE_TYPES.fullmatch(kind)
    if known or expiry or strike or contract or any(roles):
        raise Rejected(f"“{symbol[:40]}” is a derivative; options and futures are not kept in the ledger")


def refuse_unexecuted(record: Record) -> None:
    """Raise Rejected for an order that was not executed."""
    written = record.text("status")
    words = actions.plain(written)
    if words and not _EXECUTED.fullmatch(words):
        raise Rejected(f"not executed (“{written[:30]}”)")


def side(record: Record, role: str = "kind") -> Kind:
    """Buy or sell as written. Raises Rejected for anything else."""
    written = record.text(role)
    found = actions.side_of(written)
    if found is None:
        raise Rejected(f"“{written[:30]}” is neither buy nor sell" if written else "buy or sell is not told")
    return found


def ticker(symbol: str) -> str:
    """A broker's symbol without the exchange's series: "RELIANCE-EQ" and "RELIANCE EQ" are RELIANCE."""
    return _SERIES.sub("", symbol.strip().upper())


def trade(
    kind: Kind,
    quantity: Decimal,
    price: Decimal | None,
    when: days.Day,
    instrument: Written,
    home: Home,
    *,
    amount: Decimal | None = None,
    fees: Decimal = NOTHING,
    taxes: Decimal = NOTHING,
    currency: str = "",
    rate: Decimal | None = None,
    key: str = "",
    order: str = "",
    note: str = "",
) -> Draft:
    """A purchase or a sale. The sign of the quantity is taken off; zero and negative prices are Rejected."""
    if quantity == 0:
        raise Rejected("the quantity is zero")
    if price is not None and price <= 0 and amount is None:
        raise Rejected(f"the price {plain(price)} is not above zero")
    if price is None and amount is None:
        raise Rejected("the price is missing")
    row = Transaction(
        None,
        0,
        kind,
        when.on,
        when.at,
        quantity=abs(quantity),
        price=price if price is not None and price > 0 else None,
        amount=abs(amount) if amount is not None else None,
        fees=fees,
        taxes=taxes,
        currency=currency or home.currency,
        rate=rate,
        isin=isin_in(instrument.isin),
        note=note[:1000],
    )
    return Draft(row, instrument, key=key, order=order)


def units(
    kind: Kind,
    quantity: Decimal,
    when: days.Day,
    instrument: Written,
    currency: str,
    *,
    price: Decimal | None = None,
    amount: Decimal | None = None,
    ratio: tuple[Decimal, Decimal] | None = None,
    other: Written | None = None,
    key: str = "",
    note: str = "",
) -> Draft:
    """Units that came or went without a trade: a transfer, a bonus, a split, a merger. Raises Rejected for none."""
    if quantity == 0 and ratio is None:
        raise Rejected("the quantity is zero")
    row = Transaction(
        None,
        0,
        kind,
        when.on,
        when.at,
        quantity=abs(quantity) if quantity else None,
        price=price,
        amount=amount,
        currency=currency,
        ratio_new=ratio[0] if ratio else None,
        ratio_old=ratio[1] if ratio else None,
        isin=isin_in(instrument.isin),
        note=note[:1000],
    )
    return Draft(row, instrument, other, key=key)


def cash(
    kind: Kind,
    amount: Decimal,
    when: days.Day,
    currency: str,
    *,
    instrument: Written | None = None,
    key: str = "",
    note: str = "",
    taxes: Decimal = NOTHING,
    quantity: Decimal | None = None,
    rate: Decimal | None = None,
) -> Draft:
    """A sum of money that came or went. Raises Rejected for nothing."""
    if amount == 0:
        raise Rejected("the amount is zero")
    isin = isin_in(instrument.isin) if instrument is not None else ""
    row = Transaction(
        None,
        0,
        kind,
        when.on,
        when.at,
        quantity=quantity,
        amount=abs(amount),
        taxes=taxes,
        currency=currency,
        rate=rate,
        isin=isin,
        note=note[:1000],
    )
    return Draft(row, instrument, key=key)


_MOVES: Final = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL, Kind.TRANSFER_IN, Kind.TRANSFER_OUT})


def signed_cash(
    kind: Kind,
    net: Decimal,
    when: days.Day,
    currency: str,
    *,
    instrument: Written | None = None,
    key: str = "",
    note: str = "",
    rate: Decimal | None = None,
) -> Draft:
    """Cash by the sign of its amount: what came in is a deposit, what went out a withdrawal.

    Income that was taken back and a charge that was refunded become an adjustment of cash which a person should see.
    """
    if kind in _MOVES:
        kind = Kind.DEPOSIT if net > 0 else Kind.WITHDRAWAL
        return cash(kind, net, when, currency, key=key, note=note, rate=rate)
    came = kind in (Kind.DIVIDEND, Kind.INTEREST, Kind.RETURN_OF_CAPITAL)
    if net != 0 and came == (net < 0):
        of = f" of {instrument.text}" if instrument is not None else ""
        words = f"{kind.value.replace('_', ' ')}{of} {'taken back' if came else 'refunded'}"
        row = cash(Kind.ADJUSTMENT, net, when, currency, key=key, note=f"{words}: {note}".rstrip(": "), rate=rate)
        row = replace(row, transaction=replace(row.transaction, amount=net))
        return replace(row, doubt=f"a {words}; it is booked as an adjustment of cash")
    return cash(kind, net, when, currency, instrument=instrument, key=key, note=note, rate=rate)


def major(currency: str, *sums: Decimal | None) -> tuple[str, tuple[Decimal | None, ...]]:
    """Pence, cents and agorot as pounds, rand and shekels: the currency's code and the sums in it."""
    code = {"GBX": "GBP", "GBp": "GBP", "ZAc": "ZAR", "ZAC": "ZAR", "ILA": "ILS"}.get(currency.strip())
    if code is None:
        return currency.strip().upper(), sums
    return code, tuple(None if one is None else one / 100 for one in sums)


def inverse(rate: Decimal | None) -> Decimal | None:
    """1 / rate, to 10 places; None without one."""
    return round(1 / rate, 10) if rate else None


def holding(
    quantity: Decimal, average: Decimal | None, on: date, instrument: Written, currency: str, *, note: str = ""
) -> Draft:
    """Units that were there on a day, at their average cost (None where unknown).

    The same holding in a statement of another day is the same row, so its identity leaves out the day.
    """
    if quantity == 0:
        raise Rejected("the quantity is zero")
    if quantity < 0:
        raise Rejected(f"the quantity {plain(quantity)} is below zero; a holding is not owed")
    price = average if average is not None and average > 0 else None
    row = Transaction(
        None,
        0,
        Kind.OPENING_BALANCE,
        on,
        quantity=quantity,
        price=price,
        currency=currency,
        isin=isin_in(instrument.isin),
        note=note,
    )
    known_as = isin_in(instrument.isin) or ticker(instrument.symbol) or instrument.name.upper()
    return Draft(row, instrument, parts=("holding", known_as, plain(quantity), plain(price) if price else ""))


def stated_day(sheet: Sheet, home: Home) -> date | None:
    """The day a statement speaks of, told above its table ("as on 31-03-2024"); None where it is not."""
    for row in sheet.rows[:HEADER_WITHIN]:
        if (match := _AS_ON.search(" ".join(cell for cell in row if cell))) is not None:
            found = days.one(match[1].strip(), home=home.order, timezone=home.timezone)
            if found is not None and found.on <= today_for(home.currency):
                return found.on
    return None


def today(home: Home) -> date:
    """Today where the broker is."""
    return today_for(home.currency) if home.currency == "INR" else clock.now().date()


def isin_in(text: str) -> str:
    """The ISIN in a cell, or "": two letters, nine letters or digits, and a check digit that is right (ISO 6166)."""
    code = text.strip().upper()
    if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}\d", code) is None:
        return ""
    digits = [int(digit) for char in code for digit in str(int(char, 36))]
    odd = len(digits) % 2
    total = sum(d if place % 2 != odd else (2 * d if d < 5 else 2 * d - 9) for place, d in enumerate(digits))
    return code if total % 10 == 0 else ""


def times(on: date, at: datetime | None) -> str:
    """A day and its time as text for identities."""
    return f"{on.isoformat()} {at.isoformat() if at else ''}".strip()


def written(record: Record, home: Home, *, symbol: str = "", exchange: str = "", kind: str = "") -> Written:
    """The instrument of a row by its usual roles."""
    return Written(
        symbol=symbol or record.text("symbol"),
        isin=record.text("isin"),
        exchange=exchange or record.text("exchange"),
        name=record.text("name"),
        currency=record.text("currency") or home.currency,
        market=home.market,
        kind=kind,
    )


def kept(roles: Sequence[str], record: Record) -> str:
    """The texts of several roles as one note."""
    return "; ".join(text for role in roles if (text := record.text(role)))
