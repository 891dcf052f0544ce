"""The current Python environment, and the commands that change it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from tlzoo.errors import InstallError

__all__ = ["Command", "Environment", "detect_environment", "run_command"]

Kind = Literal["virtual environment", "uv tool", "pipx", "conda", "system"]
Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """A Python environment and its installers.

    ``pip`` and ``uv`` are available installers: pip in the environment, uv on the path.
    """

    kind: Kind
    python: str
    pip: bool
    uv: str | None
    pipx: str | None = None
    managed: bool = False
    """Whether the system's package manager owns it (PEP 668)."""

    def require_changeable(self) -> None:
        """Raise InstallError, with the right command, if nothing may or can be installed."""
        if self.managed:
            raise InstallError(
                f"the Python of {self.python} is managed by the operating system (PEP 668)",
                "install tlzoo and its plugins in a separate environment: `uv tool install tlzoo`, or "
                "`python3 -m venv tlzoo-env && tlzoo-env/bin/pip install tlzoo`",
            )
        if not (self.pip or self.uv):
            raise InstallError(
                f"neither pip nor uv can install into {self.python}", f"run `{self.python} -m ensurepip`"
            )

    def install(self, wheel: Path) -> Command:
        """Return the command that installs a wheel with its requirements."""
        if self.kind == "pipx" and self.pipx:
            return (self.pipx, "inject", "tlzoo", str(wheel))
        return (*self._installer("install"), str(wheel))

    def uninstall(self, name: str) -> Command:
        """Return the command that removes a distribution."""
        if self.kind == "pipx" and self.pipx:
            return (self.pipx, "uninject", "tlzoo", name)
        return (*self._installer("uninstall"), *(("--yes",) if self.pip else ()), name)

    def download(self, requirement: str, folder: Path) -> Command:
        """Return the command that downloads only a distribution's wheel into a folder, without building."""
        where = ("download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder), requirement)
        return (*self._own_pip(), *where)

    def build(self, source: Path, folder: Path) -> Command:
        """Return the command that builds the wheel of a project folder, which runs its build backend."""
        if self.uv:
            return (self.uv, "build", "--wheel", "--out-dir", str(folder), str(source))
        return (self.python, "-P", "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), str(source))

    def _installer(self, action: str) -> Command:
        if self.pip:
            return (self.python, "-P", "-m", "pip", action)
        assert self.uv is not None
        return (self.uv, "pip", action, "--python", self.python)

    def _own_pip(self) -> Command:
        """Return pip; if the environment has none, a pip run by uv."""
        if self.pip:
            return (self.python, "-P", "-m", "pip")
        assert self.uv is not None
        return (self.uv, "tool", "run", "--python", self.python, "pip")


def detect_environment() -> Environment:
    """Return the environment of this process."""
    prefix = Path(sys.prefix)
    virtual = sys.prefix != sys.base_prefix
    kind: Kind = "virtual environment" if virtual else "system"
    if (prefix / "uv-receipt.toml").exists():
        kind = "uv tool"
    elif (prefix / "pipx_metadata.json").exists():
        kind = "pipx"
    elif (prefix / "conda-meta").is_dir():
        kind = "conda"
    managed = kind == "system" and (Path(sysconfig.get_path("stdlib")) / "EXTERNALLY-MANAGED").exists()
    return Environment(
        kind=kind,
        python=sys.executable,
        pip=find_spec("pip") is not None,
        uv=shutil.which("uv"),
        pipx=shutil.which("pipx"),
        managed=managed,
    )


def run_command(command: Sequence[str], *, quiet: bool) -> None:
    """Run an installer; its output goes to stderr, immediately or, if quiet, only on failure.

    Raises InstallError if it fails or cannot be started.
    """
    try:
        done = subprocess.run(  # noqa: S603 - an argument list, shown before
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if quiet else sys.stderr.fileno(),
            stderr=subprocess.STDOUT if quiet else None, text=True, check=False,
        )  # fmt: skip
    except OSError as error:
        raise InstallError(f"{command[0]} cannot be started: {error.strerror}") from error
    if done.returncode:
        sys.stderr.write(done.stdout or "")
        raise InstallError(f"{command[0]} failed with exit code {done.returncode}", "see its output above")
