"""What to do about a question: the calls to make, or a question back, a refusal, a name nobody knows. Runs nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from core.assistant import clarify, policy
from core.assistant.arguments import arguments
from core.assistant.arithmetic import expression
from core.assistant.asked import Asked
from core.assistant.conversation import (
    Turn,
    asks_what_it_means,
    asks_why,
    goes_on,
    last_with_symbols,
    last_with_tools,
    points_back,
)
from core.assistant.model import Card
from core.assistant.resolve import Found, find, is_index
from core.assistant.router import LIKE_ENOUGH, Route, Scored, asks_meaning, like, route
from core.assistant.sayings import saying
from core.assistant.sentence import SYMBOL, Sentence, sentence
from core.assistant.tools.cards import CARDS
from core.assistant.words import LONGEST, Question, read
from core.market.model import Instrument

Outcome = Literal["answered", "clarify", "declined", "not_found"]
Purpose = Literal["", "advice", "forecast", "whole"]

MOST_CALLS: Final = 8
MOST_INSTRUMENTS: Final = 4


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool. `id` is unique within an answer."""

    id: str
    name: str
    args: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a question.

    Attributes:
        calls: what to run, in order; empty unless the outcome is "answered".
        symbols: instruments the question speaks of, canonical.
        message: what to say when there is nothing to run.
        purpose: what the figures are wanted for, which decides how they are told.
        wanted: tools the question asks for, also when one could not be run yet (then the next question may tell).
        ranked: every tool considered, best first.
        unknown: names that no instrument answers to, although the rest can be answered.
    """

    outcome: Outcome
    calls: tuple[Call, ...] = ()
    symbols: tuple[str, ...] = ()
    message: str = ""
    suggestions: tuple[str, ...] = ()
    purpose: Purpose = ""
    wanted: tuple[str, ...] = ()
    ranked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    def turn(self, question: str, text: str = "") -> Turn:
        """This plan as an earlier turn of a conversation."""
        args = self.calls[0].args if self.calls else {}
        return Turn(question, self.symbols, self.wanted, self.outcome, text, args)


_ANALYSIS = re.compile(r" (?:analy[sz]e|analysis|analysing|analyzing|review|evaluate|assess|examine|check out|study) ")
_ABOUT = re.compile(
    rf"^ (?:please |can you |could you |i want to know |give me |hey |ok |and )*(?:tell|know|"
    rf"something|info|information|details?|brief|describe)? ?(?:me )?(?:something |more |a bit "
    rf"|some |brief )?(?:about|on|regarding|info on|information on) (?:the )?(?:company |stock "
    rf")?{SYMBOL}(?: company| limited| stock| share)* $|^ {SYMBOL} (?:of |about )*(?:about|"
    rf"information|info|details?)(?: in| tell| give)* $"
)
_NAMED = re.compile(
    r" (?:technical\w*|fundamental\w*|sentiment|volume|price action|pattern|chart|risk|sector|portfolio) "
)

_MEANINGS: Final[dict[Purpose, tuple[str, ...]]] = {
    "advice": (
        "get_score",
        "get_valuation_metrics",
        "get_technical_indicators",
        "get_financial_ratios",
        "get_analyst_ratings",
    ),
    "forecast": ("get_technical_indicators", "get_analyst_ratings", "get_price_action"),
    "whole": (
        "get_company_profile",
        "get_stock_info",
        "get_fundamentals",
        "get_valuation_metrics",
        "get_technical_indicators",
        "get_analyst_ratings",
        "get_stock_news",
    ),
}
# What a company has and an index, a coin or a currency has not.
_COMPANY_ONLY: Final = frozenset(
    [
        "get_fundamentals",
        "get_financial_ratios",
        "get_valuation_metrics",
        "get_analyst_ratings",
        "get_score",
        "get_company_profile",
    ]
)


def plan(
    question: str,
    *,
    earlier: Sequence[Turn] = (),
    today: date,
    own: Iterable[Instrument] = (),
    scope: Sequence[str] = (),
    available: Collection[str] | None = None,
) -> Plan:
    """What to do about a question.

    Args:
        question: what the investor typed; any unicode, any length.
        earlier: the turns before, oldest first.
        today: the day the question is asked (or asked about).
        own: instruments of the investor's own.
        scope: instruments the conversation is about, for questions that name none.
        available: names of the tools there are; None for all with a card.
    """
    asked = read(question)
    if asked.too_long:
        return Plan(
            "clarify",
            message=f"That is {asked.length:,} characters; I read up to {LONGEST:,}. Please ask in a sentence or two.",
            suggestions=policy.START,
        )
    if not asked.words or not any(one.text[0].isalnum() or one.text[0] in "^$" for one in asked.words):
        return Plan("clarify", message=clarify.vague()[0], suggestions=clarify.vague()[1])
    return _Planner(asked, tuple(earlier), today, tuple(own), tuple(scope), available).plan()


class _Planner:
    def __init__(
        self,
        question: Question,
        earlier: tuple[Turn, ...],
        today: date,
        own: tuple[Instrument, ...],
        scope: tuple[str, ...],
        available: Collection[str] | None,
    ) -> None:
        self._question, self._earlier, self._today, self._scope = question, earlier, today, scope
        self._names = frozenset(CARDS if available is None else available) & frozenset(CARDS)
        self._found: Found = find(question, own)
        self._said: Sentence = sentence(question, self._found)
        self._instruments: dict[str, Instrument] = {
            one.instrument.symbol: one.instrument for one in self._found.mentions
        }
        self._purpose: Purpose = ""

    def plan(self) -> Plan:
        refused = policy.refusal(self._question, self._found)
        if refused is not None:
            return Plan("declined", message=refused.message, suggestions=refused.instead, symbols=self._found.symbols)
        if (
            not self._found.mentions
            and not asks_meaning(self._said)
            and (refused := policy.absent(self._said)) is not None
        ):
            return Plan("declined", message=refused.message, suggestions=refused.instead)
        if (talk := policy.small_talk(self._said)) is not None and (not self._found.mentions or "Alerts page" in talk):
            return Plan("answered", message=talk, suggestions=policy.START)
        if not self._found.mentions and expression(self._question.text) is not None and self._sum_meant():
            return self._calls(("calc",), (), ())
        if policy.orders(self._said) and "place_order" not in self._names:
            return Plan(
                "declined",
                symbols=self._found.symbols,
                message="I place no orders: there is no broker behind this desk. I can show what such a trade "
                "would rest "
                "on, or set a price alert for it.",
                suggestions=self._trade_instead(),
            )
        symbols = self._symbols()
        if policy.alert_beyond_price(self._said):
            return Plan(
                "clarify", symbols=symbols, message=policy.PRICE_ALERTS, suggestions=("Alert me when TCS crosses 3500",)
            )
        routed = self._route(symbols)
        tools = self._tools(routed, symbols)
        return self._decide(tools, symbols, tuple(one.tool for one in routed.ranked))

    # -- instruments -------------------------------------------------------------------------------------------

    def _symbols(self) -> tuple[str, ...]:
        """Instruments of the question, with those of the conversation when it points back to them."""
        own = self._found.symbols
        before = last_with_symbols(self._earlier)
        kept = before.symbols if before is not None else self._scope
        if own:
            if (
                kept
                and (points_back(self._said) or self._said.has(r"^ (?:compare|versus|vs|against|with|and compare) "))
                and _sets_side_by_side(self._said)
            ):
                return tuple(dict.fromkeys((*kept, *own)))
            return own
        return tuple(kept)

    def _sum_meant(self) -> bool:
        return not self._said.has(
            r" (?:alert|notify|stocks?|chart|rsi|pe|below|above|screen|portfolio|mark|line|backtest) "
        )

    # -- tools ---------------------------------------------------------------------------------------------------

    def _route(self, symbols: tuple[str, ...]) -> Route:
        instruments = len(self._found.mentions) + len(self._found.doubts)
        indices = sum(is_index(one) for one in self._instruments.values())
        meaning = instruments == 0 and asks_meaning(self._said) and not (symbols and points_back(self._said))
        carried = len(symbols) if self._carries() else 0
        return route(
            self._said,
            instruments=instruments or carried,
            indices=indices,
            available=self._names,
            meaning=meaning,
        )

    def _carries(self) -> bool:
        return bool(self._earlier or self._scope) and (points_back(self._said) or goes_on(self._said))

    def _tools(self, routed: Route, symbols: tuple[str, ...]) -> tuple[str, ...]:
        chosen = [
            one
            for one in routed.chosen
            if one.tool not in {"create_alert", "place_order"} or policy.explicit(one.tool, self._said)
        ]
        strong = [one for one in chosen if one.score >= 80]
        if self._earlier and not self._found.mentions:
            if asks_what_it_means(self._said) and (before := last_with_tools(self._earlier)) is not None:
                return (*before.tools[:1], "explain") if "explain" in self._names else before.tools[:1]
            if asks_why(self._said) and symbols:
                return ("get_stock_news",)
        purpose = self._asks_for(chosen, strong, symbols)
        if purpose:
            self._purpose = purpose
            return tuple(one for one in self._fitting(_MEANINGS[purpose], symbols) if one in self._names)
        if self._found.mentions and _ABOUT.search(self._said.text):
            return self._fitting(("get_company_profile", "get_stock_info"), symbols)
        if not chosen and self._found.mentions and _ANALYSIS.search(self._said.text):
            chosen = [Scored("get_technical_indicators", 40.0)]
        if (
            chosen
            and chosen[0].tool == "get_technical_indicators"
            and chosen[0].score < 80
            and _ANALYSIS.search(self._said.text)
        ):
            return self._fitting(("get_technical_indicators", "get_valuation_metrics", "get_financial_ratios"), symbols)
        if self._takes_over(chosen):
            before = last_with_tools(self._earlier)
            assert before is not None
            if before.tools == ("explain",) and self._found.mentions and (meant := self._meant_before(before)):
                return meant
            kept = tuple(one for one in before.tools if one in self._names and CARDS[one].intent == "read")
            if kept:
                return kept
        if chosen:
            return tuple(one.tool for one in chosen)
        return self._by_default(symbols)

    def _asks_for(self, chosen: list[Scored], strong: list[Scored], symbols: tuple[str, ...]) -> Purpose:
        text = self._said.text
        if any(CARDS[one.tool].intent == "act" or one.tool in _EXPRESS for one in chosen):
            return ""
        listed = len(strong) >= 2
        if (
            saying("whole").search(text)
            and symbols
            and not listed
            and not _NAMED.search(
                text.replace("fundamental and technical", "").replace("technical and fundamental", "")
            )
        ):
            return "whole"
        if len(symbols) > 1 and any(one.tool == "create_comparison_chart" for one in strong):
            return ""
        if (
            saying("advice").search(text)
            and (symbols or not strong)
            and not any(
                one.tool in {"get_analyst_ratings", "get_top_scores", "search_stocks", "get_dividend_info"}
                and one.score >= 80
                for one in chosen
            )
        ):
            return "advice"
        if (
            saying("forecast").search(text)
            and symbols
            and not any(one.score >= 85 and one.tool not in {"get_price_action", "get_stock_info"} for one in chosen)
        ):
            return "forecast"
        return ""

    def _fitting(self, tools: Sequence[str], symbols: tuple[str, ...]) -> tuple[str, ...]:
        """Without what only companies have, when the question is about an index, a coin or a currency."""
        first = self._instruments.get(symbols[0]) if symbols else None
        listed = first is None or first.asset_class.value == "stock"
        return tuple(one for one in tools if one in self._names and (listed or one not in _COMPANY_ONLY)) or tuple(
            one for one in ("get_technical_indicators", "get_stock_info") if one in self._names
        )

    def _takes_over(self, chosen: list[Scored]) -> bool:
        """Whether the tools of the turn before are meant: "what about 6 months", "and Infosys?"."""
        if last_with_tools(self._earlier) is None or any(one.score >= 50 for one in chosen):
            return False
        return goes_on(self._said) or (bool(self._found.mentions) and not chosen)

    def _meant_before(self, before: Turn) -> tuple[str, ...]:
        """What a question about a term asks for, now that an instrument is named: "what is the RSI", "Infosys"."""
        asked = read(before.question)
        routed = route(sentence(asked, find(asked)), instruments=1, available=self._names - {"explain"})
        return tuple(one.tool for one in routed.chosen if CARDS[one.tool].intent == "read")

    def _by_default(self, symbols: tuple[str, ...]) -> tuple[str, ...]:
        likeness = like(self._said)
        best = max(likeness, key=lambda one: (likeness[one], one)) if likeness else ""
        mentioned = bool(self._found.mentions)
        if mentioned and len(symbols) > 1 and all(is_index(one) for one in self._instruments.values()):
            return ("get_market_movers",)
        if best in self._names and likeness[best] >= LIKE_ENOUGH and CARDS[best].intent == "read":
            if mentioned and CARDS[best].needs and "symbol" in CARDS[best].needs:
                return (best,)
            if (
                not mentioned
                and "symbol" not in CARDS[best].needs
                and likeness[best] >= 2 * LIKE_ENOUGH
                and best not in {"explain", "calc"}
            ):
                return (best,)
        if self._said.sector and not mentioned and "search_stocks" in self._names:
            return ("search_stocks",)
        if mentioned or self._found.doubts:
            if self._said.has(r" (?:chart|graph) "):
                return ("create_price_chart",)
            return ("get_stock_info",)
        if symbols and self._carries() and (before := last_with_tools(self._earlier)) is not None:
            return tuple(one for one in before.tools if CARDS[one].intent == "read")
        return ()

    # -- the outcome -------------------------------------------------------------------------------------------

    def _decide(self, tools: tuple[str, ...], symbols: tuple[str, ...], ranked: tuple[str, ...]) -> Plan:
        text = self._question.text
        needing = [one for one in tools if {"symbol", "symbols"} & set(CARDS[one].needs)]
        free = [one for one in tools if one not in needing]
        searching = tools[:1] == ("search_stocks",)
        if self._found.doubts and (needing or not tools) and not searching:
            message, again = clarify.which(self._found.doubts[0], text)
            return Plan(
                "clarify", symbols=self._found.symbols, message=message, suggestions=again, wanted=tools, ranked=ranked
            )
        unknown = self._strangers(tools)
        if unknown and not self._found.mentions and (needing or not tools) and not (free and not needing):
            message, near = clarify.unknown(unknown[0])
            return Plan("not_found", message=message, suggestions=near, wanted=tools, ranked=ranked, unknown=unknown)
        if (
            unknown
            and needing
            and tools[0] in {"create_comparison_chart", "create_correlation_heatmap"}
            and len(symbols) < 2
        ):
            message, near = clarify.unknown(unknown[0])
            return Plan(
                "not_found",
                symbols=symbols,
                message=message,
                suggestions=near,
                wanted=tools,
                ranked=ranked,
                unknown=unknown,
            )
        if not tools:
            return self._nothing(symbols, ranked)
        if needing and not symbols:
            if free:
                return self._calls(tuple(free), symbols, ranked, unknown)
            if "symbols" in CARDS[needing[0]].needs:
                message, again = clarify.which_two(CARDS[needing[0]])
            else:
                message, again = clarify.which_instrument(CARDS[needing[0]])
            return Plan("clarify", message=message, suggestions=again, wanted=tools, ranked=ranked)
        return self._calls(tools, symbols, ranked, unknown)

    def _strangers(self, tools: tuple[str, ...]) -> tuple[str, ...]:
        """Unknown names that matter: not the odd word of a question that is understood without it."""
        if not self._found.unknown:
            return ()
        if not self._found.mentions:
            return self._found.unknown
        side_by_side = bool({"create_comparison_chart", "create_correlation_heatmap"} & set(tools))
        return tuple(one for one in self._found.unknown if side_by_side or one[:1].isupper())

    def _nothing(self, symbols: tuple[str, ...], ranked: tuple[str, ...]) -> Plan:
        if self._purpose and not symbols:
            message, again = clarify.which_instrument(CARDS["get_technical_indicators"])
            return Plan("clarify", message=message, suggestions=again, wanted=_MEANINGS[self._purpose], ranked=ranked)
        money = self._said.has(
            r" (?:stocks?|shares?|markets?|prices?|invest\w*|trad\w+|compan\w+|funds?|money|profit|"
            r"portfolio|buy|sell|index|nifty|sensex|crypto|ratio|indicator|levels?|it|this|that|them) "
            r""
        )
        if money or len(self._said.parts) <= 2 or symbols:
            message, again = clarify.vague()
            return Plan("clarify", symbols=symbols, message=message, suggestions=again, ranked=ranked)
        refused = policy.outside()
        return Plan("declined", message=refused.message, suggestions=refused.instead, ranked=ranked)

    def _calls(
        self, tools: tuple[str, ...], symbols: tuple[str, ...], ranked: tuple[str, ...], unknown: tuple[str, ...] = ()
    ) -> Plan:
        calls: list[Call] = []
        for tool in tools:
            card = CARDS[tool]
            about = symbols if self._found.mentions or self._speaks_of(card) else ()
            side_by_side = "symbols" in card.needs
            if side_by_side and len(symbols) == 1 and self._said.has(r" (?:index|benchmark|market|nifty) "):
                about = (*symbols, "^NSEI")
            if side_by_side and len(about) < 2:
                if len(tools) > 1:
                    continue
                message, again = clarify.which_two(card)
                return Plan("clarify", symbols=symbols, message=message, suggestions=again, wanted=tools, ranked=ranked)
            given = Asked(self._question, self._said, about if side_by_side else about[:MOST_INSTRUMENTS], self._today)
            for args in arguments(card, given):
                merged = self._with_earlier(card, args)
                lacking = next(
                    (one.name for one in card.arguments if one.required and merged.get(one.name) in (None, "", [])),
                    None,
                )
                if lacking is not None:
                    if len(tools) > 1:
                        continue
                    message, again = clarify.missing(card, lacking)
                    return Plan(
                        "clarify", symbols=symbols, message=message, suggestions=again, wanted=tools, ranked=ranked
                    )
                calls.append(Call(f"t{len(calls) + 1}", tool, merged))
        if not calls:
            return self._nothing(symbols, ranked)
        spoken = tuple(dict.fromkeys(symbol for one in calls for symbol in _symbols_of(one.args)))
        return Plan(
            "answered",
            tuple(calls[:MOST_CALLS]),
            spoken,
            purpose=self._purpose,
            wanted=tuple(dict.fromkeys(one.name for one in calls)),
            ranked=ranked,
            unknown=unknown,
        )

    def _speaks_of(self, card: Card) -> bool:
        return bool({"symbol", "symbols"} & set(card.needs))

    def _with_earlier(self, card: Card, args: dict[str, object]) -> dict[str, object]:
        """The arguments of the turn before where this one only changes some of them."""
        before = last_with_tools(self._earlier)
        if before is None or card.name not in before.tools or not goes_on(self._said):
            if card.name == "explain" and before is not None and asks_what_it_means(self._said):
                return {"term": CARDS[before.tools[0]].title}
            return args
        known = {one.name for one in card.arguments} - {"symbol", "symbols"}
        return {**{name: value for name, value in before.args.items() if name in known}, **args}

    def _trade_instead(self) -> tuple[str, ...]:
        if not self._found.mentions:
            return ("Trade setup for Infosys", "Alert me when TCS crosses 3500")
        name = self._found.mentions[0].instrument.short_name or self._found.mentions[0].instrument.name
        return (f"Trade setup for {name}", f"Support and resistance of {name}")


_EXPRESS: Final = frozenset(
    [
        "generate_strategy",
        "run_backtest",
        "export_chart",
        "create_chart_annotation",
        "create_liquidation_zone",
        "calc",
        "explain",
    ]
)


def _sets_side_by_side(said: Sentence) -> bool:
    return said.has(
        r" (?:compare\w*|comparison|versus|vs|against|correlat\w+|better|with|between|difference|"
        r"relative|together|both) "
    )


def _symbols_of(args: Mapping[str, object]) -> tuple[str, ...]:
    one = args.get("symbol")
    many = args.get("symbols")
    found = [one] if isinstance(one, str) else []
    if isinstance(many, list | tuple):
        found += [str(each) for each in many]
    return tuple(found)
