"""How much an entry buys, and what keeps it small."""

from __future__ import annotations

from dataclasses import dataclass

from core.backtest.errors import BadRule, between, whole
from core.backtest.layout import Size


@dataclass(frozen=True, slots=True)
class Sizing:
    """How much an entry buys. Made by the class methods; without arguments all the money goes in.

    Every size is what an entry may cost, fees and slippage included, and never more than the account can pay for.

    Attributes:
        lot: quantities are multiples of this; 1 whole shares, 0 any fraction.
        max_weight_percent: the most one position may be worth, of equity, when it is entered. 0: no cap.
        max_entries: how often a position may be added to, the first entry counted (pyramiding).
        cool_down: after a losing position no entry signal is taken for so many bars, the bar of the exit counted.
        daily_loss_percent: a session that loses this much of the equity at its start ends all trading until the next;
            what is held goes at the next open. 0: none.
    """

    kind: Size = Size.ALL_IN
    size: float = 1.0
    length: int = 20
    atr_multiple: float = 2.0
    cap: float = 1.0
    kelly_share: float = 0.5
    kelly_trades: int = 20
    kelly_least: float = 0.02
    lot: float = 0.0
    max_weight_percent: float = 0.0
    max_entries: int = 1
    cool_down: int = 0
    daily_loss_percent: float = 0.0

    def __post_init__(self) -> None:
        most = 1.0 if self.kind in (Size.ALL_IN, Size.KELLY) else 1e15
        between("size", self.size, 0.0, most)
        if self.size == 0.0:
            raise BadRule("size", self.size, "it must be above 0")
        whole("length", self.length, 2, 1000)
        between("atr_multiple", self.atr_multiple, 0.01, 100.0)
        between("cap", self.cap, 0.01, 20.0)
        between("kelly_share", self.kelly_share, 0.01, 1.0)
        whole("kelly_trades", self.kelly_trades, 2, 10_000)
        between("kelly_least", self.kelly_least, 0.0, 1.0)
        between("lot", self.lot, 0.0, 1e9)
        between("max_weight_percent", self.max_weight_percent, 0.0, 10_000.0)
        whole("max_entries", self.max_entries, 1, 100_000)
        whole("cool_down", self.cool_down, 0, 100_000)
        between("daily_loss_percent", self.daily_loss_percent, 0.0, 100.0)

    @classmethod
    def all_in(cls, percent: float = 100.0, **caps: float) -> Sizing:
        """`percent` of what the account can buy (equity times leverage)."""
        return cls._made(Size.ALL_IN, between("percent", percent, 0.0, 100.0) / 100.0, caps)

    @classmethod
    def fixed_sum(cls, amount: float, **caps: float) -> Sizing:
        """The same amount of money each time."""
        return cls._made(Size.SUM, amount, caps)

    @classmethod
    def fraction(cls, percent: float, **caps: float) -> Sizing:
        """`percent` of equity; above 100 only with leverage."""
        return cls._made(Size.FRACTION, between("percent", percent, 0.0, 2000.0) / 100.0, caps)

    @classmethod
    def quantity(cls, shares: float, **caps: float) -> Sizing:
        """The same number of shares each time."""
        return cls._made(Size.QUANTITY, shares, caps)

    @classmethod
    def volatility(cls, target_percent: float = 15.0, length: int = 20, cap: float = 1.0, **caps: float) -> Sizing:
        """Target volatility over realised volatility of `length` bars, both a year, as a share of equity up to `cap`.

        After Moskowitz, Ooi and Pedersen (2012), Time series momentum; fixed at the entry, not rebalanced.
        """
        target = between("target_percent", target_percent, 0.0, 1000.0) / 100.0
        return cls._made(Size.VOLATILITY, target, {**caps, "length": length, "cap": cap})

    @classmethod
    def atr_risk(cls, risk_percent: float = 1.0, multiple: float = 2.0, length: int = 14, **caps: float) -> Sizing:
        """As many shares as lose `risk_percent` of equity when the price moves `multiple` ATR (Wilder's, `length`).

        After Faith (2003), The original Turtle trading rules, where a unit moves equity by 1 % an ATR.
        """
        risk = between("risk_percent", risk_percent, 0.0, 100.0) / 100.0
        return cls._made(Size.ATR_RISK, risk, {**caps, "length": length, "atr_multiple": multiple})

    @classmethod
    def kelly(
        cls, share: float = 0.5, cap: float = 1.0, trades: int = 20, start_percent: float = 25.0, **caps: float
    ) -> Sizing:
        """`share` of Kelly's fraction p / a - q / b of the positions closed so far, from 2 % of equity up to `cap`.

        p and q are the shares of winners and losers, b and a their average gain and loss on what was invested (Kelly
        1956; Thorp 2006). Until `trades` positions are closed it is `start_percent` of equity.
        """
        start = between("start_percent", start_percent, 0.0, 100.0) / 100.0
        return cls._made(Size.KELLY, start, {**caps, "kelly_share": share, "cap": cap, "kelly_trades": trades})

    @classmethod
    def _made(cls, kind: Size, size: float, values: dict[str, float]) -> Sizing:
        unknown = set(values) - set(cls.__dataclass_fields__)
        if unknown:
            raise BadRule("sizing", ", ".join(sorted(unknown)), "there is no such cap; see core.backtest.Sizing")
        return cls(kind, size, **values)  # type: ignore[arg-type]  # checked one by one in __post_init__

    @property
    def plain(self) -> bool:
        """True when everything goes in, in fractions of shares, without caps."""
        return self == Sizing()
