"""Predictors of a run: its SavedModel, or an exported file without TensorFlow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.errors import PluginError
from tlzoo.modalities import NeedsTensorFlow, modality_of_argument, require_modality
from tlzoo.runs.results.exported_runtime import open_exported, refusing_damage
from tlzoo.runs.results.serving import check_answers, check_input, load_serving, serving_signature

if TYPE_CHECKING:
    from tlzoo.modalities import Modality, RawInputs
    from tlzoo.registry import InputContract
    from tlzoo.runs.results.exported_files import ExportedFile
    from tlzoo.tasks import Task

__all__ = ["ExportedPredictor", "Predictor", "ServingPredictor", "modality_of_signature"]

Rows = list[dict[str, np.ndarray] | None]
"""The outputs of the serving signature for each input, by name; None for an input without a prediction."""


class Predictor(ABC):
    """Predicts batches of raw inputs. ``raw`` reads them, ``batch_size`` is the usual number in a batch."""

    __slots__ = ("batch_size", "raw", "task")

    def __init__(self, raw: RawInputs, batch_size: int, task: Task) -> None:
        self.raw, self.batch_size, self.task = raw, batch_size, task

    @abstractmethod
    def predict(self, batch: Sequence[Any], unread: Collection[int]) -> Rows:
        """Return the outputs for each input, as read by ``raw``; None at the positions ``unread`` of placeholders."""


@final
class ServingPredictor(Predictor):
    """The SavedModel in ``serving/``; imports TensorFlow."""

    __slots__ = ("_argument", "_dtype", "_loaded", "_path", "_serve")

    def __init__(self, path: Path, task: Task, contract: InputContract | None) -> None:
        self._path, self._loaded = path, load_serving(path)  # its variables live as long as it does
        self._serve, self._argument, specification = serving_signature(self._loaded, path)
        modality = modality_of_signature(self._argument)
        super().__init__(modality.raw_inputs(tuple(specification.shape[1:]), contract), modality.serving_batch, task)
        check_input(self.raw.dtype, specification, path)
        self._dtype = specification.dtype

    def predict(self, batch: Sequence[Any], unread: Collection[int]) -> Rows:
        """Predict all inputs."""
        import tensorflow as tf

        given = {self._argument: tf.constant(self.raw.batch(batch), self._dtype)}
        answered = {key: value.numpy() for key, value in self._serve(**given).items()}
        check_answers(answered, len(batch), self.task, self._path)
        return [
            None if row in unread else {key: value[row] for key, value in answered.items()} for row in range(len(batch))
        ]


@final
class ExportedPredictor(Predictor):
    """An exported file in its own runtime, without TensorFlow."""

    __slots__ = ("_file", "_input", "_prepare", "_runtime")

    def __init__(self, file: ExportedFile, task: Task, contract: InputContract | None) -> None:
        """Open the file.

        Raises NeedsTensorFlow if its inputs cannot be prepared without TensorFlow, ExportError if the file does not
        give the run's own answers on this machine, and BytesRefusedError for a damaged folder.
        """
        card = file.card
        if card.prepare is None or len(card.inputs) != 1:
            raise NeedsTensorFlow(f"{card.format} has no preparation without TensorFlow")
        modality = require_modality(card.prepare.modality)
        with refusing_damage(file):
            prepare = modality.portable_preparation(card.prepare.settings, file.path.parent)
            cells = {"map": (1, 1), "sequence": (1,)}.get(task.output_form, ())
            served = task.serving_arrays(np.zeros((1, *cells, len(task.names)), np.float32), card.decision.check(task))
        if prepare is None or served is None:
            raise NeedsTensorFlow(f"the inputs of {card.format} cannot be prepared without TensorFlow")
        self._file, self._prepare, (self._input,) = file, prepare, card.inputs
        super().__init__(modality.raw_inputs(tuple(card.prepare.shape), contract), modality.serving_batch, task)
        self._runtime = open_exported(file, task)

    def predict(self, batch: Sequence[Any], unread: Collection[int]) -> Rows:
        """Predict the readable inputs. Raises NeedsTensorFlow if one of them cannot be prepared without it."""
        rows = [row for row in range(len(batch)) if row not in unread]
        found: Rows = [None] * len(batch)
        if rows:
            with refusing_damage(self._file):
                samples = np.stack([self._prepare(batch[row]) for row in rows])
            answers = self._answers(samples)
            served = self.task.serving_arrays(answers, self._file.card.decision) or {}
            for place, row in enumerate(rows):
                found[row] = {key: value[place] for key, value in served.items()}
        return found

    def _answers(self, samples: np.ndarray) -> np.ndarray:
        """Return predictions (N, names); raise NeedsTensorFlow if the runtime fails or they are not finite."""
        try:
            found = np.asarray(self._runtime({self._input: samples}), np.float32)
        except Exception as error:  # of any runtime
            raise NeedsTensorFlow(f"{self._file.card.format} fails: {type(error).__name__}") from error
        if not self.task.answers_fit(found.shape, len(samples)) or not np.isfinite(found).all():
            raise NeedsTensorFlow(f"{self._file.card.format} predicts values that are not finite")
        return found


def modality_of_signature(argument: str) -> Modality:
    """Return the modality of a serving signature's argument; raise PluginError if its plugin is missing."""
    found = modality_of_argument(argument)
    if found is None:
        raise PluginError(
            f"no installed plugin provides the modality for {argument}", "install the plugin of the run's backbone"
        )
    return found
