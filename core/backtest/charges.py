"""Presets of costs: what named markets and brokers really charge, by date.

The Indian rows follow published rates: securities transaction tax (Finance (No. 2) Act 2004, section 98, as amended by
the Finance Acts 2012 and 2013), exchange transaction charges (circulars of NSE), turnover fees of SEBI
(Stock Brokers Regulations, Schedule V), stamp duty (Indian Stamp Act as amended by the Finance Act 2019, uniform from
2020-07-01; Maharashtra's rate before), service tax and its cesses until 2017-06-30, GST from 2017-07-01. Brokerage and
the depository's charge are those of a discount broker as published by Zerodha. The US rows are Section 31 fees (SEC fee
rate advisories) and the fixed tier that Interactive Brokers publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from core.backtest.costs import FREE, Costs, Fees
from core.backtest.errors import BadRule

# Percentages of the traded value.
_STT_DELIVERY = 0.1  # both sides, since 2012-07-01
_STT_INTRADAY = 0.025  # sold side
_NSE = (
    (date(2012, 7, 1), 0.00325),
    (date(2021, 1, 1), 0.00345),
    (date(2023, 4, 1), 0.00325),
    (date(2024, 4, 1), 0.00322),
    (date(2024, 10, 1), 0.00297),
)
_SEBI = (
    (date(2012, 7, 1), 0.0002),
    (date(2018, 7, 20), 0.00015),
    (date(2019, 4, 1), 0.0001),
    (date(2020, 6, 1), 0.00005),
    (date(2021, 4, 1), 0.0001),
)
_TAX = (
    (date(2012, 7, 1), 12.36),
    (date(2015, 6, 1), 14.0),
    (date(2015, 11, 15), 14.5),
    (date(2016, 6, 1), 15.0),
    (date(2017, 7, 1), 18.0),
)
_STAMP_BOTH = 0.01  # Maharashtra, delivery, both sides, until 2020-06-30
_STAMP_BOTH_INTRADAY = 0.002
_STAMP = date(2020, 7, 1)
_STAMP_BOUGHT = 0.015
_STAMP_BOUGHT_INTRADAY = 0.003
_DEPOSITORY = ((date(2012, 7, 1), 13.5), (date(2024, 10, 1), 13.0))  # a sold instrument and day, before tax

_SECTION_31 = (  # US dollars a million sold
    (date(2020, 2, 18), 22.10),
    (date(2021, 2, 25), 5.10),
    (date(2022, 5, 14), 22.90),
    (date(2023, 2, 27), 8.00),
    (date(2024, 5, 22), 27.80),
    (date(2025, 5, 14), 0.0),
)

_INDIA = "Finance Acts (STT), NSE circulars, SEBI Schedule V, Indian Stamp Act, CGST Act; brokerage as Zerodha"


def presets() -> tuple[Costs, ...]:
    """Every preset, its name and source inside."""
    return _PRESETS


def preset(name: str) -> Costs:
    """The preset of that name. Raises BadRule listing those there are."""
    key = str(name).strip().lower().replace("-", "_")
    for one in _PRESETS:
        if one.name == key:
            return one
    raise BadRule("costs", name, f"the presets are {', '.join(one.name for one in _PRESETS)}")


def _at(table: tuple[tuple[date, float], ...], day: date) -> float:
    return [value for since, value in table if since <= day][-1]


def _india(exchange: tuple[tuple[date, float], ...], *, intraday: bool) -> Iterator[Fees]:
    turning = {since for table in (exchange, _SEBI, _TAX, _DEPOSITORY) for since, _ in table} | {_STAMP}
    for day in sorted(turning):
        tax = _at(_TAX, day)
        # Tax is due on what exchange and SEBI charge as well, not on STT and stamp duty.
        served = (_at(exchange, day) + _at(_SEBI, day)) * (1.0 + tax / 100.0)
        if day < _STAMP:
            both = _STAMP_BOTH_INTRADAY if intraday else _STAMP_BOTH
            stamp_bought, stamp_sold = both, both
        else:
            stamp_bought, stamp_sold = (_STAMP_BOUGHT_INTRADAY if intraday else _STAMP_BOUGHT), 0.0
        if intraday:
            yield Fees(
                commission_percent=0.03,
                maximum=20.0,
                tax_percent=tax,
                buy_percent=served + stamp_bought,
                sell_percent=served + stamp_sold + _STT_INTRADAY,
                since=day,
            )
        else:
            yield Fees(
                tax_percent=tax,
                buy_percent=served + stamp_bought + _STT_DELIVERY,
                sell_percent=served + stamp_sold + _STT_DELIVERY,
                per_sell=_at(_DEPOSITORY, day) * (1.0 + tax / 100.0),
                since=day,
            )


def _of(name: str, source: str, slippage: float, *rows: Fees) -> Costs:
    return Costs(commission_percent=0.0, slippage_percent=slippage, schedule=rows, name=name, source=source)


_PRESETS: tuple[Costs, ...] = (
    Costs(name="default", source="0.05 % commission and 0.1 % slippage a side"),
    FREE,
    _of("nse_delivery", _INDIA, 0.1, *_india(_NSE, intraday=False)),
    _of("nse_intraday", _INDIA, 0.05, *_india(_NSE, intraday=True)),
    _of(
        "us_no_commission",
        "SEC fee rate advisories (Section 31)",
        0.05,
        *(Fees(sell_percent=rate / 10_000.0, since=since) for since, rate in _SECTION_31),
    ),
    _of(
        "us_per_share",
        "Interactive Brokers, fixed: 0.005 a share, at least 1, at most 1 % of the value",
        0.05,
        Fees(per_share=0.005, minimum=1.0, maximum_percent=1.0),
    ),
    _of("crypto_taker", "0.1 % a side, the usual taker fee of spot exchanges", 0.05, Fees(commission_percent=0.1)),
)
