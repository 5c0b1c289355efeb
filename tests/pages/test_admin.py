"""The admin page: every section over the real and the simulated office, asking once, undoing, and who gets in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.accounts import administration, demo, limit_settings, limits, people, sessions
from core.accounts.errors import LimitReached
from core.accounts.model import Account
from core.market.service import Market
from core.operations import maintenance
from tests.pages.conftest import open_page
from tests.pages.people import CHROME, Browser, hold, press, registered, said

SECTIONS = (
    "dashboard", "users", "limits", "system", "reports", "jobs", "outbox", "backups", "sources", "activity",
    "analytics",
)  # fmt: skip


@pytest.fixture
def here(
    demo_desk: Market, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: Callable[..., None]
) -> Browser:
    """A browser on a desk whose files are the test's own."""
    environment(
        KUBERA_SECRET_KEY="5f0c1d7e9a3b48268e4d0f6b7c2a1930",
        KUBERA_BACKUP_DIR=str(tmp_path / "backups"),
        KUBERA_DATA_DIR=str(tmp_path / "data"),
    )
    return hold(monkeypatch)


@pytest.fixture
def boss(here: Browser) -> Account:
    return here.sign_in(registered("boss", name="Bina Boss", role="admin"))


@pytest.fixture
def demo_admin(here: Browser) -> Account:
    return here.sign_in(demo.create_admin_visitor(CHROME))


def page(**query: str) -> AppTest:
    return open_page("pages/admin.py", **query)


def confirmed(at: AppTest, label: str, reason: str = "") -> AppTest:
    """Press a button, give the reason it asks for, confirm."""
    press(at, label)
    if reason:
        at.text_area(key="admin_reason").set_value(reason)
    return at.button(key="admin_ask_confirm").click().run()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_a_real_empty_desk(boss: Account, section: str) -> None:
    at = page(section=section)
    assert not at.exception
    assert at.session_state["admin_section"] == section
    assert "could not be shown" not in said(at)
    assert "Simulated" not in said(at).replace("Simulated market", "").replace("Simulated prices", "").replace(
        "**Simulated**", ""
    )


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_of_the_simulated_desk_says_so(demo_admin: Account, section: str) -> None:
    at = page(section=section)
    assert not at.exception
    assert "could not be shown" not in said(at)
    assert "People, log and figures are made up" in said(at)


def test_an_unknown_section_is_the_dashboard(boss: Account) -> None:
    assert "Needs attention" in [header.value for header in page(section="<script>").subheader]


def test_an_investor_is_turned_away_without_a_word_of_it(here: Browser) -> None:
    registered("boss", role="admin")
    here.sign_in(registered("asha"))
    at = page(section="users")
    assert not at.dataframe
    assert "boss" not in said(at)
    assert "admins" in said(at)


def test_a_signed_out_browser_gets_the_sign_in_form(here: Browser) -> None:
    registered("boss", role="admin")
    at = page(section="users")
    assert not at.dataframe
    assert "Sign in to open Admin" in said(at)


def test_a_role_lost_meanwhile_is_lost_at_the_next_click(here: Browser, boss: Account) -> None:
    other = registered("other", role="admin")
    at = page(section="limits")
    press(at, "Change")
    administration.set_role(other, boss.id, "investor")
    here.sign_in(people.get(boss.id))
    at.button(key="admin_ask_confirm").click().run()
    assert next(one.most for one in limit_settings.rules(other) if one.rule == "burst") == 10
    assert limit_settings.rules(other)[0].version == 0


def test_people_are_searched_and_opened(boss: Account) -> None:
    for name in ("asha", "bela"):
        registered(name, name=name.title())
    at = page(section="users")
    assert set(at.dataframe[0].value["User name"]) == {"asha", "bela", "boss"}
    at.text_input(key="admin_users_search").set_value("bel").run()
    assert list(at.dataframe[0].value["User name"]) == ["bela"]
    at.text_input(key="admin_users_search").set_value("nobody at all").run()
    assert "Nobody fits" in said(at)


def test_hostile_names_are_shown_as_text(boss: Account) -> None:
    hostile = registered("mallory", name="**[x](javascript:alert(1))** <b>")
    at = page(section="users", user=str(hostile.id))
    assert not at.exception
    assert "\\*\\*\\[x\\]" in at.subheader[0].value


@pytest.mark.parametrize("user", ["0", "987654321", "-1", "abc", "9" * 40, "1;DROP"])
def test_a_person_who_is_not_there(boss: Account, user: str) -> None:
    at = page(section="users", user=user)
    assert not at.exception
    assert "could not be shown" not in said(at)


