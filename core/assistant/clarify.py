"""Questions back: which instrument, which level, which two. Said so that one word answers them."""

from __future__ import annotations

from collections.abc import Sequence

from core.assistant.model import Card
from core.assistant.resolve import Doubt
from core.market.instruments import by_symbol, search
from core.market.model import Instrument

MOST = 5


def names(symbols: Sequence[str]) -> str:
    """Instruments as words: "Tata Steel (TATASTEEL.NS), Tata Power (TATAPOWER.NS) or Titan (TITAN.NS)"."""
    shown = [f"{_name(one)} ({one})" for one in symbols]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}" if shown else ""


def _name(symbol: str) -> str:
    known: Instrument | None = by_symbol(symbol)
    return symbol if known is None else known.short_name or known.name


def which(doubt: Doubt, question: str) -> tuple[str, tuple[str, ...]]:
    """Asks which of several instruments is meant; and the question once for each."""
    candidates = doubt.candidates[:MOST]
    more = "" if len(doubt.candidates) <= MOST else " There are more; add a word of the name."
    message = f"“{doubt.text}” could be {names(candidates)}. Which one do you mean?{more}"
    return message, tuple(question.replace(doubt.text, _name(one), 1) for one in candidates[:4])


def which_instrument(card: Card) -> tuple[str, tuple[str, ...]]:
    """Asks for the instrument a tool needs."""
    return (
        f"Which stock, index or coin do you mean? Name it and I will look at its {_subject(card)}.",
        tuple(one for one in card.examples if one.isascii())[:3],
    )


def which_two(card: Card) -> tuple[str, tuple[str, ...]]:
    """Asks for the instruments to set side by side."""
    return (
        f"Name at least two instruments for the {_subject(card)}, such as TCS and Infosys.",
        card.examples[:3],
    )


def missing(card: Card, what: str) -> tuple[str, tuple[str, ...]]:
    """Asks for an argument a tool cannot do without."""
    argument = card.argument(what)
    said = argument.description if argument is not None else what
    return f"For the {_subject(card)} I also need one thing: {said[0].lower()}{said[1:]}", card.examples[:3]


def vague() -> tuple[str, tuple[str, ...]]:
    """Asks what is wanted, when a question names neither an instrument nor a thing to know."""
    return (
        "What would you like to know, and about which stock, index or coin?",
        ("What is the price of TCS?", "RSI of Infosys", "How is the market today?"),
    )


def unknown(text: str) -> tuple[str, tuple[str, ...]]:
    """Says that no instrument is called so, and what sounds alike."""
    near = search(text, limit=3) if len(text) <= 60 else ()
    if near:
        hint = f" Did you mean {names([one.symbol for one in near])}?"
        return f"I know no instrument called “{text[:60]}”.{hint}", tuple(one.short_name or one.name for one in near)
    return (
        f"I know no instrument called “{text[:60]}”. Check the spelling, or give its exchange "
        f"symbol, such as RELIANCE.NS "
        "or AAPL.",
        ("Find IT stocks", "Search for tata companies"),
    )


def _subject(card: Card) -> str:
    title = card.title
    return title if title.isupper() or title[:2].isupper() else f"{title[0].lower()}{title[1:]}"


def short(symbol: str) -> str:
    """What people call an instrument."""
    return _name(symbol)
