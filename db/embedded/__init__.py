"""A Postgres of our own under the data folder, for when nobody configured one.

    app 1 --lease--.
    app 2 --lease--+-- watcher (one a data folder) -- postmaster
    CLI   --lease--'

Every process that needs the server holds a shared lock on one lease file for as long as it lives; the kernel drops
the lock however the process ends. A small watcher process owns the postmaster: it restarts it when it dies and stops
it once the lease file has no holder left. A dead watcher takes the postmaster with it and is replaced by the
processes that still hold a lease. The server listens on a Unix socket in a folder of mode 0700, never on TCP.
"""

from db.embedded.errors import EmbeddedServerError
from db.embedded.lease import ensure, release

__all__ = ["EmbeddedServerError", "ensure", "release"]
