"""Words for any result without words of its own: its texts, then its first figures by their labels."""

from __future__ import annotations

from typing import Final

from core.assistant.model import Figure, Text, Value
from core.assistant.narrate.note import Note, View, safe
from core.assistant.tools.cards import CARDS

_MOST: Final = 6
_PLAIN_TEXT: Final = 700


def figures(note: Note, view: View) -> None:
    """Up to six labelled figures in one list, after a sentence that says what they are."""
    card = CARDS.get(view.result.tool)
    title = card.title if card is not None else view.result.tool
    drawn = next((one for one in view.result.displays if isinstance(one, Figure)), None)
    if drawn is not None:
        about = f" of {view.name}" if view.name else ""
        note.plain(f"Here is the {_lower(title)}{about}.")
    elif view.name:
        note.plain(f"{title} of {view.name}:")
    shown = [one for one in view.result.values if one.value is not None and one.symbol in {view.symbol, ""}][:_MOST]
    told: list[str] = []
    values: dict[str, Value] = {}
    for index, one in enumerate(shown):
        label = safe(one.label).replace("{", "").replace("}", "")
        period = f" ({one.period})" if one.period and one.period not in label and not one.period[0].isdigit() else ""
        told.append(f"{_lower(label)}{period} {{v{index}}}")
        values[f"v{index}"] = one
    if told:
        text = "; ".join(told)
        note.write(f"{text[0].upper()}{text[1:]}.", values)
    for display in view.result.displays:
        if isinstance(display, Text) and not shown:
            body = (
                display.body
                if len(display.body) <= _PLAIN_TEXT
                else f"{display.body[:_PLAIN_TEXT].rsplit(' ', 1)[0]} …"
            )
            note.plain(safe(body) if display.untrusted else body)


def _lower(words: str) -> str:
    if len(words) > 1 and (words[1].isupper() or words[1] in "/&"):
        return words
    return f"{words[0].lower()}{words[1:]}" if words else words
