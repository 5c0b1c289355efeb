"""The compiled pass over a universe: one cash, target weights at decisions, orders at the next open.

A decision at a close becomes orders for the next bar. There, for every instrument that trades: first everything that
is too much is sold at the open, then what is missing is bought, each the same share of what it wants when the cash does
not suffice. Weights are of the equity at those opens. Costs are a share of the traded value, the same on both sides;
slippage worsens each fill. What has no bar is neither bought nor sold and keeps its last close; what never trades again
after its last bar is taken out at that close (delisting).
"""

from __future__ import annotations

import math

import numpy as np

from core.indicators.kernels import kernel
from core.indicators.numbers import Floats

DUST = 1e-9


@kernel
def rebalanced(
    opens: Floats,
    closes: Floats,
    targets: Floats,
    decisions: np.ndarray,
    last_bar: np.ndarray,
    capital: float,
    fee: float,
    slippage: float,
    lot: float,
) -> tuple[Floats, Floats, Floats, int]:
    """Equity (n,), shares held at each close (n, k), [fees, slippage, traded value], and how many orders were done.

    `targets` (n, k) are weights at decisions, read where `decisions` (n,) is 1; `last_bar` (k,) the last bar of each.
    """
    n, k = closes.shape
    cash = capital
    held = np.zeros(k)
    mark = np.full(k, np.nan)
    equity = np.empty(n)
    shares = np.zeros((n, k))
    wanted = np.zeros(k)
    totals = np.zeros(3)
    orders = 0
    for i in range(n):
        if i > 0 and decisions[i - 1] != 0:
            worth = cash
            for j in range(k):
                price = opens[i, j] if not math.isnan(opens[i, j]) else mark[j]
                if held[j] > 0.0:
                    worth += held[j] * price
            for j in range(k):
                wanted[j] = held[j]
                if math.isnan(opens[i, j]):
                    continue
                target = targets[i - 1, j]
                goal = worth * target / opens[i, j] if target > 0.0 else 0.0
                if lot > 0.0:
                    goal = math.floor(goal / lot + 1e-9) * lot
                wanted[j] = goal
            for j in range(k):
                less = held[j] - wanted[j]
                if less * mark[j] > DUST * worth:
                    value = less * opens[i, j]
                    got = value * (1.0 - slippage)
                    paid = got * fee
                    cash += got - paid
                    held[j] = wanted[j]
                    totals[0] += paid
                    totals[1] += value - got
                    totals[2] += value
                    orders += 1
            need = 0.0
            for j in range(k):
                more = wanted[j] - held[j]
                if more > 0.0:
                    need += more * opens[i, j] * (1.0 + slippage) * (1.0 + fee)
            share = 1.0 if need <= cash or need <= 0.0 else max(cash, 0.0) / need
            for j in range(k):
                more = (wanted[j] - held[j]) * share
                if lot > 0.0:
                    more = math.floor(more / lot + 1e-9) * lot
                if more > 0.0 and more * opens[i, j] > DUST * worth:
                    value = more * opens[i, j]
                    cost = value * (1.0 + slippage)
                    paid = cost * fee
                    cash -= cost + paid
                    held[j] += more
                    totals[0] += paid
                    totals[1] += cost - value
                    totals[2] += value
                    orders += 1
        total = cash
        for j in range(k):
            if not math.isnan(closes[i, j]):
                mark[j] = closes[i, j]
            if held[j] > 0.0:
                if i == last_bar[j] and i < n - 1:
                    value = held[j] * mark[j]
                    got = value * (1.0 - slippage)
                    paid = got * fee
                    cash += got - paid
                    total += got - paid
                    held[j] = 0.0
                    totals[0] += paid
                    totals[1] += value - got
                    totals[2] += value
                    orders += 1
                else:
                    total += held[j] * mark[j]
            shares[i, j] = held[j]
        equity[i] = total
    return equity, shares, totals, orders
