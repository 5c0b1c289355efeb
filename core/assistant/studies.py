"""Indicators and strategies named in a question, with their parameters."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = r"\d+(?:\.\d+)?"
_UNIT: Final = r"(?: (?:days?|periods?|bars?|weeks?))?"


def numbers_by(text: str, names: str) -> list[float]:
    """Numbers that stand with a name: "rsi 21", "21 day rsi", "macd 8 21 5", "rsi of 21"."""
    after = re.search(
        rf" (?:{names})(?: (?:with|of|length|period|setting|settings|at|using))?((?: "
        rf"{_NUMBER})+)(?! (?:month|year|week|minute))(?= )",
        text,
    )
    if after:
        return [float(one) for one in after[1].split()]
    before = re.search(rf"((?: {_NUMBER})+){_UNIT} (?:{names})(?= )", text)
    return [float(one) for one in before[1].split()] if before else []


_AVERAGE: Final = r"(?:simple |exponential |moving |ema|sma|dma|wma|ma|averages?|avg)"


def average_lengths(text: str) -> list[int]:
    """Lengths of moving averages: "50 and 200 dma", "20 ema", "100 day moving average", "ma 50"."""
    found: list[int] = []
    for match in re.finditer(
        rf"((?: {_NUMBER}(?: (?:day|days|week|d|period|bar))?(?: (?:and|or|&|,))?)+) (?:day |days |"
        rf"d |period )?(?=(?:simple|exponential|moving|ema|sma|dma|wma|ma|mas|averages?|avg) )",
        text,
    ):
        found += [int(float(one)) for one in re.findall(_NUMBER, match[1])]
    for match in re.finditer(
        rf" (?:ema|sma|dma|wma|ma|averages?)((?: {_NUMBER}(?: (?:and|or|&))?)+)(?! (?:month|year))(?= )", text
    ):
        found += [int(float(one)) for one in re.findall(_NUMBER, match[1])]
    if re.search(r" (?:golden|death) cross", text) and not found:
        found = [50, 200]
    return [one for one in dict.fromkeys(found) if 2 <= one <= 1000]


# How an indicator is said, and its name in the catalogue; longer sayings first.
_NAMES: Final = (
    (r"bollinger(?: bands?)?|bbands?|bb", "bbands"),
    (r"super ?trend", "supertrend"),
    (r"relative strength index|rsi", "rsi"),
    (r"macd", "macd"),
    (r"stochastic rsi|stochrsi|stoch rsi", "stochrsi"),
    (r"stochastics?(?: oscillator)?|stoch", "stoch"),
    (r"average true range|atr", "atr"),
    (r"average directional(?: index)?|adx|dmi", "adx"),
    (r"ichimoku(?: clouds?)?", "ichimoku"),
    (r"commodity channel(?: index)?|cci", "cci"),
    (r"money flow index|mfi", "mfi"),
    (r"on balance volume|obv", "obv"),
    (r"williams(?: %?r| percent r)?|willr", "willr"),
    (r"donchian(?: channels?)?", "donchian"),
    (r"keltner(?: channels?)?", "keltner"),
    (r"aroon(?: oscillator)?", "aroon"),
    (r"parabolic(?: sar)?|psar|sar", "psar"),
    (r"rate of change|roc", "roc"),
    (r"trix", "trix"),
    (r"vwap", "vwap"),
    (r"vortex", "vortex"),
    (r"chaikin money flow|cmf", "cmf"),
    (r"know sure thing|kst", "kst"),
    (r"true strength(?: index)?|tsi", "tsi"),
    (r"ultimate oscillator", "ultosc"),
    (r"awesome oscillator", "ao"),
    (r"ppo", "ppo"),
    (r"dpo", "dpo"),
    (r"natr", "natr"),
    (r"dema", "dema"),
    (r"tema", "tema"),
    (r"kama", "kama"),
    (r"hull(?: moving average)?|hma", "hma"),
    (r"wma", "wma"),
    (r"mass index", "massi"),
    (r"choppiness(?: index)?", "chop"),
    (r"coppock(?: curve)?", "coppock"),
    (r"force index", "efi"),
    (r"standard deviation", "stdev"),
)


def studies(text: str) -> list[str]:
    """Indicators named in a normal form, as "name:parameter:parameter", in the order they are said."""
    found: dict[str, int] = {}
    for names, name in _NAMES:
        match = re.search(rf" (?:{names})(?= )", text)
        if match is None or not (known := _catalogued(name)):
            continue
        numbers = numbers_by(text, names)
        found.setdefault(":".join([known, *(f"{one:g}" for one in numbers)]), match.start())
    simple = re.search(r" (?:sma|dma|moving averages?|ma|mas|simple) ", text)
    exponential = re.search(r" (?:ema|exponential) ", text)
    if simple or exponential:
        kind = "ema" if exponential and not simple else "sma"
        place = (simple or exponential).start()  # type: ignore[union-attr]
        for length in average_lengths(text) or ([20] if kind == "ema" else [50, 200]):
            found.setdefault(f"{kind}:{length}", place)
    return sorted(found, key=lambda one: found[one])


def _catalogued(name: str) -> str | None:
    from core.indicators.errors import UnknownIndicator
    from core.indicators.registry import find

    try:
        return find(name).name
    except UnknownIndicator:
        return None


_STRATEGIES: Final = (
    (r"buy and hold|buy & hold|holding", "buy_and_hold", ()),
    (r"sip", "sip", ()),
    (r"52 week high", "high_52w", ()),
    (r"ema.*cross\w*|ema", "ema_cross", ("fast", "slow")),
    (
        r"golden cross|death cross|sma.*cross\w*|moving average cross\w*|sma|moving averages?|dma",
        "sma_cross",
        ("fast", "slow"),
    ),
    (r"super ?trend", "supertrend", ("length", "multiplier")),
    (r"rsi ?2|connors", "rsi2", ()),
    (r"rsi", "rsi_reversal", ()),
    (r"macd", "macd", ("fast", "slow", "signal")),
    (r"bollinger.*break\w*", "bollinger_breakout", ("length", "deviations")),
    (r"bollinger", "bollinger_reversion", ("length", "deviations")),
    (r"keltner", "keltner_breakout", ("length", "multiplier")),
    (r"donchian|turtle|channel break\w*", "donchian", ("length", "exit")),
    (r"ichimoku", "ichimoku", ()),
    (r"parabolic|psar|sar", "psar", ()),
    (r"stochastics?", "stochastic", ("length",)),
    (r"williams", "williams_r", ("length",)),
    (r"cci", "cci_reversal", ("length",)),
    (r"mfi|money flow", "mfi_reversal", ("length",)),
    (r"adx", "adx_trend", ("length",)),
    (r"aroon", "aroon", ("length",)),
    (r"vortex", "vortex", ("length",)),
    (r"trix", "trix", ("length",)),
    (r"obv", "obv_trend", ("length",)),
    (r"vwap", "vwap_reversion", ()),
    (r"heikin ?ashi", "heikin_ashi", ()),
    (r"squeeze", "squeeze", ("length",)),
    (r"gap", "gap_fade", ()),
    (r"turn of (?:the )?month", "turn_of_month", ()),
    (r"opening range|orb", "opening_range", ()),
    (r"z ?score|mean reversion", "zscore_reversion", ("length",)),
    (r"volatility break\w*", "volatility_breakout", ("length",)),
    (r"momentum", "momentum", ("length",)),
    (r"pullback", "trend_pullback", ()),
)


def strategy(text: str) -> tuple[str, dict[str, float]]:
    """The library's strategy a normal form names and its parameters; ("", {}) when it names none."""
    for names, name, parameters in _STRATEGIES:
        if re.search(rf" (?:{names})(?= )", text) is None:
            continue
        if name in {"sma_cross", "ema_cross"}:
            lengths = average_lengths(text) or [int(one) for one in numbers_by(text, "cross\\w*|cross ?over")]
            if re.search(r" (?:golden|death) cross", text) and not lengths:
                lengths = [50, 200]
            pair = sorted(lengths)[:2]
            return name, dict(zip(parameters, map(float, pair), strict=False)) if len(pair) == 2 else {}
        if name == "rsi_reversal":
            return name, _rsi_limits(text)
        numbers = numbers_by(text, names)
        return name, dict(zip(parameters, numbers, strict=False))
    return "", {}


def _rsi_limits(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    if match := re.search(r" (?:below|under|less than|<) (\d{1,2}) ", text):
        found["low"] = float(match[1])
    if match := re.search(r" (?:above|over|more than|>) (\d{1,2}) ", text):
        found["high"] = float(match[1])
    if not found and (numbers := numbers_by(text, "rsi")):
        found["length"] = numbers[0]
    return found
