"""Holders, insiders, ratings, agenda and news: consistent, plainly invented, and alleging nothing."""

import re
from datetime import timedelta

import pytest

from core.market.instruments import by_symbol, catalogue
from core.market.model import AssetClass, Kind
from core.market.sources.base import Request, ask

COMPANIES = [each for each in catalogue() if each.asset_class is AssetClass.STOCK]
SAMPLE = [by_symbol(each) for each in ("RELIANCE.NS", "SBIN.NS", "AAPL", "KO")]
# Words that would accuse, alarm or advise: none may stand in news nobody has checked because nobody could.
FORBIDDEN = re.compile(
    r"\b(fraud|scam|alleg\w*|probe\w*|investigat\w*|lawsuit\w*|sued|suing|arrest\w*|raid\w*|bribe\w*|insider|default\w*|"
    r"bankrupt\w*|insolven\w*|scandal\w*|resign\w*|fired|crash\w*|plunge\w*|soar\w*|surge\w*|panic|manipulat\w*|"
    r"illegal|penalt\w*|fine[ds]?|recall\w*|merger|acqui\w*|takeover|rumou?r\w*|buy|sell|must|guarantee\w*)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize("instrument", COMPANIES, ids=lambda each: each.symbol)
def test_holders_add_up_to_the_whole_company(market, instrument):
    holders = ask(market, Request(Kind.HOLDERS, instrument)).data
    assert sum(each.share for each in holders) == pytest.approx(1.0, abs=1e-9)
    assert all(0.0 <= each.share < 1.0 for each in holders)
    assert {each.group for each in holders} <= {"promoter", "insider", "institution", "fund", "public"}
    assert ("promoter" in {each.group for each in holders}) == (instrument.currency == "INR")
    assert all("imulated" in each.name for each in holders)


@pytest.mark.parametrize("instrument", SAMPLE, ids=lambda each: each.symbol)
def test_nobody_has_the_name_of_a_person(market, instrument):
    officers = ask(market, Request(Kind.OFFICERS, instrument)).data
    trades = ask(market, Request(Kind.INSIDERS, instrument)).data
    calls = ask(market, Request(Kind.RATINGS, instrument)).data.calls
    assert len(officers) == 5
    assert trades
    assert {each.name for each in trades} <= {each.name for each in officers}
    for name in [each.name for each in (*officers, *trades)] + [each.firm for each in calls]:
        assert re.fullmatch(r"Simulated (officer [A-E]|research house \d+)", name)


@pytest.mark.parametrize("instrument", SAMPLE, ids=lambda each: each.symbol)
def test_ratings_count_the_last_call_of_each_house(market, instrument, friday):
    ratings = ask(market, Request(Kind.RATINGS, instrument)).data
    last = {}
    for call in reversed(ratings.calls):
        last[call.firm] = call
    live = [call for call in last.values() if call.on > friday.date() - timedelta(days=365)]
    assert sum(ratings.counts.values()) == ratings.analysts == len(live) > 0
    assert ratings.target_low <= ratings.target_mean <= ratings.target_high
    assert ratings.target_mean == pytest.approx(sum(call.target for call in live) / len(live), abs=0.01)


@pytest.mark.parametrize("instrument", SAMPLE, ids=lambda each: each.symbol)
def test_the_agenda_has_past_results_with_figures_and_coming_ones_without(market, instrument, friday):
    events = ask(market, Request(Kind.EVENTS, instrument)).data
    assert list(events) == sorted(events, key=lambda each: (each.on, each.kind))
    results = [each for each in events if each.kind == "results"]
    past = [each for each in results if each.on <= friday.date()]
    ahead = [each for each in results if each.on > friday.date()]
    assert len(past) > 60
    assert all(each.actual is not None and each.confirmed for each in past)
    assert 1 <= len(ahead) <= 2
    assert all(each.actual is None and each.estimate is not None for each in ahead)


def test_the_agenda_of_the_market_covers_the_days_asked(market, friday):
    end = friday + timedelta(days=90)
    events = ask(market, Request(Kind.EVENTS, start=friday, end=end, limit=500)).data
    assert len({each.symbol for each in events}) > 40
    assert all(friday.date() <= each.on <= end.date() for each in events)


def test_all_news_is_bland_and_says_it_is_simulated(market):
    for instrument in (*catalogue(), None):
        for item in ask(market, Request(Kind.NEWS, instrument, limit=25)).data:
            assert item.title.startswith("Simulated: ")
            assert "Simulated news" in item.summary
            assert item.url is None
            text = f"{item.title} {item.summary}"
            for name in (instrument.name, instrument.short_name) if instrument else ():
                text = text.replace(name, "")
            assert not FORBIDDEN.search(text), text


def test_news_comes_newest_first_once_each_and_within_the_limit(market, friday):
    items = ask(market, Request(Kind.NEWS, limit=40)).data
    assert len(items) == 40
    assert [each.published_at for each in items] == sorted((each.published_at for each in items), reverse=True)
    assert len({each.id for each in items}) == 40
    assert all(each.published_at <= friday for each in items)


def test_the_index_headline_tells_the_change_of_the_index(market):
    nifty = by_symbol("^NSEI")
    item = ask(market, Request(Kind.NEWS, nifty, limit=1)).data[0]
    close = ask(market, Request(Kind.BARS, nifty)).data.frame["close"].iloc[-3:-1]
    change = 100.0 * (close.iloc[1] / close.iloc[0] - 1.0)
    assert f"{close.iloc[1]:,.2f}" in item.summary
    assert "little changed" in item.title if abs(change) < 0.1 else f"{abs(change):.1f} %" in item.title


def test_the_profile_says_it_is_simulated(market):
    for instrument in catalogue():
        assert "Simulated" in ask(market, Request(Kind.PROFILE, instrument)).data.summary
