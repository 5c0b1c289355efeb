"""What a question says: words, instruments, spans of time, sums, arguments."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assistant.arithmetic import expression
from core.assistant.plan import plan
from core.assistant.resolve import find
from core.assistant.sentence import sentence
from core.assistant.spans import days_in, interval_in, span_in
from core.assistant.words import clean, corrected, plain, read

TODAY = date(2026, 11, 18)


def normal(question: str) -> str:
    asked = read(question)
    return sentence(asked, find(asked)).text.strip()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("hdfcbank ka support kahan hai", "§ of support where is"),
        ("What's TCS's P/E?", "what is § pe"),
        ("tcs suport and resistence", "§ support and resistance"),
        ("news on banking stocks", "news on _sector_ stocks"),
        ("6mo chart of nifty 50", "6 month chart of §"),
    ],
)
def test_a_question_has_a_normal_form(question: str, expected: str) -> None:
    assert normal(question) == expected


@pytest.mark.parametrize(
    ("word", "meant"), [("suport", "support"), ("divident", "dividend"), ("kitna", "how much"), ("prise", "price")]
)
def test_slips_and_hinglish_become_plain_words(word: str, meant: str) -> None:
    assert plain(word) == meant


def test_a_plain_word_is_never_corrected() -> None:
    assert corrected("support") is None
    assert corrected("xq") is None


def test_markup_and_invisible_characters_are_no_part_of_a_question() -> None:
    assert clean("<b>TCS</b>\x00 price\u200b<script>alert(1)</script>") == "TCS price"
    assert clean("rsi < 30 and pe > 5") == "rsi < 30 and pe > 5"


@pytest.mark.parametrize(
    ("question", "symbols"),
    [
        ("compare tcs and hdfc bank", ["TCS.NS", "HDFCBANK.NS"]),
        ("L&T vs M&M", ["LT.NS", "M&M.NS"]),
        ("NSE:INFY or $AAPL", ["INFY.NS", "AAPL"]),
        ("moicrosoft price", ["MSFT"]),
        ("titn results", ["TITAN.NS"]),
        ("tcska rsi", ["TCS.NS"]),
        ("50 MA of wipro", ["WIPRO.NS"]),
        ("what is the cost of trading on the nse", []),
        ("COST price", ["COST"]),
        ("which IT stocks are good", []),
        ("outlook of the oil sector", []),
        ("OIL share price", ["OIL.NS"]),
        ("is it a good idea", []),
        ("vodafone idea chart", ["IDEA.NS"]),
        ("rupee against the dollar", ["INR=X"]),
        ("dr reddy's results", ["DRREDDY.NS"]),
        ("BSE:500325", ["RELIANCE.BO"]),
    ],
)
def test_instruments_are_found_among_the_words(question: str, symbols: list[str]) -> None:
    assert list(find(read(question)).symbols) == symbols


def test_a_family_is_asked_about_and_a_stranger_named() -> None:
    tata = find(read("price of tata"))
    assert tata.doubts[0].text == "tata"
    assert "TCS.NS" in tata.doubts[0].candidates
    assert find(read("Reliance Power price")).unknown == ("Reliance Power",)
    assert find(read("price of XYZQW")).unknown == ("XYZQW",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" last 6 month ", "6mo"),
        (" last year ", "1y"),
        (" this year ", "ytd"),
        (" since january ", "2026-01-01.."),
        (" since december ", "2025-12-01.."),
        (" from 2020 to 2022 ", "2020-01-01..2022-12-31"),
        (" in 2023 ", "2023-01-01..2023-12-31"),
        (" fy 2025 ", "2024-04-01..2025-03-31"),
        (" over 4 year ", "2022-11-18.."),
        (" 50 day moving average ", None),
        (" 52 week high ", None),
        (" price of § ", None),
        (" all time ", "max"),
    ],
)
def test_spans_of_time(text: str, expected: str | None) -> None:
    assert span_in(text, TODAY) == expected


def test_days_and_intervals() -> None:
    assert days_in(" close on 3 march 2025 ", TODAY) == [date(2025, 3, 3)]
    assert days_in(" on 31 february ", TODAY) == []
    assert interval_in(" weekly rsi ") == "1wk"
    assert interval_in(" 15 minute candles ") == "15m"
    assert interval_in(" rsi ") is None


@pytest.mark.parametrize(
    ("question", "sum_"),
    [
        ("what is 15% of 2,40,000", "15% * 240000"),
        ("3500 * 12", "3500 * 12"),
        ("CAGR from 100 to 180 in 4 years", "cagr(100, 180, 4)"),
        ("sip of 5000 for 20 years at 12%", "sip(5000, 12, 20)"),
        ("emi on 20 lakh at 9% for 15 years", "emi(2000000, 9, 15)"),
        ("percent change from 820 to 905", "change(820, 905)"),
        ("RSI of TCS", None),
        ("2026-03-10", None),
    ],
)
def test_sums(question: str, sum_: str | None) -> None:
    assert expression(question) == sum_


@pytest.mark.parametrize(
    ("question", "tool", "args"),
    [
        ("rsi 21 of sbi weekly", "get_rsi", {"symbol": "SBIN.NS", "length": 21, "interval": "1wk"}),
        ("macd 8 21 5 of reliance", "get_macd", {"symbol": "RELIANCE.NS", "fast": 8, "slow": 21, "signal": 5}),
        ("20 ema of bank nifty", "get_moving_averages", {"symbol": "^NSEBANK", "lengths": "20", "kind": "ema"}),
        ("IT stocks with PE below 25", "search_stocks", {"sector": "IT", "max_pe": 25.0, "sort": "pe"}),
        (
            "alert me if TCS falls 5 percent",
            "create_alert",
            {"symbol": "TCS.NS", "condition": "change_pct", "level": -5.0},
        ),
        (
            "set an alert for nifty 50 above 26,000",
            "create_alert",
            {"symbol": "^NSEI", "condition": "above", "level": 26000.0},
        ),
        ("top 200 gainers", "get_market_movers", {"limit": 25, "which": "gainers"}),
        (
            "chart of sbi with rsi and 50 dma",
            "create_technical_chart",
            {"symbol": "SBIN.NS", "indicators": "rsi,sma:50"},
        ),
    ],
)
def test_arguments(question: str, tool: str, args: dict[str, object]) -> None:
    call = plan(question, today=TODAY).calls[0]
    assert (call.name, dict(call.args)) == (tool, args)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_plan(text: str) -> None:
    found = plan(text, today=TODAY)
    assert found.outcome in {"answered", "clarify", "declined", "not_found"}
    assert found.calls or found.message


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00\x01\x02", "?" * 50, "<script>alert(1)</script>", "\ud83d\ude80", "a" * 50_000]
)
def test_bad_input_is_asked_back(text: str) -> None:
    found = plan(text, today=TODAY)
    assert found.outcome in {"clarify", "not_found"}
    assert found.message
    assert not found.calls
