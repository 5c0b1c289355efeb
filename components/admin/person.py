"""One person: who they are, where they are signed in, their limits, what they did; and what may be done to them."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from components.admin import activity, asking, desk
from components.admin.asking import Ask
from components.admin.limits import label_of, violations_table
from components.admin.listing import table
from components.states import empty, plain
from core import formats
from core.clock import now
from core.office.contract import Office
from core.office.model import OverrideRow, Person, RuleRow


def draw(office: Office, account_id: int) -> None:
    """The view of one person."""
    st.button("All users", icon=":material/arrow_back:", type="tertiary", on_click=_back, key="admin_person_back")
    someone = office.person(account_id)
    row = someone.row
    badges = [f":blue-badge[{row.role.capitalize()}]"]
    badges.append(":green-badge[Active]" if row.state == "active" else ":red-badge[Deactivated]")
    if row.kind != "registered":
        badges.append(f":orange-badge[{plain(row.kind.replace('_', ' ').capitalize())}]")
    if row.exempt:
        badges.append(":violet-badge[No limits]")
    st.subheader(plain(row.name or row.user_name))
    st.markdown(" ".join(badges))
    # As code an address is no link: it is somebody's words.
    address = f"`{row.email.replace('`', '')}`" if row.email else "no e-mail"
    times = f"since {desk.when(row.created_at)} · last seen {desk.when(row.last_seen_at)} · number {row.id}"
    st.caption(f"{plain(row.user_name)} · {address} · {plain(times)}")
    if row.reason:
        st.caption(f":material/block: {plain(row.reason)}")
    _actions(someone)
    left, right = st.columns(2, gap="medium")
    with left:
        _devices(someone)
    with right:
        _standing(someone)
    _own_limits(office, someone)
    st.subheader("Limits reached")
    violations_table(office, account_id=account_id, key="admin_person_violations")
    st.subheader("Activity")
    activity.entries_table(office, key="admin_person_entries", subject=f"account:{account_id}")


def _actions(someone: Person) -> None:
    row = someone.row
    name, number, version = row.user_name, row.id, row.version
    with st.container(horizontal=True):
        if row.kind == "registered":
            other = "admin" if row.role == "investor" else "investor"
            says = (
                "They will see every account, the activity log and all settings, and sign in with a code by e-mail."
                if other == "admin"
                else "They lose this page and everything on it at once."
            )
            _button(
                f"Make {other}",
                ":material/shield_person:",
                Ask(
                    f"Make {name} an {other}?",
                    says,
                    f"Make {other}",
                    lambda office, _: office.set_role(number, other, version),
                ),
            )
        if row.state == "active":
            _button(
                "Deactivate",
                ":material/block:",
                Ask(
                    f"Deactivate {name}?",
                    "They are signed out everywhere at once and cannot sign in. Their data stays; they get a mail.",
                    "Deactivate",
                    lambda office, reason: office.deactivate(number, reason, version),
                    reason="Reason",
                ),
            )
        else:
            _button(
                "Reactivate",
                ":material/how_to_reg:",
                Ask(
                    f"Reactivate {name}?",
                    "They can sign in again and are told by mail.",
                    "Reactivate",
                    lambda office, _: office.reactivate(number, version),
                ),
            )
        _button(
            "Sign out everywhere",
            ":material/logout:",
            Ask(
                f"Sign {name} out everywhere?",
                "Every browser they are signed in with shows the sign-in page within a second.",
                "Sign out",
                lambda office, _: office.sign_out(number),
            ),
            disabled=not someone.devices,
        )
        exempt = not row.exempt
        _button(
            "Lift all prompt limits" if exempt else "Apply prompt limits again",
            ":material/all_inclusive:" if exempt else ":material/speed:",
            Ask(
                f"Lift all prompt limits of {name}?" if exempt else f"Apply prompt limits to {name} again?",
                "No prompt limit applies to them." if exempt else "The common limits, or their own, apply from now on.",
                "Lift limits" if exempt else "Apply limits",
                lambda office, reason: office.set_exempt(number, exempt, reason),
                reason="Reason",
            ),
        )


def _devices(someone: Person) -> None:
    st.subheader("Signed in with")
    if not someone.devices:
        empty("Nowhere", "They are not signed in with any browser.", ":material/devices_off:")
        return
    devices = someone.devices
    number, name = someone.row.id, someone.row.user_name

    def end(row: int, _label: str) -> None:
        device = devices[row]
        asking.ask(
            Ask(
                f"Sign {name} out of this browser?",
                f"{device.device}, {device.ip or 'address unknown'}, last seen {desk.when(device.last_seen_at)}.",
                "Sign out",
                lambda office, _: office.sign_out(number, device.id),
            )
        )

    table(
        {
            "Browser": [one.device for one in devices],
            "Address": [one.ip for one in devices],
            "Last seen": [desk.when(one.last_seen_at) for one in devices],
        },
        "Browsers this person is signed in with",
        key="admin_person_devices",
        actions=["Sign out"] * len(devices),
        on_action=end,
    )


def _standing(someone: Person) -> None:
    st.subheader("Prompts left")
    for one in someone.standing:
        words = "no limit" if one.most is None else f"{one.used:,} of {one.most:,} used"
        returns = f", returns {desk.when(one.returns_at)}" if one.returns_at is not None else ""
        share = 0.0 if not one.most else min(1.0, one.used / one.most)
        st.progress(share, text=plain(f"{label_of(one.rule)}: {words}{returns}"))
    if not someone.standing:
        empty("No limit applies", "Prompt limits are lifted for this person.", ":material/all_inclusive:")


def _own_limits(office: Office, someone: Person) -> None:
    st.subheader("Limits of their own")
    rules = {rule.rule: rule for rule in office.rules() if rule.prompts}
    number, name = someone.row.id, someone.row.user_name
    held = someone.overrides
    if held:

        def clear(row: int, _label: str) -> None:
            rule, version = held[row].rule, held[row].version
            asking.ask(
                Ask(
                    f"Remove {name}'s own limit?",
                    f"{label_of(rule)}: the common limit applies to them again.",
                    "Remove",
                    lambda office, _: office.clear_override(number, rule, version),
                )
            )

        table(
            {
                "Limit": [label_of(one.rule) for one in held],
                "Theirs": ["no limit" if one.most is None else formats.number(one.most, 0) for one in held],
                "Until": [until_words(one) for one in held],
                "Reason": [one.reason for one in held],
            },
            "Limits of this person's own",
            key="admin_person_overrides",
            actions=["Remove"] * len(held),
            on_action=clear,
        )
    adding = st.expander("Set a limit of their own", icon=":material/tune:", key="admin_person_set")
    with adding, st.container(horizontal=True, vertical_alignment="bottom"):
        rule = st.selectbox("Limit", list(rules), format_func=label_of, key="admin_person_rule", width=220)
        lifted = st.toggle("No limit", key="admin_person_lifted")
        most = st.number_input(
            "At most",
            min_value=0,
            max_value=1_000_000,
            value=_common(rules, rule),
            step=1,
            key=f"admin_person_most_{rule}",
            disabled=lifted,
            width=160,
        )
        days = st.number_input(
            "For days (0: until removed)", min_value=0, max_value=365, value=0, key="admin_person_days", width=220
        )
        until = now() + timedelta(days=int(days)) if days else None
        st.button(
            "Set",
            icon=":material/check:",
            key="admin_person_set_limit",
            disabled=rule is None,
            on_click=asking.ask,
            args=(_override(someone, str(rule), None if lifted else int(most), until),),
        )


def until_words(held: OverrideRow) -> str:
    """How long a limit of somebody's own holds."""
    if held.until is None:
        return "removed"
    return f"{desk.when(held.until)}{' (over)' if held.ended else ''}"


def _override(someone: Person, rule: str, most: int | None, until: datetime | None) -> Ask:
    number, name = someone.row.id, someone.row.user_name
    version = next((one.version for one in someone.overrides if one.rule == rule), 0)
    theirs = "no limit" if most is None else f"at most {most}"
    ends = f" until {until.astimezone(UTC):%d %b %Y, %H:%M} UTC" if until is not None else ""
    return Ask(
        f"Give {name} a limit of their own?",
        f"{label_of(rule)}: {theirs}{ends}. They are told by mail.",
        "Set limit",
        lambda office, reason: office.set_override(number, rule, most, reason, until, version),
        reason="Reason",
    )


def _common(rules: dict[str, RuleRow], rule: str | None) -> int:
    return rules[rule].most if rule in rules else 0


def _button(label: str, icon: str, question: Ask, *, disabled: bool = False) -> None:
    key = "admin_person_" + "_".join(label.lower().split())
    st.button(label, icon=icon, key=key, on_click=asking.ask, args=(question,), disabled=disabled)


def _back() -> None:
    st.query_params.pop("user", None)
    asking.forget()