def test_deactivating_asks_for_a_reason_says_what_it_did_and_is_undone(boss: Account) -> None:
    asha = registered("asha")
    token = sessions.open_session(asha, CHROME)
    at = page(section="users", user=str(asha.id))
    press(at, "Deactivate")
    assert people.get(asha.id).state == "active", "asking alone does nothing"
    at.button(key="admin_ask_confirm").click().run()
    assert "Reason is missing" in said(at)
    assert people.get(asha.id).state == "active"
    at.text_area(key="admin_reason").set_value("Left the club")
    at.button(key="admin_ask_confirm").click().run()
    assert people.get(asha.id).state == "deactivated"
    assert sessions.lookup(token) is None
    assert "asha is deactivated" in said(at)
    assert "Left the club" in said(at)
    press(at, "Undo")
    assert people.get(asha.id).state == "active"
    assert "asha can sign in again" in said(at)


def test_cancelling_does_nothing(boss: Account) -> None:
    asha = registered("asha")
    at = page(section="users", user=str(asha.id))
    press(at, "Make admin")
    press(at, "Cancel")
    assert people.get(asha.id).role == "investor"
    assert "admin_ask" not in at.session_state


def test_an_own_limit_is_given_and_listed(boss: Account) -> None:
    asha = registered("asha")
    at = page(section="users", user=str(asha.id))
    at.number_input(key="admin_person_most_burst").set_value(3).run()
    confirmed(at, "Set", "A trial")
    assert [(one.rule, one.most, one.reason) for one in limit_settings.overrides(boss, asha.id)] == [
        ("burst", 3, "A trial")
    ]
    assert any("Theirs" in table.value.columns for table in at.dataframe)
    for _ in range(3):
        limits.take(asha, "chat-1")
    with pytest.raises(LimitReached):
        limits.take(asha, "chat-1")


def test_a_rule_is_changed_and_undone(boss: Account) -> None:
    at = page(section="limits")
    at.number_input(key="admin_rule_most_burst_0").set_value(5).run()
    confirmed(at, "Change")
    assert limit_settings.rules(boss)[0].most == 5
    press(at, "Undo")
    assert limit_settings.rules(boss)[0].most == 10


def test_what_another_admin_changed_meanwhile_is_not_overwritten(boss: Account) -> None:
    other = registered("other", role="admin")
    at = page(section="limits")
    at.number_input(key="admin_rule_most_burst_0").set_value(5).run()
    press(at, "Change")
    limit_settings.set_rule(other, "burst", 8, 0)
    at.button(key="admin_ask_confirm").click().run()
    assert "was changed meanwhile" in said(at)
    assert limit_settings.rules(boss)[0].most == 8
    press(at, "Cancel")
    assert at.number_input(key="admin_rule_most_burst_1").value == 8, "the field shows what holds now"


def test_maintenance_is_started_with_a_message_and_ended(boss: Account) -> None:
    at = page(section="system")
    at.text_area(key="admin_maintenance_message").set_value("Moving house").run()
    confirmed(at, "Start maintenance")
    on = maintenance.state().maintenance
    assert on is not None
    assert on.message == "Moving house"
    assert not at.exception, "admins stay in"
    confirmed(at, "End maintenance")
    assert maintenance.state().maintenance is None


def test_a_source_is_switched_off_after_asking(boss: Account) -> None:
    at = page(section="sources")
    at.button(key="admin_source_yahoo").click().run()
    at.button(key="admin_ask_confirm").click().run()
    assert "Switched off" in said(at)
    press(at, "Undo")
    assert "Switched off" not in said(at)


def test_the_way_back_ends_with_the_section(boss: Account) -> None:
    at = page(section="limits")
    at.number_input(key="admin_rule_most_burst_0").set_value(5).run()
    confirmed(at, "Change")
    assert [button.label for button in at.button].count("Undo") == 1
    at.get("pills")[0].set_value("jobs").run()
    assert "Undo" not in [button.label for button in at.button]
    assert at.query_params["section"] in ("jobs", ["jobs"])


def test_the_dashboard_leads_to_what_needs_attention(boss: Account) -> None:
    at = page()
    assert "There is no backup yet" in said(at)
    index = next(i for i, one in enumerate(b for b in at.button if b.label == "Look"))
    at.button(key=f"admin_problem_{index}").click().run()
    assert at.session_state["admin_section"] == "backups"


def test_a_demo_admin_changes_nothing_real(demo_admin: Account) -> None:
    asha = registered("asha")
    boss = registered("boss", role="admin")
    at = page(section="limits")
    at.number_input(key="admin_rule_most_burst_1").set_value(2).run()
    confirmed(at, "Change")
    assert "is 2 for everybody now" in said(at)
    assert limit_settings.rules(boss)[0].most == 10
    at.get("pills")[0].set_value("users").run()
    assert "asha@example.com" not in set(at.dataframe[0].value["E-mail"])
    assert at.dataframe[0].value["E-mail"].str.endswith("@simulated.example").all()
    assert people.get(asha.id).state == "active"
