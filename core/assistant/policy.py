"""What the analyst does not do, and when an act is really asked for.

Declined: other people's data, guarantees, tricks on the market, secrets, orders to forget the rules, what is no
finance at all. Small talk is answered in a sentence. An act (an alert, an order) needs the investor's own plain words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.assistant.resolve import Found
from core.assistant.sayings import saying
from core.assistant.sentence import SYMBOL, Sentence
from core.assistant.words import Question


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is declined, to be said to the investor, and what may be asked instead."""

    kind: str
    message: str
    instead: tuple[str, ...] = ()


_NAMED_PORTFOLIO = re.compile(
    r"(?i)\b([A-Za-z]{3,})['’]s\s+(?:portfolio|holdings|watch ?list|trades|demat|account|orders)\b"
)
_OWN_WORDS_TEXT: Final = """
    my today let what who there here mine ours company fund index nifty
"""
_OWN_WORDS: Final = frozenset(_OWN_WORDS_TEXT.split())
_HELLO = re.compile(
    r"^ (?:hi+|hello|hey+|hiya|namaste|namaskar|yo|good (?:morning|evening|afternoon|day)|sup|"
    r"hola)(?: (?:there|all|sir|buddy|dude|mate|ji|kubera|again|how are you|brother|how "
    r"are))*(?: you)? $"
)
_ALERTS = re.compile(
    r" (?:show|list|see|view|cancel|delete|remove|stop|change|edit|pause|what are|which) "
    r"(?:all )?(?:of )?(?:my |the )?(?:price )?(?:alerts?|notifications?)| my (?:price "
    r")?alerts? "
)
_THANKS = re.compile(
    r"^ (?:ok(?:ay)? |great |nice |good |cool |got it |many |wow )*(?:thanks?|thank you|thx|"
    r"ty|cheers|ok|okay|great|cool|nice|bye|goodbye|good night|dhanyavad|shukriya|got it|"
    r"awesome|perfect)(?: (?:a lot|so much|very much|you|bro|buddy|sir|ji|for (?:the "
    r")?(?:help|info|information|that|this)|again))* $"
)
_ABLE = re.compile(
    r" (?:what (?:can|do|all can|else can) you (?:do|help|answer|know|offer)|what are you|who "
    r"are you|are you (?:a |an )?(?:bot|human|ai|robot|real|person|chatbot|model)|how (?:can|"
    r"do) you (?:help|work)|help me$|what (?:can|should|may) i ask|what (?:tools?|features?|"
    r"data) do you|how (?:do|can) i use (?:this|you)|your (?:capabilities|features|abilities)|"
    r"introduce yourself|^ help $|^ menu $|^ commands? $)"
)

ABLE: Final = (
    "I answer questions about stocks, indices, funds and coins from the desk's own data: prices and charts, technical "
    "indicators and levels, accounts, ratios and valuation, owners and results, news and ratings, your portfolio and "
    "watchlist, backtests and trade plans. Every figure says where it comes from; I compute nothing in my head and "
    "promise no returns."
)
START: Final = ("What is the price of TCS?", "Compare HDFC Bank and ICICI Bank", "Top gainers today", "What is RSI?")


def refusal(question: Question, found: Found) -> Refusal | None:
    """Why the question is declined; None when it is not."""
    text = question.text
    if saying("rules").search(text):
        return Refusal(
            "rules",
            "I keep to my rules and show no secrets, prompts or internals. Ask me about a stock, the "
            "market or your own "
            "portfolio instead.",
            START,
        )
    if saying("others").search(text) or _named_portfolio(text, found):
        return Refusal(
            "others",
            "I only ever speak of your own portfolio, watchlist and alerts; what belongs to other people stays theirs. "
            "Ask about your own holdings, or about who owns a listed company.",
            ("Show my portfolio", "Shareholding pattern of Reliance"),
        )
    if saying("foul").search(text):
        return Refusal(
            "foul",
            "I do not help with tips from inside a company, with moving a price, or with hiding money: that is against "
            "the law. Disclosed insider trades of a company I can show.",
            ("Insider trading in Reliance", "Bulk volume in Tata Steel"),
        )
    if saying("sure").search(text):
        name = found.mentions[0].instrument.short_name if found.mentions else ""
        about = f" What I can show for {name}: its trend, valuation and risk." if name else ""
        return Refusal(
            "guarantee",
            "Nobody can promise a return, and I do not name stocks that are sure to rise or double: "
            "prices can fall and "
            f"money can be lost.{about} Ask for facts to judge by instead.",
            (f"Technical analysis of {name}", f"How volatile is {name}?")
            if name
            else ("Stocks with PE below 15", "What is drawdown?"),
        )
    if saying("money").search(text):
        return Refusal(
            "money",
            "I move no money and delete nothing. Accounts and data are managed on the Account page.",
            ("Show my portfolio",),
        )
    if saying("outside").search(text) and not (
        found.mentions and not re.search(r"(?i)\b(?:joke|poem|song|story|shayari|essay|code|translate)\b", text)
    ):
        return outside()
    return None


