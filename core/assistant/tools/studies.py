"""Indicators as people and addresses write them: "rsi", "sma:50", "supertrend 10 3", "20 ema"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.assistant.errors import BadArguments
from core.assistant.tools.bars import Floats, Loaded
from core.assistant.tools.readings import columns
from core.indicators import Indicator, IndicatorError, find

MOST = 10
_SPLIT = re.compile(r"\s*(?:,|;|\band\b|\+|&)\s*")
_WORD_FIRST = re.compile(r"^([a-z_%&. ]*[a-z_%][a-z_0-9]*?)[\s(]*((?:-?\d+(?:\.\d+)?[\s:,]*)*)\)?$")
_NUMBER_FIRST = re.compile(r"^(\d+)[\s-]*(?:day|days|d|period|bar|bars|week)?s?\s+([a-z_% ]+)$")
_NAMES = {
    "moving average": "sma",
    "simple moving average": "sma",
    "exponential moving average": "ema",
    "dma": "sma",
    "ma": "sma",
    "average true range": "atr",
    "relative strength index": "rsi",
    "bollinger": "bbands",
    "bollinger bands": "bbands",
    "bollinger band": "bbands",
    "bb": "bbands",
    "stochastic": "stoch",
    "stochastics": "stoch",
    "stochastic rsi": "stochrsi",
    "stoch rsi": "stochrsi",
    "williams %r": "willr",
    "williams r": "willr",
    "williams": "willr",
    "%r": "willr",
    "parabolic sar": "psar",
    "sar": "psar",
    "money flow index": "mfi",
    "on balance volume": "obv",
    "commodity channel index": "cci",
    "donchian channel": "donchian",
    "donchian channels": "donchian",
    "keltner channel": "keltner",
    "keltner channels": "keltner",
    "ichimoku cloud": "ichimoku",
    "average directional index": "adx",
    "dmi": "adx",
    "chaikin money flow": "cmf",
    "rate of change": "roc",
    "momentum": "mom",
    "standard deviation": "stddev",
    "historical volatility": "hv",
    "volatility": "hv",
    "super trend": "supertrend",
    "pivot points": "pivots",
    "pivot": "pivots",
    "awesome oscillator": "ao",
    "hull moving average": "hma",
    "elder ray": "eri",
}


@dataclass(frozen=True)
class Study:
    """An indicator asked for with its parameters, and how the Charts page writes it."""

    indicator: Indicator
    params: dict[str, object]

    @property
    def text(self) -> str:
        """As in the Charts page's address: "supertrend:10:3"."""
        values = [f"{value:g}" if isinstance(value, float) else str(value) for value in self.params.values()]
        return ":".join((self.indicator.name, *values))

    @property
    def label(self) -> str:
        """For people: "Supertrend (10, 3)"."""
        values = ", ".join(
            f"{value:g}" if isinstance(value, float) else str(value)
            for value in self.indicator.clean(self.params).values()
            if value not in (None, "")
        )
        short = self.indicator.label
        return f"{short} ({values})" if values else short

    @property
    def field(self) -> str:
        """Beginning of its values' field: "supertrend" or "sma_50"."""
        values = [f"{value:g}" if isinstance(value, float) else str(value) for value in self.params.values()]
        return "_".join((self.indicator.name, *values)).replace(".", "p").replace("-", "m")

    def unit_of(self, column: str, price: str) -> str:
        """The unit of a column: the price's for what is drawn on it or scales with it, else an index."""
        drawn = {one.name: one.draw for one in self.indicator.columns}.get(column, "none")
        on_price = self.indicator.pane == "price" and drawn != "none"
        return price if on_price or (self.indicator.scale == "price" and self.indicator.pane != "price") else "index"

    def lines(self, loaded: Loaded) -> dict[str, Floats]:
        """Its columns over all bars."""
        return columns(loaded, self.indicator.name, **self.params)


def studies_of(tool: str, text: str) -> tuple[Study, ...]:
    """The indicators of a list. An empty text gives none.

    Raises:
        BadArguments: one is not in the catalogue (near ones are offered), a parameter is out of range, or too many.
    """
    parts = [one for one in _SPLIT.split(text.strip().lower()) if one]
    if len(parts) > MOST:
        raise BadArguments(tool, "indicators", f"{len(parts)} indicators are too many.", f"Give at most {MOST}.")
    found: dict[str, Study] = {}
    for part in parts:
        try:
            one = _study(part)
        except IndicatorError as error:
            raise BadArguments(tool, "indicators", str(error), "The Charts page lists all indicators.") from error
        found[one.text] = one
    return tuple(found.values())


def _study(part: str) -> Study:
    name, *values = (one.strip() for one in part.split(":"))
    if not values:
        if match := _NUMBER_FIRST.match(name):
            name, values = match[2].strip(), [match[1]]
        elif match := _WORD_FIRST.match(name):
            name, values = match[1].strip(), re.findall(r"-?\d+(?:\.\d+)?", match[2])
    indicator = find(_NAMES.get(name, name))
    if len(values) > len(indicator.params):
        values = values[: len(indicator.params) + 1]
    given: dict[str, object] = {}
    for place, value in enumerate(values):
        if value == "":
            continue
        key = indicator.params[place].name if place < len(indicator.params) else f"value {place + 1}"
        given[key] = value
    cleaned = indicator.clean(given)
    return Study(indicator, {key: cleaned[key] for key in given})
