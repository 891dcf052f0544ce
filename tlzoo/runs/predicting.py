"""Predictions of a finished run, through the SavedModel that it serves: no plugin is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import DataError, RunError
from tlzoo.runs.folder import RunFolder

if TYPE_CHECKING:
    from tlzoo.runs.run import Run

__all__ = ["predict_run"]

_BATCH = 32


def predict_run(run: Run, inputs: list[str | Path | bytes]) -> list[dict[str, Any]]:
    """Return ``input``, ``label`` and ``probabilities`` (by class) of each input, in order.

    For images an input is a file's path or its bytes. One that is no image has ``label`` None and an ``error``; the
    others are predicted all the same. Raises DataError for a path that cannot be opened, RunError for a run without a
    model.
    """
    import tensorflow as tf

    classes = tuple(run.result["test"]["per_class"])
    folder = RunFolder.open(run.path)
    if not folder.serving.is_dir():
        raise RunError(f"{run.path} has no serving model", "it was trained without export; train again")
    serve = tf.saved_model.load(str(folder.serving)).signatures["serving_default"]
    (argument,) = serve.structured_input_signature[1]
    raw = [_read(each) for each in inputs]
    answers: list[dict[str, Any]] = []
    for begin in range(0, len(raw), _BATCH):
        batch = serve(**{argument: tf.constant(raw[begin : begin + _BATCH])})
        labels, rows = batch["label"].numpy(), batch["probabilities"].numpy()
        asked = zip(inputs[begin : begin + _BATCH], raw[begin : begin + _BATCH], labels, rows, strict=True)
        answers += [_answer(each, data, label.decode(), row.tolist(), classes) for each, data, label, row in asked]
    return answers


def _answer(
    each: str | Path | bytes, raw: bytes, label: str, row: list[float], classes: tuple[str, ...]
) -> dict[str, Any]:
    name = f"{len(each)} bytes" if isinstance(each, bytes) else str(each)
    if not label:
        from tlzoo.data import why_unreadable

        return {"input": name, "label": None, "probabilities": None, "error": why_unreadable(raw) or "cannot be read"}
    return {"input": name, "label": label, "probabilities": dict(zip(classes, row, strict=True))}


def _read(each: str | Path | bytes) -> bytes:
    if isinstance(each, bytes):
        return each
    try:
        return Path(each).read_bytes()
    except FileNotFoundError as error:
        raise DataError(f"no file {str(each)!r}", "nothing was predicted") from error
    except IsADirectoryError as error:
        raise DataError(f"{each} is a folder", f"name files in it, such as {each}/*.jpg") from error
    except OSError as error:
        raise DataError(f"{each} cannot be read ({error.strerror})", "check its permissions") from error
