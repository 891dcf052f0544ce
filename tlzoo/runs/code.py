"""Classes in files and in unregistered modules: code that runs only where this machine's user has consented to it.

Naming such a class on the command line or in Python is consent. A recipe file or a run folder may come from someone
else: a class that it names is imported only if the user consented to exactly the bytes of its file before, by training
with it here, by answering in a terminal, or by ``--trust``. Consent is recorded in the user's ``tlzoo.lock``, by hash.
It covers the file itself (of a module also those of its packages), not what the file imports.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.artifacts import settings
from tlzoo.artifacts.documents import read_plain
from tlzoo.artifacts.pins import consent, consented
from tlzoo.errors import BytesRefusedError, TlzooError, UsageError

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from tlzoo.runs.recipe import Recipe

__all__ = ["Code", "consent_to", "is_registered", "name_code", "references_in", "remember_consent", "require_consent"]

_named: set[str] = set()
"""Hashes of the files whose classes the user named in this process."""
_MOST_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Code:
    """A class that is named by file or module, and the files that importing it executes: its packages' first."""

    reference: str
    files: tuple[tuple[Path, bytes], ...]

    @property
    def file(self) -> Path:
        """The file of the class."""
        return self.files[-1][0]

    @property
    def source(self) -> bytes:
        """The bytes of that file, which are those to execute."""
        return self.files[-1][1]

    @property
    def sha256(self) -> str:
        """The hash of the file; where packages are imported with it, the hash of the hashes of all."""
        hashes = [hashlib.sha256(content).hexdigest() for _, content in self.files]
        return "sha256:" + (hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest())

    @classmethod
    def find(cls, reference: str) -> Code:
        """Read the files that ``file.py:Class`` or ``module:Class`` stands for, importing nothing.

        Raises UsageError where there is no such file or module.
        """
        source = reference.rpartition(":")[0]
        if not source.endswith(".py"):
            return cls(reference, tuple((path, read_plain(path, _MOST_BYTES)) for path in _files_of(source)))
        path = Path(source)
        if not path.is_file():
            raise UsageError(f"no file {str(path)!r}", "give the path of a Python file: ./mine.py:Class")
        return cls(reference, ((path, read_plain(path.resolve(), _MOST_BYTES)),))


def references_in(recipe: Recipe) -> list[str]:
    """Return the classes that a recipe names by file or module: neither registered names nor classes of a notebook."""
    names = (recipe.strategy.name, recipe.head.name)
    return [name for name in names if ":" in name and not name.startswith("__main__:")]


def name_code(reference: str) -> None:
    """Record that the user named this class: its file may be executed in this process.

    A file that is not there is reported by the function that imports it.
    """
    if ":" in reference and not reference.startswith("__main__:"):
        with suppress(TlzooError):
            _named.add(Code.find(reference).sha256)


def require_consent(what: str, reference: str) -> Code:
    """Return the code of a class that may be executed; ask in a terminal where nobody has consented yet.

    Raises BytesRefusedError, naming class and file, without consent. ``what`` is ``strategy`` or ``head``.
    """
    code = Code.find(reference)
    if code.sha256 in _named or consented(code.sha256):
        return code
    confirm = settings().confirm
    if confirm is not None and confirm(
        f"The {what} {reference} is Python code in {code.file}. A recipe or a run names it, and it would run with all "
        "your rights. Run it, now and whenever it is named?"
    ):
        consent(code.sha256, str(code.file), reference)
        return code
    raise BytesRefusedError(
        f"the {what} {reference} is code in {code.file}, and you have not consented to run it",
        "read the file; if you trust it, pass --trust RUN or --trust RECIPE (trust= in Python)",
    )


def consent_to(references: Iterable[str]) -> None:
    """Record the user's consent to classes, for good."""
    for reference in references:
        if not is_registered(reference):
            code = Code.find(reference)
            consent(code.sha256, str(code.file), reference)


def remember_consent(recipe: Recipe) -> None:
    """Record that the user trains with a recipe here; where the lock cannot be written, say so."""
    try:
        for reference in references_in(recipe):
            if not is_registered(reference):
                code = Code.find(reference)
                if not consented(code.sha256):
                    consent(code.sha256, str(code.file), reference)
    except TlzooError as error:
        settings().progress.note(f"consent to run this code is not recorded: {error.what}")


def is_registered(reference: str) -> bool:
    """Say whether an installed plugin, or tlzoo itself, registered the class that ``module:Class`` names."""
    if reference.rpartition(":")[0].endswith(".py"):
        return False
    from tlzoo.plugins import registered

    classes = (each.value for hook in ("tlzoo_strategies", "tlzoo_heads") for each in registered(hook))
    return any(reference == f"{each.__module__}:{each.__qualname__}" for each in classes)


def _files_of(module: str) -> list[Path]:
    """Return the files that importing a module executes, its packages' first; raise UsageError where there are none."""
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        raise UsageError(f"no module {module!r}", "install it, or give a file: ./mine.py:Class")
    files: list[Path] = []
    inside = None
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        found = _specification(name, inside)
        if found is None:
            raise UsageError(f"no module {name!r}", "install it, or give a file: ./mine.py:Class")
        if found.has_location and found.origin is not None:
            files.append(Path(found.origin))
        inside = found.submodule_search_locations
    if not files:
        raise UsageError(f"{module} has no file of Python code", "give a file: ./mine.py:Class")
    return files


def _specification(name: str, inside: Iterable[str] | None) -> ModuleSpec | None:
    """Return where a module would come from, asking the finders alone: ``find_spec`` would import its packages."""
    loaded: ModuleSpec | None = getattr(sys.modules.get(name), "__spec__", None)
    if loaded is not None:
        return loaded
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        found: ModuleSpec | None = None if find is None else find(name, None if inside is None else list(inside), None)
        if found is not None:
            return found
    return None
