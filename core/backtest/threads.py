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


def in_slices(work: Callable[[int, int], None], n: int, threads: int, smallest: int = 1) -> None:
    """Call `work(first, last)` for slices that cover range(n), on up to `threads` threads; errors come out here."""
    slices = min(threads * _SLICES_A_THREAD, max(1, n // smallest))
    if threads == 1 or slices == 1:
        work(0, n)
        return
    edges = [n * k // slices for k in range(slices + 1)]
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="backtest") as pool:
        for one in [pool.submit(work, first, last) for first, last in pairwise(edges)]:
            one.result()
