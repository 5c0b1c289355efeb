"""The accounts of a ledger: opened, renamed, closed and opened again."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import streamlit as st

from components.portfolio.answers import answered, done
from components.portfolio.reader import Reader
from components.states import empty, plain
from core import formats
from core.portfolio import book
from core.portfolio.model import Account, AccountKind, Ledger

_CURRENCIES = ("INR", "USD", "EUR", "GBP", "AED", "SGD", "JPY", "AUD", "CAD", "CHF", "HKD")
_KINDS: tuple[AccountKind, ...] = get_args(AccountKind)
_WORDS: dict[AccountKind, str] = {"broker": "With a broker", "bank": "With a bank", "cash": "Cash"}


def section(reader: Reader, ledger: Ledger) -> None:
    """Every account with what lies on it, and the form for another one."""
    if not reader.accounts:
        empty("No account yet", "Open one below, or import a file: it opens its own.", ":material/account_balance:")
    for each in sorted(reader.accounts, key=lambda one: one.closed):
        _account(reader, each, ledger)
    with st.form("portfolio_open_account", clear_on_submit=True, border=True):
        st.markdown("**Open an account**")
        left, middle, right = st.columns([2, 1, 1])
        name = left.text_input("Name", placeholder="Zerodha", max_chars=80)
        kind = middle.selectbox("What it is", _KINDS, format_func=_WORDS.__getitem__)
        base = reader.amounts.base
        currency = right.selectbox("Currency", _CURRENCIES, _CURRENCIES.index(base) if base in _CURRENCIES else 0)
        if st.form_submit_button("Open it", type="primary", icon=":material/add:"):
            with answered():
                opened = book.open_account(reader.mine.account, name, kind, currency)
                done(f"{plain(opened.name)} is open.")


def _account(reader: Reader, account: Account, ledger: Ledger) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        purses = {currency: amount for currency, amount in ledger.cash.get(account.id, {}).items() if amount}
        if account.id in ledger.cash_kept:
            cash = ", ".join(reader.amounts.money(amount, currency) for currency, amount in purses.items()) or "no cash"
        else:
            cash = "cash is not kept"
        held = sum(1 for each in ledger.holdings if each.account_id == account.id)
        closed = " :gray-badge[Closed]" if account.closed else ""
        place = f"{plain(account.institution)}, " if account.institution and account.institution != account.name else ""
        holdings = f"{formats.number(held, 0)} holding{'s' if held != 1 else ''}"
        st.markdown(
            f"**{plain(account.name)}**{closed}  \n:small[:gray[{place}{account.currency}: {holdings}, {plain(cash)}]]",
            width="stretch",
        )
        with st.popover("Change", icon=":material/edit:"):
            _change(reader, account)


def _change(reader: Reader, account: Account) -> None:
    with st.form(f"portfolio_account_{account.id}_{account.version}", border=False):
        name = st.text_input("Name", account.name, max_chars=80)
        kind = st.selectbox("What it is", _KINDS, _KINDS.index(account.kind), format_func=_WORDS.__getitem__)
        institution = st.text_input("Broker or bank", account.institution, max_chars=80)
        closed = st.checkbox("Closed: it takes no more transactions", account.closed)
        if st.form_submit_button("Save", type="primary"):
            with answered():
                book.change_account(
                    reader.mine.account, replace(account, name=name, kind=kind, institution=institution, closed=closed)
                )
                done(f"{plain(name)} is changed.")
