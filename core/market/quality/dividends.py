"""Dividends against the price and against the vendor's own adjusted close.

On an ex-date a share of close P that pays D falls by about D, and the vendor multiplies every earlier adjusted close by
1 - D/P. So there are three witnesses: the D noted, the D the adjusted close implies, and the fall. Two that agree
convict the third; what cannot be decided is flagged.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np

from core.market.model import Action, ActionKind, Interval, Treatment
from core.market.quality.spikes import split_ratios
from core.market.quality.working import Floats, Working, spread, steps

_HUNDRED = 100.0
_SAME = 0.03
"""Log distance within which two amounts are one: vendors round adjusted closes."""
_LARGE = 0.12
"""Share of the price above which a dividend must show in the price."""
_TINY = 0.0004
"""Share of the price below which a dividend is suspected of a wrong unit."""
_TWIN_DAYS = 5
_MINOR_UNIT = frozenset({"XLON", "XJSE", "XTAE"})
"""Exchanges which quote in pence, cents and agorot: there the two units get mixed."""


@dataclass
class _Payment:
    """One dividend: its place in the actions, its ex-date row, the amount as noted and as implied by adj_close."""

    place: int
    row: int
    noted: float
    implied: float
    price: float
    fall: float
    reach: float


def dividends(work: Working) -> None:
    """Check every dividend of a daily series with adjusted closes; put right what two witnesses prove."""
    if work.interval is not Interval.D1 or work.adj is None or len(work) < 3:
        return
    if not any(action.kind is ActionKind.DIVIDEND for action in work.actions):
        return
    share = _Share(work)
    gone: set[int] = set()
    payments = _payments(work, share)
    _twins(work, share, payments, gone)
    payments = [payment for payment in payments if payment.place not in gone]
    small_unit = _tiny_unit(work, payments)
    for payment in payments:
        _judge(work, share, payment, tiny=payment.place in small_unit)
    work.actions = [action for place, action in enumerate(work.actions) if place not in gone]
    share.write()


def negative_adjustment(work: Working) -> None:
    """Adjusted closes below zero: a dividend larger than the price was taken off. They go on from the next good one."""
    if work.adj is None:
        return
    bad = np.isfinite(work.adj) & (work.adj <= 0)
    good = np.flatnonzero(work.adj > 0)
    if not bad.any() or not len(good):
        return
    rows = np.flatnonzero(bad)
    following = good[np.minimum(np.searchsorted(good, rows), len(good) - 1)]
    before = float(work.adj[rows[0]])
    work.adj[rows] = work.close[rows] * work.adj[following] / work.close[following]
    work.repaired[rows] = True
    detail = (
        f"{len(rows):,} adjusted closes are negative (a dividend above the price was taken off); that "
        "step was left out."
    )
    work.note(
        "negative_price",
        Treatment.REPAIRED,
        detail,
        int(rows[0]),
        int(rows[-1]),
        count=len(rows),
        column="adj_close",
        before=before,
        after=float(work.adj[rows[0]]),
    )


class _Share:
    """Adjusted close as a share of the close, changed ex-date by ex-date."""

    def __init__(self, work: Working) -> None:
        assert work.adj is not None
        self.work = work
        self.values: Floats = work.adj / work.close
        self.changed = 0

    def implied(self, row: int) -> float:
        """The cash the adjusted close takes off on ``row``."""
        before, after = self.values[row - 1], self.values[row]
        return float(self.work.close[row - 1] * (1 - before / after)) if after > 0 else float("nan")

    def set(self, row: int, cash: float) -> None:
        """Make the adjusted close take off ``cash`` on ``row``."""
        wanted = 1 - cash / self.work.close[row - 1]
        have = self.values[row - 1] / self.values[row]
        self.values[:row] *= wanted / have
        self.changed = max(self.changed, row)

    def write(self) -> None:
        """Put the changed shares back into the series."""
        if not self.changed:
            return
        assert self.work.adj is not None
        self.work.adj[: self.changed] = self.values[: self.changed] * self.work.close[: self.changed]
        self.work.repaired[: self.changed] = True


def _payments(work: Working, share: _Share) -> list[_Payment]:
    epoch = np.datetime64("1970-01-01")
    found: list[_Payment] = []
    for place, action in enumerate(work.actions):
        if action.kind is not ActionKind.DIVIDEND or not action.value > 0:
            continue
        day = int((np.datetime64(action.ex_date) - epoch).astype(int))
        row = int(np.searchsorted(work.days, day))
        # An ex-date without a bar counts on the next one; far from any bar it cannot be checked.
        if not 1 <= row < len(work) or work.days[row] - day > 7:
            continue
        price = float(work.close[row - 1])
        found.append(
            _Payment(
                place=place,
                row=row,
                noted=float(action.value),
                implied=share.implied(row),
                price=price,
                fall=price - float(work.close[row]),
                reach=price - float(work.price["low"][row]),
            )
        )
    return sorted(found, key=lambda payment: payment.row)


def _near(one: float, two: float, within: float = _SAME) -> bool:
    return one > 0 and two > 0 and abs(math.log(one / two)) < within


def _shows(payment: _Payment, cash: float) -> bool:
    """Whether the price fell as a dividend of ``cash`` makes it fall."""
    return payment.fall > 0.4 * cash and payment.reach > 0.5 * cash


def _twins(work: Working, share: _Share, payments: list[_Payment], gone: set[int]) -> None:
    """One dividend noted twice within days, in much the same amount, while the price fell for one only."""
    for one, two in itertools.pairwise(payments):
        if two.row - one.row > _TWIN_DAYS or one.place in gone or not _near(one.noted, two.noted, 0.25):
            continue
        both = one.noted + two.noted
        total = one.price - float(work.close[two.row])
        if one.row == two.row or total > 0.75 * both:
            continue
        false = two if two.fall / two.noted < one.fall / one.noted else one
        true = one if false is two else two
        gone.add(false.place)
        if share.implied(false.row) > 0.2 * false.noted:
            share.set(false.row, 0.0)
        detail = (
            f"A dividend of {false.noted:g} stands beside one of {true.noted:g}, and the price fell once: "
            "the second note was taken out."
        )
        work.note(
            "dividend_error", Treatment.REPAIRED, detail, false.row, column="dividend", before=false.noted, after=0.0
        )


def _tiny_unit(work: Working, payments: list[_Payment]) -> set[int]:
    """Dividends so small that they must be in the wrong unit, when the prices say so together.

    The falls are regressed on a hundred times the noted amounts (least squares through zero): about one, and two
    and a half standard errors from nothing, convicts; two are enough where prices are quoted in a minor unit and
    dividends paid in the major one, which is how the mistake is made. A company which simply pays little passes.
    """
    suspects = [
        payment
        for payment in payments
        if payment.noted < _TINY * payment.price and 0.002 < _HUNDRED * payment.noted / payment.price < 0.15
    ]
    if not suspects:
        return set()
    amounts = np.asarray([_HUNDRED * payment.noted / payment.price for payment in suspects])
    falls = np.asarray([payment.fall / payment.price for payment in suspects])
    slope = float((amounts * falls).sum() / (amounts**2).sum())
    error = spread(steps(work.close)) / math.sqrt(float((amounts**2).sum()))
    needed = 2.0 if work.instrument.calendar in _MINOR_UNIT else 2.5
    if not 0.5 < slope < 1.6 or slope < needed * error:
        return set()
    return {payment.place for payment in suspects}


def _judge(work: Working, share: _Share, payment: _Payment, *, tiny: bool) -> None:
    noted, implied = payment.noted, share.implied(payment.row)
    if tiny:
        _correct(work, share, payment, noted * _HUNDRED, "is a hundredth of what the prices fell for")
        return
    if _near(noted, implied):
        if noted > _LARGE * payment.price and not _shows(payment, noted):
            _too_large(work, share, payment)
        return
    if not math.isfinite(implied):
        return
    if implied < 0.001 * noted:
        _missing(work, share, payment)
        return
    if _near(noted, implied * _HUNDRED):
        if noted > _LARGE * payment.price and not _shows(payment, noted):
            _replace(work, payment, noted / _HUNDRED, "is a hundred times what price and adjusted close say")
        else:
            _readjust(work, share, payment, "took off a hundredth of it")
        return
    if _near(noted * _HUNDRED, implied):
        if implied > _LARGE * payment.price and not _shows(payment, implied):
            _readjust(work, share, payment, "took off a hundred times as much")
        elif noted < _TINY * payment.price:
            _replace(work, payment, noted * _HUNDRED, "is a hundredth of what the adjusted close says")
        return
    for ratio in split_ratios(work):
        for factor in (ratio, 1 / ratio):
            # The adjusted close knows the split and the note does not, unless the price fell by what is noted.
            if _near(noted, implied * factor) and not _shows(payment, noted):
                _replace(work, payment, noted / factor, f"was not adjusted for the 1:{ratio:g} split")
                return
    if abs(implied - noted) > 0.0005 * payment.price:
        detail = (
            f"The dividend of {noted:g} and the adjusted close, which takes off {implied:.4g}, disagree; "
            "both were kept."
        )
        work.note(
            "dividend_error", Treatment.FLAGGED, detail, payment.row, column="dividend", before=noted, after=implied
        )


def _too_large(work: Working, share: _Share, payment: _Payment) -> None:
    """Note and adjusted close agree on a sum the price never lost: a day out, a hundred times too large, or unsure."""
    moved = _other_day(work, payment)
    if moved is not None:
        share.set(payment.row, 0.0)
        cash = payment.noted
        share.set(moved, cash)
        action = work.actions[payment.place]
        day = np.datetime64("1970-01-01") + np.timedelta64(int(work.days[moved]), "D")
        work.actions[payment.place] = replace(action, ex_date=day.astype(object))
        detail = (
            f"The dividend of {cash:g} stands on a day without a fall; the price fell "
            f"{abs(moved - payment.row)} bar(s) away, so it was moved there."
        )
        work.note(
            "dividend_error",
            Treatment.REPAIRED,
            detail,
            min(payment.row, moved),
            max(payment.row, moved),
            column="dividend",
            before=cash,
            after=cash,
        )
        return
    if payment.reach < 0.35 * payment.noted:
        _correct(
            work,
            share,
            payment,
            payment.noted / _HUNDRED,
            "is far above what the price lost, and a hundredth of it is not",
        )
        return
    detail = f"A dividend of {payment.noted:g} on a price of {payment.price:g} hardly shows in the price; it was kept."
    work.note("dividend_error", Treatment.FLAGGED, detail, payment.row, column="dividend", before=payment.noted)


def _other_day(work: Working, payment: _Payment) -> int | None:
    """A bar within three of the ex-date on which the price fell as the dividend would have it."""
    best, fit = None, 0.5
    for row in range(max(1, payment.row - 3), min(len(work), payment.row + 4)):
        if row == payment.row:
            continue
        before = float(work.close[row - 1])
        fall, reach = before - float(work.close[row]), before - float(work.price["low"][row])
        if reach > 0.7 * payment.noted and fall < 1.6 * payment.noted and fall / payment.noted > fit:
            best, fit = row, fall / payment.noted
    return best


def _missing(work: Working, share: _Share, payment: _Payment) -> None:
    if payment.noted > 0.5 * payment.price and not _shows(payment, payment.noted):
        detail = (
            f"A dividend of {payment.noted:g} on a price of {payment.price:g} is in neither price nor "
            "adjusted close; it was kept."
        )
        work.note("dividend_error", Treatment.FLAGGED, detail, payment.row, column="dividend", before=payment.noted)
        return
    _readjust(work, share, payment, "did not take it off")


def _correct(work: Working, share: _Share, payment: _Payment, cash: float, why: str) -> None:
    share.set(payment.row, cash)
    _replace(work, payment, cash, why)


def _replace(work: Working, payment: _Payment, cash: float, why: str) -> None:
    action: Action = work.actions[payment.place]
    work.actions[payment.place] = replace(action, value=cash)
    detail = f"The dividend of {payment.noted:g} {why}; it was made {cash:g}."
    work.note(
        "dividend_error", Treatment.REPAIRED, detail, payment.row, column="dividend", before=payment.noted, after=cash
    )


def _readjust(work: Working, share: _Share, payment: _Payment, what: str) -> None:
    before = share.implied(payment.row)
    share.set(payment.row, payment.noted)
    detail = (
        f"A dividend of {payment.noted:g} was paid, and the adjusted close {what}; earlier adjusted "
        "closes were recomputed."
    )
    work.note(
        "dividend_error",
        Treatment.REPAIRED,
        detail,
        payment.row,
        count=payment.row,
        column="adj_close",
        before=before,
        after=payment.noted,
    )
