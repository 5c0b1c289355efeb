"""Tools that speak of an investor's own things: theirs alone, with a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.accounts.model import Account
from core.assistant.errors import BadArguments
from core.assistant.model import Context, Figure
from core.assistant.tools import TOOLS, result_json, run
from core.operations import alerts
from core.portfolio import book
from core.portfolio.accounts import open_account
from core.portfolio.desk import forget
from core.portfolio.model import Kind, Transaction
from core.portfolio.overview import compose
from tests.assistant.tools.desks import INVESTORS_OWN, at, service
from tests.operations import people


@pytest.fixture
def asha(db: Session) -> Iterator[Account]:
    with at():
        forget()
        yield people.investor()
        forget()


@pytest.fixture
def rich(asha: Account) -> Account:
    """Somebody who holds two shares and some cash."""
    account = open_account(asha, "Zerodha", "broker", "INR")
    rows = (
        (Kind.DEPOSIT, date(2024, 1, 10), "", None, None, 200_000),
        (Kind.BUY, date(2024, 1, 15), "TCS.NS", 20, 3000, None),
        (Kind.BUY, date(2024, 6, 3), "INFY.NS", 60, 1500, None),
        (Kind.BUY, date(2025, 9, 1), "TCS.NS", 5, 3100, None),
    )
    for kind, day, symbol, quantity, price, amount in rows:
        told = [None if one is None else Decimal(one) for one in (quantity, price, amount)]
        row = Transaction(None, account.id, kind, day, symbol=symbol, quantity=told[0], price=told[1], amount=told[2],
                          currency="INR")  # fmt: skip
        book.add(asha, row)
    return asha


def test_all_these_tools_are_there() -> None:
    assert set(TOOLS) >= INVESTORS_OWN


def test_a_portfolio_is_told_as_the_portfolio_pages_reckon_it(rich: Account) -> None:
    from core.portfolio.desk import desk

    result = run("get_portfolio", {}, Context(investor=rich), service=service())
    stand = desk(rich, service=service())
    view = compose(stand.ledger, stand.prices, stand.base, of=stand.values, own=stand.own)
    worth = result.value("portfolio_value")
    assert worth is not None
    assert worth.value == pytest.approx(float(view.value))
    assert worth.unit == "INR"
    first = view.holdings[0]
    held = result.value("value", first.facts.symbol)
    assert held is not None
    assert held.value == pytest.approx(float(first.value or 0))
    assert result.simulated
    assert all(one.source and one.as_of for one in result.values)
    again = run("get_portfolio", {}, Context(investor=rich), service=service())
    assert result_json(again) == result_json(result)


def test_one_holding_and_what_is_not_held(rich: Account) -> None:
    whole = run("get_portfolio", {}, Context(investor=rich), service=service())
    symbol = whole.symbols[0]
    one = run("get_portfolio", {"symbol": symbol}, Context(investor=rich), service=service())
    assert one.symbols[0] == symbol
    assert one.value("portfolio_value") is None
    assert one.value("quantity", symbol) is not None
    other = run("get_portfolio", {"symbol": "TSLA"}, Context(investor=rich), service=service())
    assert other.value("held").value == "no"


def test_a_portfolio_of_a_past_day_knows_nothing_later(rich: Account) -> None:
    then = run("get_portfolio", {}, Context(as_of=date(2025, 6, 13), investor=rich), service=service())
    now = run("get_portfolio", {}, Context(investor=rich), service=service())
    assert then.value("portfolio_value").value != now.value("portfolio_value").value
    for value in then.values:
        assert str(value.as_of)[:10] <= "2025-06-13", value


def test_risk_pie_and_rebalance(rich: Account) -> None:
    context = Context(investor=rich)
    risk = run("get_portfolio_risk", {}, context, service=service())
    assert not risk.unavailable
    assert risk.value("volatility").value > 0
    assert risk.value("var_99").value >= risk.value("var_95").value > 0
    pie = run("create_portfolio_pie_chart", {"by": "sector"}, context, service=service())
    figure = next(one for one in pie.displays if isinstance(one, Figure))
    shares = [one.value for one in pie.values if one.field.endswith("_share")]
    assert figure.kind == "pie"
    assert sum(shares) == pytest.approx(100, abs=0.5)
    plan = run("suggest_rebalance", {}, context, service=service())
    targets = {one.value for one in plan.values if one.field == "target_weight"}
    assert max(targets) - min(targets) < 0.001
    sides = {one.value for one in plan.values if one.field == "order_side"}
    assert sides <= {"buy", "sell"}
    assert sides


def test_somebody_else_sees_nothing_of_it(rich: Account) -> None:
    ravi = people.investor("Ravi")
    context = Context(investor=ravi)
    for name in ("get_portfolio", "get_portfolio_risk", "create_portfolio_pie_chart", "suggest_rebalance"):
        result = run(name, {}, context, service=service())
        assert "empty" in result.unavailable
        assert not result.values


def test_an_empty_watchlist_says_what_to_do_and_a_full_one_tells_the_day(asha: Account) -> None:
    context = Context(investor=asha)
    empty = run("get_watchlist", {}, context, service=service())
    assert "empty" in empty.unavailable
    for symbol in ("TCS.NS", "^NSEI"):
        service().watch(symbol, asha.owner)
    result = run("get_watchlist", {}, context, service=service())
    assert result.symbols == ("TCS.NS", "^NSEI")
    assert result.value("watched").value == 2
    assert result.value("close", "^NSEI").unit == "index"
    assert "owner" not in json.loads(result_json(result))


def test_an_alert_is_made_once_and_belongs_to_its_investor(asha: Account) -> None:
    args = {"symbol": "TCS", "condition": "below", "level": "3,000"}
    result = run("create_alert", args, Context(investor=asha), service=service())
    made = alerts.alerts_of(asha, service=service())
    assert [(one.symbol, one.condition, float(one.level)) for one in made] == [("TCS.NS", "below", 3000.0)]
    assert result.value("alert_id").value == made[0].id
    assert result.value("alert_distance").value < 0
    assert not alerts.alerts_of(people.investor("Ravi"), service=service())
    again = run("create_alert", args, Context(investor=asha), service=service())
    assert again.value("alert_id").value == made[0].id
    assert "already" in " ".join(again.warnings)
    assert len(alerts.alerts_of(asha, service=service())) == 1


def test_an_alert_for_the_past_or_an_impossible_level_is_refused(asha: Account) -> None:
    with pytest.raises(BadArguments, match="past day"):
        run("create_alert", {"symbol": "TCS", "level": 1}, Context(as_of=date(2025, 1, 1), investor=asha),
            service=service())  # fmt: skip
    with pytest.raises(BadArguments) as refused:
        run("create_alert", {"symbol": "TCS", "level": -5}, Context(investor=asha), service=service())
    assert refused.value.name == "level"
    assert not alerts.alerts_of(asha, service=service())
