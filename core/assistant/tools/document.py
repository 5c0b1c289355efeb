"""A result as one JSON document, for the command line, models and other programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

import numpy as np

from core.assistant.model import Figure, ToolResult


def result_document(result: ToolResult, *, timing: bool = False, figures: bool = True) -> dict[str, Any]:
    """Plain dicts and lists; NaN is null, times are ISO 8601.

    Args:
        timing: with `ms`, the one thing that differs between equal calls.
        figures: with the points of figures; without, only what they are.
    """
    found: dict[str, Any] = {
        one.name: plain(getattr(result, one.name)) for one in fields(result) if one.name not in {"ms", "displays"}
    }
    found["displays"] = [
        {"display": type(one).__name__.lower()}
        | {
            key: value
            for key, value in plain(one).items()
            if figures or not isinstance(one, Figure) or key in {"kind", "title", "alt", "deep_link", "symbols"}
        }
        for one in result.displays
    ]
    if timing:
        found["ms"] = round(result.ms, 3)
    return found


def result_json(result: ToolResult, *, timing: bool = False, figures: bool = True) -> str:
    """The same as text; equal for equal results, byte by byte."""
    return json.dumps(result_document(result, timing=timing, figures=figures), ensure_ascii=False, sort_keys=True)


def plain(value: Any) -> Any:
    """Anything of the model as JSON knows it."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return value
