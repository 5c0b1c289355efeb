"""Officers, holders, insider trades and ratings of a simulated company. Nobody here has a real person's name."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np

from core.market.model import Holder, InsiderTrade, Instrument, Officer, Rating, Ratings
from core.market.sources.demo.company import Accounts
from core.market.sources.demo.corporate import quarter_ends
from core.market.sources.demo.draws import FIRST_YEAR, YEARS, stream
from core.market.sources.demo.paths import DailyPath
from core.market.sources.demo.sessions import day, number

_OFFICES = ("Managing director", "Finance director", "Operations director", "Company secretary", "Independent director")
_GRADES = ("strong_sell", "sell", "hold", "buy", "strong_buy")
_HOUSES = 14
_CALLS_A_QUARTER = 5
_FIRST_DAY = date(FIRST_YEAR, 1, 1)
_RATING_LIFE = timedelta(days=365)


def officers(seed: int, instrument: Instrument, accounts: Accounts, on: date) -> tuple[Officer, ...]:
    """Five officers named by letters, with pay in proportion to the company's revenue."""
    rng = stream(seed, instrument.symbol, "officers")
    known = accounts.known(on)
    revenue = 4.0 * known[-1].income["total_revenue"] if known else None
    found = []
    for letter, title in zip("ABCDE", _OFFICES, strict=True):
        born, joined = int(rng.integers(1958, 1980)), date(2003 + int(rng.integers(0, 7)), int(rng.integers(1, 13)), 1)
        part = float(rng.uniform(3e-6, 1e-5)) if letter < "D" else 4e-7
        pay = None if revenue is None else float(round(revenue * part, -3))
        found.append(Officer(f"Simulated officer {letter}", title, on.year - born, pay, joined))
    return tuple(found)


def holders(seed: int, instrument: Instrument, path: DailyPath, price: float, on: date) -> tuple[Holder, ...]:
    """Who holds the shares as of the last quarter end before ``on``; shares of all rows add up to 1.

    Indian companies report promoters, others insiders.
    """
    reported = _last_quarter_end(on - timedelta(days=21))
    rng = stream(seed, instrument.symbol, "holders")
    indian = instrument.calendar == "XBOM"
    core = float(rng.uniform(0.30, 0.65) if indian else rng.uniform(0.01, 0.12))
    outside = rng.dirichlet((5.0, 3.0, 4.0) if indian else (8.0, 5.0, 2.0)) * (1.0 - core)
    drift = 0.01 * math.sin(number(reported) / 400.0 + rng.uniform(0.0, 6.28))
    institutions, funds = float(outside[0]) * (1.0 + drift), float(outside[1]) * (1.0 - drift)
    lead = ("promoter", "Promoter group (simulated)") if indian else ("insider", "Insiders (simulated)")
    rows = [(*lead, round(core, 4))]
    weights = np.sort(rng.dirichlet(np.full(4, 3.0)))[::-1]
    rows += [
        ("institution", f"Simulated institution {1 + at}", round(institutions * float(weight), 4))
        for at, weight in enumerate(weights)
    ]
    rows += [
        ("fund", f"Simulated fund {1 + at}", round(funds * float(weight), 4)) for at, weight in enumerate(weights[:3])
    ]
    public = round(1.0 - sum(share for _, _, share in rows), 4)
    rows.append(("public", "Public (simulated)", public))
    return tuple(
        Holder(group, name, share, float(round(share * path.shares)), round(share * path.shares * price, 2), reported)
        for group, name, share in rows
    )


