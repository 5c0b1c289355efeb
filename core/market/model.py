"""The market's nouns: instruments, intervals, bars, and the envelope every value travels in.

All times are timezone-aware UTC. A bar's time is its start: for intraday bars the first instant it covers, for
daily, weekly and monthly bars midnight of its first session day in the exchange's timezone (as UTC).
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

import pandas as pd

T = TypeVar("T")

BAR_COLUMNS = ("open", "high", "low", "close", "volume")


class AssetClass(StrEnum):
    """What an instrument is; decides which sources are asked and in which order."""

    STOCK = "stock"
    ETF = "etf"
    INDEX = "index"
    CRYPTO = "crypto"
    FX = "fx"
    FUND = "fund"


class Interval(StrEnum):
    """The length of a bar, in Yahoo's words."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    M30 = "30m"
    H1 = "1h"
    D1 = "1d"
    W1 = "1wk"
    MO1 = "1mo"

    @property
    def intraday(self) -> bool:
        """True for bars shorter than a session."""
        return self.seconds < 86_400

    @property
    def seconds(self) -> int:
        """Nominal length in seconds (a month counts 30 days)."""
        return _SECONDS[self.value]

    @property
    def delta(self) -> timedelta:
        """Nominal length as a timedelta."""
        return timedelta(seconds=self.seconds)


_SECONDS = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "1d": 86_400,
    "1wk": 604_800,
    "1mo": 2_592_000,
}


class Kind(StrEnum):
    """What can be asked of a source."""

    BARS = "bars"
    QUOTE = "quote"
    PROFILE = "profile"
    OFFICERS = "officers"
    STATEMENTS = "statements"
    RATIOS = "ratios"
    ACTIONS = "actions"
    HOLDERS = "holders"
    INSIDERS = "insiders"
    RATINGS = "ratings"
    EVENTS = "events"
    NEWS = "news"
    SEARCH = "search"
    MOVERS = "movers"
    TRENDING = "trending"
    SECTORS = "sectors"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class Instrument:
    """Something with a price.

    ``symbol`` is canonical (Yahoo's form); ``timezone`` is an IANA name; ``calendar`` names a trading calendar of
    ``core.market.calendars`` ("XBOM", "XNYS", "24/7"). ``owner`` is None for what everybody sees and the owner's
    id for an instrument made from an uploaded file.
    """

    symbol: str
    name: str
    asset_class: AssetClass
    exchange: str
    currency: str
    timezone: str
    calendar: str
    short_name: str = ""
    sector: str | None = None
    industry: str | None = None
    isin: str | None = None
    aliases: tuple[str, ...] = ()
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Warn:
    """Something the reader of a value should know. ``kind`` is a stable word, ``detail`` a sentence."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value with where and when it comes from.

    ``as_of`` is the time the value speaks of (the last trade, the close of the last bar, the filing);
    ``fetched_at`` is when we received it; ``stale`` says a newer one should exist and a refresh is due or running.
    """

    data: T
    source: str
    as_of: datetime
    fetched_at: datetime
    warnings: tuple[Warn, ...] = ()
    stale: bool = False
    simulated: bool = False


class ActionKind(StrEnum):
    """Corporate actions that change prices or pay cash."""

    DIVIDEND = "dividend"
    SPLIT = "split"
    CAPITAL_GAIN = "capital_gain"


@dataclass(frozen=True, slots=True)
class Action:
    """A corporate action. ``value``: cash per (split-adjusted) share, or new shares per old one for a split."""

    kind: ActionKind
    ex_date: date
    value: float
    currency: str | None = None
    declared_on: date | None = None


@dataclass(frozen=True)
class Bars:
    """One series of bars from one source.

    ``frame``: columns open, high, low, close, volume (float64; volume NaN where unknown), index a strictly
    increasing UTC DatetimeIndex of bar starts named "ts". Prices are split-adjusted, not dividend-adjusted,
    unless ``adjustment`` says otherwise. ``actions`` are those inside the covered span, oldest first.
    """

    symbol: str
    interval: Interval
    frame: pd.DataFrame
    actions: tuple[Action, ...] = ()
    adjustment: str = "splits"
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """The latest price of an instrument. ``change`` and ``change_percent`` are against the previous close."""

    symbol: str
    price: float
    time: datetime
    currency: str
    previous_close: float | None = None
    open: float | None = None
    high: float | None = None
    low: float | None = None
    volume: float | None = None
    market_cap: float | None = None
    high_52w: float | None = None
    low_52w: float | None = None
    name: str | None = None

    @property
    def change(self) -> float | None:
        """Price less previous close, in ``currency``; None without a previous close."""
        return None if self.previous_close is None else self.price - self.previous_close

    @property
    def change_percent(self) -> float | None:
        """Change as a percentage of the previous close; None without a positive one."""
        if self.previous_close is None or self.previous_close <= 0:
            return None
        return 100.0 * (self.price / self.previous_close - 1.0)


