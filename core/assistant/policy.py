"""What the analyst does not do, and when an act is really asked for.

Declined: other people's data, guarantees, tricks on the market, secrets, orders to forget the rules, what is no
finance at all. Small talk is answered in a sentence. An act (an alert, an order) needs the investor's own plain words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from core.assistant.resolve import Found
from core.assistant.sentence import SYMBOL, Sentence
from core.assistant.words import Question


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a question is declined, to be said to the investor, and what may be asked instead."""

    kind: str
    message: str
    instead: tuple[str, ...] = ()


_OTHERS = re.compile(
    r"""(?ix) \b(?:
        (?:other|another|different|all|every|any|some(?:one|body)?\ else'?s?|each)\ (?:users?|investors?|persons?|people|clients?|customers?|members?|accounts?)(?:'s?|s')?\b
          .{0,40}\b(?:portfolios?|holdings?|positions?|watch ?lists?|trades?|orders?|transactions?|alerts?|emails?|e-mails?|passwords?|data|details|money|balance|chats?|account)
      | (?:portfolios?|holdings?|positions?|watch ?lists?|trades?|orders?|alerts?|emails?|e-mails?|passwords?|accounts?|chats?|balances?)\ (?:of|for|from|belonging\ to)\ (?:all\ |the\ |an?\ )?(?:other|another|different|every|user|users|customer|client|investor|admin|someone|somebody|my\ (?:friend|wife|husband|neighbour|neighbor|boss|colleague|brother|sister|father|mother|client))
      | (?:someone|somebody|anyone|anybody)\ else'?s?\b
      | my\ (?:friend|wife|husband|neighbour|neighbor|boss|colleague|brother|sister|father|mother|client|cousin|uncle)(?:'s|s)?\ (?:portfolio|holdings?|stocks?|watch ?list|trades?|account|positions?|investments?)
      | (?:user|account|customer|client|investor)\ (?:id\ |no\.?\ |number\ |\#)?\d+
      | (?:user|customer|client)\ (?:named\ |called\ )?[a-z]+'s\b
      | what\ (?:stocks?|shares?)?\ ?(?:does|do)\ (?:my\ friend|my\ neighbou?r|other\ (?:users?|investors?|people)|another\ user)
      | list\ (?:of\ )?(?:all\ )?(?:the\ )?users\b | who\ else\ (?:uses|is\ using|holds\ here)
    )"""
)
_NAMED_PORTFOLIO = re.compile(
    r"(?i)\b([A-Za-z]{3,})['’]s\s+(?:portfolio|holdings|watch ?list|trades|demat|account|orders)\b"
)
_OWN_WORDS: Final = frozenset("my today let what who there here mine ours company fund index nifty".split())
_RULES = re.compile(
    r"""(?ix)
        \b(?:ignore|disregard|forget|override|bypass|skip)\b.{0,40}\b(?:instructions?|rules?|prompts?|guidelines?|restrictions?|policy|policies|safety|above|previous|polic)
      | \b(?:system|hidden|initial|developer|secret)\s(?:prompt|instructions?|message)
      | \b(?:jailbreak|dan\ mode|developer\ mode|god\ mode|sudo|root\ access|admin\ (?:mode|access|rights|panel\ password))
      | \byou\ are\ now\b | \bpretend\ (?:to\ be|you|that\ you)\b | \bact\ as\ (?:an?\ )?(?:admin|root|system|unrestricted|hacker|different|another)
      | \b(?:api|secret|private|access)\s?(?:key|token)s?\b | \bpasswords?\b | \bcredentials?\b | \botp\b | \benv(?:ironment)?\ variables?\b | \.env\b
      | \b(?:drop|truncate|alter)\s+table\b | \bdelete\s+from\b | \bselect\s+.+\sfrom\s+\w+ | \bunion\s+select\b | \binsert\s+into\b | ;\s*-- | '\s*or\s+'?1'?\s*=\s*'?1
      | \brm\s+-rf\b | \beval\s*\( | \bimport\s+os\b | \bos\.system\b | \bsubprocess\b | /etc/passwd | \bxp_cmdshell\b
      | \b(?:reveal|print|show|repeat|leak|dump)\b.{0,30}\b(?:prompt|instructions?|source\ code|database|config|secrets?|tables?\ of\ the\ database)\b
    """
)
_SURE = re.compile(
    r"""(?ix)
        \b(?:guarantee[ds]?|guaranteed|assured|sure\s?-?shot|sureshot|100\s?(?:%|percent)\s?(?:sure|profit|returns?|safe|accurate|guaranteed|confirm\w*|success)|no\s?-?risk|zero\s?-?risk|risk\s?-?free\s(?:profit|returns?|money|stock|trade|way)|jackpot|confirm(?:ed)?\ (?:tip|profit|multibagger|target|call))
      | \b(?:for\ sure|definitely|certainly|without\ fail|with\ certainty|surely|pakka|zaroor)\b(?=.*\b(?:up|rise|double|profit|go|gain|reach|return|rich|multibagger|increase|money|buy|jayega|hoga|badhega|dega|crash|fall|hit|crore|lakh)) | \b(?:up|rise|double|profit|go|gain|reach|rich|multibagger|increase|hit|grow)\b.*\b(?:for\ sure|definitely|certainly|without\ fail|with\ certainty|pakka|100\s?%)
      | \b(?:which|what|any|kaun\s?sa?)\b.*\b(?:stock|share|coin|crypto)s?\b.*\b(?:will|going\ to|can)\b.*\b(?:double|triple|10x|100x|multiply|multibagger|become\s+rich|make\ me\ (?:rich|a\ millionaire|crorepati))
      | \bdouble\s+my\s+(?:money|investment)\b | \bmake\s+me\s+(?:rich|a\ millionaire|crorepati)\b | \b(?:paisa|paise|money)\s+(?:double|dugna)\b | \bget\s+rich\s+quick
      | \bnever\s+(?:fall|lose|go\ down)\b | \bcannot\s+lose\b | \bcan't\s+lose\b
    """
)
_FOUL = re.compile(
    r"""(?ix)
        \b(?:inside|insider|secret|confidential|unpublished|leaked)\s(?:tips?|information|info)\b | \bupsi\b
      | \b(?:pump\s(?:and|&)\sdump|pump\s(?:up\s)?(?:the\s|this\s|a\s)?(?:stock|price|coin)|manipulat(?:e|ing)|rig\s(?:the|a)|spoof(?:ing)?|front\s?run(?:ning)?|circular\strading|wash\strad\w+)\b(?!.*\b(?:mean|what\ is|explain|meaning)\b)
      | \b(?:launder\w*|black\smoney|evade\s(?:\w+\s)?tax\w*|hide\s(?:my\s)?(?:income|gains?|profits?)|tax\sevasion|fake\s(?:demat|pan|account|invoice)|benami|dabba\strading|hack(?:ing)?)\b(?!.*\b(?:mean|what\ is|explain|meaning)\b)
    """
)
_OUTSIDE = re.compile(
    r"""(?ix)
        \b(?:weather|temperature\ (?:in|today)|rain(?:ing)?\ (?:in|today|tomorrow)|recipe|cook(?:ing)?|biryani|pizza|joke|poem|shayari|song|lyrics|sing|story\ about|novel|essay|movie|film|bollywood|netflix\ (?:show|series|movie)s?|cricket|ipl|football|match\ score|world\ cup|horoscope|astrolog\w+|kundli|zodiac|girlfriend|boyfriend|dating|love\ me|marry|marriage|wedding|birthday|diet|lose\ weight|workout|headache|fever|symptoms?|medicine|doctor|prayer|god\ exist|meaning\ of\ life|homework|translate|grammar|spell|capital\ (?:city\ )?of\ (?!the\ (?:company|bank))[a-z]+|president\ of\ (?!§)|prime\ minister|who\ won|election|vote\ for|visa\ (?:application|process)|passport|flight|train\ ticket|hotel\ booking|book\ a\ (?:cab|hotel|ticket|table)|restaurant|nearest|distance\ between|population\ of|largest\ (?:country|ocean|planet)|tallest|deepest\ ocean|black\ hole|quantum|photosynthesis|pythag\w+|water\ boil\w*)\b
      | \b(?:write|create|generate|give)\s(?:me\s)?(?:an?\s|some\s)?(?:python|java|javascript|c\+\+|html|sql|code|program|script|function|email|letter|resume|cv|speech|caption|tweet|blog)\b(?!.*\bstrategy)
      | \b(?:python|java|javascript)\b.*\b(?:code|function|program|script|loop|list)\b
      | \bwhat(?:'s|\ is)\ (?:the\ time|your\ (?:name|age)|today'?s\ date)\b
    """
)
_MOVES_MONEY = re.compile(
    r"(?i)\b(?:transfer|send|withdraw|deposit|pay)\b.{0,30}\b(?:money|funds?|rupees|₹|rs\.?|inr|\d+|bank account|upi)\b|\b(?:delete|close|erase|remove)\s(?:my\s|the\s)?(?:whole\s|entire\s)?(?:account|portfolio|data|profile)\b"
)
_HELLO = re.compile(
    r"^ (?:hi+|hello|hey+|hiya|namaste|namaskar|yo|good (?:morning|evening|afternoon|day)|sup|hola)(?: (?:there|all|sir|buddy|dude|mate|ji|kubera|again|how are you|brother|how are))*(?: you)? $"
)
_THANKS = re.compile(
    r"^ (?:ok(?:ay)? |great |nice |good |cool |got it |many |wow )*(?:thanks?|thank you|thx|ty|cheers|ok|okay|great|cool|nice|bye|goodbye|good night|dhanyavad|shukriya|got it|awesome|perfect)(?: (?:a lot|so much|very much|you|bro|buddy|sir|ji|for (?:the )?(?:help|info|information|that|this)|again))* $"
)
_ABLE = re.compile(
    r" (?:what (?:can|do|all can|else can) you (?:do|help|answer|know|offer)|what are you|who are you|are you (?:a |an )?(?:bot|human|ai|robot|real|person|chatbot|model)|how (?:can|do) you (?:help|work)|help me$|what (?:can|should|may) i ask|what (?:tools?|features?|data) do you|how (?:do|can) i use (?:this|you)|your (?:capabilities|features|abilities)|introduce yourself|^ help $|^ menu $|^ commands? $)"
)

