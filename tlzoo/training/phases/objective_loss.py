"""What a phase with an objective of its own descends, and what such a phase must not ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.error_lines import error_line, file_of
from tlzoo.errors import TlzooError, TrainingError, UsageError
from tlzoo.objectives import AdaBN, Alignment, Objective, Reached, Step
from tlzoo.training.phases.intents import moving_statistics

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Setup
    from tlzoo.training.frozen.boundary import Boundary
    from tlzoo.training.network import Network

__all__ = ["check_objective", "descend_objective", "objective_signature", "uses_target"]


def uses_target(phase: Phase) -> bool:
    """Say whether every step of a phase takes unlabelled samples of the target."""
    return phase.objective is not None and phase.objective.uses_target


def check_objective(network: Network, setup: Setup, phase: Phase) -> None:
    """Raise UsageError where a run cannot have the phase's objective, or nothing that it sees would train."""
    objective = phase.objective
    if objective is None:
        return
    asks = f"phase {phase.name!r} asks for {type(objective).__name__}"
    wanted = objective.domain == "target" if isinstance(objective, AdaBN) else objective.uses_target
    if wanted and setup.target is None:
        raise UsageError(f"{asks}, and there is no target", "give unlabelled inputs: --target images:FOLDER")
    if isinstance(objective, AdaBN):
        return
    if objective.classifies and not setup.data.task.class_logits:
        raise UsageError(f"{asks}, which is for classes, and {setup.data.source} is {setup.data.task.kind}")
    learned = phase.train.paths(network.parts) - moving_statistics(network)
    if isinstance(objective, Alignment) and objective.at == "features" and learned <= network.last_layer():
        raise UsageError(
            f"{asks}, and nothing trains below the head's last layer, where it compares source and target",
            "unfreeze a part of the backbone, take the head mlp, or compare outputs",
        )


def objective_signature(objective: Objective, boundary: Boundary) -> tuple[Any, ...]:
    """Return the signature of what a step takes beside labelled samples: the target's tensors, the share done."""
    import tensorflow as tf

    return (boundary.signature if objective.uses_target else (), tf.TensorSpec((), tf.float32))


def descend_objective(
    objective: Objective,
    boundary: Boundary,
    network: Network,
    loss: Callable[..., Any],
    penalty: Callable[[], Any],
    helper: keras.Model | None,
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """Return what the training step descends: the objective's value and the penalty, with the labelled outputs.

    Labelled and unlabelled samples go through the network as one batch, so that layers that look at a whole batch see
    the same mixture while training as their moving averages have afterwards.
    """
    import tensorflow as tf

    head = network.head_with_features()

    def descend(
        tensors: Sequence[tf.Tensor], targets: tf.Tensor, weights: tf.Tensor, beside: Any
    ) -> tuple[tf.Tensor, tf.Tensor]:
        others, done = beside
        count = tf.shape(targets)[0]
        joined = [tf.concat(pair, axis=0) for pair in zip(tensors, others, strict=True)] if others else list(tensors)
        features, outputs = head(boundary.entering(joined, training=True), training=True)
        features, outputs = tf.cast(features, tf.float32), tf.cast(outputs, tf.float32)
        labelled = outputs[:count]
        step = Step(
            loss=tf.reduce_mean(weights * loss(targets, labelled)),
            source=Reached(features[:count], labelled),
            targets=targets,
            weights=weights,
            done=done,
            target=Reached(features[count:], outputs[count:]) if others else None,
            helper=helper,
        )
        return _value(objective, step) + penalty(), labelled

    return descend


def _value(objective: Objective, step: Step) -> tf.Tensor:
    """Return what the objective gives; raise TrainingError with its author's line where it gives no number."""
    import tensorflow as tf

    kind = type(objective)
    try:
        value = tf.cast(objective.value(step), tf.float32)
    except TlzooError:
        raise
    except Exception as error:
        where = error_line(error, file_of(kind, "value")) or "see --traceback"
        raise TrainingError(f"objective {kind.__name__!r}: {type(error).__name__}: {error}", where) from error
    if value.shape.rank not in {0, None}:
        said = "a number for each sample" if value.shape.rank == 1 else f"{value.shape.rank} axes"
        raise TrainingError(f"objective {kind.__name__!r}: value() gave {said}, not one number", "take tf.reduce_mean")
    return value
