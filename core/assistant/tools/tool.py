"""A tool: a card and the function behind it, and the shelf on which the modules put them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter

from core.accounts.errors import InvalidInput
from core.assistant.errors import BadArguments, NeedsInvestor
from core.assistant.model import PRESENT, Card, Context, ToolResult
from core.assistant.tools.cards import CARDS
from core.assistant.tools.checking import checked
from core.assistant.tools.evidence import Evidence
from core.backtest.errors import BacktestError
from core.indicators.errors import IndicatorError
from core.market.errors import AmbiguousSymbol, MarketError
from core.market.service import Market, market
from db.session import DatabaseProblem

Body = Callable[[Evidence], ToolResult]

BODIES: dict[str, Body] = {}
"""The functions by tool name, as the modules register them."""


def body(name: str) -> Callable[[Body], Body]:
    """Decorator: this function is the tool of that name. Its card must exist."""
    if name not in CARDS or name in BODIES:
        raise RuntimeError(f"{name} has no card, or two bodies")

    def put(function: Body) -> Body:
        BODIES[name] = function
        return function

    return put


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. `run` is all a caller needs."""

    card: Card
    function: Body = field(repr=False)

    def run(self, args: Mapping[str, object], context: Context = PRESENT, service: Market | None = None) -> ToolResult:
        """Check the arguments and find what is asked.

        What the market, the database or a calculation cannot give is said by the result's `unavailable`.

        Raises:
            BadArguments: an argument cannot be used; says which and what to give.
            NeedsInvestor: it speaks of an investor's own things and nobody is signed in.
        """
        started = perf_counter()
        if "investor" in self.card.needs and context.investor is None:
            raise NeedsInvestor(self.card.name, self.card.title)
        source = service or market()
        given: dict[str, object] = {key: value for key, value in args.items() if value is not None}
        try:
            used = checked(self.card, given, context, source)
            result = self.function(Evidence(self.card.name, used, context, source))
        except AmbiguousSymbol as error:
            result = ToolResult(self.card.name, given, unavailable=str(error), choices=error.candidates)
        except InvalidInput as error:
            raise BadArguments(self.card.name, error.field, error.message, error.remedy) from error
        except (MarketError, IndicatorError, BacktestError, DatabaseProblem) as error:
            result = ToolResult(self.card.name, given, unavailable=str(error))
        return replace(result, ms=1000.0 * (perf_counter() - started))
