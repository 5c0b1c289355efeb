"""The market's commands: JSON alone on standard output, errors beside it with their exit code."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

import core.boot
from core.indicators import cli as indicators_cli
from core.market import cli, service
from tests.market.service.test_own_files import a_file
from tests.shared import SHARED

Run = Callable[..., Result]


@pytest.fixture
def run(fresh_db: str, clock: object, monkeypatch: pytest.MonkeyPatch) -> Run:
    """run("bars", "TCS", "--json") -> Result, on the simulated market and a database of the test's own."""
    monkeypatch.setattr(core.boot, "boot", lambda role: None)
    service.reset_market()
    app = typer.Typer()
    cli.register(app)
    indicators_cli.register(app)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def document(result: Result) -> dict:
    assert result.exit_code == 0, result.stderr
    assert result.stdout.count("\n") == 1, "more than one document on standard output"
    return json.loads(result.stdout)


@pytest.fixture
def year(tmp_path: Path) -> Path:
    path = tmp_path / "my bars.csv"
    path.write_bytes(a_file(date(2025, 1, 1), date(2025, 12, 31)))
    return path


def test_bars_of_a_name(run: Run) -> None:
    told = document(run("bars", "infosys", "--start", "2026-11-02", "--end", "2026-11-06", "--json"))
    assert (told["symbol"], told["source"], told["interval"]) == ("INFY.NS", "demo", "1d")
    assert [bar["date"] for bar in told["bars"]] == [
        "2026-11-02",
        "2026-11-03",
        "2026-11-04",
        "2026-11-05",
        "2026-11-06",
    ]
    assert set(told["bars"][0]) == {"date", "open", "high", "low", "close", "volume"}
    assert told["warnings"][0]["kind"] == "simulated"


def test_intraday_bars_carry_exchange_time(run: Run) -> None:
    told = document(
        run("bars", "TCS.NS", "--interval", "15m", "--start", "2026-11-17", "--end", "2026-11-17", "--json")
    )
    assert told["bars"][0]["time"] == "2026-11-17T09:15:00+05:30"
    assert len(told["bars"]) == 25


def test_bars_as_of_a_day_end_with_it(run: Run) -> None:
    told = document(run("bars", "TCS.NS", "--as-of", "2026-03-02", "--json"))
    assert told["bars"][-1]["date"] == "2026-03-02"


def test_what_is_not_known_is_null(run: Run) -> None:
    told = document(run("bars", "^NSEI", "--start", "2026-11-02", "--json"))
    assert all(bar["volume"] is None or bar["volume"] >= 0 for bar in told["bars"])
    assert "NaN" not in json.dumps(told)


def test_an_imported_file_is_found_by_every_command(run: Run, year: Path) -> None:
    report = document(run("import-bars", year, "--symbol", "myfund", "--json"))
    assert report["rows"] == report["accepted"] + report["rejected"]
    assert {"rows", "accepted", "repaired", "rejected", "first", "last", "problems"} <= set(report)
    told = document(run("bars", "MYFUND", "--json"))
    assert (told["source"], len(told["bars"])) == ("file", report["accepted"])
    rsi = document(run("indicator", "rsi", "MYFUND", "--param", "length=21", "--last", "5", "--json"))
    assert rsi["params"]["length"] == 21
    assert len(rsi["rows"]) == 5
    assert rsi["source"] == "file"
    assert document(run("levels", "MYFUND", "--json"))["liquidation"] is None
    assert {"candles", "charts"} <= set(document(run("patterns", "MYFUND", "--json")))


