"""What a strategy wants, bar by bar: the object between strategies and the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.backtest.errors import BadSignals
from core.backtest.layout import ENTER_LONG, ENTER_SHORT, EXIT_LONG, EXIT_SHORT, Codes
from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

_NOTHING = np.empty(0)

Flags = npt.ArrayLike
"""Truth values, one a bar; NaN counts as false."""


@dataclass(frozen=True, eq=False)
class Signals:
    """Signals at the close of each bar; every value must be known by that close.

    `codes` (n,) uint8: sums of ENTER_LONG 1, EXIT_LONG 2, ENTER_SHORT 4, EXIT_SHORT 8. An entry against a position
    closes it first (reversal). An exit with an entry of its side is an exit; entries of both sides are none.

    `limits` and `triggers` (n,) or empty: prices of the entry order at that bar, NaN for none. A limit makes a limit
    order, a trigger a stop order, both a stop-limit order. `weights` (n,) or empty: multiples of the size.
    """

    codes: Codes
    limits: Floats = field(default_factory=lambda: _NOTHING)
    triggers: Floats = field(default_factory=lambda: _NOTHING)
    weights: Floats = field(default_factory=lambda: _NOTHING)

    def __len__(self) -> int:
        return len(self.codes)

    @classmethod
    def of(
        cls,
        enter_long: Flags | None = None,
        exit_long: Flags | None = None,
        enter_short: Flags | None = None,
        exit_short: Flags | None = None,
        *,
        limits: npt.ArrayLike | None = None,
        triggers: npt.ArrayLike | None = None,
        weights: npt.ArrayLike | None = None,
    ) -> Signals:
        """From truth values, one array a kind of signal, all of one length. Raises BadSignals."""
        codes: Codes | None = None
        for bit, flags in (
            (ENTER_LONG, enter_long),
            (EXIT_LONG, exit_long),
            (ENTER_SHORT, enter_short),
            (EXIT_SHORT, exit_short),
        ):
            if flags is None:
                continue
            truth = _truth(flags)
            part = truth.view(np.uint8) * np.uint8(bit)
            if codes is None:
                codes = part
            elif len(codes) != len(part):
                raise BadSignals(f"One kind of signal has {len(part)} values, another {len(codes)}; give one a bar.")
            else:
                codes |= part
        if codes is None:
            raise BadSignals("A strategy without any signal cannot trade; give at least enter_long or enter_short.")
        return cls(codes, _prices(limits, codes), _prices(triggers, codes), _prices(weights, codes))

    @classmethod
    def cross(cls, first: Floats, second: Floats, *, short: bool = False) -> Signals:
        """Long when `first` comes to be above `second`, out when it comes to be below; with `short`, short then.

        A cross needs both sides: the first bar where the lines are known is none, and a touch is not one either.
        """
        return cls(cross_codes(first, second, short))

    @classmethod
    def position(cls, wanted: npt.ArrayLike) -> Signals:
        """From the side to be on: 1 long, 0 out, -1 short, NaN as before. A signal is given where it changes."""
        side = np.asarray(wanted, dtype=np.float64)
        if side.ndim != 1:
            raise BadSignals(f"The wanted position has {side.ndim} dimensions; give one value a bar.")
        return cls(position_codes(np.ascontiguousarray(side)))


def _truth(flags: Flags) -> npt.NDArray[np.bool_]:
    array = np.asarray(flags)
    if array.ndim != 1:
        raise BadSignals(f"Signals have {array.ndim} dimensions; give one value a bar.")
    if array.dtype == np.bool_:
        return np.ascontiguousarray(array)
    try:
        numbers = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise BadSignals("Signals must be true or false, or numbers; other values were given.") from error
    return np.asarray(~np.isnan(numbers) & (numbers != 0.0))


def _prices(values: npt.ArrayLike | None, codes: Codes) -> Floats:
    if values is None:
        return _NOTHING
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != codes.shape:
        raise BadSignals(f"Prices or weights have shape {array.shape} for {len(codes)} signals; give one a bar.")
    return array


@kernel
def cross_codes(first: Floats, second: Floats, short: bool) -> Codes:
    """Signal bits of one line crossing another; NaN in either starts anew."""
    n = len(first)
    out = np.zeros(n, dtype=np.uint8)
    up = ENTER_LONG | EXIT_SHORT if short else ENTER_LONG
    down = EXIT_LONG | ENTER_SHORT if short else EXIT_LONG
    state = 0
    for i in range(n):
        gap = first[i] - second[i]
        if gap > 0.0:
            if state < 0:
                out[i] = up
            state = 1
        elif gap < 0.0:
            if state > 0:
                out[i] = down
            state = -1
        elif gap != 0.0:
            state = 0
    return out


@kernel
def position_codes(wanted: Floats) -> Codes:
    """Signal bits where the wanted side changes; NaN keeps it."""
    n = len(wanted)
    out = np.zeros(n, dtype=np.uint8)
    side = 0
    for i in range(n):
        now = side
        if wanted[i] > 0.0:
            now = 1
        elif wanted[i] < 0.0:
            now = -1
        elif wanted[i] == 0.0:
            now = 0
        if now != side:
            if now > 0:
                out[i] = ENTER_LONG | EXIT_SHORT
            elif now < 0:
                out[i] = ENTER_SHORT | EXIT_LONG
            else:
                out[i] = EXIT_LONG | EXIT_SHORT
            side = now
    return out
