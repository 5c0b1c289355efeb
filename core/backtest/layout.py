"""The records that the kernels and the Python around them share: rules in, trades and the account's book out."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[Any]
"""A structured array."""

Codes = npt.NDArray[np.uint8]
"""One byte a bar: the sum of the signal bits below."""

ENTER_LONG, EXIT_LONG, ENTER_SHORT, EXIT_SHORT = 1, 2, 4, 8

MAX_TARGETS = 4
FEE_COLUMNS = 10
# Columns of a row of fees: what a broker takes (of value, a share, an order, at least, at most, at most of value),
# the tax on that, and what the state and the exchange take (of bought value, of sold value, a sell order).
(
    FEE_PERCENT,
    FEE_SHARE,
    FEE_ORDER,
    FEE_MINIMUM,
    FEE_MAXIMUM,
    FEE_MAXIMUM_PERCENT,
    FEE_TAX,
    FEE_BUY,
    FEE_SELL,
    FEE_SELL_FLAT,
) = range(FEE_COLUMNS)


class Reason(IntEnum):
    """Why a position, or a part of one, was closed."""

    OPEN = 0  # not closed: still held after the last bar
    SIGNAL = 1
    REVERSAL = 2
    STOP = 3
    TRAILING = 4
    TARGET = 5
    TIME = 6
    MARGIN = 7
    DAILY_LOSS = 8
    SESSION_END = 9
    DELISTED = 10
    RUIN = 11


class Entry(IntEnum):
    """How an entry is ordered."""

    MARKET = 0
    LIMIT = 1
    STOP = 2
    STOP_LIMIT = 3


class Size(IntEnum):
    """How much an entry buys."""

    ALL_IN = 0
    SUM = 1
    FRACTION = 2
    VOLATILITY = 3
    ATR_RISK = 4
    KELLY = 5
    QUANTITY = 6


class Unit(IntEnum):
    """What a target's distance is counted in."""

    PRICE = 0  # fraction of the entry price
    ATR = 1
    RISK = 2  # the distance from the entry to the first stop


RULES = np.dtype(
    [
        ("capital", "f8"),
        ("fill_close", "i8"),
        ("entry", "i8"),
        ("limit_offset", "f8"),
        ("trigger_offset", "f8"),
        ("valid_bars", "i8"),
        ("slippage", "f8"),
        ("impact", "f8"),
        ("volume_limit", "f8"),
        ("stop", "f8"),
        ("stop_atr", "f8"),
        ("trail", "f8"),
        ("trail_atr", "f8"),
        ("targets", "f8", (MAX_TARGETS,)),
        ("shares", "f8", (MAX_TARGETS,)),
        ("target_count", "i8"),
        ("target_unit", "i8"),
        ("max_bars", "i8"),
        ("sizing", "i8"),
        ("size", "f8"),
        ("size_cap", "f8"),
        ("size_atr", "f8"),
        ("kelly_share", "f8"),
        ("kelly_trades", "i8"),
        ("kelly_least", "f8"),
        ("max_weight", "f8"),
        ("leverage", "f8"),
        ("maintenance", "f8"),
        ("lot", "f8"),
        ("max_entries", "i8"),
        ("cool_down", "i8"),
        ("daily_loss", "f8"),
        ("cash_rate", "f8"),
        ("debit_rate", "f8"),
        ("borrow_rate", "f8"),
        ("square_off", "i8"),
        ("delisted", "i8"),
        ("optimistic", "i8"),
    ],
    align=True,
)
"""One backtest's rules. Distances, shares and rates are fractions; 0 means none. Rates are a year of 365 days."""

TRADE = np.dtype(
    [
        ("position", "i8"),
        ("side", "i8"),
        ("entry_bar", "i8"),
        ("exit_bar", "i8"),
        ("quantity", "f8"),
        ("entry_price", "f8"),
        ("exit_price", "f8"),
        ("fees", "f8"),
        ("pnl", "f8"),
        ("mae", "f8"),
        ("mfe", "f8"),
        ("reason", "i8"),
    ],
    align=True,
)
"""A closed part of a position. `pnl` is net of the fees of both sides; `mae` and `mfe` are fractions of the entry
price: how far it went against (<= 0) and for (>= 0) the position while it was held."""

BOOK = np.dtype(
    [
        ("cash", "f8"),
        ("quantity", "f8"),
        ("entry_price", "f8"),
        ("entry_fees", "f8"),
        ("entered", "f8"),
        ("peak", "f8"),
        ("stop", "f8"),
        ("risk", "f8"),
        ("atr", "f8"),
        ("worst", "f8"),
        ("best", "f8"),
        ("result", "f8"),
        ("invested", "f8"),
        ("targets_done", "i8"),
        ("entries", "i8"),
        ("held", "i8"),
        ("entry_bar", "i8"),
        ("positions", "i8"),
        ("closed", "i8"),
        ("wins", "i8"),
        ("win_sum", "f8"),
        ("loss_sum", "f8"),
        ("last_loss", "i8"),
        ("count", "i8"),
        ("fees", "f8"),
        ("slippage", "f8"),
        ("dividends", "f8"),
        ("interest", "f8"),
        ("borrow", "f8"),
        ("traded", "f8"),
        ("too_small", "i8"),
        ("no_data", "i8"),
        ("lapsed", "i8"),
        ("capped", "i8"),
        ("ambiguous", "i8"),
        ("skipped", "i8"),
        ("ruined", "i8"),
        ("pending", "i8"),
        ("pending_exit", "i8"),
    ],
    align=True,
)
"""The account while a run goes on and after it: money, the one position, and counts of what happened."""


def as_rules(values: dict[str, Any]) -> Records:
    """One record of RULES, every field given. Raises KeyError for a field left out."""
    record = np.zeros(1, dtype=RULES)
    for name in RULES.names or ():
        record[name] = values[name]
    return record
