"""A file to bars, with an account of every row."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from core.market.errors import BadFile
from core.market.model import BAR_COLUMNS, Action, Finding, Interval, Treatment
from core.market.quality.order import tidy
from core.market.sources.files import content, dates, moments, numbers, parquet, spacing, text, workbook
from core.market.sources.files.adjustment import adjust
from core.market.sources.files.columns import Columns, recognise
from core.market.sources.files.series import choose_column, choose_rows
from core.market.sources.files.table import Table

LISTED = 1000
"""How many rows of one reason are listed one by one; the rest are counted in one finding."""

_VALUES = ("open", "high", "low", "close", "adj_close", "volume", "dividend", "split", "prev_close")


@dataclass(frozen=True)
class FileBars:
    """What a file holds.

    ``frame``: open, high, low, close, volume (and adj_close when the file has it), float64, on a strictly increasing
    UTC index "ts" of bar starts, split-adjusted. ``rows`` counts the file's data rows (blank lines and header not
    counted): accepted + rejected == rows; ``repaired`` are accepted rows whose values were changed.
    """

    frame: pd.DataFrame
    actions: tuple[Action, ...]
    interval: Interval
    findings: tuple[Finding, ...]
    rows: int
    accepted: int
    repaired: int
    rejected: int
    dialect: str


def read(
    name: str,
    data: bytes | Path,
    *,
    interval: Interval | str | None = None,
    symbol: str | None = None,
    timezone: str | None = None,
    series: str | None = None,
) -> FileBars:
    """Read bars from ``data`` (bytes, or a path which is read only after its size was checked).

    ``name`` is for messages; what the file is, is told by its bytes. ``timezone`` is the exchange's (IANA), used where
    the file's times carry no offset; ``series`` chooses one of several (a symbol, an exchange series or a column);
    ``symbol`` only says in messages what the bars are for. Raises BadFile with the reason and the remedy.
    """
    name = Path(name).name[:120] or "the file"
    given = _interval(name, interval)
    loaded = content.load(name, data)
    table = _cells(name, loaded)
    columns = recognise(name, table)
    return _Reader(name, table, columns, loaded.packed, symbol).read(given, timezone, series)


def _interval(name: str, interval: Interval | str | None) -> Interval | None:
    if interval is None:
        return None
    try:
        return Interval(interval)
    except ValueError as error:
        known = ", ".join(one.value for one in Interval)
        raise BadFile(name, f"“{str(interval)[:20]}” is not an interval.", f"Use one of {known}.") from error


def _cells(name: str, loaded: content.Content) -> Table:
    match loaded.form:
        case "parquet":
            return parquet.cells(name, loaded.data)
        case "xlsx":
            return workbook.cells(name, loaded.data)
        case _:
            return text.cells(name, loaded.data)


class _Reader:
    """One pass over one table; keeps the reason of every row that is not taken."""

    def __init__(self, name: str, table: Table, columns: Columns, packed: bool, symbol: str | None) -> None:
        self.name, self.columns = name, columns
        self.table = table
        self.body = table.cells.iloc[columns.first_row :].reset_index(drop=True)
        self.lines = table.lines[columns.first_row :]
        self.form = table.form + (", gzipped" if packed else "")
        self.symbol = symbol
        self.reasons = np.full(len(self.body), "", dtype=object)
        self.kinds = np.full(len(self.body), "", dtype=object)
        self.repaired = np.zeros(len(self.body), dtype=bool)
        self.findings: list[Finding] = list(table.findings)

    def read(self, given: Interval | None, timezone: str | None, series: str | None) -> FileBars:
        if not len(self.body):
            raise BadFile(self.name, "it has a header and no rows.", "Download it again with a range that has data.")
        self.roles = choose_column(self.name, self.columns, series)
        stamps = self._stamps()
        values = self._values()
        self._check_dates(stamps)
        self._choose(stamps, values, series if not self.columns.wide else None)
        self._check_prices(values)
        good = self.reasons == ""
        self._enough(good)
        placed = moments.place(stamps, timezone, any_valid=good)
        self.findings += placed.findings
        frame = pd.DataFrame(values)[good]
        ts = placed.ts[good]
        frame.index = pd.DatetimeIndex(ts, name="ts").as_unit("ns")
        rows = np.flatnonzero(good)
        frame, rows = self._tidy(frame, rows)
        length = spacing.infer(self.name, pd.DatetimeIndex(frame.index), daily=placed.daily, given=given)
        zone = timezone or "UTC"
        adjusted = adjust(
            frame.drop(columns=["prev_close"], errors="ignore"),
            zone,
            vendor_adjusts=self.columns.dialect.startswith(("yfinance", "Yahoo")),
            exchange=placed.daily and self.columns.dialect.startswith(("exchange", "NSE")),
        )
        self.findings += adjusted.findings
        self._notes(stamps)
        self._report_rejected()
        accepted = len(frame)
        return FileBars(
            frame=adjusted.frame[[column for column in (*BAR_COLUMNS, "adj_close") if column in adjusted.frame]],
            actions=adjusted.actions,
            interval=length,
            findings=tuple(self.findings),
            rows=len(self.body),
            accepted=accepted,
            repaired=int(self.repaired[rows].sum()),
            rejected=len(self.body) - accepted,
            dialect=f"{self.columns.dialect} ({self.form})",
        )

    def _column(self, role: str) -> pd.Series | None:
        place = self.roles.get(role, self.columns.roles.get(role))
        return None if place is None else self.body.iloc[:, place]

    def _reject(self, which: np.ndarray, kind: str, reason: str | list[str]) -> None:
        fresh = which & (self.reasons == "")
        if isinstance(reason, str):
            self.reasons[fresh] = reason
        else:
            self.reasons[fresh] = [text for text, new in zip(reason, fresh[which], strict=True) if new]
        self.kinds[fresh] = kind

    def _stamps(self) -> dates.Stamps:
        column = self._column("date")
        assert column is not None
        clock = self._column("clock")
        if clock is not None and not pd.api.types.is_datetime64_any_dtype(clock):
            column = dates.combine(column, clock)
        return dates.parse(column)

    def _values(self) -> dict[str, np.ndarray]:
        present = {role: self.body.iloc[:, self.roles[role]] for role in _VALUES if role in self.roles}
        comma = numbers.decimal_comma(
            [column for role, column in present.items() if role != "volume"], self.table.separator
        )
        values = {role: numbers.parse(column, comma=comma) for role, column in present.items()}
        self.unreadable = {role: np.isnan(values[role]) & ~numbers.blank(column) for role, column in present.items()}
        if self.columns.wide or self.columns.close_only or not {"open", "high", "low"} <= values.keys():
            for role in ("open", "high", "low"):
                values.setdefault(role, values["close"])
        values.setdefault("volume", np.full(len(self.body), np.nan))
        order = [role for role in _VALUES if role in values]
        return {role: values[role] for role in order}

    def _choose(self, stamps: dates.Stamps, values: dict[str, np.ndarray], series: str | None) -> None:
        symbols, kinds = self._column("symbol"), self._column("series")
        if symbols is None and kinds is None:
            if series is not None:
                raise BadFile(
                    self.name, f"it has no column that tells series “{series}” from another.", "Leave the series out."
                )
            return
        usable = stamps.wall.where(~np.isnan(values["close"]))
        fresh = self.reasons == ""
        keep, reasons, found = choose_rows(
            self.name, symbols, kinds, fresh, usable, values["close"], values.get("prev_close"), series
        )
        others = fresh & ~keep
        self._reject(others, "other_series", [str(reason) for reason in reasons[others]])
        self.findings += found

    def _check_dates(self, stamps: dates.Stamps) -> None:
        column = self._column("date")
        assert column is not None
        none = stamps.wall.isna().to_numpy()
        wrong = ~none & ~dates.plausible(stamps.wall).to_numpy()
        self._reject(none, "unreadable", [self._date_reason(value) for value in column[none]])
        self._reject(
            wrong,
            "wrong_date",
            [
                f"“{str(value).strip()[:40]}” is {_when(moment)}"
                for value, moment in zip(column[wrong], stamps.wall[wrong], strict=True)
            ],
        )

    def _date_reason(self, value: object) -> str:
        title = self.columns.names[self.roles["date"]] if self.roles["date"] < len(self.columns.names) else ""
        if title and str(value).strip() == title:
            return "the header is repeated here"
        return dates.unreadable_reason(value)

    def _check_prices(self, values: dict[str, np.ndarray]) -> None:
        formulas = (
            np.isin(self.lines, list(self.table.formulas))
            if self.table.formulas
            else np.zeros(len(self.body), dtype=bool)
        )
        for role in ("close", "open", "high", "low"):
            if role in self.unreadable:
                bad = self.unreadable[role]
                cells = self.body.iloc[:, self.roles[role]]
                self._reject(
                    bad, "unreadable", [f"{role} “{str(value).strip()[:30]}” is not a number" for value in cells[bad]]
                )
        missing = np.isnan(values["close"])
        self._reject(missing & formulas, "formula", "a formula without a stored value; formulas are not evaluated")
        self._reject(missing, "missing_price", "no closing price")
        good = self.reasons == ""
        for role in ("open", "high", "low"):
            gap = np.isnan(values[role]) & good
            if gap.any():
                values[role] = np.where(gap, values["close"], values[role])
                self.repaired |= gap
                self._some(
                    gap, "missing_price", Treatment.REPAIRED, f"no {role} here; the close was put in its place", role
                )
        if "volume" in self.unreadable and (bad := self.unreadable["volume"] & good).any():
            self._some(
                bad, "unreadable", Treatment.FLAGGED, "the volume is not a number and was left unknown", "volume"
            )

    def _some(self, which: np.ndarray, kind: str, treatment: Treatment, detail: str, column: str | None) -> None:
        rows = np.flatnonzero(which)
        for row in rows[:LISTED]:
            self.findings.append(
                Finding(kind, treatment, f"Line {self.lines[row]}: {detail}.", line=int(self.lines[row]), column=column)
            )
        if len(rows) > LISTED:
            self.findings.append(
                Finding(
                    kind,
                    treatment,
                    f"{len(rows) - LISTED:,} more rows: {detail}.",
                    count=len(rows) - LISTED,
                    column=column,
                )
            )

    def _enough(self, good: np.ndarray) -> None:
        """Refuse a file of which hardly a row can be read: it is not what it was taken for."""
        wanted = self.kinds != "other_series"
        if good.any() and good.sum() >= 0.5 * wanted.sum():
            return
        first = int(np.flatnonzero(~good & wanted)[0]) if (~good & wanted).any() else 0
        common, count = Counter(str(kind) for kind in self.kinds[~good]).most_common(1)[0] if (~good).any() else ("", 0)
        example = f"line {self.lines[first]}: {self.reasons[first]}"
        reason = f"{count:,} of {len(good):,} rows cannot be used ({example})."
        remedy = {
            "wrong_date": "Check the column of dates; bars lie between 1800 and today.",
            "unreadable": "Check that dates are like 2021-11-16 or 16-Nov-2021 and prices are numbers.",
            "formula": "Open the workbook in a spreadsheet, let it calculate, and save it again.",
            "missing_price": "Download it again with prices.",
        }.get(common, "Check the file.")
        raise BadFile(self.name, reason, remedy)

    def _tidy(self, frame: pd.DataFrame, rows: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
        tidied = tidy(frame)
        close = frame["close"].to_numpy()
        far = [
            row for row in tidied.conflicting if abs(np.log(abs(close[row] / close[tidied.dropped[row]]) or 1.0)) > 0.1
        ]
        if len(far) > max(2, 0.2 * len(tidied.keep)):
            raise BadFile(
                self.name,
                f"{len(far):,} times appear twice with quite different prices: two series are mixed.",
                "Add a Symbol column and choose one with series=, or split the file.",
            )
        if tidied.unsorted:
            detail = "The rows were not in order of time; they were sorted."
            self.findings.append(Finding("unsorted", Treatment.REPAIRED, detail, count=len(frame)))
        if tidied.dropped:
            which = np.zeros(len(self.body), dtype=bool)
            for row, best in tidied.dropped.items():
                where = rows[row]
                which[where] = True
                line = self.lines[rows[best]]
                if row in tidied.conflicting:
                    self.reasons[where] = (
                        f"another bar of the same time, on line {line}, was kept (larger volume, or later in the file)"
                    )
                else:
                    self.reasons[where] = f"the same bar stands on line {line}"
                self.kinds[where] = "duplicate"
        return frame.iloc[tidied.keep], rows[tidied.keep]

    def _notes(self, stamps: dates.Stamps) -> None:
        if stamps.ambiguous:
            detail = f"Day and month cannot be told apart in this column; dates were read {stamps.order}."
            self.findings.append(Finding("ambiguous_dates", Treatment.FLAGGED, detail, count=len(self.body)))
        if self.columns.close_only:
            detail = "The file has closes only; open, high and low were set to the close."
            self.findings.append(Finding("close_only", Treatment.FLAGGED, detail, count=len(self.body)))
        if self.columns.assumed:
            detail = f"The file has no header; its columns were read as {', '.join(self.columns.names)}."
            self.findings.append(Finding("no_header", Treatment.FLAGGED, detail))

    def _report_rejected(self) -> None:
        rejected = np.flatnonzero(self.reasons != "")
        by_kind: dict[str, list[int]] = {}
        for row in rejected.tolist():
            by_kind.setdefault(str(self.kinds[row]), []).append(row)
        for kind, places in by_kind.items():
            for row in places[:LISTED]:
                line = int(self.lines[row])
                self.findings.append(Finding(kind, Treatment.REJECTED, f"Line {line}: {self.reasons[row]}.", line=line))
            if len(places) > LISTED:
                rest = places[LISTED:]
                detail = (
                    f"{len(rest):,} more rows between lines {self.lines[rest[0]]} and {self.lines[rest[-1]]}: "
                    f"{self.reasons[rest[0]]}, and the like."
                )
                self.findings.append(
                    Finding(kind, Treatment.REJECTED, detail, line=int(self.lines[rest[0]]), count=len(rest))
                )


def _when(moment: pd.Timestamp) -> str:
    return f"before {dates.EARLIEST_YEAR}" if moment.year < dates.EARLIEST_YEAR else "in the future"
