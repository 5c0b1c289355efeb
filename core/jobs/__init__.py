"""Background work: `queue` (putting jobs on it), `tasks`, `background` (the worker), `status` (what is known)."""
