"""What can go wrong with a call of a tool.

AssistantError
├── UnknownTool      there is no tool of that name
├── BadArguments     an argument is missing, unknown, or not what the tool takes
└── NeedsInvestor    the tool speaks of an investor's own things and nobody is signed in

What the market could not answer is no error here: a result says so itself (`ToolResult.unavailable`).
"""

from __future__ import annotations


class AssistantError(Exception):
    """Base of everything this package raises on purpose."""


class UnknownTool(AssistantError):
    """`name` is not a tool; the message offers the nearest names."""

    def __init__(self, name: str, near: tuple[str, ...] = ()) -> None:
        self.name, self.near = name, near
        hint = f" Did you mean {', '.join(near)}?" if near else " The list of tools is in docs/tools.md."
        super().__init__(f"There is no tool “{name[:60]}”.{hint}")


class BadArguments(AssistantError):
    """The argument `name` of `tool` cannot be used as given.

    Attributes:
        reason: what is wrong, naming what was given.
        remedy: what to give instead.
    """

    def __init__(self, tool: str, name: str, reason: str, remedy: str) -> None:
        self.tool, self.name, self.reason, self.remedy = tool, name, reason, remedy
        super().__init__(f"{reason} {remedy}")


class NeedsInvestor(AssistantError):
    """`tool` needs somebody signed in."""

    def __init__(self, tool: str, what: str) -> None:
        self.tool = tool
        super().__init__(f"{what} belongs to an investor. Sign in, then ask again.")
