"""One backtest: `run(bars, strategy, costs=..., sizing=..., stops=...)` and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from core.backtest.account import Account, Fills
from core.backtest.costs import Costs
from core.backtest.errors import BadRule, BadSignals
from core.backtest.kernel import simulate
from core.backtest.layout import BOOK, MAX_TARGETS, Codes, Reason, Records, as_rules
from core.backtest.metrics import figures
from core.backtest.signals import Signals
from core.backtest.sizing import Sizing
from core.backtest.stops import Stops
from core.backtest.strategy import Strategy, custom
from core.backtest.tape import Tape
from core.indicators.errors import BadParameter
from core.indicators.numbers import Floats
from core.market.model import Action, ActionKind, Bars

AnyStrategy = str | Strategy | Signals | Callable[[Tape], Signals]
AnyBars = pd.DataFrame | Bars | Tape
_NOTHING: Floats = np.empty(0)
_SIDES = pd.array(["long", "short"], dtype="str")
_REASONS = pd.array([one.name.lower() for one in Reason], dtype="str")
_COSTS, _SIZING, _STOPS, _FILLS, _ACCOUNT = Costs(), Sizing(), Stops(), Fills(), Account()
_NO_CODES: Codes = np.empty(0, dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Run:
    """What came of a backtest. Everything but `equity` is made when it is asked for.

    Attributes:
        strategy, costs, sizing, stops, fills, account: what was run, defaults filled in.
        warnings: what a reader should know about the bars, the orders and the assumptions, a sentence each.
        codes: the signals as they were, uint8 (n,).
    """

    strategy: Strategy
    costs: Costs
    sizing: Sizing
    stops: Stops
    fills: Fills
    account: Account
    tape: Tape
    codes: Codes
    warnings: tuple[str, ...]
    values: Floats
    held: Floats
    records: Records
    book: Records
    _again: Callable[[], tuple[Floats, Floats, Records, Records]]

    @cached_property
    def equity(self) -> pd.Series:
        """Cash and position at each close, float64, named "equity", on the bars' own index."""
        return pd.Series(self.values, index=self.tape.index, name="equity", copy=False)

    @cached_property
    def position(self) -> pd.Series:
        """Shares held at each close (negative short), named "position"."""
        return pd.Series(self.held, index=self.tape.index, name="position", copy=False)

    @cached_property
    def trades(self) -> pd.DataFrame:
        """A row for each closed part of a position, oldest exit first, and for the open rest (reason "open").

        Columns: position (its number), side ("long", "short"), entry_time, exit_time, quantity, entry_price,
        exit_price (slippage included), fees (both sides), pnl (net of fees), return (of what was invested), bars,
        mae, mfe (fractions of the entry price), reason.
        """
        rows = self.records
        columns = {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ()}
        times = self.tape.index
        return pd.DataFrame(
            {
                "position": columns["position"],
                "side": _SIDES.take(np.where(rows["side"] > 0, 0, 1)),
                "entry_time": times.take(rows["entry_bar"]),
                "exit_time": times.take(rows["exit_bar"]),
                "quantity": columns["quantity"],
                "entry_price": columns["entry_price"],
                "exit_price": columns["exit_price"],
                "fees": columns["fees"],
                "pnl": columns["pnl"],
                "return": rows["pnl"] / (rows["quantity"] * rows["entry_price"]),
                "bars": rows["exit_bar"] - rows["entry_bar"],
                "mae": columns["mae"],
                "mfe": columns["mfe"],
                "reason": _REASONS.take(rows["reason"]),
            },
            copy=False,
        )

    @cached_property
    def metrics(self) -> dict[str, float]:
        """Every figure of `core.backtest.metrics.METRICS` by name; NaN where there is none."""
        return self._figures(self.values, self.held, self.records, self.book)

    @property
    def ambiguous(self) -> int:
        """Bars whose prices allow two outcomes; `equity`, `trades` and `metrics` take the worse."""
        return int(self.book["ambiguous"][0])

    @cached_property
    def optimistic(self) -> dict[str, float]:
        """The same figures with every ambiguous bar taken the better way; equal to `metrics` when there is none."""
        return self.metrics if self.ambiguous == 0 else self._figures(*self._again())

    @property
    def pending(self) -> str:
        """What the last close orders for the next open: "", "buy", "sell short", "close", or "close and ..." both."""
        entry = {1: "buy", -1: "sell short"}.get(int(self.book["pending"][0]), "")
        leave = "close" if self.book["pending_exit"][0] else ""
        return " and ".join(one for one in (leave, entry) if one)

    @property
    def label(self) -> str:
        """How orders were filled, to stand beside any figure of this run."""
        return self.fills.label

    def _figures(self, equity: Floats, held: Floats, trades: Records, book: Records) -> dict[str, float]:
        tape = self.tape
        return figures(
            equity,
            held,
            tape.close,
            trades,
            book,
            capital=self.account.capital,
            day=tape.day,
            session_end=tape.session_end if tape.intraday else _NO_CODES,
            sessions_a_year=self.account.sessions_a_year or tape.sessions_a_year,
            years=tape.years,
            risk_free=self.account.risk_free_percent / 100.0,
        )


