"""One compiled training step: forward, gradients of exactly what trains, and an optimizer for each learning rate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.errors import UsageError, did_you_mean
from tlzoo.keras_objects import KerasConfig, keras_object

if TYPE_CHECKING:
    import keras
    import numpy as np
    import tensorflow as tf

    from tlzoo.training.phases.teacher import Teacher

__all__ = ["OPTIMIZERS", "Regularization", "TrainingStep", "make_optimizer"]

OPTIMIZERS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "lamb": "Lamb",
    "lion": "Lion",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
"""Names that a recipe may use, with Keras's. All decay weights in the decoupled way, on kernels only."""

_UNDECAYED = [r"(^|/)(bias|gamma|beta|scale)$"]


@dataclass(frozen=True, slots=True)
class Regularization:
    """What an optimizer does besides descending: the phase's fields of these names."""

    weight_decay: float = 0.0
    clip_norm: float | None = None
    ema: float | None = None
    accumulate: int = 1


def make_optimizer(
    wanted: str | KerasConfig,
    groups: Sequence[tuple[Sequence[keras.Variable], float]],
    regularization: Regularization,
    *,
    scale_loss: bool = False,
) -> Any:
    """Return an optimizer that trains each group of variables at its own learning rate.

    ``wanted`` is a name, or a Keras optimizer, which keeps its own settings but for the learning rate. Its weight decay
    is its own, too; clipping, averaging and accumulation are the regularization's where that has some.

    ``scale_loss`` is for float16, in which small gradients are zero: they are computed of a multiple of the loss that
    grows until one overflows; such a step is left out (Micikevicius et al. 2018, arXiv 1710.03740).

    Raises:
        UsageError: For an unknown name.
    """
    import keras

    make = _named(wanted, regularization) if isinstance(wanted, str) else _configured(wanted, regularization)
    owners: dict[int, keras.Optimizer] = {}
    optimizers = []
    for variables, rate in groups:
        optimizer = make(rate)
        owners |= {id(variable): optimizer for variable in variables}
        optimizers.append(optimizer)
    every = [variable for variables, _ in groups for variable in variables]
    whole = optimizers[0] if len(optimizers) == 1 else keras.optimizers.MultiOptimizer(lambda each: owners[id(each)])
    if scale_loss:
        whole = keras.optimizers.LossScaleOptimizer(whole)
    whole.build(every)
    return whole


def _named(name: str, regularization: Regularization) -> Callable[[float], Any]:
    """Return a function that makes the optimizer of this name for a learning rate."""
    import keras

    if name not in OPTIMIZERS:
        raise UsageError(f"no optimizer {name!r}", did_you_mean(name, OPTIMIZERS))
    extra = {"momentum": 0.9, "nesterov": True} if name == "sgd" else {}

    def make(rate: float) -> Any:
        optimizer = getattr(keras.optimizers, OPTIMIZERS[name])(
            learning_rate=rate,
            global_clipnorm=regularization.clip_norm,
            use_ema=regularization.ema is not None,
            ema_momentum=regularization.ema or 0.99,
            gradient_accumulation_steps=regularization.accumulate if regularization.accumulate > 1 else None,
            **extra,
        )
        optimizer.weight_decay = regularization.weight_decay or None
        optimizer.exclude_from_weight_decay(var_names=_UNDECAYED)
        return optimizer

    return make


def _configured(config: KerasConfig, regularization: Regularization) -> Callable[[float], Any]:
    """Return a function that makes a Keras optimizer for a learning rate."""
    asked: dict[str, Any] = {}
    if regularization.clip_norm is not None:
        asked |= {"global_clipnorm": regularization.clip_norm, "clipnorm": None, "clipvalue": None}
    if regularization.ema is not None:
        asked |= {"use_ema": True, "ema_momentum": regularization.ema}
    if regularization.accumulate > 1:
        asked["gradient_accumulation_steps"] = regularization.accumulate
    return lambda rate: keras_object(config, "optimizer", learning_rate=rate, **asked)


