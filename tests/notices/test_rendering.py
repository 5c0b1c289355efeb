"""Every kind in words: complete, safe whatever it is told, and readable as text and as HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from core.notices.errors import WrongNotice
from core.notices.kinds import KINDS, OPTIONAL_KINDS, Kind, kind_of
from core.notices.model import Table
from core.notices.rendering import LINE, TEMPLATES, render, sentences

AT = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
ASKED = {
    "registration_code",
    "password_reset_code",
    "admin_sign_in_code",
    "welcome",
    "password_changed",
    "email_changed",
    "new_device",
    "account_deactivated",
    "account_reactivated",
    "account_deleted",
    "burst_limit_reached",
    "chat_limit_reached",
    "hourly_limit_reached",
    "daily_limit_reached",
    "limits_changed",
    "daily_report",
    "weekly_report",
    "monthly_report",
    "price_alert",
    "order_needs_approval",
    "maintenance_announced",
    "maintenance_over",
    "security_alert",
    "job_failed",
    "address_already_known",
    "email_change_code",
    "recovery_code_used",
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))

_VOID = {"meta", "br", "img", "hr"}


class Seen(HTMLParser):
    """What a document holds: tags in balance, attributes, text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in _VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value or "")
            if name in {"src", "background", "srcset", "action"}:
                self.sources.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@pytest.fixture(autouse=True)
def _public(environment: Callable[..., None]) -> None:
    environment(KUBERA_PUBLIC_URL="https://desk.test", KUBERA_SECRET_KEY="k" * 40)


def test_all_kinds_that_were_asked_for_are_there_and_have_words() -> None:
    assert set(KINDS) >= ASKED
    assert {file.name.removesuffix(".j2") for file in TEMPLATES.glob("*.j2")} == {*KINDS, "layout.txt", "layout.html"}


def test_what_concerns_the_account_cannot_be_declined() -> None:
    assert all(KINDS[name].essential for name in KINDS if KINDS[name].secret)
    assert {"password_changed", "new_device", "account_deactivated", "security_alert"}.isdisjoint(OPTIONAL_KINDS)
    assert {"daily_report", "price_alert", "hourly_limit_reached", "maintenance_announced"} <= set(OPTIONAL_KINDS)
    with pytest.raises(WrongNotice, match="no kind of notice 'sms'"):
        kind_of("sms")


@EVERY_KIND
def test_a_sample_reads_well(kind: Kind) -> None:
    words = render(kind.name, kind.sample(), posted_at=AT)
    assert words.subject
    assert len(words.subject) <= 150
    assert words.brief.endswith((".", "%", "less"))
    for line in words.text.splitlines():
        assert len(line) <= LINE or "://" in line
    assert "None" not in words.text + words.html
    assert "{{" not in words.text + words.html
    assert "\n\n\n" not in words.text
    assert "&#" not in words.text
    seen = Seen(words.html)
    assert seen.open == []
    assert seen.sources == [], "a mail loads nothing"
    assert seen.links == ([f"https://desk.test{kind.sample().get('path', kind.link)}"] if kind.link else [])
    in_html = " ".join(seen.text.split())
    for field in kind.fields:
        if field.type in {"text", "code", "message"} and field.sample and (field.label or field.type != "text"):
            assert field.sample in " ".join(words.text.split()), "the plain text says it too"
            assert field.sample in in_html


@EVERY_KIND
def test_what_is_optional_may_be_absent(kind: Kind) -> None:
    optional = {field.name for field in kind.fields if field.optional}
    words = render(kind.name, {name: v for name, v in kind.sample().items() if name not in optional}, posted_at=AT)
    assert "None" not in words.subject + words.brief + words.text + words.html
    assert Seen(words.html).open == []


HOSTILE = '<script>alert(1)</script>\r\nBcc: x@example.com \u202e\' onclick="x" {{ 7*7 }} https://evil.example/x'


def hostile(kind: Kind) -> dict[str, Any]:
    context = kind.sample()
    for field in kind.fields:
        match field.type:
            case "text" | "message":
                context[field.name] = HOSTILE
            case "texts":
                context[field.name] = [HOSTILE] * 3
            case "pairs":
                context[field.name] = [[HOSTILE, HOSTILE]]
            case "tables":
                context[field.name] = [Table(HOSTILE, (HOSTILE, "b"), ((HOSTILE, "2"),))]
    return context


@EVERY_KIND
def test_hostile_words_stay_words(kind: Kind) -> None:
    words = render(kind.name, hostile(kind), posted_at=AT)
    seen = Seen(words.html)
    assert "script" not in seen.tags
    assert seen.handlers == []
    assert seen.open == []
    assert all(link.startswith("https://desk.test/") for link in seen.links)
    assert "\n" not in words.subject
    assert "\r" not in words.text + words.subject + words.brief
    assert "\u202e" not in words.text + words.html
    assert 'onclick="x" 49' not in words.text, "words are no template"
    if not any(field.type == "message" for field in kind.fields):
        assert "evil.example" not in words.text, "nobody's name becomes a link"


def test_the_code_is_in_the_mail_and_nowhere_a_lock_screen_shows_it() -> None:
    words = render("registration_code", KINDS["registration_code"].sample(), posted_at=AT)
    assert "482913" in words.text
    assert words.html.count("482913") == 1
    assert "482913" not in words.subject + words.brief


def test_times_are_written_for_the_reader() -> None:
    sample = KINDS["registration_code"].sample()
    assert "until 11:40 IST" in " ".join(render("registration_code", sample, posted_at=AT).text.split())
    there = render("registration_code", {**sample, "timezone": "America/New_York"}, posted_at=AT)
    assert "until 01:10 EST" in " ".join(there.text.split())
    later = render("registration_code", sample, posted_at=datetime(2026, 11, 16, tzinfo=UTC))
    assert "18 Nov, 11:40 IST" in " ".join(later.text.split())


def test_without_a_public_address_no_link_is_made(environment: Callable[..., None]) -> None:
    environment(KUBERA_PUBLIC_URL=None)
    words = render("price_alert", KINDS["price_alert"].sample(), posted_at=AT, unsubscribe_path="/unsubscribe?token=x")
    assert Seen(words.html).links == []
    assert "://" not in words.text


def test_the_unsubscribe_link_stands_in_both_bodies() -> None:
    words = render("price_alert", KINDS["price_alert"].sample(), posted_at=AT, unsubscribe_path="/unsubscribe?token=x")
    assert Seen(words.html).links[-1] == "https://desk.test/unsubscribe?token=x"
    assert "https://desk.test/unsubscribe?token=x" in words.text


def test_one_recovery_code_is_not_plural_and_few_are_said_to_be_few() -> None:
    sample = KINDS["recovery_code_used"].sample()
    assert sentences("recovery_code_used", {**sample, "left": 1}).brief.endswith("1 is left.")
    assert "Few are left" in render("recovery_code_used", {**sample, "left": 2}).text
    assert "Few are left" not in render("recovery_code_used", {**sample, "left": 3}).text


def test_html_is_what_mail_clients_take() -> None:
    html = render("daily_report", KINDS["daily_report"].sample(), posted_at=AT).html
    assert 'name="color-scheme" content="light dark"' in html
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 600px" in html
    tags = set(Seen(html).tags)
    assert tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "div",
        "table",
        "tr",
        "td",
        "th",
        "h1",
        "p",
        "a",
        "br",
    }
    assert len(html.encode()) < 100_000, "longer mails are cut by some clients"
    assert not re.search(r"url\(|@import|<link", html)
