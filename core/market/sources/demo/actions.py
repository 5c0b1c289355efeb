"""Dividends and splits of a simulated company as corporate actions."""

from __future__ import annotations

from datetime import datetime

from core.market.model import Action, ActionKind, Instrument
from core.market.sources.demo.corporate import splits
from core.market.sources.demo.sessions import local_day
from core.market.sources.demo.world import World


def between(world: World, instrument: Instrument, start: datetime | None, end: datetime) -> tuple[Action, ...]:
    """Actions with an ex-date from the exchange's day of ``start`` to that of ``end``, oldest first."""
    last = local_day(instrument, end)
    first = None if start is None else local_day(instrument, start)
    path = world.path(instrument.symbol, end.year + 1)
    found = [
        Action(ActionKind.DIVIDEND, each.ex_date, each.amount, instrument.currency, each.declared_on)
        for each in path.dividends
    ]
    found += [Action(ActionKind.SPLIT, each.ex_date, each.ratio) for each in splits(world.seed, instrument)]
    inside = [each for each in found if each.ex_date <= last and (first is None or each.ex_date >= first)]
    return tuple(sorted(inside, key=lambda each: (each.ex_date, each.kind)))
