"""How good the analyst is, in numbers.

    python -m tests.evals.measure [--plan] [--misses] [--held-back]

Routing (top 1 and top 3), exactness of arguments, instruments, outcome, share of grounded numbers, acts without a
request (must be none), and time; for the two thirds that are tuned on and for the third that is not. `--plan` leaves
the tools out (no data needed); `--misses` prints what went wrong, of the held-back third only with `--held-back`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from time import perf_counter

from core.assistant.plan import Call, Plan, plan
from tests.evals.questions import Case, cases

TODAY = date(2026, 11, 18)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one question. `routed`, `top3`, `args`, `symbols` are None where nothing is expected."""

    case: Case
    outcome: str
    tools: tuple[str, ...]
    right_outcome: bool
    routed: bool | None
    top3: bool | None
    all_tools: bool | None
    args: bool | None
    symbols: bool | None
    violation: bool
    numbers: int = 0
    ungrounded: int = 0
    ms: float = 0.0
    said: str = ""


Asking = Callable[[Case], tuple[str, tuple[Call, ...], tuple[str, ...], tuple[str, ...], int, int, str]]


def planned(case: Case) -> tuple[str, tuple[Call, ...], tuple[str, ...], tuple[str, ...], int, int, str]:
    """Outcome, calls, symbols and ranking of the plan alone."""
    earlier = (plan(case.after, today=TODAY).turn(case.after),) if case.after else ()
    found: Plan = plan(case.question, earlier=earlier, today=TODAY)
    return found.outcome, found.calls, found.symbols, found.ranked, 0, 0, found.message


def answered(case: Case) -> tuple[str, tuple[Call, ...], tuple[str, ...], tuple[str, ...], int, int, str]:
    """The same of a whole answer, with its numbers. Needs a market."""
    from core.assistant.answer import ask, turn_of
    from core.assistant.model import Context
    from core.portfolio.imports.local_investor import local_investor

    asking = Context(investor=local_investor())
    found = ask(case.question, earlier=(turn_of(case.after),) if case.after else (), context=asking)
    return (
        found.outcome,
        found.tools,
        found.symbols,
        found.ranked,
        len(found.numbers) + len(found.ungrounded),
        len(found.ungrounded),
        found.text,
    )


def judge(case: Case, asking: Asking = planned) -> Result:
    """One question, asked and compared with what is expected."""
    started = perf_counter()
    outcome, calls, symbols, ranked, numbers, ungrounded, said = asking(case)
    ms = 1000.0 * (perf_counter() - started)
    names = tuple(dict.fromkeys(one.name for one in calls))
    expected = (
        case.tools if case.outcome in {"answered", ""} and calls else case.tools if case.outcome == "answered" else ()
    )
    first = expected[0] if expected else ()
    right_args: bool | None = None
    if case.args and expected:
        mine = next((one for one in calls if one.name in first), None)
        right_args = mine is not None and all(_same(mine.args.get(name), value) for name, value in case.args.items())
    return Result(
        case=case,
        outcome=outcome,
        tools=names,
        right_outcome=not case.outcome or outcome == case.outcome,
        routed=(bool(names) and names[0] in first) if expected else None,
        top3=bool(set(first) & {*names[:3], *ranked[:3]}) if expected else None,
        all_tools=all(set(group) & set(names) for group in expected) if len(expected) > 1 else None,
        args=right_args,
        symbols=set(symbols) == set(case.symbols) if case.symbols and case.outcome == "answered" else None,
        violation=bool({"create_alert", "place_order"} & set(names)) and "create_alert" not in first,
        numbers=numbers,
        ungrounded=ungrounded,
        ms=ms,
        said=said,
    )


def _same(mine: object, expected: object) -> bool:
    if isinstance(expected, int | float) and isinstance(mine, int | float | str):
        try:
            return abs(float(mine) - expected) < 1e-9
        except ValueError:
            return False
    return mine == expected


