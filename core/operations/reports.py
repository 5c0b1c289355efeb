"""Reports by mail: who gets which, when, and sending them once.

The note that a report went out and the mail itself are one transaction: a worker that dies in between leaves neither,
and a job that runs twice finds the note.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from core import clock
from core.accounts import activity, limits, people
from core.accounts import preferences as preferences_of
from core.accounts.authorisation import require_admin
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.accounts.model import Account, Origin
from core.accounts.preferences import Preferences
from core.market.errors import MarketError
from core.market.service import Market, market
from core.notices import outbox
from core.notices.errors import NoticeError
from core.notices.model import Rendered
from core.notices.rendering import render
from core.operations import alerts as price_alerts
from core.operations.report_contents import MarketPart, ReportContext, fired_between, market_part
from core.operations.report_contents import build as contents
from core.operations.report_times import PERIODS, Period, Stretch, is_due, stretch
from db.repositories.operations import ReportRepository, TakerGroup
from db.session import read_session, unit_of_work

_log = logging.getLogger(__name__)

KEEP_SENT = timedelta(days=400)
EARLIEST = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """How reports of a period are sent.

    Attributes:
        on: whether any are.
        hour: none leaves earlier than this hour (0 to 23, local to each investor); with 0 their own hour decides alone.
        takers: how many people want them.
        last_sent: when one last went out to anybody.
        version: to be given back with a change; 0 when nobody changed it yet.
    """

    period: Period
    on: bool
    hour: int
    takers: int
    last_sent: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Due:
    """Reports that are due: of one stretch, for everybody with one timezone and hour who did not get theirs."""

    stretch: Stretch
    accounts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """What a round of sending did."""

    sent: int = 0
    failed: int = 0
    problem: str = ""

    def __bool__(self) -> bool:
        return bool(self.sent or self.failed)

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.failed} failed" + (f": {self.problem}" if self.problem else "")


def plans(actor: Account) -> tuple[Plan, ...]:
    """How reports are sent, by period, for an admin.

    Raises:
        NotAllowed: `actor` is no admin.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    with read_session() as session:
        repository = ReportRepository(session)
        schedule, groups, last = repository.schedule(), repository.groups(), repository.last_sent()
    found = []
    for period in PERIODS:
        row = schedule.get(period)
        takers = sum(group.takers for group in groups if group.period == period)
        found.append(
            Plan(
                period,
                row.on if row else True,
                row.hour if row else EARLIEST,
                takers,
                last.get(period),
                row.version if row else 0,
            )
        )
    return tuple(found)


def set_plan(actor: Account, period: str, on: bool, hour: int, version: int, *, origin: Origin | None = None) -> Plan:
    """Change how reports of a period are sent.

    Raises:
        NotAllowed: `actor` is no admin.
        InvalidInput: no such period or hour.
        AlreadyChanged: somebody else changed it since `version`.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    kind = _period(period)
    if not 0 <= hour <= 23:
        raise InvalidInput("hour", f"{hour} is no hour of a day.", "Give 0 to 23.")
    with unit_of_work() as session:
        require_admin(actor, session)
        repository = ReportRepository(session)
        before = repository.schedule().get(kind)
        if not repository.put_schedule(kind, on, hour, actor.id, clock.now(), version):
            raise AlreadyChanged(
                f"Somebody else changed the {kind} report meanwhile.", "Look at it again, then decide."
            )
        activity.record(
            session,
            "report.plan_changed",
            actor=actor,
            subject=f"report:{kind}",
            before={"on": before.on if before else True, "hour": before.hour if before else EARLIEST},
            after={"on": on, "hour": hour},
            origin=origin,
        )
    return next(plan for plan in plans(actor) if plan.period == kind)


def due(now: datetime) -> tuple[Due, ...]:
    """Reports that are due at `now` and did not go out yet.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    found = []
    with read_session() as session:
        repository = ReportRepository(session)
        schedule = repository.schedule()
        for group in repository.groups():
            plan = schedule.get(group.period)
            if plan is not None and not plan.on:
                continue
            about = _due_to(group, plan.hour if plan else EARLIEST, now)
            if about is not None and (accounts := repository.waiting(group, about.key)):
                found.append(Due(about, accounts))
    return tuple(found)


