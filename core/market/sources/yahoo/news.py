"""Headlines out of Yahoo's ticker stream and its search. Pure; every word is untrusted and made safe."""

from datetime import UTC, datetime
from typing import Any

from core.market.errors import EmptyAnswer
from core.market.model import NewsItem
from core.market.sources.untrusted import (
    SUMMARY_LIMIT,
    TITLE_LIMIT,
    link,
    mapping,
    moment,
    sequence,
    text,
)
from core.market.sources.yahoo.calls import NAME, SYMBOL

_MOST_SYMBOLS = 12
_SUMMARY = min(SUMMARY_LIMIT, 1_000)


def parse(payload: Any, limit: int, received_at: datetime) -> tuple[tuple[NewsItem, ...], datetime]:
    """Headlines, latest first, each once, and the time of the latest. Advertisements and what has no title or time
    are left out. Raises EmptyAnswer when nothing is left."""
    stream = sequence(mapping(mapping(mapping(payload).get("data")).get("tickerStream")).get("stream"))
    items = [_of_stream(mapping(row)) for row in stream if not mapping(row).get("ad")]
    items += [_of_search(mapping(row)) for row in sequence(mapping(payload).get("news"))]
    found: dict[str, NewsItem] = {}
    for item in items:
        if item is not None and item.published_at <= received_at:
            found.setdefault(item.id, item)
    if not found:
        raise EmptyAnswer(NAME, "it has no news on that.")
    latest = sorted(found.values(), key=lambda item: item.published_at, reverse=True)[:limit]
    return tuple(latest), latest[0].published_at


def _of_stream(row: dict[str, Any]) -> NewsItem | None:
    content = mapping(row.get("content"))
    published = _iso(content.get("pubDate"))
    name, title = text(content.get("id") or row.get("id"), 80), text(content.get("title"), TITLE_LIMIT)
    if name is None or title is None or published is None:
        return None
    tickers = [mapping(one).get("symbol") for one in sequence(mapping(content.get("finance")).get("stockTickers"))]
    address = mapping(content.get("clickThroughUrl")).get("url") or mapping(content.get("canonicalUrl")).get("url")
    publisher = text(mapping(content.get("provider")).get("displayName")) or "Yahoo Finance"
    return NewsItem(
        name, title, publisher, published, link(address), text(content.get("summary"), _SUMMARY), _symbols(tickers)
    )


def _of_search(row: dict[str, Any]) -> NewsItem | None:
    published = moment(row.get("providerPublishTime"))
    name, title = text(row.get("uuid"), 80), text(row.get("title"), TITLE_LIMIT)
    if name is None or title is None or published is None:
        return None
    publisher = text(row.get("publisher")) or "Yahoo Finance"
    symbols = _symbols(sequence(row.get("relatedTickers")))
    return NewsItem(name, title, publisher, published, link(row.get("link")), None, symbols)


def _iso(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _symbols(values: list[Any]) -> tuple[str, ...]:
    fit = (value.upper() for value in values if isinstance(value, str) and SYMBOL.match(value))
    return tuple(dict.fromkeys(fit))[:_MOST_SYMBOLS]
