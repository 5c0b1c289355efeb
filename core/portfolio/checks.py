"""What can be known of a row from the row alone: whether it contradicts its kind, the calendar or common sense."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from core import clock
from core.portfolio.errors import BadTransaction
from core.portfolio.model import ONE, OWN, Kind, Transaction

_MARKET_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.&=_^-]{0,31}")
_OWN_SYMBOL = re.compile(r"OWN:[a-z0-9][a-z0-9-]{0,62}")
_CURRENCY = re.compile(r"[A-Z]{3,5}")
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")

_MOST = Decimal(10) ** 16
_PLACES = 24
_NOTE, _TAG, _TAGS, _EXTERNAL, _SOURCE = 1000, 40, 20, 200, 40
_FIRST_DAY = date(1900, 1, 1)
_INDIA = ZoneInfo("Asia/Kolkata")

_CASH_KINDS = frozenset({Kind.DEPOSIT, Kind.WITHDRAWAL})
_CASH_OR_UNITS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.OPENING_BALANCE, Kind.ADJUSTMENT})
_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
_SUMS = frozenset({Kind.DIVIDEND, Kind.INTEREST, Kind.FEE, Kind.TAX, Kind.RETURN_OF_CAPITAL})
_FREE = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT, Kind.OPENING_BALANCE, Kind.ADJUSTMENT, Kind.SPIN_OFF})
"""What may come at a price of nothing: a gift, an inheritance, bonus shares of long ago."""
_NO_SYMBOL_NEEDED = _CASH_KINDS | _CASH_OR_UNITS | {Kind.INTEREST, Kind.FEE, Kind.TAX}


def checked(row: Transaction) -> Transaction:
    """The row with its texts trimmed, when nothing in it contradicts its kind.

    Raises:
        BadTransaction: it does; `field` names the part.
    """
    row = _trimmed(row)
    _check_day(row)
    _check_texts(row)
    _check_numbers(row)
    _check_symbols(row)
    _check_kind(row)
    return row


def today_for(currency: str) -> date:
    """The latest day that has begun where such an instrument trades: India's for rupees, anywhere's for the rest."""
    now = clock.now()
    return now.astimezone(_INDIA).date() if currency == "INR" else (now + timedelta(hours=14)).date()


def _trimmed(row: Transaction) -> Transaction:
    tags = tuple(dict.fromkeys(tag.strip() for tag in row.tags if tag.strip()))
    changed = {
        name: text
        for name in ("symbol", "other_symbol", "currency", "isin", "external_id", "note", "source")
        if (text := getattr(row, name).strip()) != getattr(row, name)
    }
    return replace(row, tags=tags, **changed) if changed or tags != row.tags else row


def _check_day(row: Transaction) -> None:
    if row.on < _FIRST_DAY:
        raise BadTransaction("on", f"The trade date {row.on} is before 1900.", "Write the year with four digits.")
    if row.on > today_for(row.currency):
        raise BadTransaction(
            "on", f"The trade date {row.on} lies in the future.", "Enter it when it happened, or correct the date."
        )
    if row.at is None:
        return
    if row.at.tzinfo is None:
        raise BadTransaction("at", f"The time {row.at.isoformat()} has no timezone.", "Give it in UTC.")
    if abs((row.at.date() - row.on).days) > 1:
        raise BadTransaction(
            "at", f"The time {row.at.isoformat()} is not of the trade date {row.on}.", "Correct one of the two."
        )


def _check_texts(row: Transaction) -> None:
    for name, longest in (("note", _NOTE), ("external_id", _EXTERNAL), ("source", _SOURCE)):
        text = getattr(row, name)
        if len(text) > longest:
            raise BadTransaction(
                name, f"The {_words(name)} has {len(text)} characters.", f"Shorten it to at most {longest}."
            )
        _check_writable(name, text)
    if len(row.tags) > _TAGS:
        raise BadTransaction("tags", f"There are {len(row.tags)} tags.", f"Keep at most {_TAGS}.")
    for tag in row.tags:
        if len(tag) > _TAG or "," in tag:
            raise BadTransaction("tags", f"The tag {tag[:_TAG]!r} is too long or holds a comma.", "Shorten it.")
        _check_writable("tags", tag)
    if not _CURRENCY.fullmatch(row.currency):
        raise BadTransaction(
            "currency", f"{row.currency[:20]!r} is no currency.", "Give its three letters, as in INR or USD."
        )
    if row.isin and not _ISIN.fullmatch(row.isin):
        raise BadTransaction("isin", f"{row.isin[:20]!r} is no ISIN.", "An ISIN is 12 characters, as in INE002A01018.")


def _check_writable(name: str, text: str) -> None:
    if any(unicodedata.category(each) in {"Cc", "Cs"} and each not in "\n\t" for each in text):
        raise BadTransaction(name, f"The {_words(name)} holds characters that cannot be shown.", "Type it anew.")


def _check_numbers(row: Transaction) -> None:
    for name in ("quantity", "price", "amount", "fees", "taxes", "rate", "ratio_new", "ratio_old", "cost_share"):
        value: Decimal | None = getattr(row, name)
        if value is not None:
            _check_size(name, value)
    for name in ("rate", "ratio_new", "ratio_old"):
        value = getattr(row, name)
        if value is not None and value <= 0:
            raise BadTransaction(name, f"The {_words(name)} {value} is not above zero.", "Correct it or leave it out.")
    for name in ("fees", "taxes"):
        value = getattr(row, name)
        if value < 0:
            raise BadTransaction(
                name, f"The {name} {value} are below zero.", "Enter what was refunded as a row of its own (adjustment)."
            )
    if row.cost_share is not None and not 0 <= row.cost_share <= ONE:
        raise BadTransaction(
            "cost_share", f"The share of the cost {row.cost_share} is not within 0 and 1.", "Write 12.5 % as 0.125."
        )
    for _, quantity in row.lots:
        _check_size("lots", quantity)
        if quantity <= 0:
            raise BadTransaction("lots", f"A lot of {quantity} cannot be sold.", "Choose quantities above zero.")


def _check_size(name: str, value: Decimal) -> None:
    if not value.is_finite():
        raise BadTransaction(name, f"The {_words(name)} is not a number.", "Give it in digits.")
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    if abs(value) >= _MOST:
        raise BadTransaction(name, f"The {_words(name)} {value:.3E} is beyond any account.", "Check the decimal point.")
    if -exponent > _PLACES:
        raise BadTransaction(name, f"The {_words(name)} has {-exponent} decimal places.", f"Round it to {_PLACES}.")


def _check_symbols(row: Transaction) -> None:
    for name in ("symbol", "other_symbol"):
        text = getattr(row, name)
        if text and not (_MARKET_SYMBOL.fullmatch(text) or _OWN_SYMBOL.fullmatch(text)):
            raise BadTransaction(
                name,
                f"{text[:40]!r} is no symbol.",
                f"Choose an instrument, as in RELIANCE.NS, or an asset ({OWN}...).",
            )
    if row.symbol and row.symbol == row.other_symbol:
        raise BadTransaction("other_symbol", f"{row.symbol} cannot turn into itself.", "Name the other instrument.")
    if row.kind in _CASH_KINDS and row.symbol:
        raise BadTransaction(
            "symbol", f"A {_words(row.kind)} is of money, not of {row.symbol}.", "Use a transfer for units."
        )
    if row.kind not in _NO_SYMBOL_NEEDED and not row.symbol:
        raise BadTransaction("symbol", f"A {_words(row.kind)} needs an instrument.", "Choose it.")


def _check_kind(row: Transaction) -> None:
    _check_signs(row)
    kind = row.kind
    if kind in {Kind.BUY, Kind.SELL}:
        _need(row, "quantity")
        _need_worth(row)
    elif kind in _SUMS | _CASH_KINDS:
        _need_worth(row)
    elif kind in _CASH_OR_UNITS:
        if row.symbol:
            _need(row, "quantity")
        else:
            _need_worth(row)
    elif kind is Kind.SPLIT:
        _need(row, "ratio_new")
        _need(row, "ratio_old")
    elif kind in {Kind.BONUS, Kind.RIGHTS, Kind.SPIN_OFF}:
        _need_ratio_or_quantity(row)
        if kind is Kind.RIGHTS and not row.price and not row.amount:
            raise BadTransaction("price", "Rights were paid for, and the row has no price.", "Give the issue price.")
        if kind is Kind.SPIN_OFF:
            _need(row, "other_symbol")
    elif kind is Kind.MERGER:
        if row.other_symbol:
            _need_ratio_or_quantity(row)
        elif row.price is None:
            _need_worth(row)
    elif kind is Kind.SYMBOL_CHANGE:
        _need(row, "other_symbol")
    if row.counter_account_id is not None:
        if kind not in _TRANSFERS:
            raise BadTransaction(
                "counter_account_id", f"A {_words(kind)} has no other account.", "Use a transfer between accounts."
            )
        if row.counter_account_id == row.account_id:
            raise BadTransaction(
                "counter_account_id", "A transfer needs two different accounts.", "Choose the other account."
            )
    _check_worths_agree(row)


def _check_signs(row: Transaction) -> None:
    adjusting = row.kind is Kind.ADJUSTMENT
    if row.quantity is not None and (row.quantity == 0 or (row.quantity < 0 and not adjusting)):
        raise BadTransaction(
            "quantity",
            f"The quantity {row.quantity} is not above zero.",
            "Give what changed, with its sign."
            if adjusting
            else "What was sold is entered as a sale, without a minus.",
        )
    if row.price is not None and (row.price < 0 or (row.price == 0 and row.kind not in _FREE)):
        raise BadTransaction(
            "price",
            f"The price {row.price} is not above zero.",
            "Units that came without payment are a bonus, a transfer in or an opening balance.",
        )
    if row.amount is not None:
        free = row.kind in _FREE and row.symbol
        if adjusting and not row.symbol:
            if row.amount == 0:
                raise BadTransaction("amount", "An adjustment of 0 changes nothing.", "Give what changed.")
        elif row.amount < 0 or (row.amount == 0 and not free):
            raise BadTransaction(
                "amount", f"The amount {row.amount} is not above zero.", "The kind of the row says its direction."
            )


def _check_worths_agree(row: Transaction) -> None:
    """A price in pence beside an amount in pounds, or a misplaced decimal point, shows in quantity x price."""
    if row.kind not in {Kind.BUY, Kind.SELL} or row.amount is None or row.quantity is None or row.price is None:
        return
    exponent = row.price.as_tuple().exponent
    assert isinstance(exponent, int)
    rounding = row.quantity * Decimal(1).scaleb(min(exponent, 0))
    if abs(row.amount - row.quantity * row.price) > rounding + ONE + row.amount / 50:
        raise BadTransaction(
            "amount",
            f"{row.quantity} x {row.price} is {row.quantity * row.price}, and the amount says {row.amount}.",
            "Correct one of the three, or leave the price out.",
        )


def _need(row: Transaction, name: str) -> None:
    if getattr(row, name) in {None, ""}:
        raise BadTransaction(name, f"A {_words(row.kind)} needs the {_words(name)}.", "Fill it in.")


def _need_worth(row: Transaction) -> None:
    if row.gross is None:
        name = "price" if row.kind in {Kind.BUY, Kind.SELL} else "amount"
        raise BadTransaction(name, f"A {_words(row.kind)} needs the {name}.", "Fill it in.")


def _need_ratio_or_quantity(row: Transaction) -> None:
    if row.quantity is None and (row.ratio_new is None or row.ratio_old is None):
        raise BadTransaction(
            "ratio_new", f"A {_words(row.kind)} needs its ratio, or the units that came.", "Fill in one of them."
        )


def _words(name: str) -> str:
    return {"ratio_new": "ratio (new)", "ratio_old": "ratio (old)", "other_symbol": "other instrument"}.get(
        name, name.replace("_", " ")
    )