def test_several_files_are_one_document(run: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    first.write_bytes(a_file(date(2025, 1, 1), date(2025, 6, 30)))
    second.write_bytes(gzip.compress(a_file(date(2025, 7, 1), date(2025, 12, 31), seed=4)))
    told = document(run("import-bars", first, second, "--symbol", "MYFUND", "--json"))
    assert [one["file"] for one in told["files"]] == ["a.csv", "b.csv.gz"]
    assert told["rows"] == sum(one["rows"] for one in told["files"])
    assert len(document(run("bars", "MYFUND", "--json"))["bars"]) == told["accepted"]


@pytest.mark.parametrize(
    "words", [("bars",), ("indicator", "macd"), ("levels",), ("patterns",)], ids=lambda words: words[0]
)
def test_a_file_in_place_of_a_symbol_stores_nothing(run: Run, year: Path, words: tuple[str, ...]) -> None:
    told = document(run(*words, "--file", year, "--json"))
    assert told["symbol"] == "MY_BARS"
    assert told["source"] == "file"
    assert run("bars", "MY_BARS").exit_code == 2, "the file was stored"


def test_a_files_bars_can_be_cut_and_made_longer(run: Run, year: Path) -> None:
    cut = document(run("bars", "--file", year, "--start", "2025-03-03", "--end", "2025-03-31", "--json"))
    assert {bar["date"][:7] for bar in cut["bars"]} == {"2025-03"}
    months = document(run("bars", "--file", year, "--interval", "1mo", "--json"))
    assert len(months["bars"]) == 12
    assert run("bars", "--file", year, "--interval", "1m").exit_code == 2


def test_crypto_has_liquidation_zones(run: Run) -> None:
    assert document(run("levels", "BTC-USD", "--start", "2026-01-01", "--json"))["liquidation"]["zones"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bars",), "Give a symbol"),
        (("bars", "tata"), "Choose one of them"),
        (("bars", "qqqqqzzzz"), "No instrument"),
        (("bars", "TCS.NS", "--start", "yesterday"), "2026-01-31"),
        (("bars", "TCS.NS", "--start", "2030-01-01"), "future"),
        (("bars", "TCS.NS", "--start", "2026-05-01", "--end", "2026-04-01"), "not before"),
        (("bars", "TCS.NS", "--interval", "2d"), "1wk"),
        (("bars", "TCS.NS", "--source", "reuters"), "yahoo"),
        (("bars", "TCS.NS", "--adjust", "magic"), "dividends"),
        (("bars", "--file", "no/such/file.csv"), "no such file"),
        (("bars", "TCS.NS", "--file", "x.csv"), "not both"),
        (("import-bars", "no/such/file.csv", "--symbol", "A"), "no such file"),
        (("indicator", "nonsense", "TCS.NS"), "nonsense"),
        (("indicator", "rsi", "TCS.NS", "--param", "length=abc"), "length"),
        (("indicator", "rsi", "TCS.NS", "--param", "length"), "NAME=VALUE"),
        (("indicator", "rsi", "TCS.NS", "--param", "colour=3"), "colour"),
    ],
)
@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_bad_input_is_one_message_and_exit_code_2(
    run: Run, words: tuple[str, ...], said: str, as_json: tuple[str, ...]
) -> None:
    result = run(*words, *as_json)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("data", [b"<html></html>", b"", b"Date,Open,High,Low,Close\n", bytes(range(256)) * 50])
def test_a_file_that_is_no_bars(run: Run, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(data)
    for words in (("import-bars", path, "--symbol", "A"), ("bars", "--file", path), ("levels", "--file", path)):
        result = run(*words, "--json")
        assert result.exit_code == 2
        assert result.stdout == ""
        assert "bars.csv" in result.stderr
        assert isinstance(result.exception, SystemExit)


def test_a_failure_is_exit_code_1(run: Run) -> None:
    result = run("bars", "TCS.NS", "--source", "alpha_vantage", "--json")
    assert result.exit_code == 1
    assert "ALPHA_VANTAGE_API_KEY" in result.stderr
    assert result.stdout == ""


def test_text_is_for_people(run: Run, year: Path) -> None:
    assert "Simulated prices" in run("bars", "TCS.NS", "--start", "2026-11-10").stdout
    assert "accepted" in run("import-bars", year, "--symbol", "MYFUND").stdout
    assert "Relative strength index of TCS.NS" in run("indicator", "rsi", "TCS.NS", "--last", "3").stdout
    assert run("levels", "TCS.NS").exit_code == 0
    assert run("patterns", "TCS.NS").exit_code == 0


if SHARED is not None:
    REAL = (
        sorted((SHARED / "nse_daily_yahoo").glob("*.csv.gz"))[:3]
        + sorted((SHARED / "nse_intraday_5m").glob("*.csv.gz"))[:1]
    )

    @pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
    def test_real_files(run: Run, path: Path) -> None:
        report = document(run("import-bars", path, "--symbol", "REAL", "--json"))
        assert report["rows"] == report["accepted"] + report["rejected"]
        told = document(run("bars", "REAL", "--interval", report["interval"], "--json"))
        assert len(told["bars"]) == report["accepted"]
