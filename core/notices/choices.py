"""What people choose not to get by mail. The inbox in the app has it all the same; the essential goes out anyway."""

from __future__ import annotations

from core import clock
from core.notices.errors import WrongNotice
from core.notices.kinds import KINDS, OPTIONAL_KINDS, kind_of
from db.repositories.notices_inbox import EVERYTHING, ChoiceRepository
from db.session import read_session, unit_of_work


def get(account_id: int, *, admin: bool = False) -> dict[str, bool]:
    """Whether mails are wanted, by kind, for all kinds that can be declined, in the order people see them.

    Args:
        account_id: whose choices.
        admin: with the kinds that only admins get.

    Raises:
        DatabaseProblem: the database does not answer.
    """
    off = declined(account_id)
    return {kind: kind not in off for kind in OPTIONAL_KINDS if admin or KINDS[kind].audience == "investor"}


def declined(account_id: int) -> frozenset[str]:
    """The kinds somebody wants no mails of."""
    with read_session() as session:
        off = ChoiceRepository(session, account_id).off()
    return frozenset(OPTIONAL_KINDS) if EVERYTHING in off else off & frozenset(OPTIONAL_KINDS)


def set(account_id: int, kind: str, on: bool) -> None:  # noqa: A001 - reads as choices.set(...)
    """Want mails of a kind, or not.

    Raises:
        WrongNotice: no such kind, or one that cannot be declined.
        DatabaseProblem: the database does not answer.
    """
    if kind_of(kind).essential:
        raise WrongNotice(
            f"{kind_of(kind).title} cannot be declined: it concerns the account itself.", "Choose among the others."
        )
    with unit_of_work() as session:
        set_one(ChoiceRepository(session, account_id), kind, on=on)


def set_all(account_id: int, on: bool) -> None:
    """Want mails of every kind, or none that can be declined (kinds of later versions included)."""
    now = clock.now()
    with unit_of_work() as session:
        choices = ChoiceRepository(session, account_id)
        if on:
            choices.want(None)
        else:
            choices.decline([EVERYTHING], now)


def set_one(choices: ChoiceRepository, kind: str, *, on: bool) -> None:
    """`set` within a unit of work, for a kind that can be declined."""
    if not on:
        choices.decline([kind], clock.now())
    elif EVERYTHING in choices.off():
        # Everything was declined and one kind is wanted again: the others stay declined, by name.
        choices.want([EVERYTHING, kind])
        choices.decline([other for other in OPTIONAL_KINDS if other != kind], clock.now())
    else:
        choices.want([kind])
