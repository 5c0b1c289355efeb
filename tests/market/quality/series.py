"""Synthetic clean series and instruments for the quality tests."""

from datetime import date

import numpy as np
import pandas as pd

from core.market.calendars import calendar
from core.market.model import Action, ActionKind, AssetClass, Instrument

RELIANCE = Instrument("RELIANCE.NS", "Reliance", AssetClass.STOCK, "NSE", "INR", "Asia/Kolkata", "XBOM")
APPLE = Instrument("AAPL", "Apple", AssetClass.STOCK, "NASDAQ", "USD", "America/New_York", "XNYS")
LONDON = Instrument("TEN.L", "Ten", AssetClass.STOCK, "LSE", "GBp", "Europe/London", "XLON")
BITCOIN = Instrument("BTC-USD", "Bitcoin", AssetClass.CRYPTO, "CCC", "USD", "UTC", "24/7")


def clean(
    seed: int = 0,
    bars: int = 260,
    *,
    instrument: Instrument = RELIANCE,
    start: date = date(2021, 1, 1),
    sigma: float = 0.015,
) -> pd.DataFrame:
    """A consistent daily series on the exchange's sessions: open, high, low, close, volume."""
    rng = np.random.default_rng(seed)
    sessions = calendar(instrument.calendar).sessions(start, date(start.year + 1 + bars // 240, start.month, 1))[:bars]
    close = 500 * np.exp(np.cumsum(rng.normal(0.0003, sigma, len(sessions))))
    opened = np.concatenate(([500.0], close[:-1])) * np.exp(rng.normal(0, sigma / 3, len(sessions)))
    high = np.maximum(opened, close) * (1 + np.abs(rng.normal(0, sigma / 3, len(sessions))))
    low = np.minimum(opened, close) * (1 - np.abs(rng.normal(0, sigma / 3, len(sessions))))
    volume = np.round(1e5 * np.exp(rng.normal(0, 0.4, len(sessions))))
    index = (
        pd.DatetimeIndex(pd.to_datetime([day.isoformat() for day in sessions]))
        .tz_localize(instrument.timezone)
        .tz_convert("UTC")
    )
    return pd.DataFrame(
        {"open": opened, "high": high, "low": low, "close": close, "volume": volume},
        index=index.as_unit("ns").rename("ts"),
    )


def with_dividends(
    frame: pd.DataFrame, rows: list[int], cash: list[float], timezone: str = "Asia/Kolkata"
) -> tuple[pd.DataFrame, list[Action]]:
    """The series with the price falling by each dividend, an exact adj_close, and the dividends as actions."""
    out = frame.copy()
    actions: list[Action] = []
    for row, amount in sorted(zip(rows, cash, strict=True)):
        factor = 1 - amount / out["close"].iloc[row - 1]
        out.iloc[row:, :4] *= factor
        actions.append(Action(ActionKind.DIVIDEND, out.index[row].tz_convert(timezone).date(), amount))
    share = np.ones(len(out))
    for row, amount in zip(rows, cash, strict=True):
        share[:row] *= 1 - amount / out["close"].iloc[row - 1]
    out["adj_close"] = out["close"] * share
    return out, actions
