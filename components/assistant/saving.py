"""A chat as a file: Markdown, or one HTML page with its figures inside that opens without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import plotly.io as pio
from markdown_it import MarkdownIt

from components import preferences, theme
from components.assistant.evidence import markup
from components.assistant.figures import drawn
from core import formats
from core.accounts.model import Account
from core.assistant import chats
from core.assistant.answer import Answer
from core.assistant.chats import Chat, Message
from core.assistant.model import Attachment, Display, Figure, Table, Text
from core.assistant.proofs import proofs, zone_of
from core.assistant.transcript import NOT_ADVICE, answer_parts, markdown, where_from, written_out

_STYLE = """
body{font:16px/1.55 system-ui,sans-serif;max-width:820px;margin:2rem auto;padding:0 1rem;background:%s;color:%s}
h1{font-size:1.6rem}.q{background:%s;border-radius:8px;padding:.6rem 1rem;white-space:pre-wrap}
.t,.proofs{font-size:.85rem;color:%s}table{border-collapse:collapse;width:100%%;font-size:.9rem}
th,td{text-align:left;padding:4px 12px 4px 0;border-top:1px solid %s}figure{margin:1rem 0}
"""


def text(account: Account, chat: Chat) -> str:
    """The chat as Markdown."""
    messages = chats.messages(account, chat.id)
    answers = chats.answers(account, messages)
    return markdown(chat, messages, answers, preferences.zone(account))


def page(account: Account, chat: Chat) -> bytes:
    """The chat as one HTML page."""
    messages = chats.messages(account, chat.id)
    answers = chats.answers(account, messages)
    return html_page(chat, messages, answers, preferences.zone(account))


def html_page(chat: Chat, messages: Sequence[Message], answers: Mapping[int, Answer], zone: str) -> bytes:
    """The page; figures in the light look, drawn by the script it carries when there is one to draw."""
    look = theme.LIGHT
    writer = _Writer()
    body = "".join(
        f'<p class="t">{formats.day(one.created_at, zone)}, {formats.clock_time(one.created_at, zone)}</p>'
        + (
            f'<div class="q">{escape(one.text)}</div>'
            if one.role == "user"
            else writer.answer(one, answers.get(one.id))
        )
        for one in messages
    )
    style = _STYLE % (look.background, look.text, look.surface, look.muted, look.border)
    head = "<meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
    return (
        f"<!doctype html><html lang='en'><head>{head}<title>{escape(chat.title)}</title><style>{style}</style></head>"
        f"<body><main><h1>{escape(chat.title)}</h1><p class='t'>Kubera. {NOT_ADVICE}</p>{body}</main></body></html>"
    ).encode()


class _Writer:
    """Writes answers; the script that draws figures goes into the page once, with the first of them."""

    def __init__(self) -> None:
        self._markdown = (
            MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])
        )
        self._has_script = False

    def answer(self, message: Message, answer: Answer | None) -> str:
        if answer is None:
            return str(self._markdown.render("\n\n".join(part for part in answer_parts(message, None) if part)))
        parts = [self._markdown.render(answer.text), *(self._display(one) for one in answer.displays)]
        warnings = dict.fromkeys(line for result in answer.results for line in result.warnings)
        parts += [f"<p class='t'>{escape(line)}</p>" for line in warnings]
        found = proofs(answer)
        parts.append(markup(found, message.id) if found else "")
        parts.append(f"<p class='t'>{escape(where_from(answer))}</p>")
        return "".join(parts)

    def _display(self, display: Display) -> str:
        match display:
            case Table():
                names, cells, _ = written_out(display)
                head = "".join(f"<th>{escape(name)}</th>" for name in names)
                rows = "".join(f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>" for row in cells)
                return f"<h3>{escape(display.title)}</h3><table><tr>{head}</tr>{rows}</table>"
            case Figure():
                return self._figure(display)
            case Text():
                body = escape(display.body) if display.untrusted else self._markdown.render(display.body)
                return f"<h3>{escape(display.title)}</h3><div>{body}</div>"
            case Attachment():
                return f"<p class='t'>File: {escape(display.name)}, to download from the chat.</p>"

    def _figure(self, figure: Figure) -> str:
        caption = f"<figcaption class='t'>{escape(figure.alt)}</figcaption>"
        try:
            picture = drawn(figure, theme.LIGHT, zone_of(figure.symbols[0] if figure.symbols else ""))
        except ValueError:
            return f"<figure><strong>{escape(figure.title)}</strong>{caption}</figure>"
        inside: str = pio.to_html(
            picture.editable(), full_html=False, include_plotlyjs=not self._has_script, default_width="100%"
        )
        self._has_script = True
        return f"<figure><strong>{escape(figure.title)}</strong>{inside}{caption}</figure>"
