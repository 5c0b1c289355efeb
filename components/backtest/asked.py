"""What the Backtesting page is asked, as one value: the address bar, a saved strategy and the controls all speak of it.

``/backtest?symbol=TCS.NS&range=10y&interval=1d&strategy=sma_cross&params=fast:20,slow:100&costs=nse_delivery&stop=8``
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from core.backtest import Account, BacktestError, Costs, Fills, Sizing, Stops
from core.backtest.charges import preset, presets
from core.backtest.errors import UnknownStrategy
from core.backtest.layout import Size
from core.backtest.recipe import RULES, Inputs, Recipe
from core.backtest.rules import Compare, Price, RulePlan, Study, dumps, loads
from core.indicators import IndicatorError
from core.market.model import Interval

RANGES = {"1y": 366, "2y": 731, "5y": 1827, "10y": 3653, "20y": 7305}
"""Ranges and their days; "max" and "custom" come beside them."""
MAX, CUSTOM = "max", "custom"
INTERVALS = ("5m", "15m", "30m", "1h", "1d", "1wk", "1mo")
_REACH = {"5m": 59, "15m": 59, "30m": 59, "1h": 729}
"""How many days back vendors keep short bars."""
VIEWS = ("result", "trades", "figures", "optimise")
SIZES = {
    "all_in": ("Everything, %", 100.0),
    "fraction": ("Share of equity, %", 25.0),
    "fixed_sum": ("The same sum", 25_000.0),
    "quantity": ("The same number of shares", 10.0),
    "volatility": ("Volatility target, % a year", 15.0),
    "atr_risk": ("Risk an entry, % of equity", 1.0),
    "kelly": ("Kelly, % of it", 50.0),
}
"""Ways to size: what their number is called, and its usual value."""
_STOPS = {"stop": "stop_percent", "trail": "trail_percent", "target": "target_percent", "hold": "max_bars"}
_SYMBOL = re.compile(r"[A-Za-z0-9^&.\-=:$ _'()]{1,60}")
_LINK = re.compile(r"[A-Za-z0-9_\-]{8,64}")
_LONGEST_RULES = 100_000
PRESETS = tuple(one.name for one in presets())

FIRST_RULES = RulePlan(
    "My rules",
    enter_long=Compare(Price(), "crosses_above", Study("sma", params=(("length", 50),))),
    exit_long=Compare(Price(), "crosses_below", Study("sma", params=(("length", 50),))),
)
"""What the builder starts with: something that trades."""


@dataclass(frozen=True)
class Asked:
    """Everything the page shows follows from this.

    Attributes:
        recipe: strategy, parameters, costs, sizing, stops, fills, account.
        saved: the link of the saved strategy it came from, "" for none.
        run: the link of a kept run that is looked at, "" for none.
        view: one of VIEWS.
    """

    symbol: str = "RELIANCE.NS"
    range: str = "10y"
    start: date | None = None
    end: date | None = None
    interval: str = "1d"
    dividends: bool = False
    recipe: Recipe = field(default_factory=Recipe)
    saved: str = ""
    run: str = ""
    view: str = "result"

    def inputs(self, today: date) -> Inputs:
        """What is to be run when it is `today` at the exchange."""
        start, end = self.start, self.end
        if self.range != CUSTOM:
            start, end = None if self.range == MAX else today - timedelta(days=RANGES[self.range]), None
            reach = _REACH.get(self.interval)
            if reach is not None:
                earliest = today - timedelta(days=reach)
                start = max(start, earliest) if start else earliest
        adjust = "dividends" if self.dividends else "splits"
        return Inputs(self.symbol, self.recipe, self.interval, start, end, adjust)


def from_inputs(inputs: Inputs) -> Asked:
    """The page's view of what was kept: its days as they were."""
    return Asked(
        symbol=inputs.symbol,
        range=CUSTOM if inputs.start or inputs.end else MAX,
        start=inputs.start,
        end=inputs.end,
        interval=inputs.interval,
        dividends=inputs.adjust == "dividends",
        recipe=inputs.recipe,
    )


