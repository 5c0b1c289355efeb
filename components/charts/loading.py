"""From a view to what is drawn: instrument, bars, studies, marks, statistics, figure; each computed once."""

import gc
import threading
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import streamlit as st

from components import market as cached
from components.charts.marking import marks_of
from components.charts.view import CUSTOM, ChartView, StudySpec, fitted, start_of, warmed
from components.figures.drawn import Drawn
from components.figures.price import PRICE_HEIGHT, PriceFigure, Rebased, price_figure
from components.figures.studies import Study
from components.scope import SHOWS_LIVE
from components.theme import tokens
from core import formats
from core.clock import now
from core.indicators import IndicatorError, compute
from core.market.errors import BadRange, MarketError
from core.market.model import Bars, Instrument, Interval, Sourced
from core.market.statistics import RangeStatistics, range_statistics, rebase

BENCHMARKS = {"XBOM": ("^NSEI", "NIFTY 50"), "XNYS": ("^GSPC", "S&P 500")}
MOST_BARS = 6000
SMALL_HEIGHT = 260


@dataclass(frozen=True)
class Loaded:
    """Bars of one view. ``sourced`` reaches further back than ``frame``, so that studies are warm at its left edge.

    ``view`` is the one that could be served; ``notes`` say why it differs from what was asked, ``limits`` what is
    not drawn.
    """

    view: ChartView
    instrument: Instrument
    sourced: Sourced[Bars]
    frame: pd.DataFrame = field(repr=False)
    owner: str
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @cached_property
    def key(self) -> str:
        """One string for view and numbers: equal keys are equal pictures. Own instruments carry their owner."""
        owner = self.owner if self.instrument.owner else ""
        return f"{replace(self.view, table=False)!r}|{self.fingerprint}|{owner}"

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever the drawn numbers do."""
        frame, s = self.sourced.data.frame, self.sourced
        tail = frame.iloc[-1]
        span = f"{len(frame)}|{frame.index[0]}|{frame.index[-1]}"
        return f"{s.source}|{s.fetched_at}|{span}|{tail['close']}|{tail['volume']}"


@dataclass(frozen=True)
class Drawing:
    """A finished chart with its numbers. ``problems`` are parts that could not be had, in words."""

    figure: Drawn
    statistics: RangeStatistics | None
    benchmark: str | None
    problems: tuple[str, ...] = ()


def prepared(view: ChartView, owner: str, mode: str) -> tuple[Loaded, Drawing]:
    """Bars and figure of a view; for fifteen seconds, as long as bars are cached anyway, without asking again.

    Raises MarketError as ``load`` does; a refusal is never kept.
    """
    live = cached.market().mode().live
    if st.session_state.get(SHOWS_LIVE, live) != live:
        st.rerun(scope="app")  # the market came or went since the bar over this chart was drawn
    key = f"{replace(view, table=False)!r}|{owner}|{mode}|{formats.number_style()}|{live}"
    return _prepared(key, view, owner, mode)


@st.cache_resource(max_entries=256, ttl=15, show_spinner=False)
def _prepared(key: str, _view: ChartView, _owner: str, _mode: str) -> tuple[Loaded, Drawing]:  # noqa: ARG001
    loaded = load(_view, _owner)
    return loaded, drawing(loaded, _mode)


_settling = threading.Lock()
_settled = False


def settle() -> None:
    """Once a process, after its first chart: take what the first requests built out of the collector's reach.

    Streamlit collects all garbage after every run. What was loaded since the start's own freeze (this page's
    modules, the market's tables) made that 12 ms a rerun, and 0.4 ms when frozen, too.
    """
    global _settled  # noqa: PLW0603  one switch a process
    with _settling:
        if _settled:
            return
        _settled = True
    gc.collect()
    gc.freeze()


def forget() -> None:
    """Drop prepared views, after the investor changed data."""
    _prepared.clear()


def today_at(instrument: Instrument | None) -> date:
    """The exchange's calendar day; Mumbai's while no instrument is known."""
    return now().astimezone(ZoneInfo(instrument.timezone if instrument else "Asia/Kolkata")).date()


def load(view: ChartView, owner: str) -> Loaded:
    """Read what the view needs. Raises MarketError for what cannot be served, naming the input and the remedy."""
    instrument = cached.market().resolve(view.symbol, owner=owner)
    today = today_at(instrument)
    _check(view, today)
    asked, view = view.symbol, replace(view, symbol=instrument.symbol)
    view, note = fitted(view, today)
    if instrument.owner:
        # A file ends when it ends: its last year is what “1Y” means, not the year up to now.
        today = _last_day(instrument, owner)
    start = start_of(view, today)
    end = view.end if view.range == CUSTOM else None
    # A session may have ended days ago (a weekend, holidays): fetch further back, then keep the last sessions.
    reach = start - timedelta(days=6) if start and view.range in ("1d", "5d") else start
    sourced = cached.bars(
        instrument.symbol,
        view.interval,
        warmed(view, reach, today),
        end,
        "dividends" if view.dividends else "splits",
        owner,
    )
    frame = _cut(sourced.data.frame, view, instrument, start)
    notes = (note,) if note else ()
    if asked.upper().lstrip("$") not in {instrument.symbol.upper(), instrument.symbol.split(".")[0].upper()}:
        notes = (f"“{asked[:40]}” was read as {instrument.symbol}, {instrument.name}.", *notes)
    if frame.empty:
        raise BadRange(_nothing(view, instrument, sourced.data.frame))
    limits: tuple[str, ...] = ()
    if len(frame) > MOST_BARS:
        frame = frame.iloc[-MOST_BARS:]
        limits = (f"Only the last {MOST_BARS:,} bars are drawn; a longer interval shows the whole range.",)
    return Loaded(view, instrument, sourced, frame, owner, notes, limits)


def _last_day(instrument: Instrument, owner: str) -> date:
    return cached.quote(instrument.symbol, owner).as_of.astimezone(ZoneInfo(instrument.timezone)).date()


def _check(view: ChartView, today: date) -> None:
    if view.range != CUSTOM:
        return
    if view.start and view.start > today:
        raise BadRange(f"{view.start:%-d %b %Y} lies in the future. Choose a first day up to {today:%-d %b %Y}.")
    if view.start and view.end and view.start > view.end:
        raise BadRange(
            f"The range ends ({view.end:%-d %b %Y}) before it starts ({view.start:%-d %b %Y}). Swap the two days."
        )


def _nothing(view: ChartView, instrument: Instrument, frame: pd.DataFrame) -> str:
    if frame.empty:
        return f"There are no {view.interval} bars of {instrument.symbol} in this range. Choose a longer one."
    first, last = (t.tz_convert(instrument.timezone) for t in (frame.index[0], frame.index[-1]))
    return (
        f"There are no {view.interval} bars of {instrument.symbol} in this range; there are some from "
        f"{first:%-d %b %Y} to {last:%-d %b %Y}. Choose days within them."
    )


def _cut(frame: pd.DataFrame, view: ChartView, instrument: Instrument, start: date | None) -> pd.DataFrame:
    if frame.empty or start is None:
        return frame
    index = frame.index
    assert isinstance(index, pd.DatetimeIndex)
    days = index.tz_convert(instrument.timezone).normalize()
    if view.range in ("1d", "5d"):
        sessions = days.unique()[-(1 if view.range == "1d" else 5) :]
        return frame[days >= sessions[0]]
    return frame[days >= pd.Timestamp(start, tz=instrument.timezone)]


def drawing(loaded: Loaded, mode: str, *, small: bool = False) -> Drawing:
    """The chart of ``loaded`` in the colours of ``mode``, from the cache if its numbers have not changed.

    ``small`` is for charts side by side.
    """
    others, problems = _others(loaded)
    reference = BENCHMARKS.get(loaded.instrument.calendar)
    with_others = "|".join(f"{symbol}:{s.fetched_at}:{len(s.data.frame)}" for symbol, s in others)
    key = f"{loaded.key}|{mode}|{small}|{with_others}|{formats.number_style()}"
    return _drawing(key, loaded, others, reference, problems, mode, small)


@st.cache_resource(max_entries=96, ttl=1800, show_spinner=False)
def _drawing(
    key: str,  # noqa: ARG001  the inputs in one string; the rest follows from them
    _loaded: Loaded,
    _others: tuple[tuple[str, Sourced[Bars]], ...],
    _reference: tuple[str, str] | None,
    _problems: tuple[str, ...],
    _mode: str,
    _small: bool,
) -> Drawing:
    view, instrument = _loaded.view, _loaded.instrument
    interval = Interval(view.interval)
    problems = list(_problems)
    studies = [] if _others else _studies(_loaded, problems)
    marks, missing = marks_of(_loaded.view.marks, _loaded.frame, _loaded.sourced, instrument)
    problems += missing
    figure = price_figure(
        PriceFigure(
            symbol=instrument.symbol,
            frame=_loaded.frame,
            interval=interval,
            timezone=instrument.timezone,
            currency=instrument.currency,
            kind=view.kind,
            volume=view.volume,
            log=view.log,
            studies=tuple(studies),
            compare=_rebased(_loaded, _others),
            marks=marks,
            height=SMALL_HEIGHT if _small else PRICE_HEIGHT,
            compact=_small,
            revision=f"{instrument.symbol} {view.range} {view.interval} {view.start} {view.end} {bool(_others)}",
        ),
        tokens(_mode),
    )
    benchmark = None
    if _reference and instrument.symbol != _reference[0] and not interval.intraday:
        try:
            index = cached.bars(_reference[0], view.interval, _loaded.frame.index[0].date(), None, "splits", None)
            benchmark = index.data.frame["close"]
        except MarketError as error:
            problems.append(f"No beta to {_reference[1]}: {error}")
    statistics = range_statistics(_loaded.frame, interval, instrument.calendar, benchmark=benchmark)
    return Drawing(figure, statistics, _reference[1] if _reference else None, tuple(problems))


def _studies(loaded: Loaded, problems: list[str]) -> list[Study]:
    """Each study over all bars that were read, cut to those that are drawn; one that refuses is named."""
    found = []
    for spec in loaded.view.studies:
        try:
            found.append(study_of(spec, loaded.sourced.data.frame, loaded.frame.index))
        except IndicatorError as error:
            problems.append(str(error))
    return found


def study_of(spec: StudySpec, bars: pd.DataFrame, index: pd.Index) -> Study:
    """A study's values on ``index``, computed over ``bars``."""
    params = dict(spec.params)
    values = compute(spec.name, bars, **params)
    return Study(spec.indicator, params, values.loc[index])


