"""The series under inspection: arrays that checks change in place, with what they found."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.market.model import Action, Finding, Instrument, Interval, Treatment

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

PRICES = ("open", "high", "low", "close")


@dataclass
class Working:
    """One series while it is inspected.

    ``index``: UTC bar starts; ``days``: int64 days since 1970-01-01 of each bar's session in the exchange's timezone;
    ``price``: dict of open, high, low, close arrays; ``adj``: dividend-adjusted closes or None; ``repaired`` marks bars
    whose values were changed; ``rejected`` counts bars set aside; ``follows_calendar`` is
    False once the bars were seen to keep other holidays than their instrument's calendar.
    """

    instrument: Instrument
    interval: Interval
    source: str
    index: pd.DatetimeIndex
    days: Ints
    price: dict[str, Floats]
    volume: Floats
    adj: Floats | None
    actions: list[Action]
    repaired: Bools
    rejected: int = 0
    follows_calendar: bool = True
    findings: list[Finding] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.days)

    @property
    def close(self) -> Floats:
        return self.price["close"]

    def moment(self, row: int) -> datetime:
        """The time of a bar, aware UTC."""
        return pd.Timestamp(self.index[int(row)]).to_pydatetime()

    def note(
        self,
        kind: str,
        treatment: Treatment,
        detail: str,
        first: int | None = None,
        last: int | None = None,
        *,
        count: int = 1,
        column: str | None = None,
        before: float | None = None,
        after: float | None = None,
    ) -> None:
        """Keep a finding about the bars from row ``first`` to row ``last`` (the same bar when not given)."""
        start = None if first is None else self.moment(first)
        end = start if last is None else self.moment(last)
        self.findings.append(
            Finding(
                kind, treatment, detail, start=start, end=end, count=count, column=column, before=before, after=after
            )
        )

    def scale(self, rows: Bools | Ints | slice, factor: float, *, volume: bool) -> None:
        """Multiply the prices of ``rows`` by ``factor`` (and divide their volume by it)."""
        for column in PRICES:
            self.price[column][rows] *= factor
        if self.adj is not None:
            self.adj[rows] *= factor
        if volume:
            self.volume[rows] /= factor
        self.repaired[rows] = True

    def drop(self, gone: Bools) -> None:
        """Set bars aside; the caller has kept a finding for each."""
        if not gone.any():
            return
        keep = ~gone
        self.index = self.index[keep]
        self.days = self.days[keep]
        self.price = {column: values[keep] for column, values in self.price.items()}
        self.volume = self.volume[keep]
        self.adj = None if self.adj is None else self.adj[keep]
        self.repaired = self.repaired[keep]
        self.rejected += int(gone.sum())

    def frame(self) -> pd.DataFrame:
        """The series as a frame of open, high, low, close, volume (and adj_close when there was one)."""
        columns = {**self.price, "volume": self.volume}
        if self.adj is not None:
            columns["adj_close"] = self.adj
        return pd.DataFrame(columns, index=self.index)


def runs(flags: Bools) -> list[tuple[int, int]]:
    """First and last row of every unbroken run of True."""
    if not flags.any():
        return []
    edges = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    return list(zip(np.flatnonzero(edges == 1).tolist(), (np.flatnonzero(edges == -1) - 1).tolist(), strict=True))


def steps(values: Floats) -> Floats:
    """Log change of each value against the one before (length n - 1); 0 where either is not positive."""
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.log(values[1:] / values[:-1])
    return np.where(np.isfinite(change), change, 0.0)


def spread(change: Floats) -> float:
    """A robust standard deviation of log changes (1.4826 times the median absolute deviation, Hampel 1974), never below
    half a percent, so that a dead series does not make every move look wild."""
    moved = change[change != 0.0]
    if len(moved) < 5:
        return 0.02
    return max(0.005, 1.4826 * float(np.median(np.abs(moved - np.median(moved)))))
