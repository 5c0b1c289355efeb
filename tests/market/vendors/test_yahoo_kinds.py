"""What Yahoo says of companies and markets, in our words and units."""

from datetime import date, timedelta

import pytest

from core import clock as the_clock
from core.market.errors import EmptyAnswer, NotCovered
from core.market.instruments import by_symbol
from core.market.model import Instrument, Kind, Period, StatementKind
from core.market.sources.base import Raw, Request, ask
from core.market.sources.yahoo import Yahoo
from core.market.sources.yahoo.lines import LINES, our_name
from tests.market.vendors.fake_yahoo import FakeYahoo
from tests.market.vendors.yahoo_payloads import indian


def known(symbol: str) -> Instrument:
    found = by_symbol(symbol)
    assert found is not None
    return found


RELIANCE = known("RELIANCE.NS")


def test_a_quote_has_its_own_time_and_change(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    quote = ask(yahoo, Request(Kind.QUOTE, RELIANCE)).data
    assert quote.price == fake_yahoo.listings["RELIANCE.NS"].close(the_clock.now())
    assert quote.time == the_clock.now()
    assert quote.currency == "INR"
    assert quote.change_percent == pytest.approx(100 * (quote.price / quote.previous_close - 1))
    assert quote.market_cap == 5e12


def test_profile_and_officers(yahoo: Yahoo) -> None:
    profile = ask(yahoo, Request(Kind.PROFILE, RELIANCE)).data
    assert (profile.sector, profile.city, profile.employees) == ("Energy", "Mumbai", 123_000)
    assert profile.first_traded == date(1996, 1, 1)
    officers = ask(yahoo, Request(Kind.OFFICERS, RELIANCE)).data
    assert [(one.name, one.title, one.pay) for one in officers] == [
        ("Ms. A. Rao", "Chief Executive", 25_000_000.0),
        ("Mr. B. Shah", "Chief Financial Officer", None),
    ]


def test_ratios_are_fractions_and_absent_when_unknown(yahoo: Yahoo) -> None:
    values = ask(yahoo, Request(Kind.RATIOS, RELIANCE)).data.values
    assert values["pe"] == 24.5
    assert values["dividend_yield"] == 0.0037
    assert values["dividend_yield_5y"] == pytest.approx(0.0035)
    assert values["debt_to_equity"] == pytest.approx(0.366)
    assert values["payout_ratio"] == 0.1
    assert "peg" not in values
    assert "eps" not in values


def test_statements_carry_when_they_were_known(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    sourced = ask(yahoo, Request(Kind.STATEMENTS, RELIANCE))
    assert fake_yahoo.count("statements") == 3
    found = {(one.kind, one.period, one.period_end): one for one in sourced.data}
    year = found[(StatementKind.INCOME, Period.ANNUAL, date(2025, 3, 31))]
    assert year.items["total_revenue"] == 1_001.0
    assert year.currency == "INR"
    assert year.filed_on is None
    assert year.known_estimated
    assert year.known_on == date(2025, 5, 30)  # 60 days after the year
    assert found[(StatementKind.INCOME, Period.QUARTERLY, date(2025, 3, 31))].known_on == date(2025, 5, 30)
    assert found[(StatementKind.INCOME, Period.QUARTERLY, date(2025, 9, 30))].known_on == date(2025, 11, 14)
    assert (StatementKind.INCOME, Period.TTM, date(2025, 9, 30)) in found
    assert not any(kind is StatementKind.BALANCE and period is Period.TTM for kind, period, _ in found)
    assert [warning.kind for warning in sourced.warnings] == ["filing_estimated"]


def test_american_statements_wait_75_days_after_the_year(yahoo: Yahoo) -> None:
    statements = ask(yahoo, Request(Kind.STATEMENTS, known("AAPL"))).data
    known_on = {one.period_end: one.known_on for one in statements if one.period is Period.ANNUAL}
    assert known_on[date(2025, 3, 31)] == date(2025, 6, 14)


def test_line_names_are_snake_case_and_unique() -> None:
    for lines in LINES.values():
        names = [our_name(line) for line in lines]
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() and name == name.lower() for name in names)
    assert our_name("TotalRevenue") == "total_revenue"
    assert our_name("EBITDA") == "ebitda"
    assert our_name("TotalLiabilitiesNetMinorityInterest") == "total_liabilities"


def test_holders_come_by_group_largest_first(yahoo: Yahoo) -> None:
    holders = ask(yahoo, Request(Kind.HOLDERS, RELIANCE)).data
    assert [(one.group, one.name) for one in holders] == [
        ("insider", "All insiders and promoters"),
        ("institution", "All institutions"),
        ("institution", "Large Fund House"),
        ("institution", "Small Fund House"),
        ("fund", "Index Fund"),
        ("insider", "RAO A."),
    ]
    assert holders[0].share == 0.49


def test_insider_trades_have_a_side(yahoo: Yahoo) -> None:
    trades = ask(yahoo, Request(Kind.INSIDERS, RELIANCE)).data
    assert [(one.name, one.side, one.value) for one in trades] == [
        ("SHAH B.", "sell", 72_500.0),
        ("SHAH B.", "grant", None),
        ("RAO A.", "other", None),
        ("RAO A.", "buy", 140_000.0),
    ]


def test_ratings_and_targets(yahoo: Yahoo) -> None:
    views = ask(yahoo, Request(Kind.RATINGS, RELIANCE)).data
    assert views.counts == {"strong_buy": 8, "buy": 20, "hold": 5, "sell": 2, "strong_sell": 1}
    assert (views.target_low, views.target_mean, views.target_high, views.analysts) == (1100.0, 1550.0, 2020.0, 36)
    assert [(call.firm, call.action, call.target) for call in views.calls] == [
        ("Second Capital", "up", None),
        ("First Broking", "down", 1500.0),
    ]


def test_events_are_past_and_ahead(yahoo: Yahoo) -> None:
    today = the_clock.now().date()
    events = ask(yahoo, Request(Kind.EVENTS, RELIANCE)).data
    assert [(event.kind, (event.on - today).days) for event in events] == [
        ("ex_dividend", -90),
        ("dividend_pay", -80),
        ("results", -60),
        ("results", 30),
    ]
    past, ahead = events[2], events[3]
    assert (past.actual, past.estimate, past.confirmed) == (14.5, 14.0, True)
    assert (ahead.actual, ahead.confirmed) == (None, False)


def test_the_window_stands_in_when_the_results_calendar_has_nothing_ahead(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    plan = yahoo.plan(Request(Kind.EVENTS, RELIANCE))
    raw = yahoo.fetch(plan)
    none = {"finance": {"result": [{"documents": [{"columns": [], "rows": []}]}], "error": None}}
    events = yahoo.parse(plan, Raw((raw.payloads[0], none), raw.received_at)).data
    results = [event for event in events if event.kind == "results"]
    assert [(event.on, event.confirmed) for event in results] == [(the_clock.now().date() + timedelta(days=20), False)]


def test_the_market_results_calendar(yahoo: Yahoo) -> None:
    events = ask(yahoo, Request(Kind.EVENTS)).data
    assert {"RELIANCE.NS", "TCS.NS"} <= {event.symbol for event in events}
    assert [event.on for event in events] == sorted(event.on for event in events)


def test_search_leaves_options_out_and_keeps_our_own_entries(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    fake_yahoo.add(indian("RELINFRA.NS", "Reliance Infrastructure Limited"))
    found = ask(yahoo, Request(Kind.SEARCH, text="reliance")).data
    assert [one.symbol for one in found] == ["RELIANCE.NS", "RELINFRA.NS"]
    assert found[0] == RELIANCE
    assert found[1].name == "Reliance Infrastructure Limited"
    with pytest.raises(EmptyAnswer, match="zzzz"):
        ask(yahoo, Request(Kind.SEARCH, text="zzzz"))


@pytest.mark.parametrize("text", ["gainers", "losers", "active", "gainers:us", ""])
def test_movers(yahoo: Yahoo, text: str) -> None:
    movers = ask(yahoo, Request(Kind.MOVERS, text=text, limit=2)).data
    assert len(movers) == 2
    expected = "AAPL" if text.endswith("us") else "RELIANCE.NS"
    assert movers[0].symbol == expected
    assert movers[0].change_percent == pytest.approx(1.01, abs=0.01)


@pytest.mark.parametrize("text", ["best", "gainers:fr"])
def test_lists_yahoo_does_not_have_are_named(yahoo: Yahoo, text: str) -> None:
    with pytest.raises(NotCovered, match=r"gainers, losers|in, us"):
        ask(yahoo, Request(Kind.MOVERS, text=text))


def test_trending_symbols_come_with_prices(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    found = ask(yahoo, Request(Kind.TRENDING, limit=3)).data
    assert [mover.symbol for mover in found] == ["RELIANCE.NS", "TCS.NS", "INFY.NS"]
    assert fake_yahoo.count("quote") == 1


def test_sectors_by_symbol(yahoo: Yahoo) -> None:
    sectors = ask(yahoo, Request(Kind.SECTORS)).data
    assert sectors["RELIANCE.NS"] == "Energy"
    assert sectors["HDFCBANK.NS"] == "Financial Services"
    assert "AAPL" not in sectors


def test_index_members_are_not_yahoos(yahoo: Yahoo) -> None:
    with pytest.raises(NotCovered):
        yahoo.plan(Request(Kind.MEMBERS, text="^NSEI"))


def test_news_is_made_safe(yahoo: Yahoo) -> None:
    plan = yahoo.plan(Request(Kind.NEWS, RELIANCE, limit=10))
    when = f"{the_clock.now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"

    def story(name: str, url: str, title: str, **more: object) -> dict[str, object]:
        content = {"id": name, "title": title, "pubDate": when, "canonicalUrl": {"url": url}, **more}
        return {"id": name, "content": content}

    rows = [
        story("a", "javascript:alert(1)", "A\x00 title\u202e with\x1b[31m\n tricks\u200b"),
        story("b", "https://user:pass@example.com/", "x" * 5_000, summary="y" * 50_000),
        story("c", "https://example.com/<script>", "<script>alert(1)</script>"),
        story("d", "https://example.com/ok", "Good", provider={"displayName": "Wire"}),
        story("e", "https://example.com/later", "From tomorrow", pubDate="2099-01-01T00:00:00Z"),
        story("f", "https://example.com/none", "   "),
        story("d", "https://example.com/again", "The same id again"),
        {"id": "g", "content": "no object"},
        {"id": "h", "ad": [1], "content": story("h", "https://example.com/ad", "Buy")["content"]},
    ]
    raw = Raw(({"data": {"tickerStream": {"stream": rows}}},), the_clock.now())
    items = {item.id: item for item in yahoo.parse(plan, raw).data}
    assert set(items) == {"a", "b", "c", "d"}
    assert items["a"].title == "A title with[31m tricks"
    assert items["a"].url is None
    assert items["b"].url is None
    assert len(items["b"].title) == 300
    assert items["b"].summary is not None
    assert len(items["b"].summary) <= 1_000
    assert items["c"].url is None
    assert items["d"].url == "https://example.com/ok"
    assert items["d"].publisher == "Wire"


def test_market_news_and_its_limit(yahoo: Yahoo) -> None:
    items = ask(yahoo, Request(Kind.NEWS, limit=2)).data
    assert [item.id for item in items] == ["search-0", "search-1"]
    assert items[0].symbols == ("^NSEI",)
