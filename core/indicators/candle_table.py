"""The 61 candle patterns TA-Lib knows: name, how many bars each rests on, and what it looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["bullish", "bearish", "neutral"]


@dataclass(frozen=True, slots=True)
class CandlePattern:
    """One pattern. `bars` is the number of candles it is made of; `lean` overrides the sign TA-Lib gives
    (it answers +100 for every doji, whichever way it is read)."""

    name: str
    label: str
    code: str
    bars: int
    kind: Literal["reversal", "continuation", "indecision"]
    looks: str
    lean: Direction | None = None


def _p(
    code: str,
    name: str,
    label: str,
    bars: int,
    kind: Literal["reversal", "continuation", "indecision"],
    looks: str,
    lean: Direction | None = None,
) -> CandlePattern:
    return CandlePattern(name, label, f"CDL{code}", bars, kind, looks, lean)


PATTERNS: tuple[CandlePattern, ...] = (
    _p("2CROWS", "two_crows", "Two crows", 3, "reversal",
       "a long rise, then two falling candles, the second closing inside the first candle's body"),
    _p("3BLACKCROWS", "three_black_crows", "Three black crows", 4, "reversal",
       "three long falling candles in a row, each closing near its low"),
    _p("3INSIDE", "three_inside", "Three inside up or down", 3, "reversal",
       "a small candle inside a long one's body, then a close beyond the long one's open"),
    _p("3LINESTRIKE", "three_line_strike", "Three-line strike", 4, "continuation",
       "three candles one way and a fourth that takes all three back"),
    _p("3OUTSIDE", "three_outside", "Three outside up or down", 3, "reversal",
       "an engulfing candle followed by another close its way"),
    _p("3STARSINSOUTH", "three_stars_in_the_south", "Three stars in the south", 3, "reversal",
       "three falling candles, each smaller than the one before, with higher lows"),
    _p("3WHITESOLDIERS", "three_white_soldiers", "Three advancing white soldiers", 3, "reversal",
       "three rising candles in a row, each closing near its high"),
    _p("ABANDONEDBABY", "abandoned_baby", "Abandoned baby", 3, "reversal",
       "a doji with a gap on both sides of it"),
    _p("ADVANCEBLOCK", "advance_block", "Advance block", 3, "reversal",
       "three rising candles whose bodies shrink and whose upper shadows grow"),
    _p("BELTHOLD", "belt_hold", "Belt hold", 1, "reversal",
       "a long candle that opens at one end of its range and never looks back"),
    _p("BREAKAWAY", "breakaway", "Breakaway", 5, "reversal",
       "a gap in the direction of the trend that the fifth candle closes into"),
    _p("CLOSINGMARUBOZU", "closing_marubozu", "Closing marubozu", 1, "continuation",
       "a long candle that closes at the end of its range"),
    _p("CONCEALBABYSWALL", "concealing_baby_swallow", "Concealing baby swallow", 4, "reversal",
       "four falling candles, the last of which swallows the third with its shadow"),
    _p("COUNTERATTACK", "counterattack", "Counterattack", 2, "reversal",
       "two long candles of opposite colour that close at the same price"),
    _p("DARKCLOUDCOVER", "dark_cloud_cover", "Dark cloud cover", 2, "reversal",
       "an open above the high before and a close deep inside the body before"),
    _p("DOJI", "doji", "Doji", 1, "indecision", "open and close at almost one price", "neutral"),
    _p("DOJISTAR", "doji_star", "Doji star", 2, "reversal", "a doji that gaps away from a long body"),
    _p("DRAGONFLYDOJI", "dragonfly_doji", "Dragonfly doji", 1, "reversal",
       "open and close at the high, with a long lower shadow", "bullish"),
    _p("ENGULFING", "engulfing", "Engulfing", 2, "reversal",
       "a body that covers the whole opposite body before it"),
    _p("EVENINGDOJISTAR", "evening_doji_star", "Evening doji star", 3, "reversal",
       "a long rise, a doji above it and a fall deep into the first body"),
    _p("EVENINGSTAR", "evening_star", "Evening star", 3, "reversal",
       "a long rise, a small body above it and a fall deep into the first body"),
    _p("GAPSIDESIDEWHITE", "side_by_side_white", "Side-by-side white lines after a gap", 3, "continuation",
       "a gap followed by two rising candles of about the same size beside each other"),
    _p("GRAVESTONEDOJI", "gravestone_doji", "Gravestone doji", 1, "reversal",
       "open and close at the low, with a long upper shadow", "bearish"),
    _p("HAMMER", "hammer", "Hammer", 1, "reversal",
       "a small body at the top of its range after a fall, with a long lower shadow"),
    _p("HANGINGMAN", "hanging_man", "Hanging man", 1, "reversal",
       "a small body at the top of its range after a rise, with a long lower shadow"),
    _p("HARAMI", "harami", "Harami", 2, "reversal", "a small body inside the long body before it"),
    _p("HARAMICROSS", "harami_cross", "Harami cross", 2, "reversal", "a doji inside the long body before it"),
    _p("HIGHWAVE", "high_wave", "High-wave candle", 1, "indecision",
       "a short body between very long shadows", "neutral"),
    _p("HIKKAKE", "hikkake", "Hikkake", 3, "reversal",
       "an inside bar whose breakout is taken back"),
    _p("HIKKAKEMOD", "hikkake_modified", "Modified hikkake", 4, "reversal",
       "two inside bars in a row whose breakout is taken back"),
    _p("HOMINGPIGEON", "homing_pigeon", "Homing pigeon", 2, "reversal",
       "a small falling body inside a long falling one"),
    _p("IDENTICAL3CROWS", "identical_three_crows", "Identical three crows", 3, "reversal",
       "three falling candles, each opening where the one before closed"),
    _p("INNECK", "in_neck", "In-neck", 2, "continuation",
       "after a long fall, a rise that closes just inside the body before"),
    _p("INVERTEDHAMMER", "inverted_hammer", "Inverted hammer", 1, "reversal",
       "a small body at the bottom of its range after a fall, with a long upper shadow"),
    _p("KICKING", "kicking", "Kicking", 2, "reversal",
       "two candles without shadows, of opposite colour, with a gap between them"),
    _p("KICKINGBYLENGTH", "kicking_by_length", "Kicking, by the longer candle", 2, "reversal",
       "kicking, read in the direction of the longer of the two candles"),
    _p("LADDERBOTTOM", "ladder_bottom", "Ladder bottom", 5, "reversal",
       "four falling candles, the last with an upper shadow, then a rise above it"),
    _p("LONGLEGGEDDOJI", "long_legged_doji", "Long-legged doji", 1, "indecision",
       "open and close at almost one price between long shadows", "neutral"),
    _p("LONGLINE", "long_line", "Long line", 1, "continuation", "a long body with short shadows"),
    _p("MARUBOZU", "marubozu", "Marubozu", 1, "continuation", "a long body with hardly any shadow"),
    _p("MATCHINGLOW", "matching_low", "Matching low", 2, "reversal",
       "two falling candles that close at the same price"),
    _p("MATHOLD", "mat_hold", "Mat hold", 5, "continuation",
       "a long rise, three small candles that hold most of it, then a new rise"),
    _p("MORNINGDOJISTAR", "morning_doji_star", "Morning doji star", 3, "reversal",
       "a long fall, a doji below it and a rise deep into the first body"),
    _p("MORNINGSTAR", "morning_star", "Morning star", 3, "reversal",
       "a long fall, a small body below it and a rise deep into the first body"),
    _p("ONNECK", "on_neck", "On-neck", 2, "continuation",
       "after a long fall, a rise that closes at the low before"),
    _p("PIERCING", "piercing", "Piercing line", 2, "reversal",
       "an open below the low before and a close deep inside the body before"),
    _p("RICKSHAWMAN", "rickshaw_man", "Rickshaw man", 1, "indecision",
       "a doji in the middle of a range with long shadows", "neutral"),
    _p("RISEFALL3METHODS", "three_methods", "Rising or falling three methods", 5, "continuation",
       "a long candle, three small ones against it inside its range, then another long one its way"),
    _p("SEPARATINGLINES", "separating_lines", "Separating lines", 2, "continuation",
       "two candles of opposite colour with one open, the second going with the trend"),
    _p("SHOOTINGSTAR", "shooting_star", "Shooting star", 1, "reversal",
       "a small body at the bottom of its range above a gap, with a long upper shadow"),
    _p("SHORTLINE", "short_line", "Short line", 1, "indecision",
       "a short body with short shadows", "neutral"),
    _p("SPINNINGTOP", "spinning_top", "Spinning top", 1, "indecision",
       "a small body with shadows longer than it", "neutral"),
    _p("STALLEDPATTERN", "stalled_pattern", "Stalled pattern", 3, "reversal",
       "two long rising candles and a small third one that stalls at their top"),
    _p("STICKSANDWICH", "stick_sandwich", "Stick sandwich", 3, "reversal",
       "a rising candle between two falling ones that close at the same price"),
    _p("TAKURI", "takuri", "Takuri", 1, "reversal",
       "a dragonfly doji with a very long lower shadow", "bullish"),
    _p("TASUKIGAP", "tasuki_gap", "Tasuki gap", 3, "continuation",
       "a gap and a candle against it that does not close it"),
    _p("THRUSTING", "thrusting", "Thrusting", 2, "continuation",
       "after a long fall, a rise that ends below the middle of the body before"),
    _p("TRISTAR", "tristar", "Tristar", 3, "reversal", "three dojis, the middle one gapping away"),
    _p("UNIQUE3RIVER", "unique_three_river", "Unique three-river bottom", 3, "reversal",
       "a long fall, a small fall with a new low, then a small rise below it"),
    _p("UPSIDEGAP2CROWS", "upside_gap_two_crows", "Upside gap two crows", 3, "reversal",
       "a rise, a gap up, and two falling candles that stay above the rise"),
    _p("XSIDEGAP3METHODS", "gap_three_methods", "Gap three methods", 3, "continuation",
       "two candles one way with a gap between them that the third one closes"),
)  # fmt: skip
