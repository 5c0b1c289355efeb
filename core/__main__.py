"""The command line: `python -m core COMMAND`.

With `--json` a command prints one JSON document on standard output and nothing else there. Errors go to standard
error: exit code 2 for bad input (a wrong argument or setting), 1 for a failure (such as an absent database).
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import signal
import sys
from typing import Annotated

import typer

from core import __version__
from core.operations import cli as operations
from core.portfolio import cli as portfolio
from core.settings import SettingsError, get_settings
from db.session import DatabaseProblem

app = typer.Typer(
    name="python -m core",
    help="Kubera from the command line.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand != "doctor":
        get_settings()


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
) -> None:
    """Say what works, what is not configured and how to configure it. Exit code 1 when something needed is broken."""
    from core.doctor import examine, report_json, report_text

    findings = examine()
    typer.echo(report_json(findings) if as_json else report_text(findings))
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


@app.command()
def worker(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether a worker is alive; exit code 1 if not.")
    ] = False,
) -> None:
    """Work the job queue until told to stop (SIGTERM or Ctrl-C); jobs at hand are finished first."""
    if not check:
        asyncio.run(_work())
        return
    from core.boot import boot
    from core.jobs.status import queue_status

    boot("cli")
    status = queue_status()
    typer.echo(f"{status.workers} running, {status.waiting} jobs waiting, {status.running} at work")
    if not status.workers:
        raise typer.Exit(1)


async def _work() -> None:
    from core.boot import boot, shut_down
    from core.jobs.background import work_until

    started = await asyncio.to_thread(boot, "worker")
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await work_until(stopping, started.url, started.settings.jobs.concurrency)
    await asyncio.to_thread(shut_down)


def _register_areas() -> None:
    """The commands of each area of the domain."""
    from core.assistant import cli as assistant
    from core.backtest import cli as backtest
    from core.indicators import cli as indicators
    from core.market import cli as market

    market.register(app)
    indicators.register(app)
    backtest.register(app)
    assistant.register(app)


_LIGHT = ("doctor", "worker", "create-admin", "backup", "restore", "verify-log", "import-trades", "export")
"""Commands that need no area of the market."""


def main() -> None:
    """Run the command line and end the process with its exit code."""
    # A command lives for a second: collecting while it imports, and once more at its end, costs a fifth of that.
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
    operations.register(app)
    portfolio.register(app)
    if not (sys.argv[1:] and sys.argv[1] in _LIGHT):
        _register_areas()  # they load the numeric libraries, half a second that the others do not need
    try:
        app()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    except DatabaseProblem as problem:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
