"""Analytics: sign-ups, sign-ins and active people by day, pages, and who came back week by week."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from components.admin.dashboard import written
from components.admin.listing import table
from components.states import empty
from core import formats
from core.office.contract import Office
from core.office.model import Cohort, DayCount

KINDS = {
    "registered": "Registered",
    "demo_visitor": "Demo visitors",
    "demo_admin": "Demo admins",
    "signed_out": "Signed out",
}


def draw(office: Office) -> None:
    """The section."""
    found = office.analytics()
    charts = (
        ("Sign-ups", found.sign_ups),
        ("Sign-ins", found.sign_ins),
        ("People active", found.active),
        ("Prompts", found.prompts),
    )
    with st.grid(2, min_column_width=320, gap="medium"):
        for title, days in charts:
            with st.container():
                st.subheader(title)
                _bars(title, days)
    st.subheader("Pages")
    if not found.pages:
        empty("Nothing counted yet", "Pages are counted from the first visit after this version started.")
    else:
        table(
            {
                "Page": [one.page for one in found.pages],
                "Opened": [formats.number(one.views, 0) for one in found.pages],
                "Runs": [formats.number(one.runs, 0) for one in found.pages],
                "Half within": [written(one.p50_ms, "ms") for one in found.pages],
                "95 of 100 within": [written(one.p95_ms, "ms") for one in found.pages],
            },
            "Pages and how long they took in the last 30 days",
        )
        shares = ", ".join(f"{KINDS.get(kind, kind)} {formats.number(n, 0)}" for kind, n in found.by_kind.items() if n)
        st.caption(f"Opened by: {shares}." if shares else "")
    st.subheader("Who came back")
    _retention(found.cohorts)
    began = formats.day(found.since) if found.since is not None else "the first visit"
    st.caption(
        f"UTC days and weeks from Monday. Page use is counted since {began}; people are counted, never followed."
    )


def _bars(title: str, days: Sequence[DayCount]) -> None:
    if not any(one.n for one in days):
        empty("None in 30 days", "Counted days are drawn here.", ":material/bar_chart:")
        return
    frame = pd.DataFrame({"Day": [one.day for one in days], title: [one.n for one in days]})
    st.bar_chart(frame, x="Day", y=title, x_label="", y_label="", height=180, alt=f"{title} a day, last 30 days")


def _retention(cohorts: Sequence[Cohort]) -> None:
    if not cohorts:
        empty("Nobody to follow yet", "Weeks in which somebody registered are listed here.", ":material/group:")
        return
    weeks = max(len(one.came) for one in cohorts)
    columns: dict[str, list[str]] = {
        "Registered in the week of": [formats.day(one.week) for one in cohorts],
        "People": [formats.number(one.size, 0) for one in cohorts],
    }
    for week in range(weeks):
        columns["That week" if week == 0 else f"+{week}"] = [_share(one, week) for one in cohorts]
    table(columns, "Share of those registered in a week who came in the following weeks")


def _share(cohort: Cohort, week: int) -> str:
    came = cohort.came[week] if week < len(cohort.came) else None
    if came is None or not cohort.size:
        return ""
    return formats.percent(min(1.0, came / cohort.size), 0)
