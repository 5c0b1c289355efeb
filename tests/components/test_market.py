"""Cached reads: nothing of the simulated market outlives the moment a vendor answers, nor the other way round."""

import pytest

from components import market as cached
from tests.components.figures.market import ScriptedMarket


def test_what_was_read_of_the_other_market_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    scripted = ScriptedMarket()
    monkeypatch.setattr(cached, "_market", lambda: scripted)
    monkeypatch.setattr(cached, "_was_live", None)
    cached.forget()
    cached.market()
    assert cached.quote("RELIANCE.NS").simulated
    scripted.simulated = False
    assert cached.quote("RELIANCE.NS").simulated, "the cache is what this test is about"
    cached.market()
    assert not cached.quote("RELIANCE.NS").simulated
    cached.forget()