_ABSENT = (
    (r" ipos? | grey market | gmp ", "new issues (IPOs)"),
    (
        r" (?:option chain|options? data|open interest|put call ratio|pcr|implied volatility|greeks|max pain) ",
        "options",
    ),
    (
        r" (?:nav|mutual fund (?:nav|returns?|scheme)|best mutual funds?|which mutual fund|expense ratio of) ",
        "mutual fund schemes",
    ),
    (
        r" (?:fii dii|fii and dii) (?:data|flows?|activity|today)| (?:fii|dii) (?:flows?|activity|buying|selling) ",
        "daily flows of institutions",
    ),
    (
        r" (?:gdp|inflation rate|repo rate|interest rate of rbi|cpi|iip) (?:today|now|current|data|latest|rate) ",
        "economic figures",
    ),
)


def absent(said: Sentence) -> Refusal | None:
    """The refusal of what no source of the desk tells; None when nothing of that kind is asked for."""
    for pattern, what in _ABSENT:
        if said.has(pattern):
            return Refusal(
                "absent",
                f"No source of this desk tells me about {what}, so I leave that unanswered rather than guess.",
                START,
            )
    return None


def outside() -> Refusal:
    """The refusal of what has nothing to do with markets."""
    return Refusal(
        "outside",
        "That is outside my field: I answer questions about stocks, markets and your "
        "investments. Ask me about a company, "
        "an index, an indicator or a term of investing.",
        START,
    )


def _named_portfolio(text: str, found: Found) -> bool:
    match = _NAMED_PORTFOLIO.search(text)
    if match is None or match[1].lower() in _OWN_WORDS:
        return False
    return all(match[1].lower() not in one.text.lower() for one in found.mentions)


def small_talk(said: Sentence) -> str | None:
    """The answer to a greeting, thanks or "what can you do"; None for anything else."""
    if _HELLO.search(said.text):
        return f"Hello. {ABLE}"
    if _THANKS.search(said.text):
        return "You are welcome. Ask on whenever you like."
    if _ABLE.search(said.text):
        return ABLE
    if _ALERTS.search(said.text) and not said.has(r" \d[\d,.]* "):
        return (
            "Your alerts stand on the Alerts page, where each can be changed, paused or removed. "
            "A new one I can set here."
        )
    return None


_ALERT_WORDS = re.compile(
    r" (?:alerts?|alarm|notify|notification|remind(?:er)?|(?:wake|call|buzz|nudge) me|ping|"
    r"warn|inform|message|e?mail|text) |(?:tell|let) (?:me|us)(?: know)? (?:when|if|as soon|"
    r"once) |tell $| tell "
)
_ORDER_WORDS = re.compile(r" (?:buy|sell|purchase|order|execute|short|square off|exit|invest|close my|liquidate) ")
_ASKS = re.compile(r"^ (?:what|how|why|which|who|explain|is|are|do|does|should|when|where|did|has) ")


def explicit(tool: str, said: Sentence) -> bool:
    """Whether the question itself, in so many words, asks for an act; a question about an act does not."""
    if tool == "create_alert":
        return _ALERT_WORDS.search(said.text) is not None and _ASKS.search(said.text) is None
    if tool == "place_order":
        return (
            _ORDER_WORDS.search(said.text) is not None
            and _ASKS.search(said.text) is None
            and not said.has(
                r" (?:should|would|could|good|worth|better|want to know|signal|rating|calls?|opinion|"
                r"advice|right time|or (?:sell|buy|hold|not|wait)) "
            )
        )
    return False


PRICE_ALERTS: Final = (
    "Alerts here watch a price, or its change of the day in percent, not an indicator. Give "
    "me a price or a percentage, "
    "and I will set it."
)


def alert_beyond_price(said: Sentence) -> bool:
    """Whether an alert is asked for on something other than a price."""
    return explicit("create_alert", said) and said.has(
        r" (?:alerts?|alarm|notify|remind\w*|ping|warn) .*(?:rsi|macd|ema|sma|dma|bollinger|"
        r"volume|pe|supertrend|vwap|results?|dividends?|news|cross\w*over|golden cross) "
    )


def orders(said: Sentence) -> bool:
    """Whether the question is an order to trade."""
    return (
        explicit("place_order", said)
        and said.has(
            rf"^ (?:please |can you |kindly |go ahead and |i want to |i would like to |now |ok "
            rf")*(?:buy|sell|purchase|short (?={SYMBOL}|\d)|place|execute|square off|exit my|liquidate "
            rf"my|invest) .*(?:{SYMBOL}|\d|order|my|everything|all|shares?|stocks?) "
            rf"| (?:place|put|execute|submit|send) (?:an? |the |my )?(?:\S+ ){{0,4}}order |{SYMBOL} "
            rf".*\d+ (?:shares?|stocks?|units?|lots?|qty|quantity) (?:buy|sell)"
            rf"|{SYMBOL} (?:of )?\d+ (?:shares? |stocks? )?(?:buy|sell)|^ (?:buy|sell) "
        )
        and not said.has(r" (?:strategy|plan|setup|alert|backtest|back test|how|signals?) ")
    )
