"""The fill contract a second time: slow, plain Python, written from docs/backtesting.md and not from the kernel.

One bar is one function call after another on a small object; nothing is compiled, nothing is shared with the engine but
the signal bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Held:
    """The position: signed shares and what its exits need to know."""

    side: int
    shares: float
    bought: float
    price: float
    fees: float
    bar: int
    number: int
    peak: float
    atr: float
    entries: int = 1
    closes: int = 0
    invested: float = 0.0
    result: float = 0.0
    done: set[int] = field(default_factory=set)


@dataclass
class Order:
    side: int
    kind: str
    limit: float
    trigger: float
    bar: int
    waited: int = 0
    armed: bool = False


class Reference:
    """Everything of one run. `rules` is a plain dict with the names of `core.backtest.layout.RULES`."""

    def __init__(self, bars: dict[str, list[float]], codes: list[int], rules: dict[str, Any], **more: Any) -> None:
        self.o, self.h, self.l, self.c, self.v = (bars[k] for k in ("open", "high", "low", "close", "volume"))
        self.codes = codes
        self.r = rules
        self.more = more
        self.cash = rules["capital"]
        self.held: Held | None = None
        self.order: Order | None = None
        self.leave = ""
        self.trades: list[dict[str, Any]] = []
        self.equity: list[float] = []
        self.positions: list[float] = []
        self.numbers = 0
        self.outcomes: list[float] = []
        self.last_loss = -math.inf
        self.ambiguous = 0
        self.ruined = False
        self.blocked = False

    # -- money -------------------------------------------------------------------------------------------------

    def fee(self, i: int, shares: float, price: float, buying: bool) -> float:
        rows = self.more["fees"]
        f = rows[self.more["fee_row"][i]] if len(rows) > 1 else rows[0]
        value = shares * price
        broker = max(f["per_order"] + f["per_share"] * shares + f["percent"] * value, f["minimum"])
        broker = min(broker, f["maximum"], f["maximum_percent"] * value)
        extra = f["buy"] * value if buying else f["sell"] * value + f["per_sell"]
        return broker * (1 + f["tax"]) + extra

    def most(self, i: int, price: float, budget: float, buying: bool) -> float:
        """The largest quantity that fits, by bisection: no formula to share with the engine."""
        if budget <= 0:
            return 0.0
        low, high = 0.0, budget / price
        if high * price + self.fee(i, high, price, buying) <= budget:
            return high
        for _ in range(200):
            middle = (low + high) / 2
            if middle * price + self.fee(i, middle, price, buying) <= budget:
                low = middle
            else:
                high = middle
        return low

    def lots(self, shares: float) -> float:
        lot = self.r["lot"]
        return shares if lot == 0 else math.floor(shares / lot + 1e-9) * lot

    def worse(self, price: float, side: int, shares: float, i: int) -> float:
        share = min(shares / self.v[i], 1) if self.v[i] > 0 else 1
        return price * (1 + side * self.r["slippage"]) * (1 + side * self.r["impact"] * share**2)

    # -- one position ------------------------------------------------------------------------------------------

    def close(self, i: int, price: float, shares: float, reason: str) -> None:
        p = self.held
        assert p is not None
        shares = min(shares, p.shares)
        done = price if reason == "target" else self.worse(price, -p.side, shares, i)
        cost = self.fee(i, shares, done, p.side < 0)
        entry_cost = p.fees * shares / p.shares
        gain = p.side * shares * (done - p.price) - cost - entry_cost
        self.cash += p.side * shares * done - cost
        self.trades.append(
            {"side": p.side, "entry": p.bar, "exit": i, "shares": shares, "from": p.price, "to": done, "pnl": gain,
             "reason": reason, "number": p.number}
        )  # fmt: skip
        p.fees -= entry_cost
        p.result += gain
        if p.shares - shares > 1e-12 * p.shares:
            p.shares -= shares
            return
        self.held = None
        self.outcomes.append(p.result / p.invested)
        if p.result <= 0:
            self.last_loss = i

    def stop_of(self, p: Held) -> tuple[float, str] | None:
        r = self.r
        known: list[tuple[float, str]] = []
        fixed = []
        if r["stop"]:
            fixed.append(p.price * (1 - p.side * r["stop"]))
        if r["stop_atr"]:
            fixed.append(p.price - p.side * r["stop_atr"] * p.atr)
        if fixed:
            known.append((max(fixed) if p.side > 0 else min(fixed), "stop"))
        if r["trail"]:
            known.append((p.peak * (1 - p.side * r["trail"]), "trailing"))
        if r["trail_atr"]:
            known.append((p.peak - p.side * r["trail_atr"] * p.atr, "trailing"))
        m = r["maintenance"]
        if p.side < 0:
            known.append((self.cash / (p.shares * (1 + m)), "margin"))
        elif self.cash < 0:
            known.append((-self.cash / (p.shares * (1 - m)), "margin"))
        known = [one for one in known if one[0] > 0]
        if not known:
            return None
        best = known[0]
        for one in known[1:]:  # of equal levels the first named counts
            if p.side * (one[0] - best[0]) > 0:
                best = one
        return best

    def targets_of(self, p: Held) -> list[tuple[int, float, float]]:
        r = self.r
        out = []
        for k in range(r["target_count"]):
            if k in p.done:
                continue
            distance = r["targets"][k]
            if r["target_unit"] == 0:
                level = p.price * (1 + p.side * distance)
            elif r["target_unit"] == 1:
                level = p.price + p.side * distance * p.atr
            else:
                fixed = []
                if r["stop"]:
                    fixed.append(p.price * (1 - p.side * r["stop"]))
                if r["stop_atr"]:
                    fixed.append(p.price - p.side * r["stop_atr"] * p.atr)
                nearest = max(fixed) if p.side > 0 else min(fixed)
                level = p.price + distance * (p.price - nearest)
            out.append((k, level, r["shares"][k]))
        return out

    def take(self, i: int, furthest: float, at_open: float | None) -> None:
        p = self.held
        assert p is not None
        for k, level, share in self.targets_of(p):
            if self.held is None:
                return
            if p.side * (furthest - level) < 0:
                continue
            p.done.add(k)
            shares = self.lots(share * p.bought)
            if shares <= 0:
                continue
            better = at_open is not None and p.side * (at_open - level) > 0
            self.close(i, at_open if better else level, shares, "target")

    # -- entries -----------------------------------------------------------------------------------------------

    def price_of(self, i: int, q: Order) -> tuple[str, float] | None:
        """How and where the order is done in bar i."""
        o, h, l, c = self.o[i], self.h[i], self.l[i], self.c[i]  # noqa: E741
        if q.kind == "market":
            return "open", o
        up = q.side > 0
        if q.kind in ("stop", "stop_limit") and not q.armed:
            if (o >= q.trigger) if up else (o <= q.trigger):
                if q.kind == "stop":
                    return "open", o
                q.armed = True
                if (o <= q.limit) if up else (o >= q.limit):
                    return "open", o
                if (l <= q.limit) if up else (h >= q.limit):
                    return "limit", q.limit
                return None
            if (h >= q.trigger) if up else (l <= q.trigger):
                if q.kind == "stop":
                    return "stop", q.trigger
                q.armed = True
                if (q.trigger <= q.limit) if up else (q.trigger >= q.limit):
                    return "stop", q.trigger
                if (c <= q.limit) if up else (c >= q.limit):
                    return "limit", q.limit
            return None
        if (o <= q.limit) if up else (o >= q.limit):
            return "open", o
        if (l <= q.limit) if up else (h >= q.limit):
            return "limit", q.limit
        return None

    def enter(self, i: int, q: Order, how: str, price: float) -> bool:
        r = self.r
        shares_now = self.held.side * self.held.shares if self.held else 0.0
        equity = self.cash + shares_now * price
        exposure = abs(shares_now) * price
        power = r["leverage"] * equity - exposure
        weight = self.more["weights"][q.bar] if len(self.more["weights"]) else 1.0
        atr = self.more["atrs"][q.bar] if len(self.more["atrs"]) else math.nan
        vol = self.more["vols"][q.bar] if len(self.more["vols"]) else math.nan
        kind = r["sizing"]
        wanted = math.inf
        budget = power
        if kind == 0:
            budget = weight * (r["size"] * r["leverage"] * equity - exposure)
        elif kind == 1:
            budget = weight * r["size"]
        elif kind == 2:
            budget = weight * r["size"] * equity
        elif kind == 3:
            budget = weight * min(r["size"] / vol, r["size_cap"]) * equity if vol > 0 else math.nan
        elif kind == 4:
            wanted = weight * r["size"] * equity / (r["size_atr"] * atr) if atr > 0 else math.nan
        elif kind == 5:
            budget = weight * self.kelly() * equity
        else:
            wanted = weight * r["size"]
        needs_atr = r["stop_atr"] or r["trail_atr"] or (r["target_unit"] == 1 and r["target_count"])
        if math.isnan(budget) or math.isnan(wanted) or (needs_atr and not atr > 0):
            return False
        budget = min(budget, power)
        if r["max_weight"]:
            budget = min(budget, r["max_weight"] * equity - exposure)
        slips = how != "limit"
        done = self.worse(price, q.side, 0.0, i) if slips else price
        bounded = q.kind in ("limit", "stop_limit")
        if slips and bounded:
            done = min(done, q.limit) if q.side > 0 else max(done, q.limit)
        shares = min(self.most(i, done, budget, q.side > 0), wanted)
        if r["volume_limit"]:
            shares = min(shares, r["volume_limit"] * self.v[i] if self.v[i] > 0 else 0.0)
        shares = self.lots(shares)
        if slips and r["impact"] and shares > 0:
            done = self.worse(price, q.side, shares, i)
            if bounded:
                done = min(done, q.limit) if q.side > 0 else max(done, q.limit)
            shares = self.lots(min(self.most(i, done, budget, q.side > 0), shares))
        if not shares * done > 1e-9 * equity:
            return False
        cost = self.fee(i, shares, done, q.side > 0)
        self.cash -= q.side * shares * done + cost
        if self.held is None:
            self.numbers += 1
            self.held = Held(
                q.side, shares, shares, done, cost, i, self.numbers, done, atr, invested=shares * done
            )  # fmt: skip
        else:
            p = self.held
            p.price = (p.price * p.shares + done * shares) / (p.shares + shares)
            p.shares += shares
            p.bought += shares
            p.invested += shares * done
            p.fees += cost
            p.entries += 1
            p.atr = atr
        return True

    def kelly(self) -> float:
        r = self.r
        if len(self.outcomes) < r["kelly_trades"]:
            return r["size"]
        wins = [x for x in self.outcomes if x > 0]
        losses = [-x for x in self.outcomes if x <= 0]
        if not wins:
            return r["kelly_least"]
        if not losses or sum(losses) <= 0:
            return r["size_cap"]
        p = len(wins) / len(self.outcomes)
        f = p / (sum(losses) / len(losses)) - (1 - p) / (sum(wins) / len(wins))
        return min(max(r["kelly_share"] * f, r["kelly_least"]), r["size_cap"])

    # -- bars --------------------------------------------------------------------------------------------------

    def run(self) -> Reference:
        self.before = math.nan
        self.wait = 0.0
        self.session_equity = self.r["capital"]
        value = self.r["capital"]
        for i in range(len(self.c)):
            if len(self.more["days"]):
                self.wait += self.more["days"][i]
            prices = (self.o[i], self.h[i], self.l[i], self.c[i])
            if all(math.isfinite(x) and x > 0 for x in prices):
                value = self.bar(i)
            self.equity.append(value)
            self.positions.append(self.held.side * self.held.shares if self.held else 0.0)
        if self.held:
            p = self.held
            gain = p.side * p.shares * (self.before - p.price) - p.fees
            self.trades.append(
                {"side": p.side, "entry": p.bar, "exit": len(self.c) - 1, "shares": p.shares, "from": p.price,
                 "to": self.before, "pnl": gain, "reason": "open", "number": p.number}
            )  # fmt: skip
        return self

    def night(self, i: int) -> None:
        r = self.r
        if self.wait > 0 and not math.isnan(self.before):
            short = self.held.shares * self.before if self.held and self.held.side < 0 else 0.0
            years = self.wait / 365
            self.cash += (
                r["cash_rate"] * max(self.cash - 2 * short, 0) * years
                - r["debit_rate"] * max(-self.cash, 0) * years
                - r["borrow_rate"] * short * years
            )
        self.wait = 0.0
        if len(self.more["dividends"]) and self.held:
            self.cash += self.held.side * self.held.shares * self.more["dividends"][i]

    def bar(self, i: int) -> float:
        r = self.r
        o, c = self.o[i], self.c[i]
        h, l = max(self.h[i], o, c), min(self.l[i], o, c)  # noqa: E741
        self.h[i], self.l[i] = h, l
        self.night(i)
        ends = bool(self.more["ends"][i]) if len(self.more["ends"]) else True
        gone = self.at_open(i, o)
        how, reference = self.entries(i, gone)
        self.within(i, how, reference, o, h, l, c)
        first = self.held is not None and self.held.entries == 1
        if self.held and r["square_off"] and ends:
            self.close(i, c, math.inf, "session_end")
        if self.held and r["delisted"] and i == len(self.c) - 1:
            self.close(i, c, math.inf, "delisted")
        if self.held:
            p = self.held
            best = h if p.side > 0 else l
            if how == "limit" and first:
                best = c
            p.peak = max(p.peak, best) if p.side > 0 else min(p.peak, best)
            p.closes += 1
            if self.cash + p.side * p.shares * c <= 0:
                self.close(i, c, math.inf, "ruin")
        value = self.cash + (self.held.side * self.held.shares * c if self.held else 0.0)
        self.ruined = self.ruined or value <= 0
        self.decide(i, c, value, ends)
        if r["fill_close"]:
            if self.leave:
                self.close(i, c, math.inf, self.leave)
                self.leave = ""
            if self.order:
                order, self.order = self.order, None
                self.enter(i, order, "open", c)
        self.before = c
        return self.cash + (self.held.side * self.held.shares * c if self.held else 0.0)

    def at_open(self, i: int, o: float) -> bool:
        """True when the position went at the open without having been told to."""
        leave, self.leave = self.leave, ""
        if self.held and leave:
            self.close(i, o, math.inf, leave)
            return False
        if not self.held:
            return False
        stop = self.stop_of(self.held)
        if stop and self.held.side * (o - stop[0]) <= 0:
            self.close(i, o, math.inf, stop[1])
            return True
        self.take(i, o, o)
        return self.held is None

    def entries(self, i: int, gone: bool) -> tuple[str, float]:
        q = self.order
        if q is None:
            return "", math.nan
        if gone or (self.held and self.held.side != q.side):
            self.order = None
            return "", math.nan
        found = self.price_of(i, q)
        q.waited += 1
        if found is None:
            if q.waited >= self.r["valid_bars"]:
                self.order = None
            return "", math.nan
        self.order = None
        return (found[0], found[1]) if self.enter(i, q, *found) else ("", math.nan)

    def within(self, i: int, how: str, reference: float, o: float, h: float, l: float, c: float) -> None:  # noqa: E741
        p = self.held
        if p is None:
            return
        worst, best = (l, h) if p.side > 0 else (h, l)
        inside = how in ("limit", "stop") and p.entries == 1
        stop = self.stop_of(p)
        levels = [level for _, level, _ in self.targets_of(p)]
        touches_stop = stop is not None and p.side * (worst - stop[0]) <= 0
        touches_gain = any(p.side * (best - level) >= 0 for level in levels)
        sure_stop, sure_gain, reach = touches_stop, touches_gain, best
        if inside and how == "stop" and touches_stop:
            assert stop is not None
            sure_stop = p.side * (c - stop[0]) <= 0
        if inside and how == "limit" and touches_gain:
            sure_gain, reach = any(p.side * (c - level) >= 0 for level in levels), c
        if (touches_stop and touches_gain) or sure_stop != touches_stop or sure_gain != touches_gain:
            self.ambiguous += 1
        at_open = None if inside else o
        if self.r["optimistic"]:
            if touches_gain:
                self.take(i, best, at_open)
            hit = sure_stop
        else:
            hit = touches_stop
            if not hit and sure_gain:
                self.take(i, reach, at_open)
        if hit and self.held:
            assert stop is not None
            start = reference if inside else o
            self.close(i, stop[0] if p.side * (start - stop[0]) > 0 else start, math.inf, stop[1])

    def decide(self, i: int, c: float, value: float, ends: bool) -> None:
        r = self.r
        code = self.codes[i]
        buy, sell, short, cover = (bool(code & bit) for bit in (1, 2, 4, 8))
        if self.order and (
            (r["square_off"] and ends) or (self.order.side > 0 and sell) or (self.order.side < 0 and cover)
        ):
            self.order = None
        wish = 0
        if buy and not short and not sell:
            wish = 1
        if short and not buy and not cover:
            wish = -1
        if r["daily_loss"]:
            if value <= (1 - r["daily_loss"]) * self.session_equity:
                self.blocked = True
                self.order = None
                if self.held:
                    self.leave = "daily_loss"
            if self.blocked:
                wish = 0
            if ends:
                self.session_equity = value
                self.blocked = False
        p = self.held
        if p and not self.leave:
            if (p.side > 0 and sell) or (p.side < 0 and cover):
                self.leave = "signal"
            elif wish and wish != p.side:
                self.leave = "reversal"
            elif r["max_bars"] and p.closes >= r["max_bars"]:
                self.leave = "time"
        if wish == 0 or self.ruined or (r["square_off"] and ends):
            return
        if r["cool_down"] and i - self.last_loss < r["cool_down"]:
            return
        if p and p.side == wish and (self.leave or p.entries >= r["max_entries"]):
            return
        self.order = self.made(i, wish, c)

    def made(self, i: int, wish: int, c: float) -> Order:
        r = self.r
        limits, triggers = self.more["limits"], self.more["triggers"]
        if len(limits) or len(triggers):
            limit = limits[i] if len(limits) else math.nan
            trigger = triggers[i] if len(triggers) else math.nan
            if math.isnan(trigger):
                return Order(wish, "market" if math.isnan(limit) else "limit", limit, trigger, i)
            return Order(wish, "stop" if math.isnan(limit) else "stop_limit", limit, trigger, i)
        kind = ("market", "limit", "stop", "stop_limit")[r["entry"]]
        if kind == "market":
            return Order(wish, kind, math.nan, math.nan, i)
        if kind == "limit":
            return Order(wish, kind, c * (1 - wish * r["limit_offset"]), math.nan, i)
        trigger = c * (1 + wish * r["trigger_offset"])
        return Order(wish, kind, trigger * (1 + wish * r["limit_offset"]), trigger, i)