class TrainingStep:
    """A step that is traced once: called with a batch, its targets and weights, and a learning rate for each group.

    ``descend`` goes from the boundary's tensors, targets (batch, outputs), weights (batch,) and what the phase's
    objective takes ``beside`` them to the scalar that is descended and the outputs (batch, outputs), in training mode.
    Only ``variables`` are given to the optimizer, whatever Keras's own ``trainable`` flags say; ``helpers``, among
    them, are none of the network's, and begin anew with every phase; ``held`` are moving statistics that layers may
    update by themselves; ``teacher`` begins each phase as the network that it starts from.
    """

    def __init__(
        self,
        descend: Callable[..., tuple[tf.Tensor, tf.Tensor]],
        variables: Sequence[keras.Variable],
        optimizer: Any,
        signature: tuple[Any, ...],
        held: Iterable[keras.Variable] = (),
        helpers: Iterable[keras.Variable] = (),
        teacher: Teacher | None = None,
    ) -> None:
        import tensorflow as tf

        self.optimizer = optimizer
        unscaled = getattr(optimizer, "inner_optimizer", optimizer)
        self._inner = getattr(unscaled, "optimizers", [unscaled])
        self.helpers = list(helpers)
        self._renewed = [*optimizer.variables, *self.helpers]
        self._fresh = [variable.numpy().copy() for variable in self._renewed]
        self._trained = trained = list(variables)
        self._held = list(held)
        self._teacher = teacher

        def step(
            tensors: Sequence[tf.Tensor], targets: tf.Tensor, weights: tf.Tensor, rates: tf.Tensor, beside: Any
        ) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                for variable in trained:
                    tape.watch(variable.value)
                value, outputs = descend(tensors, targets, weights, beside)
                scaled = optimizer.scale_loss(value)
            gradients = tape.gradient(scaled, [variable.value for variable in trained], unconnected_gradients="zero")
            for position, each in enumerate(self._inner):
                each.learning_rate.assign(rates[position])
            optimizer.apply(gradients, trained)
            return value, outputs

        self._step = tf.function(step, input_signature=signature, autograph=False)

    def __call__(
        self, tensors: Sequence[Any], targets: Any, weights: Any, rates: Any, beside: Any = ()
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Run one step at these rates (groups,); return the loss (scalar) and the outputs (batch, outputs)."""
        loss, outputs = self._step(tensors, targets, weights, rates, beside)
        return loss, outputs

    def take_average(self) -> None:
        """Set the trained variables to their exponential moving averages."""
        self.optimizer.finalize_variable_values(self._trained)

    @property
    def averages(self) -> bool:
        """Whether the optimizer keeps moving averages of the trained variables."""
        return any(each.use_ema for each in self._inner)

    @property
    def skips_overflows(self) -> bool:
        """Whether steps whose float16 gradients overflow are skipped."""
        return hasattr(self.optimizer, "inner_optimizer")

    @property
    def applied(self) -> int:
        """The number of steps of the phase that changed variables: all but those that were skipped."""
        return int(self._inner[0].iterations.numpy())

    @property
    def slots(self) -> list[keras.Variable]:
        """All that a phase needs to go on beside the network's variables: the optimizer's, and the helpers'."""
        return list(self._renewed)

    def snapshot(self) -> list[np.ndarray]:
        """Return copies of everything that a step may change."""
        return [variable.value.numpy().copy() for variable in (*self._trained, *self._held)]

    def restore(self, snapshot: list[np.ndarray]) -> None:
        """Set everything that a step may change to a snapshot."""
        for variable, value in zip((*self._trained, *self._held), snapshot, strict=True):
            variable.assign(value)

    def reset(self) -> None:
        """Forget the optimizer's moments and step count and what helpers learned, for another phase.

        The network's present values become the teacher's.
        """
        for variable, value in zip(self._renewed, self._fresh, strict=True):
            variable.assign(value)
        if self._teacher is not None:
            self._teacher.renew()
