"""Vendors on the loopback and our sources pointed at them, as of the held clock (a Wednesday, markets open)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.market.sources.alpha_vantage import AlphaVantage
from core.market.sources.yahoo import Yahoo
from tests.market.vendors.fake_alpha_vantage import KEY, FakeAlphaVantage
from tests.market.vendors.fake_yahoo import FakeYahoo


@pytest.fixture
def fake_yahoo(clock: object) -> Iterator[FakeYahoo]:
    with FakeYahoo() as vendor:
        yield vendor


@pytest.fixture
def yahoo(fake_yahoo: FakeYahoo, tmp_path: Path) -> Iterator[Yahoo]:
    source = Yahoo(fake_yahoo.url, timeout=5.0, cache_dir=tmp_path)
    yield source
    source.close()


@pytest.fixture
def offline_yahoo(clock: object, tmp_path: Path) -> Yahoo:
    """For plans and parsing, which ask nobody."""
    return Yahoo("http://127.0.0.1:1", timeout=0.1, cache_dir=tmp_path)


@pytest.fixture
def hasty_yahoo(fake_yahoo: FakeYahoo, tmp_path: Path) -> Iterator[Yahoo]:
    """With little patience, for what never ends."""
    source = Yahoo(fake_yahoo.url, timeout=0.6, cache_dir=tmp_path)
    yield source
    source.close()


@pytest.fixture
def fake_alpha(clock: object) -> Iterator[FakeAlphaVantage]:
    with FakeAlphaVantage() as vendor:
        yield vendor


@pytest.fixture
def alpha(fake_alpha: FakeAlphaVantage) -> Iterator[AlphaVantage]:
    source = AlphaVantage(KEY, fake_alpha.url, timeout=5.0)
    yield source
    source.close()


@pytest.fixture
def offline_alpha(clock: object) -> Iterator[AlphaVantage]:
    source = AlphaVantage(KEY, "http://127.0.0.1:1", timeout=0.1)
    yield source
    source.close()


@pytest.fixture
def hasty_alpha(fake_alpha: FakeAlphaVantage) -> Iterator[AlphaVantage]:
    source = AlphaVantage(KEY, fake_alpha.url, timeout=0.6)
    yield source
    source.close()
