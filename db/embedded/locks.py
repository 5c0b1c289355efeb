"""Locks on files that the kernel gives back however their holder ends (flock)."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path


def try_lock(path: Path, *, exclusive: bool, wait: float = 0.0) -> int | None:
    """Lock a file, creating it if need be; the returned descriptor holds the lock until closed.

    Args:
        path: the file; its folder exists.
        exclusive: alone, or together with other shared holders.
        wait: seconds to keep trying.

    Returns:
        The descriptor, or None when others hold the lock for the whole wait.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    operation = (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB
    until = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, operation)
        except BlockingIOError:
            if time.monotonic() >= until:
                os.close(descriptor)
                return None
            time.sleep(0.02)
        except BaseException:
            os.close(descriptor)
            raise
        else:
            return descriptor


def is_same_file(descriptor: int, path: Path) -> bool:
    """Whether the locked file is still the one at `path` (the folder may have been deleted under us)."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(descriptor)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
