"""Price alerts: set one, see them, let them rest, remove them. On the Inbox page, and in a menu on the Charts page."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components import investor as investors
from components import market as cached
from components import preferences
from components.investor import Investor
from components.states import part, plain
from core import formats
from core.accounts.errors import AccountError
from core.accounts.model import Account
from core.clock import now
from core.market.errors import MarketError
from core.market.model import Instrument
from core.operations import alerts
from core.operations.alerts import CONDITIONS, MOST, Alert

_FOUND = 6
_BADGES = {
    "armed": ":green-badge[:material/notifications_active: Waiting]",
    "fired": ":orange-badge[:material/notifications: Fired]",
    "paused": ":gray-badge[:material/pause: Paused]",
    "expired": ":gray-badge[:material/schedule: Ended]",
}


def panel(investor: Investor, *, symbol: str | None = None, key: str = "alerts") -> None:
    """Set an alert, and the list of them.

    Args:
        investor: who looks; looked up again whenever the panel runs by itself.
        symbol: the instrument a new alert is for; None lets it be searched.
        key: begins the keys of its widgets, for a page that has two.
    """
    if investor.account is None:
        st.caption("Alerts are told to whoever is signed in. Sign in, or try the desk as a visitor, to set one.")
        return
    _panel(symbol, key)


def menu(investor: Investor, symbol: str) -> None:
    """The Alerts menu over a chart: one for its instrument, and the list. Nothing for who is signed out."""
    if investor.account is None:
        return
    popover = st.popover("Alerts", icon=":material/notifications:", key="c_alerts", on_change="rerun")
    if popover.open:
        with popover:
            panel(investor, symbol=symbol, key="c_alert")


@st.fragment
def _panel(symbol: str | None, key: str) -> None:
    account = investors.current().account
    if account is None:  # the sign-in ended since the page was drawn
        st.rerun(scope="app")
    assert account is not None
    with part("alerts"):
        instrument = _instrument(symbol, account, key)
        if instrument is not None:
            _form(account, instrument, key, searched=symbol is None)
        # What a button did, or why it did not: said once, where the investor looks.
        if said := st.session_state.pop(f"{key}_said", None):
            good, text = said
            (st.success if good else st.error)(plain(text))
        _list(account, key)


def _instrument(symbol: str | None, account: Account, key: str) -> Instrument | None:
    """The instrument a new alert is for: the given one, or one that is searched and picked."""
    service = cached.market()
    if symbol is not None:
        found = service.resolve(symbol, owner=account.owner)
        if found.owner is not None:
            st.caption("This instrument comes from a file of yours and has no price of the day to wait for.")
            return None
        return found
    picked = st.session_state.get(f"{key}_picked")
    if picked is not None:
        return service.resolve(picked)
    text = st.text_input(
        "Set an alert on",
        key=f"{key}_search",
        type="search",
        placeholder="Search: tata mot, nifty, btc",
        live=True,
        max_chars=60,
    )
    if text and text.strip():
        results = service.search(text.strip(), limit=_FOUND)
        if not results:
            st.caption(f"Nothing is called “{plain(text.strip())}”.")
        for place, one in enumerate(results):
            st.button(
                f"**{plain(one.symbol)}** {plain(one.name)} :gray[{plain(one.exchange)}]",
                key=f"{key}_found_{place}_{one.symbol}",
                type="tertiary",
                on_click=_picked,
                args=(key, one.symbol),
            )
    return None


def _picked(key: str, symbol: str | None) -> None:
    st.session_state[f"{key}_picked"] = symbol
    st.session_state[f"{key}_search"] = ""


def _form(account: Account, instrument: Instrument, key: str, *, searched: bool) -> None:
    price = _price(instrument)
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = formats.money(price, instrument.currency) if price is not None else "no price now"
        st.markdown(f"**{plain(instrument.short_name or instrument.name)}** {plain(instrument.symbol)}, {plain(shown)}")
        if searched:
            st.button(
                "Another",
                key=f"{key}_other",
                icon=":material/close:",
                type="tertiary",
                on_click=_picked,
                args=(key, None),
            )
    with st.form(f"{key}_form", border=False, clear_on_submit=False, enter_to_submit=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.selectbox(
                "Tell me when it",
                list(CONDITIONS),
                format_func=CONDITIONS.__getitem__,
                key=f"{key}_condition",
                width=210,
            )
            st.text_input(
                "Price, or percent with its sign",
                key=f"{key}_level_{instrument.symbol}",
                placeholder=_example(price),
                max_chars=20,
                width=200,
            )
        st.text_input("Note to yourself", key=f"{key}_note", max_chars=alerts.LONGEST_NOTE, placeholder="optional")
        st.toggle("Again whenever it happens, once an hour at most", key=f"{key}_repeat")
        st.form_submit_button(
            "Set alert",
            icon=":material/add_alert:",
            type="primary",
            on_click=_create,
            args=(account, instrument.symbol, key),
        )


def _price(instrument: Instrument) -> float | None:
    try:
        return cached.quote(instrument.symbol).data.price
    except MarketError:
        return None  # an alert can wait for a price that cannot be had now


def _example(price: float | None) -> str:
    return "3400" if price is None else f"{price * 1.02:.{formats.price_decimals(price)}f}"


def _create(account: Account, symbol: str, key: str) -> None:
    state = st.session_state
    level = state.get(f"{key}_level_{symbol}") or ""
    try:
        made = alerts.create(
            account,
            symbol,
            state.get(f"{key}_condition", ""),
            level.replace("%", "").strip(),
            note=state.get(f"{key}_note") or "",
            repeat=bool(state.get(f"{key}_repeat")),
            service=cached.market(),
        )
    except (AccountError, MarketError) as error:
        state[f"{key}_said"] = (False, str(error))
        return
    state[f"{key}_said"] = (True, f"You are told when {made.name} {made.words}.")
    state[f"{key}_level_{symbol}"] = state[f"{key}_note"] = ""
    state[f"{key}_repeat"] = False
    _picked(key, None)


def _list(account: Account, key: str) -> None:
    mine = alerts.alerts_of(account, service=cached.market())
    if not mine:
        st.caption("No alert yet. Prices are compared once a minute; what fires is told here and by mail.")
        return
    zone = preferences.zone(account)
    st.caption(f"{len(mine)} of {MOST}")
    for alert in mine:
        _row(account, alert, zone, key)


def _row(account: Account, alert: Alert, zone: str, key: str) -> None:
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"{_BADGES[alert.state]} **{plain(alert.name)}** {plain(alert.words)}")
            with st.container(horizontal=True, horizontal_alignment="right", gap="xsmall", width="content"):
                _buttons(account, alert, key)
        if told := _told(alert, zone):
            st.caption(told)


def _told(alert: Alert, zone: str) -> str:
    words = []
    if alert.note:
        words.append(plain(alert.note))
    if alert.fired_at is not None:
        words.append(f"fired {formats.moment(alert.fired_at, zone, now=now())}")
    if alert.repeat:
        words.append("again whenever it happens")
    if alert.expires_at is not None and alert.state != "expired":
        words.append(f"until {formats.moment(alert.expires_at, zone, now=now())}")
    return " · ".join(words)


def _buttons(account: Account, alert: Alert, key: str) -> None:
    if alert.state == "armed":
        st.button(
            "Pause",
            key=f"{key}_pause_{alert.id}",
            icon=":material/pause:",
            type="tertiary",
            on_click=_change,
            args=(alerts.pause, account, alert.id, key),
        )
    else:
        st.button(
            "Wait again",
            key=f"{key}_rearm_{alert.id}",
            icon=":material/replay:",
            type="tertiary",
            on_click=_change,
            args=(alerts.rearm, account, alert.id, key),
        )
    st.button(
        "Remove",
        key=f"{key}_remove_{alert.id}",
        icon=":material/delete:",
        type="tertiary",
        on_click=_change,
        args=(alerts.remove, account, alert.id, key),
    )


def _change(action: Callable[[Account, int], None], account: Account, number: int, key: str) -> None:
    try:
        action(account, number)
    except AccountError as error:
        st.session_state[f"{key}_said"] = (False, str(error))
