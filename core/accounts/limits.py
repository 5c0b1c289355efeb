"""Limits: how often an account may ask the analyst, and how often anybody may try what is worth guarding.

Sliding windows, counted in Postgres and exact however many processes and threads count at once: the events later than
`at - window` are counted under a lock that only the same subject waits for. What is refused is not counted, so a
window always ends; what a clock that was set back has left in the future is counted until its time has come.

    standings = take(account, chat)              # one prompt, or LimitReached
    guard("sign_in_ip", origin.ip)               # one attempt, or LimitReached

Admins' side, re-exported here: `core.accounts.limit_settings`, `core.accounts.limit_violations`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from sqlalchemy.orm import Session

from core import clock
from core.accounts.activity import account_subject
from core.accounts.errors import InvalidInput, LimitReached, NotAllowed
from core.accounts.limit_rules import LONGEST_WINDOW, PROMPT_RULES, Definition, definition, in_words
from core.accounts.limit_settings import (
    Override,
    Rule,
    clear_override,
    exempt,
    overrides,
    rules,
    set_override,
    set_rule,
)
from core.accounts.limit_violations import Violation, violations
from core.accounts.model import Account
from core.notices import outbox
from core.notices.errors import NoticeError
from core.secrets import fingerprint
from db.repositories.limits import Count, LimitRepository, PromptCounts
from db.session import read_session, unit_of_work

__all__ = [
    "Override",
    "Rule",
    "Standing",
    "Violation",
    "allowed",
    "clear_override",
    "exempt",
    "forget_old",
    "forgive",
    "guard",
    "overrides",
    "rules",
    "set_override",
    "set_rule",
    "shown",
    "standing",
    "take",
    "violations",
]

KEEP_PROMPTS = timedelta(days=90)
KEEP_VIOLATIONS = timedelta(days=90)
KEEP_GUARDED = 2 * LONGEST_WINDOW
"""Twice as long as any window: a clock that runs ahead for a day and is set right again opens none."""

_WINDOWS = {rule.name: rule.window for rule in PROMPT_RULES}
_NOT_OFTENER = timedelta(hours=1)
_CHAT = re.compile(r"[\x21-\x7e]{1,100}")
_LONGEST_SUBJECT = 400

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an account stands with one rule.

    Attributes:
        rule: burst, chat, hourly or daily.
        most: how many prompts; None when the rule does not apply to this account.
        used: how many of them are used.
        left: how many are left, never below 0; None when the rule does not apply.
        returns_at: UTC, when `left` is next one more; None when nothing is used, or it does not return by waiting.
    """

    rule: str
    most: int | None
    used: int
    left: int | None
    returns_at: datetime | None


def take(account: Account, chat: str, *, at: datetime | None = None) -> tuple[Standing, ...]:
    """Count one prompt of an account in a chat, if every rule lets it.

    Rules are asked in the order burst, chat, hourly, daily; the first that is full refuses, which is recorded, and
    told to the account once a window.

    Args:
        chat: the chat's id, 1 to 100 visible ASCII characters.
        at: timezone-aware; the present when left out.

    Returns:
        Where the account stands after this prompt, one a rule in that order.

    Raises:
        LimitReached: a rule is full.
        InvalidInput: that is no id of a chat.
        NotAllowed: the account is gone.
        DatabaseProblem: the database is away or busy; nothing was counted.
    """
    moment = _moment(at)
    _check_chat(chat)
    with unit_of_work() as session:
        limits = LimitRepository(session)
        counts = limits.prompts(account.id, chat, moment, _WINDOWS, hold=True)
        before = _standings(limits, account.id, counts, chat)
        full = next((one for one in before if one.left == 0), None)
        if full is None:
            limits.add_prompt(account.id, chat, moment)
        else:
            assert full.most is not None
            subject = account_subject(account.id)
            if limits.add_violation(account_id=account.id, subject=subject, rule=full.rule, most=full.most, at=moment):
                _tell(session, account, chat, full, moment)
    if full is not None:
        raise _refusal(definition(full.rule), full.most or 0, full.returns_at, moment)
    return tuple(_one_more(one, moment) for one in before)