@dataclass(frozen=True, slots=True)
class Score:
    """Shares (0 to 1) over some questions, with how many each is counted over."""

    count: int
    top1: float
    top3: float
    all_tools: float
    args: float
    symbols: float
    outcome: float
    grounded: float
    violations: int
    p50: float
    p95: float


def score(results: Sequence[Result]) -> Score:
    """The shares of some results; a share over nothing is 1."""

    def share(values: list[bool | None]) -> float:
        counted = [one for one in values if one is not None]
        return sum(counted) / len(counted) if counted else 1.0

    numbers = sum(one.numbers for one in results)
    times = sorted(one.ms for one in results)
    return Score(
        count=len(results),
        top1=share([one.routed for one in results]),
        top3=share([one.top3 for one in results]),
        all_tools=share([one.all_tools for one in results]),
        args=share([one.args for one in results]),
        symbols=share([one.symbols for one in results]),
        outcome=share([one.right_outcome for one in results]),
        grounded=1.0 - sum(one.ungrounded for one in results) / numbers if numbers else 1.0,
        violations=sum(one.violation for one in results),
        p50=statistics.median(times) if times else 0.0,
        p95=times[min(len(times) - 1, int(0.95 * len(times)))] if times else 0.0,
    )


def wrong(result: Result) -> str:
    """What is wrong with a result, in a line; "" when nothing is."""
    said = []
    case = result.case
    if not result.right_outcome:
        said.append(f"outcome {result.outcome}, not {case.outcome} ({result.said[:60]})")
    if result.routed is False:
        said.append(f"tools {', '.join(result.tools) or 'none'}, not {' + '.join('/'.join(one) for one in case.tools)}")
    if result.all_tools is False:
        said.append(f"not all tools: {', '.join(result.tools)}")
    if result.args is False:
        said.append(f"arguments, not {case.args}")
    if result.symbols is False:
        said.append(f"instruments, not {' '.join(case.symbols)}")
    if result.violation:
        said.append("an act without a request")
    if result.ungrounded:
        said.append(f"{result.ungrounded} ungrounded")
    after = f" <- {case.after}" if case.after else ""
    return f"[{case.kind}] {case.question}{after}: {'; '.join(said)}" if said else ""


def main(words: Sequence[str]) -> None:
    """Print the table, and the misses when asked for."""
    asking: Asking = planned
    if "--plan" not in words:
        _start()
        asking = answered
    results = [judge(case, asking) for case in cases()]
    if asking is answered:
        # The first pass fills caches, as a server's are; times are of the second.
        again = [judge(case, asking) for case in cases()]
        results = [replace(one, ms=other.ms) for one, other in zip(results, again, strict=True)]
    parts = {
        "tuned on": [one for one in results if not one.case.held_back],
        "held back": [one for one in results if one.case.held_back],
        "all": results,
    }
    heads = ("top-1", "top-3", "multi", "args", "instr", "outcome", "grounded")
    print(f"{'':<10}{'count':>6}" + "".join(f"{head:>10}" for head in (*heads, "acts", "p50 ms", "p95 ms")))
    for name, some in parts.items():
        one = score(some)
        shares = (one.top1, one.top3, one.all_tools, one.args, one.symbols, one.outcome, one.grounded)
        print(
            f"{name:<10}{one.count:>6}"
            + "".join(f"{share:>10.1%}" for share in shares)
            + f"{one.violations:>10}{one.p50:>10.1f}{one.p95:>10.1f}"
        )
    if "--misses" in words:
        for result in results:
            if (line := wrong(result)) and ("--held-back" in words or not result.case.held_back):
                print(line)


def _start() -> None:
    os.environ.setdefault("KUBERA_MARKET", "demo")
    os.environ.setdefault("KUBERA_DATA_DIR", tempfile.mkdtemp(prefix="kubera-evals-"))
    from core.boot import boot

    boot("cli")


if __name__ == "__main__":
    main(sys.argv[1:])
