"""As-traded prices made split-adjusted, and the corporate actions of a file.

Whether a file's prices are as traded is decided by the prices themselves: on the day of a split of r new shares for
one, an as-traded close falls to about 1/r of the day before, an adjusted one goes on.
"""

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from core.market.model import Action, ActionKind, Finding, Treatment

_PRICES = ["open", "high", "low", "close"]
_RATIOS = (1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0, 15.0, 20.0, 25.0, 50.0, 100.0, 0.5, 0.2, 0.1)
"""New shares for one which Indian splits and bonuses, alone or on one day, have come to; reverse splits last."""
_SMALLEST_JUMP = 0.33
_WINDOW = 15  # sessions a vendor's split date may be off


@dataclass(frozen=True)
class Adjusted:
    """The frame with split-adjusted prices, its actions, findings, and how many rows were changed as a repair."""

    frame: pd.DataFrame
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    as_traded: bool


def adjust(
    frame: pd.DataFrame, timezone: str, *, vendor_adjusts: bool, exchange: bool, currency: str | None = None
) -> Adjusted:
    """Take the columns ``split`` (new shares for one; 0 or 1 for none) and ``dividend`` out of ``frame`` as actions and
    make the prices split-adjusted. ``adj_close`` is left as it is: every known vendor keeps it relative to today.

    ``vendor_adjusts``: the vendor adjusts for splits itself, so its lapses are faults of single bars and spans (found
    by ``core.market.quality``), not a file of as-traded prices. ``exchange``: an exchange's own record, which notes no
    splits and is never adjusted: they are read off the prices.
    """
    index = pd.DatetimeIndex(frame.index)
    close = frame["close"].to_numpy(dtype=np.float64)
    findings: list[Finding] = []
    splits: list[tuple[int, float]] = []
    if "split" in frame:
        noted = frame["split"].to_numpy(dtype=np.float64)
        splits = [
            (int(row), float(noted[row]))
            for row in np.flatnonzero(np.isfinite(noted) & (noted > 0) & (np.abs(noted - 1) > 1e-9))
        ]
    if exchange and not splits:
        splits = _from_prices(frame, findings)
        as_traded = bool(splits)
    else:
        as_traded = not vendor_adjusts and _as_traded(close, splits)
    out = frame.copy()
    if as_traded:
        if not exchange:
            splits = [_moved(close, row, ratio, index, findings) for row, ratio in splits]
        factor = np.ones(len(frame))
        for row, ratio in splits:
            factor[:row] /= ratio
        for column in _PRICES:
            out[column] = out[column].to_numpy(dtype=np.float64) * factor
        out["volume"] = out["volume"].to_numpy(dtype=np.float64) / factor
    actions = [Action(ActionKind.SPLIT, _day(index, place, timezone), ratio, currency) for place, ratio in splits]
    if "dividend" in frame:
        cash = frame["dividend"].to_numpy(dtype=np.float64)
        paid = np.flatnonzero(np.isfinite(cash) & (cash > 0))
        scale = _dividend_scale(out, cash, paid, splits) if as_traded else np.ones(len(frame))
        actions += [
            Action(ActionKind.DIVIDEND, _day(index, int(row), timezone), float(cash[row] * scale[row]), currency)
            for row in paid
        ]
    actions.sort(key=lambda action: (action.ex_date, action.kind))
    out = out.drop(columns=[column for column in ("split", "dividend") if column in out])
    if as_traded:
        detail = f"Prices are as traded; they were adjusted for {len(splits)} splits."
        findings.insert(0, Finding("as_traded", Treatment.KEPT, detail, count=len(splits)))
    return Adjusted(out, tuple(actions), tuple(findings), as_traded)


def _day(index: pd.DatetimeIndex, row: int, timezone: str) -> date:
    return pd.Timestamp(index[row]).tz_convert(timezone).date()


