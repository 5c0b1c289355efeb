"""The gate: which pages there are for whom, and what stands in a page's place when it may not be shown.

In demo mode whoever comes by sees the markets, the data page and the help; personal pages exist for people who are
signed in, the admin page for admins. In production everything but signing in and the help needs a sign-in. A page that
may not be shown keeps its address: signing in leads back to it, query and all.
"""

from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from components import usage
from components.investor import Investor
from core.settings import get_settings
from db.session import DatabaseProblem

Reader = Literal["everybody", "visitors", "signed out", "signed in", "admins"]
_CAME_FROM = "came_from"
_MOST_UNREAD = 99
LAID_ASIDE = "laid_aside_for_maintenance"
"""Where `components.closed` keeps what was entered; looked at here so that it is imported when it is needed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: where it stands in the navigation, and who reads it.

    Attributes:
        readers: "visitors" are everybody in demo mode, and only people signed in in production.
    """

    section: str
    file: str
    title: str
    icon: str
    help: str
    readers: Reader
    default: bool = False

    @property
    def path(self) -> str:
        """The page's path in the address, "" for the first page."""
        return "" if self.default else self.file

    def read_by(self, investor: Investor | None) -> bool:
        """Whether this investor may read the page now; None is a browser nobody has looked at yet."""
        account = investor.account if investor is not None else None
        match self.readers:
            case "everybody":
                return True
            case "visitors":
                return account is not None or get_settings().app.env == "demo"
            case "signed out":
                return account is None
            case "signed in":
                return account is not None
            case "admins":
                return account is not None and (account.is_admin or account.kind == "demo_admin")


ENTRIES = (
    Entry(
        "Markets", "market", "Market", ":material/monitoring:",
        "Indices, breadth, sectors, movers, results and news at a glance.", "visitors", default=True,
    ),
    Entry(
        "Markets", "charts", "Charts", ":material/candlestick_chart:",
        "Candles, indicators, patterns and levels of any instrument.", "visitors",
    ),
    Entry(
        "Research", "analyst", "Analyst", ":material/query_stats:",
        "Ask in your own words; every figure in an answer opens the data it came from.", "visitors",
    ),
    Entry(
        "Research", "backtest", "Backtesting", ":material/experiment:",
        "Test a strategy or rules of your own on the past, and whether the result is luck.", "visitors",
    ),
    Entry(
        "Research", "strategies", "My strategies", ":material/bookmarks:",
        "Strategies you saved, backtests you kept, and how they compare.", "signed in",
    ),
    Entry(
        "Portfolio", "portfolio", "Portfolio", ":material/account_balance_wallet:",
        "What you hold, what it is worth, what it earned and how it is divided.", "signed in",
    ),
    Entry(
        "Portfolio", "holdings", "Holdings", ":material/list_alt:",
        "Every holding with its price, cost, gain, returns and lots.", "signed in",
    ),
    Entry(
        "Portfolio", "transactions", "Transactions", ":material/receipt_long:",
        "What happened in your accounts: entered, imported, changed, undone.", "signed in",
    ),
    Entry(
        "Portfolio", "performance", "Performance", ":material/trending_up:",
        "Returns by period and month, against an index with the same money.", "signed in",
    ),
    Entry(
        "Portfolio", "risk", "Risk", ":material/shield:",
        "How your holdings move, what a crisis would do, and what stands out.", "signed in",
    ),
    Entry(
        "Portfolio", "tax", "Tax", ":material/gavel:",
        "Gains, losses and dividends of a financial year, by dated Indian rules.", "signed in",
    ),
    Entry(
        "Desk", "data", "Data", ":material/database:",
        "Your own files, what was found wrong with data, and where data comes from.", "visitors",
    ),
    Entry(
        "Desk", "help", "Help", ":material/help:",
        "What each page does, deep links, words and sources.", "everybody",
    ),
    Entry(
        "You", "inbox", "Inbox", ":material/inbox:",
        "What the desk has to tell you, and your price alerts.", "signed in",
    ),
    Entry(
        "You", "account", "Account", ":material/person:",
        "Your profile, security, preferences, notices, limits and data.", "signed in",
    ),
    Entry(
        "You", "admin", "Admin", ":material/admin_panel_settings:",
        "People, limits, the system, jobs, mails, backups, sources and the activity log.", "admins",
    ),
    Entry(
        "You", "sign_in", "Sign in", ":material/login:",
        "Sign in, create an account, or set a new password.", "signed out",
    ),
)  # fmt: skip


