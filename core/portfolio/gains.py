"""What each position has earned, in the investor's currency: price apart from currency, realised apart from not.

All of it is Decimal. For a position in the investor's own currency the ledger's own figures are used as they are; for
the others each amount is converted at the rate of its day (what was really paid, where the row says so), and a gain is
divided so that nothing is left over:

    cost rate      = cost in own currency / cost in the position's currency   (the average rate it was bought at)
    price effect   = (value - cost) in the position's currency x cost rate
    currency effect = value in the position's currency x (rate - cost rate)

and both add up to value - cost in the investor's currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from core.portfolio.model import NOTHING, ONE, Entry, Kind, Ledger, Position, Transaction
from core.portfolio.prices import Floats, Prices
from core.portfolio.tape import EXCHANGES, TRANSFERS

Key = tuple[int, str]
_INCOME = frozenset({Kind.DIVIDEND, Kind.INTEREST})
_CHARGES = frozenset({Kind.FEE, Kind.TAX})
_IN_COST = frozenset({Kind.BUY, Kind.RIGHTS})
_IN_PROCEEDS = frozenset({Kind.SELL})
_CARRIES_COST = EXCHANGES | TRANSFERS


@dataclass(frozen=True, slots=True)
class Split:
    """A gain in the investor's currency, divided into what the price did and what the currency did."""

    price: Decimal = NOTHING
    currency: Decimal = NOTHING

    @property
    def total(self) -> Decimal:
        """Both together."""
        return self.price + self.currency

    def __add__(self, other: Split) -> Split:
        return Split(self.price + other.price, self.currency + other.currency)


@dataclass(frozen=True, slots=True)
class Gain:
    """One position's earnings in `base`; None is unknown, never 0.

    Attributes:
        price: a unit's last price in the position's `currency`; `age` in days.
        value, invested: of what is held.
        unrealised: value less cost; None without a price, a rate or a cost.
        realised: of what was sold, net of fees and taxes.
        realised_unknown: proceeds of units whose cost nobody stated.
        income: dividends and interest, gross.
        charges: fees and taxes outside of cost and proceeds (on income, on transfers, by themselves).
        fees, taxes: all of them, those inside of cost and proceeds too.
        because: why something is None; "" when nothing is.
    """

    account_id: int
    symbol: str
    currency: str
    base: str
    quantity: Decimal
    price: Decimal | None
    age: int | None
    value: Decimal | None
    invested: Decimal | None
    unrealised: Split | None
    realised: Split | None
    realised_unknown: Decimal
    income: Decimal | None
    charges: Decimal | None
    fees: Decimal | None
    taxes: Decimal | None
    because: str = ""

    @property
    def total(self) -> Decimal | None:
        """Everything earned since the start, costs taken off; None when a part is unknown."""
        if self.unrealised is None or self.realised is None or self.income is None or self.charges is None:
            return None
        return self.unrealised.total + self.realised.total + self.income - self.charges


@dataclass(slots=True)
class _State:
    """A position in a foreign currency while its entries go by."""

    quantity: Decimal = NOTHING
    unknown: Decimal = NOTHING
    local: Decimal = NOTHING
    base: Decimal = NOTHING
    realised: Split = field(default_factory=Split)
    problem: str = ""


class Rates:
    """Rates of days as Decimal, read once each."""

    def __init__(self, prices: Prices, base: str) -> None:
        self._prices, self._base = prices, base
        self._series: dict[str, Floats] = {}

    def on(self, currency: str, day: date) -> Decimal | None:
        """Units of the base currency for one of `currency`; None when unknown."""
        if currency == self._base:
            return ONE
        if currency not in self._series:
            self._series[currency] = self._prices.rate(currency, self._base)
        rate = float(self._series[currency][self._prices.at(day)])
        return Decimal(repr(rate)) if rate == rate else None  # noqa: PLR0124  NaN is the one number unequal to itself


