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

__all__ = ["OPTIMIZERS", "Regularization", "TrainingStep", "apply_gradients", "make_optimizer"]

OPTIMIZERS = {
    "adam": "Adam",
    "adamw": "AdamW",
    "lamb": "Lamb",
    "lion": "Lion",
    "nadam": "Nadam",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
}
"""Optimizers of recipes by name, with Keras's class. Weight decay is decoupled, on kernels only."""

_UNDECAYED = [r"(^|/)(bias|gamma|beta|scale)$"]


@dataclass(frozen=True, slots=True)
class Regularization:
    """Regularization in the optimizer: the phase's fields of these names."""

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

    ``wanted`` is a name, or a Keras optimizer, which keeps its settings except the learning rate. Its weight decay
    is kept too; clipping, averaging and accumulation are overridden by the regularization.

    ``scale_loss`` is for float16, in which small gradients underflow: gradients are computed of a multiple of the loss
    that grows until one overflows; such a step is skipped (Micikevicius et al. 2018, arXiv 1710.03740).

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


def apply_gradients(optimizer: Any, gradients: Sequence[tf.Tensor], variables: Sequence[keras.Variable]) -> None:
    """Update the variables with their gradients, in a graph, which can be freed afterwards.

    ``optimizer.apply`` alone sums the gradients of replicas by an operation with a gradient of its own. TensorFlow
    keeps such a gradient, and with it the graph, for the rest of the process: some 70 MB for each phase of a small
    network. Where there are no replicas, as in ``merge_call``, Keras leaves that sum out. Optimizers that scale the
    loss, of mixed precision, refuse to be called there, and their graphs are kept.
    """
    import keras
    import tensorflow as tf

    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer.apply(gradients, variables)
    else:
        tf.distribute.get_replica_context().merge_call(lambda _: optimizer.apply(gradients, variables))


def _named(name: str, regularization: Regularization) -> Callable[[float], Any]:
    """Return a function that makes the optimizer of this name for a learning rate."""
    import keras

    if name not in OPTIMIZERS:
        raise UsageError(f"unknown optimizer {name!r}", did_you_mean(name, OPTIMIZERS))
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
    """A step, traced once, for a batch, its targets and weights, and a learning rate per group.

    ``descend`` maps the boundary's tensors, targets (batch, outputs), weights (batch,) and the extra arguments
    of the objective (``beside``) to the scalar loss and the outputs (batch, outputs), in training mode.
    Only ``variables`` are passed to the optimizer, independent of Keras's ``trainable`` flags; ``helpers``, among
    them, are not part of the network, and are reset in every phase; ``held`` are moving statistics that layers may
    update; ``teacher`` is a copy of the network at the start of each phase.
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
            apply_gradients(optimizer, gradients, trained)
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
        """The number of steps of the phase that were not skipped."""
        return int(self._inner[0].iterations.numpy())

    @property
    def slots(self) -> list[keras.Variable]:
        """Variables to continue a phase, in addition to the network's: those of the optimizer and the helpers."""
        return list(self._renewed)

    def snapshot(self) -> list[np.ndarray]:
        """Return copies of all variables that a step may change."""
        return [variable.value.numpy().copy() for variable in (*self._trained, *self._held)]

    def restore(self, snapshot: list[np.ndarray]) -> None:
        """Restore all variables that a step may change from a snapshot."""
        for variable, value in zip((*self._trained, *self._held), snapshot, strict=True):
            variable.assign(value)

    def reset(self) -> None:
        """Reset the optimizer's moments and step count, and the helpers, for another phase.

        The teacher is set to the network's present values.
        """
        for variable, value in zip(self._renewed, self._fresh, strict=True):
            variable.assign(value)
        if self._teacher is not None:
            self._teacher.renew()
