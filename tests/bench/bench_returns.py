"""How fast a large ledger is valued: 10,000 transactions, 200 holdings, 15 years; with replay and the whole overview.

CPU time of the best of several runs, and in the same run the baseline every machine can be held against: the time the
processor takes for a fixed numpy and Python job of its own. Targets: replay, daily values, TWR and XIRR under 300 ms,
one more row under 50 ms, the overview under 400 ms, on a machine whose baseline is about 40 ms.
"""

from __future__ import annotations

import json
import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from core.portfolio.ledger import extend, replay
from core.portfolio.model import Account, Kind, Ledger, Transaction
from core.portfolio.overview import compose
from core.portfolio.periods import began
from core.portfolio.prices import About, Prices, calendar, day_number
from core.portfolio.returns import money_weighted, twr
from core.portfolio.valuation import Daily, daily, flows

ROWS, SYMBOLS, DAYS = 10_000, 200, 5_475
START = date(2011, 11, 21)
RUNS = 5
BROKER = Account(1, "Broker", "broker", "INR")


def rows() -> list[Transaction]:
    """Purchases and sales spread evenly over the years; more is never sold than held."""
    chance = random.Random(1)
    names = [f"S{at}.NS" for at in range(SYMBOLS)]
    held = dict.fromkeys(names, 0)
    made = []
    for at in range(ROWS):
        symbol = chance.choice(names)
        selling = held[symbol] > 20 and chance.random() < 0.4
        quantity = chance.randint(1, held[symbol] if selling else 50)
        held[symbol] += -quantity if selling else quantity
        made.append(
            Transaction(
                at + 1, 1, Kind.SELL if selling else Kind.BUY, START + timedelta(days=at * DAYS // ROWS), symbol=symbol,
                quantity=Decimal(quantity), price=Decimal(str(round(chance.uniform(90, 110), 2))), fees=Decimal(5),
                taxes=Decimal(1), currency="INR",
            )
        )  # fmt: skip
    return made


def closes() -> Prices:
    """Random walks with a third of the days without trading."""
    chance = np.random.default_rng(1)
    days = calendar(START - timedelta(days=10), START + timedelta(days=DAYS))
    close = {}
    for at in range(SYMBOLS):
        walk = 100 * np.exp(np.cumsum(chance.normal(0, 0.01, len(days))))
        close[f"S{at}.NS"] = np.where(chance.random(len(days)) < 0.3, np.nan, walk)
    return Prices(days, close, {}, {symbol: About("INR", "bench") for symbol in close})


def baseline() -> None:
    """A fixed job: 2 million Python additions and a sort of 2 million floats."""
    total = 0
    for at in range(2_000_000):
        total += at
    np.sort(np.random.default_rng(0).random(2_000_000))


def best(act: Callable[[], object]) -> float:
    """Milliseconds of CPU of the fastest run."""
    taken = []
    for _ in range(RUNS):
        began_at = time.process_time()
        act()
        taken.append(1_000 * (time.process_time() - began_at))
    return min(taken)


def returns(of: Daily) -> None:
    """Both returns since the start."""
    low, high = of.at(day_number(began(of))) - 1, len(of.days) - 1
    moved = flows(of)
    twr(of, low, high, flow=moved)
    money_weighted(of, low, high, flow=moved)


def main() -> None:
    """Measure and print one JSON document."""
    made, prices = rows(), closes()
    ledger: Ledger = replay([BROKER], made)
    but_one: Ledger = replay([BROKER], made[:-1])
    tracemalloc.start()
    of = daily(ledger, prices, "INR")
    compose(ledger, prices, "INR", of=of)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    found = {
        "baseline_ms": best(baseline),
        "replay_ms": best(lambda: replay([BROKER], made)),
        "one_more_row_ms": best(lambda: extend(but_one, made[-1:])),
        "daily_values_ms": best(lambda: daily(ledger, prices, "INR")),
        "twr_and_xirr_ms": best(lambda: returns(of)),
        "overview_ms": best(lambda: compose(ledger, prices, "INR", of=of)),
    }
    found["recomputation_ms"] = found["replay_ms"] + found["daily_values_ms"] + found["twr_and_xirr_ms"]
    shown = {name: round(value, 1) for name, value in found.items()}
    print(
        json.dumps(shown | {"peak_mb": round(peak / 1e6, 1), "rows": ROWS, "symbols": SYMBOLS, "days": DAYS}, indent=2)
    )


if __name__ == "__main__":
    main()
