"""The routes that set and delete the cookie of a sign-in, attacked over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from components import session as browser_session
from components.cookies import SESSION_COOKIE, VISITOR_COOKIE, XSRF_COOKIE, binding
from core.accounts import demo, sessions
from core.accounts.model import Account, Origin
from serving import session_routes
from serving.cookies import VisitorCookie
from tests.conftest import HeldClock

Browse = Callable[[], TestClient]


@pytest.fixture
def browse(fresh_db: str, clock: HeldClock, environment: Callable[..., None]) -> Iterator[Browse]:
    """browse() -> a browser with cookies of its own that has opened the first page."""
    environment(KUBERA_SECRET_KEY="k" * 32)
    app = Starlette(
        routes=[*session_routes.routes(), Route("/", lambda _request: HTMLResponse("<html></html>"))],
        middleware=[Middleware(VisitorCookie)],
    )
    opened: list[TestClient] = []

    def new_browser() -> TestClient:
        client = TestClient(app, base_url="http://desk.example", follow_redirects=False)
        client.get("/")
        client.cookies.set(XSRF_COOKIE, generate_xsrf_token_string(), domain="desk.example", path="/")
        opened.append(client)
        return client

    yield new_browser
    for client in opened:
        client.close()


@pytest.fixture
def account(browse: Browse) -> Account:
    return demo.create_visitor(Origin())


def bound_to(client: TestClient) -> str:
    found = binding(dict(client.cookies))
    assert len(found) == 64
    return found


def ticket_for(client: TestClient, account: Account, next_path: str = "/charts?symbol=TCS.NS&range=1y") -> str:
    return sessions.issue_ticket(account, Origin(), binding=bound_to(client), next_path=next_path)


def open_with(client: TestClient, ticket: str, **headers: str) -> httpx.Response:
    return client.get("/session/open", params={"ticket": ticket}, headers=headers)


def close(client: TestClient, stamp: str | None = None) -> httpx.Response:
    made = browser_session.close_stamp(dict(client.cookies)) if stamp is None else stamp
    return client.get("/session/close", params={"stamp": made})


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign_in?problem=ticket"
    assert "set-cookie" not in answer.headers


def test_a_ticket_sets_the_cookie_and_leads_to_the_deep_link(browse: Browse, account: Account) -> None:
    client = browse()
    answer = open_with(client, ticket_for(client, account))
    assert answer.status_code == 303
    assert answer.headers["location"] == "/charts?symbol=TCS.NS&range=1y"
    found = sessions.lookup(client.cookies[SESSION_COOKIE])
    assert found is not None
    assert found.account.id == account.id


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browse: Browse, account: Account) -> None:
    client = browse()
    cookie = open_with(client, ticket_for(client, account)).headers["set-cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith(f"{SESSION_COOKIE}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(attributes)
    assert "Secure" not in attributes, "plain http could not keep it"
    assert not any(attribute.startswith("Domain") for attribute in attributes)
    over_https = open_with(client, ticket_for(client, account), **{"X-Forwarded-Proto": "https"})
    assert "Secure" in over_https.headers["set-cookie"].split("; ")


def test_no_answer_of_the_routes_is_kept_or_told_on(browse: Browse, account: Account) -> None:
    client = browse()
    for answer in (open_with(client, ticket_for(client, account)), open_with(client, "x" * 43), close(client)):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_ticket_is_good_once(browse: Browse, account: Account) -> None:
    client = browse()
    ticket = ticket_for(client, account)
    assert SESSION_COOKIE in open_with(client, ticket).headers["set-cookie"]
    refused(open_with(client, ticket))


def test_of_twenty_browsers_windows_with_one_ticket_one_gets_in(browse: Browse, account: Account) -> None:
    client = browse()
    ticket, cookies = ticket_for(client, account), dict(client.cookies)
    answers: list[httpx.Response] = []

    def race() -> None:
        mine = browse()
        mine.cookies.clear()
        for name, value in cookies.items():
            mine.cookies.set(name, value, domain="desk.example", path="/")
        answers.append(open_with(mine, ticket))

    threads = [threading.Thread(target=race) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert sum("set-cookie" in answer.headers for answer in answers) == 1
    assert len(sessions.sessions_of(account)) == 1


def test_a_ticket_is_worth_nothing_in_another_browser_and_is_then_used_up(browse: Browse, account: Account) -> None:
    mine, thief = browse(), browse()
    ticket = ticket_for(mine, account)
    refused(open_with(thief, ticket))
    refused(open_with(mine, ticket))
    assert sessions.sessions_of(account) == ()


def test_nobody_is_signed_in_to_an_attackers_account_by_a_link(browse: Browse, account: Account) -> None:
    """Login CSRF: the attacker's own ticket, opened by a victim who is signed in as somebody else."""
    attacker, victim = browse(), browse()
    theirs = demo.create_visitor(Origin())
    open_with(victim, ticket_for(victim, theirs))
    before = victim.cookies[SESSION_COOKIE]
    refused(open_with(victim, ticket_for(attacker, account)))
    assert victim.cookies[SESSION_COOKIE] == before
    assert sessions.lookup(before) is not None


