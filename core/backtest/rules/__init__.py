"""Rules without code: a typed plan of conditions over prices, indicators, patterns, levels and time.

plan = loads('{"rules": 1, "name": "Dip", "enter_long": {"left": {"indicator": "rsi"}, "is": "below", "right": 30}}')
sentences(plan)                      # ("Buy when RSI (14) is below 30.", ...)
run(bars, strategy_of(plan))         # it trades as any strategy does, is swept and tested for look-ahead
"""

from core.backtest.rules.deciding import Deciding, Truth, signals_of
from core.backtest.rules.plan import (
    Candle,
    Compare,
    Condition,
    Daytime,
    Either,
    Every,
    Lasting,
    Level,
    Month,
    MonthDays,
    Not,
    Number,
    Price,
    Reckoned,
    RulePlan,
    Study,
    Trend,
    Value,
    Weekday,
    Within,
)
from core.backtest.rules.reading import loads, plan_of
from core.backtest.rules.text import sentences, told
from core.backtest.rules.tuning import parameters, strategy_of, tuned
from core.backtest.rules.writing import document, dumps

__all__ = [
    "Candle",
    "Compare",
    "Condition",
    "Daytime",
    "Deciding",
    "Either",
    "Every",
    "Lasting",
    "Level",
    "Month",
    "MonthDays",
    "Not",
    "Number",
    "Price",
    "Reckoned",
    "RulePlan",
    "Study",
    "Trend",
    "Truth",
    "Value",
    "Weekday",
    "Within",
    "document",
    "dumps",
    "loads",
    "parameters",
    "plan_of",
    "sentences",
    "signals_of",
    "strategy_of",
    "told",
    "tuned",
]
