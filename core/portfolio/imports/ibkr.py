"""Interactive Brokers: what the Flex query and the activity statement have in common."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Final

from core.portfolio.imports import amounts, days, trades
from core.portfolio.imports.errors import NeedsHand, NotARow, Rejected
from core.portfolio.imports.model import Draft, Home, Written
from core.portfolio.model import NOTHING, Kind

HOME: Final = Home("month first", "America/New_York", "USD", market="")
_HELD: Final = frozenset({"stk", "stocks", "stock", "etf", "etfs", "fund", "funds", "mutualfunds", "crypto", "reit"})
_BONDS: Final = frozenset({"bond", "bonds", "bill", "treasurybills"})
_FOREX: Final = frozenset({"cash", "forex"})
_SYMBOL: Final = re.compile(r"^\s*([A-Z0-9.\- ]{1,24}?)\s*\(([A-Z]{2}[A-Z0-9]{9}\d)\)")
_INSIDE: Final = re.compile(r"\(([A-Z0-9.\- ]{1,16}),[^)]*?,\s*([A-Z]{2}[A-Z0-9]{9}\d|[A-Z0-9]{9})\s*\)\s*$")
_RATIO: Final = re.compile(r"(\d+(?:\.\d+)?)\s+for\s+(\d+(?:\.\d+)?)", re.IGNORECASE)
_CASH: Final = (
    (r"withholding|871\(m\)|tax", Kind.TAX),
    (r"dividend|payment in lieu", Kind.DIVIDEND),
    (r"deposit|withdrawal", Kind.DEPOSIT),
    (r"interest received|interest paid|interest|bond interest", Kind.INTEREST),
    (r"fee|commission adj|advisor", Kind.FEE),
    (r"return of capital", Kind.RETURN_OF_CAPITAL),
)  # fmt: skip


def number(text: str, what: str) -> Decimal | None:
    """The number in an attribute or cell. Raises Rejected for something else."""
    try:
        return amounts.parse(text)
    except ValueError:
        raise Rejected(f"the {what} “{text[:30]}” is not a number") from None


def when(text: str) -> days.Day:
    """The day, and the time where there is one: the statements are in New York's time. Raises Rejected."""
    found = days.one(text, home=HOME.order, timezone=HOME.timezone)
    if found is None:
        raise Rejected(f"“{text[:40]}” is not a date" if text else "the date is missing")
    return found


def execution(
    *,
    category: str,
    currency: str,
    what: Written,
    at: str,
    quantity: str,
    price: str,
    fees: str,
    fee_currency: str,
    taxes: str,
    key: str,
    proceeds: str = "",
) -> Draft | tuple[Draft, ...]:
    """A fill. A conversion of currencies becomes money that leaves in one and comes in the other."""
    group = re.sub(r"[^a-z]", "", category.lower())
    if group in _FOREX:
        return _forex(what, currency, at, quantity, price, proceeds, key, (fees, fee_currency))
    if group and group not in _HELD | _BONDS:
        raise Rejected(f"“{what.text[:40]}” is of the kind “{category[:20]}”; options, futures and CFDs are not kept")
    units, per_unit = number(quantity, "quantity"), number(price, "price")
    if not units:
        raise Rejected("the quantity is zero" if units is not None else "the quantity is missing")
    if group in _BONDS:
        raise NeedsHand(f"{what.text}: bonds are quoted in per cent of their face value; add them by hand")
    day = when(at)
    fee, tax = number(fees, "commission") or NOTHING, number(taxes, "tax") or NOTHING
    code, (per_unit,) = trades.major(currency, per_unit)
    draft = trades.trade(
        Kind.BUY if units > 0 else Kind.SELL,
        units,
        per_unit,
        day,
        what,
        HOME,
        fees=max(-fee, NOTHING),
        taxes=abs(tax),
        currency=code,
        key=key,
    )
    if fee > 0:  # a rebate for adding liquidity
        worth = abs(units) * (per_unit or NOTHING)
        gross = worth - fee if units > 0 else worth + fee
        draft = replace(
            draft, transaction=replace(draft.transaction, amount=gross, note=f"rebate {amounts.plain(fee)}")
        )
    if fee and fee_currency and fee_currency.upper() not in (code, currency.upper()):
        return replace(draft, doubt=f"its commission is in {fee_currency}, and was taken as {code}: correct it")
    return draft


