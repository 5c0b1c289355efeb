"""Kept runs and saved strategies: replayed to the same bits, and nobody else's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy.orm import Session as Work

from core import clock as clocks
from core.accounts.errors import InvalidInput, NotAllowed
from core.accounts.model import Account
from core.backtest import NothingToTest, Stops, TooMuch, kept, material, saved
from core.backtest.recipe import Inputs, Recipe
from core.backtest.rules import Compare, Price, RulePlan, Study
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.demo import DemoMarket
from db.repositories import backtests as repositories
from db.repositories.backtests import BacktestRepository, StrategyRepository
from tests.accounts.persons import person
from tests.conftest import HeldClock

INPUTS = Inputs("TCS.NS", Recipe("sma_cross", (("fast", 10),)), start=date(2022, 1, 3))
PLAN = RulePlan("Above", Compare(Price(), "above", Study("sma")), Compare(Price(), "below", Study("sma")))


@pytest.fixture
def market(db: Work, clock: HeldClock) -> Iterator[Market]:
    service = Market(
        vendors=(), simulated=lambda now: DemoMarket(now=now), mode=ModeSwitch("demo", None, clocks.now), timeout_s=5.0
    )
    yield service
    service.close()


def keep(account: Account, market: Market, inputs: Inputs = INPUTS, title: str = "") -> str:
    read = material.material(inputs, market, owner=account.owner, now=clocks.now())
    return kept.keep(account, inputs, read.run(inputs), read, title=title)


def test_a_bar_that_is_still_being_made_is_not_traded_on(market: Market, clock: HeldClock) -> None:
    read = material.material(INPUTS, market, owner=None, now=clocks.now())
    assert read.tape.index[-1].date() == date(2026, 11, 17)  # it is Wednesday noon
    clock.set(datetime(2026, 11, 18, 10, 30, tzinfo=UTC))  # 16:00 in Mumbai: closed
    assert material.material(INPUTS, market, owner=None, now=clocks.now()).tape.index[-1].date() == date(2026, 11, 18)


def test_a_kept_run_replays_to_the_same_bits_days_later(market: Market, clock: HeldClock) -> None:
    asha = person("asha")
    link = keep(asha, market)
    clock.advance(timedelta(days=9))
    again = kept.replay(asha, link, market)
    assert again.same
    assert not again.data_changed
    assert not again.code_changed
    assert again.run.values.tobytes() == again.kept.values.tobytes()
    assert again.run.metrics["sharpe"] == again.kept.figures["sharpe"]
    assert again.text == "Run again, it is the same to the last bit."
    assert again.kept.equity.index[-1] == pd.Timestamp("2026-11-17", tz="Asia/Kolkata")  # not what came since
    assert again.kept.growth[-1] == pytest.approx(1.0 + again.kept.figures["total_return"], rel=1e-12)


def test_a_replay_says_what_changed(market: Market, clock: HeldClock, monkeypatch: pytest.MonkeyPatch) -> None:
    asha = person("asha")
    link = keep(asha, market)
    monkeypatch.setattr(kept, "code_version", lambda: "0.2.0+000000000000")
    assert kept.replay(asha, link, market).text.endswith("though the code has changed since.")
    original = kept.material

    def shifted(*args: object, **more: object) -> material.Material:
        read = original(*args, **more)  # type: ignore[arg-type]
        read.tape.close[5:] *= 1.01
        return read

    monkeypatch.setattr(kept, "material", shifted)
    again = kept.replay(asha, link, market)
    assert not again.same
    assert again.data_changed
    assert "the data was changed" in again.text
    assert "the code was changed" in again.text


def test_the_same_run_is_kept_once_another_beside_it(market: Market) -> None:
    asha = person("asha")
    first = keep(asha, market)
    assert keep(asha, market) == first
    other = keep(asha, market, Inputs("TCS.NS", Recipe(stops=Stops(stop_percent=5)), start=date(2022, 1, 3)), "Stopped")
    assert [one.link for one in kept.kept_by(asha)] == [other, first]
    assert [one.title for one in kept.compared(asha, [first, "unknown", other, first])] == [INPUTS.title, "Stopped"]
    assert kept.rename(asha, other, "  With  a stop ")
    found = kept.kept(asha, other)
    assert found is not None
    assert found.title == "With a stop"
    assert found.inputs.recipe.stops == Stops(stop_percent=5)
    assert kept.forget(asha, [first, "unknown"]) == 1
    with pytest.raises(NothingToTest, match="deleted"):
        kept.replay(asha, first, market)


def test_names_and_numbers_have_their_limits(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    asha = person("asha")
    with pytest.raises(InvalidInput, match="120 at most"):
        keep(asha, market, title="x" * 121)
    with pytest.raises(TooMuch, match="11 runs"):
        kept.compared(asha, [str(k) for k in range(11)])
    monkeypatch.setattr(kept, "MOST", 1)
    monkeypatch.setattr(saved, "MOST", 1)
    keep(asha, market)
    with pytest.raises(InvalidInput, match="1 backtests already"):
        keep(asha, market, Inputs("INFY.NS", Recipe()))
    saved.save(asha, "One", Recipe())
    with pytest.raises(InvalidInput, match="Delete one first"):
        saved.save(asha, "Two", Recipe())
    with pytest.raises(InvalidInput, match="printable"):
        saved.save(asha, " \n", Recipe())


def test_a_strategy_is_saved_version_by_version(db: Work, clock: HeldClock) -> None:
    asha = person("asha")
    first = saved.save(asha, "Mine", Recipe("rules", plan=PLAN))
    second = saved.save(asha, "Mine", Recipe("rules", (("sma_length", 50),), PLAN), link=first.link)
    again = saved.save(asha, "Still mine", second.recipe, link=first.link)
    assert (first.version, second.version, again.version) == (1, 2, 2)
    newest = saved.strategies_of(asha)
    assert [(one.name, one.version, one.own) for one in newest] == [("Still mine", 2, True)]
    assert newest[0].recipe == second.recipe
    old = saved.strategy(asha, first.link, 1)
    assert old is not None
    assert old.recipe == first.recipe
    assert [one.version for one in saved.versions(asha, first.link)] == [2, 1]
    assert saved.remove(asha, first.link)
    assert saved.strategies_of(asha) == ()


def test_a_shared_strategy_is_read_by_its_link_and_changed_by_nobody_else(db: Work, clock: HeldClock) -> None:
    asha, ravi = person("asha"), person("ravi")
    mine = saved.save(asha, "Mine", Recipe())
    assert saved.strategy(ravi, mine.link) is None
    assert saved.strategy(None, mine.link) is None
    assert saved.share(asha, mine.link, shared=True)
    for reader in (ravi, None):
        found = saved.strategy(reader, mine.link)
        assert found is not None
        assert not found.own
    assert saved.save(asha, "Mine", Recipe("macd"), link=mine.link).shared
    with pytest.raises(NotAllowed, match="not yours"):
        saved.save(ravi, "Taken", Recipe(), link=mine.link)
    assert not saved.remove(ravi, mine.link)
    assert not saved.share(ravi, mine.link, shared=False)
    assert saved.share(asha, mine.link, shared=False)
    assert saved.strategy(None, mine.link) is None


# -- nobody else's -------------------------------------------------------------------------------------------------

ACTS: dict[str, Callable[[Work, Account, str, str], object]] = {
    "StrategyRepository.hold": lambda work, one, _s, _r: StrategyRepository(work, one.id).hold(),
    "StrategyRepository.count": lambda work, one, _s, _r: StrategyRepository(work, one.id).count(),
    "StrategyRepository.all": lambda work, one, _s, _r: StrategyRepository(work, one.id).all(),
    "StrategyRepository.get": lambda work, one, s, _r: StrategyRepository(work, one.id).get(s),
    "StrategyRepository.versions": lambda work, one, s, _r: StrategyRepository(work, one.id).versions(s),
    "StrategyRepository.add": lambda work, one, _s, _r: StrategyRepository(work, one.id).add(
        "x", 1, "x", {}, shared=False, at=clocks.now()
    ),
    "StrategyRepository.share": lambda work, one, s, _r: StrategyRepository(work, one.id).share(s, shared=True),
    "StrategyRepository.rename": lambda work, one, s, _r: StrategyRepository(work, one.id).rename(s, "x"),
    "StrategyRepository.remove": lambda work, one, s, _r: StrategyRepository(work, one.id).remove(s),
    "BacktestRepository.hold": lambda work, one, _s, _r: BacktestRepository(work, one.id).hold(),
    "BacktestRepository.count": lambda work, one, _s, _r: BacktestRepository(work, one.id).count(),
    "BacktestRepository.all": lambda work, one, _s, _r: BacktestRepository(work, one.id).all(10),
    "BacktestRepository.some": lambda work, one, _s, r: BacktestRepository(work, one.id).some([r]),
    "BacktestRepository.rename": lambda work, one, _s, r: BacktestRepository(work, one.id).rename(r, "x"),
    "BacktestRepository.remove": lambda work, one, _s, r: BacktestRepository(work, one.id).remove([r]),
}


def test_no_repository_reaches_anybody_else(db: Work, market: Market) -> None:
    """Asha with Ravi's links in her hand: nothing comes out, nothing of his changes."""
    asha, ravi = person("asha"), person("ravi")
    theirs = saved.save(ravi, "Ravi's", Recipe("rules", plan=PLAN.renamed("Ravi's plan"))).link
    run = keep(ravi, market, title="Ravi's run")
    listed = {
        f"{title}.{name}"
        for title, kind in inspect.getmembers(repositories, inspect.isclass)
        if title.endswith("Repository")
        for name, _ in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }
    assert listed - set(ACTS) == {"BacktestRepository.add"}  # takes nothing that could be somebody's
    for act in ACTS.values():
        assert "ravi" not in repr(act(db, asha, theirs, run)).casefold()
    db.expire_all()
    assert [one.name for one in saved.strategies_of(ravi)] == ["Ravi's"]
    found = kept.kept(ravi, run)
    assert found is not None
    assert found.title == "Ravi's run"
    assert np.isfinite(found.values).all()
