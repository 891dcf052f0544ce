"""The distributions of a checkout: its root and the members of its workspace."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tlzoo.errors import RegistryError


def distributions(root: Path) -> list[Path]:
    """Return the folders of a checkout whose registries make its index.

    Raises RegistryError where the folder is no checkout.
    """
    project = root / "pyproject.toml"
    if not project.is_file():
        raise RegistryError(f"{root} is no checkout of tlzoo", "name the folders of distributions, and --out FILE")
    workspace = tomllib.loads(project.read_text("utf-8")).get("tool", {}).get("uv", {}).get("workspace", {})
    return [root, *(root / member for member in workspace.get("members", []))]
