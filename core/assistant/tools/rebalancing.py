"""What would bring the portfolio to target weights. A proposal to consider; nothing is ordered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from core.assistant.model import Column, Scalar, Table, ToolResult
from core.assistant.tools.evidence import Evidence
from core.assistant.tools.portfolio import EMPTY, investor_of
from core.assistant.tools.tool import body
from core.portfolio import risk
from core.portfolio.desk import Desk, desk
from core.portfolio.holdings import Holding
from core.portfolio.overview import compose
from core.portfolio.rebalance import Target, rebalance
from core.portfolio.returns import Unavailable

LEAST = 2
_EXACT = Decimal("0.000001")


@body("suggest_rebalance")
def suggest_rebalance(evidence: Evidence) -> ToolResult:
    """Targets by the method, the drift from them, and orders with costs and tax that would close it."""
    investor = investor_of(evidence, "A portfolio")
    if evidence.as_of is not None:
        return evidence.missing("A rebalance is reckoned for what is held now. Ask without a past day.")
    stand = desk(investor, service=evidence.market)
    view = compose(stand.ledger, stand.prices, stand.base, of=stand.values, own=stand.own)
    known = [one for one in view.holdings if one.value is not None and one.value > 0 and one.quantity > 0]
    if view.empty or not known:
        return evidence.missing(EMPTY)
    if len(known) < LEAST:
        return evidence.missing("There is one holding only, so there is nothing to rebalance between. Add another one.")
    method = evidence.text("method")
    weights = _weights(known, stand, method)
    if isinstance(weights, Unavailable):
        return evidence.missing(f"Weights cannot be worked out: {weights.because} Choose equal weights.")
    cash = max(Decimal(0), view.cash_value or Decimal(0))
    whole = sum((one.value for one in known if one.value is not None), Decimal(0)) + cash
    invested = Decimal(1) - cash / whole
    targets = [Target(symbol, (Decimal(str(weight)) * invested).quantize(_EXACT)) for symbol, weight in weights.items()]
    over = sum((one.share for one in targets), Decimal(0)) - Decimal(1)
    if over > 0:
        targets[0] = Target(targets[0].symbol, targets[0].share - over)
    prices = {one.facts.symbol: one.value / one.quantity for one in known if one.value is not None}
    plan = rebalance(known, targets, cash, prices, view.until, lots=stand.ledger.lots)
    source = ", ".join(("ledger", *view.source))
    as_of = max((one.as_of for one in known if one.as_of is not None), default=evidence.moment)
    if view.simulated:
        evidence.simulate()

    def put(field: str, value: float | int | str, unit: str, label: str, symbol: str = "") -> None:
        evidence.value(field, value, unit, label, symbol=symbol, as_of=as_of, source=source)

    put("method", method.replace("_", " "), "text", "Method")
    put("portfolio_value", float(view.value), view.base, "Portfolio value")
    put("orders", len(plan.proposals), "count", "Orders proposed")
    put("costs", float(plan.costs), view.base, "Estimated costs of trading")
    if plan.tax is not None:
        put("tax", float(plan.tax), view.base, "Estimated tax on the gains")
    else:
        evidence.warn("The tax on some of it cannot be estimated.")
    rows: list[tuple[Scalar, ...]] = []
    for one in plan.drifts:
        if one.share is None or one.drift is None:
            continue
        evidence.about((one.symbol,))
        put("weight", float(100 * one.share), "%", f"{one.symbol}: share now", one.symbol)
        put("target_weight", float(100 * one.target), "%", f"{one.symbol}: target", one.symbol)
        put("drift", float(100 * one.drift), "%", f"{one.symbol}: above (or below) the target, points", one.symbol)
        rows.append((one.symbol, float(100 * one.share), float(100 * one.target), float(100 * one.drift)))
    orders: list[tuple[Scalar, ...]] = []
    for order in plan.proposals:
        put("order_side", order.side, "text", f"{order.symbol}: proposed", order.symbol)
        put("order_quantity", float(order.quantity), "shares", f"{order.symbol}: quantity", order.symbol)
        put("order_amount", float(order.amount), view.base, f"{order.symbol}: amount", order.symbol)
        tax = None if order.tax is None else float(order.tax)
        orders.append((order.side, order.symbol, float(order.quantity), float(order.amount), float(order.costs), tax))
    for problem in plan.problems:
        evidence.warn(problem)
    if not plan.proposals:
        evidence.warn("The portfolio is within a point of its targets: nothing needs to be done.")
    evidence.warn("A proposal by rule, no advice; nothing has been ordered.")
    evidence.show(
        Table(
            "Weights and targets",
            (Column("Symbol", "text"), Column("Share now", "%"), Column("Target", "%"), Column("Drift", "%")),
            tuple(rows),
            note="Cash keeps its share.",
        )
    )
    if orders:
        evidence.show(
            Table(
                "Orders to consider",
                (Column("Side", "text"), Column("Symbol", "text"), Column("Quantity", "shares"),
                 Column("Amount", view.base), Column("Costs", view.base), Column("Tax", view.base)),
                tuple(orders),
            )
        )  # fmt: skip
    return evidence.result()


def _weights(known: list[Holding], stand: Desk, method: str) -> Mapping[str, float] | Unavailable:
    """Target weights of what is held, adding up to 1."""
    symbols = [one.facts.symbol for one in known]
    if method == "equal_weight":
        return dict.fromkeys(symbols, 1.0 / len(symbols))
    from core.portfolio.optimiser import Aim, optimise

    aim = Aim.MINIMUM_VARIANCE if method == "min_variance" else Aim.RISK_PARITY
    _, returns = risk.price_returns(stand.prices, symbols, stand.base)
    found = optimise(symbols, returns, aim)
    return found if isinstance(found, Unavailable) else found.of
