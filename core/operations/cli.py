"""The operator's commands: `create-admin`, `backup`, `restore` and `verify-log`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from core.accounts.errors import AccountError, InvalidInput
from core.secrets import SecretKeyProblem
from core.settings import get_settings
from db.copies import CopyProblem
from db.copies.errors import WrongCopy
from db.embedded import EmbeddedServerError, ensure
from db.session import DatabaseAway, psycopg_url

JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def register(app: typer.Typer) -> None:
    """Add the operator's commands."""
    app.command("create-admin")(create_admin)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("verify-log")(verify_log)


def create_admin(
    user_name: Annotated[str, typer.Option("--user-name", help="To sign in with.", prompt="User name")],
    email: Annotated[str, typer.Option("--email", help="Where sign-in codes go.", prompt="E-mail address")],
    name: Annotated[str, typer.Option("--name", help="Shown on the page; the user name without it.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input, one line.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an admin. The password is asked for, or read from standard input; never given as an argument."""
    with _answer():
        password = _password(password_stdin)
        _boot()
        from core.accounts.administration import create_admin as create

        account = create(user_name=user_name, email=email, name=name or user_name, password=password)
        document = {"id": account.id, "user_name": account.user_name, "email": account.email, "role": account.role}
        _show(document, as_json, lambda found: [f"{found['user_name']} is an admin now; sign-in codes go to {email}."])


def backup(
    to: Annotated[
        Path | None, typer.Option("--to", help="A file of that name, instead of one in the folder of backups.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take a backup now. In the folder of backups the newest KUBERA_BACKUP_KEEP stay; a file of --to always does."""
    with _answer():
        _boot()
        from core.operations import backup as backups

        made = backups.run() if to is None else backups.write(to.absolute())
        document = {
            "file": str(made.path),
            "size": made.size,
            "taken_at": made.taken_at.isoformat(),
            "revision": made.revision,
            "rows": made.rows,
            "sha256": backups.check(made.path).sha256,
        }
        _show(document, as_json, lambda found: [f"{found['file']}: {found['rows']:,} rows, {found['size']:,} bytes"])


def restore(
    file: Annotated[Path, typer.Argument(help="A .dump file that `backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace a database that holds data.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep-replaced", help="Leave the replaced database on the server, renamed.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup in place of the present database, whole or not at all. Everybody is signed out by it."""
    with _answer():
        from core.accounts.activity import verify
        from core.operations.restore import restore as put_back

        # The present database may be what is broken, or of a later version: it is not brought up first.
        done = put_back(file.absolute(), _server(), replace=yes, keep=keep)
        _boot()
        log = verify()
        document = {
            "file": done.file,
            "rows": done.rows,
            "tables": done.tables,
            "revision": done.revision,
            "checked": done.checked,
            "sessions_ended": done.sessions,
            "mails_cancelled": done.mails,
            "replaced_database": done.kept,
            "log": {"ok": log.ok, "rows": log.rows, "what": log.what},
        }
        _show(document, as_json, _restored_lines)


def verify_log(as_json: JsonOption = False) -> None:
    """Prove that nobody changed the activity log. Exit code 1 when somebody did, naming the row."""
    with _answer():
        _boot()
        from core.accounts.activity import verify

        found = verify()
        document = {
            "ok": found.ok,
            "rows": found.rows,
            "first_bad": found.first_bad,
            "what": found.what,
            "last_hash": found.last_hash,
        }
        _show(document, as_json, lambda told: [str(told["what"]), f"{told['rows']:,} rows are as they were written."])
    if not found.ok:
        raise typer.Exit(1)


def _restored_lines(done: Mapping[str, Any]) -> list[str]:
    lines = [f"{done['file']} is the database now: {done['rows']:,} rows in {done['tables']} tables."]
    if not done["checked"]:
        lines.append("There was no account beside it, so only what Postgres checks itself was checked.")
    lines.append(f"{done['sessions_ended']} sign-ins were ended, {done['mails_cancelled']} waiting mails cancelled.")
    if done["replaced_database"]:
        lines.append(f"The replaced database is still on the server, as {done['replaced_database']}.")
    log = done["log"]
    lines.append(f"The activity log is whole: {log['rows']:,} rows." if log["ok"] else f"Activity log: {log['what']}")
    return lines


def _password(from_input: bool) -> str:
    if from_input:
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise InvalidInput("password", "Standard input held no password.", "Give it as the first line.")
        return line
    if not sys.stdin.isatty():
        raise InvalidInput(
            "password", "There is no terminal to ask for the password.", "Add --password-stdin and pipe it in."
        )
    return str(typer.prompt("Password (12 characters or more)", hide_input=True, confirmation_prompt=True))


def _boot() -> None:
    from core.boot import boot

    boot("cli")


def _server() -> str:
    """The address of the database, without bringing it to any revision."""
    settings = get_settings()
    if settings.database.url is not None:
        return psycopg_url(settings.database.url.get_secret_value())
    try:
        return ensure(settings.app.data_dir)
    except EmbeddedServerError as error:
        raise DatabaseAway(str(error), "Run `python -m core doctor` for the whole picture.") from error


@contextmanager
def _answer() -> Iterator[None]:
    """Turn what goes wrong into a line on standard error and an exit code: 2 for bad input, 1 for a failure."""
    from core.operations.restore import WouldReplace

    try:
        yield
    except (InvalidInput, WrongCopy, WouldReplace) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    except (AccountError, CopyProblem, SecretKeyProblem) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None


def _show(document: Mapping[str, Any], as_json: bool, lines: Callable[[Mapping[str, Any]], Sequence[str]]) -> None:
    if as_json:
        typer.echo(orjson.dumps(document))
        return
    for line in lines(document):
        typer.echo(line)
