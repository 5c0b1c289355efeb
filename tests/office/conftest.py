"""What tests of the office share: a key of their own, quick hashes, and people to be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.accounts import passwords
from core.office import days
from core.settings import reset_settings


@pytest.fixture(autouse=True)
def _a_key_and_quick_hashes(tmp_path: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBERA_SECRET_KEY", "5f0c1d7e9a3b48268e4d0f6b7c2a1930")
        patch.setenv("KUBERA_BACKUP_DIR", str(tmp_path / "backups"))
        patch.setattr(passwords, "WORK_FACTOR", 4)
        reset_settings()
        days.forget()
        yield
    reset_settings()
