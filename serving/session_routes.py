"""`GET /session/open` and `GET /session/close`: the only two places that write or delete the cookie of a sign-in.

A page cannot set a cookie that scripts cannot read, so it sends the browser here: with a one-time ticket to sign in,
with a short-lived stamp to sign out. Both are bound to the browser they were made for, so that a link in a foreign page
can neither sign anybody in nor out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from components.cookies import SESSION_COOKIE, VISITOR_COOKIE, binding, hash_of, token
from components.origin import client_address, user_agent
from components.session import CLOSE_ROUTE, OPEN_ROUTE, PROBLEM_PARAMETER, close_stamp_is_good, local_path
from core.accounts.errors import AccountError
from core.accounts.model import Origin
from core.settings import get_settings
from db.session import DatabaseProblem
from serving.cookies import cookies_of, set_cookie

_log = logging.getLogger(__name__)

_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


async def open_session(request: Request) -> Response:
    """Redeem a ticket: set the session's cookie and go on to the page the investor wanted."""
    from core.accounts import sessions

    if request.method != "GET":  # a look at the headers must not use up the ticket
        return Response(status_code=405, headers={"Allow": "GET", **_HEADERS})
    ticket = request.query_params.get("ticket", "")
    cookies = cookies_of(request.scope)
    bound = binding(cookies)
    if not bound or not 20 <= len(ticket) <= 200:
        return _redirect(f"/sign_in?{PROBLEM_PARAMETER}=ticket")
    try:
        opened = await asyncio.to_thread(
            sessions.redeem_ticket,
            ticket,
            bound,
            origin_of(request),
            # Who signs in again in the same browser leaves no second session behind.
            replaces=token(cookies, SESSION_COOKIE) or "",
        )
    except AccountError:
        return _redirect(f"/sign_in?{PROBLEM_PARAMETER}=ticket")
    except DatabaseProblem as problem:
        _log.warning("A sign-in could not be completed: %s", problem.message)
        return _redirect(f"/sign_in?{PROBLEM_PARAMETER}=database")
    answer = _redirect(local_path(opened.next_path))
    seconds = int(get_settings().accounts.lifetime_hours * 3600)
    answer.headers.append("Set-Cookie", set_cookie(request.scope, SESSION_COOKIE, opened.token, seconds))
    return answer


async def close_session(request: Request) -> Response:
    """End this browser's session and delete its cookie, when a page of this browser asked for it just now."""
    from core.accounts import sessions

    if request.method != "GET":
        return Response(status_code=405, headers={"Allow": "GET", **_HEADERS})
    cookies = cookies_of(request.scope)
    answer = _redirect("/")
    if not close_stamp_is_good(request.query_params.get("stamp", ""), cookies):
        return answer
    before = token(cookies, SESSION_COOKIE)
    if before is not None:
        try:
            await asyncio.to_thread(sessions.end, before)
        except DatabaseProblem as problem:
            # Without the cookie this browser is signed out all the same; the session ends unused.
            _log.warning("A session could not be ended in the database: %s", problem.message)
    answer.headers.append("Set-Cookie", set_cookie(request.scope, SESSION_COOKIE, "", 0))
    return answer


def origin_of(request: Request) -> Origin:
    """Where a request of plain HTTP comes from."""
    visitor = token(cookies_of(request.scope), VISITOR_COOKIE)
    return Origin(
        ip=client_address(
            request.client.host if request.client else "",
            request.headers.getlist("X-Forwarded-For"),
            get_settings().accounts.trusted_proxies,
        ),
        user_agent=user_agent(request.headers.get("User-Agent")),
        device=hash_of(visitor) if visitor else "",
    )


def _redirect(target: str) -> RedirectResponse:
    return RedirectResponse(target, status_code=303, headers=_HEADERS)


def routes() -> list[Route]:
    """Both routes, for the application."""
    handlers: tuple[tuple[str, Callable[..., object]], ...] = ((OPEN_ROUTE, open_session), (CLOSE_ROUTE, close_session))
    return [Route(path, handler, methods=["GET"]) for path, handler in handlers]
