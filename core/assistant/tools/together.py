"""Several tools at once, each within its time; one that fails or hangs never takes the others with it."""

from __future__ import annotations

import atexit
import contextvars
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from time import monotonic

from core.assistant.errors import AssistantError
from core.assistant.model import PRESENT, Context, ToolResult
from core.assistant.tools.tool import Tool
from core.market.service import Market

log = logging.getLogger(__name__)

WORKERS = 8
TIMEOUT_S = 12.0

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None

Asked = tuple[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Finished:
    """One of several calls has its result. `place` is its row among those asked."""

    place: int
    result: ToolResult


def as_finished(
    tools: Mapping[str, Tool],
    asked: Sequence[Asked],
    context: Context = PRESENT,
    *,
    timeout: float = TIMEOUT_S,
    service: Market | None = None,
) -> Iterator[Finished]:
    """Results as they come; what is not there after `timeout` seconds is unavailable. Every call has one result."""
    if len(asked) == 1 and not _may_hang(service):
        yield Finished(0, outcome(tools, asked[0], context, service))
        return
    started = monotonic()
    futures: dict[Future[ToolResult], int] = {}
    for place, one in enumerate(asked):
        held = contextvars.copy_context()
        futures[_executor().submit(held.run, outcome, tools, one, context, service)] = place
    waiting = set(futures)
    try:
        for future in as_completed(futures, timeout=max(0.0, timeout - (monotonic() - started))):
            waiting.discard(future)
            yield Finished(futures[future], future.result())
    except TooLate:
        for future in sorted(waiting, key=lambda one: futures[one]):
            future.cancel()
            name, args = asked[futures[future]]
            text = f"{name} did not answer within {timeout:g} seconds. Ask again in a moment."
            yield Finished(futures[future], ToolResult(name, dict(args), unavailable=text))


def all_of(
    tools: Mapping[str, Tool],
    asked: Sequence[Asked],
    context: Context = PRESENT,
    *,
    timeout: float = TIMEOUT_S,
    service: Market | None = None,
) -> tuple[ToolResult, ...]:
    """The results in the order asked. See `as_finished`."""
    found = {one.place: one.result for one in as_finished(tools, asked, context, timeout=timeout, service=service)}
    return tuple(found[place] for place in range(len(asked)))


def outcome(tools: Mapping[str, Tool], asked: Asked, context: Context, service: Market | None) -> ToolResult:
    """One call's result; what is refused or breaks is told by it, a fault of ours is logged as well."""
    name, args = asked
    tool = tools.get(name)
    if tool is None:
        return ToolResult(str(name), dict(args), unavailable=f"There is no tool “{str(name)[:60]}”.")
    try:
        return tool.run(args, context, service)
    except AssistantError as error:
        return ToolResult(name, dict(args), unavailable=str(error))
    except Exception:  # one tool's fault must not take an answer's other tools with it; it is logged with its trace
        log.exception("the tool %s failed", name)
        text = f"{name} failed on our side. The fault is in the log; the other parts of the answer stand."
        return ToolResult(name, dict(args), unavailable=text)


def _may_hang(service: Market | None) -> bool:
    """Whether a call may wait for a vendor; the simulated market never does."""
    from core.market.service import market

    return (service or market()).mode().live


def _executor() -> ThreadPoolExecutor:
    global _pool  # noqa: PLW0603 - one pool a process, by intent
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="tool")
            atexit.register(_pool.shutdown, wait=False, cancel_futures=True)
        return _pool
