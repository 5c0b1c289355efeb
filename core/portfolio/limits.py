"""Limits of the risk profile, checked before an order and watched afterwards: what broke each, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from core.portfolio.model import NOTHING, ONE
from core.portfolio.overview import Overview
from core.portfolio.periods import Period

Side = Literal["buy", "sell"]
Rule = Literal["position", "daily_loss", "exposure", "order_size", "unknown"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Fractions of the whole value, except `smallest_order` and `largest_order`, which are units.

    Attributes:
        position: the most one symbol may be.
        daily_loss: the most that may be lost since the last session began, before only selling is left.
        exposure: the most that all positions together may be.
    """

    position: Decimal = Decimal("0.10")
    daily_loss: Decimal = Decimal("0.02")
    exposure: Decimal = Decimal("0.80")
    smallest_order: Decimal = ONE
    largest_order: Decimal = Decimal(10_000)

    def __post_init__(self) -> None:
        for name in ("position", "daily_loss", "exposure"):
            value = getattr(self, name)
            if not NOTHING < value <= ONE:
                raise ValueError(f"the limit {name} is {value}; it must be above 0 and at most 1 (1 is 100 %)")
        if not NOTHING < self.smallest_order <= self.largest_order:
            raise ValueError("the smallest order must be above 0 and at most the largest")


PROFILES: Mapping[str, Limits] = {
    "low": Limits(Decimal("0.05"), Decimal("0.01"), Decimal("0.60")),
    "medium": Limits(),
    "high": Limits(Decimal("0.20"), Decimal("0.04"), ONE),
}


def of_profile(risk_tolerance: str) -> Limits:
    """The limits of a risk tolerance ("low", "medium", "high"); those of "medium" when nothing was said."""
    return PROFILES.get(risk_tolerance, PROFILES["medium"])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an investor stands; money in one currency.

    Attributes:
        value: of everything, cash with it.
        positions: value of each symbol; None unknown.
        day_start: value when the last session began, flows taken out; None unknown.
    """

    value: Decimal
    positions: Mapping[str, Decimal | None]
    day_start: Decimal | None
    quantities: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that is broken, or cannot be checked (`rule` "unknown").

    Attributes:
        value, limit: fractions, or units for "order_size"; None where there is none.
        blocks: an order may not go on.
    """

    rule: Rule
    symbol: str
    value: Decimal | None
    limit: Decimal | None
    message: str
    remedy: str
    blocks: bool = True


def standing(view: Overview) -> Standing:
    """Where the owner of an overview stands."""
    shown = view.performance[Period.TODAY]
    start = None if shown.gain is None or shown.without else Decimal(repr(shown.start_value + shown.into - shown.out))
    return Standing(
        view.value,
        {each.facts.symbol: each.value for each in view.holdings},
        start,
        {each.facts.symbol: each.quantity for each in view.holdings},
    )


def check_order(
    side: Side, symbol: str, quantity: Decimal, price: Decimal, now: Standing, limits: Limits
) -> tuple[Breach, ...]:
    """Every limit that an order would break; empty when it may go on.

    What lowers risk (selling what is held) is only held to the order size.

    Args:
        price: of a unit, in the currency of the standing.
    """
    found = []
    if not limits.smallest_order <= quantity <= limits.largest_order:
        found.append(
            Breach(
                "order_size",
                symbol,
                quantity,
                limits.largest_order,
                f"An order of {quantity:f} units is outside {limits.smallest_order:f} to {limits.largest_order:f}.",
                "Change the quantity, or divide the order.",
            )
        )
    held = now.quantities.get(symbol, NOTHING)
    if side == "sell" and quantity <= held:
        return tuple(found)
    if price <= 0 or now.value <= 0:
        because = "its price is not known" if price <= 0 else "nothing of known value is there"
        found.append(_unknown(symbol, because))
        return tuple(found)
    before = now.positions.get(symbol, NOTHING)
    if before is None:
        found.append(_unknown(symbol, "what is held of it has no price"))
        return tuple(found)
    amount = quantity * price if side == "buy" else -quantity * price
    after = abs(before + amount)
    if after / now.value > limits.position:
        share = after / now.value
        room = max(NOTHING, (limits.position * now.value - before) / price)
        found.append(
            Breach(
                "position",
                symbol,
                share,
                limits.position,
                f"{symbol} would be {100 * share:.1f} % of everything; at most {100 * limits.position:.0f} % may be.",
                f"Buy at most {int(room)} units, or raise the limit.",
            )
        )
    others = sum((abs(each) for name, each in now.positions.items() if each is not None and name != symbol), NOTHING)
    exposure = (others + after) / now.value
    if exposure > limits.exposure:
        found.append(
            Breach(
                "exposure",
                symbol,
                exposure,
                limits.exposure,
                f"{100 * exposure:.1f} % would be invested; at most {100 * limits.exposure:.0f} % is allowed.",
                "Buy less, sell something first, or raise the limit.",
            )
        )
    return (*found, *_daily_loss(now, limits))


def watch(now: Standing, limits: Limits) -> tuple[Breach, ...]:
    """The limits that what is held breaks by itself; nothing is blocked by it."""
    found: list[Breach] = []
    if now.value > 0:
        for symbol, value in now.positions.items():
            if value is None:
                found.append(_unknown(symbol, "it has no price"))
            elif abs(value) / now.value > limits.position:
                share = abs(value) / now.value
                message = f"{symbol} is {100 * share:.1f} % of the portfolio, above {100 * limits.position:.0f} %."
                found.append(
                    Breach("position", symbol, share, limits.position, message, "Sell some, or raise the limit.")
                )
        exposure = sum((abs(each) for each in now.positions.values() if each is not None), NOTHING) / now.value
        if exposure > limits.exposure:
            message = f"{100 * exposure:.1f} % is invested, above {100 * limits.exposure:.0f} %."
            found.append(Breach("exposure", "", exposure, limits.exposure, message, "Raise cash, or raise the limit."))
    found.extend(_daily_loss(now, limits))
    return tuple(replace(each, blocks=False) for each in found)


def _daily_loss(now: Standing, limits: Limits) -> tuple[Breach, ...]:
    if now.day_start is None or now.day_start <= 0:
        return ()
    lost = (now.day_start - now.value) / now.day_start
    if lost <= limits.daily_loss:
        return ()
    return (
        Breach(
            "daily_loss",
            "",
            lost,
            limits.daily_loss,
            f"{100 * lost:.1f} % was lost today, more than {100 * limits.daily_loss:.0f} %.",
            "Only selling is left for today. Wait for the next session, or raise the limit.",
        ),
    )


def _unknown(symbol: str, because: str) -> Breach:
    return Breach(
        "unknown",
        symbol,
        None,
        None,
        f"The limits of {symbol} cannot be checked, because {because}.",
        "Add a price, or wait for the source.",
    )
