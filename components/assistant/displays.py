"""What tools show beside an answer's words: figures in the desk's look, tables, texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from components import gate, theme
from components.assistant.figures import drawn
from components.assistant.wording import cell, safe
from components.figures.drawn import Drawn
from components.figures.theme import CONFIG
from components.states import part, plain
from core import formats
from core.assistant.model import Attachment, Display, Figure, Table, Text
from core.assistant.proofs import zone_of
from core.assistant.transcript import written_out

_MOST_ROWS = 15
_INLINE = 4


def show(displays: Sequence[Display], message_id: int, at: datetime) -> None:
    """All of them, the first four at once, the rest folded away.

    Args:
        at: when the message was made; with its number it tells it from all others.
    """
    for place, display in enumerate(displays[:_INLINE]):
        _one(display, message_id, at, place)
    rest = displays[_INLINE:]
    if rest:
        folded = st.expander(f"{len(rest)} more from the tools", key=f"more_{message_id}", on_change="rerun")
        if folded.open:
            with folded:
                for place, display in enumerate(rest, start=_INLINE):
                    _one(display, message_id, at, place)


def _one(display: Display, message_id: int, at: datetime, place: int) -> None:
    with part(f"display {message_id} {place}"):
        match display:
            case Figure():
                _figure(display, message_id, at, place)
            case Table():
                table(display)
            case Text():
                st.markdown(f"**{plain(display.title)}**")
                st.markdown(plain(display.body) if display.untrusted else safe(display.body))
            case Attachment():
                st.download_button(
                    f"Download {plain(display.name)}",
                    display.content,
                    file_name=display.name,
                    mime=display.media_type,
                    on_click="ignore",
                    icon=":material/download:",
                    key=f"file_{message_id}_{place}",
                )


def _figure(figure: Figure, message_id: int, at: datetime, place: int) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{plain(figure.title)}**", width="stretch")
            _link(figure)
        try:
            picture = _picture(message_id, at, place, theme.mode(), formats.number_style(), figure)
        except ValueError:
            st.caption("There is nothing to draw here.")
            return
        st.plotly_chart(picture, config=CONFIG, key=f"figure_{message_id}_{place}", alt=figure.alt)
        if figure.note:
            st.caption(safe(figure.note))


@st.cache_resource(max_entries=256, show_spinner=False)
def _picture(message_id: int, at: datetime, place: int, mode: str, style: str, _figure: Figure) -> Drawn:  # noqa: ARG001
    """Drawn once a message, look and way of writing numbers; shared, read only."""
    return drawn(_figure, theme.tokens(mode), zone_of(_figure.symbols[0] if _figure.symbols else ""))


def _link(figure: Figure) -> None:
    """To the page that shows the same thing live; nothing where there is none."""
    target = page_of(figure.deep_link)
    if target is not None:
        file, query = target
        label = "Open in Charts" if file == "pages/charts.py" else "Open"
        st.page_link(file, label=label, icon=":material/open_in_new:", query_params=query)


def page_of(link: str) -> tuple[str, dict[str, str]] | None:
    """The page's file and query of a path within the app; None when it leads to no page of ours."""
    if not link.startswith("/") or link.startswith("//"):
        return None
    parts = urlsplit(link)
    entry = next((one for one in gate.ENTRIES if one.path == parts.path.strip("/")), None)
    return None if entry is None else (f"pages/{entry.file}.py", dict(parse_qsl(parts.query)))


def table(display: Table) -> None:
    """A short table as text that a screen reader walks through, a long one as a grid that scrolls."""
    if display.title:
        st.markdown(f"**{plain(display.title)}**")
    if not display.rows:
        st.caption("No rows.")
    elif len(display.rows) <= _MOST_ROWS:
        st.markdown(markdown_table(display))
    else:
        _grid(display)
    if display.note:
        st.caption(safe(display.note))


def markdown_table(display: Table) -> str:
    """A table in Markdown, numbers to the right, every text escaped."""
    names, rows, numeric = written_out(display)
    lines = [" | ".join(map(cell, names)), " | ".join("--:" if one else ":--" for one in numeric)]
    lines += [" | ".join(map(cell, row)) for row in rows]
    return "\n".join(f"| {line} |" for line in lines)


def _grid(display: Table) -> None:
    names, rows, numeric = written_out(display)
    keys = [str(place) for place in range(len(names))]
    st.dataframe(
        {key: [row[place] for row in rows] for place, key in enumerate(keys)},
        hide_index=True,
        alt=display.title,
        height=420,
        column_config={
            key: st.column_config.TextColumn(name, alignment="right" if right else "left")
            for key, name, right in zip(keys, names, numeric, strict=True)
        },
    )
