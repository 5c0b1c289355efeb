"""One demo market a test session, at a fixed moment: a Friday morning in Mumbai."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.market.sources.demo import DemoMarket

FRIDAY_MORNING = datetime(2026, 11, 20, 6, 12, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def friday() -> datetime:
    return FRIDAY_MORNING


@pytest.fixture(scope="session")
def market() -> DemoMarket:
    return DemoMarket(now=lambda: FRIDAY_MORNING)


@pytest.fixture(scope="session")
def at(market: DemoMarket) -> Callable[[datetime], DemoMarket]:
    """The same demo market with its clock at a given moment."""
    return lambda moment: market.at(lambda: moment)
