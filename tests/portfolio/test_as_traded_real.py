"""Split-adjusted closes brought back to what the exchange printed, on real series where they are there.

The ratios and days are those at which exchange closes and adjusted closes part, known from the two files themselves.
"""

import numpy as np
import pandas as pd
import pytest

from core.portfolio.prices import as_traded, calendar, day_number
from tests.portfolio.small_ledgers import day
from tests.shared import SHARED

SPLITS = {
    "INFY": [("2004-07-01", 4), ("2006-07-13", 2), ("2014-12-02", 2), ("2015-06-15", 2), ("2018-09-04", 2)],
    "HDFCBANK": [("2011-07-14", 5), ("2019-09-19", 2)],
    "ITC": [("2005-09-21", 15), ("2010-08-03", 2), ("2016-07-01", 1.5)],
}


def _read(folder, name):
    adjusted = pd.read_csv(folder / "nse_daily_yahoo" / f"{name}.csv.gz", skiprows=3, header=None, compression="gzip")
    raw = pd.read_csv(folder / "nse_daily_exchange" / f"{name}.csv.gz", compression="gzip")
    return (
        pd.Series(adjusted[2].to_numpy(float), pd.to_datetime(adjusted[0])),
        pd.Series(raw["Close"].to_numpy(float), pd.to_datetime(raw["Date"])),
    )


@pytest.mark.parametrize("name", [] if SHARED is None else sorted(SPLITS))
def test_as_traded_closes_are_those_the_exchange_printed(name):
    assert SHARED is not None
    adjusted, raw = _read(SHARED, name)
    days = calendar(day("2001-01-01"), day("2021-04-30"))
    numbers = adjusted.index.to_numpy().astype("datetime64[D]").astype(np.int64)
    splits = [(day_number(day(on)), ratio) for on, ratio in SPLITS[name]]
    close = pd.Series(as_traded(days, numbers, adjusted.to_numpy(), splits, splits), days.astype("datetime64[D]"))
    both = pd.concat([close, raw], axis=1, join="inner").dropna()
    apart = np.abs(both.iloc[:, 0] / both.iloc[:, 1] - 1)
    assert len(both) > 4_500
    assert apart.median() < 1e-3
    # The files have faults of their own (days at another level); they are few.
    assert (apart > 0.02).mean() < 0.01
