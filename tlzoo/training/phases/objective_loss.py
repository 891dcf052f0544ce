"""Loss of a phase with an objective, and checks of such phases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tlzoo.error_lines import error_line, file_of
from tlzoo.errors import TlzooError, TrainingError, UsageError
from tlzoo.objectives import Objective, Reached, Step
from tlzoo.training.head_inputs import stage_features
from tlzoo.training.phases.intents import moving_statistics

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Setup
    from tlzoo.training.frozen.boundary import Boundary
    from tlzoo.training.network import Network
    from tlzoo.training.phases.teacher import Teacher

__all__ = ["check_objective", "descend_objective", "objective_signature", "observed_stages", "uses_target"]

_VECTOR_RANK = 2


def uses_target(phase: Phase) -> bool:
    """Return whether every step of a phase uses unlabelled target samples."""
    return phase.objective is not None and phase.objective.uses_target


def check_objective(network: Network, setup: Setup, phase: Phase) -> None:
    """Raise UsageError if a run cannot use the phase's objective, or if the objective would train nothing."""
    objective = phase.objective
    if objective is None:
        return
    from tlzoo.backbones import HubLayer

    asks = f"phase {phase.name!r} uses {type(objective).__name__}"
    if objective.needs_target() and setup.target is None:
        raise UsageError(f"{asks}, but there is no target", "add unlabelled inputs: --target images:FOLDER")
    if objective.measures_statistics:
        return
    if objective.classifies and not setup.data.task.class_logits:
        raise UsageError(f"{asks}, which needs classes, but {setup.data.source} is {setup.data.task.kind}")
    learned = phase.train.paths(network.parts) - moving_statistics(network)
    if objective.learns_features() and learned <= network.last_layer():
        raise UsageError(
            f"{asks}, which compares the inputs of the head's last layer, but nothing below it trains",
            "unfreeze a part of the backbone, use the head mlp, or compare outputs",
        )
    if objective.learns_features() and len(network.head_with_features().outputs[0].shape) > _VECTOR_RANK:
        raise UsageError(
            f"{asks}, which compares vectors, but the last layer of the head takes a map or a sequence",
            "use a head that pools before its last layer, such as attention, or compare outputs",
        )
    observed_stages(network, phase)
    if not objective.teacher:
        return
    modules = [layer for layer in network.layers() if isinstance(layer, HubLayer)]
    if objective.teacher_weights == "loaded" and modules:
        raise UsageError(
            f"{asks}, which compares with the pretrained network, but a SavedModel has only one set of weights",
            "use a backbone that is a Keras model",
        )
    if any(learned & {network.path(variable) for variable in layer.weights} for layer in modules):
        raise UsageError(
            f"{asks}, which needs a teacher, but a SavedModel that trains cannot be its own teacher",
            "train only the head, or use a backbone that is a Keras model",
        )


def observed_stages(network: Network, phase: Phase) -> tuple[str, ...]:
    """Return the stages observed by the phase's objective, from input to output.

    Raises:
        UsageError: For one that the backbone does not have or that cannot be cut.
    """
    if phase.objective is None:
        return ()
    names = tuple(stage.name for stage in network.backbone.stages)
    wanted = phase.objective.wanted_stages(names)
    for name in wanted:
        stage_features(network.backbone, name)
    return tuple(name for name in names if name in wanted)


def objective_signature(objective: Objective, boundary: Boundary) -> tuple[Any, ...]:
    """Return the signature of a step's other arguments: the target's tensors, the share done, the seed."""
    import tensorflow as tf

    others = boundary.signature if objective.uses_target else ()
    return (others, tf.TensorSpec((), tf.float32), tf.TensorSpec((2,), tf.int32))


def descend_objective(
    objective: Objective,
    boundary: Boundary,
    network: Network,
    loss: Callable[..., Any],
    penalty: Callable[[], Any],
    helper: keras.Model | None,
    teacher: Teacher | None,
) -> Callable[..., tuple[tf.Tensor, tf.Tensor]]:
    """Return the training loss (the objective's value and the penalty) with the labelled outputs.

    Labelled and unlabelled samples pass the network as one batch, so that batch statistics have
    the same mixture in training as their moving averages.
    """
    import tensorflow as tf

    head = network.head_with_features()

    def student(tensors: Sequence[tf.Tensor]) -> Reached:
        return _reached(boundary, head, tensors, training=True)

    def taught(tensors: Sequence[tf.Tensor]) -> Reached:
        assert teacher is not None
        with teacher.scope():
            reached = _reached(boundary, head, tensors, training=False)
        return _map(tf.stop_gradient, reached)

    def descend(
        tensors: Sequence[tf.Tensor], targets: tf.Tensor, weights: tf.Tensor, beside: Any
    ) -> tuple[tf.Tensor, tf.Tensor]:
        others, done, seed = beside
        count = tf.shape(targets)[0]
        joined = [tf.concat(pair, axis=0) for pair in zip(tensors, others, strict=True)] if others else list(tensors)
        source, target = _split(student(joined), count)
        frozen, frozen_target = (None, None) if teacher is None else _split(taught(joined), count)
        sees, teaches = objective.sees_inputs, objective.sees_inputs and teacher is not None
        step = Step(
            loss=tf.reduce_mean(weights * loss(targets, source.outputs)),
            source=replace(source, inputs=tensors[0]) if sees else source,
            targets=targets,
            weights=weights,
            done=done,
            target=(replace(target, inputs=others[0]) if sees else target) if others else None,
            helper=helper,
            teacher=frozen,
            teacher_target=frozen_target if others else None,
            losses=loss,
            seed=seed,
            network=(lambda inputs: replace(student([inputs]), inputs=inputs)) if sees else None,
            teacher_network=(lambda inputs: replace(taught([inputs]), inputs=inputs)) if teaches else None,
        )
        return _value(objective, step) + penalty(), source.outputs

    return descend


def _reached(boundary: Boundary, head: keras.Model, tensors: Sequence[tf.Tensor], *, training: bool) -> Reached:
    """Return features, outputs and the features of observed stages, float32 (batch, …)."""
    import tensorflow as tf

    entering, stages = boundary.reach(tensors, training=training)
    features, outputs = head(entering, training=training)
    return _map(lambda tensor: tf.cast(tensor, tf.float32), Reached(features, outputs, stages))


def _split(reached: Reached, count: tf.Tensor) -> tuple[Reached, Reached]:
    """Divide results into those of the first ``count`` samples, and of the others."""
    return _map(lambda tensor: tensor[:count], reached), _map(lambda tensor: tensor[count:], reached)


def _map(function: Callable[[tf.Tensor], tf.Tensor], reached: Reached) -> Reached:
    stages = {name: function(each) for name, each in reached.stages.items()}
    return Reached(function(reached.features), function(reached.outputs), stages)


def _value(objective: Objective, step: Step) -> tf.Tensor:
    """Return the value of the objective. Raises TrainingError with file and line if it is not a number."""
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
        raise TrainingError(
            f"objective {kind.__name__!r}: value() returned {said}, not one number", "use tf.reduce_mean"
        )
    return value
