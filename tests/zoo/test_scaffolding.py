"""New projects: each kind passes lint, types and its own conformance tests at once, installed as its author would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import UsageError
from tlzoo.zoo.scaffolding import KINDS, Project, new_project


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[Project]:
    """A project of each kind, side by side."""
    folder = tmp_path_factory.mktemp("projects")
    return [new_project(kind, f"acme-{kind}-pets", folder) for kind in KINDS]


@pytest.fixture(scope="module")
def installed(projects: list[Project], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the Python of an environment with all projects, which finds tlzoo and pytest where this one has them."""
    if shutil.which("uv") is None:
        pytest.skip("uv is not on the path: it makes the environment")
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    place = tmp_path_factory.mktemp("environment") / "environment"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, place], check=True, env=environment)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{Path(tlzoo.__file__).parent.parent}\n")
    python = str(place / "bin" / "python")
    words = ["uv", "pip", "install", "--quiet", "--no-deps", "--python", python, *(each.path for each in projects)]
    subprocess.run(words, check=True, env=environment)
    return python


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_projects_are_formatted_and_linted_by_their_own_settings(projects: list[Project]) -> None:
    folder = projects[0].path.parent
    run(sys.executable, "-m", "ruff", "format", "--check", ".", cwd=folder)
    run(sys.executable, "-m", "ruff", "check", ".", cwd=folder)


@pytest.mark.slow
def test_projects_are_typed(projects: list[Project]) -> None:
    """All at once, because checking tlzoo itself takes most of the time; their settings are the same."""
    settings = [tomllib.loads((each.path / "pyproject.toml").read_text())["tool"]["mypy"] for each in projects]
    packages = [
        f"{each.path.name}/{name}" for each, own in zip(projects, settings, strict=True) for name in own.pop("files")
    ]
    assert all(each == settings[0] for each in settings)
    run(
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        projects[0].path / "pyproject.toml",
        *packages,
        cwd=projects[0].path.parent,
    )


@pytest.mark.slow
def test_projects_pass_their_own_tests(projects: list[Project], installed: str) -> None:
    folder = projects[0].path.parent
    words = [
        "-q",
        "-W",
        "error",
        "-W",
        "ignore:__array__:DeprecationWarning",
        "--import-mode=importlib",
        "-c",
        os.devnull,
    ]
    said = run(installed, "-m", "pytest", "-rA", *words, *(each.path.name for each in projects), cwd=folder)
    assert all(f"PASSED {each.path.name}/" in said for each in projects)
    assert "tlzoo conformance checks:" in said
    assert " 0 failed" in said


def test_the_command_reports_the_written_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "head", "acme-pets", "--out", str(tmp_path), "--json"]) == 0
    written = json.loads(capsys.readouterr().out)
    assert written["path"] == str(tmp_path / "acme-pets")
    assert all((tmp_path / "acme-pets" / each).is_file() for each in written["files"])


def test_a_second_time_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = (new_project("plugin", "acme-pets", tmp_path / each) for each in ("one", "other"))
    assert one.files == other.files
    for each in one.files:
        assert (one.path / each).read_bytes() == (other.path / each).read_bytes()


@pytest.mark.parametrize(
    ("kind", "name", "reason"),
    [
        ("bakcbone", "acme-pets", "no project kind 'bakcbone'; did you mean 'backbone'?"),
        ("head", "Acme Pets", "is not a valid name for a plugin"),
        ("head", "../acme", "is not a valid name for a plugin"),
        ("head", "json", "is a keyword or module of Python"),
        ("head", "class", "is a keyword or module of Python"),
        ("head", "keras", "'keras' is taken by tlzoo-vision"),
        ("head", "tlzoo-vision", "is taken by an installed plugin"),
    ],
)
def test_an_invalid_project_is_refused(tmp_path: Path, kind: str, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match="^.*" + reason.replace("?", r"\?")):
        new_project(kind, name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "acme-pets").mkdir()
    with pytest.raises(UsageError, match="already exists"):
        new_project("head", "acme-pets", tmp_path)
