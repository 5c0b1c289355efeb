"""What the demo market costs, beside the same kind of market simulated one bar at a time in plain Python."""

import math
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from core.market.calendars import calendar_of
from core.market.instruments import by_symbol, catalogue
from core.market.model import AssetClass, Instrument, Interval, Kind
from core.market.sources.base import Request, ask
from core.market.sources.demo import DemoMarket

NOW = datetime(2026, 11, 20, 6, 12, 30, tzinfo=UTC)
TEN_YEARS = NOW - timedelta(days=3650)
RUNS = 7


def _universe() -> list[Instrument]:
    """The 52 first Indian stocks, 20 US names, 8 coins and 5 indices: what an overview page shows."""
    every = catalogue()
    indian = [each for each in every if each.asset_class is AssetClass.STOCK and each.calendar == "XBOM"][:52]
    american = [each for each in every if each.asset_class is AssetClass.STOCK and each.calendar == "XNYS"][:20]
    coins = [each for each in every if each.asset_class is AssetClass.CRYPTO][:8]
    indices = [by_symbol(symbol) for symbol in ("^NSEI", "^NSEBANK", "^BSESN", "^CNXIT", "^INDIAVIX")]
    return [*indian, *american, *coins, *(each for each in indices if each is not None)]


def _bar_by_bar(bars: int) -> list[tuple[float, float, float, float, float]]:
    """GARCH(1,1) with three factors, a bar at a time: the plain way to write such a market."""
    draw = random.Random(7)
    price, found = 100.0, []
    variances = [1e-4, 4e-5, 1e-4]
    for _ in range(bars):
        move = 0.0003
        for at, variance in enumerate(variances):
            shock = math.sqrt(variance) * draw.gauss(0.0, 1.0)
            variances[at] = 2e-6 + 0.08 * shock * shock + 0.9 * variance
            move += shock
        opened = price * math.exp(0.3 * move)
        price *= math.exp(move)
        high = max(opened, price) * math.exp(abs(draw.gauss(0.0, 0.005)))
        low = min(opened, price) * math.exp(-abs(draw.gauss(0.0, 0.005)))
        found.append((opened, high, low, price, math.floor(1e6 * math.exp(draw.gauss(0.0, 0.4)))))
    return found


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _line(what: str, seconds: float, target: float) -> None:
    verdict = "ok" if seconds <= target else "MISSED"
    print(f"{what}: {1e3 * seconds:.1f} ms of CPU, target <= {1e3 * target:.0f} ms: {verdict}")


def main() -> None:
    """Print the lines `make bench` shows."""
    universe = _universe()
    for each in universe:
        calendar_of(each)  # built once a process, whoever needs them first
    market = DemoMarket(now=lambda: NOW)

    def daily(source: DemoMarket) -> int:
        return sum(len(ask(source, Request(Kind.BARS, each, Interval.D1, TEN_YEARS)).data.frame) for each in universe)

    started = time.process_time()
    bars = daily(market)
    cold = time.process_time() - started
    naive = min(_cpu(lambda: _bar_by_bar(4200)) for _ in range(3)) * len(universe)
    _line(f"cold: {len(universe)} instruments, 10 years daily ({bars:,} bars)", cold, 1.5)
    print(
        f"baseline, bar by bar in plain Python with the same history (4,200 bars each, scaled): {naive:.2f} s, "
        f"ratio {naive / cold:.1f}x"
    )
    reliance = by_symbol("RELIANCE.NS")
    one = Request(Kind.BARS, reliance, Interval.D1, TEN_YEARS)
    _line("warm: 10 years daily of one instrument", median(_cpu(lambda: ask(market, one)) for _ in range(RUNS)), 0.02)
    days = [
        Request(Kind.BARS, reliance, Interval.M1, start, start + timedelta(days=1))
        for start in (datetime(2026, 9, 8 + shift, tzinfo=UTC) for shift in range(3))
    ]
    _line("cold: one day of 1m bars", median(_cpu(lambda each=each: ask(market, each)) for each in days), 0.005)
    month = Request(Kind.BARS, by_symbol("TCS.NS"), Interval.M1, NOW - timedelta(days=30))
    _line("cold: 30 days of 1m bars", _cpu(lambda: ask(market, month)), 0.1)
    quotes = [Request(Kind.QUOTE, each) for each in universe[:60]]
    _line("cold: quotes of 60 instruments", _cpu(lambda: [ask(market, each) for each in quotes]), 0.05)
    ask(market, Request(Kind.NEWS))
    _line(
        "warm: news of the whole market", median(_cpu(lambda: ask(market, Request(Kind.NEWS))) for _ in range(3)), 0.1
    )


if __name__ == "__main__":
    main()
