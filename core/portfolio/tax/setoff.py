"""Losses against gains, the exemption, and what is left to be taxed at which rate (s. 70, 74, 112A).

Order: short-term losses first against short-term gains, the highest rate first, then against long-term gains; long-term
losses against long-term gains only. Losses brought forward come after those of the year. The exemption comes last and
is used on the highest rate first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from core.portfolio.model import NOTHING


@dataclass(frozen=True, slots=True)
class Losses:
    """Losses of earlier years that may still be set off, both positive."""

    short: Decimal = NOTHING
    long: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class SetOff:
    """What became of the year's gains.

    Attributes:
        short, long: taxable gains by rate after losses and exemption, none negative.
        used_short, used_long: losses of the year that met gains; `used_brought` those of earlier years.
        exempt: how much of the exemption was used; `exemption` is all of it.
        carried: losses left over for later years, brought forward ones among them.
    """

    short: Mapping[Decimal, Decimal]
    long: Mapping[Decimal, Decimal]
    used_short: Decimal
    used_long: Decimal
    used_brought: Losses
    exempt: Decimal
    exemption: Decimal
    carried: Losses


@dataclass(slots=True)
class _Pot:
    """Gains by rate, and the losses of the same term."""

    gains: dict[Decimal, Decimal] = field(default_factory=dict)
    loss: Decimal = NOTHING

    def take(self, amount: Decimal) -> Decimal:
        """Lower the gains by up to `amount`, the highest rate first; what was used."""
        left = amount
        for rate in sorted(self.gains, reverse=True):
            used = min(left, self.gains[rate])
            self.gains[rate] -= used
            left -= used
        return amount - left


def set_off(
    short: Mapping[Decimal, Decimal],
    long: Mapping[Decimal, Decimal],
    exemption: Decimal,
    brought: Losses | None = None,
) -> SetOff:
    """Set losses off.

    Args:
        short, long: net gains of the year by rate; negative for a loss.
        exemption: long-term gains that are free this year.
        brought: losses of earlier years.
    """
    earlier = brought or Losses()
    ours, longs = _pot(short), _pot(long)
    short_used = ours.take(ours.loss)
    short_used += longs.take(ours.loss - short_used)
    long_used = longs.take(longs.loss)
    brought_short = ours.take(earlier.short)
    brought_short += longs.take(earlier.short - brought_short)
    brought_long = longs.take(earlier.long)
    exempt = longs.take(exemption)
    return SetOff(
        dict(ours.gains),
        dict(longs.gains),
        short_used,
        long_used,
        Losses(brought_short, brought_long),
        exempt,
        exemption,
        Losses(
            ours.loss - short_used + earlier.short - brought_short, longs.loss - long_used + earlier.long - brought_long
        ),
    )


def _pot(net: Mapping[Decimal, Decimal]) -> _Pot:
    pot = _Pot()
    for rate, amount in net.items():
        if amount >= 0:
            pot.gains[rate] = pot.gains.get(rate, NOTHING) + amount
        else:
            pot.loss -= amount
    return pot
