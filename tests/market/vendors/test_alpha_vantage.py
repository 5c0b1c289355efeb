"""Alpha Vantage's prices and fundamentals in our units, over real HTTP."""

from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import pandas as pd
import pytest

from core import clock as the_clock
from core.market.errors import BadRange, EmptyAnswer, NotCovered, UnknownSymbol
from core.market.instruments import by_symbol, infer
from core.market.model import ActionKind, Instrument, Interval, Kind, Period, StatementKind
from core.market.sources.alpha_vantage import AlphaVantage
from core.market.sources.alpha_vantage.symbols import address, canonical
from core.market.sources.base import Request, ask
from tests.market.vendors.fake_alpha_vantage import DIVIDEND_DAY, SPLIT_DAY, FakeAlphaVantage


def known(symbol: str) -> Instrument:
    found = by_symbol(symbol)
    assert found is not None
    return found


class Clock(Protocol):
    def advance(self, by: timedelta) -> None: ...


APPLE, RELIANCE, BOMBAY = known("AAPL"), known("RELIANCE.NS"), known("RELIANCE.BO")


def local(index: "pd.Index[pd.Timestamp]", timezone: str) -> list[str]:
    return [f"{moment:%Y-%m-%d %H:%M}" for moment in pd.DatetimeIndex(index).tz_convert(timezone)]


@pytest.mark.parametrize("paid", [True, False])
def test_prices_as_traded_become_split_adjusted(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage, paid: bool) -> None:
    if not paid:
        fake_alpha.premium("TIME_SERIES_DAILY_ADJUSTED")
    bars = ask(alpha, Request(Kind.BARS, APPLE, Interval.D1)).data
    # As traded the price halves on the split day; adjusted it does not move, and the volume does not either.
    assert bars.frame["close"].to_numpy() == pytest.approx(100.5)
    assert bars.frame["open"].to_numpy() == pytest.approx(100.0)
    assert bars.frame["volume"].to_numpy() == pytest.approx(1000.0)
    splits = [(one.ex_date, one.value) for one in bars.actions if one.kind is ActionKind.SPLIT]
    assert splits == [(SPLIT_DAY, 2.0)]
    if paid:
        assert [one.ex_date for one in bars.actions if one.kind is ActionKind.DIVIDEND] == [DIVIDEND_DAY]


def test_daily_bars_start_at_exchange_midnight(alpha: AlphaVantage) -> None:
    bars = ask(alpha, Request(Kind.BARS, BOMBAY, Interval.D1)).data
    assert local(bars.frame.index, "Asia/Kolkata")[-1] == "2026-11-17 00:00"


def test_what_a_plan_lacks_is_asked_in_its_free_form_for_a_day(
    alpha: AlphaVantage, fake_alpha: FakeAlphaVantage, clock: Clock
) -> None:
    fake_alpha.premium("TIME_SERIES_DAILY_ADJUSTED", "TIME_SERIES_DAILY/full")
    bars = ask(alpha, Request(Kind.BARS, APPLE, Interval.D1))
    assert len(bars.data.frame) == 100
    ask(alpha, Request(Kind.BARS, APPLE, Interval.D1))
    assert fake_alpha.count("TIME_SERIES_DAILY_ADJUSTED") == 1
    sizes = [query["outputsize"] for query in fake_alpha.queries if query["function"] == "TIME_SERIES_DAILY"]
    assert sizes == ["full", "compact", "compact"]
    fake_alpha.hush()
    clock.advance(timedelta(days=1))
    assert len(ask(alpha, Request(Kind.BARS, APPLE, Interval.D1)).data.frame) == 300


