"""The folder of real data beside the project, when it is there. Nothing of it is part of the project."""

from __future__ import annotations

from pathlib import Path

_BESIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "data"

SHARED: Path | None = _BESIDE if _BESIDE.is_dir() else None
"""Parametrise over the files below it; with None nothing is collected."""