def send_due(now: datetime, service: Market | None = None) -> Sent:
    """Send the reports that are due, each in a transaction of its own. One that fails is tried again by the next round.

    Raises:
        DatabaseProblem: the database does not answer; what was sent until then is noted.
    """
    waiting = due(now)
    if not waiting:
        return Sent()
    service = service or market()
    parts: dict[tuple[Period, str], MarketPart] = {}
    sent = failed = 0
    problem = ""
    for one in waiting:
        try:
            name = (one.stretch.period, one.stretch.key)
            if name not in parts:
                parts[name] = market_part(service, one.stretch)
        except MarketError as error:
            failed += len(one.accounts)
            problem = str(error)
            continue
        for account_id in one.accounts:
            try:
                sent += _send(account_id, parts[name], service, one.stretch.key)
            except (MarketError, NoticeError, InvalidInput) as error:
                # One person's report must not keep the others from theirs; the next round tries it again.
                _log.warning("The %s report of account %s was not sent: %s", one.stretch.period, account_id, error)
                failed += 1
                problem = str(error)
    return Sent(sent, failed, problem)


def build(account: Account, period: str, at: datetime, service: Market | None = None) -> ReportContext:
    """What a report would say to somebody at a moment.

    Raises:
        InvalidInput: no such period.
        MarketError: there are no prices.
        DatabaseProblem: the database does not answer.
    """
    service = service or market()
    wants = preferences_of.load(account)
    about = stretch(_period(period), wants.timezone, at)
    return _contents(account, wants, market_part(service, about), service)


def preview(actor: Account, account_id: int, period: str, service: Market | None = None) -> Rendered:
    """A report as somebody would get it now, for an admin; nothing is sent.

    Raises:
        NotAllowed: `actor` is no admin.
        InvalidInput: no such account or period.
        MarketError: there are no prices.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    kind = _period(period)
    return render(_kind(kind), build(people.get(account_id), kind, clock.now(), service).fields())


def send(
    actor: Account, account_id: int, period: str, *, origin: Origin | None = None, service: Market | None = None
) -> bool:
    """Send somebody a report now, beside the ones that leave by themselves; twice within a minute is once.

    Returns:
        Whether a mail was made: not for somebody without an address or who declined it (the inbox has it then).

    Raises:
        NotAllowed: `actor` is no admin.
        InvalidInput: no such account or period.
        LimitReached: too many within the hour.
        MarketError: there are no prices.
        DatabaseProblem: the database does not answer.
    """
    require_admin(actor)
    kind, now = _period(period), clock.now()
    receiver = people.get(account_id)
    limits.guard("report", str(actor.id))
    said = build(receiver, kind, now, service)
    with unit_of_work() as session:
        require_admin(actor, session)
        number = outbox.post(
            session,
            _kind(kind),
            to=receiver.email,
            account_id=receiver.id,
            key=f"{receiver.id}:by-hand:{now:%Y-%m-%dT%H:%M}",
            context=said.fields(),
            name=receiver.name,
        )
        activity.record(
            session,
            "report.sent",
            actor=actor,
            subject=activity.account_subject(account_id),
            after={"period": kind, "about": said.period},
            origin=origin,
        )
    return number is not None


def _send(account_id: int, part: MarketPart, service: Market, key: str) -> int:
    """Post one report and note that it went out, both or neither; 0 when it had gone out already."""
    account = people.get(account_id)
    said = _contents(account, preferences_of.load(account), part, service)
    kind = part.stretch.period
    with unit_of_work() as session:
        if not ReportRepository(session).claim(account_id, kind, key, clock.now()):
            return 0
        outbox.post(
            session,
            _kind(kind),
            to=account.email,
            account_id=account.id,
            key=f"{account.id}:{key}",
            context=said.fields(),
            name=account.name,
        )
    return 1


def _contents(account: Account, wants: Preferences, part: MarketPart, service: Market) -> ReportContext:
    since, until = fired_between(part.stretch)
    return contents(
        account,
        wants,
        part,
        service=service,
        watched=service.watched(account.owner),
        alerts=price_alerts.fired_between(account, since, until, service=service),
    )


def _due_to(group: TakerGroup, earliest: int, now: datetime) -> Stretch | None:
    return is_due(cast(Period, group.period), group.timezone, max(group.hour, earliest), now)


def _period(text: str) -> Period:
    if text not in PERIODS:
        raise InvalidInput("period", f"“{text[:20]}” is no kind of report.", f"Use one of {', '.join(PERIODS)}.")
    return text


def _kind(period: Period) -> str:
    return f"{period}_report"
