"""Moving averages: where the price stands to them, how they are ordered, their last cross."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np

from core.assistant.errors import BadArguments
from core.assistant.model import Column, Figure, Scalar, Table, ToolResult
from core.assistant.tools import links
from core.assistant.tools.bars import Floats, load
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.readings import Told, close_series, in_words, last, last_cross, line_series, main_line
from core.assistant.tools.tool import body

MOST_LENGTHS = 8
SLOPE_BARS = 10
_NUMBER = re.compile(r"\d+")


@body("get_moving_averages")
def get_moving_averages(evidence: Evidence) -> ToolResult:
    """Simple and exponential averages of the close."""
    lengths = lengths_of(evidence.text("lengths"))
    kinds = ("sma", "ema") if evidence.text("kind") == "both" else (evidence.text("kind"),)
    loaded = load(evidence, span="1y")
    told, words, close = Told(evidence, loaded), in_words(loaded), loaded.column("close")
    told.add("close", last(close), loaded.unit, "Close")
    lines: dict[tuple[str, int], Floats] = {}
    rows: list[tuple[Scalar, ...]] = []
    short: list[int] = []
    for kind in kinds:
        for length in lengths:
            line = main_line(loaded, kind, length=length)
            value = last(line)
            if not np.isfinite(value):
                short.append(length)
                continue
            lines[(kind, length)] = line
            name = f"{kind.upper()} {length}{words}"
            away = 100.0 * (last(close) / value - 1.0)
            before = float(line[-1 - SLOPE_BARS]) if len(line) > SLOPE_BARS else float("nan")
            slope = 100.0 * (value / before - 1.0)
            told.add(f"{kind}_{length}", value, loaded.unit, name)
            told.add(f"{kind}_{length}_distance", away, "%", f"Close against {name}")
            told.add(f"{kind}_{length}_slope", slope, "%", f"{name}: change over {SLOPE_BARS} bars")
            rows.append((name, value, away, slope))
    if not lines:
        return evidence.missing(
            f"{loaded.instrument.symbol} has {len(close)} bars; an average of {min(lengths)} needs more. "
            "Take a shorter one."
        )
    for length in sorted(set(short)):
        evidence.warn(f"An average of {length} bars needs more than the {len(close)} there are.")
    above = sum(last(close) > last(line) for line in lines.values())
    told.add("averages_below_price", above, "count", "Averages below the price")
    told.add("averages_counted", len(lines), "count", "Averages counted")
    _alignment(told, lines, kinds[0])
    _golden(told, loaded.whole.shape[0], close, main_line(loaded, "sma", length=50),
            main_line(loaded, "sma", length=200))  # fmt: skip
    name = name_of(loaded.instrument)
    evidence.show(
        Table(
            f"{name}: moving averages",
            (Column("Average", "text"), Column("Value", loaded.unit), Column("Close against it", "%"),
             Column(f"Its change over {SLOPE_BARS} bars", "%")),
            tuple(rows),
        )
    )  # fmt: skip
    shown = tuple(lines)[:4]
    evidence.show(
        Figure(
            "lines",
            f"{name} with moving averages",
            f"Close of {name} with {len(shown)} moving averages; it stands above {above} of {len(lines)}.",
            (
                close_series(loaded),
                *(line_series(loaded, f"{kind.upper()} {length}", lines[(kind, length)]) for kind, length in shown),
            ),
            deep_link=links.chart(
                evidence.symbol,
                "1y",
                loaded.interval.value,
                studies=tuple(f"{kind}:{length}" for kind, length in shown),
            ),
            unit=loaded.unit,
            symbols=(evidence.symbol,),
        )
    )
    return evidence.result()


def lengths_of(text: str) -> tuple[int, ...]:
    """Lengths out of "20, 50 and 200". Raises BadArguments."""
    found = tuple(dict.fromkeys(int(one) for one in _NUMBER.findall(text)[:50]))
    if not found or len(found) > MOST_LENGTHS or not all(2 <= one <= 1000 for one in found):
        reason = f"“{text[:60]}” are no lengths of averages."
        raise BadArguments(
            "get_moving_averages", "lengths", reason, f"Give 1 to {MOST_LENGTHS} from 2 to 1000, as 20,50,200."
        )
    return found


def _alignment(told: Told, lines: dict[tuple[str, int], Floats], kind: str) -> None:
    ordered = [last(line) for (one, _), line in sorted(lines.items()) if one == kind]
    if len(ordered) < 2:
        return
    falling = all(a > b for a, b in pairwise(ordered))
    rising = all(a < b for a, b in pairwise(ordered))
    words = (
        "stacked up: each shorter average above the longer"
        if falling
        else "stacked down: each shorter average below the longer"
        if rising
        else "mixed"
    )
    told.add("averages_alignment", words, "text", "Order of the averages")


def _golden(told: Told, bars: int, close: Floats, fifty: Floats, two_hundred: Floats) -> None:
    """The 50 against the 200: a golden cross is upward, a death cross downward."""
    if bars < 201 or not np.isfinite(last(two_hundred)):
        return
    state = "50 above 200" if last(fifty) > last(two_hundred) else "50 below 200"
    told.add("golden_state", state, "text", "SMA 50 against SMA 200")
    cross = last_cross(fifty, two_hundred)
    if cross is not None:
        kind = "golden cross" if cross.direction == "up" else "death cross"
        at = told.loaded.stamp(cross.row)
        told.add("golden_cross", kind, "text", "Last cross of SMA 50 and SMA 200", as_of=at)
        told.add("golden_cross_date", at, "date", "Date of that cross", as_of=at)
        since = 100.0 * (last(close) / float(close[cross.row]) - 1.0)
        told.add("change_since_golden_cross", since, "%", "Price since that cross")
