"""Whether every number of a text is a value of the evidence: right field, right instrument, rightly rounded."""

from core.assistant.grounding.gate import Finding, Report, check

__all__ = ["Finding", "Report", "check"]
