"""Analytics: how the desk is used, from counts that name nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from core.accounts.authorisation import require_admin
from core.accounts.model import Account
from core.office.days import beginning, by_day, last_days
from core.office.model import Analytics, Cohort, DayCount, PageUse
from core.operations.usage import percentile, week_of
from db.repositories.operations_reporting import ReportingRepository
from db.repositories.operations_usage import UsageRepository
from db.session import read_session

WEEKS = 8
"""How many weeks of registration are followed."""

SIGNED_IN = "sign_in.accepted"
"""The activity log's name for a sign-in."""


def analytics(actor: Account, at: datetime) -> Analytics:
    """How the desk is used, at `at` (aware UTC).

    Raises:
        NotAllowed: the actor is no admin.
        DatabaseProblem: the database is away or busy.
    """
    require_admin(actor)
    days = last_days(at)
    since = beginning(days[0])
    first_week = week_of(days[-1]) - timedelta(weeks=WEEKS - 1)
    with read_session() as session:
        reporting, usage = ReportingRepository(session), UsageRepository(session)
        new = by_day("registered", at, reporting.registered_by_day)
        prompts = by_day("prompts", at, reporting.prompts_by_day)
        sign_ins = by_day("sign_ins", at, lambda since: reporting.actions_by_day(SIGNED_IN, since))
        active = by_day("active", at, usage.active_by_day)
        views = {row.subject: row.n for row in usage.by_subject("view", since)}
        runs = usage.by_subject("run", since)
        kinds = usage.by_kind("view", since)
        sizes = reporting.registered_by_week(beginning(first_week))
        returned = {(row.registered, row.week): row.n for row in usage.returned(beginning(first_week))}
        began = reporting.counted_since()

    def counts(found: dict[date, int]) -> tuple[DayCount, ...]:
        return tuple(DayCount(day, found.get(day, 0)) for day in days)

    pages = [
        PageUse(
            row.subject,
            views.get(row.subject, 0),
            row.n,
            percentile(row.buckets, 0.5),
            percentile(row.buckets, 0.95),
        )
        for row in runs
    ]
    return Analytics(
        began,
        counts(new),
        counts(sign_ins),
        counts(active),
        counts(prompts),
        tuple(sorted(pages, key=lambda one: (-one.views, one.page))),
        kinds,
        _cohorts(sizes, returned, first_week, week_of(days[-1]), began),
    )


def _cohorts(
    sizes: dict[date, int],
    returned: dict[tuple[date, date], int],
    first: date,
    last: date,
    began: datetime | None,
) -> tuple[Cohort, ...]:
    counted_from = None if began is None else week_of(began.astimezone(UTC).date())
    found = []
    for index in range((last - first).days // 7 + 1):
        week = first + timedelta(weeks=index)
        if not sizes.get(week):
            continue
        later = [week + timedelta(weeks=ahead) for ahead in range((last - week).days // 7 + 1)]
        came = tuple(
            returned.get((week, one), 0) if counted_from is not None and one >= counted_from else None for one in later
        )
        found.append(Cohort(week, sizes[week], came))
    return tuple(found)