def test_a_short_history_is_told(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    fake_alpha.premium("TIME_SERIES_DAILY_ADJUSTED", "TIME_SERIES_DAILY/full")
    start = datetime(2020, 1, 1, tzinfo=UTC)
    bars = ask(alpha, Request(Kind.BARS, APPLE, Interval.D1, start=start))
    assert [warning.kind for warning in bars.warnings] == ["short_history"]


def test_when_all_is_paid_the_vendors_words_are_shown(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    fake_alpha.premium("TIME_SERIES_INTRADAY")
    for _ in range(2):
        with pytest.raises(NotCovered, match="paid plan"):
            ask(alpha, Request(Kind.BARS, APPLE, Interval.M5))
    assert fake_alpha.count("TIME_SERIES_INTRADAY") == 1


def test_recent_bars_take_the_small_answer(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    start = the_clock.now() - timedelta(days=20)
    bars = ask(alpha, Request(Kind.BARS, APPLE, Interval.D1, start=start)).data
    assert bars.frame.index[0] >= pd.Timestamp(start)
    assert [query["outputsize"] for query in fake_alpha.queries] == ["compact"]
    assert alpha.requests_made == 1
    ask(alpha, Request(Kind.STATEMENTS, APPLE))
    assert alpha.requests_made == 5


def test_shares_without_a_list_of_splits_come_with_a_warning(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    fake_alpha.premium("TIME_SERIES_DAILY_ADJUSTED")
    fake_alpha.say("SPLITS", "Error Message", "Invalid API call. Please retry or visit the documentation for SPLITS.")
    bars = ask(alpha, Request(Kind.BARS, BOMBAY, Interval.D1))
    assert [warning.kind for warning in bars.warnings] == ["splits_unknown"]


def test_weeks_start_on_their_first_session_and_a_split_inside_a_month_is_told(alpha: AlphaVantage) -> None:
    weeks = ask(alpha, Request(Kind.BARS, APPLE, Interval.W1))
    # 2026-09-07 was Labor Day.
    assert "2026-09-08 00:00" in local(weeks.data.frame.index, "America/New_York")
    assert not weeks.warnings
    months = ask(alpha, Request(Kind.BARS, APPLE, Interval.MO1))
    assert local(months.data.frame.index, "America/New_York")[-1] == "2026-11-02 00:00"
    assert [warning.kind for warning in months.warnings] == ["split_inside_bar"]


def test_intraday_is_in_exchange_time(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    bars = ask(alpha, Request(Kind.BARS, APPLE, Interval.M30)).data
    assert local(bars.frame.index, "America/New_York")[0].endswith("09:30")
    assert fake_alpha.queries[0]["adjusted"] == "false"
    with pytest.raises(BadRange, match="30 days"):
        alpha.plan(Request(Kind.BARS, APPLE, Interval.M30, start=the_clock.now() - timedelta(days=90)))


def test_nse_shares_come_from_the_bse_and_say_so(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    for kind in (Kind.BARS, Kind.QUOTE):
        sourced = ask(alpha, Request(kind, RELIANCE, Interval.D1))
        assert sourced.data.symbol == "RELIANCE.NS"
        assert [warning.kind for warning in sourced.warnings] == ["other_exchange"]
        assert not ask(alpha, Request(kind, BOMBAY, Interval.D1)).warnings
    assert {query["symbol"] for query in fake_alpha.queries} == {"RELIANCE.BSE"}


def test_a_quote_is_of_the_close_of_its_day(alpha: AlphaVantage) -> None:
    quote = ask(alpha, Request(Kind.QUOTE, APPLE)).data
    assert (quote.price, quote.previous_close, quote.currency) == (101.5, 100.0, "USD")
    assert quote.time == datetime(2026, 11, 17, 21, 0, tzinfo=UTC)
    assert quote.change_percent == pytest.approx(1.5)


def test_rates_of_currencies_and_coins(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    quote = ask(alpha, Request(Kind.QUOTE, known("INR=X"))).data
    assert quote.price == 85.25
    assert (fake_alpha.queries[-1]["from_currency"], fake_alpha.queries[-1]["to_currency"]) == ("USD", "INR")
    ask(alpha, Request(Kind.QUOTE, known("BTC-USD")))
    assert (fake_alpha.queries[-1]["from_currency"], fake_alpha.queries[-1]["to_currency"]) == ("BTC", "USD")


def test_income_is_known_on_the_day_it_was_reported(alpha: AlphaVantage) -> None:
    statements = ask(alpha, Request(Kind.STATEMENTS, APPLE)).data
    found = {(one.kind, one.period, one.period_end): one for one in statements}
    quarter = found[(StatementKind.INCOME, Period.QUARTERLY, date(2026, 6, 30))]
    assert (quarter.filed_on, quarter.known_on, quarter.known_estimated) == (
        date(2026, 7, 30),
        date(2026, 7, 30),
        False,
    )
    assert quarter.items == {"total_revenue": 1000.0, "pretax_income": 300.0, "net_income": 200.0}
    balance = found[(StatementKind.BALANCE, Period.QUARTERLY, date(2026, 6, 30))]
    assert (balance.filed_on, balance.known_on, balance.known_estimated) == (None, date(2026, 8, 14), True)
    assert balance.items["total_equity"] == 2000.0
    year = found[(StatementKind.INCOME, Period.ANNUAL, date(2025, 9, 30))]
    assert year.known_on == date(2025, 12, 14)
    flow = found[(StatementKind.CASH_FLOW, Period.ANNUAL, date(2025, 9, 30))]
    assert flow.items["capital_expenditure"] == -150.0
    assert flow.items["free_cash_flow"] == 250.0


def test_profile_ratios_events_and_actions(alpha: AlphaVantage) -> None:
    profile = ask(alpha, Request(Kind.PROFILE, APPLE)).data
    assert (profile.name, profile.sector, profile.industry) == ("Example Machines", "Technology", "Computer Hardware")
    values = ask(alpha, Request(Kind.RATIOS, APPLE)).data.values
    assert values["held_by_insiders"] == pytest.approx(0.052)
    assert "peg" not in values
    assert "beta" not in values
    events = ask(alpha, Request(Kind.EVENTS, APPLE)).data
    assert [(event.on, event.estimate, event.actual) for event in events] == [
        (date(2026, 5, 1), 1.4, None),
        (date(2026, 7, 30), 1.4, 1.57),
    ]
    actions = ask(alpha, Request(Kind.ACTIONS, APPLE)).data
    assert [(action.kind, action.ex_date, action.value) for action in actions] == [
        (ActionKind.SPLIT, SPLIT_DAY, 2.0),
        (ActionKind.DIVIDEND, DIVIDEND_DAY, 0.25),
    ]
    assert actions[1].declared_on == date(2026, 10, 1)


def test_search_movers_and_news(alpha: AlphaVantage) -> None:
    found = ask(alpha, Request(Kind.SEARCH, text="reliance")).data
    assert [one.symbol for one in found] == ["RELIANCE.BO", "RS"]
    assert found[0] == BOMBAY
    losers = ask(alpha, Request(Kind.MOVERS, text="losers:us")).data
    assert [(one.symbol, one.change_percent) for one in losers] == [("IBM", -8.25)]
    news = ask(alpha, Request(Kind.NEWS, APPLE)).data
    assert [item.title for item in news] == ["Story 0", "Story 1"]
    assert news[0].symbols == ("AAPL", "BTC-USD")
    with pytest.raises(NotCovered, match="United States"):
        ask(alpha, Request(Kind.MOVERS, text="gainers"))


def test_unknown_symbols(alpha: AlphaVantage) -> None:
    nobody = infer("ZZZZ")
    for kind in (Kind.BARS, Kind.QUOTE, Kind.STATEMENTS, Kind.ACTIONS):
        with pytest.raises(UnknownSymbol, match="ZZZZ"):
            ask(alpha, Request(kind, nobody))
    with pytest.raises(EmptyAnswer):
        ask(alpha, Request(Kind.PROFILE, nobody))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("RELIANCE.BO", "RELIANCE.BSE"),
        ("AAPL", "AAPL"),
        ("VOD.L", "VOD.LON"),
        ("SAP.DE", "SAP.DEX"),
        ("BRK-B", "BRK-B"),
    ],
)
def test_symbols_translate_both_ways(ours: str, theirs: str) -> None:
    found = address(by_symbol(ours) or infer(ours))
    assert found is not None
    assert (found.symbol, found.elsewhere) == (theirs, False)
    assert canonical(theirs) == ours


def test_what_it_does_not_list_is_not_asked(alpha: AlphaVantage, fake_alpha: FakeAlphaVantage) -> None:
    assert address(known("^NSEI")) is None
    assert not alpha.covers(Kind.BARS, known("^NSEI"), Interval.D1)
    for wild in ("WARRANT+", "A B", "", "X.YZ"):
        assert canonical(wild) is None
    assert canonical("FOREX:USD") is None
    assert fake_alpha.requests == []


def test_requests_keep_their_distance(fake_alpha: FakeAlphaVantage, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.market.sources.alpha_vantage import source as module
    from tests.market.vendors.fake_alpha_vantage import KEY

    slept: list[float] = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    source = AlphaVantage(KEY, fake_alpha.url, timeout=5.0, spacing=1000.0)
    ask(source, Request(Kind.ACTIONS, APPLE))
    source.close()
    assert len(slept) == 1
    assert 990 < slept[0] <= 1000
