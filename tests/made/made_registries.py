"""Texts of registries: their common head, and entries that are listed and never loaded."""

from __future__ import annotations

from typing import Any

from tlzoo.registry import Entry, Features, File, ImageInput

__all__ = ["entry_text", "head_text", "made_entry"]

HEAD = """\
format = 1
plugin = "{plugin}"
api = "{api}"
namespaces = ["{namespace}"]
"""
ENTRY = """
[entries."{name}"]
summary = "{summary}"
modality = "vision"
loader = "tiny"
licence = "{licence}"
files.weights.source = "package:{package}/weights.h5"
input.kind = "image"
input.size = [32, 32]
features.kind = "map"
"""


def head_text(plugin: str, *, api: str = ">=0.2,<0.3", namespace: str | None = None) -> str:
    """Return what a plugin's registry begins with."""
    return HEAD.format(plugin=plugin, api=api, namespace=namespace or plugin)


def entry_text(
    name: str, package: str, *, summary: str = "An entry made for a test", licence: str = "Apache-2.0"
) -> str:
    """Return an entry; ``summary`` and ``licence`` are put between TOML's quotes as they are."""
    return ENTRY.format(name=name, package=package, summary=summary, licence=licence)


def made_entry(name: str, plugin: str = "acme", **more: Any) -> Entry:
    """Return an entry of pictures, whose files are never read."""
    given: dict[str, Any] = {
        "summary": "A network",
        "modality": "vision",
        "loader": "net",
        "files": {"weights": File("https://example.org/net.h5")},
        "input": ImageInput("image", (32, 32)),
        "features": Features("vector"),
        "licence": "Apache-2.0",
    }
    return Entry(id=name, plugin=plugin, **(given | more))
