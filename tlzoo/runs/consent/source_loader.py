"""Import modules from the bytes that the user consented to, instead of from files on disk."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import CodeType, ModuleType

__all__ = ["SourceLoader", "importing", "specification"]


class SourceLoader(SourceFileLoader):
    """Executes the bytes with consent, never a compiled file next to the source file."""

    def __init__(self, name: str, path: Path, source: bytes) -> None:
        super().__init__(name, str(path.absolute()))
        self._source = source

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 (the loader's own)
        """Return the code object of these bytes."""
        return self.source_to_code(self._source, self.path)


@contextmanager
def importing(files: Iterable[tuple[Path, bytes]]) -> Iterator[None]:
    """Import these files from these bytes within the block."""
    finder = _ConsentedFinder(dict(files))
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _ConsentedFinder:
    """Finds the modules of files with consent, where Python itself finds them."""

    def __init__(self, files: Mapping[Path, bytes]) -> None:
        self._files = files

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        _target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the module specification with the bytes that have consent; None for other modules."""
        found = specification(name, path, leave_out=self)
        origin = None if found is None or not found.has_location or found.origin is None else Path(found.origin)
        source = None if origin is None or origin.suffix != ".py" else self._files.get(origin.resolve())
        if found is None or origin is None or source is None:
            return None
        loader, folders = SourceLoader(name, origin, source), found.submodule_search_locations
        return spec_from_file_location(name, origin, loader=loader, submodule_search_locations=folders)


def specification(name: str, inside: Iterable[str] | None, *, leave_out: object = None) -> ModuleSpec | None:
    """Return the specification of a module from the finders; ``find_spec`` would import its packages."""
    loaded: ModuleSpec | None = getattr(sys.modules.get(name), "__spec__", None)
    if loaded is not None:
        return loaded
    for finder in sys.meta_path:
        find = None if finder is leave_out else getattr(finder, "find_spec", None)
        found: ModuleSpec | None = None if find is None else find(name, None if inside is None else list(inside), None)
        if found is not None:
            return found
    return None
