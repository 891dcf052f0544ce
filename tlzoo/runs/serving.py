"""The SavedModel that a run serves: loading it inspected, and trust in one that was written here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tlzoo.artifacts import digests_in, settings, tree_digest
from tlzoo.artifacts.pins import trust
from tlzoo.artifacts.savedmodel import load_inspected, read_saved_model, refusals
from tlzoo.errors import TlzooError

__all__ = ["load_serving", "trust_own_serving"]


def load_serving(path: Path) -> Any:
    """Return a run's SavedModel, inspected.

    Raises BytesRefusedError for a program that is refused, EntryError where TensorFlow cannot load it or
    tensorflow-text is not installed.
    """
    return load_inspected(path, what=f"{path.parent}: {path.name}")


def trust_own_serving(path: Path) -> None:
    """Record trust in a SavedModel that this process has just written, where it uses operations that are refused.

    Such operations come from an entry whose program the user trusts, or from a tokenizer of tensorflow-text. On another
    machine the run needs ``--trust RUN``.
    """
    if not path.is_dir():
        return
    what = f"{path.parent}: {path.name}"
    found = refusals(read_saved_model(path, what))
    if found:
        operations = tuple(dict.fromkeys(each.operation for each in found))
        try:
            trust(tree_digest(digests_in(path, what)), str(path.parent), operations)
        except TlzooError as error:
            settings().progress.note(f"predictions of this run need --trust: {error.what}")
