"""Counts a run of a page: how long it took, whether this tab opened it for the first time today, who was there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.investor import Investor
from core import boot
from core.clock import now
from core.operations.usage import usage

_SEEN = "usage_seen"


@contextmanager
def counted(page: str, investor: Investor) -> Iterator[None]:
    """Count what runs inside as one run of `page`. Nothing is counted in a process that `boot` has not brought up."""
    booted = boot.booted()
    if booted is None or booted.role != "web":
        yield
        return
    counts = usage()
    counts.begin()
    account = investor.account
    kind = "signed_out" if account is None else account.kind
    seen = st.session_state.setdefault(_SEEN, set())
    # Who signed in since opened the page anew, and so did whoever came back the next day.
    first = (page, kind, now().date())
    if first not in seen:
        seen.add(first)
        counts.note_view(page, kind)
    if account is not None:
        counts.note_active(account.id, account.kind, account.created_at)
    began = time.perf_counter()
    try:
        yield
    finally:
        # A run that Streamlit ends early (a click meanwhile, st.stop) leaves by an exception and is counted, too.
        counts.note_run(page, kind, 1000 * (time.perf_counter() - began))