def gains(ledger: Ledger, prices: Prices, base: str, *, accounts: Iterable[int] | None = None) -> tuple[Gain, ...]:
    """Each position of these accounts (all when not said), in the ledger's order, those that were sold too."""
    scope = None if accounts is None else frozenset(accounts)
    rates = Rates(prices, base)
    foreign = _foreign(ledger, rates, base)
    sums = _sums(ledger.transactions, rates)
    positions = [each for each in ledger.positions if scope is None or each.account_id in scope]
    last, age = prices.carried(dict.fromkeys(each.symbol for each in positions))
    row = {symbol: at for at, symbol in enumerate(dict.fromkeys(each.symbol for each in positions))}
    found = []
    for each in positions:
        at = row[each.symbol]
        price = float(last[at, -1])
        known = Decimal(repr(price)) if price == price else None  # noqa: PLR0124  NaN
        found.append(
            _gain(
                each,
                prices,
                rates,
                base,
                known,
                int(age[at, -1]),
                foreign.get((each.account_id, each.symbol)),
                sums[each.account_id, each.symbol],
            )
        )
    return tuple(found)


def _gain(
    position: Position,
    prices: Prices,
    rates: Rates,
    base: str,
    price: Decimal | None,
    age: int,
    state: _State | None,
    sums: _Sums,
) -> Gain:
    quantity = position.quantity
    invested: Decimal | None = position.invested
    realised: Split | None = Split(price=position.realised)
    because = ""
    if state is not None:
        invested, realised = (state.base, state.realised) if not state.problem else (None, None)
        because = state.problem
    priced_in = prices.currency(position.symbol, position.currency)
    rate = rates.on(priced_in, prices.until)
    value: Decimal | None = NOTHING
    if quantity:
        value = None if price is None or rate is None else quantity * price * rate
        if price is None:
            about = prices.about.get(position.symbol)
            because = because or (about.because if about and about.because else "There is no price.")
        elif rate is None:
            because = because or f"There is no rate of {priced_in} into {base}."
    if position.unknown_quantity:
        because = because or "Nobody stated what some of it cost."
    unrealised: Split | None = None
    if value is not None and invested is not None and not position.unknown_quantity:
        unrealised = _unrealised(position, state, value, invested, rate)
    return Gain(
        position.account_id,
        position.symbol,
        priced_in,
        base,
        quantity,
        price,
        age if age >= 0 else None,
        value,
        invested,
        unrealised,
        realised,
        position.realised_unknown,
        sums.known("income"),
        sums.known("charges"),
        sums.known("fees"),
        sums.known("taxes"),
        because,
    )


def _unrealised(
    position: Position, state: _State | None, value: Decimal, invested: Decimal, rate: Decimal | None
) -> Split:
    if state is None or not state.local or rate is None:
        return Split(price=value - invested)
    cost_rate = state.base / state.local
    local = value / rate
    price_effect = (local - position.invested) * cost_rate
    return Split(price_effect, value - invested - price_effect)


def _foreign(ledger: Ledger, rates: Rates, base: str) -> Mapping[Key, _State]:
    """Cost and realised gain in the base currency of every position that trades in another."""
    states = {(each.account_id, each.symbol): _State() for each in ledger.positions if each.currency != base}
    if not states:
        return {}
    carried: dict[int | None, Decimal] = {}
    for entry in ledger.entries:
        state = states.get((entry.account_id, entry.symbol))
        if state is None or state.problem:
            continue
        _follow(state, entry, rates, carried)
    return states


def _follow(state: _State, entry: Entry, rates: Rates, carried: dict[int | None, Decimal]) -> None:
    rate = rates.on(entry.position_currency, entry.on)
    if rate is None:
        state.problem = f"There is no rate of {entry.position_currency} on {entry.on:%d %b %Y}."
        return
    before, cost = state.quantity, entry.cost_change
    state.quantity += entry.quantity_change
    if before < 0 or state.quantity < 0:
        state.problem = "More was sold than was ever bought."
        return
    if cost > 0:
        came = carried.pop(entry.transaction_id, None) if entry.kind in _CARRIES_COST else None
        paid = rates.on(entry.currency, entry.on) if entry.kind in _IN_COST and entry.cash_change else None
        if came is None:
            came = cost * rate if paid is None else -entry.cash_change * paid
        state.local += cost
        state.base += came
    elif entry.quantity_change > 0 and entry.kind not in {Kind.BONUS, Kind.SPLIT, *_CARRIES_COST}:
        state.unknown += entry.quantity_change
    if entry.split_factor != 1:
        state.unknown *= entry.split_factor
    sold = -entry.quantity_change if entry.kind is Kind.SELL else NOTHING
    unknown_part = state.unknown / before if sold and before else NOTHING
    state.unknown -= sold * unknown_part
    if cost >= 0 and not sold:
        return
    share = -cost / state.local if state.local else NOTHING
    gone = state.base * share
    cost_rate = state.base / state.local if state.local else rate
    state.local += cost
    state.base -= gone
    if entry.kind in _CARRIES_COST:
        carried[entry.transaction_id] = carried.get(entry.transaction_id, NOTHING) + gone
        return
    purse = rates.on(entry.currency, entry.on) if entry.cash_change else ONE
    if purse is None:
        state.problem = f"There is no rate of {entry.currency} on {entry.on:%d %b %Y}."
        return
    received = entry.cash_change * purse * (ONE - unknown_part)
    price_effect = (received / rate + cost) * cost_rate
    state.realised += Split(price_effect, received - gone - price_effect)


