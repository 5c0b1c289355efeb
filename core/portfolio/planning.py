"""What the Rebalance page and the analyst ask of an investor: weights for an aim, orders to consider, the future."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core import clock
from core.accounts.model import Account as Investor
from core.market.service import Market
from core.portfolio import risk
from core.portfolio.desk import WHOLE, Desk, Scope, desk
from core.portfolio.gains import Rates
from core.portfolio.holdings import Holding
from core.portfolio.model import NOTHING, OWN
from core.portfolio.optimiser import Aim, Constraints, Frontier, View, Weights, frontier, optimise
from core.portfolio.overview import Overview, compose
from core.portfolio.price_loading import quoted
from core.portfolio.prices import Prices
from core.portfolio.projection import Method, Projection, project
from core.portfolio.projection import Plan as Savings
from core.portfolio.rebalance import Costs, Mode, Plan, Target, rebalance
from core.portfolio.returns import Unavailable
from core.portfolio.studies import years_before

_SHARE = Decimal("0.0001")


@dataclass(frozen=True)
class WeightsStudy:
    """Weights for an aim beside those of today.

    Attributes:
        now: today's weights among the assets that take part.
        left_out: holdings that do not: without daily prices, or valued by hand.
        plan: orders that would bring today's holdings to the weights; None when there are none.
    """

    view: Overview
    now: Mapping[str, float]
    weights: Weights | Unavailable
    line: Frontier | Unavailable | None
    plan: Plan | None
    left_out: tuple[str, ...]


def weights_study(
    investor: Investor,
    aim: Aim,
    scope: Scope = WHOLE,
    *,
    constraints: Constraints | None = None,
    views: Sequence[View] = (),
    riskless: float = 0.065,
    years_back: float = 3.0,
    mode: Mode = "full",
    points: int = 0,
    extra: Sequence[str] = (),
    base: str | None = None,
    service: Market | None = None,
) -> WeightsStudy:
    """Weights of what is held (and of `extra` symbols) for an aim, with orders to consider.

    Args:
        points: of the efficient frontier; 0 for none.

    Raises:
        db.session.DatabaseProblem: the database is away.
    """
    stand = desk(investor, scope, base=base, service=service)
    view = compose(stand.ledger, stand.prices, stand.base, of=stand.values, own=stand.own)
    wanted = [each.facts.symbol for each in view.holdings if _takes_part(each)] + list(extra)
    symbols = list(dict.fromkeys(wanted))
    prices = quoted(
        symbols,
        years_before(stand.prices.until, years_back),
        base_currency=stand.base,
        until=stand.prices.until,
        owner=investor.owner,
        service=service,
    )
    known = [symbol for symbol in symbols if symbol in prices.close]
    _, returns = risk.price_returns(prices, known, stand.base, years=years_back)
    found = optimise(known, returns, aim, constraints=constraints, riskless=riskless, views=views)
    line = frontier(known, returns, constraints=constraints, riskless=riskless, points=points) if points else None
    values = {each.facts.symbol: float(each.value or 0) for each in view.holdings if each.facts.symbol in known}
    whole = sum(values.values())
    plan = None
    if isinstance(found, Weights):
        plan = rebalance_to(stand, view, found.of, prices, mode=mode)
    return WeightsStudy(
        view,
        {symbol: value / whole for symbol, value in values.items()} if whole > 0 else {},
        found,
        line,
        plan,
        tuple(each.facts.symbol for each in view.holdings if each.facts.symbol not in known),
    )


def rebalance_to(
    stand: Desk,
    view: Overview,
    weights: Mapping[str, float],
    prices: Prices | None = None,
    *,
    mode: Mode = "full",
    band: Decimal = Decimal("0.01"),
    reserve: Decimal = NOTHING,
    costs: Costs | None = None,
) -> Plan:
    """Orders that bring the holdings named in `weights`, and the cash, to these weights; other holdings stay.

    Args:
        weights: fractions adding up to at most 1; the rest stays cash.
        prices: with symbols that are not held yet among them.

    Raises:
        ValueError: weights that are negative or add up to more than 1.
    """
    listed = tuple(each for each in view.holdings if each.facts.symbol in weights)
    cash = view.cash_value if view.cash_kept and view.cash_value is not None else NOTHING
    # Weights are floats; cut to hundredths of a per cent, they never add up to more than everything.
    targets = [
        Target(symbol, Decimal(repr(weight)).quantize(_SHARE, "ROUND_DOWN")) for symbol, weight in weights.items()
    ]
    today = clock.now().date()
    units = _unit_prices(stand, weights, prices)
    return rebalance(
        listed,
        targets,
        max(cash, NOTHING),
        units,
        today,
        mode=mode,
        band=band,
        reserve=reserve,
        costs=costs,
        lots=stand.ledger.lots,
    )


def _unit_prices(stand: Desk, symbols: Mapping[str, float], prices: Prices | None) -> dict[str, Decimal]:
    """The last price of each symbol in the base currency; those without one are left out."""
    found: dict[str, Decimal] = {}
    for source in (prices, stand.prices):
        if source is None:
            continue
        rates = Rates(source, stand.base)
        carried, _ = source.carried(symbols)
        for at, symbol in enumerate(symbols):
            rate = rates.on(source.currency(symbol, stand.base), source.until)
            price = float(carried[at, -1])
            if rate is not None and price == price:  # noqa: PLR0124  NaN is the one number unequal to itself
                found[symbol] = Decimal(repr(price)) * rate
    return found


def _takes_part(each: Holding) -> bool:
    return each.value is not None and each.quantity > 0 and not each.facts.symbol.startswith(OWN)


@dataclass(frozen=True)
class ProjectionStudy:
    """Where today's holdings, with what is saved, may be; `left_out` has no daily prices and is not in the start."""

    start: float
    currency: str
    projection: Projection | Unavailable
    left_out: tuple[str, ...]


def projection_study(
    investor: Investor,
    scope: Scope = WHOLE,
    *,
    monthly: float,
    years: int,
    goal: float | None = None,
    raise_a_year: float = 0.0,
    inflation: float = 0.0,
    method: Method = "bootstrap",
    paths: int = 5_000,
    seed: int = 1,
    years_back: float = 10.0,
    base: str | None = None,
    service: Market | None = None,
) -> ProjectionStudy:
    """A projection of today's holdings and cash from the returns today's holdings would have had.

    Raises:
        ValueError: a plan that cannot be (`core.portfolio.projection.project`).
        db.session.DatabaseProblem: the database is away.
    """
    stand = desk(investor, scope, base=base, service=service)
    view = compose(stand.ledger, stand.prices, stand.base, of=stand.values, own=stand.own)
    cash = max(0.0, float(view.cash_value or 0))
    prices = quoted(
        [each.facts.symbol for each in view.holdings if _takes_part(each)],
        years_before(stand.prices.until, years_back),
        base_currency=stand.base,
        until=stand.prices.until,
        owner=investor.owner,
        service=service,
    )
    series, left_out = risk.today(view.holdings, prices, stand.base, cash=cash, years=years_back)
    start = cash + sum(float(each.value or 0) for each in view.holdings if each.facts.symbol not in left_out)
    plan = Savings(start, monthly, years, raise_a_year, goal, inflation)
    found = project(series.returns, plan, method=method, paths=paths, seed=seed)
    return ProjectionStudy(start, stand.base, found, left_out)
