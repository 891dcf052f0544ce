"""Predictions of a finished run, through the SavedModel that it serves: no plugin is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import RunError
from tlzoo.runs.acting import predict_acting
from tlzoo.runs.evaluating import task_of
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.raw_inputs import RawInputs
from tlzoo.runs.serving import load_serving

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run

__all__ = ["predict_run"]

_BATCH = {"images": 32, "texts": 256}


def predict_run(run: Run, inputs: Sequence[Any], progress: Progress) -> list[dict[str, Any]]:
    """Return ``input`` and the answer to each input, in order.

    The answer is ``label`` and ``probabilities`` (by class); for several labels ``labels``, a list, and
    ``probabilities``; for numbers ``predictions`` (by target). For images an input is a file's path or its bytes, an
    http(s) address, or a folder or glob that stands for the images in it; one that is not an image, or cannot be
    fetched, has None for an answer and an ``error``, and the others are predicted all the same. For texts it is
    a string, or a tuple of two where the run learned from pairs; strings alone are then taken two by two. For a run
    that acts in an environment it is an episode's seed, answered by ``return``, ``steps`` and ``actions``, or an
    observation, answered by ``action``.

    Raises DataError for an input that cannot be opened, UsageError for one of another kind, RunError for a run without
    a model.
    """
    import tensorflow as tf

    task = task_of(run)
    if task is None:
        return predict_acting(run, inputs, progress)
    names = () if task is None else task.names
    folder = RunFolder.open(run.path)
    if not folder.serving.is_dir():
        raise RunError(f"{run.path} has no serving model", "it was trained without export; train again")
    serving = load_serving(folder.serving)
    serve = serving.signatures["serving_default"]
    ((argument, specification),) = serve.structured_input_signature[1].items()
    raw = RawInputs(argument, tuple(specification.shape[1:]))
    inputs = raw.expanded(raw.paired(inputs))
    raw.check(inputs)
    answers: list[dict[str, Any]] = []
    with progress.track("predicting", len(inputs), "inputs") as advance:
        size = _BATCH[argument]
        for begin in range(0, len(inputs), size):
            asked = inputs[begin : begin + size]
            batch = [raw.read(each) for each in asked]
            answered = {key: value.numpy() for key, value in serve(**{argument: tf.constant(batch)}).items()}
            for row, (each, data) in enumerate(zip(asked, batch, strict=True)):
                own = _answer({key: value[row] for key, value in answered.items()}, names)
                answers.append({"input": raw.name(each)} | (own or dict.fromkeys(_keys(answered))))
                if own is None:
                    answers[-1]["error"] = raw.why(each, data)
            advance(len(asked))
    return answers


def _answer(answered: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any] | None:
    """Return one answer as people read it, or None where there is none: its numbers are no numbers."""
    values = answered["predictions" if "predictions" in answered else "probabilities"]
    if not np.isfinite(values).all():
        return None
    return {name: _plain(name, answered[name], names) for name in _keys(answered)}


def _keys(answered: Mapping[str, Any]) -> list[str]:
    return [name for name in _ORDER if name in answered]


_ORDER = ("label", "labels", "probabilities", "predictions")


def _plain(name: str, value: Any, names: Sequence[str]) -> Any:
    if name == "label":
        return value.decode("utf-8", "surrogateescape")
    if name == "labels":
        return [each.decode("utf-8", "surrogateescape") for each in value if each]
    return dict(zip(names, value.tolist(), strict=True))
