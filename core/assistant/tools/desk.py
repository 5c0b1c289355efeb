"""The investor's watchlist and alerts."""

from __future__ import annotations

from core.accounts.model import Account
from core.assistant.errors import BadArguments, NeedsInvestor
from core.assistant.model import Column, Scalar, Table, ToolResult
from core.assistant.tools.evidence import Evidence, name_of, price_unit
from core.assistant.tools.movers import lines_of
from core.assistant.tools.quotes import price_of
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.operations import alerts


@body("get_watchlist")
def get_watchlist(evidence: Evidence) -> ToolResult:
    """Watched instruments with the move of the day."""
    investor = evidence.context.investor
    if investor is None:
        raise NeedsInvestor(evidence.tool, "The watchlist")
    symbols = evidence.market.watched(investor.owner)
    if not symbols:
        return evidence.missing("Your watchlist is empty. Add instruments to it on the Market or Charts page.")
    instruments = []
    for symbol in symbols:
        try:
            instruments.append(evidence.instrument(symbol))
        except MarketError as error:
            evidence.warn(str(error))
    lines = lines_of(evidence, instruments)
    rows: list[tuple[Scalar, ...]] = []
    for one in lines:
        symbol, unit = one.instrument.symbol, price_unit(one.instrument)
        change = one.change(1)
        from_high = 100.0 * (float(one.close[-1]) / float(one.close[-252:].max()) - 1.0)
        for field, value, of, label in (
            ("close", float(one.close[-1]), unit, "price"),
            ("change_percent", change, "%", "change of the day"),
            ("change_week", one.change(5), "%", "change of the week"),
            ("from_high_52w", from_high, "%", "below the highest close of 52 weeks"),
        ):
            evidence.value(field, value, of, f"{name_of(one.instrument)}: {label}", symbol=symbol, as_of=one.as_of,
                           source=one.source)  # fmt: skip
        rows.append((symbol, name_of(one.instrument), float(one.close[-1]), change, one.change(5), from_high))
    moved = [(change, one) for one in lines if (change := one.change(1)) is not None]
    newest, source = max(one.as_of for one in lines), lines[0].source
    evidence.value("watched", len(symbols), "count", "Instruments watched", symbol="", as_of=newest, source="desk")
    evidence.value("rising", sum(change > 0 for change, _ in moved), "count", "Rising today", symbol="", as_of=newest,
                   source=source)  # fmt: skip
    evidence.value("falling", sum(change < 0 for change, _ in moved), "count", "Falling today", symbol="",
                   as_of=newest, source=source)  # fmt: skip
    evidence.show(
        Table(
            "Watchlist",
            (Column("Symbol", "text"), Column("Name", "text"), Column("Price"), Column("Day", "%"),
             Column("Week", "%"), Column("From the 52-week high", "%")),
            tuple(sorted(rows, key=lambda row: -(row[3] if isinstance(row[3], float) else 0.0))),
        )
    )  # fmt: skip
    return evidence.result()


@body("create_alert")
def create_alert(evidence: Evidence) -> ToolResult:
    """Makes one armed alert of the investor's."""
    investor = evidence.context.investor
    if investor is None:
        raise NeedsInvestor(evidence.tool, "A price alert")
    if evidence.as_of is not None:
        reason = "An alert waits for prices to come, so it cannot be set as of a past day."
        raise BadArguments(evidence.tool, "level", reason, "Ask without a day.")
    level = evidence.number("level")
    assert level is not None
    price = price_of(evidence)
    made = _standing(evidence, investor, level)
    if made is not None:
        evidence.warn("You have this alert already; no second one was made.")
    else:
        made = alerts.create(
            investor,
            evidence.symbol,
            evidence.text("condition"),
            level,
            note=evidence.text("note"),
            service=evidence.market,
        )
    unit = "%" if made.condition == "change_pct" else price_unit(price.instrument)
    now = evidence.market.now()
    for field, value, of, label in (
        ("alert_id", made.id, "count", "Number of the alert"),
        ("alert_condition", made.condition, "text", "Condition"),
        ("alert_words", f"{alerts.CONDITIONS[made.condition]}", "text", "It fires when the price"),
        ("alert_level", float(made.level), unit, "Level"),
        ("alert_state", made.state, "text", "State"),
    ):
        evidence.value(field, value, of, label, as_of=now, source="desk")
    evidence.value("price", price.price, price_unit(price.instrument), "Price now", as_of=price.at, source=price.source)
    if made.condition != "change_pct":
        away = 100.0 * (float(made.level) / price.price - 1.0)
        evidence.value("alert_distance", away, "%", "Level from the price", as_of=price.at, source=price.source)
        reached = (made.condition == "above" and price.price >= level) or (
            made.condition == "below" and price.price <= level
        )
        if reached:
            evidence.warn("The price has reached this level already, so the alert will fire at once.")
    return evidence.result()


def _standing(evidence: Evidence, investor: Account, level: float) -> alerts.Alert | None:
    """The same alert where it is armed already: a question asked again must not double it."""
    return next(
        (
            one
            for one in alerts.alerts_of(investor, service=evidence.market)
            if one.state == "armed"
            and (one.symbol, one.condition) == (evidence.symbol, evidence.text("condition"))
            and float(one.level) == level
        ),
        None,
    )
