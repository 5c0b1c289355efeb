"""The Market page over the simulated market: what it says, what it does when a part is missing."""

from __future__ import annotations

import dataclasses
import json

import pytest
from streamlit.testing.v1 import AppTest

from components import market as cached
from core.market.errors import Unavailable
from core.market.service import Market
from core.market.views.overview import Missing, market_overview
from tests.pages.conftest import open_page


def page(**query: str) -> AppTest:
    return open_page("pages/market.py", **query)


def said(at: AppTest) -> str:
    parts = [e.value for kind in (at.markdown, at.caption, at.warning, at.info, at.error, at.subheader) for e in kind]
    return "\n".join(str(part) for part in parts)


def test_india_is_shown_with_its_source_and_time(demo_desk: Market) -> None:
    at = page()
    assert not at.exception
    assert [metric.label for metric in at.metric][:2] == ["NIFTY 50", "SENSEX"]
    assert "Simulated, 11:29 IST" in said(at) or "Simulated, 11:30 IST" in said(at)
    view = market_overview(demo_desk, "india")
    assert not isinstance(view.breadth, Missing)
    assert f"▲ **{view.breadth.advances}** advanced" in said(at)
    assert view.breadth.advances + view.breadth.declines + view.breadth.unchanged == view.breadth.counted


def test_the_treemap_says_its_message_and_adds_up(demo_desk: Market) -> None:
    at = page()
    chart = at.get("plotly_chart")[0]
    assert "strongest" in chart.proto.alt
    tree = json.loads(chart.proto.spec)["data"][0]
    children = dict(zip(tree["ids"], tree["parents"], strict=True))
    assert children["all"] == ""
    assert children["TCS.NS"] == "sector Technology"
    assert all(text[0] in "▲▼■" for text in tree["text"]), "no box by colour alone"


@pytest.mark.parametrize("region", ["US", "Crypto"])
def test_other_regions_open_from_the_address(demo_desk: Market, region: str) -> None:
    at = page(region=region)
    assert not at.exception
    first = {"US": "S&P 500", "Crypto": "Bitcoin"}[region]
    assert at.metric[0].label == first
    assert "$" not in said(at).split("advanced")[0]


def test_movers_follow_the_choice_and_agree_with_the_view(demo_desk: Market) -> None:
    at = page()
    view = market_overview(demo_desk, "india")
    assert not isinstance(view.losers, Missing)
    at.get("button_group")[1].set_value("losers").run()
    table = next(frame.value for frame in at.dataframe if "Change" in frame.value.columns)
    assert list(table["Name"]) == [row.name for row in view.losers]
    assert all(text.startswith("▼ −") for text in table["Change"])


def test_a_silent_part_leaves_the_rest(demo_desk: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = market_overview(demo_desk, "india")
    broken = dataclasses.replace(whole, news=Missing(str(Unavailable("yahoo", "no answer within 10 s"))))
    monkeypatch.setattr(cached, "market_overview", lambda *_: broken)
    at = page()
    assert not at.exception
    assert "no answer within 10 s" in said(at)
    assert at.metric[0].label == "NIFTY 50"


def test_a_failure_of_our_own_shows_a_reference_and_no_traceback(
    demo_desk: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret-canary")

    monkeypatch.setattr(cached, "market_overview", fail)
    at = page()
    assert not at.exception
    message = at.error[0].value
    assert "could not be shown" in message
    assert "secret-canary" not in said(at)
    reference = message.rsplit(" ", 1)[1].rstrip(".")
    assert reference in caplog.text


def test_sectors_without_a_years_history_are_shown_all_the_same(
    demo_desk: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = market_overview(demo_desk, "india")
    assert not isinstance(whole.sectors, Missing)
    young = tuple(dataclasses.replace(row, year=None) for row in whole.sectors)
    monkeypatch.setattr(cached, "market_overview", lambda *_: dataclasses.replace(whole, sectors=young))
    at = page()
    assert not at.error
    table = next(frame.value for frame in at.dataframe if "Sector" in frame.value.columns)
    assert table["Year"].isna().all()
    assert "News" in said(at)
