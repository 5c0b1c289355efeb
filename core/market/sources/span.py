"""The span of a request, checked before a vendor is asked. Pure."""

from datetime import datetime

from core.market.errors import BadRange
from core.market.sources.base import Request


def check_span(request: Request, now: datetime) -> None:
    """Raise BadRange for a start or end without timezone, a start after the end, and a start in the future."""
    for edge in (request.start, request.end):
        if edge is not None and edge.tzinfo is None:
            raise BadRange(f"{edge.isoformat()} has no timezone. Give times in UTC.")
    if request.start is not None and request.end is not None and request.start >= request.end:
        raise BadRange(f"The start {request.start:%Y-%m-%d} is not before the end {request.end:%Y-%m-%d}. Swap them.")
    if request.start is not None and request.start > now:
        raise BadRange(f"{request.start:%Y-%m-%d} is in the future. Choose a start before today.")
