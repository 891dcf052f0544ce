"""The public names of tlzoo: in which module each is documented, and where it is defined."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import resolve_name
from pathlib import Path

import tlzoo

__all__ = ["PublicName", "modules", "names_of", "public_name_of"]


@dataclass(frozen=True)
class PublicName:
    """A name in the ``__all__`` of a public module, and the module that its ``__init__`` imports it from."""

    module: str
    name: str
    home: str

    @property
    def path(self) -> str:
        """The name as a user writes it."""
        return f"{self.module}.{self.name}"

    @property
    def definition(self) -> str:
        """The path where the object is defined."""
        if self.home == self.module or self.home not in modules():
            return f"{self.home}.{self.name}"
        return next((each.definition for each in names_of(self.home) if each.name == self.name), self.path)

    @property
    def documented(self) -> str:
        """The path under which the object is documented: of its names that in the module nearest to its definition."""
        return public_name_of().get(self.definition, self.path)


@cache
def modules() -> tuple[str, ...]:
    """Return ``tlzoo`` and its public subpackages and modules."""
    return ("tlzoo", *(f"tlzoo.{name}" for name in dir(tlzoo) if name not in tlzoo.__all__))


@cache
def names_of(module: str) -> tuple[PublicName, ...]:
    """Return the public names of a module, in the order of its ``__all__``."""
    loaded = import_module(module)
    homes = dict(_imports(module, Path(loaded.__file__ or "")))
    return tuple(PublicName(module, name, homes.get(name, module)) for name in getattr(loaded, "__all__", ()))


@cache
def public_name_of() -> dict[str, str]:
    """Return the documented path of each public object by the path of its definition."""
    found: dict[str, str] = {}
    for module in sorted(modules(), key=len):
        for each in names_of(module):
            if each.definition not in found or each.definition.startswith(f"{module}."):
                found[each.definition] = each.path
    return found


def _imports(module: str, file: Path) -> Iterator[tuple[str, str]]:
    """Yield each name that a module imports from elsewhere, also for type checkers only, with the module it is from."""
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            home = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            for alias in node.names:
                yield alias.asname or alias.name, home
