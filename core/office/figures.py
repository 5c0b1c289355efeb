"""The dashboard's figures and what needs attention, from what was really recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from core.accounts.authorisation import require_admin
from core.accounts.model import Account
from core.notices import outbox
from core.office.days import beginning, by_day, last_days
from core.office.model import Dashboard, Figure, Problem, SourceRow
from core.operations import backup
from core.operations.usage import percentile
from db.repositories.jobs import JobRepository
from db.repositories.operations_reporting import ReportingRepository
from db.repositories.operations_usage import UsageRepository
from db.session import read_session

SLOW_BACKUP = timedelta(days=2)
"""A newest backup older than this needs attention."""


def dashboard(actor: Account, at: datetime, sources: tuple[SourceRow, ...]) -> Dashboard:
    """The desk at a glance, at `at` (aware UTC).

    Raises:
        NotAllowed: the actor is no admin.
        DatabaseProblem: the database is away or busy.
    """
    require_admin(actor)
    days = last_days(at)
    with read_session() as session:
        reporting, usage = ReportingRepository(session), UsageRepository(session)
        people = reporting.headcount(beginning(days[-1]))
        new = by_day("registered", at, reporting.registered_by_day)
        prompts = by_day("prompts", at, reporting.prompts_by_day)
        failures = by_day("failures", at, reporting.failures_by_day)
        active = by_day("active", at, usage.active_by_day)
        errors = by_day("errors", at, usage.errors_by_day)
        runs = by_day("runs", at, lambda since: {row.day: percentile(row.buckets, 0.95) for row in usage.runs(since)})
        began = reporting.counted_since()
        waiting, running, failed = JobRepository(session).counts()
    mails: dict[str, int] = {state: n for state, n in outbox.counts().items()}  # noqa: C416 - widens the key's type
    counted = None if began is None else began.astimezone(UTC).date()
    slow = tuple(runs.get(day) for day in days)
    figures = (
        Figure(
            "users",
            "People",
            people.registered,
            "count",
            trend(new, days),
            f"Registered accounts, {people.deactivated} of them deactivated. The bars are new ones a day.",
            past_of_its_own=True,
        ),
        Figure(
            "active",
            "Active today",
            people.seen,
            "count",
            (*trend(active, days, counted)[:-1], float(people.seen)),
            "Registered people who were signed in and there today.",
        ),
        Figure(
            "prompts",
            "Prompts today",
            prompts.get(days[-1], 0),
            "count",
            trend(prompts, days),
            "Questions to the analyst that the limits let through.",
        ),
        Figure(
            "errors",
            "Errors today",
            None if counted is None else errors.get(days[-1], 0),
            "count",
            trend(errors, days, counted),
            "Lines of the web processes' log at level error.",
        ),
        Figure(
            "latency",
            "Page time, 95 of 100",
            slow[-1],
            "ms",
            slow,
            "95 of 100 runs of a page's script took less, from its start to its end on the server.",
        ),
        Figure("queue", "Jobs waiting", waiting, "count", (), f"On the queue now; {running} more are running."),
        Figure(
            "failed",
            "Failed attempts today",
            failures.get(days[-1], 0),
            "count",
            trend(failures, days),
            "Attempts at jobs that ended in failure; most are tried again.",
        ),
        Figure(
            "mails",
            "Mails waiting",
            sum(mails.get(state, 0) for state in ("queued", "claimed", "handing_over")),
            "count",
            (),
            "Mails that are still to be sent.",
        ),
    )
    return Dashboard(at, figures, (*_of_jobs(failed), *_of_mails(mails), *_of_sources(sources), *_of_backups(at)))


def trend(
    counts: Mapping[date, int], days: tuple[date, ...], began: date | None = date.min
) -> tuple[float | None, ...]:
    """One value a day: 0 where nothing was counted, None for days before counting `began` (None: it never did)."""
    return tuple(float(counts.get(day, 0)) if began is not None and day >= began else None for day in days)


def _of_jobs(failed: int) -> tuple[Problem, ...]:
    if not failed:
        return ()
    return (Problem(f"{failed:,} job{'s' if failed > 1 else ''} failed for good in the last 24 hours.", "jobs"),)


def _of_mails(mails: Mapping[str, int]) -> tuple[Problem, ...]:
    found = []
    state = outbox.server()
    if state.problem:
        found.append(Problem(f"The mail server fails: {state.problem}", "outbox"))
    said = {
        "failed": "mails were refused for good (in the last 30 days).",
        "unconfirmed": "mails may not have arrived: the connection broke off while they were handed over.",
        "no_server": "mails wait for a mail server: none is configured (SMTP_HOST).",
    }
    for name, words in said.items():
        if n := mails.get(name, 0):
            found.append(Problem(f"{n:,} {words}", "outbox"))
    return tuple(found)


def _of_sources(sources: tuple[SourceRow, ...]) -> tuple[Problem, ...]:
    said = {"cooling": "pauses after errors", "switched off": "is switched off"}
    return tuple(
        Problem(f"{one.label} {said[one.state]}.", "sources") for one in sources if one.switchable and one.state in said
    )


def _of_backups(at: datetime) -> tuple[Problem, ...]:
    kept = backup.backups()
    if not kept:
        return (Problem("There is no backup yet.", "backups"),)
    if not kept[0].ok:
        return (Problem(f"The newest backup is damaged: {kept[0].problem}", "backups"),)
    if at - kept[0].taken_at > SLOW_BACKUP:
        days = (at - kept[0].taken_at).days
        return (Problem(f"The newest backup is {days} days old.", "backups"),)
    return ()
