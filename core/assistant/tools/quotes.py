"""The price of the moment, or of a past day, with what belongs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.assistant.model import Column, Table, ToolResult
from core.assistant.tools import ratios
from core.assistant.tools.bars import Loaded, load
from core.assistant.tools.evidence import Evidence, name_of, price_unit
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import AssetClass, Instrument, Quote, Sourced

_YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Price:
    """The price as the moment knows it; all of one source."""

    instrument: Instrument
    price: float
    at: datetime
    source: str
    previous: float | None
    open: float | None
    high: float | None
    low: float | None
    volume: float | None
    market_cap: float | None = None
    high_52w: float | None = None
    low_52w: float | None = None

    @property
    def change(self) -> float | None:
        """Against the close before."""
        return None if self.previous is None else self.price - self.previous

    @property
    def change_percent(self) -> float | None:
        """The same in percent."""
        return None if not self.previous else 100.0 * (self.price / self.previous - 1.0)


def price_of(evidence: Evidence, symbol: str = "") -> Price:
    """The quote of the moment; asked as of a past moment, the last bar known then. Raises MarketError."""
    instrument = evidence.instrument(symbol)
    if evidence.as_of is None:
        answer: Sourced[Quote] = evidence.market.quote(instrument.symbol, owner=evidence.context.owner)
        quote = evidence.used(answer)
        return Price(
            instrument, quote.price, quote.time, answer.source, quote.previous_close, quote.open, quote.high,
            quote.low, quote.volume, quote.market_cap, quote.high_52w, quote.low_52w,
        )  # fmt: skip
    return price_of_bars(load(evidence, instrument.symbol, span="5d", interval="1d"))


def price_of_bars(loaded: Loaded) -> Price:
    """The last of daily bars as a price, with the year's extremes where the bars reach so far."""
    bars = loaded.whole
    last = bars.iloc[-1]
    year = int(loaded.index.searchsorted(loaded.index[-1] - np.timedelta64(_YEAR_DAYS, "D")))
    whole_year = (loaded.index[-1] - loaded.index[0]).days >= _YEAR_DAYS - 10
    volume = float(last["volume"])
    return Price(
        loaded.instrument,
        float(last["close"]),
        loaded.as_of,
        loaded.source,
        float(bars["close"].iloc[-2]) if len(bars) > 1 else None,
        float(last["open"]),
        float(last["high"]),
        float(last["low"]),
        volume if np.isfinite(volume) else None,
        None,
        float(bars["high"].iloc[year:].max()) if whole_year else None,
        float(bars["low"].iloc[year:].min()) if whole_year else None,
    )


def add_price(evidence: Evidence, price: Price) -> None:
    """Add a price's figures as values."""
    symbol, unit = price.instrument.symbol, price_unit(price.instrument)
    rows: tuple[tuple[str, float | None, str, str], ...] = (
        ("price", price.price, unit, "Price" if evidence.as_of is None else "Close"),
        ("change", price.change, unit, "Change of the day"),
        ("change_percent", price.change_percent, "%", "Change of the day"),
        ("previous_close", price.previous, unit, "Previous close"),
        ("open", price.open, unit, "Open"),
        ("high", price.high, unit, "High of the day"),
        ("low", price.low, unit, "Low of the day"),
        ("high_52w", price.high_52w, unit, "52-week high"),
        ("low_52w", price.low_52w, unit, "52-week low"),
    )
    for field, value, of, label in rows:
        if value is not None:
            evidence.value(field, value, of, label, symbol=symbol, as_of=price.at, source=price.source)
    if price.volume:
        evidence.value("volume", price.volume, "shares", "Volume", symbol=symbol, as_of=price.at, source=price.source)
    if price.high_52w and price.low_52w and price.high_52w > price.low_52w:
        below = 100.0 * (price.price / price.high_52w - 1.0)
        above = 100.0 * (price.price / price.low_52w - 1.0)
        place = 100.0 * (price.price - price.low_52w) / (price.high_52w - price.low_52w)
        evidence.value("from_high_52w", below, "%", "From the 52-week high", symbol=symbol, as_of=price.at,
                       source=price.source)  # fmt: skip
        evidence.value("from_low_52w", above, "%", "From the 52-week low", symbol=symbol, as_of=price.at,
                       source=price.source)  # fmt: skip
        evidence.value("place_52w", place, "%", "Place in the 52-week range", symbol=symbol, as_of=price.at,
                       source=price.source)  # fmt: skip


@body("get_stock_info")
def get_stock_info(evidence: Evidence) -> ToolResult:
    """Price, day, year, size and the two or three ratios everybody asks for."""
    price = price_of(evidence)
    instrument = price.instrument
    add_price(evidence, price)
    evidence.value("name", instrument.name, "text", "Name", as_of=price.at, source="catalogue")
    try:
        loaded = load(evidence, span="3mo", interval="1d", warm=False)
        traded = loaded.column("volume")[-21:-1]
        traded = traded[np.isfinite(traded) & (traded > 0)]
        if traded.size:
            evidence.value(
                "average_volume", float(traded.mean()), "shares", "Average volume (20 sessions)",
                as_of=loaded.stamp(-1), source=loaded.source, period="20 sessions",
            )  # fmt: skip
    except MarketError as error:
        evidence.warn(f"The average volume is not known: {error}")
    if instrument.asset_class is AssetClass.STOCK:
        try:
            known = ratios.ratios_of(evidence)
            ratios.add(evidence, known, "market_cap", "pe", "pb", "eps", "dividend_yield")
        except MarketError as error:
            evidence.warn(f"Ratios are not known: {error}")
    elif price.market_cap:
        evidence.value(
            "market_cap", price.market_cap, instrument.currency, "Market value", as_of=price.at, source=price.source
        )
    found = evidence.result()
    evidence.show(
        Table(
            f"{name_of(instrument)} ({instrument.symbol})",
            (Column("Figure", "text"), Column("Value"), Column("Unit", "text")),
            tuple((one.label, one.value, one.unit) for one in found.values if one.field != "name"),
        )
    )
    return evidence.result()
