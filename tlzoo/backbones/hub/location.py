"""Location of modules: from a handle to a checked folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tlzoo.errors import EntryError

if TYPE_CHECKING:
    from tlzoo.registry import File

__all__ = ["FoundModule", "find_module", "reloading"]

_reloading: ContextVar[bool] = ContextVar("tlzoo_hub_reloading", default=False)


@dataclass(frozen=True, slots=True)
class FoundModule:
    """A module on this machine: its folder, source and hash."""

    handle: str
    """The source of its file, in the form of a registry: ``hub:https://…``, ``file:/…``."""
    hash: str
    """``sha256:…`` of its archive, or ``tree-sha256:…`` of its folder."""
    folder: Path


def find_module(
    handle: str, hashed: str | None = None, *, trust_on_first_use: bool | None = None, trust: bool = False
) -> FoundModule:
    """Download a module if necessary, and check its hash and its program.

    Without ``hashed``, the hash of an entry of the zoo or the pinned one is used. Raises EntryError if it
    is unavailable, BytesRefusedError for a wrong hash or a refused program, UsageError for the TF1 Hub format.
    """
    from tlzoo.artifacts import digests_in, known_hash, module_file, module_folder, resolve_file, tree_digest, using

    file = module_file(handle, hashed)
    if hashed is None:
        file = replace(file, hash=_declared(file))
    _consent(file)
    with using(trust_on_first_use=trust_on_first_use, trusted=frozenset({file.source}) if trust else None):
        path = resolve_file(f"{file.source}: module", file)
        known = known_hash(file) or tree_digest(digests_in(path, file.source))
    return FoundModule(file.source, known, module_folder(path, file.source))


@contextmanager
def reloading() -> Iterator[None]:
    """Allow a saved model to load its modules in the block: only known bytes, without new downloads."""
    token = _reloading.set(True)
    try:
        yield
    finally:
        _reloading.reset(token)


def _consent(file: File) -> None:
    """Refuse downloads from a URL that only a saved model names."""
    from tlzoo.artifacts import known_hash, locate, settings
    from tlzoo.registry import File

    if not _reloading.get() or locate(file) is not None or settings().trust_on_first_use:
        return
    vouched = _declared(file) or known_hash(File(file.source, unpack=file.unpack))
    if vouched is None or vouched != file.hash:
        name = file.source.removeprefix("file:")
        where = "restore it" if file.source.startswith("file:") else f"if you trust it, `tlzoo fetch {name}`"
        raise EntryError(
            f"the saved model needs {name} ({file.hash}), which is not on this machine",
            f"{where}, or put it into a folder named by TLZOO_MODELS",
        )


def _declared(file: File) -> str | None:
    """Return the hash declared by an entry of the zoo for this source."""
    from tlzoo.plugins import catalog

    files = (each for entry in catalog().entries() for each in entry.files.values())
    return next((each.hash for each in files if each.source == file.source and each.hash), None)
