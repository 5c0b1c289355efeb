"""Made-up people, log and figures for the simulated office. Deterministic; no row of the real desk is ever read."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.office.model import DAYS, DayCount, DeviceRow, EntryRow, MailRow, RunRow, UserRow, ViolationRow

PEOPLE = 137

_FIRST = [
    "Aarav",
    "Aditi",
    "Ananya",
    "Arjun",
    "Bhavna",
    "Chirag",
    "Deepa",
    "Dev",
    "Esha",
    "Farhan",
    "Gauri",
    "Harish",
    "Isha",
    "Jaya",
    "Kabir",
    "Kavya",
    "Lakshmi",
    "Manish",
    "Meera",
    "Mohan",
    "Naina",
    "Nikhil",
    "Omkar",
    "Pooja",
    "Priya",
    "Rahul",
    "Riya",
    "Rohan",
    "Sana",
    "Tara",
    "Uday",
    "Varun",
    "Vidya",
    "Yash",
    "Zoya",
]
_LAST = [
    "Agarwal",
    "Bose",
    "Chopra",
    "Das",
    "Desai",
    "Fernandes",
    "Ghosh",
    "Gupta",
    "Iyer",
    "Jain",
    "Joshi",
    "Kapoor",
    "Khan",
    "Kulkarni",
    "Mehta",
    "Menon",
    "Mishra",
    "Nair",
    "Patel",
    "Pillai",
    "Rao",
    "Reddy",
    "Saxena",
    "Sen",
    "Shah",
    "Sharma",
    "Singh",
    "Thomas",
    "Varma",
]
_BROWSERS = ("Chrome on Windows", "Firefox on Linux", "Safari on macOS", "Chrome on Android", "Safari on iOS")
_ACTIONS = (
    ("sign_in.accepted", 60),
    ("session.ended", 14),
    ("profile.password_changed", 3),
    ("profile.name_changed", 4),
    ("account.registered", 5),
    ("own_data.exported", 2),
    ("limits.rule_changed", 1),
    ("account.role_changed", 1),
    ("account.deactivated", 1),
)
_MAILS = (
    ("registration_code", "Your code for Kubera"),
    ("welcome", "Welcome to Kubera"),
    ("new_device", "A new browser signed in"),
    ("daily_report", "Your daily report"),
    ("price_alert", "RELIANCE.NS went above your price"),
    ("hourly_limit_reached", "You reached the hourly limit"),
)
TASKS = (
    ("refresh_watched", "*/30 * * * *", "Fetches prices of watched instruments while their markets are open."),
    ("deliver_mail", "* * * * *", "Sends the mails that are due."),
    ("send_reports", "*/15 * * * *", "Sends reports at their investors' hours."),
    ("check_alerts", "* * * * *", "Compares price alerts with the latest prices."),
    ("forget_codes", "23 * * * *", "Deletes one-time codes that died."),
    ("forget_sessions", "41 */6 * * *", "Deletes dead sessions and old demo visitors."),
    ("nightly_backup", "30 20 * * *", "Takes a backup and keeps the newest."),
    ("forget_old_jobs", "17 21 * * *", "Deletes what is known of old jobs."),
)


@dataclass
class Made:
    """Everything that was made up, for one moment."""

    at: datetime
    people: dict[int, UserRow]
    devices: dict[int, tuple[DeviceRow, ...]]
    entries: list[EntryRow]
    violations: list[ViolationRow]
    mails: list[MailRow]
    runs: list[RunRow]


def make(at: datetime) -> Made:
    """The same people for everybody; their times are counted back from `at`."""
    chance = random.Random("kubera: the simulated office")  # noqa: S311 - nothing here is a secret
    people = {number: _person(chance, number, at) for number in range(1, PEOPLE + 1)}
    devices = {number: _devices(chance, row, at) for number, row in people.items()}
    return Made(
        at,
        people,
        devices,
        _entries(chance, people, at),
        _violations(chance, people, at),
        _mails(chance, people, at),
        _runs(chance, at),
    )


def daily(name: str, usual: float, spread: float, at: datetime) -> tuple[float, ...]:
    """A made-up figure for each of the last 30 days; quieter at weekends."""
    chance = random.Random(f"kubera: {name}")  # noqa: S311 - nothing here is a secret
    values = []
    for back in range(DAYS - 1, -1, -1):
        weekend = (at - timedelta(days=back)).weekday() >= 5
        values.append(max(0.0, round(usual * (0.55 if weekend else 1) + chance.gauss(0, spread))))
    return tuple(values)


def day_counts(name: str, usual: float, spread: float, at: datetime) -> tuple[DayCount, ...]:
    """`daily` with its days."""
    values = daily(name, usual, spread, at)
    return tuple(
        DayCount((at - timedelta(days=DAYS - 1 - index)).date(), int(value)) for index, value in enumerate(values)
    )


def _person(chance: random.Random, number: int, at: datetime) -> UserRow:
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    created = at - timedelta(days=chance.randint(2, 320), minutes=chance.randint(0, 1400))
    seen = at - timedelta(minutes=chance.choice((3, 20, 90, 400, 1500, 6000, 40_000)) + chance.randint(0, 50))
    user_name = f"{first}.{last}{number}".lower()
    return UserRow(
        number,
        user_name,
        f"{first} {last}",
        f"{user_name}@simulated.example",
        "registered",
        "admin" if number in {1, 58} else "investor",
        "deactivated" if number % 29 == 0 else "active",
        created,
        max(seen, created),
        number % 41 == 0,
        "Asked to be closed" if number % 29 == 0 else "",
        1,
    )


def _devices(chance: random.Random, row: UserRow, at: datetime) -> tuple[DeviceRow, ...]:
    if row.state != "active" or row.last_seen_at is None or at - row.last_seen_at > timedelta(days=3):
        return ()
    return tuple(
        DeviceRow(
            UUID(int=chance.getrandbits(128)),
            chance.choice(_BROWSERS),
            f"192.0.2.{chance.randint(1, 254)}",  # documentation addresses (RFC 5737): nobody's
            row.last_seen_at - timedelta(hours=chance.randint(1, 60)),
            row.last_seen_at - timedelta(minutes=30 * index),
        )
        for index in range(chance.randint(1, 3))
    )


def _entries(chance: random.Random, people: dict[int, UserRow], at: datetime) -> list[EntryRow]:
    names, weights = zip(*_ACTIONS, strict=True)
    moments = sorted((at - timedelta(seconds=chance.randint(60, 30 * 86_400)) for _ in range(640)), reverse=True)
    made = []
    for index, moment in enumerate(moments):
        action = chance.choices(names, weights)[0]
        about = people[chance.randint(1, PEOPLE)]
        admin = action in {"limits.rule_changed", "account.role_changed", "account.deactivated"}
        before, after = {
            "limits.rule_changed": ("most: 150", "most: 200"),
            "account.role_changed": ("role: investor", "role: admin"),
            "account.deactivated": ("state: active", "state: deactivated"),
        }.get(action, ("", ""))
        who = people[1].user_name if admin else about.user_name
        subject = f"account:{about.id}" if action != "limits.rule_changed" else "rule:hourly"
        made.append(
            EntryRow(640 - index, moment, who, action, subject, before, after, f"192.0.2.{chance.randint(1, 254)}")
        )
    return made


def _violations(chance: random.Random, people: dict[int, UserRow], at: datetime) -> list[ViolationRow]:
    rules = (
        ("burst", "Prompts a minute", 10),
        ("chat", "Prompts a chat", 50),
        ("hourly", "Prompts an hour", 150),
        ("sign_in_address", "Sign-ins of one account", 10),
    )
    made = []
    for _ in range(63):
        rule, label, most = chance.choice(rules)
        row = people[chance.randint(1, PEOPLE)]
        moment = at - timedelta(minutes=chance.randint(5, 20 * 1440))
        made.append(ViolationRow(moment, row.user_name, row.id, rule, label, most, chance.randint(1, 6)))
    return sorted(made, key=lambda one: one.at, reverse=True)


def _mails(chance: random.Random, people: dict[int, UserRow], at: datetime) -> list[MailRow]:
    made = []
    moments = sorted((at - timedelta(minutes=chance.randint(2, 9000)) for _ in range(118)), reverse=True)
    for index, moment in enumerate(moments):
        kind, subject = chance.choice(_MAILS)
        state = chance.choices(("sent", "queued", "failed", "unconfirmed"), (90, 3, 4, 1))[0]
        to = people[chance.randint(1, PEOPLE)].email or ""
        error = "550 no such mailbox" if state == "failed" else ""
        made.append(
            MailRow(
                118 - index,
                kind,
                to,
                subject,
                state,
                3 if state == "failed" else 1,
                moment,
                at + timedelta(minutes=4) if state == "queued" else None,
                moment + timedelta(seconds=4) if state == "sent" else None,
                error,
                state in {"failed", "unconfirmed"},
                state == "queued",
            )
        )
    return made


def _runs(chance: random.Random, at: datetime) -> list[RunRow]:
    made = []
    for index in range(180):
        task = TASKS[chance.randrange(len(TASKS))][0]
        ended = at - timedelta(minutes=index * 7 + chance.randint(0, 6))
        failed = chance.random() < 0.03
        made.append(
            RunRow(
                9000 - index,
                task,
                "failed" if failed else "succeeded",
                3 if failed else 1,
                ended - timedelta(seconds=chance.randint(1, 9)),
                ended,
                "The vendor did not answer within 10 s" if failed else "",
                failed,
            )
        )
    return made
