"""`ask` on the command line, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from core.assistant import answer, cli
from core.portfolio.imports import local_investor
from tests.assistant.tools.desks import at, service

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    cli.register(app)
    monkeypatch.setattr(cli, "_boot", lambda: None)
    monkeypatch.setattr(answer, "market", service)
    monkeypatch.setattr(local_investor, "local_investor", lambda: None)
    with at():
        yield lambda *words: CliRunner().invoke(app, ["ask", *words])


def test_one_document_with_everything_promised(run: Run) -> None:
    found = run("RSI of TCS", "--json")
    document = json.loads(found.stdout)
    assert found.exit_code == 0
    assert set(document) == {"answer", "outcome", "tools", "symbols", "numbers", "ungrounded", "ms"}
    assert document["outcome"] == "answered"
    assert document["tools"] == [{"id": "t1", "name": "get_rsi", "args": {"symbol": "TCS.NS"}}]
    assert document["symbols"] == ["TCS.NS"]
    assert document["ungrounded"] == []
    assert {"text", "value", "cite"} == set(document["numbers"][0])


def test_the_question_before_is_taken_into_account(run: Run) -> None:
    document = json.loads(run("and its PE?", "--after", "RSI of TCS", "--json").stdout)
    assert [one["name"] for one in document["tools"]] == ["get_valuation_metrics"]


def test_a_batch_goes_on_after_a_bad_line(run: Run, tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "q": "hello"}',
        "nonsense",
        '{"id": "b", "q": 5}',
        "[]",
        '{"id": 3, "q": "weekly?", "after": "RSI of TCS"}',
        "",
    ]
    path = tmp_path / "questions.jsonl"
    path.write_bytes("\n".join(lines).encode() + b"\n\xff\xfe\n")
    found = [json.loads(line) for line in run("--batch", str(path)).stdout.splitlines()]
    assert [one["id"] for one in found] == [1, None, "b", None, 3, None]
    assert [("error" in one) for one in found] == [False, True, True, True, False, True]
    assert found[4]["tools"][0]["args"] == {"symbol": "TCS.NS", "interval": "1wk"}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("x", "--batch", "nowhere.jsonl"),
        ("--batch", "nowhere.jsonl"),
        ("x", "--as-of", "soon"),
        ("x", "--model", "groq:some"),
        ("x", "--model", "none"),
    ],
)
def test_bad_words_end_with_two_and_a_line(run: Run, words: tuple[str, ...]) -> None:
    found = run(*words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert found.stderr.strip()
    assert "Traceback" not in found.stderr
