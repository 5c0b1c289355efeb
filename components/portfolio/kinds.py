"""What each kind of transaction is called on screen, and which fields its form has."""

from __future__ import annotations

from core.portfolio.model import Kind

WORDS: dict[Kind, str] = {
    Kind.BUY: "Buy",
    Kind.SELL: "Sell",
    Kind.DIVIDEND: "Dividend",
    Kind.INTEREST: "Interest",
    Kind.FEE: "Fee",
    Kind.TAX: "Tax",
    Kind.DEPOSIT: "Deposit",
    Kind.WITHDRAWAL: "Withdrawal",
    Kind.TRANSFER_IN: "Transfer in",
    Kind.TRANSFER_OUT: "Transfer out",
    Kind.SPLIT: "Split",
    Kind.BONUS: "Bonus",
    Kind.RIGHTS: "Rights",
    Kind.SPIN_OFF: "Spin-off",
    Kind.MERGER: "Merger",
    Kind.RETURN_OF_CAPITAL: "Return of capital",
    Kind.SYMBOL_CHANGE: "Symbol change",
    Kind.OPENING_BALANCE: "Opening balance",
    Kind.ADJUSTMENT: "Adjustment",
}

_TRADE = ("symbol", "quantity", "price", "amount", "fees", "taxes")
_SUM = ("symbol", "amount", "fees", "taxes")
_UNITS_OR_CASH = ("symbol", "quantity", "price", "amount", "fees", "taxes")
_MORE = ("symbol", "ratio_new", "ratio_old", "quantity", "amount")

FIELDS: dict[Kind, tuple[str, ...]] = {
    Kind.BUY: _TRADE,
    Kind.SELL: _TRADE,
    Kind.DIVIDEND: _SUM,
    Kind.INTEREST: _SUM,
    Kind.FEE: ("symbol", "amount"),
    Kind.TAX: ("symbol", "amount"),
    Kind.DEPOSIT: ("amount", "fees"),
    Kind.WITHDRAWAL: ("amount", "fees"),
    Kind.TRANSFER_IN: (*_UNITS_OR_CASH, "counter_account_id"),
    Kind.TRANSFER_OUT: (*_UNITS_OR_CASH, "counter_account_id"),
    Kind.SPLIT: _MORE,
    Kind.BONUS: _MORE,
    Kind.RIGHTS: ("symbol", "ratio_new", "ratio_old", "quantity", "price", "fees", "taxes"),
    Kind.SPIN_OFF: ("symbol", "other_symbol", "ratio_new", "ratio_old", "quantity", "cost_share"),
    Kind.MERGER: ("symbol", "other_symbol", "ratio_new", "ratio_old", "quantity", "price", "amount"),
    Kind.RETURN_OF_CAPITAL: _SUM,
    Kind.SYMBOL_CHANGE: ("symbol", "other_symbol"),
    Kind.OPENING_BALANCE: _UNITS_OR_CASH,
    Kind.ADJUSTMENT: _UNITS_OR_CASH,
}
"""Beside account, day, currency, note and tags, which every kind has."""

LABELS: dict[str, str] = {
    "account_id": "Account",
    "kind": "What",
    "on": "Trade date",
    "symbol": "Instrument",
    "quantity": "Quantity",
    "price": "Price of one",
    "amount": "Amount",
    "fees": "Fees",
    "taxes": "Taxes",
    "currency": "Currency",
    "rate": "Exchange rate",
    "ratio_new": "New units",
    "ratio_old": "for each old units",
    "other_symbol": "Other instrument",
    "cost_share": "Share of the cost that moves",
    "counter_account_id": "Other account of yours",
    "note": "Note",
    "tags": "Tags",
}

HELP: dict[str, str] = {
    "amount": "In all, before fees and taxes. Left empty, it is quantity times price.",
    "fees": "Brokerage and exchange charges, with GST.",
    "taxes": "Securities transaction tax, stamp duty, or tax that was withheld.",
    "rate": "Units of the account's currency for one of this one, on the trade date. Leave it empty when unknown.",
    "ratio_new": "A split of one share into five: 5 for 1. A bonus of one for two held: 1 for 2.",
    "cost_share": "A fraction: 12.5 % is 0.125. The company's notice says it.",
    "counter_account_id": "One row books both sides.",
    "tags": "Separated by commas.",
}