def run(
    bars: AnyBars,
    strategy: AnyStrategy,
    *,
    costs: Costs | str | None = None,
    sizing: Sizing | None = None,
    stops: Stops | None = None,
    params: Mapping[str, object] | None = None,
    fills: Fills | None = None,
    account: Account | None = None,
    actions: Iterable[Action] | None = None,
    as_traded: bool = False,
) -> Run:
    """Test a strategy on one instrument's bars by the fill contract of `core.backtest.kernel`.

    Args:
        bars: a frame with open, high, low, close, (volume) and a DatetimeIndex, best in the exchange's zone; or the
            market's Bars, or a Tape already made.
        strategy: a name of the library, a Strategy, Signals, or a function of a Tape that returns Signals.
        costs: `Costs`, the name of a preset of `core.backtest.charges`; None: 0.05 % and 0.1 % slippage a side.
        sizing, stops, fills, account: None takes the strategy's own, else the plain default of each.
        params: parameters of the strategy that differ from its defaults.
        actions: dividends (paid in cash to the position) and splits; None takes those of Bars unless its prices
            have dividends reinvested.
        as_traded: the prices are not split-adjusted, so splits change the position. Otherwise they are left out.

    Raises:
        BacktestError, core.indicators.IndicatorError: bad input; the text says what to do.
    """
    tape, found = tape_of(bars)
    chosen = strategy_of(strategy, params)
    plan = Plan.of(chosen, costs, sizing, stops, fills, account)
    wanted = chosen.signals(tape)
    if not isinstance(wanted, Signals):
        raise BadSignals(f"{chosen.name} returned {type(wanted).__name__}; a strategy returns Signals.")
    if len(wanted) != len(tape):
        raise BadSignals(f"{chosen.name} gave {len(wanted)} signals for {len(tape)} bars; give one a bar.")
    inputs = plan.inputs(tape, wanted, found if actions is None else tuple(actions), as_traded=as_traded)
    rules = plan.rules()

    def again() -> tuple[Floats, Floats, Records, Records]:
        other = rules.copy()
        other["optimistic"] = 1
        return simulate(*(*inputs, other))

    equity, held, trades, book = simulate(*(*inputs, rules))
    warnings = plan.warnings(tape, book)
    return Run(
        chosen, plan.costs, plan.sizing, plan.stops, plan.fills, plan.account, tape, wanted.codes, warnings,
        equity, held, trades, book, again,
    )  # fmt: skip


def tape_of(bars: AnyBars) -> tuple[Tape, tuple[Action, ...]]:
    """Bars of any kind as a tape, and the corporate actions that came with them."""
    if isinstance(bars, Tape):
        return bars, ()
    if isinstance(bars, Bars):
        return Tape.of(bars.frame), () if bars.adjustment == "dividends" else bars.actions
    return Tape.of(bars), ()


