"""Whether every number of a text is a value of the evidence: of the right field, the right instrument, rightly rounded."""

from core.assistant.grounding.gate import Finding, Report, check

__all__ = ["Finding", "Report", "check"]
