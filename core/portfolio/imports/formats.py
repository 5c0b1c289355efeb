"""All formats that can be read, the brokers' own before the generic table."""

from __future__ import annotations

from typing import Final

from core.portfolio.imports import (
    angel_one,
    coinbase,
    degiro,
    dhan,
    fidelity,
    generic,
    ghostfolio,
    groww,
    ibkr_activity,
    ibkr_flex,
    icici_direct,
    own,
    robinhood,
    schwab,
    trading212,
    upstox,
    zerodha,
)
from core.portfolio.imports.model import Format

FORMATS: Final[tuple[Format, ...]] = (
    *own.FORMATS,
    *zerodha.FORMATS,
    *groww.FORMATS,
    *upstox.FORMATS,
    *dhan.FORMATS,
    *angel_one.FORMATS,
    *icici_direct.FORMATS,
    *ibkr_flex.FORMATS,
    *ibkr_activity.FORMATS,
    *schwab.FORMATS,
    *fidelity.FORMATS,
    *robinhood.FORMATS,
    *trading212.FORMATS,
    *degiro.FORMATS,
    *coinbase.FORMATS,
    *ghostfolio.FORMATS,
    *generic.FORMATS,
)
BY_NAME: Final = {one.name: one for one in FORMATS}
