"""Classes in files and in unregistered modules: code that runs only with the user's consent.

If you name such a class on the command line or in Python, you consent to run it. A recipe file or a run folder may
come from someone else: its classes are imported only if you consented to exactly these bytes before. You consent by
training with the class on this machine, by answering a question in the terminal, or with ``--trust``. Consent is
recorded by hash in your ``tlzoo.lock``. It covers the file (for a module, also the files of its packages), but not
the modules that the file imports. The same rules apply to a module named by a data source, if its adapter declares
that opening the source imports one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import settings
from tlzoo.artifacts.formats.documents import read_plain
from tlzoo.artifacts.pins import consent, consented
from tlzoo.errors import BytesRefusedError, TlzooError, UsageError
from tlzoo.runs.consent.source_loader import specification

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = [
    "Code",
    "Reference",
    "class_reference",
    "consent_to",
    "is_registered",
    "name_code",
    "name_source",
    "named_in",
    "references_in",
    "remember_consent",
    "require_consent",
    "source_reference",
]

_named: set[str] = set()
"""Hashes of files with classes that the user named in this process."""
_MOST_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Reference:
    """Code that a recipe names: the text in the recipe, and the Python file or module to import."""

    text: str
    origin: str
    is_class: bool = True

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Code:
    """Code named by file or module, and the files that its import executes, packages first."""

    reference: Reference
    files: tuple[tuple[Path, bytes], ...]

    @property
    def file(self) -> Path:
        """The file with the class."""
        return self.files[-1][0]

    @property
    def source(self) -> bytes:
        """The bytes of this file, to be executed."""
        return self.files[-1][1]

    @property
    def sha256(self) -> str:
        """The hash of the file, or the combined hash if packages are imported with it."""
        hashes = [hashlib.sha256(content).hexdigest() for _, content in self.files]
        return "sha256:" + (hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest())

    @classmethod
    def find(cls, reference: Reference) -> Code:
        """Read the files of a reference without import. Raises UsageError if the file or module does not exist."""
        if reference.is_class and reference.origin.endswith(".py"):
            return cls._in_file(reference, Path(reference.origin))
        files = [path.resolve() for path in _files_of(reference.origin)]
        return cls(reference, tuple((path, read_plain(path, _MOST_BYTES)) for path in files))

    @classmethod
    def _in_file(cls, reference: Reference, path: Path) -> Code:
        if not path.is_file():
            raise UsageError(f"no file {str(path)!r}", "give the path of a Python file: ./mine.py:Class")
        return cls(reference, ((path, read_plain(path.resolve(), _MOST_BYTES)),))


def references_in(recipe: BaseModel) -> list[Reference]:
    """Return the code that a recipe names, without registered names and classes of notebooks."""
    return named_in(recipe.model_dump(mode="json"))


def named_in(recipe: Mapping[str, Any]) -> list[Reference]:
    """Return the code named in a recipe document, which may hold values of any type."""
    named = [recipe.get(part) for part in ("strategy", "head")]
    names = [each.get("name") if isinstance(each, Mapping) else each for each in named]
    found = [class_reference(name) for name in names if isinstance(name, str) and _is_code(name)]
    sources = [recipe.get(part) for part in ("data", "target", "target_test")]
    return found + [code for each in sources if isinstance(each, str) and (code := source_reference(each))]


def class_reference(name: str) -> Reference:
    """Return the reference of ``module:Class`` or ``file.py:Class``."""
    return Reference(name, name.rpartition(":")[0])


def source_reference(source: str) -> Reference | None:
    """Return the reference of a data source that imports a module; None for other sources.

    Its text is the source without options.
    """
    from tlzoo.data import parse_source
    from tlzoo.data.lookup import imported_module

    with suppress(UsageError):  # the function that opens the source reports the error
        module = imported_module(source)
        if module is not None:
            parsed = parse_source(source)
            return Reference(f"{parsed.scheme}:{parsed.location}", module, is_class=False)
    return None


def name_source(source: str) -> None:
    """Record that the user named this data source: its module may be imported in this process."""
    if code := source_reference(source):
        _name(code)


def name_code(reference: str) -> None:
    """Record that the user named this class: its file may be executed in this process.

    The function that imports the class reports a missing file.
    """
    if _is_code(reference):
        _name(class_reference(reference))


def _is_code(name: str) -> bool:
    return ":" in name and not name.startswith("__main__:")


def _name(reference: Reference) -> None:
    with suppress(TlzooError):
        _named.add(Code.find(reference).sha256)


def require_consent(what: str, reference: Reference, named_by: str = "RUN or --trust RECIPE") -> Code:
    """Return the code of a reference with consent; without consent, ask in a terminal.

    Raises BytesRefusedError with the reference and the file if there is no consent. ``what`` is ``strategy``, ``head``,
    ``objective`` or ``data source``; ``named_by`` is the file that names the code, for ``--trust``.
    """
    code = Code.find(reference)
    if code.sha256 in _named or consented(code.sha256):
        return code
    confirm = settings().confirm
    if confirm is not None and confirm(
        f"The {what} {reference}, named by a recipe or run, is Python code in {code.file}. It would run with all your "
        "permissions. Run it, now and in the future?"
    ):
        consent(code.sha256, str(code.file), reference.text)
        return code
    raise BytesRefusedError(
        f"the {what} {reference} is code in {code.file} that you have not allowed to run",
        f"read the file; if you trust it, pass --trust {named_by} (trust= in Python)",
    )


def consent_to(references: Iterable[Reference]) -> None:
    """Record the user's consent to code permanently."""
    for reference in references:
        if not is_registered(reference):
            code = Code.find(reference)
            consent(code.sha256, str(code.file), reference.text)


def remember_consent(recipe: BaseModel) -> None:
    """Record that the user trains with a recipe here; if the lock file cannot be written, print a note."""
    try:
        for reference in references_in(recipe):
            if not is_registered(reference):
                code = Code.find(reference)
                if not consented(code.sha256):
                    consent(code.sha256, str(code.file), reference.text)
    except TlzooError as error:
        settings().progress.note(f"cannot record your consent to run this code: {error.what}")


def is_registered(reference: Reference) -> bool:
    """Return whether tlzoo or an installed plugin registered the class ``module:Class``."""
    if not reference.is_class or reference.origin.endswith(".py"):
        return False
    from tlzoo.plugins import registered

    classes = (each.value for hook in ("tlzoo_strategies", "tlzoo_heads") for each in registered(hook))
    return any(reference.text == f"{each.__module__}:{each.__qualname__}" for each in classes)


def _files_of(module: str) -> list[Path]:
    """Return the files that the import of a module executes, packages first; raise UsageError if there are none."""
    parts = module.split(".")
    if not all(part.isidentifier() for part in parts):
        raise UsageError(f"no module {module!r}", "install it, or give a file: ./mine.py:Class")
    files: list[Path] = []
    inside = None
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        is_inside = end == 1 or inside is not None
        found = specification(name, inside) if is_inside else None
        if found is None:
            raise UsageError(f"no module {name!r}", "install it, or give a file: ./mine.py:Class")
        if found.has_location and found.origin is not None:
            files.append(Path(found.origin))
        inside = found.submodule_search_locations
    if not files:
        raise UsageError(f"{module} has no Python file", "give a file: ./mine.py:Class")
    return files
