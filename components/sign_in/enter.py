"""Enter in a field presses the form's button, where fields tell what is typed as it is typed.

Streamlit's own forms do that, but their fields say nothing before they are sent, and a password's strength has to
follow the typing. So the fields stand in a container, and a script that never changes presses the button in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

_FIELDS, _BUTTON = "enter_submits", "enter_presses"
# Streamlit takes a field's text over while Enter bubbles through its root, below the document; then it is pressed.
_SCRIPT = f"""<script>
if (!window.kuberaEnterSubmits) {{
  window.kuberaEnterSubmits = true;
  document.addEventListener("keydown", (event) => {{
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    const form = event.target.closest(".st-key-{_FIELDS}");
    const button = form && form.querySelector(".st-key-{_BUTTON} button");
    if (button) setTimeout(() => button.click(), 50);
  }});
}}
</script>"""


@contextmanager
def fields() -> Iterator[None]:
    """Fields and their `button` go in here."""
    with st.container(key=_FIELDS):
        yield
        st.html(_SCRIPT, unsafe_allow_javascript=True)


def button(label: str) -> bool:
    """The button that Enter presses; whether it was pressed."""
    return st.button(label, key=_BUTTON, type="primary")
