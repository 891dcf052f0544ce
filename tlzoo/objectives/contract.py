"""What an objective is: the number that a phase descends."""

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
    """What the network makes of a batch while training.

    ``features``, float32 (batch, width), are what enters the head's last layer; ``outputs``, float32 (batch, outputs),
    what leaves it: logits. ``stages`` has the features that leave the stages which the objective asked for, float32
    (batch, …), by the name of the stage: maps, sequences or vectors. ``inputs`` are the batch itself, (batch, …):
    prepared and augmented samples, before normalization; None where the objective does not see them.
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
    ``target`` is a batch of the same size of the unlabelled target, None where the objective takes none. ``done`` is
    the share of the phase that is over, a scalar from 0 to 1. ``helper`` is what the objective's ``helper`` returned.
    ``teacher`` is what the frozen teacher makes of the labelled batch, ``teacher_target`` of the unlabelled one, in
    inference mode and without gradients; None where the objective asks for no teacher.

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
    """What a phase descends in place of the task's loss.

    Write one by subclassing::

        class Confident(Objective):
            uses_target = True
            weight: float = 0.1

            def value(self, step):
                logs = tf.nn.log_softmax(step.target.outputs)
                return step.loss - self.weight * tf.reduce_mean(tf.reduce_sum(tf.exp(logs) * logs, axis=1))

    Its fields are its options. It is compiled once, so that ``value`` must be made of TensorFlow's operations. It may
    draw by ``step.seed`` alone, with operations such as ``tf.random.stateless_uniform``, so that a resumed run ends
    with the weights of an uninterrupted one.

    With ``teacher = True`` it also sees the network as it was when the phase began. Features that stay near the
    teacher's, for one::

        class Near(Objective):
            teacher = True
            weight: float = 1.0

            def wanted_stages(self, stages):
                return stages[-1:]

            def value(self, step):
                (name,) = step.source.stages
                moved = step.source.stages[name] - step.teacher.stages[name]
                return step.loss + self.weight * tf.reduce_mean(tf.square(moved))

    With ``sees_inputs = True`` it also sees the samples, and can take changed ones through the network. Mixup, for
    one::

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
    """The name under which a plugin registers it, ``NAMESPACE/NAME``. Without one, journals have the class name."""

    uses_target: ClassVar[bool] = False
    """Whether every step takes a batch of the unlabelled target as well; a run without one is then refused."""

    teacher: ClassVar[bool] = False
    """Whether every step also computes the network with the weights of ``teacher_weights``, frozen."""

    teacher_weights: ClassVar[Literal["phase start", "loaded"]] = "phase start"
    """The teacher's weights: those with which the phase starts, or those with which the run started.

    ``"loaded"`` is the pretrained backbone under the run's head as it was initialized, whatever earlier phases trained.
    """

    sees_inputs: ClassVar[bool] = False
    """Whether ``step.source.inputs``, ``step.target.inputs`` and ``step.network`` are there.

    Such a phase is not cached. Plans count one more pass through the network for it.
    """

    measures_statistics: ClassVar[bool] = False
    """Whether nothing is descended, as in AdaBN.

    The moving averages of BatchNorm that the phase's ``train`` selects become the statistics of a domain's inputs, in
    one pass: of the target where ``needs_target()``, else of the training split.
    """

    classifies: ClassVar[bool] = False
    """Whether outputs must be logits of classes; numbers and several labels a sample are then refused."""

    def needs_samples(self) -> bool:
        """Return whether every step takes the samples themselves, so that nothing of what is trained on is cached."""
        return self.sees_inputs or (self.teacher and self.teacher_weights == "loaded")

    def needs_target(self) -> bool:
        """Return whether a run must have an unlabelled target."""
        return self.uses_target

    def learns_features(self) -> bool:
        """Return whether it is of no use where nothing trains below the head's last layer."""
        return False

    def wanted_stages(self, stages: Sequence[str]) -> Sequence[str]:  # noqa: ARG002 - none here
        """Return the names of the stages whose features it sees, out of the backbone's, from input to output.

        They may be options, or follow from the order (``stages[-2:]``). A name that the backbone does not have, and a
        stage that cannot be cut, is refused before the phase runs.
        """
        return ()

    @abstractmethod
    def value(self, step: Step) -> tf.Tensor:
        """Return the scalar that is descended, float32; ``step.loss`` is the task's own part of it."""

    def helper(self, features: int, outputs: int, seed: int) -> keras.Model | None:  # noqa: ARG002 - none here
        """Return a network that trains beside the phase's own and is thrown away after it; None for none.

        ``features`` and ``outputs`` are the widths of what is ``Reached``. Initializers take their seeds from ``seed``.
        """
        return None

    @model_serializer(mode="wrap")
    def _named(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Put the name before the options, so that a journal tells one objective from another."""
        return {"kind": self._journal_name(), **handler(self)}

    def _journal_name(self) -> str:
        """Return the name of this very class: a subclass does not inherit it."""
        name: str = vars(type(self)).get("name") or type(self).__name__
        return name