def standing(account: Account, chat: str = "", *, at: datetime | None = None) -> tuple[Standing, ...]:
    """Where an account stands with each prompt rule; the rule `chat` is left out when no chat is given.

    Raises:
        InvalidInput: that is no id of a chat.
        NotAllowed: the account is gone.
        DatabaseProblem: the database is away or busy.
    """
    if chat:
        _check_chat(chat)
    with read_session() as session:
        limits = LimitRepository(session)
        counts = limits.prompts(account.id, chat, _moment(at), _WINDOWS, hold=False)
        return _standings(limits, account.id, counts, chat)


def guard(action: str, subject: str, *, session: Session | None = None, at: datetime | None = None) -> None:
    """Count one try of a guarded action by a subject, if its rule lets it; a refusal is recorded.

    Without `session` the count stands whatever becomes of the caller's own transaction. With it the count is part of
    that transaction, which then holds the subject's lock until it ends; only the record of a refusal stands alone.

    Args:
        action: the name of a guard in `core.accounts.limit_rules`.
        subject: who or what is counted: an address, a name as typed, an IP, an account's id. Letter case and outer
            spaces do not tell subjects apart. It is kept as a keyed hash only.

    Raises:
        LimitReached: the rule is full for this subject.
        ValueError: there is no such guard.
        DatabaseProblem: the database is away or busy; nothing was counted.
    """
    rule = definition(action, "guard")
    window = _window(rule)
    moment = _moment(at)
    own: AbstractContextManager[Session] = unit_of_work() if session is None else nullcontext(session)
    refused: LimitReached | None = None
    with own as open_session:
        limits = LimitRepository(open_session)
        key = _key(action, subject)
        changed, used = limits.guarded(action, key, moment - window, hold=True)
        most = rule.most if changed is None else changed
        if used < most:
            limits.add_guarded(key, moment, alone=session is None)
        else:
            returns_at = _returns(lambda n: limits.newest_guarded(key, n), most, window)
            refused = _refusal(rule, most, returns_at, moment)
    if refused is not None:
        with unit_of_work() as recording:
            LimitRepository(recording).add_violation(
                account_id=None, subject=shown(subject), rule=action, most=refused.most, at=moment
            )
        raise refused


def allowed(action: str, subject: str, *, at: datetime | None = None) -> bool:
    """Whether `guard` would let the subject pass now; counts nothing.

    Raises:
        ValueError: there is no such guard.
        DatabaseProblem: the database is away or busy.
    """
    rule = definition(action, "guard")
    since = _moment(at) - _window(rule)
    with read_session() as session:
        changed, used = LimitRepository(session).guarded(action, _key(action, subject), since, hold=False)
    return used < (rule.most if changed is None else changed)


def forgive(action: str, subject: str, *, session: Session | None = None) -> None:
    """Forget what was counted of a subject: whoever proved who they are need not wait for their typing errors.

    Raises:
        ValueError: there is no such guard.
        DatabaseProblem: the database is away or busy.
    """
    definition(action, "guard")
    own: AbstractContextManager[Session] = unit_of_work() if session is None else nullcontext(session)
    with own as open_session:
        LimitRepository(open_session).forget_guarded(_key(action, subject))


def forget_old(now: datetime | None = None) -> int:
    """Delete events no window reaches any more, old violations and overrides that ended; how many rows went.

    Prompts and violations are kept for 90 days (the admin page draws trends of them), other events for two days.

    Raises:
        DatabaseProblem: the database is away or busy; what was deleted so far stays deleted.
    """
    moment = _moment(now)
    gone = 0
    while True:
        with unit_of_work() as session:
            some = LimitRepository(session).forget(
                prompts=moment - KEEP_PROMPTS,
                guarded=moment - KEEP_GUARDED,
                violations=moment - KEEP_VIOLATIONS,
                overrides=moment - KEEP_VIOLATIONS,
            )
        gone += some
        if not some:
            return gone


def shown(subject: str) -> str:
    """A subject as violations keep it, so that an admin can act on it.

    IPs, e-mail addresses and numbers of accounts stay whole. Anything else may be a password in the wrong field: its
    first two characters, then an asterisk.
    """
    clean = "".join(character if character.isprintable() else "�" for character in subject.strip())[:_LONGEST_SUBJECT]
    if clean.isdecimal() or re.fullmatch(r"[^@\s]{1,64}@[^@\s]+\.[^@\s]+", clean):
        return clean
    try:
        return str(ip_address(clean))
    except ValueError:
        return f"{clean[:2]}*"