def _forex(
    what: Written,
    currency: str,
    at: str,
    quantity: str,
    price: str,
    proceeds: str,
    key: str,
    commission: tuple[str, str],
) -> tuple[Draft, ...]:
    base = re.split(r"[./]", what.symbol.upper())[0]
    units, rate, other = number(quantity, "quantity"), number(price, "price"), number(proceeds, "proceeds")
    if not units or not (rate or other) or not re.fullmatch(r"[A-Z]{3}", base):
        raise Rejected("a conversion of currencies without its two sums")
    paid = other if other else -units * (rate or NOTHING)
    day, note = when(at), f"conversion {what.symbol}"
    keys = (f"{key}:{base}", f"{key}:{currency}") if key else ("", "")
    sides = (
        trades.signed_cash(Kind.DEPOSIT, units, day, base, key=keys[0], note=note),
        trades.signed_cash(Kind.DEPOSIT, paid, day, currency.upper(), key=keys[1], note=note),
    )
    fee, money = number(commission[0], "commission"), commission[1].upper() or currency.upper()
    if not fee:
        return sides
    return *sides, trades.signed_cash(Kind.FEE, fee, day, money, key=f"{key}:fee" if key else "", note=note)


def cash_row(kind: str, amount: str, currency: str, at: str, description: str, what: Written | None, key: str) -> Draft:
    """A dividend, tax, fee, interest or payment by the statement's word for it; signs tell reversals."""
    found = next((one for pattern, one in _CASH if re.search(pattern, kind.lower())), None)
    if found is None:
        raise NeedsHand(f"“{kind[:40]}” is not known; add it by hand where it matters")
    net = number(amount, "amount")
    if net is None:
        raise Rejected("the amount is missing")
    if what is None and found in (Kind.DIVIDEND, Kind.TAX, Kind.RETURN_OF_CAPITAL):
        what = named_in(description, currency)
    if found is Kind.DIVIDEND and what is None:
        raise NeedsHand("a dividend whose share is not told")
    if found is Kind.DIVIDEND and "return of capital" in description.lower():
        found = Kind.RETURN_OF_CAPITAL
    if found is Kind.INTEREST and net < 0:
        found = Kind.FEE  # interest paid on a loan
    code, (net_major,) = trades.major(currency, net)
    of = what if found not in (Kind.DEPOSIT, Kind.INTEREST, Kind.FEE) else None
    return trades.signed_cash(
        found, net_major or NOTHING, when(at), code, instrument=of, key=key, note=description[:300]
    )


def named_in(description: str, currency: str) -> Written | None:
    """The share that a description begins with: "AAPL(US0378331005) Cash Dividend ..."."""
    match = _SYMBOL.match(description)
    return None if match is None else Written(match[1], match[2], "", "", currency)


def corporate_action(
    *, description: str, quantity: str, currency: str, at: str, proceeds: str, key: str, what: Written | None
) -> Draft:
    """A split, share dividend or spin-off by its description; whatever else happened asks for a person."""
    words = description.lower()
    of = named_in(description, currency) or what
    units = number(quantity, "quantity") or NOTHING
    ratio = _RATIO.search(description)
    if of is None:
        raise NeedsHand(f"“{description[:60]}” names no share; add it by hand")
    if re.search(r"\bsplit\b", words) and ratio is not None:
        new, old = Decimal(ratio[1]), Decimal(ratio[2])
        if "reverse" in words or (units < 0 < old - new) or units > 0 or new > old:
            return trades.units(
                Kind.SPLIT, NOTHING, when(at), of, currency, ratio=(new, old), key=key, note=description[:300]
            )
        raise NotARow
    if re.search(r"stock dividend|bonus", words) and units > 0:
        return trades.units(Kind.BONUS, units, when(at), of, currency, key=key, note=description[:300])
    if re.search(r"spin-?\s?off", words) and ratio is not None and units > 0 and (out := _INSIDE.search(description)):
        other = Written(out[1].strip(), trades.isin_in(out[2]), "", "", currency)
        return replace(
            trades.units(
                Kind.SPIN_OFF,
                units,
                when(at),
                of,
                currency,
                ratio=(Decimal(ratio[1]), Decimal(ratio[2])),
                other=other,
                key=key,
                note=description[:300],
            ),
            doubt="how much of the cost moved with the spin-off is not told: fill in its share",
        )
    worth = number(proceeds, "proceeds")
    paid = f" for {amounts.plain(worth)} {currency}" if worth else ""
    raise NeedsHand(f"“{description[:80]}”{paid}: add it by hand (merger, exchange, rights or symbol change)")
