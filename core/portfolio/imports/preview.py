"""A file before it is booked: row by row what would happen."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.accounts.model import Account as Investor
from core.portfolio import book as ledger_book
from core.portfolio.accounts import no_account
from core.portfolio.imports import generic, own, read, sheet
from core.portfolio.imports.booking import book
from core.portfolio.imports.examined import Present, PreviewRow, content_of, deals_of, examine, without_present
from core.portfolio.imports.instruments import Resolver
from core.portfolio.imports.model import Format, Parsed, Sheet
from core.portfolio.imports.shown import Preview, turns
from core.portfolio.model import Account

_CHOICES = "instruments"
"""The signature under which chosen instruments are remembered, among the mappings of columns."""
_SAMPLE = 8
_UNNAMED = "Imported"
"""What the account is called where neither a person nor the format names one."""


def preview(
    investor: Investor,
    name: str,
    data: bytes | Path,
    *,
    account_id: int | None = None,
    format: str | None = None,  # noqa: A002 - the word of the command line and of the pages
    mapping: Mapping[str, str] | None = None,
    instruments: Mapping[str, str] | None = None,
    new_account: bool = False,
) -> Preview:
    """What booking a file would do.

    Args:
        account_id: where to; without one, the investor's only account with that broker, if there is one.
        format: the format's name, where a person knows better.
        mapping: role (`generic.ROLES`) -> title of a column; without one, the remembered one.
        instruments: the broker's words -> symbol, as a person chose; remembered ones count too.
        new_account: without an `account_id`, it goes into an account that is still to be opened.

    Raises:
        BadImport: the file cannot be opened or is of no known format.
        NotFound: there is no such account.
    """
    with turns:
        return _preview(investor, name, data, account_id, format, mapping, instruments, new_account)


def _preview(
    investor: Investor,
    name: str,
    data: bytes | Path,
    account_id: int | None,
    format_name: str | None,
    mapping: Mapping[str, str] | None,
    instruments: Mapping[str, str] | None,
    new_account: bool,
) -> Preview:
    opened, chosen, why = _opened(name, data, format_name, mapping)
    digest = hashlib.sha256(data.read_bytes() if isinstance(data, Path) else data).hexdigest()
    account = None if new_account and account_id is None else _account(investor, account_id, chosen)
    guessed = generic.guess(opened, mapping) if chosen.name == "generic" else None
    signature = generic.signature(guessed.header.titles) if guessed is not None else ""
    if guessed is not None and mapping is None:
        remembered = ledger_book.import_mapping(investor, signature)
        if remembered is not None:
            mapping = {str(role): str(title) for role, title in remembered.items()}
            guessed = generic.guess(opened, mapping)
    made = Preview(
        chosen.name, chosen.title, chosen.broker, why, opened.name, digest, account,
        account.currency if account else "INR", (),
        columns=guessed.header.titles if guessed else (),
        sample=opened.rows[guessed.header.row + 1 :][:_SAMPLE] if guessed else (),
        mapping=_mapping(guessed) if guessed else None,
        signature=signature,
    )  # fmt: skip
    if guessed is not None and guessed.missing:
        return replace(made, mapping_needed=guessed.missing)
    parsed = read.parse(opened, chosen, mapping)
    currency = account.currency if account is not None else _account_currency(parsed, chosen)
    made = replace(made, currency=currency)
    resolver = _resolver(investor, instruments)
    if chosen.name == own.FORMAT:
        return _export_preview(investor, made, opened, parsed, resolver)
    rows, unresolved = examine(parsed, chosen, resolver, _present(investor, account, chosen), currency)
    return replace(made, rows=rows, unresolved=unresolved, notes=parsed.notes, skipped=parsed.skipped)


def choose_instrument(investor: Investor, text: str, symbol: str) -> None:
    """Remember which instrument a broker's words mean, for files to come."""
    remembered = dict(ledger_book.import_mapping(investor, _CHOICES) or {})
    ledger_book.remember_mapping(investor, _CHOICES, remembered | {text.upper()[:200]: symbol})


def account_for(investor: Investor, shown: Preview, name: str | None = None) -> Account:
    """The account of that name, or the preview's, or one named after the broker; opened where it is missing.

    Raises:
        BadAccount: the name cannot be.
    """
    mine = ledger_book.accounts(investor)
    if name is None and shown.account is not None:
        return shown.account
    wanted = name or shown.broker or _UNNAMED
    for each in mine:
        if each.name.casefold() == wanted.strip().casefold():
            return each
    return ledger_book.open_account(investor, wanted, "broker", shown.currency, shown.broker)


