"""Calendars kept on disk between starts: building XBOM and XNYS takes 0.2 and 0.5 s of CPU, reading them 5 ms.

A kept calendar is used only by the very code and exchange_calendars release that built it, and in the month it was
built in, since the record of a calendar computed from rules reaches a year ahead of the present. What cannot be read
is built anew; what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
import zipfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from core import clock
from core.market.calendars.calendar import Calendar, SessionTable

_log = logging.getLogger(__name__)

_COLUMNS = ("days", "opens", "closes", "special", "early", "estimated")
_folder: Path | None = None


def keep_in(folder: Path | None) -> None:
    """Keep calendars in a folder, made when needed; None keeps none (as in tests)."""
    global _folder  # noqa: PLW0603 - one folder a process, by intent
    _folder = folder


def load(code: str) -> Calendar | None:
    """The kept calendar of a code, or None when there is none that may be used."""
    path = _path(code)
    if path is None:
        return None
    try:
        with path.open("rb") as source, np.load(source, allow_pickle=False) as kept:
            table = SessionTable(**{name: kept[name] for name in _COLUMNS})
            meta = json.loads(str(kept["meta"]))
        recorded = (date.fromisoformat(meta["first"]), date.fromisoformat(meta["last"]))
        notes = {date.fromisoformat(day): note for day, note in meta["notes"].items()}
        return Calendar(meta["code"], meta["timezone"], table, recorded, notes)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("The kept calendar %s cannot be read and is built anew: %s", path.name, error)
        return None


def save(calendar: Calendar) -> None:
    """Keep a calendar, whole or not at all, in place of those of its code that may no longer be used."""
    path = _path(calendar.code)
    if path is None or calendar.recorded is None:
        return
    first, last = calendar.recorded
    meta = {
        "code": calendar.code,
        "timezone": calendar.timezone,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "notes": {day.isoformat(): note for day, note in calendar.notes.items()},
    }
    columns = {name: getattr(calendar.table, name) for name in _COLUMNS}
    part: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as sink:
            part = sink.name
            np.savez(sink, meta=np.array(json.dumps(meta)), **columns)
        Path(part).replace(path)
        for old in path.parent.glob(f"{calendar.code}-*.npz"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError as error:
        _log.info("The calendar %s is not kept: %s", calendar.code, error)
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _path(code: str) -> Path | None:
    if _folder is None or not code.isalnum():
        return None
    return _folder / f"{code}-{_edition()}-{clock.now():%Y%m}.npz"


_known_edition = ""


def _edition() -> str:
    """Changes with the code that builds calendars and with the package they come from."""
    global _known_edition  # noqa: PLW0603 - computed once
    if not _known_edition:
        digest = hashlib.sha256(version("exchange_calendars").encode())
        for name in ("calendar.py", "registry.py", "special.py"):
            digest.update((Path(__file__).parent / name).read_bytes())
        _known_edition = digest.hexdigest()[:12]
    return _known_edition
