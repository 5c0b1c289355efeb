"""When statements count as known where the vendor does not say."""

from datetime import date

import pytest

from core.market.instruments import by_symbol, infer
from core.market.model import Period
from core.market.sources.filing import known_on

YEAR_ENDS = {date(2024, 3, 31), date(2025, 3, 31)}


@pytest.mark.parametrize(
    ("symbol", "period", "end", "expected"),
    [
        ("RELIANCE.NS", Period.QUARTERLY, date(2024, 6, 30), date(2024, 8, 14)),
        ("RELIANCE.NS", Period.QUARTERLY, date(2025, 3, 31), date(2025, 5, 30)),
        ("RELIANCE.NS", Period.ANNUAL, date(2025, 3, 31), date(2025, 5, 30)),
        ("RELIANCE.NS", Period.TTM, date(2025, 3, 31), date(2025, 5, 30)),
        ("RELIANCE.NS", Period.TTM, date(2024, 12, 31), date(2025, 2, 14)),
        ("AAPL", Period.QUARTERLY, date(2024, 6, 30), date(2024, 8, 14)),
        ("AAPL", Period.ANNUAL, date(2025, 3, 31), date(2025, 6, 14)),
        ("SAP.DE", Period.QUARTERLY, date(2024, 6, 30), date(2024, 8, 29)),
    ],
)
def test_the_last_day_the_law_allows(symbol: str, period: Period, end: date, expected: date) -> None:
    assert known_on(by_symbol(symbol) or infer(symbol), period, end, YEAR_ENDS) == expected
