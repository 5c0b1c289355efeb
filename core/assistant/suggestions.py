"""Questions to begin with: about what the investor holds or watches, else about the market."""

from __future__ import annotations

from collections.abc import Sequence

from core.market.instruments import by_symbol

MOST = 6

GENERAL = (
    "How is the Nifty doing today?",
    "Which stocks gained most today?",
    "Compare TCS with Infosys over a year",
    "Support and resistance of HDFC Bank",
    "Is Reliance overbought? Show RSI and MACD",
    "What does a P/E ratio tell me?",
)
"""For an investor of whom nothing is known. Each asks for another kind of tool."""

_ABOUT_ONE = (
    "How is {0} doing?",
    "Is {0} expensive against its own past?",
    "Support and resistance of {0}",
    "{0}: RSI, MACD and moving averages",
    "Latest news on {0}",
)
_ABOUT_TWO = "Compare {0} with {1} over a year"


def suggestions(symbols: Sequence[str], *, portfolio: bool = False, day: int = 0) -> tuple[str, ...]:
    """At most six questions.

    Args:
        symbols: what the investor holds or watches, canonical, the closest first.
        portfolio: whether there is a portfolio to ask about.
        day: turns the list, so that another day begins with another name.
    """
    names = [name for name in (_name(symbol) for symbol in symbols) if name]
    if names:
        turn = day % len(names)
        names = names[turn:] + names[:turn]
    found = ["How is my portfolio doing?"] if portfolio else []
    if len(names) > 1:
        found.append(_ABOUT_TWO.format(names[0], names[1]))
    found += [
        phrase.format(names[place % len(names)]) for place, phrase in enumerate(_ABOUT_ONE[: 2 * len(names)]) if names
    ]
    return tuple(dict.fromkeys((*found[: MOST - 1], *GENERAL)))[:MOST]


def _name(symbol: str) -> str:
    known = by_symbol(symbol)
    return "" if known is None else known.short_name or known.name
