"""The kernel against the plain reference: random bars, random signals, random rules, to 1e-12."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.backtest.kernel import simulate
from core.backtest.layout import FEE_COLUMNS, MAX_TARGETS, Reason, as_rules
from tests.backtest.reference import Reference

NOTHING = np.empty(0)
NO_CODES = np.empty(0, dtype=np.uint8)
FEE_NAMES = (
    "percent", "per_share", "per_order", "minimum", "maximum", "maximum_percent", "tax", "buy", "sell", "per_sell",
)  # fmt: skip


def base_rules() -> dict[str, Any]:
    return {
        "capital": 10_000.0, "fill_close": 0, "entry": 0, "limit_offset": 0.0, "trigger_offset": 0.0, "valid_bars": 1,
        "slippage": 0.001, "impact": 0.0, "volume_limit": 0.0, "stop": 0.0, "stop_atr": 0.0, "trail": 0.0,
        "trail_atr": 0.0, "targets": [0.0] * MAX_TARGETS, "shares": [0.0] * MAX_TARGETS, "target_count": 0,
        "target_unit": 0, "max_bars": 0, "sizing": 0, "size": 1.0, "size_cap": 1.0, "size_atr": 2.0,
        "kelly_share": 0.5, "kelly_trades": 3, "kelly_least": 0.02, "max_weight": 0.0, "leverage": 1.0,
        "maintenance": 0.25, "lot": 0.0, "max_entries": 1, "cool_down": 0, "daily_loss": 0.0, "cash_rate": 0.0,
        "debit_rate": 0.0, "borrow_rate": 0.0, "square_off": 0, "delisted": 0, "optimistic": 0,
    }  # fmt: skip


def made_bars(seed: int, n: int, wild: float) -> dict[str, np.ndarray]:
    """Bars with gaps and wide ranges, now and then one without prices."""
    rng = np.random.default_rng(seed)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, wild, n)))
    open_ = np.r_[close[:1], close[:-1]] * np.exp(rng.normal(0.0, wild / 2, n))
    high = np.maximum(open_, close) * (1.0 + np.abs(rng.normal(0.0, wild / 2, n)))
    low = np.minimum(open_, close) * (1.0 - np.abs(rng.normal(0.0, min(wild / 2, 0.2), n)).clip(0, 0.9))
    volume = np.round(rng.lognormal(6.0, 1.0, n))
    holes = rng.random(n) < 0.02
    close[holes] = np.nan
    return {"open": open_, "high": high, "low": low, "close": close, "volume": volume}


def case_of(seed: int) -> tuple[dict[str, np.ndarray], np.ndarray, dict[str, Any], dict[str, Any]]:
    """Bars, signals and rules from a seed: most rules are off most of the time, so that trades come about."""
    rng = np.random.default_rng(seed)

    def maybe(usual: Any, *others: Any, often: float = 0.25) -> Any:
        return others[rng.integers(len(others))] if rng.random() < often else usual

    n = int(rng.integers(1, 30) if rng.random() < 0.1 else rng.integers(60, 160))
    bars = made_bars(seed, n, float(rng.choice([0.01, 0.03, 0.1])))
    busy = float(rng.choice([0.1, 0.3, 0.8]))
    codes = np.where(rng.random(n) < busy, rng.integers(0, maybe(4, 16, often=0.6), n), 0).astype(np.uint8)
    rules = base_rules()
    sizing = int(maybe(0, 1, 2, 3, 4, 5, 6, often=0.6))
    rules |= {
        "slippage": maybe(0.001, 0.0, 0.02), "stop": maybe(0.0, 0.001, 0.03, 0.1, often=0.4),
        "stop_atr": maybe(0.0, 1.5), "trail": maybe(0.0, 0.02, 0.1), "trail_atr": maybe(0.0, 2.0),
        "max_bars": maybe(0, 1, 5), "sizing": sizing, "leverage": maybe(1.0, 3.0),
        "lot": maybe(0.0, 1.0, 25.0), "max_entries": maybe(1, 3), "cool_down": maybe(0, 4),
        "daily_loss": maybe(0.0, 0.02, often=0.15), "max_weight": maybe(0.0, 0.5), "fill_close": maybe(0, 1, often=0.1),
        "optimistic": maybe(0, 1, often=0.3), "impact": maybe(0.0, 0.1, often=0.15),
        "volume_limit": maybe(0.0, 0.1, often=0.15), "square_off": maybe(0, 1, often=0.15),
        "delisted": maybe(0, 1), "valid_bars": maybe(1, 4), "cash_rate": maybe(0.0, 0.06),
        "debit_rate": maybe(0.0, 0.12), "borrow_rate": maybe(0.0, 0.08),
    }  # fmt: skip
    sizes = {0: maybe(1.0, 0.6), 1: 2500.0, 2: maybe(0.3, 1.5), 3: 0.2, 4: 0.02, 5: 0.25, 6: maybe(10.0, 75.5)}
    rules["size"] = sizes[sizing]
    if not rules["fill_close"]:
        rules |= {
            "entry": int(maybe(0, 1, 2, 3, often=0.4)), "limit_offset": maybe(0.0, 0.005, 0.03),
            "trigger_offset": maybe(0.0, 0.01, 0.03),
        }  # fmt: skip
    count = int(maybe(0, 1, 2, 3, often=0.4))
    unit = int(rng.integers(0, 3 if rules["stop"] or rules["stop_atr"] else 2))
    distances = sorted(rng.uniform(0.5, 4.0, count) * ((0.02, 1.0, 1.0)[unit]))
    shares = [maybe(1.0, 0.4, often=0.5) / count] * count if count else []
    rules |= {
        "target_count": count, "target_unit": unit, "targets": [*distances, *[0.0] * (MAX_TARGETS - count)],
        "shares": [*shares, *[0.0] * (MAX_TARGETS - count)],
    }  # fmt: skip
    rows = int(rng.integers(1, 3))
    fees = [
        {
            "percent": maybe(0.0005, 0.0, 0.01), "per_share": maybe(0.0, 0.005), "per_order": maybe(0.0, 2.0),
            "minimum": maybe(0.0, 5.0), "maximum": maybe(math.inf, 20.0), "maximum_percent": maybe(math.inf, 0.01),
            "tax": maybe(0.0, 0.18), "buy": maybe(0.0, 0.001), "sell": maybe(0.0, 0.0015), "per_sell": maybe(0.0, 15.0),
        }
        for _ in range(rows)
    ]  # fmt: skip
    close = np.nan_to_num(bars["close"], nan=50.0)
    own_prices = not rules["fill_close"] and maybe(False, True)
    more = {
        "fees": fees,
        "fee_row": (np.arange(n) > n // 2).astype(np.uint8) if rows > 1 else NO_CODES,
        "weights": rng.choice([0.5, 1.0, np.nan], n) if maybe(False, True) else NOTHING,
        "limits": close * rng.choice([0.98, 1.0, 1.02, np.nan], n) if own_prices else NOTHING,
        "triggers": close * rng.choice([0.98, 1.0, 1.02, np.nan], n) if own_prices and maybe(True, False) else NOTHING,
        "atrs": np.where(np.arange(n) < 3, np.nan, close * 0.02),
        "vols": np.where(np.arange(n) < 3, np.nan, rng.uniform(0.1, 0.6, n)),
        "dividends": np.where(rng.random(n) < 0.05, 0.7, 0.0) if maybe(False, True) else NOTHING,
        "days": rng.choice([1.0, 3.0], n) if maybe(False, True) else NOTHING,
        "ends": (np.arange(n) % 5 == 4).astype(np.uint8) if rules["square_off"] or maybe(False, True) else NO_CODES,
    }
    return bars, codes, rules, more


def compiled(bars: dict[str, np.ndarray], codes: np.ndarray, rules: dict[str, Any], more: dict[str, Any]) -> Any:
    fees = np.zeros((len(more["fees"]), FEE_COLUMNS))
    for k, row in enumerate(more["fees"]):
        fees[k] = [row[name] for name in FEE_NAMES]
    b = {name: values.copy() for name, values in bars.items()}
    return simulate(
        b["open"], b["high"], b["low"], b["close"], b["volume"], codes, more["limits"], more["triggers"],
        more["weights"], more["atrs"], more["vols"], more["dividends"], NOTHING, more["days"], more["ends"], fees,
        more["fee_row"], as_rules(rules),
    )  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 2**32))
def test_the_kernel_agrees_with_the_plain_reference(seed: int) -> None:
    bars, codes, rules, more = case_of(seed)
    equity, position, trades, book = compiled(bars, codes, rules, more)
    slow = Reference({k: v.tolist() for k, v in bars.items()}, codes.tolist(), rules, **more).run()
    scale = rules["capital"]
    np.testing.assert_allclose(equity, slow.equity, rtol=1e-12, atol=1e-12 * scale)
    np.testing.assert_allclose(position, slow.positions, rtol=1e-10, atol=1e-9)
    assert len(trades) == len(slow.trades)
    for mine, other in zip(trades, slow.trades, strict=True):
        assert Reason(int(mine["reason"])).name.lower() == other["reason"]
        assert (mine["entry_bar"], mine["exit_bar"], mine["side"]) == (other["entry"], other["exit"], other["side"])
        assert mine["position"] == other["number"]
        for name, key in (("quantity", "shares"), ("entry_price", "from"), ("exit_price", "to")):
            assert mine[name] == pytest.approx(other[key], rel=1e-10)
        assert mine["pnl"] == pytest.approx(other["pnl"], rel=1e-8, abs=1e-8 * scale)
    assert book["ambiguous"][0] == slow.ambiguous
