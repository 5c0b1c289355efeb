"""From results to a note an analyst would write: templates, no model. Every figure is a cited value of a result."""

from core.assistant.narrate.narrator import Told, narrate
from core.assistant.narrate.note import Number

__all__ = ["Number", "Told", "narrate"]
