"""Where the numbers of a chart come from: the badge on it, its warnings, what was found wrong with its data."""

import streamlit as st

from components import market as cached
from components.charts.loading import Loaded
from components.states import plain
from core import formats
from core.clock import now
from core.market.model import Finding, Treatment

_SHOWN = 40


def badge_text(loaded: Loaded) -> str:
    """Source and time in a few words: “Yahoo, 15:30 IST”, “Simulated, 15:30 IST”."""
    sourced = loaded.sourced
    label = "Simulated" if sourced.simulated else source_label(sourced.source)
    return f"{label}, {formats.moment(sourced.as_of, loaded.instrument.timezone, now=now())}"


def source_label(name: str) -> str:
    """A vendor's name as it is read: yahoo is Yahoo, alpha_vantage is Alpha Vantage, file is your file."""
    known = {"file": "Your file", "files": "Your file", "demo": "Simulated"}
    return known.get(name, name.replace("_", " ").title())


def badge(loaded: Loaded) -> str:
    """The badge as Markdown, orange when simulated or old."""
    sourced = loaded.sourced
    text = badge_text(loaded) + (", being refreshed" if sourced.stale else "")
    if sourced.simulated:
        return f":orange-badge[:material/science: {text}]"
    return f":orange-badge[:material/history: {text}]" if sourced.stale else f":gray-badge[{text}]"


def warnings(loaded: Loaded, problems: tuple[str, ...]) -> None:
    """Sentences the reader of the chart should know, each once, quietly; that it is simulated the badge says."""
    told = [*loaded.limits, *(w.detail for w in loaded.sourced.warnings if w.kind != "simulated"), *problems]
    if not told:
        return
    if len(told) == 1:
        st.caption(f":material/info: {plain(told[0])}")
        return
    lines = "\n".join(f"- {plain(text)}" for text in dict.fromkeys(told))
    st.caption(f":material/info: About this chart\n\n{lines}")


def findings(loaded: Loaded) -> None:
    """What was found wrong with the instrument's data and what was done, folded away."""
    if loaded.sourced.simulated:
        return
    found = [f for f in cached.findings(loaded.instrument.symbol, loaded.owner) if _within(f, loaded)]
    if not found:
        return
    count = len(found)
    with st.expander(f"{count} finding{'s' if count > 1 else ''} about the data of this chart"):
        st.dataframe(
            {
                "What": [f.kind.replace("_", " ") for f in found[:_SHOWN]],
                "When": [formats.day(f.start, loaded.instrument.timezone) if f.start else "" for f in found[:_SHOWN]],
                "What was done": [_done(f) for f in found[:_SHOWN]],
                "Detail": [f.detail for f in found[:_SHOWN]],
            },
            hide_index=True,
            alt=f"{count} findings about the data of {loaded.instrument.symbol}",
        )
        st.page_link("pages/data.py", label="All findings and sources", icon=":material/database:")


def _within(finding: Finding, loaded: Loaded) -> bool:
    return finding.start is None or finding.start >= loaded.frame.index[0]


def _done(finding: Finding) -> str:
    return {
        Treatment.KEPT: "kept as it came",
        Treatment.REPAIRED: "repaired",
        Treatment.REJECTED: "left out",
        Treatment.FLAGGED: "flagged, not changed",
    }[finding.treatment]
