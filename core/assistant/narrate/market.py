"""Words for news, moods, analysts and what moves."""

from __future__ import annotations

from core.assistant.model import Table, Value
from core.assistant.narrate.note import Note, View, safe, tells


@tells("get_stock_news", "get_market_news", "get_sector_news")
def news(note: Note, view: View) -> None:
    """Headlines, newest first, in quotation marks: they are others' words."""
    headlines = [
        one
        for one in view.result.values
        if one.field.startswith("headline") and one.unit == "text" and isinstance(one.value, str)
    ]
    about = f" on {view.name}" if view.name else ""
    if not headlines:
        headlines = _titles(view)
    if not headlines:
        note.plain(f"No headlines{about} are on record in these days.")
        return
    note.plain(f"The latest headlines{about}:")
    for one in headlines[:6]:
        note.line()
        note.plain(f"- “{safe(str(one.value))}”")
    change = view.number("sector_change") or view.number("change_percent")
    note.paragraph()
    if change is not None:
        note.say(view, "The change of the day is {change_percent:plus}.") or note.say(
            view, "The sector moved {sector_change:plus} on the day."
        )
    note.plain("Headlines are the publishers' words; the desk does not vouch for them.")


def _titles(view: View) -> list[Value]:
    for display in view.result.displays:
        if isinstance(display, Table):
            place = next(
                (i for i, one in enumerate(display.columns) if one.name.lower() in {"headline", "title", "what"}), None
            )
            if place is not None:
                return [
                    Value("headline", str(row[place]), "text", "Headline", view.symbol, view.result.as_of, "")
                    for row in display.rows
                    if row[place]
                ]
    return []


@tells("get_sentiment_analysis")
def sentiment(note: Note, view: View) -> None:
    """The mood in one word, then the counts behind it."""
    mood = view.word("sentiment") or view.word("sentiment_label") or view.word("mood")
    if mood:
        note.plain(f"The headlines{f' on {view.name}' if view.name else ''} sound {safe(mood)}.")
    note.say(view, "Sentiment score: {sentiment_score:d2}.")
    note.say(
        view,
        "{positive_headlines} headlines sound positive, {negative_headlines} negative and {neutral_headlines} neutral.",
    )
    note.say(view, "{headlines_counted} headlines were read.")
    note.plain("It is a count of words, and says how the news sounds, not what the price will do.")


@tells("get_analyst_ratings")
def analysts(note: Note, view: View) -> None:
    """Consensus, counts, target."""
    consensus = view.word("consensus")
    if consensus:
        note.plain(f"Analysts' consensus on {view.name}: {safe(consensus)}.")
    note.say(view, "The mean target price is {target_mean}, between {target_low} and {target_high}.") or note.say(
        view, "The mean target price is {target_mean}."
    )
    for field in ("target_upside", "upside", "upside_mean"):
        upside = view.number(field)
        if upside is not None:
            note.say(view, f"That is {{{field}:abs}} {'above' if upside >= 0 else 'below'} the price.")
            break
    strong = [
        ("strong_buy", "strong buy"),
        ("buy", "buy"),
        ("hold", "hold"),
        ("sell", "sell"),
        ("strong_sell", "strong sell"),
    ]
    told = []
    values = {}
    for field, words in strong:
        value = view.value(f"{field}_count") or view.value(f"ratings_{field}") or view.value(field)
        if value is not None and value.unit == "count":
            values[field] = value
            told.append(f"{words} {{{field}}}")
    if told:
        note.write(f"Ratings: {', '.join(told)}.", values)
    note.plain("Targets are opinions and are often revised after results.")


@tells("get_social_sentiment")
def social(note: Note, view: View) -> None:
    """What people say, when a source is there."""
    note.say(view, "Social sentiment on {name} is {social_sentiment}.")


@tells("get_market_movers", "get_trending_stocks")
def movers(note: Note, view: View) -> None:
    """Indices first, then the lists the result's tables hold."""
    told = 0
    for one in view.result.values:
        if one.unit == "%" and one.symbol.startswith("^") and told < 4 and isinstance(one.value, int | float):
            way = "up" if one.value >= 0 else "down"
            note.write(f"{_name(one)} is {way} {{v:abs}}.", {"v": one})
            told += 1
    note.say(view, "{advances} stocks rose and {declines} fell.")
    groups: dict[str, list[Value]] = {}
    for one in view.result.values:
        if (
            one.unit == "%"
            and one.field.startswith("change")
            and "=" not in one.symbol
            and one.symbol
            and not one.symbol.startswith("^")
            and isinstance(one.value, int | float)
        ):
            groups.setdefault(
                "Drawing attention" if view.result.tool == "get_trending_stocks" else _group(one), []
            ).append(one)
    for group, members in groups.items():
        parts = []
        values = {}
        for place, one in enumerate(members[:5]):
            parts.append(f"{_name(one)} {{v{place}:plus}}")
            values[f"v{place}"] = one
        note.paragraph()
        note.write(f"{group}: {', '.join(parts)}.", values)


def _group(value: Value) -> str:
    field = value.field.lower()
    for word, title in (
        ("gain", "Top gainers"),
        ("los", "Top losers"),
        ("activ", "Most active"),
        ("trend", "Drawing attention"),
    ):
        if word in field or word in value.label.lower():
            return title
    return "Moves"


def _name(value: Value) -> str:
    from core.assistant.narrate.note import short_name

    return safe(short_name(value.symbol))
