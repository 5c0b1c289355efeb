"""One series from a file that may hold several: by symbol, by exchange series, or by column."""

import numpy as np
import pandas as pd

from core.market.errors import BadFile
from core.market.model import Finding, Treatment
from core.market.sources.files.columns import Columns

_EQUITY = ("EQ", "BE", "BZ", "SM", "ST")


def choose_column(name: str, columns: Columns, series: str | None) -> dict[str, int]:
    """The roles of the wanted series of a file with one series a column."""
    if not columns.wide:
        return columns.roles
    if series is not None:
        for title, roles in columns.wide.items():
            if title.lower() == series.strip().lower():
                return roles
    raise _mixed(name, list(columns.wide), series)


def choose_rows(
    name: str,
    symbols: pd.Series | None,
    kinds: pd.Series | None,
    usable: np.ndarray,
    day: pd.Series,
    close: np.ndarray,
    prev_close: np.ndarray | None,
    series: str | None,
) -> tuple[np.ndarray, np.ndarray, list[Finding]]:
    """Which rows belong to the wanted series: (bool array, reasons for the others, findings)."""
    count = len(day)
    keep = usable.copy()
    reasons = np.full(count, "", dtype=object)
    found: list[Finding] = []
    wanted = series.strip().upper() if series else None
    if kinds is not None:
        labels = kinds.astype("str").str.strip().str.upper().fillna("")
        present = [label for label in labels[keep].unique() if label]
        chosen = (
            wanted
            if wanted in present
            else next((kind for kind in _EQUITY if kind in present), present[0] if len(present) == 1 else None)
        )
        if chosen is None and present:
            raise _mixed(name, present, series)
        others = usable & ((labels != chosen) & (labels != "")).to_numpy() if present else np.zeros(count, dtype=bool)
        keep &= ~others
        reasons[others] = [f"series {label}, not {chosen}" for label in labels[others]]
        if wanted == chosen:
            wanted = None
    if symbols is None:
        if wanted is not None and kinds is None:
            raise BadFile(name, f"it has no column that tells series “{series}” from another.", "Leave the series out.")
        return keep, reasons, found
    labels = symbols.astype("str").str.strip().str.upper().fillna("")
    present = [label for label in labels[keep].unique() if label]
    if wanted is not None:
        if wanted not in present:
            raise _mixed(name, present, series)
        others = keep & (labels != wanted).to_numpy()
        reasons[others] = [f"symbol {label}, not {wanted}" for label in labels[others]]
        return keep & ~others, reasons, found
    if len(present) > 1:
        found.extend(_one_company(name, labels, present, keep, day, close, prev_close))
    return keep, reasons, found


def _one_company(
    name: str,
    labels: pd.Series,
    present: list[str],
    keep: np.ndarray,
    day: pd.Series,
    close: np.ndarray,
    prev_close: np.ndarray | None,
) -> list[Finding]:
    """A symbol may change once and for all; then spans do not overlap and the price goes on where it stood."""
    table = (
        pd.DataFrame({"label": labels, "day": day, "close": close, "row": np.arange(len(day))})[keep]
        .dropna(subset=["day"])
        .sort_values("day", kind="stable")
    )
    table = table[table["label"] != ""]
    if table.empty:
        return []
    blocks = (table["label"] != table["label"].shift()).cumsum()
    if blocks.iloc[-1] != table["label"].nunique():
        raise _mixed(name, present, None)
    found: list[Finding] = []
    for place in np.flatnonzero((blocks != blocks.shift()).to_numpy())[1:].tolist():
        before, after = table.iloc[place - 1], table.iloc[place]
        told = prev_close[after["row"]] if prev_close is not None else np.nan
        expected = told if np.isfinite(told) and told > 0 else after["close"]
        tolerance = 0.005 if np.isfinite(told) and told > 0 else 0.2
        if not abs(expected / before["close"] - 1) <= tolerance:
            raise _mixed(name, present, None)
        moment = pd.Timestamp(str(after["day"])).tz_localize("UTC").to_pydatetime()
        detail = (
            f"The symbol changes from {before['label']} to {after['label']}; the price goes on, so it is one series."
        )
        found.append(Finding("symbol_change", Treatment.KEPT, detail, start=moment))
    return found


def _mixed(name: str, present: list[str], series: str | None) -> BadFile:
    shown = ", ".join(present[:12]) + (f" and {len(present) - 12} more" if len(present) > 12 else "")
    reason = f"it holds {len(present)} series: {shown}."
    if series is not None:
        reason = f"it has no series “{series}”; there are {shown}."
    return BadFile(name, reason, f"Choose one, for example series={present[0] if present else ''}.")
