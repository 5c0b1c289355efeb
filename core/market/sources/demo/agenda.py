"""Results, ex-dividend and split dates of simulated companies, past and as far ahead as they are announced."""

from __future__ import annotations

from datetime import date, timedelta

from core.market.model import AssetClass, Event, Instrument
from core.market.sources.demo.company import Accounts
from core.market.sources.demo.corporate import splits
from core.market.sources.demo.paths import DailyPath

CONFIRMED_AHEAD = timedelta(days=21)
FORESEEN_AHEAD = timedelta(days=100)
_SPLIT_NOTICE = timedelta(days=30)
_QUARTER = {3: "January to March", 6: "April to June", 9: "July to September", 12: "October to December"}


def events(
    seed: int, instrument: Instrument, accounts: Accounts | None, path: DailyPath, today: date
) -> tuple[Event, ...]:
    """Everything known on ``today``, oldest first.

    Results are foreseen about a quarter ahead with an estimate of earnings per share, confirmed three weeks ahead, and
    have the actual figure once filed. Dividends are known from their declaration, splits thirty days ahead.
    """
    if instrument.asset_class is not AssetClass.STOCK or accounts is None:
        return ()
    symbol, found = instrument.symbol, []
    for quarter in accounts.quarters:
        result = quarter.results
        if result.filed_on > today + FORESEEN_AHEAD:
            break
        actual = quarter.income["basic_eps"]
        filed = result.filed_on <= today
        end = result.period_end
        found.append(
            Event(
                symbol,
                "results",
                result.filed_on,
                f"Simulated results, {_QUARTER[end.month]} {end.year}",
                estimate=round(actual * (1.0 - 0.05 * result.surprise), 2),
                actual=round(actual, 2) if filed else None,
                confirmed=result.filed_on <= today + CONFIRMED_AHEAD,
            )
        )
    for dividend in path.dividends:
        if dividend.declared_on <= today:
            title = f"Simulated dividend of {dividend.amount:g} {instrument.currency} a share"
            found.append(Event(symbol, "ex_dividend", dividend.ex_date, title, actual=dividend.amount))
            if instrument.calendar == "XBOM" or dividend.ex_date <= today:
                paid = dividend.ex_date + timedelta(days=21)
                found.append(Event(symbol, "dividend_pay", paid, f"{title} paid", actual=dividend.amount))
    for split in splits(seed, instrument):
        if split.ex_date <= today + _SPLIT_NOTICE:
            title = f"Simulated split, {split.ratio:g} new shares for 1"
            found.append(Event(symbol, "split", split.ex_date, title, actual=split.ratio))
    return tuple(sorted(found, key=lambda each: (each.on, each.kind)))
