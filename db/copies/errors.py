"""Why a copy could not be taken or put back."""

from __future__ import annotations


class CopyProblem(RuntimeError):
    """A copy cannot be taken or put back; `message` says what happened, `remedy` what to do next."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class WrongCopy(CopyProblem):
    """What was given is not a copy of this project's database, is damaged, or comes from a later version."""
