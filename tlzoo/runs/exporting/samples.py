"""Prepared samples of a run: for calibration, and on disk for measurements in other processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import ExportError
from tlzoo.export import numeric_inputs, sample_inputs

if TYPE_CHECKING:
    from tlzoo.export import Arrays, Exporter, ServingModel
    from tlzoo.progress import Progress
    from tlzoo.tasks import Metrics
    from tlzoo.training import Trainer

__all__ = ["MOST_CALIBRATION", "StoredSamples", "calibration_samples", "store_samples"]

MOST_CALIBRATION = 512
"""Most training samples that exporters receive."""


@dataclass(frozen=True, slots=True)
class StoredSamples:
    """All samples of a split on disk, with the answers (N, C) of the run's own network.

    ``text`` and ``numbers`` describe the files of each input by name, for formats with and without strings, as the
    worker reads them. ``labels`` and ``metrics`` are None if the samples have no labels.
    """

    text: Mapping[str, Any]
    numbers: Mapping[str, Any]
    answers: np.ndarray
    labels: np.ndarray | None
    metrics: Callable[[np.ndarray], Metrics] | None

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.answers)

    def inputs(self, exporter: Exporter) -> Mapping[str, Any]:
        """Return the description of the inputs that a format takes."""
        return self.text if exporter.takes_text else self.numbers


def calibration_samples(trainer: Trainer, state: Any, model: ServingModel) -> dict[bool, Arrays]:
    """Return prepared training samples by name of input, for formats with strings (True) and without (False).

    They are a random part of the training split with the run's seed; empty for a trainer without prepared samples.
    """
    split = trainer.prepared_samples(state, "train", MOST_CALIBRATION)
    if split is None:
        return {True: {}, False: {}}
    batches = list(split.batches())
    text = _joined(sample_inputs(model, each) for each in batches)
    if model.preprocessing.dtype != "string":
        return {True: text, False: text}
    try:
        return {True: text, False: _joined(numeric_inputs(model, each) for each in batches)}
    except ExportError:  # formats with strings can be written all the same
        return {True: text, False: {}}


def store_samples(
    trainer: Trainer, state: Any, model: ServingModel, folder: Path, *, numbers: bool, progress: Progress
) -> StoredSamples:
    """Write the prepared samples of the test split to a folder, and predict them with the run's own network.

    Args:
        trainer: The run's trainer.
        state: Its state with the final weights.
        model: The run's network.
        folder: An existing folder.
        numbers: Whether a format needs the token ids that the network computes from strings.
        progress: Receives the progress.

    Returns:
        The samples.

    Raises:
        ExportError: If the trainer has no prepared samples, or the test split is empty.
    """
    split = trainer.prepared_samples(state, "test", None)
    if split is None:
        raise ExportError(f"{type(trainer).__name__} has no prepared samples to compare exported files on")
    is_text = model.preprocessing.dtype == "string"
    text, ids = _Writer(folder, "samples"), _Writer(folder, "numbers")
    answers = []
    with progress.track("predicting", 0 if split.labels is None else len(split.labels), "samples") as advance:
        for batch in split.batches():
            text.add(sample_inputs(model, batch))
            if is_text and numbers:
                ids.add(numeric_inputs(model, batch))
            answers.append(np.asarray(model.network(batch, training=False), np.float32))
            advance(len(answers[-1]))
    if not answers:
        raise ExportError("the run has no test samples to compare exported files on", "train with a test split")
    stored = text.finish()
    return StoredSamples(
        stored, ids.finish() if is_text and numbers else stored, np.concatenate(answers), split.labels, split.metrics
    )


class _Writer:
    """Writes batches of inputs one after the other; strings, whose widths differ, are kept and written at the end."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._strings: dict[str, list[np.ndarray]] = {}
        self._described: dict[str, dict[str, Any]] = {}

    def add(self, inputs: Arrays) -> None:
        """Write one batch."""
        for name, values in inputs.items():
            if values.dtype.kind == "S":
                self._strings.setdefault(name, []).append(values)
            else:
                self._write(name, values)

    def finish(self) -> Mapping[str, Any]:
        """Return the description of the files."""
        for name, parts in self._strings.items():
            self._write(name, np.concatenate(parts))
        return self._described

    def _write(self, name: str, values: np.ndarray) -> None:
        path = self._folder / f"{self._name}-{len(self._described)}.raw"
        found = self._described.setdefault(
            name, {"path": str(path), "dtype": values.dtype.str, "shape": [0, *values.shape[1:]]}
        )
        with Path(found["path"]).open("ab") as stream:
            stream.write(np.ascontiguousarray(values).tobytes())
        found["shape"][0] += len(values)


def _joined(batches: Iterable[Mapping[str, np.ndarray]] | Iterator[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    parts: dict[str, list[np.ndarray]] = {}
    for batch in batches:
        for name, values in batch.items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}