def _others(loaded: Loaded) -> tuple[tuple[tuple[str, Sourced[Bars]], ...], tuple[str, ...]]:
    """Bars of the instruments compared with; one that cannot be had is named and left out."""
    found, problems = [], []
    start = loaded.frame.index[0].tz_convert(loaded.instrument.timezone).date() - timedelta(days=7)
    end = loaded.view.end if loaded.view.range == CUSTOM else None
    for symbol in loaded.view.compare:
        try:
            other = cached.market().resolve(symbol, owner=loaded.owner)
            if other.symbol == loaded.instrument.symbol:
                continue
            adjust = "dividends" if loaded.view.dividends else "splits"
            sourced = cached.bars(other.symbol, loaded.view.interval, start, end, adjust, loaded.owner)
        except MarketError as error:
            problems.append(f"Not compared with {symbol}: {error}")
            continue
        if sourced.simulated != loaded.sourced.simulated:
            problems.append(f"Not compared with {symbol}: real and simulated prices are never mixed.")
            continue
        found.append((other.symbol, sourced))
    return tuple(found), tuple(problems)


def _rebased(loaded: Loaded, others: tuple[tuple[str, Sourced[Bars]], ...]) -> tuple[Rebased, ...]:
    if not others:
        return ()
    index = loaded.frame.index
    assert isinstance(index, pd.DatetimeIndex)
    intraday = Interval(loaded.view.interval).intraday
    columns = {loaded.instrument.symbol: loaded.frame["close"].to_numpy(dtype=float)}
    for symbol, sourced in others:
        columns[symbol] = _aligned(sourced.data.frame["close"], index, loaded.instrument.timezone, intraday=intraday)
    table = rebase(np.column_stack(list(columns.values())))
    return tuple(Rebased(symbol, table[:, i]) for i, symbol in enumerate(columns))


def _aligned(close: "pd.Series[float]", index: pd.DatetimeIndex, timezone: str, *, intraday: bool) -> np.ndarray:
    """The other's last close known by each bar: by time for short bars, by calendar day for longer ones."""
    theirs = close.index
    assert isinstance(theirs, pd.DatetimeIndex)
    if intraday:
        return close.reindex(index, method="ffill", tolerance=pd.Timedelta(days=4)).to_numpy(dtype=float)
    # A daily bar's date is that of its own exchange; both are stored as that midnight in UTC, at most 14 h off.
    own_days = index.tz_convert(timezone).normalize().tz_localize(None)
    their_days = (theirs + pd.Timedelta(hours=12)).tz_localize(None).normalize()
    by_day = close.set_axis(their_days)
    by_day = by_day[~by_day.index.duplicated(keep="last")]
    return by_day.reindex(own_days, method="ffill", tolerance=pd.Timedelta(days=45)).to_numpy(dtype=float)
