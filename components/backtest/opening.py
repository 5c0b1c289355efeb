"""Links to kept runs and saved strategies: what they bring onto the page."""

from dataclasses import replace

import streamlit as st

from components import market as cached
from components.backtest import address
from components.backtest.asked import Asked, from_inputs
from components.backtest.loading import Done
from components.investor import Investor
from components.states import plain
from core import formats
from core.backtest import NothingToTest, kept, saved
from core.clock import now


def strategy(asked: Asked, who: Investor) -> tuple[Asked, saved.Saved | None]:
    """The saved strategy behind the address, taken over once; a version of one's own is known for saving again.

    Raises NothingToTest for a link that leads nowhere, DatabaseProblem.
    """
    if not asked.saved:
        return asked, None
    found = saved.strategy(who.account, asked.saved)
    if found is None:
        raise NothingToTest(
            "There is no strategy under this link, or it is no longer shared. Ask whoever sent it, or choose another."
        )
    # An address that names only the link brings nothing of its own; one that was edited keeps its edits.
    if st.session_state.pop(address.BARE, None) == asked.saved:
        asked = replace(asked, recipe=found.recipe)
        address.write(asked)
    return asked, found


def run(asked: Asked, who: Investor) -> Done:
    """The kept run behind the address, run again on what was known then; says whether it is the same.

    Raises NothingToTest when there is none for this reader, MarketError, DatabaseProblem.
    """
    if who.account is None:
        raise NothingToTest("A kept run is shown to whoever kept it. Sign in, then open this address again.")
    again = kept.replay(who.account, asked.run, cached.market())
    found = again.kept
    day = formats.moment(found.kept_at, "Asia/Kolkata", now=now())
    show = st.success if again.same else st.warning
    show(
        f"Kept {day}. {plain(again.text)}",
        title=plain(found.title),
        icon=":material/verified:" if again.same else ":material/difference:",
    )
    st.button(
        "Work on from here",
        icon=":material/edit:",
        key="bt_work_on",
        on_click=_work_on,
        args=(replace(from_inputs(found.inputs), view=asked.view),),
        help="The same inputs on everything known today; the kept run stays as it is.",
    )
    return Done(found.inputs, again.material, again.run)


def _work_on(asked: Asked) -> None:
    address.write(asked)
