"""Work in slices on several threads.

The kernels are compiled single-threaded and release the GIL, so plain threads run them side by side. numba's own
parallel loops are not used: its default threading layer ends the process when two sessions start them at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from core.backtest.errors import BadRule

_SLICES_A_THREAD = 4
_MOST = 64


def count(threads: int | None) -> int:
    """How many threads to use; None is as many as there are cores, eight at most. Raises BadRule."""
    if threads is None:
        return max(1, min(os.cpu_count() or 1, 8))
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= _MOST:
        raise BadRule("threads", threads, f"it must be a whole number from 1 to {_MOST}")
    return threads


class Workers:
    """Threads for one call of this package: begun when first needed, ended with the `with` block."""

    def __init__(self, threads: int | None) -> None:
        self.threads = count(threads)
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def in_slices(self, work: Callable[[int, int], None], n: int, smallest: int = 1) -> None:
        """Call `work(first, last)` for slices that cover range(n), side by side; errors come out here."""
        slices = min(self.threads * _SLICES_A_THREAD, max(1, n // smallest))
        if self.threads == 1 or slices == 1:
            work(0, n)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="backtest")
        edges = [n * k // slices for k in range(slices + 1)]
        for one in [self._pool.submit(work, first, last) for first, last in pairwise(edges)]:
            one.result()
