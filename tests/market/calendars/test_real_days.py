"""The Indian calendar against days on which NSE stocks really traded (collected where that data is)."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from core.market.calendars import calendar
from tests.shared import SHARED

DAILY = sorted((SHARED / "nse_daily_exchange").glob("*.csv.gz")) if SHARED else []
INTRADAY = sorted((SHARED / "nse_intraday_5m").glob("*.csv.gz")) if SHARED else []


if DAILY:

    def test_every_day_of_real_trading_is_a_session_and_the_other_way_round() -> None:
        traded: set[date] = set()
        for path in DAILY:
            frame = pd.read_csv(path, usecols=["Date", "Volume"])
            traded |= set(pd.to_datetime(frame.loc[frame["Volume"] > 0, "Date"]).dt.date)
        sessions = set(calendar("XBOM").sessions(min(traded), max(traded)))
        assert len(traded) > 5000
        assert traded == sessions


if INTRADAY:

    @pytest.mark.parametrize("path", INTRADAY, ids=lambda path: path.name.split(".")[0])
    def test_every_real_five_minute_bar_lies_in_a_session(path: Path) -> None:
        starts = pd.DatetimeIndex(pd.to_datetime(pd.read_csv(path, usecols=["date"])["date"])).tz_convert("UTC")
        market = calendar("XBOM")
        outside = [start for start in starts.unique() if not market.is_open(start.to_pydatetime())]
        assert outside == []
        closes = market.bar_close("5m", starts, "Asia/Kolkata")
        assert ((closes - starts) == pd.Timedelta(minutes=5)).all()
