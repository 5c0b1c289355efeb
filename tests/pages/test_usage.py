"""Pages are counted, once the desk is up, for all people of a kind together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
import streamlit as st

from components import usage as counting
from components.investor import Investor
from core import boot
from core.clock import clock_at
from core.operations import usage as counts
from core.operations.usage import Usage
from db.repositories.operations_usage import UsageRepository
from db.session import read_session
from tests.pages.conftest import MORNING
from tests.pages.people import registered


@dataclass
class Counted:
    """The counters of the test and what they wrote."""

    usage: Usage

    def of(self, measure: str) -> dict[str, int]:
        self.usage.flush()
        with read_session() as session:
            rows = UsageRepository(session).by_subject(measure, MORNING - timedelta(days=7))
        return {row.subject: row.n for row in rows}


@pytest.fixture
def counted(fresh_db: str, monkeypatch: pytest.MonkeyPatch, environment: Callable[..., None]) -> Iterator[Counted]:
    environment(KUBERA_SECRET_KEY="5f0c1d7e9a3b48268e4d0f6b7c2a1930")
    made = Usage()
    monkeypatch.setattr(counts, "_usage", made)
    monkeypatch.setattr(boot, "booted", lambda: SimpleNamespace(role="web"))
    monkeypatch.setattr(st, "session_state", {})
    with clock_at(MORNING):
        yield Counted(made)
        made.end()


def test_a_tab_opens_a_page_once_a_day_and_runs_it_often(counted: Counted) -> None:
    account = registered("asha")
    here = Investor(account.owner, True, account)
    for _ in range(3):
        with counting.counted("Charts", here):
            pass
    with counting.counted("Charts", replace(here, account=None)):
        pass
    assert counted.of("run") == {"Charts": 4}
    assert counted.of("view") == {"Charts": 2}, "once signed in, once signed out"
    assert counted.of("active") == {"day": 1, "week": 1}


def test_a_run_that_ends_early_is_counted_and_its_reason_passes(counted: Counted) -> None:
    with pytest.raises(KeyboardInterrupt), counting.counted("Charts", Investor("a" * 64, True)):
        raise KeyboardInterrupt
    assert counted.of("run") == {"Charts": 1}


def test_nothing_is_counted_before_the_desk_is_up(counted: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    for booted in (None, SimpleNamespace(role="cli")):
        monkeypatch.setattr(boot, "booted", lambda booted=booted: booted)
        with counting.counted("Charts", Investor("a" * 64, True)):
            pass
    assert counted.of("run") == {}
