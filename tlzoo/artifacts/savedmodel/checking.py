"""SavedModels of an entry, refused before anything of them is loaded, unless their user trusts them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tlzoo.artifacts.hashing import digests_in, tree_digest
from tlzoo.artifacts.pins import trust, trusted
from tlzoo.artifacts.settings import settings
from tlzoo.errors import BytesRefusedError

from .reading import FILE, OTHER_FORMS, read_saved_model
from .rules import refusals

__all__ = ["check_saved_model", "overrides", "saved_models_in"]

_MOST_SHOWN = 4
_overrides: dict[str, tuple[str, ...]] = {}


def check_saved_model(folder: Path, what: str) -> None:
    """Raise BytesRefusedError where the SavedModel in a folder uses operations that are refused, naming them.

    ``what`` begins with the entry's id and ``: ``. Where ``settings`` say that this entry is trusted, that is recorded
    for these very bytes in the user's ``tlzoo.lock``, and holds from then on.
    """
    found = refusals(read_saved_model(folder, what))
    if not found:
        return
    entry, tree = what.partition(": ")[0], tree_digest(digests_in(folder, what))
    operations = tuple(dict.fromkeys(each.operation for each in found))
    known = trusted(tree)
    if known is None and entry not in settings().trusted:
        shown = ", ".join(map(str, found[:_MOST_SHOWN])) + (", …" if len(found) > _MOST_SHOWN else "")
        raise BytesRefusedError(
            f"{what}: the SavedModel in {folder} is a program that uses {shown}",
            f"load it only if you trust its publisher as you trust your own code: `--trust {entry}`",
        )
    if known is None:
        trust(tree, entry, operations)
    settings().progress.note(f"{what}: trusted with {', '.join(operations)}")
    _overrides[entry] = operations


def saved_models_in(folder: Path) -> Iterator[Path]:
    """Yield the folders, this one or below it, that hold a SavedModel in any form."""
    yield from sorted({path.parent for name in (FILE, *OTHER_FORMS) for path in folder.rglob(name)})


def overrides(entry: str) -> tuple[str, ...]:
    """Return the operations that an entry was trusted with in this process."""
    return _overrides.get(entry, ())
