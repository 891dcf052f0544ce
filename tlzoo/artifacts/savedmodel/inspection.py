"""Inspection of a SavedModel folder, and the user's trust in a refused one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tlzoo.artifacts.hashing import digests_in, tree_digest
from tlzoo.artifacts.pins import trust, trusted
from tlzoo.artifacts.settings import settings
from tlzoo.errors import BytesRefusedError

from .canonical import canonical_bytes
from .reading import FILE, OTHER_FORMS, open_regular, parse_saved_model, read_bytes
from .requirements import text_operations_in
from .rules.refusals import Refusal, refusals

__all__ = ["Inspected", "check_saved_model", "inspect", "overrides", "saved_models_in"]

_MOST_SHOWN = 4
_overrides: dict[str, tuple[str, ...]] = {}


@dataclass(frozen=True, slots=True)
class Inspected:
    """A SavedModel that may be loaded."""

    data: bytes
    """Bytes of ``saved_model.pb`` for TensorFlow: the canonical bytes, or those of the file if it is trusted."""
    assets: tuple[str, ...]
    """Names of the files in ``assets/`` that it reads."""
    text_operations: tuple[str, ...]
    """The operations of tensorflow-text that it uses."""
    trusted: bool
    """Whether it was refused and is loaded only because the user trusts it."""


def check_saved_model(folder: Path, what: str) -> None:
    """Refuse a SavedModel with a program that is not allowed.

    If ``settings`` trust the entry, trust in exactly these bytes is recorded permanently in the user's ``tlzoo.lock``.

    Args:
        folder: Folder with ``saved_model.pb``.
        what: Start of messages: an entry's id, a colon and a name.

    Raises:
        BytesRefusedError: If the SavedModel is refused, with the reason.
    """
    inspect(folder, what)


def inspect(folder: Path, what: str) -> Inspected:
    """Inspect the SavedModel in a folder like ``check_saved_model``, and return the bytes for TensorFlow."""
    data = read_bytes(folder, what)
    found = parse_saved_model(data, f"{what}: {folder / FILE}")
    assets = tuple(sorted({each.filename for meta in found.meta_graphs for each in meta.asset_file_def}))
    reasons = refusals(found)
    if reasons:
        _require_trust(folder, what, data, reasons)
        return Inspected(data, assets, text_operations_in(found), trusted=True)
    for name in assets:
        _check_asset(folder, name, what)
    return Inspected(canonical_bytes(found), assets, text_operations_in(found), trusted=False)


def saved_models_in(folder: Path) -> Iterator[Path]:
    """Yield the folders, this one or below it, with a SavedModel in any form."""
    yield from sorted({path.parent for name in (FILE, *OTHER_FORMS) for path in folder.rglob(name)})


def overrides(entry: str) -> tuple[str, ...]:
    """Return the operations that were allowed for an entry by trust in this process.

    Args:
        entry: Id of the entry.

    Returns:
        Names of operations.
    """
    return _overrides.get(entry, ())


def _require_trust(folder: Path, what: str, data: bytes, reasons: Sequence[Refusal]) -> None:
    """Raise BytesRefusedError unless the user trusts exactly the files in the folder, including ``data``."""
    entry, digests = what.partition(": ")[0], digests_in(folder, what)
    if digests.get(FILE) != f"sha256:{hashlib.sha256(data).hexdigest()}":
        raise BytesRefusedError(f"{what}: {folder / FILE} changed during reading", "replace the file")
    tree, operations = tree_digest(digests), tuple(dict.fromkeys(each.operation for each in reasons))
    known = trusted(tree)
    if known is None and entry not in settings().trusted:
        shown = ", ".join(map(str, reasons[:_MOST_SHOWN])) + (", …" if len(reasons) > _MOST_SHOWN else "")
        raise BytesRefusedError(
            f"{what}: the SavedModel in {folder} is refused: {shown}",
            f"load it only if you trust its publisher like your own code: `--trust {entry}`",
        )
    if known is None:
        trust(tree, entry, operations)
    settings().progress.note(f"{what}: trusted with {', '.join(operations)}")
    _overrides[entry] = operations


def _check_asset(folder: Path, name: str, what: str) -> None:
    """Raise BytesRefusedError unless an asset is a regular file in the folder, without links."""
    path = folder / "assets" / name
    linked = next(
        (each for each in path.parents if each != folder and folder in each.parents and each.is_symlink()), None
    )
    try:
        os.close(open_regular(linked or path))
    except OSError as error:
        raise BytesRefusedError(
            f"{what}: the asset {path} cannot be used: {error.strerror}", "replace it by the file itself"
        ) from error
