"""Between rows of the database, documents of the record of changes, and the ledger's nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from core.portfolio.model import Account, AccountKind, Kind, Transaction
from db.repositories.portfolio_accounts import StoredAccount
from db.repositories.portfolio_transactions import StoredTransaction

_KINDS = {each.value: each for each in Kind}
_DEFAULTS = {each.name: each.default for each in fields(Transaction)}
_NUMBERS = frozenset({"quantity", "price", "amount", "fees", "taxes", "rate", "ratio_new", "ratio_old", "cost_share"})


def account_of(row: StoredAccount) -> Account:
    """A row as the noun."""
    kind = cast(AccountKind, row.kind)
    return Account(row.id, row.name, kind, row.currency, row.institution, row.closed, row.version)


def stored_account(account: Account) -> StoredAccount:
    """The noun as a row."""
    return StoredAccount(
        account.id,
        account.name,
        account.kind,
        account.currency,
        account.institution,
        account.closed,
        account.version,
    )


def transaction_of(row: StoredTransaction) -> Transaction:
    """A row as the noun."""
    return Transaction(
        row[0],
        row[1],
        _KINDS[row[2]],
        *row[3:18],
        tuple((number, Decimal(quantity)) for number, quantity in row[18]) if row[18] else (),
        *row[19:24],
        tuple(row[24]) if row[24] else (),
        row[25],
    )


def stored_transaction(row: Transaction) -> StoredTransaction:
    """The noun as a row."""
    return StoredTransaction(
        row.id,
        row.account_id,
        row.kind.value,
        row.on,
        row.at,
        row.symbol,
        row.quantity,
        row.price,
        row.amount,
        row.fees,
        row.taxes,
        row.currency,
        row.rate,
        row.ratio_new,
        row.ratio_old,
        row.other_symbol,
        row.cost_share,
        row.counter_account_id,
        [[number, str(quantity)] for number, quantity in row.lots],
        row.isin,
        row.external_id,
        row.source,
        row.batch_id,
        row.note,
        list(row.tags),
        row.version,
    )


def document_of(row: Transaction) -> dict[str, Any]:
    """What a row says beyond the usual, as JSON has it; numbers as text, so that none is rounded."""
    return {
        name: _plain(value)
        for name, default in _DEFAULTS.items()
        if (value := getattr(row, name)) != default or name in {"kind", "on", "account_id"}
    }


def from_document(document: Mapping[str, Any]) -> Transaction:
    """The row that `document_of` wrote."""
    read: dict[str, Any] = dict(document)
    for name in _NUMBERS & read.keys():
        read[name] = None if read[name] is None else Decimal(read[name])
    read["kind"] = _KINDS[read["kind"]]
    read["on"] = date.fromisoformat(read["on"])
    if read.get("at"):
        read["at"] = datetime.fromisoformat(read["at"])
    if "lots" in read:
        read["lots"] = tuple((int(number), Decimal(quantity)) for number, quantity in read["lots"])
    if "tags" in read:
        read["tags"] = tuple(read["tags"])
    return Transaction(**{"id": None} | read)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value