def _from_prices(frame: pd.DataFrame, findings: list[Finding]) -> list[tuple[int, float]]:
    """Splits and bonuses of an exchange's record: the open stands at a simple fraction of the close before.

    A fall in trading starts from the close before, a split from the open; so the open must have moved, the close must
    agree with it, and the whole first day must lie on the new level.
    """
    close = frame["close"].to_numpy(dtype=np.float64)
    opened = frame["open"].to_numpy(dtype=np.float64)
    high = frame["high"].to_numpy(dtype=np.float64)
    low = frame["low"].to_numpy(dtype=np.float64)
    found: list[tuple[int, float]] = []
    if len(frame) < 2:
        return found
    gap = np.log(opened[1:] / close[:-1])
    for row in (np.flatnonzero(np.abs(gap) > _SMALLEST_JUMP) + 1).tolist():
        ratio = min(_RATIOS, key=lambda one, at=gap[row - 1]: abs(at + math.log(one)))  # type: ignore[misc]
        size = abs(math.log(ratio))
        misfits = [abs(math.log(price[row] / close[row - 1]) + math.log(ratio)) for price in (opened, close, high, low)]
        if max(misfits[:2]) > min(0.12, 0.4 * size) or max(misfits) > 0.25:
            continue
        moment = frame.index[row].to_pydatetime()
        detail = (
            f"The price opened at 1/{ratio:g} of the close before and stayed there: taken as a split or "
            "bonus and adjusted for."
        )
        findings.append(
            Finding("missing_split", Treatment.REPAIRED, detail, start=moment, end=moment, before=1.0, after=ratio)
        )
        found.append((row, ratio))
    return found


def _as_traded(close: np.ndarray, splits: list[tuple[int, float]]) -> bool:
    """Weigh every split large enough to see: does the price fall within the window, or does it go on?"""
    votes = 0.0
    for row, ratio in splits:
        size = abs(math.log(ratio))
        if size < 0.25 or row < 1:
            continue
        low, high = max(1, row - _WINDOW), min(len(close), row + _WINDOW + 1)
        steps = np.log(close[low:high] / close[low - 1 : high - 1])
        misfit = float(np.min(np.abs(steps + math.log(ratio))))
        votes += size if misfit < 0.35 * size else -size
    return votes > 0


def _moved(
    close: np.ndarray, row: int, ratio: float, index: pd.DatetimeIndex, findings: list[Finding]
) -> tuple[int, float]:
    """The row a split really took effect: where the price fell by it, when that is not the row it is noted on."""
    size = abs(math.log(ratio))
    if row < 1 or size < 0.25:
        return row, ratio
    if abs(math.log(close[row] / close[row - 1]) + math.log(ratio)) < 0.35 * size:
        return row, ratio
    low, high = max(1, row - _WINDOW), min(len(close), row + _WINDOW + 1)
    misfit = np.abs(np.log(close[low:high] / close[low - 1 : high - 1]) + math.log(ratio))
    best = low + int(np.argmin(misfit))
    if misfit[best - low] >= 0.35 * size:
        return row, ratio
    late = "late" if best < row else "early"
    detail = (
        f"The 1:{ratio:g} split is noted {abs(row - best)} bars {late}; the price changed here, so "
        "the split was moved here."
    )
    findings.append(
        Finding(
            "late_split",
            Treatment.REPAIRED,
            detail,
            start=index[min(row, best)].to_pydatetime(),
            end=index[max(row, best)].to_pydatetime(),
            count=abs(row - best),
            before=float(row),
            after=float(best),
        )
    )
    return best, ratio


def _dividend_scale(
    frame: pd.DataFrame, cash: np.ndarray, paid: np.ndarray, splits: list[tuple[int, float]]
) -> np.ndarray:
    """Ones, or each row's later splits, whichever makes the dividends agree with the vendor's own adjusted close."""
    later = np.ones(len(frame))
    for row, ratio in splits:
        later[:row] /= ratio
    if "adj_close" not in frame or not len(paid) or not splits:
        return np.ones(len(frame))
    close = frame["close"].to_numpy(dtype=np.float64)
    share = frame["adj_close"].to_numpy(dtype=np.float64) / close
    rows = paid[paid > 0]
    implied = close[rows - 1] * (1 - share[rows - 1] / share[rows])
    usable = np.isfinite(implied) & (implied > 0)
    if not usable.any():
        return np.ones(len(frame))
    rows, implied = rows[usable], implied[usable]
    as_noted = np.median(np.abs(np.log(cash[rows] / implied)))
    scaled = np.median(np.abs(np.log(cash[rows] * later[rows] / implied)))
    return later if scaled < as_noted else np.ones(len(frame))
