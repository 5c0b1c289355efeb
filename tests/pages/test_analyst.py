"""The Analyst page: asking, what stands beside an answer, its ways on, and texts that stay texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from components.assistant import dropped, evidence, saving
from components.assistant.displays import markdown_table, page_of
from components.assistant.figures import drawn
from components.assistant.limits import words
from components.assistant.wording import safe, with_proofs
from components.theme import DARK
from core.accounts import limits
from core.accounts.limits import Standing
from core.accounts.model import Account
from core.assistant import asking, chats, drafts
from core.assistant.model import Annotation, Figure, Level, Series, Table, Zone
from core.assistant.proofs import proofs
from core.market.service import Market
from tests.assistant.scripted import DAYS, Analyst, answer, figure
from tests.pages.conftest import open_page
from tests.pages.people import Browser, hold, press, registered, said


@pytest.fixture
def browser(demo_desk: Market, monkeypatch: pytest.MonkeyPatch) -> Browser:
    return hold(monkeypatch)


@pytest.fixture
def analyst(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Analyst]:
    scripted = Analyst()
    monkeypatch.setattr(asking, "_beating", True)
    monkeypatch.setattr(asking, "narrate", scripted)
    yield scripted
    scripted.go.set()
    for number in list(asking._runs):
        asking.wait(number, 10)


@pytest.fixture
def me(browser: Browser, analyst: Analyst) -> Account:
    return browser.sign_in(registered())


def page(**query: str) -> AppTest:
    at = open_page("pages/analyst.py", **query)
    assert not at.exception
    assert "could not be shown" not in said(at)
    return at


def asked(account: Account, question: str = "RSI of TCS") -> asking.Asked:
    made = asking.ask(account, question)
    assert asking.wait(made.answer_id, 20)
    return made


def html_of(at: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def test_chats_are_listed_when_the_menu_is_open(me: Account, analyst: Analyst) -> None:
    asked(me, "RSI of TCS")
    chats.pin(me, asked(me, "Gold **now**").chat_id, True)
    at = page()
    assert "RSI of TCS" not in [button.label for button in at.button]
    at.session_state["analyst_chats"] = True
    at = at.run()
    assert not at.exception
    labels = [button.label for button in at.button]
    assert labels.index(":material/push_pin: Gold \\*\\*now\\*\\*") < labels.index("RSI of TCS")
    at = press(at, "RSI of TCS")
    assert not at.exception
    assert "The RSI of TCS is" in said(at)


def test_who_is_signed_out_sees_questions_and_one_click(browser: Browser) -> None:
    at = page()
    assert "Ask in your own words" in said(at)
    labels = [button.label for button in at.button]
    assert "Compare TCS with Infosys over a year" in labels
    assert "Try the desk" in labels
    assert not at.chat_input


def test_a_suggestion_is_asked_with_one_click_and_answered_with_everything(me: Account, analyst: Analyst) -> None:
    at = page()
    at = press(at, "How is the Nifty doing today?")
    assert not at.exception
    assert at.query_params["chat"] == str(chats.listed(me).rows[0].id)
    text = said(at)
    assert "The RSI of TCS is [61.2](#proof-" in text
    assert "RSI (14) · TCS.NS" in text, "the proof is told when pointed at"
    assert "Verified 1 of 1 figures" in text
    assert "Simulated" in text
    assert "One bar is missing." in text
    assert "| P/E | 24.10x |" in text
    (chart,) = at.get("plotly_chart")
    assert "RSI over 14 bars" in str(chart.proto)
    assert "Evidence: 1 figure" in html_of(at)
    assert "MACD of TCS" in [button.label for button in at.button], "ways on"
    assert "9 of 10 questions left this minute" in text


def test_what_is_typed_is_asked_in_the_open_chat(me: Account, analyst: Analyst) -> None:
    made = asked(me)
    at = page(chat=str(made.chat_id))
    at.chat_input[0].set_value("and its PE?").run()
    assert not at.exception
    assert [one.text for one in chats.messages(me, made.chat_id) if one.role == "user"] == ["RSI of TCS", "and its PE?"]
    assert analyst.asked[-1][1][0].symbols == ("TCS.NS",)


def test_while_it_is_written_there_are_steps_and_a_stop(
    me: Account, analyst: Analyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst.hold()
    made = asking.ask(me, "RSI of TCS")
    assert analyst.begun.wait(20)
    at = page(chat=str(made.chat_id))
    assert [status.label for status in at.status] == ["RSI :gray[42 ms]"]
    at = press(at, "Stop")
    analyst.go.set()
    assert "You stopped this answer" in said(at.run())
    assert chats.messages(me, made.chat_id)[-1].state == "stopped"


def test_a_question_is_edited_asked_anew_and_the_old_one_is_found(me: Account, analyst: Analyst) -> None:
    made = asked(me)
    at = press(page(chat=str(made.chat_id)), "Edit")
    at.text_area[0].set_value("RSI of Infosys")
    at = press(at, "Ask again")
    assert not at.exception
    now = chats.messages(me, made.chat_id)
    assert now[0].text == "RSI of Infosys"
    assert len(now) == 2
    assert "RSI of Infosys" in said(at)
    assert [one.label for one in at.expander if one.label == "Earlier versions"]


def test_an_address_fills_the_input_and_sends_nothing(me: Account, analyst: Analyst) -> None:
    at = page(q="How is TCS? \x00")
    assert at.chat_input[0].proto.value == "How is TCS? "
    assert analyst.asked == []


def test_a_full_limit_says_when_and_keeps_the_question(me: Account, analyst: Analyst) -> None:
    for _ in range(10):
        limits.take(me, "elsewhere")
    at = page()
    assert "No question left this minute, again from" in said(at)
    at.chat_input[0].set_value("one too many").run()
    assert not at.exception
    assert "Try again in" in said(at)
    assert drafts.load(me, None) == "one too many"
    assert chats.listed(me).total == 0


@pytest.mark.parametrize("chat", ["nonsense", "00000000-0000-0000-0000-000000000000", "somebody's"])
def test_a_chat_that_is_not_mine_is_not_there(me: Account, chat: str) -> None:
    address = str(asked(registered("ravi"), "ravi's secret").chat_id) if chat == "somebody's" else chat
    at = page(chat=address)
    assert "ravi's secret" not in said(at)
    assert "Analyst" in said(at)
    assert ("not there any more" in said(at)) == (chat != "nonsense")


def test_texts_of_investors_and_vendors_stay_texts(me: Account, analyst: Analyst) -> None:
    made = asked(me, "<script>alert(1)</script> **b** [x](https://evil.example) $a$ :red[y]")
    text = said(page(chat=str(made.chat_id)))
    assert "<script>" not in text
    assert "](https://evil" not in text.replace("\\](https", "").replace("\\]\\(https", "")
    assert ":red[y" not in text.replace("\\:red", "")


def test_a_thumb_is_kept_with_its_reason(me: Account, analyst: Analyst) -> None:
    made = asked(me)
    at = page(chat=str(made.chat_id))
    at.feedback[0].set_value(0).run()
    assert not at.exception
    assert chats.messages(me, made.chat_id)[-1].good is False
    assert "Keep" in [button.label for button in at.button], "and asks why"


# -- what is drawn and written ---------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("[]()<>$!~*\\`:/aw.@1 \nhttps"), max_size=40))
def test_no_text_of_others_makes_links_pictures_formulas_or_html(text: str) -> None:
    kinds = {
        token.type
        for block in MarkdownIt("commonmark", {"linkify": False}).parse(safe(text))
        for token in block.children or (block,)
    }
    assert not kinds & {"link_open", "image", "html_inline"}
    assert safe(safe(text)) == safe(text), "what is escaped stays"


def test_what_stays_in_an_answer() -> None:
    assert safe("**bold**\n\n- item `code`") == "**bold**\n\n- item `code`"
    assert safe("see https://evil.example, www.evil.example or a@evil.example") == (
        "see https\\://evil.example, www\\.evil.example or a\\@evil.example"
    )


def test_numbers_lead_to_their_proofs() -> None:
    whole = answer('RSI is **61.2** now ("so").')
    found = proofs(whole)
    told = with_proofs(whole.text, found, 7)
    assert told.startswith("RSI is **[61.2](#proof-7-1 ")
    assert 'id="proof-7-1"' in evidence.markup(found, 7)
    assert with_proofs("`61.2`", (replace(found[0], start=1, end=5),), 7) == "`61.2`", "code has no links"
    assert with_proofs("other", found, 7) == "other", "a place that does not fit is left alone"
    nasty = replace(found[0], label='"><script>')
    assert "<script>" not in evidence.markup((nasty,), 7)
    assert "<script>" not in with_proofs(whole.text, (nasty,), 7)


def test_a_badge_tells_verified_from_partly_verified() -> None:
    assert "green-badge[:material/verified: Verified 1 of 1 figures]" in evidence.badges(answer())
    partly = evidence.badges(answer(ungrounded=("42",)))
    assert "orange-badge[:material/rule: Verified 1 of 2 figures]" in partly


WORDS = ("A <b>", "B", "C")
NUMBERS = np.array([3.0, -1.5, np.nan])


@pytest.mark.parametrize(
    "shown",
    [
        figure(),
        replace(
            figure(),
            kind="candles",
            series=(
                Series(
                    "Price", DAYS.astype(np.int64), np.full(30, 10.0), "candle", ohlc=np.full((30, 4), 10.0), unit="INR"
                ),
                Series("Volume", DAYS.astype(np.int64), np.full(30, 2e7), "bar", "volume", "shares"),
            ),
            zones=(Zone(9.0, 11.0, "<i>", "support", datetime(2025, 10, 20, tzinfo=UTC)),),
            levels=(Level(10.5, "R1", "resistance"),),
            annotations=(Annotation(datetime(2025, 10, 20, tzinfo=UTC), 10.0, "<b>", "up"),),
        ),
        Figure("area", "t", "a", (Series("x", (DAYS + 33_300_000).astype(np.int64), np.arange(30.0), "area"),)),
        Figure("bars", "t", "a", (Series("x", WORDS, NUMBERS * 1e9, "bar", unit="INR"),), unit="INR"),
        Figure("histogram", "t", "a", (Series("x", WORDS, NUMBERS, "bar", unit="count"),)),
        Figure("pie", "t", "a", (Series("x", WORDS, NUMBERS, "bar", unit="%"),)),
        Figure("heatmap", "t", "a", (Series("x", WORDS, np.eye(3), "cells", rows=WORDS),)),
        Figure("treemap", "t", "a", (Series("x", WORDS, NUMBERS, "cells", rows=("",) * 3, colour_by=NUMBERS),)),
    ],
    ids=lambda shown: shown.kind,
)
def test_every_kind_of_figure_is_drawn_with_its_alternative(shown: Figure) -> None:
    picture = drawn(shown, DARK, "Asia/Kolkata")
    assert picture.alt == shown.alt
    assert len(picture.spec["data"]) >= 1
    picture.editable()  # plotly validates it
    assert "<b>" not in str(picture.spec).replace("<b>%{label}</b>", "")
    assert "<i>" not in str(picture.spec)


def test_nothing_to_draw_is_said() -> None:
    with pytest.raises(ValueError, match="a value to draw"):
        drawn(Figure("lines", "t", "a", ()), DARK, "Asia/Kolkata")


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("/charts?symbol=TCS.NS&range=6mo", ("pages/charts.py", {"symbol": "TCS.NS", "range": "6mo"})),
        ("/", ("pages/market.py", {})),
        ("//evil.example", None),
        ("https://evil.example", None),
        ("/nowhere", None),
        ("", None),
    ],
)
def test_a_figure_leads_to_pages_of_this_desk_only(link: str, target: tuple[str, dict[str, str]] | None) -> None:
    assert page_of(link) == target


def test_a_tables_rows_are_written_in_their_own_units() -> None:
    table = answer().displays[1]
    assert isinstance(table, Table)
    assert markdown_table(table).splitlines() == [
        "| Ratio | Value |",
        "| :-- | --: |",
        "| P/E | 24.10x |",
        "| Market value | ₹12.00 L Cr |",
        "| Yield | — |",
    ]


def test_a_saved_page_carries_its_figures_and_executes_no_text(me: Account, analyst: Analyst) -> None:
    made = asked(me, "<script>alert(1)</script>")
    chat = chats.get(me, made.chat_id)
    assert chat is not None
    page_bytes = saving.page(me, chat)
    html = page_bytes.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert(1)" not in html
    assert html.count("Plotly.newPlot") >= 1
    assert "RSI over 14 bars of TCS" in html
    assert 'href="https://evil' not in html
    assert "Evidence: 1 figure" in html
    assert saving.text(me, chat).startswith("# \\<script\\>")


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        (
            "tradebook.csv",
            b"symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,"
            b"order_execution_time\nTCS,INE467B01029,2024-01-02,NSE,EQ,EQ,buy,false,10,3500,1,2,2024-01-02T10:00:00\n",
            "broker",
        ),
        ("prices.csv", b"Date,Open,High,Low,Close,Volume\n2024-01-01,1,2,1,2,100\n", "prices"),
        ("noise.csv", bytes(range(256)), "prices"),
        ("huge.csv", b"x" * (dropped.MOST_BYTES + 1), "too large"),
    ],
)
def test_a_dropped_file_is_looked_at_and_nothing_is_booked(name: str, data: bytes, kind: str) -> None:
    assert dropped.look_at(name, data).kind == kind


def test_the_tightest_limit_is_told() -> None:
    at = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
    free = Standing("burst", None, 3, None, None)
    assert words((free,), "UTC") == ""
    assert words((Standing("burst", 10, 1, 9, at), Standing("daily", 500, 490, 10, at)), "UTC").endswith(
        "10 of 500 questions left today"
    )
    assert words((Standing("chat", 50, 50, 0, None),), "UTC") == "No question left in this chat; start a new chat."
