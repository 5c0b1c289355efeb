"""Duplicates and order: which rows of an unsorted series are kept, and why."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from core.market.model import BAR_COLUMNS, Finding, Treatment


@dataclass(frozen=True)
class Tidied:
    """``keep``: positions of the kept rows in time order; ``dropped`` maps a dropped position to the position kept in
    its place; ``conflicting`` are those dropped positions whose values differed; ``unsorted`` says order changed."""

    keep: np.ndarray
    dropped: dict[int, int]
    conflicting: frozenset[int]
    unsorted: bool


def tidy(frame: pd.DataFrame) -> Tidied:
    """Sort by time and keep one row a time.

    Of rows which say the same, the first is kept. Of rows which differ, the one with the larger volume: a bar taken
    while its session ran has traded less than the finished one; at equal volume the later row, as the correction.
    """
    stamps = frame.index.asi8 if isinstance(frame.index, pd.DatetimeIndex) else np.asarray(frame.index)
    order = np.argsort(stamps, kind="stable")
    unsorted = bool(len(order)) and not bool((np.diff(stamps) >= 0).all())
    # A file kept newest first is in order, only reversed.
    if unsorted and bool((np.diff(stamps) <= 0).all()):
        unsorted = False
    ordered = stamps[order]
    repeated = np.flatnonzero(ordered[1:] == ordered[:-1])
    dropped: dict[int, int] = {}
    conflicting: set[int] = set()
    if len(repeated):
        columns = [column for column in BAR_COLUMNS if column in frame.columns]
        values = frame[columns].to_numpy(dtype=np.float64)
        volume = frame["volume"].to_numpy(dtype=np.float64) if "volume" in frame.columns else np.zeros(len(frame))
        for stamp in np.unique(ordered[repeated]):
            low, high = np.searchsorted(ordered, stamp), np.searchsorted(ordered, stamp, side="right")
            rows = order[low:high]
            same = all(np.array_equal(values[rows[0]], values[row], equal_nan=True) for row in rows[1:])
            best = int(rows[0]) if same else int(max(rows, key=lambda row: (np.nan_to_num(volume[row], nan=-1.0), row)))
            for row in rows:
                if row != best:
                    dropped[int(row)] = best
                    if not np.array_equal(values[row], values[best], equal_nan=True):
                        conflicting.add(int(row))
    keep = order if not dropped else np.asarray([row for row in order if int(row) not in dropped], dtype=np.int64)
    return Tidied(keep, dropped, frozenset(conflicting), unsorted)


def findings(frame: pd.DataFrame, tidied: Tidied) -> list[Finding]:
    """What :func:`tidy` did, for a series that came without line numbers."""
    found: list[Finding] = []
    if tidied.unsorted:
        detail = "The bars were not in order of time; they were sorted."
        found.append(Finding("unsorted", Treatment.REPAIRED, detail, count=len(frame)))
    for row in sorted(tidied.dropped):
        moment = frame.index[row].to_pydatetime()
        if row in tidied.conflicting:
            detail = "Two bars of the same time differ; the one with the larger volume (or the later one) was kept."
        else:
            detail = "The same bar stood here twice; one was kept."
        found.append(Finding("duplicate", Treatment.REJECTED, detail, start=moment, end=moment))
    return found