def _opened(
    name: str, data: bytes | Path, format_name: str | None, mapping: Mapping[str, str] | None
) -> tuple[Sheet, Format, str]:
    if format_name is not None:
        told = sheet.load(name, data)
        chosen = read.named(format_name, told)
        return told, chosen, f"chosen: {chosen.title}"
    if mapping is not None:
        return sheet.load(name, data), read.named("generic"), "columns mapped by hand"
    opened = sheet.load(name, data)
    found = read.candidates(opened)
    if not found and generic.guess(opened) is not None and len(opened.rows) > 1:
        # Nobody's format, and a table all the same: its columns can be mapped.
        return opened, read.named("generic"), "a table whose columns have to be mapped"
    recognised = read.recognise_sheet(opened, found)
    return opened, recognised.format, recognised.why


def _account(investor: Investor, account_id: int | None, chosen: Format) -> Account | None:
    mine = ledger_book.accounts(investor)
    if account_id is not None:
        found = next((each for each in mine if each.id == account_id), None)
        if found is None:
            raise no_account(account_id)
        return found
    open_ones = [each for each in mine if not each.closed]
    fitting = [each for each in open_ones if chosen.broker and each.institution == chosen.broker]
    if not fitting:
        fitting = [each for each in open_ones if each.name.casefold() == (chosen.broker or _UNNAMED).casefold()]
    return fitting[0] if len(fitting) == 1 else None


def _account_currency(parsed: Parsed, chosen: Format) -> str:
    """The currency of the account to be opened: the file's, the format's, or the one most rows are in."""
    if told := parsed.currency or chosen.currency:
        return told
    named = Counter(row.draft.transaction.currency for row in parsed.rows if row.draft)
    del named[""]
    return named.most_common(1)[0][0] if named else "INR"


def _mapping(guessed: generic.Guess) -> dict[str, str]:
    """The roles as they are, for the page: role -> title."""
    return {
        ("time" if role == "clock" else role): guessed.header.titles[places[0]]
        for role, places in guessed.header.places.items()
        if (role in generic.ROLES or role == "clock") and places[0] < len(guessed.header.titles)
    }


def _resolver(investor: Investor, instruments: Mapping[str, str] | None) -> Resolver:
    known = {row.isin: row.symbol for row in ledger_book.ledger(investor).transactions if row.isin and row.symbol}
    remembered: Mapping[str, Any] = ledger_book.import_mapping(investor, _CHOICES) or {}
    chosen = {str(text): str(symbol) for text, symbol in remembered.items()}
    return Resolver(known, {**chosen, **(instruments or {})})


def _present(investor: Investor, account: Account | None, chosen: Format) -> Present:
    if account is None:
        return Present()
    held = ledger_book.ledger(investor)
    return Present(
        ledger_book.known_identities(investor, account.id, chosen.name),
        deals_of(held.transactions, account.id, chosen.name),
        {each.symbol: each for each in held.positions if each.account_id == account.id},
    )


def _export_preview(investor: Investor, made: Preview, opened: Sheet, parsed: Parsed, resolver: Resolver) -> Preview:
    """An export: rows keep their own source and identity; those that are there already are told by their content."""
    named = [
        replace(row, draft=replace(row.draft, key=row.draft.transaction.external_id)) if row.draft else row
        for row in parsed.rows
    ]
    sources = [row.draft.transaction.source if row.draft else "" for row in parsed.rows]
    rows, _ = examine(replace(parsed, rows=tuple(named)), read.named(own.FORMAT), resolver, Present(), made.currency)
    kept = [
        replace(row, transaction=replace(row.transaction, source=source)) if row.transaction else row
        for row, source in zip(rows, sources, strict=True)
    ]
    names = {each.id: each.name for each in ledger_book.accounts(investor)}
    there = Counter(
        content_of(row, names[row.account_id], names.get(row.counter_account_id or 0, ""))
        for row in ledger_book.ledger(investor).transactions
    )
    return replace(
        made,
        rows=without_present(kept, there),
        notes=parsed.notes,
        skipped=parsed.skipped,
        others=own.others(opened),
    )


__all__ = ["Preview", "PreviewRow", "account_for", "book", "choose_instrument", "preview"]