def _tell(session: Session, account: Account, chat: str, full: Standing, at: datetime) -> None:
    """Say that a limit is reached: once a chat, and once a window, though not more often than hourly."""
    window = definition(full.rule).window
    about = chat if window is None else str(int(at.timestamp() // max(window, _NOT_OFTENER).total_seconds()))
    try:
        outbox.post(
            session,
            f"{full.rule}_limit_reached",
            to=account.email,
            account_id=account.id,
            key=f"{account.id}:{about}",
            context={"most": full.most, "returns_at": full.returns_at},
            name=account.name,
        )
    except NoticeError as error:  # a notice that cannot be written must not decide about the question
        _log.warning("Account %d was not told that its limit is reached: %s", account.id, error)


def _moment(at: datetime | None) -> datetime:
    if at is None:
        return clock.now()
    if at.tzinfo is None:
        raise ValueError(f"a limit needs a moment with a timezone, not {at.isoformat()}")
    return at.astimezone(UTC)


def _check_chat(chat: str) -> None:
    if not _CHAT.fullmatch(chat):
        raise InvalidInput("chat", "That is no chat of yours.", "Open the chat again, or start a new one.")


def _key(action: str, subject: str) -> bytes:
    """Rule and subject as a keyed hash: 32 bytes."""
    plain = subject.strip().casefold().encode(errors="replace").decode()
    return bytes.fromhex(fingerprint(f"limit {action}", plain))


def _window(rule: Definition) -> timedelta:
    assert rule.window is not None, "every guard has a window"
    return rule.window


def _standings(limits: LimitRepository, account_id: int, counts: PromptCounts, chat: str) -> tuple[Standing, ...]:
    if counts.exempt is None:
        raise NotAllowed("This account no longer exists.", "Sign in again.")
    used = {"burst": counts.burst, "chat": Count(counts.chat, None), "hourly": counts.hourly, "daily": counts.daily}
    found = []
    for rule in PROMPT_RULES:
        if rule.name == "chat" and not chat:
            continue
        count = used[rule.name]
        most: int | None = counts.rules.get(rule.name, rule.most)
        if rule.name in counts.overrides:
            most = counts.overrides[rule.name]
        if counts.exempt:
            most = None
        found.append(_standing(limits, account_id, rule, count, most))
    return tuple(found)


def _standing(limits: LimitRepository, account_id: int, rule: Definition, count: Count, most: int | None) -> Standing:
    if most is None:
        return Standing(rule.name, None, count.used, None, None)
    returns_at = None
    if rule.window is not None and count.oldest is not None:
        returns_at = count.oldest + rule.window
        if count.used > most:  # an admin made the limit smaller: more than one has to leave
            returns_at = _returns(lambda number: limits.newest_prompt(account_id, number), most, rule.window)
    return Standing(rule.name, most, count.used, max(0, most - count.used), returns_at)


def _returns(newest: Callable[[int], datetime | None], most: int, window: timedelta) -> datetime | None:
    """When one more is allowed: when the `most`-th newest event leaves the window. Never, when none is allowed."""
    last = newest(most) if most > 0 else None
    return None if last is None else last + window


def _one_more(one: Standing, at: datetime) -> Standing:
    """The standing after one more prompt at `at`."""
    window = definition(one.rule).window
    returns_at = one.returns_at
    if one.most is not None and window is not None and (returns_at is None or at + window < returns_at):
        returns_at = at + window
    return Standing(one.rule, one.most, one.used + 1, None if one.left is None else one.left - 1, returns_at)


def _refusal(rule: Definition, most: int, returns_at: datetime | None, at: datetime) -> LimitReached:
    message = f"Too many {rule.what}: {most} are allowed."
    if most == 0:
        message = f"{rule.label}: none are allowed at present."
    if returns_at is not None:
        remedy = f"Try again in {in_words(returns_at - at)}."
    elif rule.name == "chat":
        remedy = "Start a new chat."
    else:
        remedy = "Ask an admin to allow it."
    return LimitReached(rule.name, most, returns_at, message, remedy)
