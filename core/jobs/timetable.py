"""What is done in the background, and when. Times are UTC; whether a market is open is the market's own business.

Each duty is safe to run twice: a job may be repeated after its worker died. A duty returns what it did, in words that
hold nothing secret or personal; "" when there was nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core import clock

KEEP_NOTES = timedelta(days=14)
_MAILS_A_RUN = 1000


@dataclass(frozen=True, slots=True)
class Duty:
    """One kind of background work.

    Attributes:
        name: of the task.
        about: what it does, for admins.
        cron: when, in UTC; "" for on demand only.
        do: does it, given the arguments of the job.
        retries: how often a failed attempt is followed by another.
        wait_s: how long after a failure.
        pausable: whether an admin may let it rest.
    """

    name: str
    about: str
    cron: str
    do: Callable[..., str]
    retries: int = 0
    wait_s: int = 60
    pausable: bool = True


def refresh_watched() -> str:
    """Fetch what is new for the instruments somebody watches, as far as their markets are open."""
    from core.market.refresh import refresh_watched as refresh

    done = refresh(clock.now())
    if not (done.refreshed or done.failed):
        return ""
    failed = f"; failed: {', '.join(symbol for symbol, _ in done.failed)[:300]}" if done.failed else ""
    return f"{len(done.refreshed)} refreshed, {len(done.fresh)} fresh, {len(done.resting)} resting{failed}"


def deliver_mail() -> str:
    """Send the mails that are due."""
    from core.notices.delivery import deliver_due

    taken = rounds = 0
    while True:
        done = deliver_due()
        rounds += 1
        taken += done.sent
        if done.problem or not done.sent or taken >= _MAILS_A_RUN:
            break
    if not (taken or done.failed or done.later or done.unconfirmed or done.expired or done.problem):
        return ""
    words = f"{taken} sent, {done.failed} refused, {done.later} later, {done.unconfirmed} unconfirmed"
    return words + (f"; {done.problem}" if done.problem else "")


def check_alerts() -> str:
    """Compare price alerts with the latest prices, and tell whom they concern."""
    from core.operations.alerts_check import check

    done = check(clock.now())
    return str(done) if done.fired or done.rearmed or done.expired or done.failed else ""


def send_reports() -> str:
    """Send the reports that are due at their investors' hours."""
    from core.operations.reports import send_due

    return str(send_due(clock.now()) or "")


def forget_codes() -> str:
    """Delete one-time codes and proofs that are over."""
    from core.accounts.codes import forget_old

    return _counted(forget_old(clock.now()), "code")


def forget_sessions() -> str:
    """End sign-ins whose time is over, and delete demo visitors whose day is."""
    from core.accounts.demo import remove_expired
    from core.accounts.sessions import forget_dead

    ended, removed = forget_dead(clock.now()), remove_expired(clock.now())
    return ", ".join(filter(None, (_counted(ended, "sign-in"), _counted(removed, "demo visitor"))))


def nightly_backup(slot: datetime | None = None) -> str:
    """Copy the database, and keep the newest copies."""
    from core.operations.backup import run

    made = run(slot=slot)
    return f"{made.name}, {made.size / 2**20:.1f} MB, {made.rows:,} rows"


def forget_records() -> str:
    """Delete what no longer matters: old limit events, mails, messages, counts, sent reports and notes on jobs."""
    from core.accounts.limits import forget_old as forget_limits
    from core.notices.outbox import forget_old as forget_mails
    from core.operations.reports import KEEP_SENT
    from core.operations.usage import forget_old as forget_usage
    from db.repositories.operations import ReportRepository, TaskNoteRepository
    from db.session import unit_of_work

    now = clock.now()
    gone = forget_limits(now) + forget_mails() + forget_usage(now)
    with unit_of_work() as session:
        gone += ReportRepository(session).forget(now - KEEP_SENT) + TaskNoteRepository(session).forget(now - KEEP_NOTES)
    return _counted(gone, "row")


def verify_log() -> str:
    """Prove that nobody changed the activity log; admins are told when somebody did."""
    from core.accounts.activity import verify
    from core.jobs.failures import tell_of_tampering

    found = verify()
    if not found.ok:
        tell_of_tampering(found)
    return f"{found.rows:,} rows, {'whole' if found.ok else found.what}"


def tell_maintenance(version: int = 0, over: bool = False) -> str:
    """Write to investors that the desk is closed for work, or open again."""
    from core.operations.maintenance import tell

    return _counted(tell(version, over), "investor")


DUTIES: tuple[Duty, ...] = (
    Duty(
        "refresh_watched",
        "New prices of watched instruments, in market hours",
        "*/30 * * * *",
        refresh_watched,
        retries=2,
    ),
    Duty("deliver_mail", "Mails that are due", "* * * * *", deliver_mail),
    Duty("check_alerts", "Price alerts", "* * * * *", check_alerts),
    Duty("send_reports", "Reports at the hour each investor chose", "*/15 * * * *", send_reports),
    Duty("forget_codes", "One-time codes that are over", "7 * * * *", forget_codes),
    Duty("forget_sessions", "Dead sign-ins and old demo visitors", "23 */6 * * *", forget_sessions),
    Duty("nightly_backup", "A copy of the database", "47 20 * * *", nightly_backup, retries=3, wait_s=600),
    Duty("verify_log", "Proof that the activity log is whole", "12 21 * * *", verify_log),
    Duty("forget_records", "Old limit events, mails, counts and notes", "37 21 * * *", forget_records),
    Duty("tell_maintenance", "Mails about maintenance", "", tell_maintenance, retries=3, pausable=False),
)
"""All duties of the desk; the queue's own (`rescue_stalled`, `forget_old_jobs`) are in core/jobs/tasks.py."""


def slot_of(timestamp: int) -> datetime | None:
    """The moment of the timetable a job was made for; None for one that was not made by it."""
    return datetime.fromtimestamp(timestamp, UTC) if timestamp else None


def arguments_of(duty: Duty, given: dict[str, Any]) -> dict[str, Any]:
    """What the duty itself is told, of everything the job carries."""
    if duty.name == "nightly_backup":
        return {"slot": slot_of(int(given.get("timestamp", 0)))}
    return {name: value for name, value in given.items() if name not in {"timestamp", "by_hand"}}


def _counted(n: int, noun: str) -> str:
    return "" if not n else f"{n:,} {noun}{'' if n == 1 else 's'}"
