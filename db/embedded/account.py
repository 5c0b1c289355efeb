"""As whom the server runs. Postgres refuses to run as root, so root hands it to an account without rights.

Only the standard library: the watcher imports this without site-packages.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import stat
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from db.embedded.errors import EmbeddedServerError

_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True, slots=True)
class Account:
    """The system account the server runs as.

    Attributes:
        uid: its number.
        gid: its group.
        switch: whether this process (root) must become it first.
        capability: the one capability it keeps when folders above the data or the programs are closed to it (Linux).
    """

    uid: int
    gid: int
    switch: bool
    capability: int | None = None


def choose_account(data_dir: Path, cluster: Path, needed: tuple[Path, ...]) -> Account:
    """Decide as whom to run: as ourselves, or when we are root as the data's owner, `postgres` or `nobody`.

    Args:
        data_dir: the data folder.
        cluster: the database files, if they are there already.
        needed: paths the account must be able to enter.

    Raises:
        EmbeddedServerError: no account can reach the files; the text has the remedies.
    """
    if os.geteuid() != 0:
        if cluster.exists() and cluster.stat().st_uid != os.geteuid():
            raise EmbeddedServerError(
                f"The database in {cluster} belongs to another user (number {cluster.stat().st_uid}). "
                "Start as that user, or set KUBERA_DATA_DIR to a folder of your own."
            )
        return Account(os.geteuid(), os.getegid(), switch=False)
    entry = _entry(data_dir, cluster)
    plain = Account(entry.pw_uid, entry.pw_gid, switch=True)
    if _can_enter(plain, needed):
        return plain
    if sys.platform == "linux":
        for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
            lifted = Account(entry.pw_uid, entry.pw_gid, switch=True, capability=capability)
            if _can_enter(lifted, needed):
                return lifted
    raise EmbeddedServerError(
        f"Started as root, the embedded database runs as the account {entry.pw_name}, and that account cannot enter "
        f"{' or '.join(str(path) for path in needed)}. Start as an ordinary user, set KUBERA_DATA_DIR to a folder "
        "whose parents others may enter (such as /var/lib/kubera), or set DATABASE_URL."
    )


def become(account: Account, *, dies_with_parent: bool) -> Callable[[], None] | None:
    """What a child runs between fork and exec to become the account, or None when there is nothing to do.

    With `dies_with_parent` a Linux child gets the signal of a fast shutdown when its parent ends in any way.
    """
    tie = dies_with_parent and sys.platform == "linux"
    if not account.switch and not tie:
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def run() -> None:
        if account.switch:
            if account.capability is not None:
                _call(libc.prctl, _PR_SET_KEEPCAPS, 1, 0, 0, 0)
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            if account.capability is not None:
                _keep(libc, account.capability)
        if tie:
            _call(libc.prctl, _PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return run


def give(path: Path, account: Account) -> None:
    """Make the account the owner of a file or folder, when it is not us."""
    if account.switch:
        os.chown(path, account.uid, account.gid)


def _entry(data_dir: Path, cluster: Path) -> pwd.struct_passwd:
    for path in (cluster, data_dir):
        if path.exists() and (owner := path.stat().st_uid) != 0:
            try:
                return pwd.getpwuid(owner)
            except KeyError:
                # Postgres looks its account up by number; a folder of an unnamed owner cannot be served by it.
                continue
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return found
    raise EmbeddedServerError(
        "Started as root, the embedded database needs an account without rights, and this machine has neither "
        "`postgres` nor `nobody`. Start as an ordinary user, or set DATABASE_URL."
    )


def _can_enter(account: Account, needed: tuple[Path, ...]) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            prepare = become(account, dies_with_parent=False)
            if prepare is not None:
                prepare()
            if all(stat.S_ISDIR(os.stat(path / ".").st_mode) for path in needed):  # noqa: PTH116 - keep the dot
                code = 0
        except OSError:
            code = 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _keep(libc: ctypes.CDLL, capability: int) -> None:
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    _call(libc.capset, header, struct.pack("=6I", bit, bit, bit, 0, 0, 0))
    _call(libc.prctl, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability, 0, 0)


def _call(function: Callable[..., int], *arguments: int | bytes) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
