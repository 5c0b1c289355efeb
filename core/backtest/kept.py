"""Backtests an investor keeps: with everything needed to run them again to the same bits, or to say why they differ.

Runs are for their owner alone: the repository filters by account. The same run kept twice is one row.
"""

from __future__ import annotations

import math
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from core import clock
from core.accounts.errors import InvalidInput
from core.accounts.model import Account
from core.backtest.document import numbers
from core.backtest.errors import NothingToTest, TooMuch
from core.backtest.material import Material, code_version, material
from core.backtest.recipe import Inputs, inputs_of
from core.backtest.run import Run
from core.indicators.numbers import Floats
from core.market.service import Market
from db.repositories.backtests import BacktestRepository, StoredBacktest
from db.session import read_session, unit_of_work

MOST = 500
"""Backtests one account may keep."""
MOST_COMPARED = 10
LONGEST_TITLE = 120


@dataclass(frozen=True)
class Kept:
    """A kept backtest.

    Attributes:
        link: what an address carries (?run=...).
        inputs: what was run; `stored` is the JSON it was read from.
        figures: every figure by name, NaN where there was none.
        times, values: the equity, microseconds of UTC (int64) and float64, one a bar.
    """

    link: str
    title: str
    inputs: Inputs
    data_fingerprint: str
    code_version: str
    source: str
    simulated: bool
    known_at: datetime
    kept_at: datetime
    figures: dict[str, float] = field(repr=False)
    times: np.ndarray = field(repr=False)
    values: Floats = field(repr=False)

    @property
    def equity(self) -> pd.Series:
        """Equity at each close, float64, index in UTC, named "equity"."""
        index = pd.DatetimeIndex(self.times.view("datetime64[us]")).tz_localize("UTC")
        return pd.Series(self.values, index=index, name="equity")

    @property
    def growth(self) -> Floats:
        """What one unit of the capital became, (bars,): equity over the starting capital."""
        final = self.figures["final_equity"]
        capital = final - self.figures["net_profit"]
        return np.asarray(self.values / capital)


@dataclass(frozen=True)
class Replay:
    """A kept run, run again. `same` is to the last bit; `text` says so, or what is different now."""

    kept: Kept
    run: Run
    material: Material
    same: bool
    data_changed: bool
    code_changed: bool
    text: str


def keep(account: Account, inputs: Inputs, result: Run, read: Material, *, title: str = "") -> str:
    """Keep a run; its link. The same inputs on the same data by the same code are kept once.

    Raises:
        InvalidInput: the title is too long, or MOST runs are kept already ("runs").
        DatabaseProblem: the database does not answer.
    """
    name = clean_title(title or inputs.title, "title")
    index = read.tape.index
    stored = StoredBacktest(
        link=secrets.token_urlsafe(16),
        title=name,
        symbol=inputs.symbol,
        inputs=inputs.document(),
        inputs_fingerprint=inputs.fingerprint,
        data_fingerprint=read.fingerprint,
        code_version=code_version(),
        source=read.sourced.source,
        simulated=read.sourced.simulated,
        known_at=read.known_at,
        kept_at=clock.now(),
        first_bar=index[0].to_pydatetime(),
        last_bar=index[-1].to_pydatetime(),
        bars=len(index),
        figures=dict(numbers(result.metrics)),
        curve=packed(index.as_unit("us").asi8, result.values),
    )
    with unit_of_work() as work:
        repository = BacktestRepository(work, account.id)
        repository.hold()
        if repository.count() >= MOST:
            raise InvalidInput("runs", f"You keep {MOST} backtests already.", "Delete some under My strategies first.")
        return repository.add(stored)


def kept_by(account: Account, limit: int = MOST) -> tuple[Kept, ...]:
    """The account's runs, newest first. Raises DatabaseProblem."""
    with read_session() as work:
        rows = BacktestRepository(work, account.id).all(limit)
    return tuple(_kept(row) for row in rows)


def kept(account: Account, link: str) -> Kept | None:
    """One of the account's runs; None when there is none under that link. Raises DatabaseProblem."""
    found = compared(account, [link])
    return found[0] if found else None


