"""A portfolio to look around in: what somebody might have done since the summer of 2023, at the prices of whatever
market this desk shows.

Everything follows from the market's own bars and actions up to yesterday, so two visitors of one day hold the same, and
what was told of a past day stays. Splits and bonuses are those that the market has for the instrument; quantities are
whole shares (fractions for coins), bought with the money that was there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from core.market.errors import MarketError
from core.market.instruments import infer
from core.market.model import Action, ActionKind, AssetClass, Bars
from core.market.service import Market
from core.market.store.adjust import exchange_days, later_splits
from core.portfolio.model import NOTHING, Account, Kind, Transaction
from core.portfolio.prices import day_number, day_of

SOURCE = "sample"
FILE_NAME = "Sample portfolio"
FIRST_DAY = date(2023, 6, 5)
INDIA, WORLD = 1, 2
"""Numbers of the two accounts inside a sample; stored ones have their own."""

ACCOUNTS = (
    Account(INDIA, "Sample: India", "broker", "INR", "Sample broker"),
    Account(WORLD, "Sample: US and crypto", "broker", "USD", "Sample broker"),
)

_CENT = Decimal("0.01")
_COIN = Decimal("0.0001")
_PAID_AFTER = timedelta(days=18)
"""From the ex-date to the dividend on the account."""
_US_WITHHOLDING = Decimal("0.25")
_YEARLY_CHARGE = Decimal("354.00")

_PURCHASES: tuple[tuple[date, str, int], ...] = (
    (date(2023, 6, 7), "RELIANCE.NS", 60_000),
    (date(2023, 6, 7), "HDFCBANK.NS", 70_000),
    (date(2023, 6, 19), "TCS.NS", 65_000),
    (date(2023, 7, 11), "NESTLEIND.NS", 50_000),
    (date(2023, 7, 18), "AAPL", 1_500),
    (date(2023, 8, 3), "LT.NS", 60_000),
    (date(2023, 8, 22), "INFY.NS", 55_000),
    (date(2023, 9, 14), "MSFT", 1_800),
    (date(2023, 10, 10), "ITC.NS", 45_000),
    (date(2023, 11, 21), "SUNPHARMA.NS", 50_000),
    (date(2024, 1, 16), "BTC-USD", 900),
    (date(2024, 2, 6), "TATASTEEL.NS", 45_000),
    (date(2024, 3, 12), "HDFCBANK.NS", 40_000),
    (date(2024, 5, 9), "MARUTI.NS", 48_000),
    (date(2024, 6, 20), "GOLDBEES.NS", 40_000),
    (date(2024, 7, 25), "RELIANCE.NS", 35_000),
    (date(2024, 9, 5), "BHARTIARTL.NS", 45_000),
    (date(2024, 11, 14), "MSFT", 900),
    (date(2025, 1, 21), "ICICIBANK.NS", 55_000),
    (date(2025, 3, 11), "TATASTEEL.NS", 25_000),
    (date(2025, 4, 8), "TCS.NS", 35_000),
    (date(2025, 6, 17), "BTC-USD", 600),
    (date(2025, 8, 26), "LT.NS", 40_000),
    (date(2025, 11, 6), "GOLDBEES.NS", 30_000),
    (date(2026, 1, 20), "SUNPHARMA.NS", 35_000),
    (date(2026, 4, 14), "ICICIBANK.NS", 40_000),
    (date(2026, 7, 7), "HDFCBANK.NS", 45_000),
    (date(2026, 9, 15), "AAPL", 900),
)
_SALES: tuple[tuple[date, str, Decimal], ...] = (
    (date(2024, 4, 16), "INFY.NS", Decimal("0.5")),
    (date(2024, 10, 22), "LT.NS", Decimal("0.3")),
    (date(2025, 7, 15), "INFY.NS", Decimal(1)),
    (date(2025, 12, 9), "NESTLEIND.NS", Decimal("0.4")),
    (date(2026, 6, 9), "BTC-USD", Decimal("0.25")),
    (date(2026, 8, 18), "MARUTI.NS", Decimal("0.5")),
)
"""Day, symbol, share of what is held."""
_SIP, _SIP_DAY, _SIP_AMOUNT = "NIFTYBEES.NS", 5, 10_000
_DEPOSITS: Mapping[int, tuple[int, int, int]] = {INDIA: (300_000, 25_000, 1), WORLD: (3_500, 280, 3)}
"""At the start, then again each so many months."""

SYMBOLS = tuple(dict.fromkeys([*(symbol for _, symbol, _ in _PURCHASES), _SIP]))

_BROUGHT, _EX, _TRADED = range(3)


@dataclass(frozen=True, slots=True)
class Sample:
    """Accounts numbered `INDIA` and `WORLD`, their rows, oldest first, and the symbols no source had prices of."""

    accounts: tuple[Account, ...]
    transactions: tuple[Transaction, ...]
    simulated: bool
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Instrument:
    symbol: str
    account_id: int
    currency: str
    coin: bool
    isin: str
    days: tuple[int, ...]
    closes: tuple[float, ...]
    actions: tuple[Action, ...]

    def traded(self, wanted: date) -> tuple[date, Decimal] | None:
        """The first session from a day on, and the close of it as it was traded; None when it has not come yet."""
        at = int(np.searchsorted(self.days, day_number(wanted)))
        if at >= len(self.days):
            return None
        day = day_of(self.days[at])
        return day, _rounded(self.closes[at] * later_splits(self.actions, day))


@dataclass(slots=True)
class _Desk:
    """What is there while the days go by."""

    cash: dict[int, Decimal] = field(default_factory=lambda: {INDIA: NOTHING, WORLD: NOTHING})
    units: dict[str, Decimal] = field(default_factory=dict)
    rows: list[Transaction] = field(default_factory=list)

    def add(self, row: Transaction, cash: Decimal) -> None:
        self.cash[row.account_id] += cash
        self.rows.append(row)


_Step = tuple[date, int, Callable[[_Desk], None]]
_kept: WeakKeyDictionary[Market, tuple[date, Sample]] = WeakKeyDictionary()
_building = threading.Lock()


def sample(service: Market, today: date) -> Sample:
    """The sample as of the evening before `today`; worked out once a day and market."""
    with _building:
        kept = _kept.get(service)
        if kept is not None and kept[0] == today and kept[1].simulated is not service.mode().live:
            return kept[1]
        made = build(service, today)
        if not made.missing:  # what a vendor did not answer is asked again next time
            _kept[service] = (today, made)
        return made


def build(service: Market, today: date) -> Sample:
    """Work the sample out from daily bars of `SYMBOLS` before `today`."""
    answers = service.bars_many(SYMBOLS, "1d", FIRST_DAY - timedelta(days=10))
    instruments: dict[str, _Instrument] = {}
    missing: list[str] = []
    simulated = False
    for symbol, answer in answers.items():
        known = None if isinstance(answer, MarketError) else _instrument(symbol, answer.data, today)
        if known is None or isinstance(answer, MarketError):
            missing.append(symbol)
        else:
            instruments[symbol] = known
            simulated |= answer.simulated
    desk = _Desk()
    steps = (*_brought(today), *_sips(instruments, today), *_trades(instruments), *_events(instruments))
    for day, _, do in sorted(steps, key=lambda step: step[:2]):
        if day < today:
            do(desk)
    rows = sorted((row for row in desk.rows if row.on < today), key=lambda row: row.on)
    named = tuple(replace(row, external_id=f"sample-{at:04d}") for at, row in enumerate(rows, 1))
    return Sample(ACCOUNTS, named, simulated, tuple(missing))


def _instrument(symbol: str, bars: Bars, today: date) -> _Instrument | None:
    about = infer(symbol)
    days = exchange_days(pd.DatetimeIndex(bars.frame.index), about.timezone)
    closes = bars.frame["close"].to_numpy(dtype=np.float64)
    usable = np.isfinite(closes) & (closes > 0) & (days < day_number(today))
    if not usable.any():
        return None
    return _Instrument(
        symbol,
        INDIA if bars.currency == "INR" else WORLD,
        bars.currency,
        about.asset_class is AssetClass.CRYPTO,
        about.isin or "",
        tuple(days[usable].tolist()),
        tuple(closes[usable].tolist()),
        bars.actions,
    )


def _rounded(price: float) -> Decimal:
    return max(Decimal(repr(price)).quantize(_CENT), _CENT)


def _months(first: date, day: int, every: int, until: date) -> Iterator[date]:
    at = first.year * 12 + first.month - 1
    while True:
        at += every
        when = date(at // 12, at % 12 + 1, day)
        if when >= until:
            return
        yield when


def _brought(today: date) -> Iterator[_Step]:
    """Money from outside, and the yearly charge of the Indian account."""
    for account in ACCOUNTS:
        first, again, every = _DEPOSITS[account.id]
        sums = [(FIRST_DAY, first), *((when, again) for when in _months(FIRST_DAY, 2, every, today))]
        for when, amount in sums:
            yield when, _BROUGHT, _deposit(account, when, Decimal(amount))
    for year in range(FIRST_DAY.year + 1, today.year + 1):
        yield date(year, 4, 10), _TRADED, _charge(date(year, 4, 10))


def _deposit(account: Account, when: date, amount: Decimal) -> Callable[[_Desk], None]:
    row = Transaction(None, account.id, Kind.DEPOSIT, when, amount=amount, currency=account.currency, source=SOURCE)
    return lambda desk: desk.add(row, amount)


def _charge(when: date) -> Callable[[_Desk], None]:
    row = Transaction(
        None, INDIA, Kind.FEE, when, amount=_YEARLY_CHARGE, currency="INR", source=SOURCE, note="Demat account, a year"
    )
    return lambda desk: desk.add(row, -_YEARLY_CHARGE)


def _sips(instruments: Mapping[str, _Instrument], today: date) -> Iterator[_Step]:
    fund = instruments.get(_SIP)
    if fund is None:
        return
    for when in _months(FIRST_DAY, _SIP_DAY, 1, today):
        found = fund.traded(when)
        if found is not None:
            yield found[0], _TRADED, _buy(fund, *found, Decimal(_SIP_AMOUNT), ("SIP",))


def _trades(instruments: Mapping[str, _Instrument]) -> Iterator[_Step]:
    for when, symbol, amount in _PURCHASES:
        known = instruments.get(symbol)
        found = known.traded(when) if known else None
        if known is not None and found is not None:
            yield found[0], _TRADED, _buy(known, *found, Decimal(amount), _tags(known))
    for when, symbol, share in _SALES:
        known = instruments.get(symbol)
        found = known.traded(when) if known else None
        if known is not None and found is not None:
            yield found[0], _TRADED, _sell(known, *found, share)


def _tags(instrument: _Instrument) -> tuple[str, ...]:
    about = infer(instrument.symbol)
    return ("Core",) if about.asset_class is AssetClass.STOCK else ("Satellite",)


def _costs(instrument: _Instrument, gross: Decimal, side: Literal["buy", "sell"]) -> tuple[Decimal, Decimal]:
    """Fees and taxes of a trade: a discount broker's, the exchange's, securities transaction tax and stamp duty."""
    if instrument.coin:
        return (gross * Decimal("0.001")).quantize(_CENT), NOTHING
    if instrument.currency != "INR":
        return Decimal("1.00"), NOTHING
    stamp = Decimal("0.00015") if side == "buy" else NOTHING
    exempt = infer(instrument.symbol).asset_class is not AssetClass.STOCK  # funds pay next to nothing
    transaction_tax = NOTHING if exempt else Decimal("0.001")
    fees = min(Decimal(20), gross * Decimal("0.0003")) + gross * Decimal("0.0000335")
    return fees.quantize(_CENT), (gross * (transaction_tax + stamp)).quantize(_CENT)


def _buy(
    instrument: _Instrument, when: date, price: Decimal, wanted: Decimal, tags: tuple[str, ...]
) -> Callable[[_Desk], None]:
    def do(desk: _Desk) -> None:
        budget = min(wanted, desk.cash[instrument.account_id] * Decimal("0.99"))
        unit = _COIN if instrument.coin else Decimal(1)
        quantity = (budget / price).quantize(unit, rounding=ROUND_DOWN)
        if quantity <= 0:
            return
        gross = quantity * price
        fees, taxes = _costs(instrument, gross, "buy")
        desk.units[instrument.symbol] = desk.units.get(instrument.symbol, NOTHING) + quantity
        row = _row(instrument, Kind.BUY, when, quantity=quantity, price=price, fees=fees, taxes=taxes, tags=tags)
        desk.add(row, -gross - fees - taxes)

    return do


def _sell(instrument: _Instrument, when: date, price: Decimal, share: Decimal) -> Callable[[_Desk], None]:
    def do(desk: _Desk) -> None:
        unit = _COIN if instrument.coin else Decimal(1)
        held = desk.units.get(instrument.symbol, NOTHING)
        quantity = (held * share).quantize(unit, rounding=ROUND_DOWN)
        if quantity <= 0:
            return
        gross = quantity * price
        fees, taxes = _costs(instrument, gross, "sell")
        desk.units[instrument.symbol] = held - quantity
        tags = _tags(instrument)
        row = _row(instrument, Kind.SELL, when, quantity=quantity, price=price, fees=fees, taxes=taxes, tags=tags)
        desk.add(row, gross - fees - taxes)

    return do


def _events(instruments: Mapping[str, _Instrument]) -> Iterator[_Step]:
    for instrument in instruments.values():
        for action in instrument.actions:
            if action.ex_date <= FIRST_DAY or action.value <= 0:
                continue
            if action.kind is ActionKind.SPLIT:
                yield action.ex_date, _EX, _more_units(instrument, action)
            elif action.kind is ActionKind.DIVIDEND:
                yield action.ex_date, _EX, _dividend(instrument, action)


def _more_units(instrument: _Instrument, action: Action) -> Callable[[_Desk], None]:
    """Vendors tell a bonus as a split; of the Indian ones, two for one is nearly always a bonus."""

    def do(desk: _Desk) -> None:
        held = desk.units.get(instrument.symbol, NOTHING)
        if held <= 0:
            return
        ratio = Decimal(repr(action.value))
        desk.units[instrument.symbol] = held * ratio
        bonus = instrument.currency == "INR" and ratio == 2
        row = _row(
            instrument,
            Kind.BONUS if bonus else Kind.SPLIT,
            action.ex_date,
            ratio_new=Decimal(1) if bonus else ratio,
            ratio_old=Decimal(1),
        )
        desk.add(row, NOTHING)

    return do


def _dividend(instrument: _Instrument, action: Action) -> Callable[[_Desk], None]:
    a_share = Decimal(repr(action.value * later_splits(instrument.actions, action.ex_date))).quantize(Decimal("0.0001"))

    def do(desk: _Desk) -> None:
        held = desk.units.get(instrument.symbol, NOTHING)
        amount = (held * a_share).quantize(_CENT)
        if amount <= 0:
            return
        taxes = NOTHING if instrument.currency == "INR" else (amount * _US_WITHHOLDING).quantize(_CENT)
        when = action.ex_date + _PAID_AFTER
        row = _row(instrument, Kind.DIVIDEND, when, quantity=held, price=a_share, amount=amount, taxes=taxes)
        desk.add(row, amount - taxes)

    return do


def _row(
    instrument: _Instrument,
    kind: Kind,
    when: date,
    *,
    quantity: Decimal | None = None,
    price: Decimal | None = None,
    amount: Decimal | None = None,
    fees: Decimal = NOTHING,
    taxes: Decimal = NOTHING,
    ratio_new: Decimal | None = None,
    ratio_old: Decimal | None = None,
    tags: tuple[str, ...] = (),
) -> Transaction:
    return Transaction(
        None,
        instrument.account_id,
        kind,
        when,
        symbol=instrument.symbol,
        quantity=quantity,
        price=price,
        amount=amount,
        fees=fees,
        taxes=taxes,
        currency=instrument.currency,
        ratio_new=ratio_new,
        ratio_old=ratio_old,
        isin=instrument.isin,
        source=SOURCE,
        tags=tags,
    )
