"""Addresses of pages that show the same thing live."""

from __future__ import annotations

from urllib.parse import urlencode

_RANGES = frozenset({"1d", "5d", "1mo", "3mo", "6mo", "ytd", "1y", "2y", "5y", "10y", "max"})


def chart(
    symbol: str,
    span: str = "1y",
    interval: str = "1d",
    *,
    kind: str = "candles",
    studies: tuple[str, ...] = (),
    compare: tuple[str, ...] = (),
    marks: tuple[str, ...] = (),
) -> str:
    """The Charts page's address of a view (see `components.charts.view`, which reads it back)."""
    query: dict[str, str] = {"symbol": symbol}
    if ".." in span:
        first, _, last = span.partition("..")
        query |= {"range": "custom", "from": first} | ({"to": last} if last else {})
    else:
        query["range"] = span if span in _RANGES else "5y"
    query |= {"interval": interval, "type": kind}
    for key, values in (("ind", studies), ("compare", compare), ("marks", marks)):
        if values:
            query[key] = ",".join(values)
    return f"/charts?{urlencode(query, safe=':,')}"
