"""A market service over scripted vendors and a database of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from core import clock as clocks
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.base import Source
from core.market.sources.demo import DemoMarket

Make = Callable[..., Market]


@pytest.fixture
def make_market(fresh_db: str) -> Iterator[Make]:
    """make_market(*vendors, mode="live", timeout_s=5.0) -> Market, closed after the test."""
    made: list[Market] = []

    def make(*vendors: Source, mode: str = "live", timeout_s: float = 5.0) -> Market:
        made.append(
            Market(
                vendors=vendors,
                simulated=lambda now: DemoMarket(now=now),
                mode=ModeSwitch(mode, None, clocks.now),  # type: ignore[arg-type]
                timeout_s=timeout_s,
            )
        )
        return made[-1]

    yield make
    for market in made:
        market.close()
