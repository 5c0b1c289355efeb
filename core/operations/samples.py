"""What a demo visitor finds on their desk: names to watch, charts, alerts that may fire, a portfolio, and a welcome."""

from __future__ import annotations

from decimal import Decimal

from core import clock
from core.accounts.model import Account
from core.market.service import market
from core.notices import outbox
from core.portfolio import sample_booking
from db.repositories.samples import SampleRepository
from db.session import unit_of_work

WATCHED = (
    "RELIANCE.NS",
    "TCS.NS",
    "HDFCBANK.NS",
    "MARUTI.NS",
    "SUNPHARMA.NS",
    "HINDUNILVR.NS",
    "LT.NS",
    "BTC-USD",
)
"""One name a sector, and one that trades at night and on Sundays."""

LAYOUTS: dict[str, dict[str, str]] = {
    "Trend of a year": {
        "symbol": "RELIANCE.NS",
        "range": "1y",
        "interval": "1d",
        "type": "candles",
        "ind": "sma:50,sma:200,rsi:14",
        "marks": "events,levels",
    },
    "Bank against the market": {
        "symbol": "HDFCBANK.NS",
        "range": "6mo",
        "interval": "1d",
        "type": "line",
        "compare": "^NSEI",
    },
}
"""Saved charts, in the words of the charts page's address (docs/charts.md)."""

ALERTS: tuple[tuple[str, Decimal, str], ...] = (
    ("^NSEI", Decimal(-1), "The market falls: look at what you watch"),
    ("BTC-USD", Decimal(2), "Trades around the clock"),
)
"""Symbol, change in a day in percent, note."""


def fill(account: Account) -> None:
    """Put the samples on an account's desk; a second time changes nothing.

    Raises:
        DatabaseProblem: the database does not answer; nothing was stored.
    """
    now = clock.now()
    with unit_of_work() as session:
        samples = SampleRepository(session, account.id, account.owner)
        samples.watch(WATCHED, now)
        samples.layouts(LAYOUTS, now)
        samples.alerts(ALERTS, now, account.expires_at)
        outbox.post(
            session,
            "welcome",
            to=None,
            account_id=account.id,
            key=f"{account.id}",
            context={"name": account.name, "user_name": account.user_name, "timezone": "Asia/Kolkata"},
        )
    # At the prices of vendors a click would wait for them: then the portfolio page loads it when it is opened.
    if not market().mode().live:
        sample_booking.load(account)
