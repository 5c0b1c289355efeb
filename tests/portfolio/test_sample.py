"""The sample portfolio: out of the market's own bars and actions, the same for all on a day, taken back in one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.clock import clock_at
from core.market.errors import UnknownSymbol
from core.market.model import ActionKind
from core.market.router import ModeSwitch
from core.market.service import Market
from core.market.sources.demo import DemoMarket
from core.portfolio import book, sample_booking
from core.portfolio.ledger import replay
from core.portfolio.model import Kind, Transaction
from core.portfolio.sample import ACCOUNTS, INDIA, SYMBOLS, Sample, build, sample
from tests.pages.people import registered

NOW = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)


@pytest.fixture
def market(fresh_db: str) -> Iterator[Market]:
    with clock_at(lambda: NOW):
        service = Market(
            vendors=(), simulated=lambda now: DemoMarket(now=now), mode=ModeSwitch("demo", None, lambda: NOW),
            timeout_s=20.0,
        )  # fmt: skip
        yield service
        service.close()


def numbered(rows: tuple[Transaction, ...]) -> list[Transaction]:
    return [replace(row, id=at) for at, row in enumerate(rows, 1)]


def splits_of(market: Market, symbol: str) -> dict[date, float]:
    answer = market.bars(symbol, "1d", date(2023, 1, 1))
    return {each.ex_date: each.value for each in answer.data.actions if each.kind is ActionKind.SPLIT}


def test_the_sample_is_whole_and_follows_the_markets_own_actions(market: Market) -> None:
    made = sample(market, TODAY)
    assert made.simulated
    assert made.missing == ()
    assert sample(market, TODAY) is made
    assert [row.checked() for row in made.transactions] == list(made.transactions)
    assert all(row.on < TODAY for row in made.transactions)
    assert len({row.external_id for row in made.transactions}) == len(made.transactions)
    _what_was_told_stays(market, made)
    ledger = replay(made.accounts, numbered(made.transactions))
    assert ledger.findings == ()
    assert 12 <= len(ledger.holdings) <= len(SYMBOLS)
    assert {each.currency for each in ledger.holdings} == {"INR", "USD"}
    assert all(amount >= 0 for purses in ledger.cash.values() for amount in purses.values())
    assert {Kind.BONUS, Kind.SPLIT, Kind.DIVIDEND, Kind.SELL} <= {row.kind for row in made.transactions}
    for row in made.transactions:
        if row.kind in {Kind.BONUS, Kind.SPLIT}:
            assert row.ratio_new is not None
            factor = float(row.ratio_new) + (1.0 if row.kind is Kind.BONUS else 0.0)
            assert splits_of(market, row.symbol)[row.on] == factor
    _traded_at_the_closes_of_the_day(market, made)


def _what_was_told_stays(market: Market, made: Sample) -> None:
    """What was told of past days two weeks ago is what is told today."""
    earlier = build(market, TODAY - timedelta(days=14)).transactions
    assert earlier == made.transactions[: len(earlier)]


def _traded_at_the_closes_of_the_day(market: Market, made: Sample) -> None:
    later = [(day, ratio) for day, ratio in splits_of(market, "LT.NS").items()]
    assert later
    frame = market.bars("LT.NS", "1d", date(2023, 1, 1)).data.frame
    closes = {stamp.tz_convert("Asia/Kolkata").date(): float(close) for stamp, close in frame["close"].items()}
    rows = [row for row in made.transactions if row.symbol == "LT.NS" and row.kind in {Kind.BUY, Kind.SELL}]
    assert rows
    for row in rows:
        level = 1.0
        for day, ratio in later:
            level *= ratio if day > row.on else 1.0
        assert row.price == Decimal(repr(closes[row.on] * level)).quantize(Decimal("0.01"))


def test_loading_twice_adds_nothing_and_taking_it_back_leaves_what_is_mine(market: Market) -> None:
    asha = registered()
    first = sample_booking.load(asha, market)
    assert (first.added, first.duplicates) == (len(sample_booking.prepare(market).transactions), 0)
    assert sample_booking.load(asha, market).added == 0
    assert {each.name for each in book.accounts(asha)} == {each.name for each in ACCOUNTS}
    mine = book.accounts(asha)[INDIA - 1]
    book.add(
        asha,
        Transaction(None, mine.id, Kind.DEPOSIT, date(2026, 11, 2), amount=Decimal(500), currency="INR"),
    )
    assert sample_booking.remove(asha) == first.added
    assert sample_booking.remove(asha) == 0
    assert book.transactions(asha).total == 1
    assert [each.closed for each in book.accounts(asha)] == [False, True]
    assert sample_booking.load(asha, market).added == first.added
    assert not any(each.closed for each in book.accounts(asha))


def test_without_prices_nothing_is_stored(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    asha = registered("ravi")
    gone = {symbol: UnknownSymbol(symbol) for symbol in SYMBOLS}
    monkeypatch.setattr(market, "bars_many", lambda *_args, **_kwargs: gone)
    with pytest.raises(sample_booking.SampleAway, match="no prices"):
        sample_booking.load(asha, market)
    assert book.accounts(asha) == ()
