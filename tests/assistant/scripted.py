"""An analyst in a test's hand: what it says and when, in the place of `core.assistant.asking.narrate`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import MappingProxyType

import numpy as np

from core.assistant.answer import Answer, Done, Event, Piece, Step
from core.assistant.conversation import Turn
from core.assistant.model import Column, Context, Figure, Level, Series, Table, Text, ToolResult, Value
from core.assistant.narrate import Number
from core.assistant.plan import Call

DAYS = np.arange(1_760_000_000_000 // 86_400_000, 1_760_000_000_000 // 86_400_000 + 30) * 86_400_000
CITE = "get_rsi:TCS.NS:rsi"


def figure(title: str = "TCS: RSI (14)") -> Figure:
    """Prices over an indicator, with a level and a gap."""
    close = np.linspace(3400.0, 3520.0, 30)
    close[3] = np.nan
    return Figure(
        "lines",
        title,
        "RSI over 14 bars of TCS, now 61.2, with the price above it.",
        (
            Series("Close", DAYS.astype(np.int64), close, "line", "price", "INR"),
            Series("RSI 14", DAYS.astype(np.int64), np.linspace(40.0, 61.2, 30), "line", "rsi"),
        ),
        levels=(Level(70.0, "Overbought", pane="rsi"),),
        deep_link="/charts?symbol=TCS.NS&range=6mo&ind=rsi:14",
        unit="INR",
        symbols=("TCS.NS",),
    )


def answer(text: str = "The RSI of TCS is 61.2, neutral.", *, ungrounded: tuple[str, ...] = ()) -> Answer:
    """A finished answer with one tool, one number, a figure, a table and a headline."""
    value = Value(
        "rsi", 61.23, "index", "RSI (14)", "TCS.NS", datetime(2026, 11, 18, 10, 0, tzinfo=UTC), "demo", "", CITE
    )
    shows = (
        figure(),
        Table(
            "TCS: ratios",
            (Column("Ratio"), Column("Value"), Column("Unit")),
            (("P/E", 24.1, "x"), ("Market value", 1.2e13, "INR"), ("Yield", None, "%")),
            "Of the last report.",
        ),
        Text("Headline", "[Free money](https://evil.example) <b>now</b> $5$", untrusted=True),
    )
    result = ToolResult(
        "get_rsi",
        MappingProxyType({"symbol": "TCS.NS", "length": 14}),
        ("TCS.NS",),
        (value,),
        shows,
        ("One bar is missing.",),
        date(2026, 11, 18),
        ("demo",),
        simulated=True,
        ms=41.5,
    )
    at = text.find("61.2")
    return Answer(
        text=text,
        outcome="answered",
        tools=(Call("t1", "get_rsi", MappingProxyType({"symbol": "TCS.NS", "length": 14})),),
        symbols=("TCS.NS",),
        numbers=(Number("61.2", 61.2, CITE, at, at + 4),) if at >= 0 else (),
        ungrounded=ungrounded,
        displays=shows,
        results=(result,),
        suggestions=("MACD of TCS", "Support and resistance of TCS"),
        ms=52.0,
        wanted=("get_rsi",),
    )


@dataclass
class Analyst:
    """Answers every question with `says`; waits before its last piece while `held` is set.

    Attributes:
        asked: every question with what came before it, and for whom.
        fails: raised in place of the end.
    """

    says: Answer = field(default_factory=answer)
    fails: Exception | None = None
    asked: list[tuple[str, tuple[Turn, ...], Context]] = field(default_factory=list)
    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.go.set()

    def hold(self) -> None:
        """Write the beginning, then wait."""
        self.go.clear()
        self.begun.clear()

    def __call__(self, question: str, *, earlier: Sequence[Turn], context: Context) -> Iterator[Event]:
        self.asked.append((question, tuple(earlier), context))
        for call in self.says.tools:
            yield Step(call.id, call.name, call.args, "started")
            yield Step(call.id, call.name, call.args, "done", 41.5)
        first, _, rest = self.says.text.partition(" ")
        yield Piece(f"{first} ")
        self.begun.set()
        assert self.go.wait(20), "a test forgot to let the analyst go on"
        if self.fails is not None:
            raise self.fails
        yield Piece(rest)
        yield Done(self.says)
