"""What admins do about limits: the numbers for everybody, numbers for one account, exemptions.

Every change is one unit of work with its entry in the activity log and, where it concerns one person, a notice to them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core import clock
from core.accounts import activity
from core.accounts.authorisation import require_admin
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.accounts.limit_rules import DEFINITIONS, MOST_ALLOWED, Definition, Group
from core.accounts.model import Account, Origin
from core.notices import outbox
from core.notices.context import clean
from db.repositories.limits import LimitRepository, OverrideRow
from db.session import read_session, unit_of_work

_LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit for everybody.

    Attributes:
        rule: its name; label: what admins read; group: "prompt" or "guard".
        most: how often it allows now; default: how often before anybody changed it.
        window: how long an event counts; None: for ever (a chat).
        version: how often it was changed; give it back with a change.
        changed_at, changed_by: the last change, UTC and user name; None and "" when there was none.
    """

    rule: str
    label: str
    group: Group
    most: int
    default: int
    window: timedelta | None
    version: int
    changed_at: datetime | None
    changed_by: str


@dataclass(frozen=True, slots=True)
class Override:
    """A limit of one account's own. `most` None: the rule does not apply to it.

    Attributes:
        until: UTC, when the common rule applies again; None: until it is cleared.
        active: `until` has not come yet.
    """

    rule: str
    label: str
    most: int | None
    reason: str
    until: datetime | None
    version: int
    set_at: datetime
    set_by: str
    active: bool


def rules(actor: Account) -> tuple[Rule, ...]:
    """Every rule, prompt rules first.

    Raises:
        NotAllowed: the actor is no admin.
        DatabaseProblem: the database is away or busy.
    """
    require_admin(actor)
    with read_session() as session:
        return _rules(session)


def set_rule(actor: Account, rule: str, most: int, version: int, *, origin: Origin | None = None) -> Rule:
    """Give a rule another number, for everybody, from the next check on.

    Args:
        most: 0 to a million; 0 lets nobody.
        version: of the rule as the actor saw it.

    Returns:
        The rule as it is now.

    Raises:
        AlreadyChanged: somebody else changed it meanwhile.
        InvalidInput: no such rule, or no such number.
        NotAllowed: the actor is no admin.
    """
    known = _known(rule)
    _check_most(most)
    with unit_of_work() as session:
        require_admin(actor, session)
        before = next(one for one in _rules(session) if one.rule == rule)
        if not LimitRepository(session).set_rule(rule, most, version, clock.now(), actor.user_name):
            raise AlreadyChanged(f"“{known.label}” was changed meanwhile.", "Look at it again, then decide.")
        activity.record(
            session,
            "limits.rule_changed",
            actor=actor,
            subject=f"rule:{rule}",
            before={"most": before.most},
            after={"most": most},
            origin=origin,
        )
        return next(one for one in _rules(session) if one.rule == rule)


def overrides(actor: Account, account_id: int) -> tuple[Override, ...]:
    """The limits of an account's own, those that ended within the last 90 days included.

    Raises:
        NotAllowed: the actor is no admin.
    """
    require_admin(actor)
    now = clock.now()
    with read_session() as session:
        return tuple(_override(row, now) for row in LimitRepository(session).overrides(account_id))


def set_override(
    actor: Account,
    account_id: int,
    rule: str,
    most: int | None,
    reason: str,
    until: datetime | None = None,
    *,
    version: int | None = None,
    origin: Origin | None = None,
) -> Override:
    """Give an account a limit of its own, in place of an earlier one; the account is told.

    Args:
        rule: a prompt rule.
        most: how many prompts; None: the rule does not apply.
        until: timezone-aware, later than now; None: for good.
        version: of the override as the actor saw it (0: there was none); None changes it whatever it is.

    Raises:
        AlreadyChanged: somebody else changed it meanwhile.
        InvalidInput: no such account, rule or number, no reason, or `until` is past.
        NotAllowed: the actor is no admin.
    """
    known = _known(rule, "prompt")
    if most is not None:
        _check_most(most)
    why = _reason(reason)
    now = clock.now()
    if until is not None and (until.tzinfo is None or until <= now):
        raise InvalidInput("until", "The end is not in the future.", "Choose a later day, or none.")
    with unit_of_work() as session:
        require_admin(actor, session)
        limits = LimitRepository(session)
        person = _hold(limits, account_id)
        before = limits.override(account_id, rule)
        _check_version(known, before, version)
        made = OverrideRow(
            account_id, rule, most, why, until, 1 if before is None else before.version + 1, now, actor.user_name
        )
        limits.put_override(made)
        activity.record(
            session,
            "limits.override_set",
            actor=actor,
            subject=activity.account_subject(account_id),
            before=None if before is None else _told(before),
            after=_told(made),
            origin=origin,
        )
        _tell(session, account_id, person, f"{known.label}: {_number(most)}", rule, until=until, reason=why)
        return _override(made, now)


