"""Limits: the rules for everybody, and who ran into them."""

from datetime import timedelta

import streamlit as st

from components.admin import asking, desk
from components.admin.asking import Ask
from components.admin.listing import page_number, pager, table
from components.states import empty
from core import formats
from core.office.contract import Office
from core.office.model import RuleRow

LABELS = {
    "burst": "Prompts a minute",
    "chat": "Prompts a chat",
    "hourly": "Prompts an hour",
    "daily": "Prompts a day",
}


def label_of(rule: str) -> str:
    """A rule's name in words; unknown ones as their name reads."""
    return LABELS.get(rule, rule.replace("_", " ").capitalize())


def draw(office: Office) -> None:
    """The section."""
    rules = office.rules()
    st.subheader("Limits for everybody")
    st.caption("They fail fast in this order. Somebody's own limit (on their page) comes before the common one.")
    table(
        {
            "Limit": [rule.label for rule in rules],
            "Counts": ["Prompts" if rule.prompts else "Attempts" for rule in rules],
            "At most": [formats.number(rule.most, 0) for rule in rules],
            "Within": [window_words(rule.window) for rule in rules],
            "As shipped": ["" if rule.most == rule.default else formats.number(rule.default, 0) for rule in rules],
        },
        "Limits that apply to everybody",
        config={"At most": st.column_config.TextColumn(alignment="right")},
    )
    _change(rules)
    st.subheader("Limits reached")
    names = ["Any", *(rule.rule for rule in rules)]
    labels = {rule.rule: rule.label for rule in rules}
    chosen = st.selectbox(
        "Limit", names, key="admin_violations_rule", format_func=lambda name: labels.get(name, name), width=240
    )
    violations_table(office, rule=None if chosen == "Any" else chosen, key="admin_violations")


def _change(rules: tuple[RuleRow, ...]) -> None:
    by_name = {rule.rule: rule for rule in rules}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Change", list(by_name), key="admin_rule", format_func=lambda rule: by_name[rule].label, width=240
        )
        if name is None:
            return
        rule = by_name[name]
        # The version is part of the key, so that what somebody else set meanwhile is what stands in the field.
        most = int(
            st.number_input(
                "At most",
                min_value=1,
                max_value=1_000_000,
                value=rule.most,
                step=1,
                key=f"admin_rule_most_{name}_{rule.version}",
                width=160,
            )
        )
        st.button(
            "Change",
            icon=":material/check:",
            key="admin_rule_change",
            on_click=asking.ask,
            args=(
                Ask(
                    f"Change “{rule.label}” for everybody?",
                    f"From {rule.most} to {most}, {window_words(rule.window)}. It holds from the next attempt on.",
                    "Change limit",
                    lambda office, _: office.set_rule(rule.rule, most, rule.version),
                ),
            ),
        )


def violations_table(office: Office, *, key: str, account_id: int | None = None, rule: str | None = None) -> None:
    """Who ran into a limit, newest first."""
    pager_key, page = page_number(f"{key}_page", account_id, rule)
    found = office.violations(account_id=account_id, rule=rule, page=page)
    if not found.rows:
        empty("No limit was reached", "Who runs into one is listed here.", ":material/speed:")
        return
    columns = {
        "When": [desk.when(row.at) for row in found.rows],
        "Who": [row.who for row in found.rows],
        "Limit": [row.label for row in found.rows],
        "At most": [formats.number(row.most, 0) for row in found.rows],
        "Times in that minute": [formats.number(row.times, 0) for row in found.rows],
    }
    if account_id is not None:
        del columns["Who"]
    table(columns, "Limits that were reached")
    pager(pager_key, found, "row", "rows")


def window_words(window: timedelta | None) -> str:
    """A rule's span in words."""
    if window is None:
        return "one chat"
    seconds = int(window.total_seconds())
    for size, noun in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            n = seconds // size
            return f"{n} {noun}{'s' if n > 1 else ''}"
    return f"{seconds} seconds"
