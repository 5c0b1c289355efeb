"""A real market service over the simulated market and a database of the test's own, in the pages' place for it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from components import market as cached
from core import boot
from core import clock as clocks
from core.clock import clock_at
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.demo import DemoMarket

APP = str(Path(__file__).parents[2] / "app.py")

# `AppTest` looks through the metadata of every installed package for components, once for each run of a script: most of
# a run's time, and always the same answer.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)

MORNING = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
"""Wednesday, 11:30 in Mumbai: markets are open."""


@pytest.fixture
def demo_desk(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """The service the pages read; caches are empty and the clock stands on a trading morning."""
    service = Market(
        vendors=(),
        simulated=lambda now: DemoMarket(now=now),
        mode=ModeSwitch("demo", None, clocks.now),
        timeout_s=5.0,
    )
    monkeypatch.setattr(cached, "_market", lambda: service)
    monkeypatch.setattr(boot, "boot", lambda: None)  # the fixtures have brought the database up
    st.cache_data.clear()
    st.cache_resource.clear()
    with clock_at(MORNING):
        yield service
    service.close()


@pytest.fixture
def whole_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run of an `AppTest` runs `app.py` around the page, as the server does.

    Without it only the first run does: `AppTest` takes the folder pages/ for Streamlit's older kind of app, and
    `inside_app` starts over only where nothing could be forgotten by it.
    """
    made = PagesManager.__init__

    def make(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        PagesManager.uses_pages_directory = False
        made(self, *args, **kwargs)

    monkeypatch.setattr(PagesManager, "__init__", make)


def open_page(path: str, **query: str) -> AppTest:
    """A page inside the whole app, opened with a query in the address."""
    at = AppTest.from_file(APP, default_timeout=60)
    for key, value in query.items():
        at.query_params[key] = value
    return at.switch_page(path).run()