def compared(account: Account, links: Sequence[str]) -> tuple[Kept, ...]:
    """Up to MOST_COMPARED of the account's runs in the order of the links; unknown links are left out.

    Raises TooMuch for more links, DatabaseProblem.
    """
    wanted = list(dict.fromkeys(links))
    if len(wanted) > MOST_COMPARED:
        raise TooMuch(f"{len(wanted)} runs cannot be told apart on one chart; choose {MOST_COMPARED} at most.")
    with read_session() as work:
        rows = BacktestRepository(work, account.id).some([link[:64] for link in wanted])
    return tuple(_kept(row) for row in rows)


def rename(account: Account, link: str, title: str) -> bool:
    """Call a run otherwise; whether it was there. Raises InvalidInput, DatabaseProblem."""
    name = clean_title(title, "title")
    with unit_of_work() as work:
        return BacktestRepository(work, account.id).rename(link, name)


def forget(account: Account, links: Sequence[str]) -> int:
    """Delete runs; how many were the account's. Raises DatabaseProblem."""
    with unit_of_work() as work:
        return BacktestRepository(work, account.id).remove(list(links)[:MOST])


def replay(account: Account, link: str, service: Market) -> Replay:
    """Run a kept backtest again on what was known when it was kept.

    Raises NothingToTest when it is not kept or its bars are gone, MarketError, DatabaseProblem.
    """
    found = kept(account, link)
    if found is None:
        raise NothingToTest("There is no kept backtest under this link; it may have been deleted.")
    read = material(
        found.inputs, service, owner=account.owner, now=found.known_at, as_of=found.known_at
    )  # fmt: skip
    again = read.run(found.inputs)
    same = (
        again.values.tobytes() == found.values.tobytes()
        and read.tape.index.as_unit("us").asi8.tobytes() == found.times.tobytes()
    )
    changed = read.fingerprint != found.data_fingerprint, code_version() != found.code_version
    return Replay(found, again, read, same, *changed, _text(found, again, read, same, *changed))


def _text(found: Kept, again: Run, read: Material, same: bool, data_changed: bool, code_changed: bool) -> str:
    if same:
        also = " though the code has changed since" if code_changed else ""
        return f"Run again, it is the same to the last bit{also}."
    now, then = again.metrics["total_return"], found.figures["total_return"]
    what = f"Run again, it returns {100 * now:,.2f} % instead of {100 * then:,.2f} %"
    why = []
    if data_changed:
        why.append(
            f"the data was changed ({read.sourced.source}: {len(read.tape):,} bars now, {len(found.values):,} then)"
        )
    if code_changed:
        why.append(f"the code was changed ({found.code_version} then, {code_version()} now)")
    if not why:
        why.append("neither data nor code differ, which should not be: please report it")
    return f"{what}: {' and '.join(why)}."


def packed(times: np.ndarray, values: Floats) -> bytes:
    """Bar times (int64) and equity (float64) as compressed bytes."""
    return zlib.compress(times.astype("<i8").tobytes() + values.astype("<f8").tobytes(), 6)


def unpacked(curve: bytes) -> tuple[np.ndarray, Floats]:
    """The two arrays of `packed`."""
    raw = zlib.decompress(curve)
    half = len(raw) // 2
    return np.frombuffer(raw[:half], dtype="<i8"), np.frombuffer(raw[half:], dtype="<f8")


def clean_title(text: str, where: str) -> str:
    """A name as it is stored. Raises InvalidInput for an empty, too long or unprintable one."""
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise InvalidInput(where, "A name needs at least one printable character.", "Type one.")
    if len(name) > LONGEST_TITLE:
        raise InvalidInput(where, f"The name has {len(name)} characters.", f"Use {LONGEST_TITLE} at most.")
    return name


def _kept(row: StoredBacktest) -> Kept:
    times, values = unpacked(row.curve)
    figures: dict[str, Any] = row.figures
    return Kept(
        link=row.link,
        title=row.title,
        inputs=inputs_of(row.inputs),
        data_fingerprint=row.data_fingerprint,
        code_version=row.code_version,
        source=row.source,
        simulated=row.simulated,
        known_at=row.known_at,
        kept_at=row.kept_at,
        figures={name: math.nan if value is None else float(value) for name, value in figures.items()},
        times=times,
        values=values,
    )
