"""Predictions of a finished run, through the SavedModel that it serves: no plugin is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.errors import RunError
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.raw_inputs import Input, RawInputs

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run

__all__ = ["predict_run"]

_BATCH = 32


def predict_run(run: Run, inputs: Sequence[Input], progress: Progress) -> list[dict[str, Any]]:
    """Return ``input``, ``label`` and ``probabilities`` (by class) of each input, in order.

    For images an input is a file's path or its bytes; one that is no image has ``label`` None and an ``error``, and the
    others are predicted all the same. For texts it is a string, or a tuple of two where the run learned from pairs;
    strings alone are then taken two by two.
    Raises DataError for an input that cannot be opened, UsageError for one of another kind, RunError for a run without
    a model.
    """
    import tensorflow as tf

    names = tuple(run.result["test"]["per_class"])
    folder = RunFolder.open(run.path)
    if not folder.serving.is_dir():
        raise RunError(f"{run.path} has no serving model", "it was trained without export; train again")
    serving = tf.saved_model.load(str(folder.serving))
    serve = serving.signatures["serving_default"]
    ((argument, specification),) = serve.structured_input_signature[1].items()
    raw = RawInputs(argument, tuple(specification.shape[1:]))
    inputs = raw.paired(inputs)
    raw.check(inputs)
    answers: list[dict[str, Any]] = []
    with progress.track("predicting", len(inputs), "inputs") as advance:
        for begin in range(0, len(inputs), _BATCH):
            asked = inputs[begin : begin + _BATCH]
            batch = [raw.read(each) for each in asked]
            answered = {key: value.numpy() for key, value in serve(**{argument: tf.constant(batch)}).items()}
            for row, (each, data) in enumerate(zip(asked, batch, strict=True)):
                own = _answer({key: value[row] for key, value in answered.items()}, names)
                answers.append({"input": raw.name(each)} | own | ({} if own["label"] else {"error": raw.why(data)}))
            advance(len(asked))
    return answers


def _answer(answered: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    label = answered["label"].decode("utf-8", "surrogateescape")
    if not label:
        return {"label": None, "probabilities": None}
    return {"label": label, "probabilities": dict(zip(names, answered["probabilities"].tolist(), strict=True))}
