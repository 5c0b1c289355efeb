"""A vendor that an admin switched off is asked for nothing."""

from __future__ import annotations

from datetime import date

import pytest

from core.market.errors import MarketError, Unavailable
from core.market.model import Interval, Sourced
from core.market.router import ModeSwitch
from core.market.sources.probe import Probe
from core.market.store.switches import PREFIX, SourceSwitches
from db.repositories.operations import SwitchRepository
from db.session import DatabaseOptions, configure, unit_of_work
from tests.market.store.scripted import ScriptedSource, sessions, wandering

SYMBOL = "RELIANCE.NS"


def scripted(name: str = "scripted") -> ScriptedSource:
    history = {(SYMBOL, Interval.D1): wandering(sessions(date(2025, 1, 1), date(2026, 12, 31)))}
    return ScriptedSource(history, name=name)


def switch(name: str, on: bool, clock, version: int = 0) -> None:
    with unit_of_work() as session:
        assert SwitchRepository(session).put(PREFIX + name, on, None, clock(), version) is not None


def test_it_is_not_asked_and_what_it_told_is_not_shown(make_market, clock) -> None:
    source = scripted()
    switch("scripted", False, clock)
    market = make_market(source)
    with pytest.raises(Unavailable, match="an admin switched it off"):
        market.bars(SYMBOL)
    with pytest.raises(Unavailable, match="an admin switched it off"):
        market.bars(SYMBOL, source="scripted")
    with pytest.raises(Unavailable, match="an admin switched it off"):
        market.quote(SYMBOL)
    many = market.bars_many([SYMBOL])[SYMBOL]
    assert isinstance(many, MarketError)
    assert "an admin switched it off" in str(many)
    assert isinstance(market.quotes([SYMBOL])[SYMBOL], MarketError)
    assert market.refresh(SYMBOL) is False
    assert source.asked == []
    assert {one.name: one.state for one in market.sources()}["scripted"] == "switched off"


def test_the_next_source_in_line_answers_without_being_called_a_stand_in(make_market, clock) -> None:
    first, second = scripted("first"), scripted("second")
    switch("first", False, clock)
    answer = make_market(first, second).bars(SYMBOL)
    assert answer.source == "second"
    assert [warning.kind for warning in answer.warnings if warning.kind == "other_source"] == []
    assert first.asked == []


def test_it_answers_again_when_it_is_switched_on(make_market, clock) -> None:
    source = scripted()
    switch("scripted", False, clock)
    switch("scripted", True, clock, version=1)
    assert isinstance(make_market(source).bars(SYMBOL), Sourced)


def test_the_switch_is_seen_within_a_second_and_at_once_when_told(fresh_db, clock) -> None:
    switches = SourceSwitches()
    assert switches.off() == frozenset()
    switch("yahoo", False, clock)
    switches.forget()
    assert switches.off() == {"yahoo"}


def test_while_the_database_is_away_the_last_answer_stands(fresh_db, clock) -> None:
    switch("yahoo", False, clock)
    switches = SourceSwitches()
    assert switches.off() == {"yahoo"}
    configure(DatabaseOptions(url="postgresql://nobody@127.0.0.1:9/none", connect_timeout_s=1))
    assert switches.off() == {"yahoo"}
    assert SourceSwitches().off() == frozenset()


def test_auto_does_not_probe_yahoo_while_it_is_off(clock) -> None:
    probed: list[int] = []

    def probe() -> Probe:
        probed.append(1)
        return Probe(True, None, 1.0)

    off = frozenset({"yahoo"})
    mode = ModeSwitch("auto", probe, clock, lambda: off).mode()
    assert (mode.live, probed) == (False, [])
    assert "An admin switched Yahoo off" in mode.reason
    assert ModeSwitch("live", probe, clock, lambda: off).mode().live
