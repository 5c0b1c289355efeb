"""A demo visitor's desk: filled once, with things every page understands."""

from __future__ import annotations

from components.charts.view import from_query, to_query
from core.market import instruments
from core.notices import inbox
from core.operations import alerts, samples
from tests.operations.people import rows, visitor


def test_a_desk_is_filled_once(fresh_db: str) -> None:
    guest, other = visitor(), visitor()
    samples.fill(guest)
    samples.fill(guest)
    assert rows("SELECT symbol FROM watches WHERE owner = :o ORDER BY since", o=guest.owner) == [
        (symbol,) for symbol in samples.WATCHED
    ]
    assert rows("SELECT name FROM layouts WHERE owner = :o ORDER BY name", o=guest.owner) == [
        (name,) for name in sorted(samples.LAYOUTS)
    ]
    assert [one.symbol for one in reversed(alerts.alerts_of(guest))] == [symbol for symbol, _, _ in samples.ALERTS]
    assert {one.expires_at for one in alerts.alerts_of(guest)} == {guest.expires_at}
    assert [message.kind for message in inbox.messages(guest.id).rows] == ["welcome"]
    assert rows("SELECT 1 FROM watches WHERE owner = :o", o=other.owner) == []


def test_the_names_to_watch_are_of_different_sectors() -> None:
    found = [instruments.resolve(symbol, ()) for symbol in samples.WATCHED]
    assert [one.symbol for one in found] == list(samples.WATCHED)
    sectors = [one.sector or one.asset_class for one in found]
    assert len(set(sectors)) == len(samples.WATCHED)


def test_the_charts_page_understands_the_layouts() -> None:
    for payload in samples.LAYOUTS.values():
        view, notes = from_query(payload)
        assert notes == ()
        assert from_query(to_query(view))[0] == view
        assert {"symbol", "range", "interval", "type"} <= set(payload)
        assert len(view.studies) + len(view.compare) > 0
