"""The list of indicators and patterns as Markdown: docs/indicators.md is this text, and a test keeps it so."""

from __future__ import annotations

from core.indicators.candle_table import PATTERNS
from core.indicators.model import Indicator, Param
from core.indicators.registry import catalogue
from core.indicators.shapes import LABELS

_HEAD = """# Indicators and patterns

Every indicator is `core.indicators.compute(name, bars, **params)`; the first column is its main line. The list is
written by `python -m core.indicators.document` from the catalogue itself.

## What holds for all of them

- Nothing looks ahead: the values of a row come from that row and the ones before. What a chart draws further left
  (Ichimoku's chikou, fractals) stands at the row where it was known, and the column says by how many bars to move it.
- A row whose inputs are not finite is NaN and otherwise passed over, as if the bar were not there. So one missing bar
  costs one row; the averages after it live on. Volume is asked for only by indicators that use it.
- The warm-up is NaN. A division by nothing (no range, no volume, no movement) is NaN or the neutral value the
  definition suggests, never infinite.
- Times must be sorted and unique; otherwise `BadBars` says where they are not.
- Averages are seeded as TA-Lib seeds them (an EMA with the simple mean of its first values). MACD starts both averages
  at their own first value, which TA-Lib does not; the two agree once the seeds have faded.
- Bollinger bands and `stddev` use the population deviation, `hv` the sample's. CCI has length 20 and Aroon 25, as their
  authors have; the Donchian channel counts the present bar unless `offset` is 1.
- `vwap` restarts each session for bars within a day and runs from the first bar for longer ones; `avwap` runs from its
  anchor. Sessions are calendar days of the index's own time zone.
"""


def markdown() -> str:
    """The whole document."""
    parts = [_HEAD]
    families: dict[str, list[Indicator]] = {}
    for indicator in catalogue():
        families.setdefault(indicator.family, []).append(indicator)
    for family, members in families.items():
        parts.append(f"## {family.capitalize()} ({len(members)})\n")
        parts.append("| name | indicator | parameters | columns | definition and source |\n|---|---|---|---|---|")
        parts.append("\n".join(_row(indicator) for indicator in members) + "\n")
    parts.append(f"## Candle patterns ({len(PATTERNS)})\n")
    parts.append("By TA-Lib; values from -100 (bearish) to 100 (bullish), 0 for none.\n")
    parts.append("| name | pattern | bars | kind | what it looks like |\n|---|---|---|---|---|")
    parts.append("\n".join(f"| `{p.name}` | {p.label} | {p.bars} | {p.kind} | {p.looks} |" for p in PATTERNS) + "\n")
    parts.append("## Chart patterns\n")
    parts.append(
        ", ".join(f"{label.lower()} (`{kind}`)" for kind, label in LABELS.items())
        + ". Each carries its swings, its lines, the bar it was known at, its state (forming, confirmed, failed), the\n"
        "measured target and the price that ends it."
    )
    return "\n".join(parts) + "\n"


def _row(indicator: Indicator) -> str:
    params = ", ".join(f"`{p.name}` {_default(p)}" for p in indicator.params) or "none"
    columns = ", ".join(f"`{name}`" for name in indicator.column_names)
    aliases = f" (also {', '.join(f'`{a}`' for a in indicator.aliases)})" if indicator.aliases else ""
    formula = indicator.formula.replace("|", "\\|")
    return f"| `{indicator.name}`{aliases} | {indicator.label} | {params} | {columns} | {formula} |"


def _default(param: Param) -> str:
    if param.default is None:
        return "empty"
    return f"{param.default:g}" if isinstance(param.default, int | float) else str(param.default)


if __name__ == "__main__":
    from pathlib import Path

    (Path(__file__).resolve().parents[2] / "docs" / "indicators.md").write_text(markdown(), encoding="utf-8")
