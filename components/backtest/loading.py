"""From what is asked to a finished run: bars, the run, the test for look-ahead; each computed once."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import streamlit as st

from components import market as cached
from components.backtest.asked import Asked
from core.backtest import LookAhead, Run, look_ahead
from core.backtest.material import Material, of_bars
from core.backtest.recipe import Inputs
from core.clock import now
from core.market.errors import BadRange
from core.market.model import Instrument


@dataclass(frozen=True, eq=False)
class Done:
    """A finished backtest with what it was made from."""

    inputs: Inputs
    material: Material = field(repr=False)
    run: Run = field(repr=False)

    @cached_property
    def key(self) -> str:
        """Equal keys are equal results."""
        return f"{self.inputs.fingerprint}|{self.material.fingerprint}"

    @cached_property
    def peek(self) -> LookAhead | None:
        """The earliest signal that used later bars, if there is one."""
        return look_ahead(self.material.tape, self.inputs.recipe.chosen)

    @property
    def instrument(self) -> Instrument:
        """What was traded."""
        return self.material.instrument

    @property
    def currency(self) -> str:
        """Of prices and money."""
        return self.material.sourced.data.currency or self.instrument.currency


def today_at(instrument: Instrument | None) -> date:
    """The exchange's calendar day; Mumbai's while no instrument is known."""
    return now().astimezone(ZoneInfo(instrument.timezone if instrument else "Asia/Kolkata")).date()


def done(asked: Asked, owner: str) -> Done:
    """Run what is asked. Raises MarketError, BacktestError, IndicatorError for what cannot be."""
    instrument = cached.market().resolve(asked.symbol, owner=owner)
    inputs = asked.inputs(today_at(instrument))
    inputs = Inputs(instrument.symbol, inputs.recipe, inputs.interval, inputs.start, inputs.end, inputs.adjust)
    if inputs.start and inputs.end and inputs.start > inputs.end:
        raise BadRange(
            f"The range ends ({inputs.end:%-d %b %Y}) before it starts ({inputs.start:%-d %b %Y}). Swap the two days."
        )
    sourced = cached.bars(
        instrument.symbol, inputs.interval, inputs.start, inputs.end, inputs.adjust, owner if instrument.owner else None
    )
    read = of_bars(instrument, sourced, now())
    # The same bars are another object whenever they were read again: their fingerprint says that they are the same.
    return _done(f"{inputs.fingerprint}|{read.fingerprint}|{instrument.owner}", inputs, read)


@st.cache_resource(max_entries=128, ttl=1800, show_spinner=False)
def _done(key: str, _inputs: Inputs, _material: Material) -> Done:  # noqa: ARG001  the inputs in one string
    return Done(_inputs, _material, _material.run(_inputs))
