"""Chart patterns drawn by hand and found with their swings, lines, target and end."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.indicators import BadParameter, chart_patterns
from core.indicators.shapes import LABELS, ChartPattern, as_of
from tests.indicators.made import from_close, path


def mirrored(bars: pd.DataFrame) -> pd.DataFrame:
    """The same bars upside down about 200."""
    flipped = 200.0 - bars[["open", "low", "high", "close"]]
    flipped.columns = pd.Index(["open", "high", "low", "close"])
    return flipped.assign(volume=bars["volume"])


def only(bars: pd.DataFrame, kind: str) -> ChartPattern:
    found = [shape for shape in chart_patterns(bars) if shape.kind == kind]
    assert len(found) == 1, [shape.kind for shape in chart_patterns(bars)]
    return found[0]


DOUBLE = path((0, 95), (20, 80), (45, 110), (60, 100), (75, 110.5), (100, 84))
SHOULDERS = path((0, 95), (20, 80), (40, 104), (52, 97), (65, 114), (78, 97.5), (90, 105), (120, 70))
TRIANGLE = path((0, 95), (20, 80), (40, 110), (55, 100), (68, 107), (80, 100.3), (92, 104), (101, 100.1), (125, 85))
FLAG = path((0, 95), (30, 80), (36, 100), (40, 96), (43, 98), (47, 94.5), (60, 112))


@pytest.mark.parametrize(
    ("closes", "kind", "upside_down"),
    [
        (DOUBLE, "double_top", "double_bottom"),
        (SHOULDERS, "head_and_shoulders", "inverse_head_and_shoulders"),
        (TRIANGLE, "descending_triangle", "ascending_triangle"),
        (FLAG, "bull_flag", "bear_flag"),
    ],
)
def test_a_shape_and_its_mirror_image(closes: list[float], kind: str, upside_down: str) -> None:
    bars = from_close(closes, spread=0.3)
    shape, mirror = only(bars, kind), only(mirrored(bars), upside_down)
    assert shape.state == mirror.state == "confirmed"
    assert (shape.known_at, shape.confirmed_at) == (mirror.known_at, mirror.confirmed_at)
    assert [p.index for p in shape.pivots] == [p.index for p in mirror.pivots]
    np.testing.assert_allclose([200 - p.price for p in mirror.pivots], [p.price for p in shape.pivots])
    assert mirror.target == pytest.approx(200 - shape.target)
    assert {shape.direction, mirror.direction} == {"bullish", "bearish"}
    assert (shape.target < bars["close"].iloc[shape.end]) == (shape.direction == "bearish")
    assert shape.label == LABELS[kind]
    assert shape.label in shape.description


def test_double_top_in_full() -> None:
    bars = from_close(DOUBLE, spread=0.3)
    shape = only(bars, "double_top")
    assert [(p.index, p.role) for p in shape.pivots] == [(45, "first top"), (60, "dip"), (75, "second top")]
    assert shape.pivots[0].time == bars.index[45]
    assert shape.known_at == 80
    assert shape.known_time == bars.index[80]
    neckline = shape.lines[0]
    assert neckline.name == "neckline"
    assert neckline.start.price == neckline.end.price == pytest.approx(99.7)
    assert shape.height == pytest.approx(110.3 - 99.7)
    assert shape.target == pytest.approx(99.7 - shape.height)
    assert shape.invalidation == pytest.approx(110.8)
    below = bars["close"].to_numpy() < 99.7
    assert shape.confirmed_at == 75 + int(below[75:].argmax())


def test_state_grows_with_the_bars() -> None:
    bars = from_close(DOUBLE, spread=0.3)
    whole = only(bars, "double_top")
    assert [s for s in chart_patterns(bars.iloc[:80]) if s.kind == "double_top"] == []
    forming = only(bars.iloc[:82], "double_top")
    assert (forming.state, forming.confirmed_at, forming.failed_at) == ("forming", None, None)
    before = as_of(whole, 81)
    assert before is not None
    assert before.state == "forming"
    assert as_of(whole, 79) is None


def test_a_double_top_that_is_overrun_or_forgotten_has_failed() -> None:
    over = from_close([*DOUBLE[:85], *np.linspace(107, 130, 20)], spread=0.3)
    shape = only(over, "double_top")
    assert shape.state == "failed"
    assert shape.failed_at is not None
    assert over["close"].iloc[shape.failed_at] > shape.invalidation >= over["close"].iloc[shape.failed_at - 1]
    # Neither line reached for as long as the shape took to form.
    idle = from_close([*DOUBLE[:82], *[104.0] * 60], spread=0.3)
    forgotten = only(idle, "double_top")
    assert (forgotten.state, forgotten.failed_at) == ("failed", 75 + 30 + 1)


def test_head_and_shoulders_lines_and_target() -> None:
    shape = only(from_close(SHOULDERS, spread=0.3), "head_and_shoulders")
    left, dip1, head, dip2, right = shape.pivots
    assert head.price > max(left.price, right.price)
    assert [dip1.index, dip2.index] == [52, 78]
    slope = (dip2.price - dip1.price) / 26
    assert shape.confirmed_at is not None
    line = shape.lines[0]
    assert (line.end.price - line.start.price) / (line.end.index - line.start.index) == pytest.approx(slope)
    assert shape.height == pytest.approx(head.price - (dip1.price + slope * (head.index - dip1.index)))


def test_symmetrical_triangle_takes_the_side_it_breaks_to() -> None:
    start = path((0, 95), (20, 80), (40, 110), (53, 94), (66, 107), (78, 97), (90, 104), (96, 101))
    up = only(from_close([*start, *np.linspace(102, 125, 20)], spread=0.3), "symmetrical_triangle")
    down = only(from_close([*start, *np.linspace(100, 70, 20)], spread=0.3), "symmetrical_triangle")
    assert (up.direction, up.state, down.direction, down.state) == ("bullish", "confirmed", "bearish", "confirmed")
    assert up.target > 110
    assert down.target < 94
    assert {line.name for line in up.lines} == {"upper", "lower"}
    forming = only(from_close([*start, 101.1], spread=0.3), "symmetrical_triangle")
    assert (forming.direction, forming.state) == ("neutral", "forming")


def test_pennant() -> None:
    closes = path((0, 95), (30, 80), (36, 100), (39, 93), (42, 98), (45, 94.5), (58, 112))
    assert only(from_close(closes, spread=0.3), "bull_pennant").state == "confirmed"


def test_nothing_in_a_straight_line_and_kinds_are_checked() -> None:
    assert chart_patterns(from_close(list(np.linspace(50, 150, 200)), spread=0.3)) == []
    assert chart_patterns(from_close([100.0] * 200)) == []
    bars = from_close(DOUBLE, spread=0.3)
    assert [s.kind for s in chart_patterns(bars, ("double_top",))] == ["double_top"]
    assert chart_patterns(bars, ("bull_flag",)) == []
    with pytest.raises(BadParameter, match="double_top"):
        chart_patterns(bars, ("wedge",))
    with pytest.raises(BadParameter, match="reach"):
        chart_patterns(bars, reach=0)


def test_rows_without_prices_are_passed_over() -> None:
    bars = from_close(DOUBLE, spread=0.3)
    holed = bars.copy()
    holed.insert(0, "note", 1)
    holed = holed.drop(columns="note")
    extra = pd.concat([bars, bars.iloc[[30]].set_axis(bars.index[[30]] + pd.Timedelta(hours=1), axis=0) * np.nan])
    shape = only(extra.sort_index(), "double_top")
    plain = only(bars, "double_top")
    assert [p.index for p in shape.pivots] == [p.index + 1 for p in plain.pivots]
    assert [p.time for p in shape.pivots] == [p.time for p in plain.pivots]
    assert shape.known_at == plain.known_at + 1
