"""A market whose every price follows from its symbol: for tests of figures and of the Charts page."""

from __future__ import annotations

import zlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from core.market.errors import AmbiguousSymbol, BadFile, UnknownSymbol
from core.market.model import (
    Action,
    ActionKind,
    AssetClass,
    Bars,
    Event,
    Finding,
    ImportReport,
    Instrument,
    Interval,
    Quote,
    Sourced,
    Treatment,
    Warn,
)
from core.market.router import MarketMode

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)  # a Wednesday, 11:30 in Mumbai


def stock(symbol: str, name: str, **fields: Any) -> Instrument:
    """An instrument on the NSE unless fields say otherwise."""
    usual: dict[str, Any] = {
        "asset_class": AssetClass.STOCK,
        "exchange": "NSE",
        "currency": "INR",
        "timezone": "Asia/Kolkata",
        "calendar": "XBOM",
    }
    return Instrument(symbol=symbol, name=name, **(usual | fields))


CATALOGUE = (
    stock("RELIANCE.NS", "Reliance Industries"),
    stock("TCS.NS", "Tata Consultancy Services"),
    stock("TATAMOTORS.NS", "Tata Motors"),
    stock("INFY.NS", "Infosys"),
    stock("^NSEI", "NIFTY 50", asset_class=AssetClass.INDEX),
    stock("AAPL", "Apple", exchange="NASDAQ", currency="USD", timezone="America/New_York", calendar="XNYS"),
    stock(
        "BTC-USD", "Bitcoin", asset_class=AssetClass.CRYPTO, exchange="Crypto", currency="USD", timezone="UTC",
        calendar="24/7",
    ),
)  # fmt: skip


def frame(symbol: str = "RELIANCE.NS", bars: int = 260, *, last: date = date(2026, 11, 18)) -> pd.DataFrame:
    """Daily bars of weekdays up to ``last``, at midnight in Mumbai, a random walk of the symbol's own."""
    days = pd.bdate_range(end=last, periods=bars, tz="Asia/Kolkata").tz_convert("UTC")
    return _walk(symbol, days)


def _walk(symbol: str, index: pd.DatetimeIndex, seconds: int = 86_400) -> pd.DataFrame:
    rng = np.random.default_rng(zlib.crc32(symbol.encode()))
    scale = 0.013 * (seconds / 86_400) ** 0.5
    steps = rng.normal(0.0004, scale, len(index))
    base = 40_000.0 if symbol.startswith("BTC") else 1_000 + zlib.crc32(symbol.encode()) % 2_000
    close = base * np.exp(np.cumsum(steps))
    opened = np.concatenate([[base], close[:-1]]) * (1 + rng.normal(0, scale / 4, len(index)))
    high = np.maximum(opened, close) * (1 + np.abs(rng.normal(0, scale / 3, len(index))))
    low = np.minimum(opened, close) * (1 - np.abs(rng.normal(0, scale / 3, len(index))))
    volume = np.zeros(len(index)) if symbol.startswith("^") else rng.lognormal(14, 0.4, len(index)).round()
    columns = {"open": opened, "high": high, "low": low, "close": close}
    table = pd.DataFrame({k: v.round(2) for k, v in columns.items()} | {"volume": volume}, index=index)
    table.index.name = "ts"
    return table


