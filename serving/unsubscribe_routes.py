"""`/unsubscribe`: what the link in a mail opens. Looking changes nothing; the button, or a mail client, does.

Mail programs fetch links ahead to check them, so a GET only asks. A POST needs neither sign-in nor cookie: the signed
token is the right to do this one thing (RFC 8058, which mail clients use for their own unsubscribe button).
"""

from __future__ import annotations

import asyncio
import logging

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from core.notices import unsubscribe
from core.notices.unsubscribe import Subscription
from db.session import DatabaseProblem

_log = logging.getLogger(__name__)

_LONGEST_TOKEN = 500
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}

_PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>{{ title }} - Kubera</title>
<style>
:root { --paper: #FBF8F1; --ink: #1D2530; --brass: #86621A; --line: #DDD3BF }
@media (prefers-color-scheme: dark) { :root { --paper: #11161E; --ink: #ECE6D8; --brass: #94701F; --line: #2E3743 } }
body { background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; margin: 0 }
main { max-width: 32rem; margin: 15vh auto 0; padding: 0 1.25rem }
h1 { font: 600 1.5rem Georgia, serif }
button { background: var(--brass); color: #fff; border: 0; border-radius: 6px; font: inherit; padding: .6rem 1.1rem;
  cursor: pointer }
a { color: inherit }
hr { border: 0; border-top: 1px solid var(--line); margin: 2rem 0 1rem }
</style></head><body><main>
<h1>{{ title }}</h1><p>{{ text }}</p>
{% if button %}<form method="post" action="{{ path }}"><input type="hidden" name="token" value="{{ token }}">
{% if resume %}<input type="hidden" name="resume" value="1">{% endif %}<button type="submit">{{ button }}</button>
</form>{% endif %}
<hr><p><a href="/account?section=Notices">All choices about mails</a></p>
</main></body></html>""")


async def answer(request: Request) -> HTMLResponse:
    """GET asks, POST acts; with `resume` in the form the mails are wanted again."""
    token, resume = request.query_params.get("token", ""), False
    if request.method == "POST":
        form = await request.form(max_files=0, max_fields=8)
        token = token or str(form.get("token", ""))
        resume = form.get("resume") == "1"
    work = {"GET": unsubscribe.look, "HEAD": unsubscribe.look}.get(
        request.method, unsubscribe.resume if resume else unsubscribe.redeem
    )
    try:
        found = await asyncio.to_thread(work, token) if len(token) <= _LONGEST_TOKEN else None
    except DatabaseProblem as problem:
        _log.warning("A choice about mails could not be made: %s", problem.message)
        return _page(503, title="Not now", text="The desk is being looked after. Open the link again in a minute.")
    if found is None:
        return _page(
            404,
            title="This link is not good",
            text="It was cut off, or its account is gone. Sign in to choose which mails you get.",
        )
    return _said(found, token)


def _said(found: Subscription, token: str) -> HTMLResponse:
    what = f"{found.title}: mails {found.about}."
    if found.on:
        return _page(200, title="Stop these mails?", text=what, button="Stop them", token=token)
    return _page(
        200,
        title="No more of these mails",
        text=f"{what} What they would have said stays in your inbox on the desk.",
        button="I want them after all",
        token=token,
        resume=True,
    )


def _page(status: int, **values: object) -> HTMLResponse:
    return HTMLResponse(_PAGE.render(path=unsubscribe.PATH, **values), status_code=status, headers=_HEADERS)


def routes() -> list[Route]:
    """The route, for the application."""
    return [Route(unsubscribe.PATH, answer, methods=["GET", "POST"])]
