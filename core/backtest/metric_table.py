"""What every figure of a run is: name, unit, label, definition and its source. `core.backtest.metrics` has the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MetricUnit = Literal["fraction", "ratio", "money", "count", "bars", "days", "number"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure: its name in `Run.metrics`, what it is called, its unit, and what it is."""

    name: str
    label: str
    unit: MetricUnit
    definition: str


def _read(text: str) -> tuple[Metric, ...]:
    out = []
    for line in text.replace("\n    ", " ").strip().splitlines():
        name, unit, label, definition = (part.strip() for part in line.split("|"))
        out.append(Metric(name, label, unit, definition))  # type: ignore[arg-type]  # a test holds them to the literal
    return tuple(out)


METRICS: tuple[Metric, ...] = _read("""
total_return | fraction | Total return | Final equity / capital - 1
cagr | fraction | Growth a year | (final equity / capital)^(1 / years) - 1, years by the calendar (365.25 days)
final_equity | money | Final equity | Cash and position at the last close
net_profit | money | Net profit | Final equity - capital
annual_mean | fraction | Mean return a year | Mean session return x sessions a year (not compounded)
volatility | fraction | Volatility | Standard deviation of session returns (n - 1) x sqrt(sessions a year)
downside_deviation | fraction | Downside deviation | sqrt(mean of min(r - target, 0)^2) x sqrt(sessions a year)
sharpe | ratio | Sharpe ratio | Mean session return over the risk-free rate / standard deviation x sqrt(sessions a
    year); Sharpe (1994)
sortino | ratio | Sortino ratio | Mean session return over the risk-free rate / downside deviation x sqrt(sessions a
    year); Sortino and Price (1994)
calmar | ratio | Calmar ratio | Growth a year / largest drawdown; Young (1991), over the whole span
omega | ratio | Omega ratio | Sum of session returns above the target / sum below it; Keating and Shadwick (2002)
gain_to_pain | ratio | Gain to pain | Sum of session returns / sum of the negative ones; Schwager (2012)
sharpe_error | ratio | Standard error of Sharpe | sqrt((1 - skew s + (kurtosis + 2) / 4 s^2) / (n - 1)) x
    sqrt(sessions a year), s the session's Sharpe; Lo (2002), Mertens (2002)
probabilistic_sharpe | fraction | Probability that Sharpe is above 0 | Normal distribution of Sharpe / its standard
    error; Bailey and Lopez de Prado (2012)
minimum_track_record | count | Minimum track record | Sessions for 95 % confidence that Sharpe is above 0; Bailey
    and Lopez de Prado (2012)
max_drawdown | fraction | Largest drawdown | Lowest equity / highest before - 1, at session closes (negative)
max_drawdown_sessions | count | Its length to the low | Sessions from the peak to the lowest point of the largest
    drawdown
longest_underwater | count | Longest time under water | Most sessions in a row below an earlier peak
drawdowns | count | Drawdowns | Times equity fell below its peak
average_drawdown | fraction | Mean drawdown | Mean depth of all drawdowns (negative)
underwater | fraction | Time under water | Share of sessions below an earlier peak
pain_index | fraction | Pain index | Mean of drawdown over all sessions; Becker (2006)
pain_ratio | ratio | Pain ratio | Growth a year over the risk-free rate / pain index
ulcer_index | fraction | Ulcer index | Root of the mean squared drawdown; Martin (1987)
martin | ratio | Martin ratio | Growth a year over the risk-free rate / ulcer index; Martin (1987)
sterling | ratio | Sterling ratio | Growth a year / (mean drawdown + 10 %), after Kestner (1996)
burke | ratio | Burke ratio | Growth a year over the risk-free rate / root of the sum of squared drawdowns; Burke
    (1994)
recovery_factor | ratio | Recovery factor | Total return / largest drawdown
skew | number | Skewness | Third standardised moment of session returns (population)
kurtosis | number | Excess kurtosis | Fourth standardised moment of session returns less 3 (population)
autocorrelation | number | Autocorrelation | Of session returns with those of the session before
var_95 | fraction | Value at risk 95 % | 5 % quantile of session returns (historical, linear between observations)
cvar_95 | fraction | Expected shortfall 95 % | Mean of the session returns at or below the value at risk
tail_ratio | ratio | Tail ratio | 95 % quantile of session returns / 5 % quantile, without sign
best_session | fraction | Best session | Largest session return
worst_session | fraction | Worst session | Smallest session return
positive_sessions | fraction | Rising sessions | Rising sessions / sessions that moved
longest_rise | count | Longest rise | Most rising sessions in a row
longest_fall | count | Longest fall | Most falling sessions in a row
best_month | fraction | Best month | Largest return of a calendar month
worst_month | fraction | Worst month | Smallest return of a calendar month
positive_months | fraction | Rising months | Share of calendar months with a gain
best_year | fraction | Best year | Largest return of a calendar year
worst_year | fraction | Worst year | Smallest return of a calendar year
trades | count | Trades | Closed trades; every part of a position closed by itself counts
open_trades | count | Open trades | Positions held after the last bar (0 or 1)
long_trades | count | Long trades | Closed trades on the long side
short_trades | count | Short trades | Closed trades on the short side
win_rate | fraction | Winners | Closed trades with a profit after fees / closed trades
profit_factor | ratio | Profit factor | Sum of profits / sum of losses, after fees
payoff_ratio | ratio | Payoff ratio | Mean return of winners / mean loss of losers
expectancy | money | Expectancy | Mean profit or loss of a closed trade, after fees
average_trade | fraction | Mean trade | Mean return of closed trades on what was invested
median_trade | fraction | Median trade | Middle return of closed trades
best_trade | fraction | Best trade | Largest return of a trade
worst_trade | fraction | Worst trade | Smallest return of a trade
average_win | fraction | Mean winner | Mean return of the winners
average_loss | fraction | Mean loser | Mean return of the losers (negative)
longest_wins | count | Winners in a row | Most winners one after another
longest_losses | count | Losers in a row | Most losers one after another
sqn | number | System quality number | sqrt(trades) x mean / standard deviation of the trades' profits; Tharp (2008)
kelly | fraction | Kelly fraction | Winners' share - losers' share / payoff ratio; Kelly (1956)
average_bars | bars | Mean holding time | Bars from entry to exit, mean of closed trades
longest_trade | bars | Longest holding time | Bars from entry to exit of the longest trade
average_bars_win | bars | Mean holding time of winners | Bars from entry to exit
average_bars_loss | bars | Mean holding time of losers | Bars from entry to exit
average_mae | fraction | Mean adverse excursion | How far trades went against their entry price, mean (negative);
    Sweeney (1996)
average_mfe | fraction | Mean favourable excursion | How far trades went in their favour, mean; Sweeney (1996)
stopped | count | Stopped out | Trades closed by a stop or a trailing stop
targets_hit | count | Targets hit | Trades closed by a target
long_profit | money | Profit of the long side | Sum over closed long trades, after fees
short_profit | money | Profit of the short side | Sum over closed short trades, after fees
open_profit | money | Open profit | Of the position still held, at the last close
exposure | fraction | Time in the market | Share of bars with a position at the close
average_exposure | fraction | Mean exposure | Mean of position value / equity at the close, without sign
turnover | ratio | Turnover a year | Value bought and sold / mean equity / years
fees | money | Fees | Commission, taxes and charges paid
slippage | money | Slippage | What fills cost against their reference price
cost_share | fraction | Cost share | Fees and slippage / profit before them
dividends | money | Dividends | Received while long, less those owed while short
interest | money | Interest | Earned on cash, less what was paid on debt
borrow_fees | money | Borrow fees | Paid for shares sold short
ambiguous_bars | count | Ambiguous bars | Bars that could have ended a trade in two ways; the worse was taken
benchmark_return | fraction | Buy and hold | Last close / first close - 1, without costs
benchmark_cagr | fraction | Buy and hold, growth a year | By the calendar
excess_return | fraction | Excess return | Total return - buy and hold
alpha | fraction | Alpha | Mean return a year less beta x the benchmark's, both over the risk-free rate; Jensen (1968)
beta | number | Beta | Covariance with the benchmark / its variance, session returns
correlation | number | Correlation | Of session returns with the benchmark's
tracking_error | fraction | Tracking error | Standard deviation of the difference of session returns x sqrt(sessions
    a year)
information_ratio | ratio | Information ratio | Mean difference of session returns / its standard deviation x
    sqrt(sessions a year)
treynor | ratio | Treynor ratio | Mean return a year over the risk-free rate / beta; Treynor (1965)
up_capture | ratio | Up capture | Mean return in the benchmark's rising sessions / the benchmark's
down_capture | ratio | Down capture | Mean return in the benchmark's falling sessions / the benchmark's
years | number | Years | From the first bar to the last, by the calendar
sessions | count | Sessions | Sessions in the run
""")
BY_NAME = {one.name: one for one in METRICS}
