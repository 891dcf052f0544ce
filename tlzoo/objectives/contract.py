"""The Objective contract: the loss of a phase."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

__all__ = ["Objective", "Reached", "Step"]


@dataclass(frozen=True, slots=True)
class Reached:
    """Outputs of the network for a training batch.

    ``features``, float32 (batch, width), are the inputs of the head's last layer; ``outputs``, float32 (batch,
    outputs), its outputs: logits. ``stages`` has the features of the requested stages, float32
    (batch, …), by the name of the stage: maps, sequences or vectors. ``inputs`` are the batch itself, (batch, …):
    prepared and augmented samples, before normalization; None unless the objective sees them.
    """

    features: tf.Tensor
    outputs: tf.Tensor
    stages: Mapping[str, tf.Tensor] = field(default_factory=dict)
    inputs: tf.Tensor | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of training, in TensorFlow's tensors.

    ``loss`` is the task's: a scalar, the mean over the labelled batch with the samples' weights as factors.
    ``source`` is the labelled batch with its ``targets``, float32 (batch, outputs), and ``weights``, float32 (batch,);
    ``target`` is a batch of the same size of the unlabelled target, or None. ``done`` is
    the finished share of the phase, a scalar from 0 to 1. ``helper`` is the result of the objective's ``helper``.
    ``teacher`` has the outputs of the frozen teacher for the labelled batch, ``teacher_target`` for the unlabelled one,
    in inference mode and without gradients; None without a teacher.

    ``losses(targets, outputs)`` is the task's loss of each sample, (batch,). ``seed``, int32 (2,), differs from step to
    step and is for TensorFlow's stateless random operations: a resumed run draws the same numbers. An objective that
    sees inputs may change them and call ``network(inputs)``, which computes in training mode and with gradients, and
    ``teacher_network(inputs)``; both return a ``Reached``.
    """

    loss: tf.Tensor
    source: Reached
    targets: tf.Tensor
    weights: tf.Tensor
    done: tf.Tensor
    target: Reached | None = None
    helper: Callable[..., Any] | None = None
    teacher: Reached | None = None
    teacher_target: Reached | None = None
    losses: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None
    seed: tf.Tensor | None = None
    network: Callable[[tf.Tensor], Reached] | None = None
    teacher_network: Callable[[tf.Tensor], Reached] | None = None


class Objective(BaseModel, ABC):
    """Base class of objectives: the loss of a phase instead of the task's loss.

    Write one by subclassing::

        class Confident(Objective):
            uses_target = True
            weight: float = 0.1

            def value(self, step):
                logs = tf.nn.log_softmax(step.target.outputs)
                return step.loss - self.weight * tf.reduce_mean(tf.reduce_sum(tf.exp(logs) * logs, axis=1))

    Its fields are its options. It is compiled once, so ``value`` must use TensorFlow operations. It may
    draw random numbers only from ``step.seed``, with operations such as ``tf.random.stateless_uniform``, so that a
    resumed run ends with the weights of an uninterrupted one.

    With ``teacher = True`` it also sees the network at the start of the phase. For example, features that stay near the
    teacher's::

        class Near(Objective):
            teacher = True
            weight: float = 1.0

            def wanted_stages(self, stages):
                return stages[-1:]

            def value(self, step):
                (name,) = step.source.stages
                moved = step.source.stages[name] - step.teacher.stages[name]
                return step.loss + self.weight * tf.reduce_mean(tf.square(moved))

    With ``sees_inputs = True`` it also sees the samples, and can pass changed ones through the network, as in
    MixUp::

        class Mixed(Objective):
            sees_inputs = True

            def value(self, step):
                share = tf.random.stateless_uniform((), step.seed)
                both = (step.targets, step.source.inputs)
                targets, inputs = (share * each + (1 - share) * each[::-1] for each in both)
                return tf.reduce_mean(step.weights * step.losses(targets, step.network(inputs).outputs))
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str] = ""
    """The registered name, ``NAMESPACE/NAME``. Without one, journals have the class name."""

    uses_target: ClassVar[bool] = False
    """Whether every step also takes a batch of the unlabelled target; a run without a target is refused."""

    teacher: ClassVar[bool] = False
    """Whether every step also computes the network with the weights of ``teacher_weights``, frozen."""

    teacher_weights: ClassVar[Literal["phase start", "loaded"]] = "phase start"
    """The teacher's weights: those at the start of the phase, or at the start of the run.

    ``"loaded"`` is the pretrained backbone with the initial head, independent of earlier phases.
    """

    sees_inputs: ClassVar[bool] = False
    """Whether ``step.source.inputs``, ``step.target.inputs`` and ``step.network`` are available.

    Features of such a phase are not cached. Plans include another pass through the network.
    """

    measures_statistics: ClassVar[bool] = False
    """Whether nothing is trained, as in AdaBN.

    The moving averages of BatchNorm selected by the phase's ``train`` are set to the statistics of a domain's inputs,
    in one pass: of the target if ``needs_target()``, else of the training split.
    """

    classifies: ClassVar[bool] = False
    """Whether outputs must be logits of classes; regression and multi-label are then refused."""

    def needs_samples(self) -> bool:
        """Return whether every step takes the samples themselves, so training features are not cached."""
        return self.sees_inputs or (self.teacher and self.teacher_weights == "loaded")

    def needs_target(self) -> bool:
        """Return whether a run must have an unlabelled target."""
        return self.uses_target

    def learns_features(self) -> bool:
        """Return whether it needs trained variables below the head's last layer."""
        return False

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:  # noqa: ARG002 - none here
        """Return the names of the stages to observe, from those of the backbone, from input to output.

        They may be options, or depend on the order (``stages[-2:]``). An unknown name, or a
        stage that cannot be cut, is refused before the phase runs.
        """
        return ()

    @abstractmethod
    def value(self, step: Step) -> tf.Tensor:
        """Return the loss, a float32 scalar; ``step.loss`` is the task's part of it."""

    def helper(self, features: int, outputs: int, seed: int) -> keras.Model | None:  # noqa: ARG002 - none here
        """Return an additional network that trains in the phase and is discarded after it, or None.

        ``features`` and ``outputs`` are the widths in ``Reached``. Initializers take their seeds from ``seed``.
        """
        return None

    @model_serializer(mode="wrap")
    def _named(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write the name before the options, so that a journal distinguishes objectives."""
        return {"kind": self._journal_name(), **handler(self)}

    def _journal_name(self) -> str:
        """Return the name of this class, which subclasses do not inherit."""
        name: str = vars(type(self)).get("name") or type(self).__name__
        return name