def insiders(seed: int, instrument: Instrument, path: DailyPath, on: date) -> tuple[InsiderTrade, ...]:
    """Trades of the officers reported by ``on`` in the two years before, newest first; none to three a quarter."""
    rng = stream(seed, instrument.symbol, "insiders")
    size = (4 * YEARS, 3)
    happens = rng.random(size) < 0.5
    before, sides, offices = rng.integers(5, 85, size), rng.integers(0, 4, size), rng.integers(0, len(_OFFICES), size)
    parts = rng.uniform(1e-6, 3e-5, size)
    found = []
    for quarter, end in enumerate(quarter_ends(_FIRST_DAY, on + timedelta(days=92))):
        for slot in np.flatnonzero(happens[quarter]) if end > on - timedelta(days=830) else ():
            at = min(int(np.searchsorted(path.days, number(end) - before[quarter, slot])), path.days.size - 1)
            traded = day(int(path.days[at]))
            reported = traded + timedelta(days=2)
            if traded < on - timedelta(days=730) or reported > on:
                continue
            side = ("buy", "sell", "sell", "grant")[int(sides[quarter, slot])]
            shares = float(max(1, round(path.shares * float(parts[quarter, slot]))))
            value = None if side == "grant" else round(shares * float(path.close[at]), 2)
            who = int(offices[quarter, slot])
            name = f"Simulated officer {'ABCDE'[who]}"
            found.append(InsiderTrade(name, _OFFICES[who], side, shares, value, traded, reported))
    return tuple(sorted(found, key=lambda each: (each.traded_on, each.name), reverse=True))


def ratings(seed: int, instrument: Instrument, path: DailyPath, on: date) -> Ratings:
    """The last call of each simulated research house within a year, and all calls of two years, newest first.

    A target is that day's close times what the house expects, so it never knows a later price.
    """
    rng = stream(seed, instrument.symbol, "ratings")
    ends = np.array([number(end) for end in quarter_ends(_FIRST_DAY, on + timedelta(days=92))])
    size = (4 * YEARS, _CALLS_A_QUARTER)
    houses, before = rng.integers(1, _HOUSES + 1, size), rng.integers(0, 90, size)
    moods, hopes = rng.normal(0.35, 0.9, size), rng.normal(0.0, 0.06, size)
    places = np.searchsorted(path.days, (ends[:, None] - before[: ends.size]).ravel())
    calls: list[Rating] = []
    draws = zip(places.tolist(), houses.ravel().tolist(), moods.ravel().tolist(), hopes.ravel().tolist(), strict=False)
    for at, house, mood, hope in draws:
        if 0 < at < path.days.size and path.days[at] < number(on):
            grade = _GRADES[min(4, max(0, round(2.0 + mood)))]
            target = round(float(path.close[at]) * (1.06 + 0.07 * (_GRADES.index(grade) - 2) + hope), path.decimals)
            said = day(int(path.days[at]))
            calls.append(Rating(f"Simulated research house {house}", grade, said, None, None, target))
    # From the first call on, so that what a house said before does not depend on how far back one looks.
    current: dict[str, Rating] = {}
    found = []
    for call in sorted(calls, key=lambda each: (each.on, each.firm, each.grade)):
        earlier = current[call.firm].grade if call.firm in current else None
        told = Rating(call.firm, call.grade, call.on, earlier, _action(earlier, call.grade), call.target)
        current[call.firm] = told
        if call.on >= on - timedelta(days=730):
            found.append(told)
    live = [call for call in current.values() if call.on > on - _RATING_LIFE]
    targets = [call.target for call in live if call.target is not None]
    counts = {grade: sum(call.grade == grade for call in live) for grade in reversed(_GRADES)}
    return Ratings(
        instrument.symbol,
        counts,
        round(sum(targets) / len(targets), path.decimals) if targets else None,
        max(targets, default=None),
        min(targets, default=None),
        len(live),
        tuple(reversed(found)),
    )


def _action(before: str | None, grade: str) -> str:
    if before is None:
        return "init"
    if before == grade:
        return "reiterate"
    return "up" if _GRADES.index(grade) > _GRADES.index(before) else "down"


def _last_quarter_end(on: date) -> date:
    return quarter_ends(on - timedelta(days=100), on)[-1]
