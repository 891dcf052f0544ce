"""Origin of a plugin: a name in the index, a wheel, a project folder, or a git repository."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tlzoo.errors import InstallError, PluginError, UsageError, did_you_mean
from tlzoo.files.folders import expanded
from tlzoo.plugins.scanning import normalized
from tlzoo.plugins.selection import CORE
from tlzoo.registry import Registry

__all__ = ["Origin", "find_origin"]

_GIT = re.compile(r"git\+(https://|ssh://|file://)\S+")


@dataclass(frozen=True, slots=True)
class Origin:
    """The requested origin: ``source`` is a requirement, a path, or a git URL.

    ``name`` and ``sha256`` are those in the index; None if the plugin is not in the index.
    """

    kind: Literal["index", "wheel", "folder", "git"]
    source: str
    name: str | None = None
    sha256: str | None = None

    def __str__(self) -> str:
        """Return a description."""
        return f"the index ({self.source})" if self.kind == "index" else self.source


def find_origin(text: str, index: Registry) -> Origin:
    """Return the origin for an argument of the command line.

    A name is looked up only in the index, so that nobody can claim it first on a package index. Raises PluginError for
    a name that is not in the index, UsageError for an unsupported URL, and InstallError for a file that is not a wheel.
    """
    if text.startswith("git+"):
        if not _GIT.fullmatch(text):
            raise UsageError(f"{text!r} is not a supported git URL", "use git+https://… or git+ssh://…")
        return Origin("git", text)
    if "://" in text:
        raise UsageError(
            f"{text!r} is not a wheel on this machine", "download and inspect it first, then give its path"
        )
    path = expanded(text)
    if path.suffix == ".whl":
        if not path.is_file():
            raise InstallError(f"no wheel {text!r}")
        return Origin("wheel", str(path.resolve()))
    if path.is_dir() and ("/" in text or text in {".", ".."} or (path / "pyproject.toml").exists()):
        if not (path / "pyproject.toml").is_file():
            raise InstallError(f"the folder {text!r} has no pyproject.toml", "give the project folder of a plugin")
        return Origin("folder", str(path.resolve()))
    name = normalized(text)
    provider = index.provider(name)
    if provider is None:
        known = [each.plugin for each in index.providers if each.plugin != CORE]
        hint = f"{did_you_mean(name, known, valid='in the index')}; a wheel, a folder or git+https://… also work"
        raise PluginError(f"no plugin {text!r} in the index", hint)
    sha256 = provider.hash.removeprefix("sha256:") if provider.hash else None
    return Origin("index", provider.requirement, name, sha256)