def test_a_cookie_put_there_before_is_never_adopted(browse: Browse, account: Account) -> None:
    """Session fixation: a sign-in makes a token of its own; the planted one opens nothing."""
    client, planted = browse(), "A" * 43
    client.cookies.set(SESSION_COOKIE, planted, domain="desk.example", path="/")
    answer = open_with(client, ticket_for(client, account))
    assert f"{SESSION_COOKIE}={planted}" not in answer.headers["set-cookie"]
    assert sessions.lookup(planted) is None
    assert len(sessions.sessions_of(account)) == 1


def test_signing_in_again_leaves_no_second_session(browse: Browse, account: Account) -> None:
    client = browse()
    open_with(client, ticket_for(client, account))
    first = client.cookies[SESSION_COOKIE]
    open_with(client, ticket_for(client, account))
    assert client.cookies[SESSION_COOKIE] != first
    assert sessions.lookup(first) is None
    assert len(sessions.sessions_of(account)) == 1


def test_a_ticket_is_too_old_after_half_a_minute(browse: Browse, account: Account, clock: HeldClock) -> None:
    client = browse()
    ticket = ticket_for(client, account)
    clock.advance(timedelta(seconds=31))
    refused(open_with(client, ticket))


def test_a_look_at_the_headers_does_not_use_the_ticket(browse: Browse, account: Account) -> None:
    client = browse()
    ticket = ticket_for(client, account)
    assert client.head("/session/open", params={"ticket": ticket}).status_code == 405
    assert client.post("/session/open", params={"ticket": ticket}).status_code == 405
    assert SESSION_COOKIE in open_with(client, ticket).headers["set-cookie"]


@pytest.mark.parametrize("ticket", ["", "short", "x" * 43, "x" * 5000, "' OR 1=1 --" * 4, "\x00" * 43, "é" * 43])
def test_what_is_no_ticket_is_calmly_refused(browse: Browse, ticket: str) -> None:
    refused(open_with(browse(), ticket))


def test_a_browser_without_cookies_cannot_bring_a_ticket(browse: Browse, account: Account) -> None:
    client = browse()
    ticket = ticket_for(client, account)
    client.cookies.clear()
    refused(open_with(client, ticket))


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "///evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"),
        *("/\t/evil.example", "/%0d%0aSet-Cookie:%20a=b/..//evil.example", "/charts/../../evil", "/a b", "/é"),
        *("/charts#//evil", "/session/close?stamp=x", "/charts?next=a\nb", "", "charts", "/?q=" + "a" * 3000),
    ],
)
def test_no_way_back_leads_elsewhere(path: str) -> None:
    assert browser_session.local_path(path) == "/"


