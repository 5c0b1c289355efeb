"""Ratings, targets and dates ahead, out of Yahoo's company summary and results calendar. Pure."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.market.errors import EmptyAnswer
from core.market.model import Event, Instrument, Rating, Ratings, Warn
from core.market.sources.untrusted import day, mapping, moment, number, sequence, text, whole
from core.market.sources.yahoo.calls import NAME, Failed
from core.market.sources.yahoo.chart import refuse
from core.market.sources.yahoo.company import modules

_COUNTS = (
    ("strongBuy", "strong_buy"),
    ("buy", "buy"),
    ("hold", "hold"),
    ("sell", "sell"),
    ("strongSell", "strong_sell"),
)
_ACTIONS = {"up": "up", "down": "down", "init": "init", "reit": "reiterate", "main": "main"}
# The results calendar names its columns by id; older answers by label only.
_LABELS = {
    "Symbol": "ticker",
    "Company Name": "companyshortname",
    "Company": "companyshortname",
    "Event Name": "eventname",
    "Event Start Date": "startdatetime",
    "Timing": "startdatetimetype",
    "EPS Estimate": "epsestimate",
    "Reported EPS": "epsactual",
}


def parse_ratings(payload: Any, instrument: Instrument, received_at: datetime) -> tuple[Ratings, datetime]:
    """This month's counts, the targets and single calls, latest first; the time of the latest call."""
    found = modules(payload, instrument)
    money = mapping(found.get("financialData"))
    counts: dict[str, int] = {}
    for row in sequence(mapping(found.get("recommendationTrend")).get("trend")):
        entry = mapping(row)
        if entry.get("period") == "0m":
            counts = {ours: count for theirs, ours in _COUNTS if (count := whole(entry.get(theirs))) is not None}
    calls: list[tuple[datetime, Rating]] = []
    for row in sequence(mapping(found.get("upgradeDowngradeHistory")).get("history")):
        entry = mapping(row)
        firm, grade, when = text(entry.get("firm")), text(entry.get("toGrade")), moment(entry.get("epochGradeDate"))
        if firm is None or grade is None or when is None or when > received_at:
            continue
        target = number(entry.get("currentPriceTarget"))
        rating = Rating(
            firm,
            grade,
            when.date(),
            previous_grade=text(entry.get("fromGrade")),
            action=_ACTIONS.get(str(entry.get("action")).lower()),
            target=target if target else None,
        )
        calls.append((when, rating))
    calls.sort(key=lambda call: call[0], reverse=True)
    mean, high, low = (number(money.get(f"target{which}Price")) for which in ("Mean", "High", "Low"))
    if not counts and not calls and mean is None:
        raise EmptyAnswer(NAME, f"it knows no analysts' views of {instrument.symbol}.")
    analysts = whole(money.get("numberOfAnalystOpinions"))
    views = Ratings(instrument.symbol, counts, mean, high, low, analysts, tuple(rating for _, rating in calls))
    return views, calls[0][0] if calls else received_at


def parse_events(
    summary: Any, results: Any, instrument: Instrument, received_at: datetime
) -> tuple[tuple[Event, ...], tuple[Warn, ...]]:
    """Results and dividend dates, oldest first. ``results`` may have failed: then past results are missing, said so."""
    zone = ZoneInfo(instrument.timezone)
    today = received_at.astimezone(zone).date()
    ahead = mapping(modules(summary, instrument).get("calendarEvents"))
    found: dict[tuple[str, date], Event] = {}
    warnings: tuple[Warn, ...] = ()
    if isinstance(results, Failed):
        warnings = (Warn("past_results_missing", f"Past results could not be had: {results.reason}"),)
    else:
        for event in parse_calendar(results, instrument.symbol):
            if event.symbol.upper() == instrument.symbol.upper():
                found[(event.kind, event.on)] = event
    earnings = mapping(ahead.get("earnings"))
    dates = [
        when.astimezone(zone).date() for value in sequence(earnings.get("earningsDate")) if (when := moment(value))
    ]
    if dates and not any(kind == "results" and on >= min(dates) for kind, on in found):
        # Two dates are a window Yahoo estimates; its first day stands for it.
        sure = len(set(dates)) == 1 and earnings.get("isEarningsDateEstimate") is not True
        estimate = number(earnings.get("earningsAverage"))
        event = Event(instrument.symbol, "results", min(dates), "Results", estimate=estimate, confirmed=sure)
        found[("results", event.on)] = event
    for field, kind, title in (
        ("exDividendDate", "ex_dividend", "Ex-dividend"),
        ("dividendDate", "dividend_pay", "Dividend paid"),
    ):
        when = moment(ahead.get(field))
        if when is not None:
            # These two are calendar days at midnight UTC, not moments.
            found[(kind, when.date())] = Event(
                instrument.symbol, kind, when.date(), title, confirmed=when.date() <= today
            )
    if not found:
        raise EmptyAnswer(NAME, f"it knows no dates of {instrument.symbol}.")
    return tuple(sorted(found.values(), key=lambda event: (event.on, event.kind))), warnings


def parse_calendar(payload: Any, asked: str) -> tuple[Event, ...]:
    """Results announcements of a results calendar, oldest first. Raises what Yahoo's error says."""
    finance = mapping(mapping(payload).get("finance"))
    refuse(finance.get("error"), asked)
    events = []
    for result in sequence(finance.get("result")):
        for document in sequence(mapping(result).get("documents")):
            columns = [_column(column) for column in sequence(mapping(document).get("columns"))]
            for row in sequence(mapping(document).get("rows")):
                cells = sequence(row)
                if len(cells) != len(columns):
                    continue
                event = _announcement(dict(zip(columns, cells, strict=True)), asked)
                if event is not None:
                    events.append(event)
    return tuple(sorted(events, key=lambda event: (event.on, event.symbol)))


def _column(column: Any) -> str:
    entry = mapping(column)
    name = entry.get("id")
    return name if isinstance(name, str) else _LABELS.get(str(entry.get("label")), "")


def _announcement(row: dict[str, Any], asked: str) -> Event | None:
    when = moment(row.get("startdatetime"))
    on = when.date() if when else day(row.get("startdatetime"))
    if on is None:
        return None
    symbol = text(row.get("ticker"), 24) or asked
    company = text(row.get("companyshortname"), 80)
    title = text(row.get("eventname"), 120) or (f"{company} results" if company else "Results")
    actual = number(row.get("epsactual"))
    return Event(
        symbol,
        "results",
        on,
        title,
        estimate=number(row.get("epsestimate")),
        actual=actual,
        # TAS: the time is a guess of Yahoo's, the company has not said.
        confirmed=actual is not None or str(row.get("startdatetimetype", "")).upper() != "TAS",
    )
