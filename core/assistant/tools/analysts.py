"""What analysts say."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from core.assistant.model import Column, Figure, Series, Table, ToolResult
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.quotes import price_of
from core.assistant.tools.tool import body
from core.market.model import Ratings, Sourced

_WEIGHTS = {"strong_buy": 1.0, "buy": 2.0, "hold": 3.0, "sell": 4.0, "strong_sell": 5.0}
_WORDS = {"strong_buy": "Strong buy", "buy": "Buy", "hold": "Hold", "sell": "Sell", "strong_sell": "Strong sell"}


@body("get_analyst_ratings")
def get_analyst_ratings(evidence: Evidence) -> ToolResult:
    """Counts, consensus, targets against the price, calls of 90 days."""
    instrument = evidence.instrument()
    answer: Sourced[Ratings] = evidence.market.ratings(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    ratings, source, at = evidence.used(answer), answer.source, answer.as_of
    price = price_of(evidence)
    total = sum(ratings.counts.get(word, 0) for word in _WEIGHTS)
    if total:
        mean = sum(_WEIGHTS[word] * ratings.counts.get(word, 0) for word in _WEIGHTS) / total
        evidence.value("consensus", consensus_of(mean), "text", "Consensus", as_of=at, source=source)
        evidence.value("consensus_score", mean, "index", "Consensus, 1 strong buy to 5 strong sell", as_of=at,
                       source=source)  # fmt: skip
        evidence.value("analysts", ratings.analysts or total, "count", "Analysts", as_of=at, source=source)
        for word, label in _WORDS.items():
            evidence.value(word, ratings.counts.get(word, 0), "count", f"Say {label.lower()}", as_of=at, source=source)
        buys = ratings.counts.get("strong_buy", 0) + ratings.counts.get("buy", 0)
        evidence.value("buy_share", 100.0 * buys / total, "%", "Share that says buy", as_of=at, source=source)
    unit = instrument.currency
    evidence.value("price", price.price, unit, "Price", as_of=price.at, source=price.source)
    for field, target, label in (
        ("target_mean", ratings.target_mean, "Mean target"),
        ("target_high", ratings.target_high, "Highest target"),
        ("target_low", ratings.target_low, "Lowest target"),
    ):
        if target is not None:
            evidence.value(field, target, unit, label, as_of=at, source=source)
            away = 100.0 * (target / price.price - 1.0)
            evidence.value(f"{field}_upside", away, "%", f"{label} against the price", as_of=at, source=source)
    since = evidence.moment.date() - timedelta(days=90)
    recent = [one for one in ratings.calls if one.on >= since]
    for action, label in (("up", "Upgrades"), ("down", "Downgrades")):
        count = sum(one.action == action for one in recent)
        evidence.value(f"{action}grades", count, "count", f"{label} of 90 days", as_of=at, source=source,
                       period="90 days")  # fmt: skip
    if ratings.calls:
        last = max(ratings.calls, key=lambda one: one.on)
        evidence.value("last_call", last.grade, "text", f"Last call ({last.firm})", as_of=last.on, source=source)
        evidence.value("last_call_date", last.on, "date", "Date of the last call", as_of=last.on, source=source)
        if last.target is not None:
            evidence.value("last_call_target", last.target, unit, "Its target", as_of=last.on, source=source)
    if not total and ratings.target_mean is None and not ratings.calls:
        return evidence.missing(f"{source} knows no analyst who follows {name_of(instrument)}.")
    name = name_of(instrument)
    if total:
        evidence.show(
            Figure(
                "bars",
                f"{name}: what analysts say",
                f"Bars of {total} ratings of {name} from strong buy to strong sell.",
                (Series("Analysts", tuple(_WORDS.values()),
                        np.array([float(ratings.counts.get(word, 0)) for word in _WORDS]), "bar", unit="count"),),
                unit="count",
                symbols=(instrument.symbol,),
            )
        )  # fmt: skip
    evidence.show(
        Table(
            f"{name}: latest calls",
            (Column("Date", "date"), Column("Firm", "text"), Column("Call", "text"), Column("Before", "text"),
             Column("Change", "text"), Column("Target", unit)),
            tuple((one.on, one.firm, one.grade, one.previous_grade, one.action, one.target)
                  for one in sorted(ratings.calls, key=lambda one: one.on, reverse=True)[:8]),
        )
    )  # fmt: skip
    evidence.warn("Analysts' targets are opinions and often wrong; they are no promise.")
    return evidence.result()


def consensus_of(mean: float) -> str:
    """The word for a mean between 1 (strong buy) and 5 (strong sell)."""
    for most, word in ((1.5, "strong buy"), (2.5, "buy"), (3.5, "hold"), (4.5, "sell")):
        if mean <= most:
            return word
    return "strong sell"