def _starts(instrument: Instrument, interval: Interval) -> pd.DatetimeIndex:
    zone = instrument.timezone
    today = pd.Timestamp(NOW).tz_convert(zone).normalize()
    if interval is Interval.W1:
        return pd.date_range(end=today - pd.Timedelta(days=today.weekday()), periods=520, freq="7D").tz_convert("UTC")
    if interval is Interval.MO1:
        return pd.date_range(end=today.replace(day=1), periods=180, freq="MS").tz_convert("UTC")
    days = (
        pd.date_range(end=today, periods=3900)
        if instrument.calendar == "24/7"
        else pd.bdate_range(end=today, periods=2700)
    )
    if interval is Interval.D1:
        return days.tz_convert("UTC")
    first, last = (0, 1440) if instrument.calendar == "24/7" else (555, 930)
    minutes = pd.to_timedelta(np.arange(first, last, interval.seconds // 60), unit="min")
    index = pd.DatetimeIndex([day + minute for day in days[-60:].tz_convert("UTC") for minute in minutes])
    return index[index <= pd.Timestamp(NOW)]


class ScriptedMarket:
    """Answers like ``core.market.service.Market`` from the catalogue above. ``fail`` is raised by every read."""

    def __init__(self) -> None:
        self.fail: Exception | None = None
        self.calls: list[str] = []
        self.saved: dict[str, dict[str, Any]] = {}
        self.simulated = True
        self.stale = False
        self.found: tuple[Finding, ...] = ()
        self.warned: tuple[Warn, ...] = ()
        self.imported: list[tuple[str, int, str]] = []

    def mode(self) -> MarketMode:
        return MarketMode(not self.simulated, "Simulated" if self.simulated else "Live", "scripted")

    def _sourced(self, data: Any) -> Sourced[Any]:
        source = "demo" if self.simulated else "yahoo"
        return Sourced(
            data, source, NOW - timedelta(minutes=1), NOW, self.warned, stale=self.stale, simulated=self.simulated
        )

    def resolve(self, text: str, *, owner: str | None = None) -> Instrument:
        if self.fail:
            raise self.fail
        for instrument in CATALOGUE:
            if text.upper() in (instrument.symbol, instrument.symbol.split(".")[0]):
                return instrument
        if text.upper() == "TATA":
            raise AmbiguousSymbol(text, ("TCS.NS", "TATAMOTORS.NS"))
        raise UnknownSymbol(text, [i.symbol for i in CATALOGUE if i.symbol[:2] == text.upper()[:2]])

    def search(self, text: str, *, owner: str | None = None, limit: int = 8) -> tuple[Instrument, ...]:
        words = text.lower().split()
        return tuple(i for i in CATALOGUE if all(w in f"{i.symbol} {i.name}".lower() for w in words))[:limit]

    def instruments(self, *, owner: str | None = None, **_: Any) -> tuple[Instrument, ...]:
        return CATALOGUE

    def bars(
        self, symbol: str, interval: str = "1d", start: Any = None, end: Any = None, *, adjust: str = "splits",
        owner: str | None = None, **_: Any,
    ) -> Sourced[Bars]:  # fmt: skip
        self.calls.append(f"bars {symbol} {interval} {start} {end}")
        if self.fail:
            raise self.fail
        instrument = self.resolve(symbol)
        length = Interval(interval)
        table = _walk(symbol, _starts(instrument, length), length.seconds)
        if start is not None:
            table = table[table.index >= pd.Timestamp(start, tz=instrument.timezone)]
        if end is not None:
            table = table[table.index < pd.Timestamp(end, tz=instrument.timezone) + pd.Timedelta(days=1)]
        actions = (Action(ActionKind.DIVIDEND, date(2026, 8, 14), 5.5, "INR"),)
        return self._sourced(Bars(symbol, length, table, actions, currency=instrument.currency))

    def quote(self, symbol: str, *, owner: str | None = None) -> Sourced[Quote]:
        if self.fail:
            raise self.fail
        last = self.bars(symbol).data.frame.iloc[-1]
        return self._sourced(Quote(symbol, float(last["close"]) + 1, NOW, "INR", float(last["open"])))

    def events(self, symbol: str, **_: Any) -> Sourced[tuple[Event, ...]]:
        return self._sourced((Event(symbol, "results", date(2026, 10, 16), "Results", 20.1, 21.4),))

    def findings(self, symbol: str, **_: Any) -> tuple[Finding, ...]:
        return self.found

    def layouts(self, owner: str) -> dict[str, dict[str, Any]]:
        return dict(self.saved)

    def save_layout(self, owner: str, name: str, payload: dict[str, Any]) -> None:
        self.saved[name] = payload

    def delete_layout(self, owner: str, name: str) -> None:
        self.saved.pop(name, None)

    def import_file(
        self, name: str, data: bytes, symbol: str, interval: Any = None, *, owner: str, **_: Any
    ) -> ImportReport:
        if b"<html" in data:
            raise BadFile(name, "this is a web page, not a table of bars.", "Download the file itself.")
        self.imported.append((name, len(data), symbol))
        problem = Finding("duplicate", Treatment.REJECTED, "line 3 repeats line 2", line=3)
        return ImportReport(symbol, Interval.D1, 3, 2, 0, 1, NOW - timedelta(days=2), NOW, (problem,))
