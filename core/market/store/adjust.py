"""Prices at another level: as they were before later splits, or with dividends reinvested."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.market.model import Action, ActionKind

_PRICES = ["open", "high", "low", "close"]


def exchange_days(index: pd.DatetimeIndex, timezone: str) -> NDArray[np.int64]:
    """The exchange's date of each bar as days since 1970-01-01, shape (n,)."""
    local = index.tz_convert(ZoneInfo(timezone)).tz_localize(None)
    return local.to_numpy().astype("datetime64[D]").astype(np.int64)


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def later_splits(actions: Iterable[Action], day: date) -> float:
    """New shares per share held on `day` through all splits with an ex-date after it; 1.0 without any."""
    ratio = 1.0
    for action in actions:
        if action.kind is ActionKind.SPLIT and action.ex_date > day and action.value > 0:
            ratio *= action.value
    return ratio


def undo_later_splits(
    frame: pd.DataFrame, actions: Iterable[Action], day: date
) -> tuple[pd.DataFrame, tuple[Action, ...]]:
    """Bars and actions as they read on `day`, when later splits had not happened.

    Vendors restate the whole past at every split: prices are divided and volumes multiplied by its ratio. Undoing the
    splits with an ex-date after `day` gives back what was on screen then. Actions after `day` are left out; cash
    amounts, which are per split-adjusted share, are brought to the same level.
    """
    every = tuple(actions)
    ratio = later_splits(every, day)
    known = tuple(action for action in every if action.ex_date <= day)
    if ratio == 1.0:
        return frame, known
    back = frame.copy()
    back[_PRICES] = frame[_PRICES] * ratio
    back["volume"] = frame["volume"] / ratio
    cash = tuple(
        action
        if action.kind is ActionKind.SPLIT
        else Action(action.kind, action.ex_date, action.value * ratio, action.currency, action.declared_on)
        for action in known
    )
    return back, cash


def for_dividends(frame: pd.DataFrame, actions: Iterable[Action], timezone: str) -> pd.DataFrame:
    """Prices lowered before each ex-date so that returns include the cash paid; volumes unchanged.

    The factor of a payment D is 1 - D / C, with C the last close before its ex-date (CRSP's total-return method, as
    Yahoo's adjusted close). A payment without a bar before and after it, or not below C, changes nothing: there is no
    level to take it from.
    """
    paid = [action for action in actions if action.kind is not ActionKind.SPLIT and action.value > 0]
    if not paid or frame.empty:
        return frame
    days = exchange_days(pd.DatetimeIndex(frame.index), timezone)
    close = frame["close"].to_numpy(dtype=float)
    factors = np.ones(len(frame))
    for action in paid:
        before = int(np.searchsorted(days, _day_number(action.ex_date)))
        if before in {0, len(days)}:
            continue
        last = close[before - 1]
        if np.isfinite(last) and action.value < last:
            factors[:before] *= 1.0 - action.value / last
    adjusted = frame.copy()
    adjusted[_PRICES] = frame[_PRICES].mul(factors, axis=0)
    return adjusted
