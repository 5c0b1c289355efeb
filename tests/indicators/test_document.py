"""docs/indicators.md is the catalogue, written out."""

from __future__ import annotations

from pathlib import Path

from core.indicators import candle_patterns, catalogue
from core.indicators.document import markdown

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_up_to_date() -> None:
    text = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    assert text == markdown(), "run: python -m core.indicators.document"


def test_it_names_everything() -> None:
    text = markdown()
    for entry in (*catalogue(), *candle_patterns()):
        assert f"| `{entry.name}`" in text