@dataclass(frozen=True, slots=True)
class Profile:
    """Who a company is, in the vendor's words (untrusted text)."""

    symbol: str
    name: str
    summary: str | None = None
    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    city: str | None = None
    website: str | None = None
    employees: int | None = None
    isin: str | None = None
    first_traded: date | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """A person who runs the company. ``pay`` in the company's reporting currency a year."""

    name: str
    title: str
    age: int | None = None
    pay: float | None = None
    since: date | None = None


class StatementKind(StrEnum):
    """The three statements."""

    INCOME = "income"
    BALANCE = "balance"
    CASH_FLOW = "cash_flow"


class Period(StrEnum):
    """How long a statement covers."""

    ANNUAL = "annual"
    QUARTERLY = "quarterly"
    TTM = "ttm"


@dataclass(frozen=True)
class Statement:
    """One statement of one period.

    ``items`` maps snake_case line names (``total_revenue``, ``net_income``, ``total_assets``,
    ``operating_cash_flow`` ...) to amounts in ``currency``. ``filed_on`` is None when the vendor does not say;
    then ``known_on`` is a stated assumption (period end plus the statutory filing time) and ``known_estimated``.
    """

    kind: StatementKind
    period: Period
    period_end: date
    currency: str
    items: dict[str, float]
    filed_on: date | None
    known_on: date
    known_estimated: bool


@dataclass(frozen=True)
class Ratios:
    """Ratios and valuation of one day, by snake_case name (``pe``, ``pb``, ``roe``, ``debt_to_equity`` ...).

    Percentages are fractions (0.15 is 15 %). A ratio that cannot be had is absent, never 0.
    """

    symbol: str
    on: date
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Holder:
    """A group or a single holder. ``group`` is promoter, insider, institution, fund or public; ``share`` a fraction."""

    group: str
    name: str
    share: float | None = None
    shares: float | None = None
    value: float | None = None
    reported_on: date | None = None


@dataclass(frozen=True, slots=True)
class InsiderTrade:
    """A trade by an insider. ``side`` is buy, sell, grant or other; ``value`` in the instrument's currency."""

    name: str
    role: str | None
    side: str
    shares: float | None
    value: float | None
    traded_on: date
    reported_on: date | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """An analyst's call. ``action`` is up, down, init, reiterate or main; ``target`` in the instrument's currency."""

    firm: str
    grade: str
    on: date
    previous_grade: str | None = None
    action: str | None = None
    target: float | None = None


@dataclass(frozen=True)
class Ratings:
    """Analysts' views: counts by word (strong_buy, buy, hold, sell, strong_sell), targets and single calls."""

    symbol: str
    counts: dict[str, int]
    target_mean: float | None
    target_high: float | None
    target_low: float | None
    analysts: int | None
    calls: tuple[Rating, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A date ahead or past. ``kind`` is results, ex_dividend, dividend_pay or split."""

    symbol: str
    kind: str
    on: date
    title: str
    estimate: float | None = None
    actual: float | None = None
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class NewsItem:
    """A headline (untrusted text). ``url`` is http(s) or None; ``symbols`` are canonical."""

    id: str
    title: str
    publisher: str
    published_at: datetime
    url: str | None = None
    summary: str | None = None
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mover:
    """One row of a movers list."""

    symbol: str
    name: str
    price: float
    change_percent: float
    volume: float | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One spell of a symbol in an index; ``until`` None while it lasts. ``source_note`` says how sure the dates are."""

    index: str
    symbol: str
    since: date | None
    until: date | None = None
    source_note: str = ""


class Treatment(StrEnum):
    """What was done about a finding."""

    KEPT = "kept"
    REPAIRED = "repaired"
    REJECTED = "rejected"
    FLAGGED = "flagged"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with data: what, where, what was done.

    ``kind`` is a stable word (``holiday_bar``, ``spike``, ``frozen``, ``bad_ohlc``, ``negative_price``,
    ``duplicate``, ``unsorted``, ``mixed_series``, ``missing_session``, ``unit_error``, ``late_split``,
    ``missing_split``, ``dividend_error``, ``timezone``, ``unreadable`` ...). ``start``/``end`` are bar times, or None
    for what concerns the file; ``line`` is the 1-based line of the input file; ``count`` the rows it speaks of.
    """

    kind: str
    treatment: Treatment
    detail: str
    start: datetime | None = None
    end: datetime | None = None
    line: int | None = None
    count: int = 1
    column: str | None = None
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True)
class ImportReport:
    """What became of a file: counts, span and every problem found. Rows: accepted + rejected == rows.

    ``repaired`` counts accepted rows whose values were changed.
    """

    symbol: str
    interval: Interval
    rows: int
    accepted: int
    repaired: int
    rejected: int
    first: datetime | None
    last: datetime | None
    problems: tuple[Finding, ...] = field(default=())