def strategy_of(strategy: AnyStrategy, params: Mapping[str, object] | None) -> Strategy:
    """Whatever a caller calls a strategy, as one, its parameters bound."""
    if isinstance(strategy, str):
        from core.backtest.strategies import find

        strategy = find(strategy)
    elif isinstance(strategy, Signals):
        fixed = strategy
        strategy = custom(lambda _tape: fixed, "signals")
    elif not isinstance(strategy, Strategy):
        strategy = custom(strategy, getattr(strategy, "__name__", "own"))
    return strategy.bind(**params) if params else strategy


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything about a run but the bars and the signals."""

    costs: Costs
    sizing: Sizing
    stops: Stops
    fills: Fills
    account: Account

    @classmethod
    def of(
        cls,
        strategy: Strategy,
        costs: Costs | str | None,
        sizing: Sizing | None,
        stops: Stops | None,
        fills: Fills | None,
        account: Account | None,
    ) -> Plan:
        """Defaults filled in. Raises BadRule for an unknown preset, or a thing of another type."""
        if isinstance(costs, str):
            from core.backtest.charges import preset

            costs = preset(costs)
        assert not isinstance(costs, str)
        plan = cls(
            costs or _COSTS,
            sizing or strategy.sizing or _SIZING,
            stops or strategy.stops or _STOPS,
            fills or strategy.fills or _FILLS,
            account or strategy.account or _ACCOUNT,
        )
        kinds = {"costs": Costs, "sizing": Sizing, "stops": Stops, "fills": Fills, "account": Account}
        for name, kind in kinds.items():
            given = getattr(plan, name)
            if not isinstance(given, kind):
                raise BadRule(name, given, f"it must be a {kind.__name__}")
        return plan

    def rules(self) -> Records:
        """The record the kernels read."""
        s, z, a, f, c = self.stops, self.sizing, self.account, self.fills, self.costs
        levels = s.levels
        padding = [0.0] * (MAX_TARGETS - len(levels))
        values: dict[str, Any] = {
            "capital": a.capital,
            "fill_close": f.at == "close",
            "entry": int(f.kind),
            "limit_offset": f.limit_percent / 100.0,
            "trigger_offset": f.trigger_percent / 100.0,
            "valid_bars": f.valid_bars,
            "slippage": c.slippage_percent / 100.0,
            "impact": c.impact,
            "volume_limit": c.volume_limit_percent / 100.0,
            "stop": s.stop_percent / 100.0,
            "stop_atr": s.stop_atr,
            "trail": s.trail_percent / 100.0,
            "trail_atr": s.trail_atr,
            "targets": [distance for distance, _ in levels] + padding,
            "shares": [share for _, share in levels] + padding,
            "target_count": len(levels),
            "target_unit": int(s.unit),
            "max_bars": s.max_bars,
            "sizing": int(z.kind),
            "size": z.size,
            "size_cap": z.cap,
            "size_atr": z.atr_multiple,
            "kelly_share": z.kelly_share,
            "kelly_trades": z.kelly_trades,
            "kelly_least": z.kelly_least,
            "max_weight": z.max_weight_percent / 100.0,
            "leverage": a.leverage,
            "maintenance": a.maintenance_percent / 100.0,
            "lot": z.lot,
            "max_entries": z.max_entries,
            "cool_down": z.cool_down,
            "daily_loss": z.daily_loss_percent / 100.0,
            "cash_rate": a.cash_percent / 100.0,
            "debit_rate": a.debit_percent / 100.0,
            "borrow_rate": a.borrow_percent / 100.0,
            "square_off": a.square_off,
            "delisted": a.delisted,
            "optimistic": 0,
        }
        return as_rules(values)

    def inputs(self, tape: Tape, signals: Signals, actions: tuple[Action, ...], *, as_traded: bool) -> tuple[Any, ...]:
        """The arguments of `simulate` but for the rules."""
        a, z, s = self.account, self.sizing, self.stops
        atrs = vols = days = _NOTHING
        sessions = _NO_CODES
        if s.needs_atr and z.kind.name == "ATR_RISK" and z.length != s.atr_length:
            raise BadRule("atr_length", s.atr_length, f"sizing counts ATRs of {z.length} bars; use one length for both")
        if s.needs_atr or z.kind.name == "ATR_RISK":
            atrs = tape.line("atr", length=z.length if z.kind.name == "ATR_RISK" else s.atr_length)
        if z.kind.name == "VOLATILITY":
            year = a.sessions_a_year or tape.sessions_a_year
            vols = tape.line("hv", length=z.length, year=year) / 100.0
        if a.cash_percent or a.debit_percent or a.borrow_percent:
            days = tape.nights
        if a.square_off or (z.daily_loss_percent and tape.intraday):
            sessions = tape.session_end
        dividends, splits = paid(tape, actions, as_traded=as_traded)
        if self.costs.volume_limit_percent or self.costs.impact:
            volume_known(tape)
        return (
            tape.open, tape.high, tape.low, tape.close, tape.volume, signals.codes,
            signals.limits, signals.triggers, signals.weights, atrs, vols, dividends, splits, days, sessions,
            self.costs.table(), self.costs.in_force(tape.index),
        )  # fmt: skip

    def warnings(self, tape: Tape, book: Records) -> tuple[str, ...]:
        """What the reader of this run should know."""
        out = []
        told = {name: int(book[name][0]) for name in (BOOK.names or ()) if BOOK[name].kind == "i"}
        if self.fills.at == "close":
            out.append("Orders were filled at the close that gave the signal, which nobody can do.")
        if told["skipped"]:
            out.append(f"{told['skipped']} bars have no usable price; nothing was done on them.")
        if told["too_small"]:
            out.append(
                f"{told['too_small']} entries bought nothing: the money is less than one lot costs. "
                "Use a larger capital or a smaller lot."
            )
        if told["no_data"]:
            out.append(
                f"{told['no_data']} entries were left out: the ATR or volatility that sizes them was not known yet."
            )
        if told["capped"]:
            out.append(f"{told['capped']} entries were cut to the allowed share of the bar's volume.")
        if told["lapsed"]:
            out.append(f"{told['lapsed']} entry orders lapsed without being reached.")
        if told["ambiguous"]:
            out.append(
                f"{told['ambiguous']} bars touch more than one exit; the worse was taken, see the optimistic result."
            )
        if told["ruined"]:
            out.append("The account was ruined: equity fell to nothing, and no order was given after that.")
        if len(self.costs.schedule) > 1 and tape.index[0].date() < self.costs.schedule[0].since:
            first = self.costs.schedule[0].since
            out.append(f"Charges before {first} are not known; those of that day were used.")
        return tuple(out)


def volume_known(tape: Tape) -> None:
    """Raise BadRule when costs depend on volume and the bars have none."""
    if not bool((tape.volume > 0.0).any()):
        raise BadRule("costs", "volume share", "these bars have no volume; use a plain slippage_percent")


def paid(tape: Tape, actions: tuple[Action, ...], *, as_traded: bool) -> tuple[Floats, Floats]:
    """Dividends a share and splits by bar, each at the first bar on or after its ex-date; empty when there are none."""
    dividends = splits = _NOTHING
    n = len(tape)
    for one in actions:
        day = (np.datetime64(one.ex_date, "D") - np.datetime64(0, "D")).astype(np.int64)
        at = int(np.searchsorted(tape.day, day))
        if at >= n or day < tape.day[0]:
            continue
        if one.kind is ActionKind.SPLIT:
            if as_traded and one.value > 0.0:
                splits = np.ones(n) if not len(splits) else splits
                splits[at] *= one.value
        else:
            dividends = np.zeros(n) if not len(dividends) else dividends
            dividends[at] += one.value
    return dividends, splits


__all__ = ["AnyBars", "AnyStrategy", "BadParameter", "Plan", "Run", "paid", "replace", "run", "strategy_of", "tape_of"]
