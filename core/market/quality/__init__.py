"""What is wrong with data, and what was done about it.

inspect(frame, instrument=..., interval=..., actions=..., source="yahoo") -> Inspection
"""

from core.market.quality.inspection import Inspection, inspect

__all__ = ["Inspection", "inspect"]
