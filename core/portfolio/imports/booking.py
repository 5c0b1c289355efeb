"""The rows of a preview into the ledger: all of them or none, in accounts and assets that are added where missing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import cast

from core.accounts.model import Account as Investor
from core.portfolio import book as ledger_book
from core.portfolio.assets import AssetClass, OwnAsset
from core.portfolio.errors import BadTransaction
from core.portfolio.imports import own
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.examined import PreviewRow, Unresolved
from core.portfolio.imports.shown import Preview, turns
from core.portfolio.model import OWN, Account, AccountKind, Transaction


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
    with turns:
        return _book(investor, shown, account_id, accept_attention)


def _book(
    investor: Investor, shown: Preview, account_id: int | None, accept_attention: Collection[int]
) -> ledger_book.Batch:
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
