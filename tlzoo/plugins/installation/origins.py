"""Where a plugin is to come from: a name that the index knows, a wheel, a folder, or a git repository."""

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
    """What was asked for: ``source`` is a requirement, a path, or a git URL.

    ``name`` and ``sha256`` are what the index promises; None where it does not know the plugin.
    """

    kind: Literal["index", "wheel", "folder", "git"]
    source: str
    name: str | None = None
    sha256: str | None = None

    def __str__(self) -> str:
        """Say it as one would in a sentence."""
        return f"the index ({self.source})" if self.kind == "index" else self.source


def find_origin(text: str, index: Registry) -> Origin:
    """Return what a word on the command line means.

    A name is looked up in the index and nowhere else: whoever claims a name on a package index first does not get
    installed by it. Raises PluginError for a name that the index does not have, UsageError for an address that is not
    one of git, InstallError for a file that is no wheel.
    """
    if text.startswith("git+"):
        if not _GIT.fullmatch(text):
            raise UsageError(f"{text!r} is no git URL that is taken", "write git+https://… or git+ssh://…")
        return Origin("git", text)
    if "://" in text:
        raise UsageError(f"{text!r} is no wheel on this machine", "download and inspect it first, then give its path")
    path = expanded(text)
    if path.suffix == ".whl":
        if not path.is_file():
            raise InstallError(f"no wheel {text!r}")
        return Origin("wheel", str(path.resolve()))
    if path.is_dir() and ("/" in text or text in {".", ".."} or (path / "pyproject.toml").exists()):
        if not (path / "pyproject.toml").is_file():
            raise InstallError(f"the folder {text!r} has no pyproject.toml", "give a plugin's own folder")
        return Origin("folder", str(path.resolve()))
    name = normalized(text)
    provider = index.provider(name)
    if provider is None:
        known = [each.plugin for each in index.providers if each.plugin != CORE]
        hint = f"{did_you_mean(name, known, valid='in the index')}; a wheel, a folder or git+https://… can be given too"
        raise PluginError(f"no plugin {text!r} in the index", hint)
    sha256 = provider.hash.removeprefix("sha256:") if provider.hash else None
    return Origin("index", provider.requirement, name, sha256)
