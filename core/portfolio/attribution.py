"""Which holdings and sectors made the result, and why it differs from the benchmark's.

Contribution: each line's gain over a span, against the capital of the whole. The capital is the start value and the
flows weighted by the time they were there (Dietz, 1968), so contributions add up to the whole's Dietz return exactly.

Attribution: allocation, selection and interaction by sector (Brinson, Hood and Beebower, 1986), against sector weights
and returns of a benchmark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.portfolio.periods import Performance
from core.portfolio.prices import day_number
from core.portfolio.returns import Rate, Unavailable
from core.portfolio.valuation import Daily, flows, line_flows


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one symbol (or the cash of one currency) added. `gain` in the base currency, `share` of the capital."""

    symbol: str
    is_cash: bool
    start_value: float
    end_value: float
    into: float
    out: float
    gain: float
    share: float | None


@dataclass(frozen=True, slots=True)
class Contributions:
    """All lines, the largest gain first.

    Attributes:
        rate: the whole's Dietz return: the sum of all shares.
        capital: what it is a fraction of.
    """

    lines: tuple[Contribution, ...]
    gain: float
    capital: float
    rate: Rate
    without: tuple[str, ...]


def contributions(of: Daily, shown: Performance) -> Contributions:
    """What each line earned in the span of a `Performance` of everything.

    Interest and charges without a symbol are in the cash's line.
    """
    low, high = of.at(day_number(shown.start)), of.at(day_number(shown.end))
    known, _ = of.without_unknown(low, high)
    into, out = line_flows(of)
    span = slice(low + 1, high + 1)
    came, went = into[:, span].sum(axis=1), out[:, span].sum(axis=1)
    gain = of.values[:, high] - of.values[:, low] - came + went
    whole = flows(of, known)
    weight = (high - np.arange(low + 1, high + 1)) / max(high - low, 1)
    capital = float(of.values[known, low].sum() + (whole.net[span] * weight).sum())
    usable = capital > 0
    lines = [
        Contribution(
            asset.symbol or asset.currency,
            asset.is_cash,
            float(of.values[at, low]),
            float(of.values[at, high]),
            float(came[at]),
            float(went[at]),
            float(gain[at]),
            float(gain[at] / capital) if usable else None,
        )
        for at, asset in enumerate(of.assets)
        if known[at] and (gain[at] != 0.0 or of.values[at, low] != 0.0 or of.values[at, high] != 0.0 or came[at] != 0.0)
    ]
    total = float(gain[known].sum())
    rate: Rate = total / capital if usable else Unavailable("There was no capital in this time.")
    return Contributions(
        tuple(sorted(lines, key=lambda each: (-each.gain, each.symbol))), total, capital, rate, shown.without
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Contributions of one sector, class or account, added up."""

    label: str
    gain: float
    share: float | None
    symbols: tuple[str, ...]


def by_group(of: Contributions, labels: Mapping[str, str]) -> tuple[Group, ...]:
    """Contributions by label, the largest gain first; cash is "Cash", what has no label "Unknown"."""
    gains: dict[str, float] = {}
    members: dict[str, list[str]] = {}
    for each in of.lines:
        label = "Cash" if each.is_cash else labels.get(each.symbol, "Unknown")
        gains[label] = gains.get(label, 0.0) + each.gain
        members.setdefault(label, []).append(each.symbol)
    usable = of.capital > 0
    listed = (
        Group(label, gain, gain / of.capital if usable else None, tuple(members[label]))
        for label, gain in gains.items()
    )
    return tuple(sorted(listed, key=lambda each: (-each.gain, each.label)))


@dataclass(frozen=True, slots=True)
class Effect:
    """One sector against the benchmark's, fractions.

    Attributes:
        allocation: of having more or less in it: (own weight - benchmark weight) x (sector return - whole benchmark).
        selection: of what was chosen in it: benchmark weight x (own return - sector return).
        interaction: of both together.
    """

    label: str
    weight: float
    benchmark_weight: float
    rate: float
    benchmark_rate: float
    allocation: float
    selection: float
    interaction: float

    @property
    def total(self) -> float:
        """All three."""
        return self.allocation + self.selection + self.interaction


def brinson(
    own: Mapping[str, tuple[float, float]], benchmark: Mapping[str, tuple[float, float]]
) -> tuple[Effect, ...] | Unavailable:
    """Effects by sector; they add up to the difference of the two returns.

    Args:
        own, benchmark: label -> (weight, return), weights adding up to 1 in each.
    """
    for name, side in (("own", own), ("benchmark", benchmark)):
        whole = sum(weight for weight, _ in side.values())
        if abs(whole - 1.0) > 1e-6:
            return Unavailable(f"The {name} weights add up to {whole:.4f} and not to 1.")
    level = sum(weight * rate for weight, rate in benchmark.values())
    found = []
    for label in dict.fromkeys((*own, *benchmark)):
        weight, rate = own.get(label, (0.0, 0.0))
        other_weight, other_rate = benchmark.get(label, (0.0, 0.0))
        if label not in own:
            rate = other_rate
        if label not in benchmark:
            other_rate = level  # the benchmark has none of it: its own return there counts as selection
        found.append(
            Effect(
                label,
                weight,
                other_weight,
                rate,
                other_rate,
                (weight - other_weight) * (other_rate - level),
                other_weight * (rate - other_rate),
                (weight - other_weight) * (rate - other_rate),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.total, each.label)))
