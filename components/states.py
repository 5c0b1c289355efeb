"""The states a part of a page can be in besides full: empty, refused, unavailable, broken.

``part`` wraps one part of a page. What goes wrong inside becomes a message that names the input and the remedy, and
the rest of the page goes on. A database that is away is asked again every two seconds, and the page comes back by
itself.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from core.market.errors import AmbiguousSymbol, InputError, NotConfigured, SourceError, ThrottledUntil, UnknownSymbol
from db.session import DatabaseAway, DatabaseProblem, read_session

log = logging.getLogger(__name__)

Pick = Callable[[str], None]


@contextmanager
def part(name: str, *, on_pick: Pick | None = None) -> Iterator[None]:
    """Run one part of a page; ``on_pick`` receives the symbol when the investor picks a near miss."""
    try:
        yield
    except (UnknownSymbol, AmbiguousSymbol) as error:
        unknown(error, on_pick=on_pick, key=name)
    except InputError as error:
        st.warning(plain(str(error)), icon=":material/edit_note:")
    except SourceError as error:
        unavailable(error)
    except DatabaseAway as away:
        database_away(away)
    except DatabaseProblem as problem:
        st.warning(plain(str(problem)), icon=":material/database:")
    except Exception:
        reference = secrets.token_hex(4)
        log.exception("part %s of a page failed, reference %s", name, reference)
        st.error(
            f"This part could not be shown. The log has the details under reference {reference}.",
            icon=":material/report:",
        )


def plain(text: str) -> str:
    """Escape what Markdown would make of a message that quotes input."""
    for mark in "\\`*_[]<>#$~|:":
        text = text.replace(mark, "\\" + mark)
    return text


def unknown(error: UnknownSymbol | AmbiguousSymbol, *, on_pick: Pick | None, key: str) -> None:
    """A name that fits nothing or too much, with the near misses as buttons."""
    st.warning(plain(str(error)), icon=":material/search_off:")
    choices = error.candidates if isinstance(error, AmbiguousSymbol) else error.near
    if on_pick is None or not choices:
        return
    with st.container(horizontal=True):
        for symbol in choices[:6]:
            st.button(plain(symbol), key=f"{key}_pick_{symbol}", on_click=on_pick, args=(symbol,))


def unavailable(error: SourceError) -> None:
    """A vendor that cannot answer now, in its own words, with what the investor can do."""
    if isinstance(error, NotConfigured):
        st.info(plain(str(error)), icon=":material/key:")
    elif isinstance(error, ThrottledUntil):
        st.info(plain(str(error)), icon=":material/hourglass_top:")
    else:
        st.warning(plain(str(error)), icon=":material/cloud_off:")


def empty(title: str, remedy: str, icon: str = ":material/inbox:") -> None:
    """A designed nothing: what is missing here and how to fill it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"{icon} **{plain(title)}**", text_alignment="center")
        st.caption(plain(remedy), text_alignment="center")


def _database_answers() -> bool:
    try:
        with read_session():
            return True
    except DatabaseProblem:
        return False


@st.fragment(run_every=2)
def _wait_for_database() -> None:
    if _database_answers():
        st.rerun(scope="app")
    st.caption("Asking the database again every two seconds.")


def database_away(problem: DatabaseProblem) -> None:
    """The database does not answer: say what is known, and come back when it does."""
    st.error(
        f"{plain(problem.message)} What you stored before is safe, and this page comes back by itself. "
        f"{plain(problem.remedy)}",
        icon=":material/database_off:",
        title="Waiting for the database",
    )
    _wait_for_database()
