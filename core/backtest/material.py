"""The bars a backtest is run on, read from the market: complete ones, on the exchange's clock, with a fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from core import __version__
from core.backtest.errors import NothingToTest
from core.backtest.recipe import Inputs
from core.backtest.run import Run, paid
from core.backtest.tape import Tape
from core.market.calendars import calendar_of
from core.market.model import Action, Bars, Instrument, Sourced
from core.market.service import Market


@dataclass(frozen=True, eq=False)
class Material:
    """Bars that were closed at `known_at`, as a tape on the exchange's clock, and what was paid on them.

    `sourced` says where they come from; its frame ends with the last closed bar.
    """

    instrument: Instrument
    sourced: Sourced[Bars]
    known_at: datetime
    tape: Tape = field(repr=False)
    actions: tuple[Action, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of bar times, prices, volumes, and what was paid; 64 hex digits."""
        tape = self.tape
        digest = hashlib.sha256(tape.index.as_unit("us").asi8.astype("<i8").tobytes())
        for column in (tape.open, tape.high, tape.low, tape.close, tape.volume):
            digest.update(np.ascontiguousarray(column + 0.0, dtype="<f8").tobytes())  # + 0.0: no negative zeros
        for one in paid(tape, self.actions, as_traded=False):
            digest.update(one.astype("<f8").tobytes())
        return digest.hexdigest()

    def run(self, inputs: Inputs) -> Run:
        """The backtest of the inputs' recipe on this. Raises as `core.backtest.run` does."""
        return inputs.recipe.run(self.tape, self.actions)


def material(
    inputs: Inputs, service: Market, *, owner: str | None, now: datetime, as_of: datetime | None = None
) -> Material:
    """What the inputs ask for. With `as_of`, what was known then; otherwise everything closed by `now`.

    Raises MarketError, or NothingToTest when no bar is complete.
    """
    instrument = service.resolve(inputs.symbol, owner=owner)
    known = as_of or now
    sourced = service.bars(
        instrument.symbol, inputs.interval, inputs.start, inputs.end, as_of=as_of, adjust=inputs.adjust, owner=owner
    )
    return of_bars(instrument, sourced, known)


def of_bars(instrument: Instrument, sourced: Sourced[Bars], known_at: datetime) -> Material:
    """Bars that were read already, without those that are still being made. Raises NothingToTest."""
    bars = sourced.data
    index = bars.frame.index
    assert isinstance(index, pd.DatetimeIndex)
    closes = calendar_of(instrument).bar_close(bars.interval, index, instrument.timezone)
    frame = bars.frame[closes <= pd.Timestamp(known_at)] if len(index) else bars.frame
    if frame.empty:
        raise NothingToTest(
            f"No complete {bars.interval.value} bars of {instrument.symbol} lie in this span. Choose a longer one."
        )
    sourced = replace(sourced, data=replace(bars, frame=frame))
    tape = Tape.of(frame.tz_convert(instrument.timezone))
    actions = () if bars.adjustment == "dividends" else bars.actions
    dividends, splits = paid(tape, actions, as_traded=False)
    return Material(instrument, sourced, known_at, tape, actions if len(dividends) or len(splits) else ())


@lru_cache(maxsize=1)
def code_version() -> str:
    """The version, and a fingerprint of the code whose change could change a result: "0.1.0+3f9c01a2b4d5"."""
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for area in ("backtest", "indicators"):
        for path in sorted((root / area).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