class _Sums:
    """Income and charges of one position in the base currency; None once a rate was missing."""

    __slots__ = ("_missing", "_of")

    def __init__(self) -> None:
        self._of: dict[str, Decimal] = defaultdict(Decimal)
        self._missing: set[str] = set()

    def add(self, name: str, amount: Decimal, rate: Decimal | None) -> None:
        if not amount:
            return
        if rate is None:
            self._missing.add(name)
        else:
            self._of[name] += amount * rate

    def known(self, name: str) -> Decimal | None:
        return None if name in self._missing else self._of[name]


def _sums(rows: Iterable[Transaction], rates: Rates) -> Mapping[Key, _Sums]:
    found: dict[Key, _Sums] = defaultdict(_Sums)
    for row in rows:
        income, charge = row.kind in _INCOME, row.kind in _CHARGES
        if not (income or charge or row.fees or row.taxes):
            continue
        rate = rates.on(row.currency, row.on)
        sums = found[row.account_id, row.symbol]
        gross = row.gross or NOTHING
        if income:
            sums.add("income", gross, rate)
        if charge:
            sums.add("fees" if row.kind is Kind.FEE else "taxes", gross, rate)
            sums.add("charges", gross, rate)
        sums.add("fees", row.fees, rate)
        sums.add("taxes", row.taxes, rate)
        if row.kind not in _IN_COST and row.kind not in _IN_PROCEEDS:
            sums.add("charges", row.fees + row.taxes, rate)
    return found


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over positions, and over rows without a symbol; what is unknown is counted apart.

    Attributes:
        value, invested, unrealised, ...: of the positions where they are known.
        unknown: symbols some figure of which is unknown.
    """

    base: str
    value: Decimal
    invested: Decimal
    unrealised: Split
    realised: Split
    realised_unknown: Decimal
    income: Decimal
    charges: Decimal
    fees: Decimal
    taxes: Decimal
    unknown: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """Everything earned, of what is known."""
        return self.unrealised.total + self.realised.total + self.income - self.charges


def totals(
    found: Iterable[Gain], ledger: Ledger, prices: Prices, base: str, *, accounts: Iterable[int] | None = None
) -> Totals:
    """The sum of these gains, with the interest and charges of rows that name no symbol."""
    listed = tuple(found)
    scope = None if accounts is None else frozenset(accounts)
    loose = _Sums()
    rates = Rates(prices, base)
    for (account_id, symbol), sums in _sums(ledger.transactions, rates).items():
        if symbol or (scope is not None and account_id not in scope):
            continue
        for name in ("income", "charges", "fees", "taxes"):
            loose.add(name, sums.known(name) or NOTHING, ONE)
    unrealised, realised = Split(), Split()
    for each in listed:
        unrealised += each.unrealised or Split()
        realised += each.realised or Split()

    def of(name: str) -> Decimal:
        return sum((getattr(each, name) or NOTHING for each in listed), NOTHING) + (loose.known(name) or NOTHING)

    return Totals(
        base,
        sum((each.value or NOTHING for each in listed), NOTHING),
        sum((each.invested or NOTHING for each in listed), NOTHING),
        unrealised,
        realised,
        sum((each.realised_unknown for each in listed), NOTHING),
        of("income"),
        of("charges"),
        of("fees"),
        of("taxes"),
        tuple(dict.fromkeys(each.symbol for each in listed if each.because)),
    )
