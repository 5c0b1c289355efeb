"""`import-trades` and `export`, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from sqlalchemy.orm import Session as Work
from typer.testing import CliRunner, Result

from core.accounts import people, sign_in
from core.accounts.errors import SignInRefused
from core.accounts.model import Origin
from core.portfolio import book, cli
from core.portfolio.imports.local_investor import USER_NAME, local_investor
from core.portfolio.kept import forget
from tests.portfolio.imports.files import DEGIRO_NL, KITE_HOLDINGS, SCHWAB, ZERODHA, somebody

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def _booted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    forget()
    monkeypatch.setattr(cli, "_boot", lambda: None)
    yield
    forget()


def _run(*words: object) -> Result:
    app = typer.Typer()
    cli.register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


def _json(*words: object) -> dict[str, Any]:
    done = _run(*words, "--json")
    assert done.exit_code == 0, done.stderr
    document: dict[str, Any] = orjson.loads(done.stdout)
    return document


def _file(folder: Path, text: str, name: str = "trades.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_booked_for_the_command_line_s_own_investor(db: Work, tmp_path: Path) -> None:
    path = _file(tmp_path, ZERODHA)
    first = _json("import-trades", path)
    assert (first["format"], first["rows"], first["accepted"], first["duplicates"]) == ("zerodha_tradebook", 5, 4, 0)
    assert [row["line"] for row in first["rejected"]] == [6]
    assert "derivative" in first["rejected"][0]["reason"]
    assert first["instruments"] == {"INFY.NS": 3, "SUZLON.NS": 1}
    again = _json("import-trades", path)
    assert (again["accepted"], again["duplicates"], len(again["rejected"])) == (0, 4, 1)
    assert len(book.ledger(local_investor()).transactions) == 4


def test_a_dry_run_books_nothing(db: Work, tmp_path: Path) -> None:
    told = _json("import-trades", _file(tmp_path, ZERODHA), "--dry-run")
    assert (told["accepted"], told["dry_run"]) == (4, True)
    assert book.ledger(local_investor()).transactions == ()
    assert book.accounts(local_investor()) == ()


def test_complete_rows_that_ask_for_attention_are_booked_and_listed(db: Work, tmp_path: Path) -> None:
    told = _json("import-trades", _file(tmp_path, DEGIRO_NL))
    assert (told["rows"], told["accepted"], told["rejected"]) == (2, 2, [])
    assert [row["line"] for row in told["attention"]] == [3]
    holdings = _file(tmp_path, KITE_HOLDINGS, "h.csv")
    assert _json("import-trades", holdings)["accepted"] == 2
    again = _json("import-trades", holdings)
    assert (again["accepted"], again["duplicates"]) == (0, 2)


def test_rows_that_tell_too_little_are_among_the_rejected(db: Work, tmp_path: Path) -> None:
    told = _json("import-trades", _file(tmp_path, SCHWAB))
    assert (told["accepted"], [row["line"] for row in told["rejected"]]) == (3, [6, 7])
    assert told["rows"] == told["accepted"] + told["duplicates"] + len(told["rejected"])


def test_an_account_and_an_investor_may_be_named(db: Work, tmp_path: Path) -> None:
    asha = somebody()
    path = _file(tmp_path, ZERODHA)
    for account, accepted in (("Kite", 4), ("kite", 0), ("Wife's", 4)):
        told = _json("import-trades", path, "--investor", asha.user_name, "--account", account)
        assert told["accepted"] == accepted
    assert [each.name for each in book.accounts(asha)] == ["Kite", "Wife's"]


def test_the_built_in_investor_cannot_sign_in(db: Work) -> None:
    investor = local_investor()
    assert local_investor() == investor
    assert people.by_login(USER_NAME) == investor
    assert investor.state == "deactivated"
    with pytest.raises(SignInRefused):
        sign_in.sign_in(USER_NAME, "correct horse battery", Origin())


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("<!DOCTYPE html><html></html>", [], "HTML page"),
        ("a,b\n1,2\n", [], "no column was recognised"),
        (ZERODHA, ["--format", "etrade"], "no such format"),
        (ZERODHA, ["--format", "coinbase"], "no file of Coinbase"),
        (ZERODHA, ["--investor", "nobody-at-all"], "Nobody is called"),
    ],
)
def test_bad_input_is_a_line_and_exit_code_two(
    db: Work, tmp_path: Path, text: str, words: list[str], said: str
) -> None:
    done = _run("import-trades", _file(tmp_path, text), *words, "--json")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there(db: Work, tmp_path: Path) -> None:
    done = _run("import-trades", tmp_path / "no.csv")
    assert (done.exit_code, "no such file" in done.stderr) == (2, True)


def test_an_export_comes_back(db: Work, tmp_path: Path) -> None:
    asha, ravi = somebody(), somebody()
    _json("import-trades", _file(tmp_path, ZERODHA), "--investor", asha.user_name)
    for form in ("csv", "xlsx", "json"):
        to = tmp_path / f"ledger.{form}"
        assert _json("export", "--to", to, "--investor", asha.user_name)["size"] == to.stat().st_size
        told = _json("import-trades", to, "--investor", ravi.user_name)
        assert (told["format"], told["accepted"] + told["duplicates"]) == ("kubera", 4)
    assert len(book.ledger(ravi).transactions) == 4
    printed = _run("export", "--investor", asha.user_name, "--json")
    assert orjson.loads(printed.stdout)["format"] == "kubera"
    assert _run("export", "--to", tmp_path / "x.pdf").exit_code == 2


def test_words_for_people(db: Work, tmp_path: Path) -> None:
    done = _run("import-trades", _file(tmp_path, ZERODHA))
    assert done.stdout.splitlines()[0] == "zerodha_tradebook: 5 rows; 4 booked, 0 there already, 1 rejected"
