"""A file before and while it is booked: row by row what would happen, then all of it in one unit of work."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from core.accounts.model import Account as Investor
from core.portfolio import book as ledger_book
from core.portfolio.assets import AssetClass, OwnAsset
from core.portfolio.errors import BadTransaction
from core.portfolio.imports import generic, own, read, sheet
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.examined import (
    Present,
    PreviewRow,
    Unresolved,
    content_of,
    deals_of,
    examine,
    without_present,
)
from core.portfolio.imports.instruments import Resolver
from core.portfolio.imports.model import Format, Sheet
from core.portfolio.model import OWN, Account, AccountKind, Transaction

_CHOICES = "instruments"
"""The signature under which chosen instruments are remembered, among the mappings of columns."""
_SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Preview:
    """What booking a file would do; nothing of it is stored.

    Attributes:
        format: the name of the format, `title` for people, `why` it was taken for that.
        file_hash: sha256 of the file, 64 hex digits.
        account: the account it would go to; None when it has to be opened (or the file names several).
        currency: of the account that would be opened.
        rows: in file order; `counts` by state.
        notes: what concerns the whole file.
        mapping_needed: what no column was recognised for; the rows are empty until somebody says.
        columns, sample: titles and first rows, for the page on which columns are mapped; `mapping` as it is now, and
            `signature` under which it is remembered.
        unresolved: instruments that were not certain.
        others: accounts and own assets, of an export of the ledger.
    """

    format: str
    title: str
    broker: str
    why: str
    file_name: str
    file_hash: str
    account: Account | None
    currency: str
    rows: tuple[PreviewRow, ...]
    notes: tuple[str, ...] = ()
    skipped: int = 0
    mapping_needed: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sample: tuple[tuple[str, ...], ...] = ()
    mapping: Mapping[str, str] | None = None
    signature: str = ""
    unresolved: tuple[Unresolved, ...] = ()
    others: own.Others | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many rows are new, duplicate, attention and rejected."""
        found = Counter(row.state for row in self.rows)
        return {state: found[state] for state in ("new", "duplicate", "attention", "rejected")}


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
    opened, chosen, why = _opened(name, data, format, mapping)
    digest = hashlib.sha256(data.read_bytes() if isinstance(data, Path) else data).hexdigest()
    account = None if new_account and account_id is None else _account(investor, account_id, chosen)
    currency = account.currency if account is not None else _account_currency(opened, chosen)
    guessed = generic.guess(opened, mapping) if chosen.name == "generic" else None
    signature = generic.signature(guessed.header.titles) if guessed is not None else ""
    if guessed is not None and mapping is None:
        remembered = ledger_book.import_mapping(investor, signature)
        if remembered is not None:
            mapping = {str(role): str(title) for role, title in remembered.items()}
            guessed = generic.guess(opened, mapping)
    made = Preview(
        chosen.name, chosen.title, chosen.broker, why, opened.name, digest, account, currency, (),
        columns=guessed.header.titles if guessed else (),
        sample=opened.rows[guessed.header.row + 1 :][:_SAMPLE] if guessed else (),
        mapping=_mapping(guessed) if guessed else None,
        signature=signature,
    )  # fmt: skip
    if guessed is not None and guessed.missing:
        return replace(made, mapping_needed=guessed.missing)
    parsed = read.parse(opened, chosen, mapping)
    resolver = _resolver(investor, instruments)
    if chosen.name == own.FORMAT:
        return _export_preview(investor, made, opened, parsed, resolver)
    rows, unresolved = examine(parsed, chosen, resolver, _present(investor, account, chosen), currency)
    return replace(made, rows=rows, unresolved=unresolved, notes=parsed.notes, skipped=parsed.skipped)