def from_query(query: Mapping[str, str]) -> tuple[Asked, tuple[str, ...]]:
    """The view an address names, and a sentence for each part of it that cannot be followed."""
    notes: list[str] = []
    asked = Asked()
    symbol = query.get("symbol", "").strip()
    if symbol and not _SYMBOL.fullmatch(symbol):
        notes.append(f"symbol={symbol[:20]} is no symbol.")
    elif symbol:
        asked = replace(asked, symbol=symbol)
    for key, allowed in (("range", (*RANGES, MAX, CUSTOM)), ("interval", INTERVALS), ("view", VIEWS)):
        value = query.get(key, "").strip().lower()
        if value and value not in allowed:
            notes.append(f"{key}={value[:20]} is not one of {', '.join(allowed)}.")
        elif value:
            asked = replace(asked, **{key: value})
    start, end = _day(query, "from", notes), _day(query, "to", notes)
    if start or end:
        asked = replace(asked, range=CUSTOM, start=start, end=end)
    elif asked.range == CUSTOM:
        asked = replace(asked, range="10y")
    for key in ("saved", "run"):
        link = query.get(key, "").strip()
        if link and not _LINK.fullmatch(link):
            notes.append(f"{key}={link[:20]} is no link of this desk.")
        elif link:
            asked = replace(asked, **{key: link})
    asked = replace(asked, dividends=query.get("dividends", "").strip().lower() in ("1", "true", "yes"))
    return replace(asked, recipe=_recipe(query, notes)), tuple(notes)


def to_query(asked: Asked) -> dict[str, str]:
    """The address of a view. A kept run needs its link only; what is at its default stays out."""
    if asked.run:
        return {"run": asked.run} | ({"view": asked.view} if asked.view != "result" else {})
    query = {"symbol": asked.symbol, "range": asked.range, "interval": asked.interval}
    if asked.range == CUSTOM:
        query |= {k: v.isoformat() for k, v in (("from", asked.start), ("to", asked.end)) if v is not None}
    recipe = asked.recipe
    if recipe.plan is not None:
        query["rules"] = rules_text(recipe.plan)
    else:
        query["strategy"] = recipe.strategy
    if recipe.params:
        query["params"] = ",".join(f"{name}:{_text(value)}" for name, value in recipe.params)
    if recipe.costs.name != "default" and recipe.costs.name in PRESETS:
        query["costs"] = recipe.costs.name
    if recipe.account is not None and recipe.account.capital != Account().capital:
        query["capital"] = _text(recipe.account.capital)
    if recipe.sizing is not None:
        kind, number = size_of(recipe.sizing)
        query["size"] = f"{kind}:{_text(number)}"
    if recipe.stops is not None:
        found = {key: _text(getattr(recipe.stops, name)) for key, name in _STOPS.items() if getattr(recipe.stops, name)}
        query |= found or {"stop": "0"}
    if recipe.fills is not None and recipe.fills.at == "close":
        query["fill"] = "close"
    if asked.dividends:
        query["dividends"] = "1"
    if asked.saved:
        query["saved"] = asked.saved
    if asked.view != "result":
        query["view"] = asked.view
    return query


def rules_text(plan: RulePlan) -> str:
    """A rule plan short enough for an address."""
    return base64.urlsafe_b64encode(zlib.compress(dumps(plan).encode(), 9)).decode().rstrip("=")


def rules_from(text: str) -> RulePlan:
    """The plan of `rules_text`. Raises BacktestError."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(raw, _LONGEST_RULES)
        if unpacker.unconsumed_tail:
            raise BacktestError("The rules in this address are too long; open them from My strategies.")
        return loads(plain.decode())
    except (binascii.Error, zlib.error, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, BacktestError):
            raise
        raise BacktestError("The rules in this address are damaged; copy the whole address.") from None


def sizing_of(kind: str, number: float, before: Sizing | None = None) -> Sizing | None:
    """A sizing by its kind's name and number; None for all the money. Raises BacktestError."""
    caps: dict[str, Any] = {}
    if before is not None:
        caps = {name: getattr(before, name) for name in ("lot", "max_weight_percent", "cool_down")}
    made = {
        "all_in": Sizing.all_in,
        "fraction": Sizing.fraction,
        "fixed_sum": Sizing.fixed_sum,
        "quantity": Sizing.quantity,
        "volatility": Sizing.volatility,
        "atr_risk": Sizing.atr_risk,
        "kelly": lambda percent, **more: Sizing.kelly(percent / 100.0, **more),
    }[kind](number, **caps)
    return None if made == Sizing() else made