@pytest.mark.parametrize(
    "path", ["/", "/charts", "/charts?symbol=%5ENSEI&ind=sma:20,rsi", "/data?show=Sources", "/?r=US"]
)
def test_pages_of_the_desk_are_ways_back(path: str) -> None:
    assert browser_session.local_path(path) == path


def test_what_the_database_holds_as_a_way_back_is_checked_again(browse: Browse, account: Account) -> None:
    client = browse()
    answer = open_with(client, ticket_for(client, account, "/charts/../x?y"))
    assert answer.headers["location"] == "/"


def test_signing_out_ends_the_session_and_the_cookie(browse: Browse, account: Account) -> None:
    client = browse()
    open_with(client, ticket_for(client, account))
    held = client.cookies[SESSION_COOKIE]
    answer = close(client)
    assert answer.headers["location"] == "/"
    assert "Max-Age=0" in answer.headers["set-cookie"].split("; ")
    assert sessions.lookup(held) is None


def test_the_cookie_of_a_closed_session_is_worth_nothing_afterwards(browse: Browse, account: Account) -> None:
    client = browse()
    open_with(client, ticket_for(client, account))
    held = client.cookies[SESSION_COOKIE]
    close(client)
    client.cookies.set(SESSION_COOKIE, held, domain="desk.example", path="/")
    assert sessions.lookup(held) is None
    close(client)
    assert sessions.sessions_of(account) == ()


def test_a_link_elsewhere_signs_nobody_out(browse: Browse, account: Account, clock: HeldClock) -> None:
    victim, attacker = browse(), browse()
    open_with(victim, ticket_for(victim, account))
    held = victim.cookies[SESSION_COOKIE]
    old = browser_session.close_stamp(dict(victim.cookies))
    clock.advance(timedelta(seconds=61))
    early = browser_session.close_stamp(dict(victim.cookies))
    clock.advance(timedelta(seconds=-61))
    of_another = browser_session.close_stamp(dict(attacker.cookies))
    clock.advance(timedelta(seconds=61))
    for stamp in ("", "x", "a.b", of_another, old[:-1], old):
        answer = close(victim, stamp)
        assert answer.status_code == 303
        assert "set-cookie" not in answer.headers
    assert sessions.lookup(held) is not None
    assert "set-cookie" in close(victim, early).headers


def test_the_ticket_survives_that_streamlit_writes_its_cookie_anew(browse: Browse, account: Account) -> None:
    """Its mask is new in every answer; the bytes inside stay."""
    client = browse()
    ticket = ticket_for(client, account)
    from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

    inside, at = decode_xsrf_token_string(client.cookies[XSRF_COOKIE])
    written_anew = generate_xsrf_token_string(inside, at)
    assert written_anew != client.cookies[XSRF_COOKIE]
    client.cookies.set(XSRF_COOKIE, written_anew, domain="desk.example", path="/")
    assert SESSION_COOKIE in open_with(client, ticket).headers["set-cookie"]


def test_the_visitors_cookie_alone_or_streamlits_alone_binds_nothing() -> None:
    visitor, xsrf = {VISITOR_COOKIE: "v" * 43}, {XSRF_COOKIE: generate_xsrf_token_string()}
    assert binding(visitor) == binding(xsrf) == binding({**visitor, XSRF_COOKIE: "2|zz|zz|1"}) == ""
    assert len(binding(visitor | xsrf)) == 64


def test_while_the_database_is_away_the_sign_in_says_so(
    browse: Browse, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db.session import DatabaseAway

    def away(*_: object, **__: object) -> None:
        raise DatabaseAway("The database does not answer.", "Wait.")

    client = browse()
    ticket = ticket_for(client, account)
    monkeypatch.setattr(sessions, "redeem_ticket", away)
    answer = open_with(client, ticket)
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"problem": ["database"]}
    assert "set-cookie" not in answer.headers
