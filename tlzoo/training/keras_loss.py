"""A Keras loss instead of the loss of the task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.keras_objects import KerasConfig, keras_object
from tlzoo.tasks import PLAIN

if TYPE_CHECKING:
    import keras

    from tlzoo.tasks import Criterion, Decision, Labels, Loss, Metrics, Task

__all__ = ["KerasLossCriterion", "with_keras_loss"]

_SPARSE = {"SparseCategoricalCrossentropy": "CategoricalCrossentropy"}
"""Losses on class indices, with the same loss on one-hot targets, which training uses."""
_OF_RATIOS = ("MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Poisson")
_OF_ONE_CLASS = ("CategoricalCrossentropy", "CategoricalFocalCrossentropy", "SparseCategoricalCrossentropy")
_OF_EACH_CLASS = ("BinaryCrossentropy", "BinaryFocalCrossentropy")
_ROWS = 65536


def with_keras_loss(own: Criterion, config: KerasConfig, task: Task) -> Criterion:
    """Return the criterion of a task with a Keras loss.

    Losses of classes receive targets float32 (batch, classes), and probabilities; cross-entropies receive logits
    instead, which is the same loss. Losses of numbers receive standardized targets and outputs. Raises UsageError for a
    loss that does not fit the task.
    """
    given = keras_object(config, "loss")
    _check_kind(given, config, task)
    changed: dict[str, Any] = {"reduction": "none"}
    if _is_entropy_of(task, given):
        changed["from_logits"] = True
    if config.class_name in _SPARSE and config.registered_name is None:
        kept = {key: value for key, value in config.config.items() if key in {"name", "from_logits"}}
        config = config.model_copy(update={"class_name": _SPARSE[config.class_name], "config": kept})
    sees_logits = changed.get("from_logits", given.get_config().get("from_logits", False))
    answers = own.answer_layer() if task.class_names and not sees_logits else None
    made = KerasLossCriterion(own, keras_object(config, "loss", **changed), answers)
    _try(made, config, task)
    return made


def _check_kind(loss: Any, config: KerasConfig, task: Task) -> None:
    """Raise UsageError for a loss of classes if labels are numbers or several classes per sample, and vice versa."""
    if task.output_form != "vector":
        raise UsageError(f"Keras losses do not support {task.kind}", f"valid losses: {', '.join(task.losses)}")
    if not task.class_names and config.class_name in _OF_RATIOS:
        raise UsageError(
            f"the loss {config.class_name} uses the logarithm or the ratio of targets, but targets are standardized",
            "leave it out, or use a loss of differences",
        )
    one_class = _is_instance(loss, _OF_ONE_CLASS)
    if (one_class and not task.exclusive) or (_is_instance(loss, _OF_EACH_CLASS) and not task.class_names):
        wanted = "one class per sample" if one_class else "classes"
        raise UsageError(
            f"the loss {config.class_name} is for {wanted}, but the task is {task.kind}", "use another loss"
        )
    if config.config.get("ignore_class") is not None:
        raise UsageError(f"the loss {config.class_name} ignores a class", "leave out ignore_class, or the samples")


def _is_entropy_of(task: Task, loss: Any) -> bool:
    """Whether a loss is a cross-entropy of the probabilities that the task's answers are."""
    return _is_instance(loss, _OF_ONE_CLASS if task.exclusive else _OF_EACH_CLASS)


def _is_instance(loss: Any, names: tuple[str, ...]) -> bool:
    import keras

    return isinstance(loss, tuple(getattr(keras.losses, name) for name in names))


@final
@dataclass(frozen=True, eq=False, slots=True)
class KerasLossCriterion:
    """The criterion ``own`` with another loss; ``layer`` maps outputs to the input of the loss, or is None."""

    own: Criterion
    keras_loss: Any
    layer: Any = None

    @property
    def figure(self) -> str:
        """The name of ``quality`` among the figures of an epoch."""
        return self.own.figure

    def targets(self, labels: Labels) -> np.ndarray:
        """Return the targets of labels."""
        return self.own.targets(labels)

    def loss(self, label_smoothing: float) -> Loss:
        """Return the Keras loss. Raises UsageError if the phase has label smoothing."""
        if label_smoothing:
            raise UsageError(
                f"a phase has label_smoothing={label_smoothing:g}, but the run has a Keras loss",
                "set label_smoothing of the loss",
            )
        return self._each

    def quality(self, targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Return the quality of each prediction of a training batch."""
        return self.own.quality(targets, outputs)

    def figures(self, labels: Labels, outputs: np.ndarray) -> dict[str, float]:
        """Return the figures of the task, with the mean of the Keras loss."""
        targets = self.own.targets(labels)
        losses = [
            np.asarray(self._each(targets[first : first + _ROWS], outputs[first : first + _ROWS]), np.float64)
            for first in range(0, len(outputs), _ROWS)
        ]
        return self.own.figures(labels, outputs) | {"loss": float(np.concatenate(losses).mean())}

    def score(self, labels: Labels, outputs: np.ndarray) -> tuple[float, float]:
        """Return the score of the task and its standard error."""
        return self.own.score(labels, outputs)

    def answers(self, outputs: np.ndarray) -> np.ndarray:
        """Return the answers of outputs."""
        return self.own.answers(outputs)

    def answer_layer(self) -> keras.Layer:
        """Return the layer from outputs to answers."""
        return self.own.answer_layer()

    def metrics(self, labels: Labels, answers: np.ndarray, decision: Decision = PLAIN) -> Metrics:
        """Return the metrics of answers."""
        return self.own.metrics(labels, answers, decision)

    def _each(self, targets: Any, outputs: Any) -> Any:
        """Return the loss of each sample, (batch,)."""
        if self.layer is None:
            return self.keras_loss(targets, outputs)
        import tensorflow as tf

        # A copy: Keras would take logits that its activation left at the tensor for those of a sigmoid.
        return self.keras_loss(targets, tf.identity(self.layer(outputs)))


def _try(made: KerasLossCriterion, config: KerasConfig, task: Task) -> None:
    """Raise UsageError for a loss that does not return one finite number per sample."""
    import tensorflow as tf

    targets = np.eye(2, task.outputs, dtype=np.float32)
    try:
        losses = np.asarray(made.loss(0.0)(tf.constant(targets), tf.zeros((2, task.outputs))))
    except Exception as error:
        said = " ".join(str(error).split())
        raise UsageError(
            f"the loss {config.class_name} does not take targets and outputs (batch, {task.outputs}): {said:.200}",
            "use a loss of this task",
        ) from error
    if losses.shape != (2,):
        raise UsageError(
            f"the loss {config.class_name} returns an array of shape {losses.shape} for 2 samples, not one each",
            "return the mean over the last axis, without a reduction over samples",
        )