def size_of(sizing: Sizing) -> tuple[str, float]:
    """The kind's name and number of a sizing."""
    match sizing.kind:
        case Size.SUM:
            return "fixed_sum", sizing.size
        case Size.QUANTITY:
            return "quantity", sizing.size
        case Size.KELLY:
            return "kelly", round(100.0 * sizing.kelly_share, 9)
        case _:
            return sizing.kind.name.lower(), round(100.0 * sizing.size, 9)


def _recipe(query: Mapping[str, str], notes: list[str]) -> Recipe:
    recipe = Recipe()
    if query.get("rules"):
        try:
            recipe = Recipe(RULES, plan=rules_from(query["rules"].strip()))
        except BacktestError as error:
            notes.append(str(error))
    elif name := query.get("strategy", "").strip():
        try:
            recipe = Recipe(RULES, plan=FIRST_RULES) if name == RULES else Recipe(name)
        except UnknownStrategy as error:
            notes.append(str(error))
    for pair in [one for one in query.get("params", "").split(",") if one.strip()][:40]:
        name, _, value = pair.partition(":")
        known = {**dict(recipe.params), name.strip(): value.strip()}
        try:
            recipe = replace(recipe, params=tuple(known.items()))
        except (BacktestError, IndicatorError) as error:
            notes.append(str(error))
    steps: dict[str, Any] = {
        "costs": lambda text: {"costs": preset(text)},
        "capital": lambda text: {"account": Account(capital=float(text))},
        "size": _size,
        "fill": lambda text: {"fills": Fills(at=text)},
    }
    for key, step in steps.items():
        text = query.get(key, "").strip()
        if text:
            try:
                recipe = replace(recipe, **step(text))
            except (BacktestError, ValueError, KeyError) as error:
                told = str(error) if isinstance(error, BacktestError) else f"{key}={text[:20]} cannot be read."
                notes.append(told)
    return _with_stops(recipe, query, notes)


def _with_stops(recipe: Recipe, query: Mapping[str, str], notes: list[str]) -> Recipe:
    given: dict[str, Any] = {}
    for key, name in _STOPS.items():
        text = query.get(key, "").strip()
        if not text:
            continue
        try:
            given[name] = int(text) if name == "max_bars" else float(text)
            Stops(**{name: given[name]})
        except (BacktestError, ValueError) as error:
            given.pop(name, None)
            notes.append(str(error) if isinstance(error, BacktestError) else f"{key}={text[:20]} is no number.")
    return replace(recipe, stops=Stops(**given)) if given else recipe


def _size(text: str) -> dict[str, Any]:
    kind, _, number = text.partition(":")
    return {"sizing": sizing_of(kind, float(number) if number else SIZES[kind][1])}


def _day(query: Mapping[str, str], key: str, notes: list[str]) -> date | None:
    value = query.get(key, "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        notes.append(f"{key}={value[:20]} is not a day such as 2025-03-31.")
        return None


def _text(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def cost_names() -> dict[str, str]:
    """What each preset of costs is called on screen."""
    return {
        "default": "0.05 % and 0.1 % slippage",
        "free": "No costs",
        "nse_delivery": "NSE delivery, all charges",
        "nse_intraday": "NSE intraday, all charges",
        "us_no_commission": "US, no commission",
        "us_per_share": "US, per share",
        "crypto_taker": "Crypto, taker fee",
    }


def usual_costs(asset: str, currency: str) -> Costs:
    """The preset that fits an instrument best: for the hint beside the costs."""
    if asset == "crypto":
        return preset("crypto_taker")
    return preset("nse_delivery" if currency == "INR" else "us_no_commission" if currency == "USD" else "default")


def interval_of(asked: Asked) -> Interval:
    """The interval as the market knows it."""
    return Interval(asked.interval)
