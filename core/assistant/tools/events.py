"""Corporate actions and the calendar of a company."""

from __future__ import annotations

from datetime import date, timedelta

from core.assistant.model import Column, Scalar, Table, ToolResult
from core.assistant.tools.bars import span_days, span_words
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.tool import body
from core.market.errors import MarketError
from core.market.model import Action, ActionKind, Event, NewsItem, Sourced

KINDS = {
    "results": "Results",
    "ex_dividend": "Ex-dividend",
    "dividend_pay": "Dividend paid",
    "split": "Split",
}


@body("get_corporate_actions")
def get_corporate_actions(evidence: Evidence) -> ToolResult:
    """Dividends and splits within the span, and what is declared."""
    instrument = evidence.instrument()
    answer: Sourced[tuple[Action, ...]] = evidence.market.actions(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    today, source = evidence.moment.date(), answer.source
    start, end = span_days(evidence.text("range"), today)
    wanted = evidence.text("kind")
    every = [one for one in evidence.used(answer) if wanted in {"all", one.kind.value}]
    rows = [one for one in every if (start is None or one.ex_date >= start) and (end is None or one.ex_date <= end)]
    words = span_words(evidence.text("range"))
    for kind, label in ((ActionKind.DIVIDEND, "Dividends"), (ActionKind.SPLIT, "Splits and bonuses")):
        if wanted in {"all", kind.value}:
            count = sum(one.kind is kind for one in rows)
            evidence.value(f"{kind.value}_count", count, "count", f"{label} over {words}", as_of=today, source=source,
                           period=evidence.text("range"))  # fmt: skip
    splits = [one for one in every if one.kind is ActionKind.SPLIT]
    if splits:
        last = max(splits, key=lambda one: one.ex_date)
        evidence.value("last_split_ratio", last.value, "x", "Last split: new shares for one old", as_of=last.ex_date,
                       source=source)  # fmt: skip
        evidence.value("last_split_date", last.ex_date, "date", "Last split: ex-date", as_of=last.ex_date,
                       source=source)  # fmt: skip
        factor = 1.0
        for one in splits:
            if start is None or one.ex_date >= start:
                factor *= one.value
        evidence.value("split_factor", factor, "x", f"One share from before became, over {words}", as_of=today,
                       source=source, period=evidence.text("range"))  # fmt: skip
    elif wanted in {"all", "split"}:
        evidence.warn(f"{name_of(instrument)} has no split or bonus on record at {source}.")
    dividends = [one for one in every if one.kind is ActionKind.DIVIDEND]
    if dividends:
        latest = max(dividends, key=lambda one: one.ex_date)
        evidence.value("last_dividend", latest.value, instrument.currency, "Last dividend a share",
                       as_of=latest.ex_date, source=source)  # fmt: skip
        evidence.value("last_ex_date", latest.ex_date, "date", "Last ex-date", as_of=latest.ex_date, source=source)
    ahead = [one for one in every if one.ex_date > today]
    if ahead:
        soon = min(ahead, key=lambda one: one.ex_date)
        evidence.value("next_action", soon.kind.value, "text", "Next action", as_of=answer.as_of, source=source)
        evidence.value("next_action_date", soon.ex_date, "date", "Next ex-date", as_of=answer.as_of, source=source)
    evidence.show(
        Table(
            f"{name_of(instrument)}: corporate actions",
            (Column("Ex-date", "date"), Column("Action", "text"), Column("Value"), Column("Unit", "text")),
            tuple(
                (one.ex_date, one.kind.value, one.value,
                 "new for one old" if one.kind is ActionKind.SPLIT else f"{instrument.currency} a share")
                for one in sorted(rows, key=lambda one: one.ex_date, reverse=True)
            ),
            note="Dividends are split-adjusted.",
        )
    )  # fmt: skip
    return evidence.result()


@body("get_corporate_announcements")
def get_corporate_announcements(evidence: Evidence) -> ToolResult:
    """What the calendar holds ahead and held lately, and recent headlines of the company."""
    instrument = evidence.instrument()
    answer: Sourced[tuple[Event, ...]] = evidence.market.events(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    today, source, limit = evidence.moment.date(), answer.source, evidence.whole("limit")
    rows = evidence.used(answer)
    ahead = sorted((one for one in rows if one.on >= today), key=lambda one: one.on)
    past = sorted((one for one in rows if one.on < today), key=lambda one: one.on, reverse=True)
    evidence.value("events_ahead", len(ahead), "count", "Dates ahead", as_of=answer.as_of, source=source)
    results = [one for one in ahead if one.kind == "results"]
    if results:
        label = "Next results" if results[0].confirmed else "Next results (expected, not confirmed)"
        evidence.value("next_results", results[0].on, "date", label, as_of=answer.as_of, source=source)
        days = (results[0].on - today).days
        evidence.value("days_to_results", days, "days", "Days until then", as_of=answer.as_of, source=source)
    else:
        evidence.warn("No date of the next results is known yet.")
    done = [one for one in past if one.kind == "results"]
    if done:
        evidence.value("last_results", done[0].on, "date", "Last results", as_of=done[0].on, source=source)
    dividends = [one for one in ahead if one.kind == "ex_dividend"]
    if dividends:
        evidence.value("next_ex_date", dividends[0].on, "date", "Next ex-date", as_of=answer.as_of, source=source)
    for place, one in enumerate((*ahead[:3], *past[: max(0, limit - 3)]), 1):
        # What lies ahead is known now; what is past was known on its day.
        at = answer.as_of if one.on >= today else one.on
        evidence.value(f"event_{place}", one.title, "text", KINDS.get(one.kind, one.kind), as_of=at, source=source)
        evidence.value(f"event_{place}_date", one.on, "date", f"{one.title}: date", as_of=at, source=source)
    cells: list[tuple[Scalar, ...]] = [
        (one.on, KINDS.get(one.kind, one.kind), one.title, "" if one.confirmed else "expected")
        for one in (*reversed(ahead), *past)
    ]
    evidence.show(
        Table(
            f"{name_of(instrument)}: dates",
            (Column("Date", "date"), Column("Kind", "text"), Column("What", "text"), Column("State", "text")),
            tuple(cells[: limit + len(ahead)]),
        )
    )
    _headlines(evidence, today)
    return evidence.result()


def _headlines(evidence: Evidence, today: date) -> None:
    try:
        answer: Sourced[tuple[NewsItem, ...]] = evidence.market.news(
            evidence.symbol, as_of=evidence.as_of, owner=evidence.context.owner
        )
    except MarketError as error:
        evidence.warn(f"Headlines are not known: {error}")
        return
    items = [one for one in evidence.used(answer) if one.published_at.date() >= today - timedelta(days=60)]
    if items:
        evidence.show(
            Table(
                "Headlines of 60 days",
                (Column("Published", "date"), Column("Headline", "text"), Column("Publisher", "text")),
                tuple((one.published_at, one.title, one.publisher) for one in items[:10]),
                note="Words of the publishers.",
            )
        )
