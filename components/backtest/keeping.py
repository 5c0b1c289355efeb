"""Keeping a run, saving its strategy, and the links to both; for people who are signed in."""

import streamlit as st

from components import investor
from components.backtest import address
from components.backtest.asked import Asked
from components.backtest.loading import Done
from components.states import plain
from core.accounts.errors import AccountError
from core.accounts.model import Account
from core.backtest import kept, saved
from core.backtest.recipe import Recipe
from db.session import DatabaseProblem

_SAID = "bt_keep_said"


def menu(asked: Asked, done: Done, mine: saved.Saved | None) -> None:
    """The Keep menu; for others a word on what signing in gives."""
    popover = st.popover("Keep", icon=":material/bookmark_add:", key="bt_keep", on_change="rerun")
    if not popover.open:
        return
    account = investor.current().account
    with popover:
        if account is None:
            st.caption("Sign in to keep this run and to save the strategy. The address bar can be copied as it is.")
            return
        _run(account, done)
        st.divider()
        _strategy(account, asked, mine)
        if said := st.session_state.pop(_SAID, None):
            st.caption(plain(said))


def _run(account: Account, done: Done) -> None:
    st.text_input("Keep this run as", value="", placeholder=done.inputs.title, max_chars=120, key="bt_run_title")
    st.button(
        "Keep the run", icon=":material/bookmark:", key="bt_keep_run", on_click=_keep, args=(account, done),
        help="Inputs, figures and curve, with fingerprints of data and code: it can be run again to the same bits.",
    )  # fmt: skip


def _strategy(account: Account, asked: Asked, mine: saved.Saved | None) -> None:
    own = mine is not None and mine.own
    recipe = asked.recipe
    usual = mine.name if mine is not None and own else recipe.plan.name if recipe.plan else recipe.title
    st.text_input("Save the strategy as", value=usual[:120], max_chars=120, key=f"bt_save_name_{asked.saved}")
    name_key = f"bt_save_name_{asked.saved}"
    with st.container(horizontal=True):
        if own and mine is not None:
            st.button(
                f"Save version {mine.version + 1}", icon=":material/save:", key="bt_save_version", on_click=_save,
                args=(account, recipe, name_key, mine.link),
            )  # fmt: skip
        st.button(
            "Save as new" if own else "Save the strategy", icon=":material/note_add:", key="bt_save_new",
            on_click=_save, args=(account, recipe, name_key, None),
        )  # fmt: skip


def _keep(account: Account, done: Done) -> None:
    title = st.session_state.get("bt_run_title") or ""
    try:
        link = kept.keep(account, done.inputs, done.run, done.material, title=title)
    except (AccountError, DatabaseProblem) as error:
        st.session_state[_SAID] = str(error)
        return
    st.session_state[_SAID] = "Kept. It stands under My strategies, and in the address bar now."
    address.change(run=link)


def _save(account: Account, recipe: Recipe, name_key: str, link: str | None) -> None:
    try:
        made = saved.save(account, st.session_state.get(name_key) or "", recipe, link=link)
    except (AccountError, DatabaseProblem) as error:
        st.session_state[_SAID] = str(error)
        return
    st.session_state[_SAID] = f"Saved as “{made.name}”, version {made.version}."
    address.change(saved=made.link)
