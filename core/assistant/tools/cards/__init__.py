"""What every tool is: names, words, phrases that ask for it, arguments. One module a group, data only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from core.assistant.model import Card
from core.assistant.tools.cards import desk, financial, governance, news, strategy, technical, visual

_ALL: tuple[Card, ...] = (
    *financial.CARDS,
    *technical.CARDS,
    *governance.CARDS,
    *news.CARDS,
    *visual.CARDS,
    *strategy.CARDS,
    *desk.CARDS,
)

CARDS: Mapping[str, Card] = MappingProxyType({card.name: card for card in _ALL})
"""Every card by the tool's name, group by group."""

if len(CARDS) != len(_ALL):
    raise RuntimeError("two tools share a name")

__all__ = ["CARDS"]
