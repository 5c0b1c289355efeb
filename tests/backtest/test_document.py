"""The document lists what there is."""

from __future__ import annotations

from core.backtest.charges import presets
from core.backtest.tables import DOCUMENT, MARK, tables


def test_the_lists_are_those_of_the_code() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.partition(MARK)[2].strip() == tables().strip()


def test_every_preset_is_named() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"`{one.name}`" in text for one in presets() if one.name not in ("default", "free"))
