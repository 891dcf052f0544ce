"""New projects: each kind passes lint, types and its own conformance tests at once, installed as its author would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import tlzoo
from tlzoo.cli import main
from tlzoo.errors import UsageError
from tlzoo.zoo.scaffolding import KINDS, new_project


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_is_formatted_linted_and_typed(tmp_path: Path, kind: str) -> None:
    project = new_project(kind, "acme-pets", tmp_path)
    for command in (["ruff", "format", "--check", "."], ["ruff", "check", "."], ["mypy"]):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=project.path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on the path: it makes the environment")
@pytest.mark.parametrize("kind", KINDS)
def test_a_project_is_installed_and_passes_its_own_tests(tmp_path: Path, kind: str) -> None:
    """In an environment of its own, which finds tlzoo and pytest where this one has them."""
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    place = tmp_path / "environment"
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, place], check=True, env=environment)
    (site,) = place.glob("lib/python*/site-packages")
    (site / "here.pth").write_text(f"{sysconfig.get_path('purelib')}\n{Path(tlzoo.__file__).parent.parent}\n")
    project = new_project(kind, "acme-pets", tmp_path)
    python = str(place / "bin" / "python")
    subprocess.run(
        ["uv", "pip", "install", "--quiet", "--no-deps", "--python", python, project.path], check=True, env=environment
    )
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-W", "error", "-W", "ignore:__array__:DeprecationWarning"],
        cwd=project.path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tlzoo conformance kit:" in done.stdout
    assert " 0 failed" in done.stdout


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
        ("bakcbone", "acme-pets", "no kind 'bakcbone' of project; did you mean 'backbone'?"),
        ("head", "Acme Pets", "is no name for a plugin"),
        ("head", "../acme", "is no name for a plugin"),
        ("head", "json", "is a word or a module of Python's"),
        ("head", "class", "is a word or a module of Python's"),
        ("head", "keras", "'keras' is taken by tlzoo-vision"),
        ("head", "tlzoo-vision", "is taken by an installed plugin"),
    ],
)
def test_what_cannot_be_a_project_is_refused(tmp_path: Path, kind: str, name: str, reason: str) -> None:
    with pytest.raises(UsageError, match="^.*" + reason.replace("?", r"\?")):
        new_project(kind, name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "acme-pets").mkdir()
    with pytest.raises(UsageError, match="is there already"):
        new_project("head", "acme-pets", tmp_path)
