"""A part of a strategy page: what the engine or an indicator refuses is said in its own words, the rest goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from components.states import Pick, part, plain
from core.accounts.errors import AccountError
from core.backtest import BacktestError
from core.indicators import IndicatorError


@contextmanager
def refusals(name: str, *, on_pick: Pick | None = None) -> Iterator[None]:
    """As `components.states.part`, and for what backtests refuse."""
    with part(name, on_pick=on_pick):
        try:
            yield
        except (BacktestError, IndicatorError, AccountError) as error:
            st.warning(plain(str(error)), icon=":material/edit_note:")
