"""Calendars kept on disk: the same as those built, and never used where they might differ."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from core.clock import clock_at
from core.market.calendars import kept, registry
from core.market.calendars.calendar import Calendar


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    kept.keep_in(tmp_path / "a folder" / "calendars")
    yield tmp_path / "a folder" / "calendars"
    kept.keep_in(None)


def same(one: Calendar, two: Calendar) -> None:
    assert (one.code, one.timezone, one.recorded, one.notes) == (two.code, two.timezone, two.recorded, two.notes)
    for name in ("days", "opens", "closes", "special", "early", "estimated"):
        first, second = getattr(one.table, name), getattr(two.table, name)
        assert first.dtype == second.dtype
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("code", ["XBOM", "XNYS"])
def test_what_is_read_is_what_was_built(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    built = registry._build(code, "UTC")
    monkeypatch.setattr(registry, "_recorded", lambda _code: pytest.fail("it was built again"))
    same(registry._build(code, "UTC"), built)


def test_a_rule_is_not_kept_and_no_folder_keeps_nothing(folder: Path) -> None:
    registry._build("24/7", "UTC")
    registry._build("no such market", "Asia/Tokyo")
    kept.keep_in(None)
    registry._build("XBOM", "UTC")
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
def test_a_torn_file_is_built_anew_and_mended(folder: Path, content: bytes) -> None:
    built = registry._build("XBOM", "UTC")
    (path,) = folder.glob("XBOM-*.npz")
    path.write_bytes(content)
    same(registry._build("XBOM", "UTC"), built)
    again = kept.load("XBOM")
    assert again is not None
    same(again, built)


def test_another_month_or_edition_is_not_used_and_is_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = registry._build("XBOM", "UTC")
    with clock_at(datetime(2031, 1, 5, tzinfo=UTC)):
        assert kept.load("XBOM") is None
    monkeypatch.setattr(kept, "_known_edition", "another")
    assert kept.load("XBOM") is None
    kept.save(built)
    assert [path.name.split("-")[1] for path in folder.glob("XBOM-*.npz")] == ["another"]


def test_a_folder_that_cannot_be_made_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    kept.keep_in(tmp_path / "file" / "calendars")
    try:
        assert registry._build("XBOM", "UTC").is_session(date(2026, 11, 20))
    finally:
        kept.keep_in(None)


def test_a_code_is_no_path(folder: Path) -> None:
    assert kept.load("../../etc/passwd") is None