def book(
    investor: Investor, shown: Preview, *, account_id: int | None = None, accept_attention: Collection[int] = ()
) -> ledger_book.Batch:
    """Book the new rows of a preview, and those that asked for attention on the lines accepted: all of them or none.

    Own assets that the rows need are added first. What somebody imported meanwhile is left out by the database.

    Args:
        account_id: where to; not needed for an export of the ledger, whose accounts are opened where they are missing.

    Raises:
        BadImport: columns have to be mapped first, or no account is given.
        LedgerError: as `core.portfolio.book.add_many`; nothing was booked.
    """
    if shown.mapping_needed:
        missing = ", ".join(shown.mapping_needed)
        raise BadImport(shown.file_name, f"no column was chosen for {missing}.", "Choose them first.")
    chosen = [
        row
        for row in shown.rows
        if row.transaction is not None
        and (row.state == "new" or (row.state == "attention" and row.line in accept_attention))
    ]
    opened: list[Account] = []
    if shown.others is not None:
        rows = _for_export(investor, shown.others, chosen, opened)
    else:
        if account_id is None:
            raise BadImport(shown.file_name, "no account was chosen for it.", "Choose one, or open one.")
        symbols = _assets_for(investor, chosen, shown.unresolved)
        rows = [_placed(cast(Transaction, row.transaction), account_id, symbols) for row in chosen]
    batch = ledger_book.add_many(
        investor, rows, source=shown.format, file_name=shown.file_name, file_hash=shown.file_hash
    )
    if shown.mapping and shown.signature:
        ledger_book.remember_mapping(investor, shown.signature, dict(shown.mapping))
    if shown.others is not None:
        _restore_lots(investor, chosen, rows)
        for account in opened:
            ledger_book.close_account(investor, account.id, account.version)
    skipped = sum(1 for row in shown.rows if row.state == "duplicate")
    return replace(batch, duplicates=batch.duplicates + skipped)


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
    wanted = name or shown.broker or "Imported"
    for each in mine:
        if each.name.casefold() == wanted.strip().casefold():
            return each
    return ledger_book.open_account(investor, wanted, "broker", shown.currency, shown.broker)


def _opened(
    name: str, data: bytes | Path, format_name: str | None, mapping: Mapping[str, str] | None
) -> tuple[Sheet, Format, str]:
    if format_name is not None:
        chosen = read.named(format_name)
        return sheet.load(name, data), chosen, f"chosen: {chosen.title}"
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
        from core.portfolio.accounts import no_account

        found = next((each for each in mine if each.id == account_id), None)
        if found is None:
            raise no_account(account_id)
        return found
    fitting = [each for each in mine if chosen.broker and each.institution == chosen.broker and not each.closed]
    return fitting[0] if len(fitting) == 1 else None


def _account_currency(opened: Sheet, chosen: Format) -> str:
    """The currency of the account to be opened: the format's, or the one most rows are in."""
    if chosen.currency:
        return chosen.currency
    try:
        rows = read.parse(opened, chosen).rows
    except BadImport:
        return "INR"
    named = Counter(row.draft.transaction.currency for row in rows if row.draft and row.draft.transaction.currency)
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


def _export_preview(investor: Investor, made: Preview, opened: Sheet, parsed: Any, resolver: Resolver) -> Preview:
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


def _assets_for(investor: Investor, rows: Sequence[PreviewRow], unresolved: Sequence[Unresolved]) -> dict[str, str]:
    """Own symbols the rows name -> symbols of assets that exist, which are added where they are missing."""
    needed = {
        symbol
        for row in rows
        if row.transaction is not None
        for symbol in (row.transaction.symbol, row.transaction.other_symbol)
        if symbol.startswith(OWN)
    }
    if not needed:
        return {}
    mine = ledger_book.own_assets(investor)
    by_name = {each.name.casefold(): each.symbol for each in mine}
    symbols = {each.symbol for each in mine}
    told = {each.symbol: each for each in unresolved}
    found: dict[str, str] = {}
    for symbol in sorted(needed):
        if symbol in symbols:
            found[symbol] = symbol
            continue
        words = told.get(symbol)
        name = " ".join((words.name if words and words.name else symbol.removeprefix(OWN)).split())[:80].strip()
        if (same := by_name.get(name.casefold())) is None:
            kind: AssetClass = "fund" if words is not None and words.fund else "other"
            money = words.currency if words is not None and words.currency else "INR"
            same = ledger_book.add_asset(investor, name, kind, money).symbol
        found[symbol] = same
    return found


