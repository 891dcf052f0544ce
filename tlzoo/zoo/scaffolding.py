"""Plugin projects from templates, which pass lint, type and conformance checks unchanged."""

from __future__ import annotations

import hashlib
import io
import keyword
import re
import sys
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.files.atomic import atomic_folder
from tlzoo.plugins import API_VERSION, catalog

__all__ = ["KINDS", "Project", "new_project"]

KINDS = {
    "plugin": "One of everything",
    "backbone": "A backbone",
    "head": "A head",
    "strategy": "A strategy",
    "adapter": "A data adapter",
    "score": "A score",
    "tracker": "A tracker",
}
"""Kinds of projects, with the start of their summary."""

_PARTS = ("backbone", "head", "strategy", "adapter", "score", "tracker")
_SUFFIX = ".jinja"


@dataclass(frozen=True, slots=True)
class Project:
    """A created project: its folder, and its files relative to the folder."""

    path: Path
    files: tuple[str, ...]


def new_project(kind: str, name: str, folder: Path) -> Project:
    """Create a plugin project in a new folder ``folder/name``.

    Raises UsageError for an unknown kind, a name that is invalid for a plugin or package or is taken, and an existing
    folder.
    """
    if kind not in KINDS:
        raise UsageError(f"no project kind {kind!r}", did_you_mean(kind, KINDS))
    _require_free(name)
    path = folder / name
    if path.exists():
        raise UsageError(f"{path} already exists", "choose another name, or another folder with --out")
    kinds = _PARTS if kind == "plugin" else (kind,)
    values = _values(kind, kinds, name)
    written: list[str] = []
    with atomic_folder(path) as temporary:
        for part in ("common", *kinds):
            for where, text in _rendered(files("tlzoo.zoo").joinpath("templates", part), values):
                written.append(where)
                target = temporary / where
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
        if "backbone" in kinds:
            written.append(f"{values['package']}/filters.npz")
            (temporary / written[-1]).write_bytes(_filters())
    return Project(path, tuple(sorted(written)))


def _require_free(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(
            f"{name!r} is not a valid name for a plugin", "use lowercase letters, digits and hyphens: acme-pets"
        )
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or package in sys.stdlib_module_names:
        raise UsageError(f"{name!r} is a keyword or module of Python", "choose another name, such as acme-pets")
    owner = catalog().index.owner(name)
    if owner is not None or name in catalog().plugins:
        raise UsageError(f"{name!r} is taken by {owner or 'an installed plugin'}", "choose another name")


def _values(kind: str, kinds: tuple[str, ...], name: str) -> dict[str, Any]:
    from packaging.version import Version

    api = Version(API_VERSION)
    weights = _filters()
    checks = {each: f"{each.capitalize()}Checks" for each in _PARTS}
    return {
        "name": name,
        "package": name.replace("-", "_"),
        "camel": "".join(word.capitalize() for word in name.split("-")),
        "kinds": kinds,
        "summary": KINDS[kind],
        "classes": sorted(["PluginChecks", *(checks[each] for each in kinds)]),
        "api": API_VERSION,
        "next_api": f"{api.major}.{api.minor + 1}",
        "filters_sha256": hashlib.sha256(weights).hexdigest(),
        "filters_bytes": len(weights),
    }


def _rendered(folder: Traversable, values: dict[str, Any]) -> list[tuple[str, str]]:
    """Return path and text of every template in a folder; ``PACKAGE`` in a path becomes the package's name."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True)  # noqa: S701 - not HTML
    found = []
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            name = values["package"] if each.name == "PACKAGE" else each.name
            found += [(f"{name}/{where}", text) for where, text in _rendered(each, values)]
        elif each.name.endswith(_SUFFIX):
            text = environment.from_string(each.read_text(encoding="utf-8")).render(values)
            found.append((each.name.removesuffix(_SUFFIX), text))
    return found


def _filters() -> bytes:
    """Return the example weights: Gabor filters (Daugman 1985) in eight directions and two phases, and pairs of them.

    The arrays are in the order of the model's variables, as a reproducible NumPy archive without pickle.
    """
    down, right = np.mgrid[-2:3, -2:3]
    edges = np.zeros((5, 5, 1, 16), np.float32)
    for position in range(16):
        angle, phase = np.pi * (position % 8) / 8, np.pi / 2 * (position // 8)
        along = right * np.cos(angle) + down * np.sin(angle)
        wave = np.cos(2 * np.pi * along / 4 + phase) * np.exp(-(right**2 + down**2) / 4)
        edges[..., 0, position] = wave - wave.mean()
    corners = np.zeros((5, 5, 16, 32), np.float32)
    bell = np.exp(-(right**2 + down**2) / 2) / 6
    for position in range(32):
        for each in (position % 16, (position * 5 + 3) % 16):
            corners[:, :, each, position] += bell
    arrays = (edges, np.zeros(16, np.float32), corners, np.zeros(32, np.float32))
    stream = io.BytesIO()
    np.savez(stream, *arrays)
    return stream.getvalue()
