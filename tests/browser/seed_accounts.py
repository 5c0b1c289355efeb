"""Put people into a running desk's database, as a process beside it: `python seed_accounts.py NAME...`.

Prints `{name: session token}`. The account "full" has 29 further devices, 45 messages and a name of 80 characters.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from core.accounts import limits, people, sessions
from core.accounts.model import Account, Origin
from core.boot import boot
from core.clock import now
from core.notices import outbox
from db.session import unit_of_work
from tests.pages.people import CHROME, registered


def _fill(account: Account) -> None:
    for number in range(29):
        sessions.open_session(account, Origin(ip=f"198.51.100.{number}", user_agent=CHROME.user_agent))
    for _ in range(10):
        limits.take(account, "chat-1")
    with unit_of_work() as work:
        for number in range(45):
            outbox.post(
                work,
                "maintenance_announced",
                to=None,
                account_id=account.id,
                key=str(number),
                context={"message": f"Message number {number:02}.", "until": now() + timedelta(hours=1)},
            )


def main(names: list[str]) -> None:
    """One account a name, each with one session."""
    boot("cli")
    tokens = {}
    for name in names:
        account = registered(name, name="Wolfgang Venkatanarasimha " * 3 + "Rao" if name == "full" else "Asha Rao")
        if name == "full":
            _fill(account)
        tokens[name] = sessions.open_session(people.get(account.id), CHROME)
    sys.stdout.write(json.dumps(tokens) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
