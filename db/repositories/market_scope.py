"""Who may see what: the one place that decides which owner's rows a market repository touches.

Every market repository is made for one owner and puts `Scope.sees` or `Scope.owns` into each of its statements.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

SHARED = ""
"""The owner of what everybody sees."""


class NotOwned(ValueError):
    """Something personal was asked without saying whose."""

    def __init__(self) -> None:
        super().__init__("This belongs to an investor: say which (owner=...).")


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of one owner, and what is shared. `owner` None stands for somebody unknown: shared rows only."""

    owner: str | None

    @property
    def owners(self) -> list[str]:
        """The owners whose rows may be read."""
        return [SHARED] if not self.owner else [SHARED, self.owner]

    @property
    def name(self) -> str:
        """The owner's id.

        Raises:
            NotOwned: there is none.
        """
        if not self.owner:
            raise NotOwned
        return self.owner

    def sees(self, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Rows that may be read: shared ones and the owner's."""
        return column.in_(self.owners)

    def owns(self, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Rows that are the owner's alone.

        Raises:
            NotOwned: there is no owner.
        """
        return column == self.name
