"""Where the embedded server keeps its files, and the small notes its processes leave each other.

Only the standard library: the watcher imports this without site-packages.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

USER = "kubera"
DATABASE = "kubera"
PORT = 5432
"""Part of the socket's file name only; nothing listens on TCP."""


def follow_owner(path: Path, model: Path) -> None:
    """What root makes in somebody's folder belongs to that somebody, who may start without root next time."""
    owner = model.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(path, owner.st_uid, owner.st_gid)


@dataclass(frozen=True, slots=True)
class State:
    """What the watcher last said.

    Attributes:
        status: "starting", "ready", "failed" or "stopped".
        message: why, when failed.
        watcher: process id of the watcher.
        postmaster: process id of the server, 0 when there is none.
        socket_dir: folder of the socket.
        at: seconds since the epoch.
    """

    status: str
    message: str
    watcher: int
    postmaster: int
    socket_dir: str
    at: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one embedded server."""

    root: Path

    @classmethod
    def under(cls, data_dir: Path) -> Layout:
        """The layout below a data folder; symbolic links are followed, so that one folder has one server."""
        return cls(Path(os.path.realpath(data_dir)) / "postgres")

    @property
    def cluster(self) -> Path:
        return self.root / "data"

    @property
    def lease(self) -> Path:
        return self.root / "lease.lock"

    @property
    def watch(self) -> Path:
        return self.root / "watcher.lock"

    @property
    def log(self) -> Path:
        return self.root / "server.log"

    @property
    def watcher_log(self) -> Path:
        return self.root / "watcher.log"

    @property
    def socket_note(self) -> Path:
        return self.root / "socket.txt"

    def read_state(self) -> State | None:
        """The watcher's last word, or None when there is none or it cannot be read as one."""
        try:
            text = (self.root / "state.json").read_text(encoding="utf-8")
            return State(**json.loads(text))
        except (OSError, ValueError, TypeError):
            return None

    def write_state(self, state: State) -> None:
        """Leave a word, whole or not at all."""
        target = self.root / "state.json"
        partial = self.root / f"state.json.{os.getpid()}"
        partial.write_text(json.dumps(asdict(state)), encoding="utf-8")
        follow_owner(partial, self.root)
        partial.replace(target)
