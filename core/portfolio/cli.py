"""The ledger's commands: `import-trades` and `export`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from core.accounts.errors import AccountError, InvalidInput
from core.portfolio.errors import LedgerError

if TYPE_CHECKING:
    from core.accounts.model import Account as Investor
    from core.portfolio.imports.preview import Preview

FileArgument = Annotated[Path, typer.Argument(help="A broker's export: CSV, TSV, XLSX, JSON or XML.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
InvestorOption = Annotated[
    str | None, typer.Option("--investor", help="Whose ledger, by user name; the command line's own without it.")
]


def register(app: typer.Typer) -> None:
    """Add the ledger's commands."""
    app.command("import-trades")(import_trades)
    app.command("export")(export)


def import_trades(
    file: FileArgument,
    format: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option("--format", help="The format, where it is not recognised: zerodha_tradebook, ...")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    account: Annotated[
        str | None, typer.Option("--account", help="The account's name; opened if there is none of that name.")
    ] = None,
    investor: InvestorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Book the transactions of a broker's file; rows that are there already are left out.

    Rows that ask for attention are booked where they are complete, and listed either way.
    """
    with _answer():
        _require(file)
        _boot()
        from core.portfolio import book
        from core.portfolio.imports import preview as previews

        person = _person(investor)
        number = next(
            (each.id for each in book.accounts(person) if account and each.name.casefold() == account.casefold()), None
        )
        shown = previews.preview(
            person, file.name, file, account_id=number, format=format, new_account=account is not None
        )
        if shown.mapping_needed:
            _needs_mapping(shown)
        accepted = [row for row in shown.rows if row.state == "new" or (row.state == "attention" and row.complete)]
        batch = None
        if accepted and not dry_run:
            target = None if shown.others is not None else previews.account_for(person, shown, account).id
            lines = {row.line for row in accepted if row.state == "attention"}
            batch = previews.book(person, shown, account_id=target, accept_attention=lines)
        _show(_document(shown, batch.added if batch is not None else len(accepted), dry_run=dry_run), as_json, _lines)


def export(
    to: Annotated[Path | None, typer.Option("--to", help="The file; its ending chooses CSV, XLSX or JSON.")] = None,
    format: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option("--format", help="csv, xlsx or json.")
    ] = None,
    investor: InvestorOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The ledger as JSON on standard output.")] = False,
) -> None:
    """Write everything in a ledger to a file that imports back without loss."""
    with _answer():
        wanted = (format or (to.suffix.removeprefix(".") if to is not None else "json")).lower()
        if wanted not in ("csv", "xlsx", "json"):
            raise InvalidInput("format", f"There is no export as “{wanted[:20]}”.", "Choose csv, xlsx or json.")
        if to is None and wanted == "xlsx":
            raise InvalidInput("to", "A workbook cannot be printed.", "Name a file with --to.")
        _boot()
        from core.portfolio import exports

        data = exports.export(_person(investor), wanted)  # type: ignore[arg-type]  # checked above
        if to is None:
            sys.stdout.buffer.write(data)
            return
        try:
            to.write_bytes(data)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise InvalidInput("to", f"{to} could not be written ({reason}).", "Choose another place.") from error
        _show({"file": str(to), "size": len(data)}, as_json, lambda done: [f"{done['file']}: {done['size']:,} bytes"])


def _document(shown: Preview, added: int, *, dry_run: bool) -> dict[str, Any]:
    """What became of the rows; rows = accepted + duplicates + rejected."""
    refused = [row for row in shown.rows if row.state == "rejected" or (row.state == "attention" and not row.complete)]
    doubtful = [row for row in shown.rows if row.state == "attention" and row.complete]
    rows = len(shown.rows)
    symbols = Counter(row.transaction.symbol for row in shown.rows if row.transaction and row.transaction.symbol)
    return {
        "format": shown.format,
        "rows": rows,
        "accepted": added,
        "duplicates": rows - len(refused) - added,
        "rejected": [{"line": row.line, "reason": row.reason} for row in refused],
        "attention": [{"line": row.line, "reason": row.reason} for row in doubtful],
        "instruments": dict(sorted(symbols.items())),
        "notes": list(shown.notes),
        "skipped": shown.skipped,
        "dry_run": dry_run,
    }


def _lines(told: Mapping[str, Any]) -> list[str]:
    what = "would be booked" if told["dry_run"] else "booked"
    counts = f"{told['accepted']:,} {what}, {told['duplicates']:,} there already, {len(told['rejected']):,} rejected"
    lines = [f"{told['format']}: {told['rows']:,} rows; {counts}"]
    lines += [f"  note: {note}" for note in told["notes"]]
    lines += [f"  line {row['line']}: rejected: {row['reason']}" for row in told["rejected"]]
    lines += [f"  line {row['line']}: look at it: {row['reason']}" for row in told["attention"]]
    return lines


def _needs_mapping(shown: Preview) -> None:
    from core.portfolio.imports.errors import BadImport

    titles = ", ".join(f"“{title[:30]}”" for title in shown.columns if title)[:300]
    raise BadImport(
        shown.file_name,
        f"no column was recognised for {' and '.join(shown.mapping_needed)} among {titles}.",
        "Map them on the page Imports, or rename them: date, type, symbol, quantity, price, fees, currency.",
    )


def _person(login: str | None) -> Investor:
    if login is None:
        from core.portfolio.imports.local_investor import local_investor

        return local_investor()
    from core.accounts import people

    found = people.by_login(login)
    if found is None:
        raise InvalidInput("investor", f"Nobody is called “{login[:60]}”.", "Give a user name, or leave it out.")
    return found


def _require(path: Path) -> None:
    if not path.is_file():
        raise InvalidInput("file", f"{path}: there is no such file.", "Check the path.")


def _boot() -> None:
    from core.boot import boot

    boot("cli")


@contextmanager
def _answer() -> Iterator[None]:
    """Turn what goes wrong into a line on standard error and an exit code: 2 for bad input, 1 for a failure."""
    try:
        yield
    except (InvalidInput, LedgerError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    except AccountError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None


def _show(document: Mapping[str, Any], as_json: bool, lines: Callable[[Mapping[str, Any]], Sequence[str]]) -> None:
    if as_json:
        typer.echo(orjson.dumps(document))
        return
    for line in lines(document):
        typer.echo(line)
