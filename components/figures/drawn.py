"""A figure whose JSON is ready to send, so that a rerun costs a copy and no encoding.

Plotly validates, deep-copies and re-encodes a figure every time it is drawn. A chart page draws the same figure
again and again, so ours is built once as plain dictionaries with its arrays already in plotly's binary form.
"""

import base64
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

Spec = dict[str, Any]

_DTYPES = {"float32": "f4", "float64": "f8", "int8": "i1", "int16": "i2", "int32": "i4", "uint8": "u1"}


class Drawn(go.Figure):  # type: ignore[misc]
    """A finished figure. ``spec`` is {"data": [...], "layout": {...}}; ``alt`` states the chart's message in words.

    It is a plotly figure as far as ``st.plotly_chart`` is concerned, but answers ``to_dict`` from what was
    encoded once. Never change one: it is shared between sessions. ``editable`` gives a copy that may be.
    """

    def __init__(self, data: list[Spec], layout: Spec, alt: str) -> None:
        super().__init__()
        # Plotly refuses unknown public attributes; object's own setter does not ask it.
        object.__setattr__(self, "_spec", {"data": data, "layout": layout})
        object.__setattr__(self, "_alt", alt)

    @property
    def alt(self) -> str:
        """The chart's message in words, for those who do not see it."""
        return str(object.__getattribute__(self, "_alt"))

    @property
    def spec(self) -> Spec:
        """The figure as JSON-ready dictionaries. Shared: read only."""
        spec: Spec = object.__getattribute__(self, "_spec")
        return spec

    def to_dict(self) -> Spec:
        """A shallow copy, enough for plotly's writer, which only drops keys of the outer level of a trace."""
        spec = self.spec
        return {"data": [dict(trace) for trace in spec["data"]], "layout": spec["layout"]}

    def editable(self) -> go.Figure:
        """An ordinary plotly figure of the same content, validated."""
        return go.Figure(self.to_dict())


def packed(values: NDArray[Any]) -> Spec:
    """An array in plotly's binary form (base64 of the little-endian bytes); NaN stays a gap in the line."""
    data = np.ascontiguousarray(values)
    dtype = _DTYPES[data.dtype.name]
    return {"dtype": dtype, "bdata": base64.b64encode(data.astype(f"<{dtype}", copy=False).tobytes()).decode("ascii")}


def numbers(values: ArrayLike, decimals: int) -> Spec:
    """Values for a y axis, rounded to what the hover shows and in the narrower type if that still shows the same.

    float32 holds 24 bits: 123,456.78 survives with two decimals, 1,234,567.89 does not and stays float64. Infinite
    values become gaps.
    """
    wide = np.asarray(values, dtype=np.float64)
    wide = np.where(np.isfinite(wide), wide, np.nan)
    with np.errstate(over="ignore"):
        rounded = np.round(wide, decimals)
        narrow = rounded.astype(np.float32)
        error = np.abs(narrow.astype(np.float64) - rounded)
    known = ~np.isnan(wide)
    if bool(np.all(error[known] < 0.5 * 10.0**-decimals)):
        return packed(narrow)
    return packed(rounded)


def whole(values: ArrayLike) -> Spec:
    """Counts and volumes: seven significant digits are more than a bar's height or a short number can show."""
    wide = np.asarray(values, dtype=np.float64)
    with np.errstate(over="ignore"):
        narrow = wide.astype(np.float32)
    return packed(np.where(np.isfinite(narrow), narrow, np.float32(np.nan)))
