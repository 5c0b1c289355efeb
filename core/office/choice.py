"""Which office somebody has."""

from __future__ import annotations

from core.accounts.errors import NotAllowed
from core.accounts.model import Account, Origin
from core.office.contract import Office
from core.office.demo import DemoOffice
from core.office.real import RealOffice


def office_of(account: Account | None, origin: Origin, held: object = None) -> Office:
    """The real office for an admin, a simulated one for a demo admin.

    Args:
        account: who is signed in, as the database knows them now; None for nobody.
        origin: where they are, for the activity log.
        held: the simulated office they had in this tab before, which keeps what they did there.

    Raises:
        NotAllowed: they are neither.
    """
    if account is not None and account.is_admin and not account.is_demo:
        return RealOffice(account, origin)
    if account is not None and account.kind == "demo_admin" and account.state == "active":
        if isinstance(held, DemoOffice) and held.account_id == account.id:
            return held
        return DemoOffice(account.id, account.user_name)
    raise NotAllowed("This page is for admins.", "Sign in as an admin, or ask one for what you need.")
