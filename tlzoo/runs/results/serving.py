"""The SavedModel of a run: inspected loading, and trust in a model written on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.artifacts import digests_in, settings, tree_digest
from tlzoo.artifacts.pins import trust
from tlzoo.artifacts.savedmodel import is_remembered, load_inspected, read_saved_model, refusals
from tlzoo.errors import BytesRefusedError, TlzooError

if TYPE_CHECKING:
    from tlzoo.tasks import Task

__all__ = ["check_answers", "check_input", "load_serving", "serving_signature", "trust_own_serving"]

_RESTORE = "restore the original folder, or train again"
_TYPES = {"numbers": "f", "words": "O", "maps": "f", "boxes": "f", "sequences": "f", "offsets": "i"}
_RANKS = {"numbers": 2, "maps": 4, "boxes": 3, "sequences": 3, "offsets": 2}


def load_serving(path: Path) -> Any:
    """Return the SavedModel of a run, inspected.

    Raises BytesRefusedError for a refused program, EntryError if TensorFlow cannot load it or
    tensorflow-text is not installed.
    """
    return load_inspected(path, what=f"{path.parent}: {path.name}")


def serving_signature(serving: Any, path: Path) -> tuple[Any, str, Any]:
    """Return the serving signature, the name of its only input, and the TensorSpec of an input batch.

    Raises BytesRefusedError if the SavedModel has no such signature.
    """
    serve = serving.signatures.get("serving_default")
    taken = {} if serve is None else serve.structured_input_signature[1]
    if len(taken) != 1 or not isinstance(serve.structured_outputs, Mapping):
        raise BytesRefusedError(f"{path} is not the model of a run: it has {len(taken)} inputs, not one", _RESTORE)
    ((argument, specification),) = taken.items()
    if not specification.shape.rank:
        raise BytesRefusedError(f"{path} is not the model of a run: it does not accept batches", _RESTORE)
    return serve, argument, specification


def check_input(dtype: str, specification: Any, path: Path) -> None:
    """Raise BytesRefusedError if a signature does not take the type of its modality."""
    if specification.dtype.name != dtype:
        raise BytesRefusedError(f"{path} is not the model of a run: it takes {specification.dtype.name}", _RESTORE)


def check_answers(answered: Mapping[str, Any], count: int, task: Task, path: Path) -> None:
    """Raise BytesRefusedError if the predictions for ``count`` inputs do not match the run's task."""
    for name, form in task.serving_outputs.items():
        values = answered.get(name)
        if values is None or values.dtype.kind != _TYPES[form] or (form == "words" and values.shape[:1] != (count,)):
            raise BytesRefusedError(f"{path} is not the model of a run: it returns {', '.join(answered)}", _RESTORE)
        wanted = {
            "numbers": (count, len(task.names)),
            "maps": (count, *values.shape[1:-1], len(task.names)),
            "boxes": (count, *values.shape[1:]),
            "sequences": (count, *values.shape[1:-1], len(task.names)),
            "offsets": (count, *values.shape[1:]),
        }
        if form != "words" and (values.shape != wanted[form] or values.ndim != _RANKS[form]):
            raise BytesRefusedError(
                f"{path} is not the model of this run: {count} inputs give an array of shape {values.shape}, "
                f"but the run has {len(task.names)} classes or targets",
                _RESTORE,
            )


def trust_own_serving(path: Path) -> None:
    """Record trust in a SavedModel written by this process, if it uses operations that are refused by default.

    Such operations come from an entry that the user trusts, or from a tokenizer of tensorflow-text. On another machine
    the run needs ``--trust RUN``.
    """
    if not path.is_dir() or is_remembered(path):
        return
    what = f"{path.parent}: {path.name}"
    found = refusals(read_saved_model(path, what))
    if found:
        operations = tuple(dict.fromkeys(each.operation for each in found))
        try:
            trust(tree_digest(digests_in(path, what)), str(path.parent), operations)
        except TlzooError as error:
            settings().progress.note(f"predictions of this run need --trust: {error.what}")