ABLE: Final = (
    "I answer questions about stocks, indices, funds and coins from the desk's own data: prices and charts, technical "
    "indicators and levels, accounts, ratios and valuation, owners and results, news and ratings, your portfolio and "
    "watchlist, backtests and trade plans. Every figure says where it comes from; I compute nothing in my head and "
    "promise no returns."
)
START: Final = ("What is the price of TCS?", "Compare HDFC Bank and ICICI Bank", "Top gainers today", "What is RSI?")


def refusal(question: Question, said: Sentence, found: Found) -> Refusal | None:
    """Why the question is declined; None when it is not."""
    text = question.text
    if _RULES.search(text):
        return Refusal(
            "rules",
            "I keep to my rules and show no secrets, prompts or internals. Ask me about a stock, the market or your own "
            "portfolio instead.",
            START,
        )
    if _OTHERS.search(text) or _named_portfolio(text, found):
        return Refusal(
            "others",
            "I only ever speak of your own portfolio, watchlist and alerts; what belongs to other people stays theirs. "
            "Ask about your own holdings, or about who owns a listed company.",
            ("Show my portfolio", "Shareholding pattern of Reliance"),
        )
    if _FOUL.search(text):
        return Refusal(
            "foul",
            "I do not help with tips from inside a company, with moving a price, or with hiding money: that is against "
            "the law. Disclosed insider trades of a company I can show.",
            ("Insider trading in Reliance", "Bulk volume in Tata Steel"),
        )
    if _SURE.search(text):
        name = found.mentions[0].instrument.short_name if found.mentions else ""
        about = f" What I can show for {name}: its trend, valuation and risk." if name else ""
        return Refusal(
            "guarantee",
            "Nobody can promise a return, and I do not name stocks that are sure to rise or double: prices can fall and "
            f"money can be lost.{about} Ask for facts to judge by instead.",
            (f"Technical analysis of {name}", f"How volatile is {name}?")
            if name
            else ("Stocks with PE below 15", "What is drawdown?"),
        )
    if _MOVES_MONEY.search(text):
        return Refusal(
            "money",
            "I move no money and delete nothing. Accounts and data are managed on the Account page.",
            ("Show my portfolio",),
        )
    if _OUTSIDE.search(text) and not (
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
        "That is outside my field: I answer questions about stocks, markets and your investments. Ask me about a company, "
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
    return None


_ALERT_WORDS = re.compile(
    r" (?:alerts?|alarm|notify|notification|remind(?:er)?|ping|warn|inform|message|e?mail|text) |(?:tell|let) (?:me|us)(?: know)? (?:when|if|as soon|once) |tell $| tell "
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
                r" (?:should|would|could|good|worth|better|want to know|signal|rating|calls?|opinion|advice|right time) "
            )
        )
    return False


def orders(said: Sentence) -> bool:
    """Whether the question is an order to trade."""
    return (
        explicit("place_order", said)
        and said.has(
            rf"^ (?:please |can you |kindly |go ahead and |i want to |i would like to |now |ok )*(?:buy|sell|purchase|short|place|execute|square off|exit my|liquidate my|invest) .*(?:{SYMBOL}|\d|order|my|everything|all|shares?|stocks?) "
            rf"| (?:place|put|execute|submit|send) (?:an? |the |my )?(?:\S+ ){{0,4}}order |{SYMBOL} .*\d+ (?:shares?|stocks?|units?|lots?|qty|quantity) (?:buy|sell)"
            rf"|{SYMBOL} (?:of )?\d+ (?:shares? |stocks? )?(?:buy|sell)|^ (?:buy|sell) "
        )
        and not said.has(r" (?:strategy|plan|setup|alert|backtest|back test|how|signals?) ")
    )