def _placed(row: Transaction, account_id: int, symbols: Mapping[str, str]) -> Transaction:
    return replace(
        row,
        account_id=account_id,
        symbol=symbols.get(row.symbol, row.symbol),
        other_symbol=symbols.get(row.other_symbol, row.other_symbol),
    )


def _for_export(
    investor: Investor, others: own.Others, chosen: Sequence[PreviewRow], opened: list[Account]
) -> list[Transaction]:
    """The rows of an export in the investor's own accounts and assets, which are added where they are missing.

    Accounts that are opened here and were closed there go into `opened`, to be closed after their rows are in.
    """
    accounts = {each.name.casefold(): each for each in ledger_book.accounts(investor)}
    told = {each.name.casefold(): each for each in others.accounts}
    wanted = [row.account for row in chosen] + [row.counter for row in chosen if row.counter]
    for name in dict.fromkeys([*(each.name for each in others.accounts), *wanted]):
        if not name:
            raise BadImport("The export", "a row names no account.", "Export it again.")
        if name.casefold() in accounts:
            continue
        as_told = told.get(name.casefold())
        accounts[name.casefold()] = ledger_book.open_account(
            investor,
            name,
            cast(AccountKind, as_told.kind if as_told else "broker"),
            as_told.currency if as_told else "INR",
            as_told.institution if as_told else "",
        )
        if as_told is not None and as_told.closed:
            opened.append(accounts[name.casefold()])
    symbols = _assets_of_export(investor, others)
    rows = []
    for row in chosen:
        booked = _placed(cast(Transaction, row.transaction), accounts[row.account.casefold()].id, symbols)
        counter = accounts[row.counter.casefold()].id if row.counter else None
        rows.append(replace(booked, counter_account_id=counter, lots=()))
    return rows


def _assets_of_export(investor: Investor, others: own.Others) -> dict[str, str]:
    mine: dict[str, OwnAsset] = {each.symbol: each for each in ledger_book.own_assets(investor)}
    by_name = {each.name.casefold(): each.symbol for each in mine.values()}
    found: dict[str, str] = {}
    for asset in others.assets:
        same = asset.symbol if asset.symbol in mine else by_name.get(asset.name.casefold())
        if same is None:
            kind = cast(AssetClass, asset.asset_class)
            same = ledger_book.add_asset(investor, asset.name, kind, asset.currency).symbol
        found[asset.symbol] = same
        known = {(price.on, price.price) for price in ledger_book.asset_prices(investor, same)}
        for on, price in asset.prices:
            if (on, price) not in known:
                ledger_book.set_asset_price(investor, same, on, price)
    return found


def _restore_lots(investor: Investor, chosen: Sequence[PreviewRow], rows: Sequence[Transaction]) -> None:
    """Sales by specific lots name the purchases by number; the numbers of an export become those of this ledger."""
    if not any(row.transaction and row.transaction.lots for row in chosen):
        return
    stored = ledger_book.ledger(investor).transactions
    by_identity = {(row.account_id, row.source, row.external_id): row for row in stored}
    new_numbers: dict[str, int] = {}
    for row, booked in zip(chosen, rows, strict=True):
        there = by_identity.get((booked.account_id, _source(booked), booked.external_id))
        if there is not None and there.id is not None and row.number:
            new_numbers[row.number] = there.id
    for row, booked in zip(chosen, rows, strict=True):
        there = by_identity.get((booked.account_id, _source(booked), booked.external_id))
        if row.transaction is None or not row.transaction.lots or there is None or there.lots:
            continue
        lots = tuple((new_numbers[str(n)], q) for n, q in row.transaction.lots if str(n) in new_numbers)
        if len(lots) != len(row.transaction.lots):
            raise BadTransaction("lots", f"The sale on line {row.line} names lots outside the file.", "Choose them.")
        ledger_book.change(investor, replace(there, lots=lots))


def _source(row: Transaction) -> str:
    return own.FORMAT if row.source == "manual" else row.source


__all__ = ["Preview", "PreviewRow", "account_for", "book", "choose_instrument", "preview"]