def pages(investor: Investor | None) -> dict[str, list[StreamlitPage]]:
    """All pages by section; those this investor may not read have an address, but no place in the navigation."""
    sections: dict[str, list[StreamlitPage]] = {}
    for entry in ENTRIES:
        # A copy: Streamlit lets a page be run once, by the run that chose it.
        page = copy(_page(entry, _title(entry, investor), _script_folder(), visible=entry.read_by(investor)))
        sections.setdefault(entry.section, []).append(page)
    return sections


@lru_cache(maxsize=256)
def _page(entry: Entry, title: str, _folder: str, *, visible: bool) -> StreamlitPage:
    """Made once: each costs a look at the disk, and there are many on every run. Nothing in it belongs to a session."""
    return st.Page(
        f"pages/{entry.file}.py",
        title=title,
        icon=entry.icon,
        help=entry.help,
        default=entry.default,
        visibility="visible" if visible else "hidden",
    )


def _script_folder() -> str:
    """Where the script that runs lies; "" outside a run, where pages are made without an address."""
    context = get_script_run_ctx()
    return "" if context is None else str(context.pages_manager.main_script_parent)


def _title(entry: Entry, investor: Investor | None) -> str:
    if entry.file != "inbox" or investor is None or investor.account is None:
        return entry.title
    from core.notices import inbox

    unread = inbox.unread(investor.account.id)
    count = str(unread) if unread <= _MOST_UNREAD else f"{_MOST_UNREAD}+"
    return f"{entry.title} ({count})" if unread else entry.title


def entry_of(page: StreamlitPage) -> Entry:
    """What is known of a page of the navigation."""
    return next(entry for entry in ENTRIES if entry.path == page.url_path)


def address(page: StreamlitPage) -> str:
    """The local path of what this tab shows, query and all: what a sign-in leads back to."""
    query = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    return f"/{page.url_path}" + (f"?{urlencode(query)}" if query else "")


def came_from() -> str:
    """The page this tab showed last before a sign-in was asked for, as a local path."""
    return str(st.session_state.get(_CAME_FROM, "/"))


def show(page: StreamlitPage, investor: Investor) -> None:
    """Run the page, or what stands in its place for this investor."""
    entry = entry_of(page)
    if entry.readers != "signed out":
        st.session_state[_CAME_FROM] = address(page)
    if not _open_now(entry, investor):
        return
    if entry.read_by(investor) or entry.readers == "signed out":
        with usage.counted(entry.title, investor):
            page.run()
    elif investor.account is None:
        from components.sign_in import desk

        desk.show(f"Sign in to open {entry.title}", address(page))
    else:
        _refused(entry)


def _open_now(entry: Entry, investor: Investor) -> bool:
    """Whether maintenance lets this page be drawn; says what is going on when there is maintenance."""
    from core.operations import maintenance

    try:
        paused = maintenance.current()
    except DatabaseProblem:
        return True  # nothing can be changed without the database, and the page's own parts say that it is away
    if paused is not None:
        from components import closed

        closed.banner(paused, investor)
        stays_in = investor.account is not None and investor.account.is_admin
        # Signing in stays possible: for admins.
        if not stays_in and entry.readers not in {"everybody", "signed out"}:
            closed.notice()
            return False
    elif st.session_state.get(LAID_ASIDE) is not None:
        from components import closed

        closed.give_back()
    return True


def _refused(entry: Entry) -> None:
    st.title(entry.title)
    st.info(
        "Your account is an investor's. If you should look after this desk, ask one of its admins to make you one.",
        title="This page is for admins",
        icon=":material/lock:",
    )
    st.page_link("pages/market.py", label="To the markets", icon=":material/monitoring:")
