"""Switching vendors off and on, for admins; `core.market.router` does not ask one that is off."""

from __future__ import annotations

from core import clock
from core.accounts import activity
from core.accounts.authorisation import require_admin
from core.accounts.errors import AlreadyChanged, InvalidInput
from core.accounts.model import Account, Origin
from core.market.store.switches import PREFIX, TOPIC
from db.repositories.operations import SwitchRepository, SwitchState
from db.repositories.system import SystemRepository
from db.session import read_session, unit_of_work


def switches(actor: Account) -> dict[str, SwitchState]:
    """Vendors' switches by the vendor's name; what nobody touched is left out.

    Raises:
        NotAllowed: the actor is no admin.
        DatabaseProblem: the database is away or busy.
    """
    require_admin(actor)
    with read_session() as session:
        found = SwitchRepository(session).of_prefix(PREFIX)
    return {name.removeprefix(PREFIX): row for name, row in found.items()}


def switch(
    actor: Account, source: str, on: bool, version: int, *, known: frozenset[str], origin: Origin | None = None
) -> SwitchState:
    """Switch a vendor on or off, in every process.

    Args:
        source: the vendor's name.
        version: of the switch as the actor saw it; 0 when nobody has touched it.
        known: names of the vendors there are.

    Returns:
        The switch as it is now.

    Raises:
        AlreadyChanged: somebody else switched it meanwhile.
        InvalidInput: there is no such vendor.
        NotAllowed: the actor is no admin.
    """
    require_admin(actor)
    if source not in known:
        raise InvalidInput("source", f"There is no source “{source[:30]}” to switch.", "Choose one of the list.")
    with unit_of_work() as session:
        require_admin(actor, session)
        repository = SwitchRepository(session)
        before = repository.get(PREFIX + source)
        after = repository.put(PREFIX + source, on, actor.id, clock.now(), version)
        if after is None:
            raise AlreadyChanged("Somebody else switched this source meanwhile.", "Look at it again, then decide.")
        activity.record(
            session,
            "source.switched",
            actor=actor,
            subject=f"source:{source}",
            before={"on": before.on},
            after={"on": on},
            origin=origin,
        )
        SystemRepository(session).announce(TOPIC)
    return after