def clear_override(
    actor: Account,
    account_id: int,
    rule: str,
    *,
    version: int | None = None,
    origin: Origin | None = None,
) -> None:
    """Let the common rule apply to an account again; nothing happens when it does already.

    Raises:
        AlreadyChanged: `version` is given and somebody else changed the override meanwhile.
        InvalidInput: no such account or rule.
        NotAllowed: the actor is no admin.
    """
    known = _known(rule, "prompt")
    with unit_of_work() as session:
        require_admin(actor, session)
        limits = LimitRepository(session)
        person = _hold(limits, account_id)
        before = limits.override(account_id, rule)
        _check_version(known, before, version)
        if before is None:
            return
        limits.delete_override(account_id, rule)
        activity.record(
            session,
            "limits.override_cleared",
            actor=actor,
            subject=activity.account_subject(account_id),
            before=_told(before),
            origin=origin,
        )
        _tell(session, account_id, person, f"{known.label}: as for everybody", rule)


def exempt(actor: Account, account_id: int, exempted: bool, reason: str, *, origin: Origin | None = None) -> None:
    """Free an account of all prompt rules, or end that; the account is told. Nothing happens when it is so already.

    Raises:
        InvalidInput: no such account, or no reason.
        NotAllowed: the actor is no admin.
    """
    why = _reason(reason)
    with unit_of_work() as session:
        require_admin(actor, session)
        limits = LimitRepository(session)
        person = _hold(limits, account_id)
        if person.exempt == exempted:
            return
        limits.set_exempt(account_id, exempted)
        activity.record(
            session,
            "limits.exempted" if exempted else "limits.exemption_ended",
            actor=actor,
            subject=activity.account_subject(account_id),
            before={"limits_exempt": person.exempt},
            after={"limits_exempt": exempted, "reason": why},
            origin=origin,
        )
        change = "No limit applies to you" if exempted else "Limits apply to you as to everybody"
        _tell(session, account_id, person, change, "all", reason=why)


@dataclass(frozen=True, slots=True)
class _Person:
    user_name: str
    email: str | None
    name: str
    exempt: bool


def _rules(session: Session) -> tuple[Rule, ...]:
    changed = LimitRepository(session).rules()
    found = []
    for known in DEFINITIONS.values():
        row = changed.get(known.name)
        found.append(
            Rule(
                known.name,
                known.label,
                known.group,
                known.most if row is None else row.most,
                known.most,
                known.window,
                0 if row is None else row.version,
                None if row is None else row.changed_at,
                "" if row is None else row.changed_by,
            )
        )
    return tuple(found)


def _known(rule: str, group: Group | None = None) -> Definition:
    found = DEFINITIONS.get(rule)
    if found is None or (group is not None and found.group != group):
        raise InvalidInput("rule", f"There is no {group or ''} limit “{clean(rule, 40)}”.", "Choose one of the list.")
    return found


def _check_most(most: int) -> None:
    if isinstance(most, bool) or not isinstance(most, int) or not 0 <= most <= MOST_ALLOWED:
        raise InvalidInput("most", f"{most} is no number a limit can have.", f"Give one from 0 to {MOST_ALLOWED:,}.")


def _reason(reason: str) -> str:
    why = clean(reason, _LONGEST_REASON)
    if not why:
        raise InvalidInput("reason", "No reason is given.", "Say why; the person and the activity log are told.")
    return why


def _check_version(known: Definition, before: OverrideRow | None, version: int | None) -> None:
    if version is not None and version != (0 if before is None else before.version):
        raise AlreadyChanged(f"This account's “{known.label}” was changed meanwhile.", "Look at it again, then decide.")


def _hold(limits: LimitRepository, account_id: int) -> _Person:
    found = limits.hold_account(account_id)
    if found is None:
        raise InvalidInput(
            "account", f"There is no account {account_id}.", "It may have been deleted; look at the list."
        )
    return _Person(*found)


def _told(row: OverrideRow) -> dict[str, object]:
    said = asdict(row)
    return {name: said[name] for name in ("rule", "most", "reason", "until")}


def _override(row: OverrideRow, now: datetime) -> Override:
    return Override(
        row.rule,
        DEFINITIONS[row.rule].label if row.rule in DEFINITIONS else row.rule,
        row.most,
        row.reason,
        row.until,
        row.version,
        row.set_at,
        row.set_by,
        row.until is None or row.until > now,
    )


def _number(most: int | None) -> str:
    return "no limit" if most is None else f"{most:,}"


def _tell(
    session: Session,
    account_id: int,
    person: _Person,
    change: str,
    rule: str,
    *,
    until: datetime | None = None,
    reason: str | None = None,
) -> None:
    outbox.post(
        session,
        "limits_changed",
        to=person.email,
        account_id=account_id,
        key=f"{account_id}:{rule}:{clock.now().isoformat()}",
        context={"changes": [change], "until": until, "reason": reason},
        name=person.name,
    )
