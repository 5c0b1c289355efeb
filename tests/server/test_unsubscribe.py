"""The link in a mail, opened by people, by programs that fetch links ahead, and by whoever tampers with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.accounts import demo
from core.accounts.model import Account, Origin
from core.notices import choices, unsubscribe
from serving import unsubscribe_routes

KIND = "price_alert"


@pytest.fixture
def client(fresh_db: str, environment: Callable[..., None]) -> Iterator[TestClient]:
    environment(KUBERA_SECRET_KEY="k" * 32)
    with TestClient(Starlette(routes=unsubscribe_routes.routes()), base_url="http://desk.example") as opened:
        yield opened


@pytest.fixture
def account(client: TestClient) -> Account:
    return demo.create_visitor(Origin())


def declines(account: Account) -> bool:
    return KIND in choices.declined(account.id)


def token_of(path: str) -> str:
    return path.partition("token=")[2]


def test_looking_changes_nothing_and_pressing_does(client: TestClient, account: Account) -> None:
    path = unsubscribe.link(account.id, KIND)
    for _ in range(2):
        asked = client.get(path)
        assert asked.status_code == 200
        assert "Stop these mails?" in asked.text
    assert client.head(path).status_code == 200
    assert not declines(account)
    done = client.post("/unsubscribe", data={"token": token_of(path)})
    assert done.status_code == 200
    assert "No more of these mails" in done.text
    assert declines(account)
    back = client.post("/unsubscribe", data={"token": token_of(path), "resume": "1"})
    assert "Stop these mails?" in back.text
    assert not declines(account)


def test_a_mail_clients_own_button_works_without_a_cookie(client: TestClient, account: Account) -> None:
    answer = client.post(unsubscribe.link(account.id, KIND), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert declines(account)
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("change", ["", "x", "drop", "long", "<script>alert(1)</script>"])
def test_a_link_that_is_not_good_changes_nothing_and_is_not_repeated(
    client: TestClient, account: Account, change: str
) -> None:
    good = token_of(unsubscribe.link(account.id, KIND))
    token = {"": "", "drop": good[:-2], "long": good * 50}.get(change, good + change)
    for answer in (
        client.get("/unsubscribe", params={"token": token}),
        client.post("/unsubscribe", data={"token": token}),
    ):
        assert answer.status_code == 404
        assert "This link is not good" in answer.text
        assert "<script" not in answer.text
    assert not declines(account)


def test_essential_mails_have_no_such_link(client: TestClient, account: Account) -> None:
    token = token_of(unsubscribe.link(account.id, "password_changed"))
    assert client.post("/unsubscribe", data={"token": token}).status_code == 404


def test_the_page_may_load_nothing_and_stand_in_no_frame(client: TestClient, account: Account) -> None:
    headers = client.get(unsubscribe.link(account.id, KIND)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_a_form_with_files_is_refused_not_stored(client: TestClient, account: Account) -> None:
    answer = client.post(
        unsubscribe.link(account.id, KIND), files={"token": ("t.txt", b"x" * 1000)}, follow_redirects=False
    )
    assert answer.status_code == 400
    assert not declines(account)
