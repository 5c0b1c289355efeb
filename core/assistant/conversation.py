"""What a question takes over from the ones before: "and its PE?", "compare it with Wipro", "what about 6 months"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from core.assistant.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Turn:
    """One question that was asked before, and what became of it.

    Attributes:
        symbols: instruments it spoke of, canonical.
        tools: tools that answered it, in order.
        outcome: as of an answer.
        text: the answer.
        args: the arguments of the first call, for questions that only change one of them.
    """

    question: str
    symbols: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    outcome: str = "answered"
    text: str = ""
    args: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


_POINTS = re.compile(
    r" (?:it|its|it's|this|that|them|their|they|these|those|both|same|he|she|the stock|the "
    r"company|the share|the chart) "
)
_GOES_ON = re.compile(
    r"^ (?:and|also|what about|how about|ok|okay|then|now|same|but|or|so|plus|next|with|for|"
    r"again|on|in|over|since|what if|show (?:me )?(?:it|same|that)"
    r"|make (?:it|that)|instead|only|weekly|monthly|daily|last|past|compare|versus|vs|against) "
)
_MEANS = re.compile(
    r" (?:what (?:does|do|is) (?:that|this|it) (?:mean|means|all|tell)|(?:that|this|it) "
    r"(?:means|mean)|of meaning what is|explain (?:that|this|it)|is (?:that|this|it) (?:good|"
    r"bad|high|low|normal)) "
)
_WHY = re.compile(
    r"^ (?:but |and |so )?why(?: is (?:that|it|this)| so| did it| is it)?(?: (?:fell|fall\w*|"
    r"down|up|ris\w+|drop\w*))?(?: today| now)? $"
)


def last_with_symbols(earlier: Sequence[Turn]) -> Turn | None:
    """The latest turn that spoke of an instrument."""
    return next((one for one in reversed(earlier) if one.symbols), None)


def last_with_tools(earlier: Sequence[Turn]) -> Turn | None:
    """The latest turn that ran, or wanted, a tool."""
    return next((one for one in reversed(earlier) if one.tools), None)


def points_back(said: Sentence) -> bool:
    """Whether the question speaks of something named before ("it", "the same")."""
    return _POINTS.search(said.text) is not None


def goes_on(said: Sentence) -> bool:
    """Whether the question begins like the continuation of another."""
    return _GOES_ON.search(said.text) is not None or len(said.parts) <= 3


def asks_what_it_means(said: Sentence) -> bool:
    """Whether the question asks to explain the answer before."""
    return _MEANS.search(said.text) is not None


def asks_why(said: Sentence) -> bool:
    """Whether the question is a bare "why?"."""
    return _WHY.search(said.text) is not None
