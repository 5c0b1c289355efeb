"""The tone of headlines, and what is not known about moods elsewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

from core.assistant.errors import BadArguments
from core.assistant.lexicon import Tone, tone
from core.assistant.model import Column, Table, ToolResult
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.headlines import news_of
from core.assistant.tools.tool import body

SOURCE = "lexicon"


@body("get_sentiment_analysis")
def get_sentiment_analysis(evidence: Evidence) -> ToolResult:
    """Tone of a text, or of the recent headlines of an instrument."""
    text, symbol = evidence.text("text"), evidence.symbol
    if text:
        return _of_text(evidence, text)
    if not symbol:
        reason = "There is neither an instrument nor a text to read."
        raise BadArguments("get_sentiment_analysis", "symbol", reason, "Name an instrument, or give a text.")
    instrument = evidence.instrument()
    items, source, _ = news_of(evidence, symbol, evidence.whole("limit"))
    if not items:
        return evidence.missing(f"{source} has no headlines about {name_of(instrument)}, so there is no mood to read.")
    read = [(one, tone(f"{one.title}. {one.summary or ''}")) for one in items]
    counts = Counter(found.label for _, found in read)
    newest, oldest = items[0].published_at, items[-1].published_at
    # A headline loses half its weight with every ten places down the list: the newest decide.
    weights = [0.5 ** (place / 10.0) for place in range(len(read))]
    score = sum(weight * found.score for weight, (_, found) in zip(weights, read, strict=True)) / sum(weights)
    _score(evidence, score, newest, f"{source}, {SOURCE}")
    for label in ("positive", "negative", "neutral"):
        evidence.value(f"{label}_headlines", counts[label], "count", f"Headlines that sound {label}", as_of=newest,
                       source=f"{source}, {SOURCE}")  # fmt: skip
    evidence.value("headlines_read", len(read), "count", "Headlines read", as_of=newest, source=source)
    evidence.value("headlines_since", oldest.date(), "date", "Oldest of them", as_of=newest, source=source)
    _words(evidence, [found for _, found in read], newest)
    evidence.warn("Read with a word list; irony and context escape it.")
    evidence.show(
        Table(
            f"{name_of(instrument)}: tone of headlines",
            (Column("Published", "date"), Column("Headline", "text"), Column("Tone", "text"), Column("Score")),
            tuple((one.published_at, one.title, found.label, round(found.score, 3)) for one, found in read[:15]),
            note="Words of the publishers.",
        )
    )
    return evidence.result()


@body("get_social_sentiment")
def get_social_sentiment(evidence: Evidence) -> ToolResult:
    """Says that there is no source: no number is made up in its place."""
    instrument = evidence.instrument()
    return evidence.missing(
        f"Social sentiment of {name_of(instrument)} is not configured: no source of social media posts is connected. "
        "The tone of its headlines can be read instead (get_sentiment_analysis)."
    )


def _of_text(evidence: Evidence, text: str) -> ToolResult:
    found = tone(text)
    now = evidence.moment
    _score(evidence, found.score, now, SOURCE)
    _words(evidence, [found], now)
    if not found.words:
        evidence.warn("None of its words is in the list, so it reads as neutral.")
    return evidence.result()


def _score(evidence: Evidence, score: float, at: datetime, source: str) -> None:
    word = "positive" if score >= 0.15 else "negative" if score <= -0.15 else "neutral"
    evidence.value("sentiment", word, "text", "Tone", as_of=at, source=source)
    evidence.value("sentiment_score", score, "index", "Tone, -1 to 1", as_of=at, source=source)


def _words(evidence: Evidence, tones: list[Tone], at: datetime) -> None:
    sums: dict[str, float] = defaultdict(float)
    for one in tones:
        for word, weight in one.words:
            sums[word] += weight
    ranked = sorted(sums.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:8]
    for sign, field, label in ((1.0, "positive_words", "Words that speak for it"), (-1.0, "negative_words",
                                "Words that speak against it")):  # fmt: skip
        chosen = ", ".join(word for word, weight in ranked if weight * sign > 0)
        if chosen:
            evidence.value(field, chosen, "text", label, as_of=at, source=SOURCE)
