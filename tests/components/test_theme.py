"""The theme file and the figure tokens agree, and every text colour can be read."""

import tomllib
from pathlib import Path

import pytest

from components.theme import DARK, LIGHT, Tokens

CONFIG = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())


def luminance(colour: str) -> float:
    """WCAG 2.1 relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """WCAG 2.1 contrast ratio."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_tokens_equal_the_theme_file(look: Tokens) -> None:
    theme = CONFIG["theme"][look.mode]
    assert look.background == theme["backgroundColor"]
    assert look.surface == theme["secondaryBackgroundColor"]
    assert look.text == theme["textColor"]
    assert look.border == theme["borderColor"]
    assert look.up == theme["greenColor"]
    assert look.down == theme["redColor"]
    assert list(look.series) == theme["chartCategoricalColors"]
    assert list(look.diverging) == theme["chartDivergingColors"]


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_text_is_readable_on_both_surfaces(look: Tokens) -> None:
    for ink in (look.text, look.muted, look.up, look.down, look.accent):
        for paper in (look.background, look.surface):
            assert contrast(ink, paper) >= 4.5, (look.mode, ink, paper)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_button_labels_badges_and_lines_are_readable(look: Tokens) -> None:
    theme = CONFIG["theme"][look.mode]
    assert contrast("#FFFFFF", theme["primaryColor"]) >= 4.5
    for name in ("green", "red", "orange", "yellow", "blue", "violet", "gray"):
        badge = contrast(theme[f"{name}TextColor"], theme[f"{name}BackgroundColor"])
        assert badge >= 4.5, (look.mode, name, badge)
    for line in look.series:
        assert contrast(line, look.background) >= 3.0, (look.mode, line)
