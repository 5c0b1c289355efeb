"""What is done once a process to Streamlit itself, because it is paid on every run otherwise.

Streamlit 1.67 reads all theme options (295 with light, dark and the sidebars), turns their names into snake case and
fills the same message with them at the start of every run: 2.7 ms of CPU of the 6.7 ms that an almost empty page
cost, and options cannot change while the server runs. The message is filled once and copied afterwards.

And the first element of a process has it walk all loaded modules' files to find out whether it runs in a notebook,
to warn there: a tenth of a second of the first page, and more when more is loaded.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from streamlit import delta_generator, runtime
from streamlit.runtime import app_session

_tuned = False


def tune() -> None:
    """Apply it; a second call does nothing, and a Streamlit without this function is left as it is."""
    global _tuned  # noqa: PLW0603  one switch a process
    populate = getattr(app_session, "_populate_theme_msg", None)
    if _tuned or populate is None:
        return
    _tuned = True
    if runtime.exists():
        delta_generator._use_warning_has_been_displayed = True
    app_session._populate_theme_msg = filled_once(populate)  # type: ignore[assignment]


def filled_once(populate: Callable[..., None]) -> Callable[..., None]:
    """``populate(message, section)`` with a memory for each section."""
    filled: dict[str, Any] = {}

    @wraps(populate)
    def populate_from_memory(message: Any, section: str = "theme") -> None:
        if section not in filled:
            fresh = type(message)()
            populate(fresh, section)
            filled[section] = fresh
        message.MergeFrom(filled[section])

    return populate_from_memory
