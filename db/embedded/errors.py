"""Why the embedded server is not there."""

from __future__ import annotations


class EmbeddedServerError(RuntimeError):
    """The embedded server cannot be had; the text says what happened, where, and what to do next."""
