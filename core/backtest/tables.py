"""The lists in docs/backtesting.md, written from the library and the figures: `python -m core.backtest.tables`."""

from __future__ import annotations

import sys
from pathlib import Path

from core.backtest.metric_table import METRICS
from core.backtest.strategies import strategies

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "backtesting.md"
MARK = "<!-- written by python -m core.backtest.tables: everything below -->"


def tables() -> str:
    """The strategies and the figures as Markdown."""
    lines = [
        f"## Strategies ({len(strategies())})",
        "",
        "| name | idea | parameters | reference |",
        "|---|---|---|---|",
    ]
    for one in strategies():
        params = ", ".join(f"`{p.name}` {p.default}" for p in one.params) or "none"
        lines.append(f"| `{one.name}` ({one.family}) | {one.label}: {one.idea} | {params} | {one.reference} |")
    lines += ["", f"## Figures ({len(METRICS)})", "", "| name | label | unit | definition |", "|---|---|---|---|"]
    lines += [f"| `{m.name}` | {m.label} | {m.unit} | {m.definition} |" for m in METRICS]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the lists into the document, below its mark."""
    head, mark, _ = DOCUMENT.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        sys.stderr.write(f"{DOCUMENT} has no line {MARK!r}; put it where the lists shall begin.\n")
        raise SystemExit(1)
    DOCUMENT.write_text(f"{head}{MARK}\n\n{tables()}", encoding="utf-8")


if __name__ == "__main__":
    main()
