"""Secrets are hidden wherever foreign text goes."""

import logging

import pytest

from core.market.redaction import HIDDEN, redact, remember

SECRET = "s3cr3t/with+signs="
remember(SECRET)


@pytest.mark.parametrize(
    "words",
    [
        f"We have detected your API key as {SECRET} and",
        f"https://example.com/?function=X&apikey={SECRET}&y=1",
        "https://example.com/?apikey=s3cr3t%2Fwith%2Bsigns%3D",
        f"{{'key': '{SECRET}'}}",
    ],
)
def test_a_remembered_secret_is_hidden_in_every_form(words: str) -> None:
    shown = redact(words)
    assert SECRET not in shown
    assert "s3cr3t" not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "words",
    [
        "GET /query?apikey=UNKNOWN1 HTTP/1.1",
        "…&crumb=UNKNOWN1&x",
        "api_key=UNKNOWN1",
        "detected your API key as UNKNOWN1 and",
        "Authorization: Bearer UNKNOWN1",
    ],
)
def test_what_looks_like_a_secret_is_hidden_unasked(words: str) -> None:
    assert "UNKNOWN1" not in redact(words)


def test_other_text_is_left_alone() -> None:
    words = "HDFC Bank: 25 requests per day, see https://example.com/?symbol=TCS.NS"
    assert redact(words) == words


def test_short_or_missing_secrets_do_not_eat_the_text() -> None:
    for secret in (None, "", "  ", "ab"):
        remember(secret)
    assert redact("about a cab") == "about a cab"


@pytest.mark.parametrize("name", ["httpx", "httpcore.connection", "yfinance"])
def test_the_libraries_logs_are_filtered(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger(name)
    logger.info("HTTP Request: %s %s", "GET", f"https://x/?apikey={SECRET}")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("it failed with %s", SECRET)
    assert len(caplog.records) == 2
    formatter = logging.Formatter("%(message)s")
    said = "".join(formatter.format(record) + repr(record.args) for record in caplog.records)
    assert SECRET not in said
    assert "ValueError" in said
