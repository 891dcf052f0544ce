"""Real distributions on the path, made for one test."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_registries import entry_text, head_text

from tlzoo.plugins import catalog, forget

pytest_plugins = ["own_folders", "tiers", "fork_server", "hub_server", "hub_uploads", "kaggle_server"]
collect_ignore = ["samples"]  # projects of their own, which tests install and run elsewhere


@pytest.fixture(scope="session")
def compiled_registries(own_cache: Path) -> Path:
    """Folder with the compiled registries of this environment: to parse them takes longer than most tests."""
    forget()
    catalog()
    forget()
    return own_cache / "registries"


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give an empty settings folder, and forget what was read from another one."""
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "settings"))
    forget()
    yield
    forget()


class Distributions:
    """A folder on the path with a package and a dist-info folder for each distribution."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(folder)}

    def add(
        self,
        name: str,
        body: Callable[[], object] | str = "",
        *,
        entries: tuple[str, ...] = (),
        more: str = "",
        namespace: str | None = None,
        api: str = ">=0.2,<0.3",
    ) -> Path:
        """Install a plugin whose module is ``body`` (a function's body, or text); return its package's folder.

        ``more`` is appended to its registry.
        """
        package = name.replace("-", "_")
        folder = self.folder / package
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "plugin.py").write_text(body if isinstance(body, str) else body_of(body))
        head = head_text(name, api=api, namespace=namespace)
        text = head + "".join(entry_text(each, package) for each in entries) + more
        (folder / "registry.toml").write_text(text)
        metadata = self.folder / f"{package}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n\nName: other\n")
        (metadata / "entry_points.txt").write_text(f"[tlzoo.plugins]\n{name} = {package}.plugin\n")
        (metadata / "RECORD").write_text(f"{metadata.name}/entry_points.txt,,\n")
        forget()
        return folder

    def tlzoo(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run the command line as a user would; fail unless it exits with ``code``."""
        command = [sys.executable, "-m", "tlzoo.cli", *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr + done.stdout
        return done


def body_of(function: Callable[[], object]) -> str:
    """Return the body of a function as the text of a module."""
    lines = inspect.getsource(function).splitlines()
    start = next(number for number, line in enumerate(lines) if line.lstrip().startswith("def ")) + 1
    return textwrap.dedent("\n".join(lines[start:])) + "\n"


@pytest.fixture
def distributions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiled_registries: Path
) -> Iterator[Distributions]:
    """A folder on the path of this process and of those it starts, with a cache folder of its own."""
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copytree(compiled_registries, tmp_path / "cache" / "registries")
    monkeypatch.setenv("TLZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TLZOO_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.delenv("TLZOO_PLUGINS", raising=False)
    monkeypatch.delenv("TLZOO_REGISTRY", raising=False)
    monkeypatch.syspath_prepend(folder)
    imported = set(sys.modules)
    forget()
    yield Distributions(folder)
    forget()
    for name in set(sys.modules) - imported:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]
