"""What works on this machine, what is not configured, and how to configure it; within two seconds.

Each examination is bounded and they run side by side, so one silent vendor delays nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import orjson

from core import __version__, clock, formats
from core.secrets import KEY_FILE
from core.settings import ENV_FILE_VARIABLE, PROJECT_ROOT, Settings, SettingsError, load_settings, variables
from db.embedded import EmbeddedServerError
from db.embedded.binaries import find_binaries
from db.embedded.layout import Layout
from db.session import DatabaseProblem

State = Literal["ok", "off", "warning", "broken"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LIMIT_S = 1.0
_SERVER_LIMIT_S = 1.8
_EMBEDDED_LIMIT_S = 30.0
_OLD_BACKUP = timedelta(hours=36)
_LITTLE_SPACE = 500 * 2**20
_MARKS = {"ok": "ok     ", "off": "off    ", "warning": "warning", "broken": "BROKEN "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined.

    Attributes:
        name: what it is, such as "database".
        state: "ok"; "off" when it is not configured and the rest works without; "warning"; "broken" when the project
            cannot run like this.
        detail: what was found.
        remedy: what to do about it; "" when there is nothing to do.
    """

    name: str
    state: State
    detail: str
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at everything; never raises for what it finds."""
    try:
        settings = load_settings()
    except SettingsError as error:
        wrong = tuple(Finding("settings", "broken", text, "Correct the variable.") for text in error.problems)
        return (_python(), _packages(), *wrong)
    pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="doctor")
    answers: list[tuple[str, Future[tuple[Finding, ...]], float]] = []

    def ask(name: str, question: Callable[[], tuple[Finding, ...]], limit: float) -> None:
        answers.append((name, pool.submit(question), limit))

    # Our own server may be recovering from a crash; somebody else's that is silent is told from one that is slow.
    ask(
        "database", lambda: _database(settings), _EMBEDDED_LIMIT_S if settings.database.url is None else _SERVER_LIMIT_S
    )
    ask("yahoo", lambda: (_yahoo(settings),), _LIMIT_S)
    ask("mail server", lambda: (_mail(settings),), _LIMIT_S)
    ask("image export", lambda: (_browser(), _fonts()), _LIMIT_S)
    here = (_python(), _packages(), _settings(), _data_dir(settings), _market(settings))
    found: list[Finding] = list(here)
    for name, future, limit in answers:
        wait([future], timeout=limit)
        if future.done():
            found += future.result()
        else:
            found.append(Finding(name, "warning", f"no answer within {limit:g} s", "Ask again in a moment."))
    found += [_alpha_vantage(settings), _secret_key(settings), _backups(settings)]
    pool.shutdown(wait=False, cancel_futures=True)
    return tuple(found)


def report_json(findings: tuple[Finding, ...]) -> str:
    """`{version, ok, checks: [{name, state, detail, remedy}]}`."""
    return orjson.dumps(
        {
            "version": __version__,
            "ok": all(finding.state != "broken" for finding in findings),
            "checks": [asdict(finding) for finding in findings],
        },
        option=orjson.OPT_INDENT_2,
    ).decode()


def report_text(findings: tuple[Finding, ...]) -> str:
    """The same for reading, a line each and the remedy below it."""
    width = max(len(finding.name) for finding in findings)
    lines = [f"Kubera {__version__}"]
    for finding in findings:
        lines.append(f"{_MARKS[finding.state]}  {finding.name:<{width}}  {finding.detail}")
        if finding.remedy:
            lines.append(f"{'':9}{'':<{width}}  -> {finding.remedy}")
    return "\n".join(lines)


def _python() -> Finding:
    version = platform.python_version()
    if sys.version_info < (3, 11):  # noqa: UP036 - said to somebody who runs it with an old one
        return Finding("python", "broken", version, "Install Python 3.11 or later, then run `make setup`.")
    return Finding("python", "ok", f"{version} at {sys.executable}")


def _packages() -> Finding:
    pins = _pins(PROJECT_ROOT / "requirements.txt")
    missing, other = [], []
    for name, wanted in pins.items():
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if found != wanted:
            other.append(f"{name} {found} instead of {wanted}")
    if missing:
        return Finding("packages", "broken", f"missing: {', '.join(missing)}", "Run `make setup`.")
    if other:
        return Finding("packages", "warning", "; ".join(other), "Run `make setup` for the tested versions.")
    return Finding("packages", "ok", f"{len(pins)} packages at their pinned versions")


def _pins(path: Path) -> dict[str, str]:
    from packaging.requirements import Requirement

    lines = path.read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    here = [one for one in wanted if one.marker is None or one.marker.evaluate()]
    return {one.name: next(iter(one.specifier)).version for one in here}


def _settings() -> Finding:
    known = {*variables(), ENV_FILE_VARIABLE}
    strange = sorted(name for name in os.environ if name.startswith("KUBERA_") and name not in known)
    if strange:
        return Finding(
            "settings",
            "warning",
            f"not a variable of this project: {', '.join(strange)}",
            "See .env.example for the names.",
        )
    return Finding("settings", "ok", f"{sum(name in os.environ for name in variables())} variables set, all accepted")


def _data_dir(settings: Settings) -> Finding:
    folder = settings.app.data_dir
    remedy = "Set KUBERA_DATA_DIR to a folder you may write to, with some gigabytes of room."
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-"):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("data folder", "broken", f"{folder}: {error.strerror}", remedy)
    state: State = "ok" if free >= _LITTLE_SPACE else "warning"
    return Finding("data folder", state, f"{folder}, {free / 2**30:.1f} GB free", "" if state == "ok" else remedy)


def _market(settings: Settings) -> Finding:
    detail = {
        "auto": "auto: vendors when they answer, else the simulated market",
        "live": "live: vendors only",
        "demo": "demo: the simulated market only",
    }[settings.market.mode]
    return Finding("market", "ok", detail, "KUBERA_MARKET=auto, live or demo chooses another.")


def _database(settings: Settings) -> tuple[Finding, ...]:
    from core.boot import boot
    from core.jobs.status import queue_status
    from db.migrations import current, head

    where = "DATABASE_URL" if settings.database.url is not None else f"embedded, in {settings.app.data_dir}"
    try:
        if settings.database.url is None and not Layout.under(settings.app.data_dir).cluster.exists():
            major = find_binaries().major
            remedy = "`make run` makes it; or set DATABASE_URL to a server of yours."
            return (Finding("database", "ok", f"{where}, not made yet (Postgres {major})", remedy),)
        started = boot("cli")
        found, wanted = current(started.url), head()
        queue = queue_status()
    except EmbeddedServerError as problem:
        return (Finding("database", "broken", str(problem), "`make setup`, or set DATABASE_URL."),)
    except DatabaseProblem as problem:
        remedy = problem.remedy
        if settings.database.url is not None:
            remedy = "Start that server, correct DATABASE_URL, or leave it out to use the embedded database."
        return (Finding("database", "broken", f"{where}: {problem.message}", remedy),)
    worker = Finding(
        "worker", "ok", f"{queue.workers} running, {queue.waiting} jobs waiting, {queue.failed} failed today"
    )
    if not queue.workers:
        worker = Finding(
            "worker", "off", "none runs now", "`make run` works the queue; alone: `python -m core worker`."
        )
    migrations = Finding("migrations", "ok", f"at {found}")
    if found != wanted:
        migrations = Finding("migrations", "broken", f"at {found}, wanted {wanted}", "Restart the application.")
    return (Finding("database", "ok", where), migrations, worker)


def _yahoo(settings: Settings) -> Finding:
    base = urlsplit(settings.vendors.yahoo_base_url or "https://query2.finance.yahoo.com")
    assert base.hostname is not None
    port = base.port or (443 if base.scheme == "https" else 80)
    try:
        socket.create_connection((base.hostname, port), timeout=_LIMIT_S * 0.9).close()
    except OSError as error:
        return Finding(
            "yahoo",
            "warning",
            f"{base.hostname}:{port} does not answer ({error.strerror or type(error).__name__})",
            "Check the network; until then KUBERA_MARKET=auto shows the simulated market, marked as such.",
        )
    return Finding("yahoo", "ok", f"{base.hostname}:{port} answers")


def _browser() -> Finding:
    for name in BROWSERS:
        if path := shutil.which(name):
            return Finding("image export", "ok", path)
    return Finding(
        "image export",
        "off",
        "no Chromium found",
        "`apt-get install chromium`, or install Chrome; charts export without it as HTML.",
    )


def _fonts() -> Finding:
    program = shutil.which("fc-list")
    if program is None:
        return Finding(
            "fonts", "off", "fc-list is not installed, so fonts cannot be counted", "`apt-get install fontconfig`."
        )
    listed = subprocess.run(  # noqa: S603 - a fixed question
        [program, ":charset=20b9", "family"], capture_output=True, text=True, timeout=_LIMIT_S, check=False
    ).stdout
    count = len({line for line in listed.splitlines() if line})
    if not count:
        return Finding(
            "fonts", "warning", "no font with the rupee sign", "`apt-get install fonts-dejavu fonts-noto-core`."
        )
    return Finding("fonts", "ok", f"{count} with the rupee sign, for exported images")


def _alpha_vantage(settings: Settings) -> Finding:
    if settings.vendors.alpha_vantage_api_key is None:
        return Finding("alpha vantage", "off", "no key", "Set ALPHA_VANTAGE_API_KEY (free, 25 requests a day).")
    return Finding("alpha vantage", "ok", "a key is set")


def _secret_key(settings: Settings) -> Finding:
    if settings.app.secret_key is not None:
        return Finding("secret key", "ok", "set")
    remedy = "Set KUBERA_SECRET_KEY to 32 or more random characters, such as `openssl rand -hex 32` prints."
    if settings.app.env == "production":
        return Finding("secret key", "broken", "not set", remedy)
    return Finding("secret key", "off", f"not set; the demo keeps one in {settings.app.data_dir / KEY_FILE}", remedy)


def _mail(settings: Settings) -> Finding:
    mail = settings.mail
    if mail.host is None:
        remedy = "Set SMTP_HOST, and SMTP_USER and SMTP_PASSWORD if it wants a sign-in."
        if settings.app.env == "production":
            return Finding("mail server", "warning", "none: nobody can register or get a code", remedy)
        return Finding("mail server", "off", "none: the demo shows mails on screen", remedy)
    try:
        socket.create_connection((mail.host, mail.port), timeout=_LIMIT_S * 0.9).close()
    except OSError as error:
        return Finding(
            "mail server",
            "warning",
            f"{mail.host}:{mail.port} does not answer ({error.strerror or type(error).__name__})",
            "Check SMTP_HOST, SMTP_PORT and the network; mails wait and are sent when it answers.",
        )
    signs_in = f"signs in as {mail.user}" if mail.user else "without a sign-in"
    return Finding("mail server", "ok", f"{mail.host}:{mail.port} answers; {mail.security}, {signs_in}")


def _backups(settings: Settings) -> Finding:
    from core.operations.backup import folder, newest_in

    where = folder(settings)
    taken = newest_in(where)
    remedy = "`python -m core backup` takes one; a running worker does each night."
    if taken is None:
        return Finding("backups", "off", f"none in {where} yet", remedy)
    age = clock.now() - taken
    detail = f"the newest in {where} is {formats.age(age)} old"
    if age > _OLD_BACKUP:
        return Finding("backups", "warning", detail, remedy)
    return Finding("backups", "ok", detail)
