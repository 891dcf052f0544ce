"""Where the index of tlzoo is, and the distributions of a checkout."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tlzoo.errors import RegistryError

_PACKAGE = Path(__file__).parent.parent


def index_path() -> Path:
    """Return the index that came with tlzoo: a checkout's ``registry.toml``, or ``tlzoo/index.toml`` of a wheel."""
    checkout = _PACKAGE.parent / "registry.toml"
    if checkout.is_file() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return checkout
    return _PACKAGE / "index.toml"


def distributions(root: Path) -> list[Path]:
    """Return the project folders of a checkout with the registries of its index.

    Raises RegistryError if the folder is not a checkout.
    """
    project = root / "pyproject.toml"
    if not project.is_file():
        raise RegistryError(f"{root} is not a checkout of tlzoo", "give project folders and --out FILE")
    workspace = tomllib.loads(project.read_text("utf-8")).get("tool", {}).get("uv", {}).get("workspace", {})
    return [root, *(root / member for member in workspace.get("members", []))]
