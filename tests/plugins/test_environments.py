"""Which environment it is, and the commands that change it."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from tlzoo.errors import InstallError
from tlzoo.plugins.installation import Environment, detect_environment

WHEEL = Path("acme.whl")


def test_this_one_is_virtual_and_changeable() -> None:
    found = detect_environment()
    assert found.python == sys.executable
    assert found.kind == ("virtual environment" if sys.prefix != sys.base_prefix else "system")


@pytest.mark.parametrize(
    ("mark", "kind"), [("uv-receipt.toml", "uv tool"), ("pipx_metadata.json", "pipx"), ("conda-meta/", "conda")]
)
def test_other_environments_are_recognized_by_their_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str, kind: str
) -> None:
    (tmp_path / mark).mkdir() if mark.endswith("/") else (tmp_path / mark).touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert detect_environment().kind == kind


def test_the_systems_own_is_refused_with_the_right_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))
    with pytest.raises(InstallError, match=r"managed by the operating system.*`uv tool install tlzoo`"):
        detect_environment().require_changeable()


@pytest.mark.parametrize(
    ("environment", "install", "uninstall"),
    [
        (
            Environment("virtual environment", "py", pip=True, uv="uv"),
            "py -P -m pip install acme.whl",
            "py -P -m pip uninstall --yes acme",
        ),
        (
            Environment("uv tool", "py", pip=False, uv="uv"),
            "uv pip install --python py acme.whl",
            "uv pip uninstall --python py acme",
        ),
        (
            Environment("pipx", "py", pip=False, uv=None, pipx="pipx"),
            "pipx inject tlzoo acme.whl",
            "pipx uninject tlzoo acme",
        ),
        (
            Environment("conda", "py", pip=True, uv=None),
            "py -P -m pip install acme.whl",
            "py -P -m pip uninstall --yes acme",
        ),
    ],
)
def test_commands(environment: Environment, install: str, uninstall: str) -> None:
    assert " ".join(environment.install(WHEEL)) == install
    assert " ".join(environment.uninstall("acme")) == uninstall


def test_without_an_installer_the_error_names_the_command_that_adds_one() -> None:
    with pytest.raises(InstallError, match="neither pip nor uv can install into py; run `py -m ensurepip`"):
        Environment("virtual environment", "py", pip=False, uv=None).require_changeable()
