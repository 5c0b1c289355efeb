"""Account page, Preferences: who the investor is as an investor, and how they read numbers and times."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, get_args, get_type_hints
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import preferences as kept
from components.account.answers import answered, done
from components.account.who import Me
from core import formats
from core.accounts import preferences
from core.accounts.preferences import Preferences
from core.formats import NUMBER_STYLES, NumberStyle

_FORMS_PX = 640
_USUAL_ZONES = (
    "Asia/Kolkata",
    "Asia/Dubai",
    "Asia/Singapore",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "UTC",
)
_STYLE_WORDS: dict[NumberStyle, str] = {
    "auto": "By currency",
    "indian": "Lakh and crore",
    "international": "Millions",
}


_WORDS = {
    ("horizon", "short"): "Short: up to a year",
    ("horizon", "medium"): "Medium: up to five years",
    ("horizon", "long"): "Long: beyond five years",
    ("experience", "new"): "New to investing",
    ("experience", "some"): "Some years",
    ("experience", "experienced"): "Experienced",
}


@cache
def zones() -> tuple[str, ...]:
    """IANA zones of places, those of our markets first."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return (*_USUAL_ZONES, *sorted(set(places) - set(_USUAL_ZONES)))


def sample(style: NumberStyle) -> str:
    """What a style makes of the same amount in rupees and in dollars."""
    with formats.written_as(style):
        return f"{formats.compact(52_340_000, 'INR')}, {formats.compact(52_340_000, 'USD')}"


def section(mine: Me) -> None:
    """The form; one button saves all of it."""
    before = kept.of(mine.account)
    with st.container(width=_FORMS_PX), st.form("account_preferences"):
        st.markdown("**How you invest**")
        st.caption("Kept with your account and used by nobody but this desk.")
        left, right = st.columns(2)
        risk = _choice(left, "Risk tolerance", "risk_tolerance", before)
        horizon = _choice(right, "Horizon", "horizon", before)
        experience = _choice(left, "Experience", "experience", before)
        currency = _choice(right, "Base currency", "base_currency", before)
        st.markdown("**How you read**")
        style = st.selectbox(
            "Large numbers",
            NUMBER_STYLES,
            NUMBER_STYLES.index(before.number_format),
            format_func=lambda one: f"{_STYLE_WORDS[one]}: {sample(one)}",
            key="account_number_format",
        )
        # A zone stored under another of its names stays until it is changed.
        offered = zones() if before.timezone in zones() else (*zones(), before.timezone)
        chosen_zone = st.selectbox(
            "Timezone",
            offered,
            offered.index(before.timezone),
            format_func=lambda one: one.replace("_", " "),
            key="account_timezone",
            help="For your account, inbox, mails and reports. Prices keep the time of their exchange.",
        )
        private = st.checkbox(
            "Hide amounts on the portfolio pages",
            before.privacy,
            key="account_privacy",
            help="Sums and quantities are left out; percentages stay.",
        )
        if st.form_submit_button("Save preferences", type="primary", icon=":material/save:"):
            with answered():
                preferences.save(
                    mine.account,
                    replace(
                        before,
                        risk_tolerance=risk,
                        horizon=horizon,
                        experience=experience,
                        base_currency=currency,
                        number_format=style,
                        timezone=chosen_zone,
                        privacy=private,
                    ),
                )
                kept.forget()
                done("Your preferences are saved.")


def _choice(column: DeltaGenerator, label: str, name: str, before: Preferences) -> Any:
    options = get_args(get_type_hints(Preferences)[name])
    return column.selectbox(
        label,
        options,
        options.index(getattr(before, name)),
        format_func=lambda one: _WORDS.get((name, one), one.capitalize() if one.islower() else one or "Not told"),
        key=f"account_{name}",
    )
