"""Who reads a portfolio page, of which accounts and tags, and whether amounts are hidden. Holds across pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import streamlit as st

from components import preferences as kept
from components.account.who import Me, me
from components.portfolio.amounts import Amounts
from components.states import plain
from core.accounts import preferences
from core.portfolio import book
from core.portfolio.desk import Scope
from core.portfolio.model import Account

_ACCOUNTS, _TAGS, _HIDE = "portfolio_accounts", "portfolio_tags", "portfolio_hide"


@dataclass(frozen=True, slots=True)
class Reader:
    """A run of a portfolio page.

    Attributes:
        accounts: every account of the investor, closed ones too.
        scope: what is chosen of them; the same on every portfolio page.
        amounts: how money is written for this reader.
    """

    mine: Me
    accounts: tuple[Account, ...]
    scope: Scope
    amounts: Amounts

    @property
    def whole(self) -> bool:
        """Whether everything is in scope."""
        return self.scope == Scope()

    @property
    def open_accounts(self) -> tuple[Account, ...]:
        """Accounts that take rows."""
        return tuple(each for each in self.accounts if not each.closed)

    def name_of(self, account_id: int) -> str:
        """The name of an account by number; "" for none of the investor's."""
        return next((each.name for each in self.accounts if each.id == account_id), "")


def current() -> Reader:
    """The reader of this run, with the scope that was chosen on whichever portfolio page."""
    mine = me()
    read = kept.of(mine.account)
    accounts = book.accounts(mine.account)
    known = {each.id for each in accounts}
    chosen = tuple(each for each in st.session_state.get(_ACCOUNTS, ()) if each in known)
    tags = tuple(st.session_state.get(_TAGS, ()))
    return Reader(mine, accounts, Scope(chosen, tags), Amounts(read.base_currency, read.privacy))


def controls(reader: Reader, tags: Iterable[str]) -> None:
    """Accounts and tags in one popover, and the eye that hides amounts."""
    offered = sorted({*tags, *reader.scope.tags})
    if len(reader.accounts) > 1 or offered:
        with st.popover("Everything" if reader.whole else _described(reader), icon=":material/filter_list:"):
            names = {each.id: each.name for each in reader.accounts}
            st.multiselect(
                "Accounts",
                list(names),
                format_func=lambda number: names.get(number, ""),
                key=_ACCOUNTS,
                placeholder="All accounts",
                persist_state="session",
            )
            if offered:
                st.multiselect("Tags", offered, key=_TAGS, placeholder="All tags", persist_state="session")
    hidden = reader.amounts.private
    st.button(
        "Show amounts" if hidden else "Hide amounts",
        icon=":material/visibility:" if hidden else ":material/visibility_off:",
        key=_HIDE,
        help="Amounts and quantities are left out of every portfolio page; percentages stay.",
        on_click=_switch_privacy,
    )


def _described(reader: Reader) -> str:
    parts = [plain(reader.name_of(each)) for each in reader.scope.accounts]
    parts += [f"\\#{plain(tag)}" for tag in reader.scope.tags]
    return ", ".join(parts[:2]) + (f" and {len(parts) - 2} more" if len(parts) > 2 else "")


def _switch_privacy() -> None:
    account = me().account
    before = preferences.load(account)
    preferences.save(account, replace(before, privacy=not before.privacy))
    kept.forget()
