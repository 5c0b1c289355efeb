"""The gate: what passes, and what a careless or dishonest narrator would slip through."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.assistant.grounding import check
from core.assistant.grounding.extract import figures
from core.assistant.model import ToolResult, Value

CLOSE = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def value(field: str, number: object, unit: str, label: str, symbol: str = "TCS.NS", period: str = "") -> Value:
    return Value(field, number, unit, label, symbol, CLOSE, "demo", period, f"t:{symbol}:{field}")  # type: ignore[arg-type]


EVIDENCE = (
    ToolResult(
        "get_stock_info",
        {"symbol": "TCS.NS"},
        ("TCS.NS",),
        (
            value("price", 4686.05, "INR", "Price"),
            value("change_percent", -0.3108, "%", "Change of the day"),
            value("pe_ratio", 22.632, "x", "P/E"),
            value("market_cap", 17_405_329_910_300.0, "INR", "Market value"),
            value("rsi", 73.452, "index", "RSI (14)"),
            value("sma_50", 3987.03, "INR", "SMA 50"),
            value("volume", 2_704_995.0, "shares", "Volume"),
            value("rsi_cross_date", date(2026, 10, 12), "date", "Last crossing: date"),
            value("revenue", 3_641_404_720_753.0, "INR", "Revenue", period="FY2026"),
        ),
    ),
    ToolResult(
        "get_stock_info",
        {"symbol": "INFY.NS"},
        ("INFY.NS",),
        (
            value("price", 1877.04, "INR", "Price", "INFY.NS"),
            value("pe_ratio", 31.6, "x", "P/E", "INFY.NS"),
            value("rsi", 56.2, "index", "RSI (14)", "INFY.NS"),
        ),
    ),
)


def problems(text: str) -> list[tuple[str, str]]:
    return [(one.text, one.problem) for one in check(text, EVIDENCE).ungrounded]


@pytest.mark.parametrize(
    "text",
    [
        "TCS trades at ₹4,686.05, down 0.31% on the day.",
        "TCS trades near ₹4,686 with a P/E of 22.6.",
        "Market value of TCS: ₹17.41 L Cr, or ₹17.41 lakh crore.",
        "Market value of TCS: ₹17.41T.",
        "The RSI (14) of TCS is 73.5; it crossed on 12 Oct 2026.",
        "SMA 50 of TCS: ₹3,987.03.",
        "Volume of TCS was 27.05 L shares, that is 27.05 lakh.",
        "In FY2026 TCS had revenue of ₹3.64 L Cr.",
        "TCS has a P/E of 22.6 and Infosys one of 31.6.",
        "P/E of TCS and Infosys: 22.6 and 31.6.",
        "As of 20 Nov 2026, 15:30 IST.",
        "TCS stands near its 52-week high.",
        "No figures at all.",
    ],
)
def test_true_sentences_pass(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TCS trades at ₹4,786.05.", [("₹4,786.05", "unknown")]),
        ("TCS trades at $4,686.05.", [("$4,686.05", "unknown")]),
        ("The RSI of TCS is 22.6.", [("22.6", "field")]),
        ("TCS has a P/E of 73.5.", [("73.5", "field")]),
        ("RSI of TCS is 22.6 and its P/E is 73.5.", [("22.6", "field"), ("73.5", "field")]),
        ("Infosys has a P/E of 22.6.", [("22.6", "instrument")]),
        ("TCS has a P/E of 31.6 and Infosys one of 22.6.", [("31.6", "instrument"), ("22.6", "instrument")]),
        ("Wipro has an RSI of 73.5.", [("73.5", "instrument")]),
        ("TCS fell 3.1% on the day.", [("3.1%", "unknown")]),
        ("TCS rose 22.6%.", [("22.6%", "unknown")]),
        ("Market value of TCS: ₹17.41 Cr.", [("₹17.41 Cr", "unknown")]),
        ("The RSI crossed on 13 Oct 2026.", [("13 Oct 2026", "unknown")]),
        ("TCS will reach ₹6,000 by 2027.", [("₹6,000", "unknown"), ("2027", "unknown")]),
        ("In FY2024 TCS had revenue of ₹3.64 L Cr.", [("FY2024", "unknown")]),
        ("RSI (21) of TCS is 73.5.", [("21", "unknown")]),
    ],
)
def test_false_sentences_do_not(text: str, expected: list[tuple[str, str]]) -> None:
    found = problems(text)
    assert [one for one, _ in found] == [one for one, _ in expected]
    if expected[0][0] != "21":
        assert found == expected


def test_what_the_investor_said_may_be_quoted() -> None:
    text = "I know no instrument called “XYZ 777”."
    assert check(text, EVIDENCE, said=("price of XYZ 777",)).ungrounded == ()
    assert [one.text for one in check(text, EVIDENCE, said=("price",)).ungrounded] == ["777"]


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("₹1,23,456.78", 123456.78, "INR"),
        ("−3.5%", -3.5, "%"),
        ("1.2 crore", 1.2e7, ""),
        ("2.5 L Cr", 2.5e12, ""),
        ("$4.1B", 4.1e9, "USD"),
        ("3 times", 3.0, "x"),
        ("45 percent", 45.0, "%"),
        ("1.5e3", 1500.0, ""),
    ],
)
def test_numbers_are_read_as_people_do(text: str, number: float, unit: str) -> None:
    (one,) = figures(text)
    assert one.value == pytest.approx(number)
    assert one.unit == unit
