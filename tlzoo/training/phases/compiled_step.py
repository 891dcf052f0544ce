"""The compiled step of a phase, shared by phases that differ only in rates, schedule or length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.objectives import Objective
from tlzoo.training.phases.intents import moving_statistics
from tlzoo.training.phases.objective_loss import descend_objective, objective_signature
from tlzoo.training.phases.optimization import Regularization, TrainingStep, make_optimizer
from tlzoo.training.phases.teacher import Teacher
from tlzoo.training.planning import rates_of
from tlzoo.training.seeds import derive

if TYPE_CHECKING:
    import keras

    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Plan
    from tlzoo.training.frozen.boundary import Boundary
    from tlzoo.training.state import SupervisedState

__all__ = ["compiled_step"]

_SEEDS = 2**31 - 1


def compiled_step(
    state: SupervisedState, phase: Phase, boundary: Boundary, plan: Plan
) -> tuple[TrainingStep, np.ndarray]:
    """Return the step for a phase with a reset optimizer, and the learning rates (groups,) float32 of its variables.

    Variables of an objective's helper have the highest rate, in a separate group.
    """
    statistics = moving_statistics(state.network)
    groups = [
        (learned, rate)
        for paths, rate in rates_of(phase, state.network)
        if (learned := [path for path in paths if path not in statistics])
    ]
    key = repr(
        (
            (plan.mode, plan.cut, [paths for paths, _ in groups], phase.statistics, phase.objective),
            (phase.weight_decay, phase.label_smoothing, phase.l2_sp, phase.clip_norm, phase.ema, phase.accumulate),
        )
    )
    if key not in state.steps:
        state.steps[key] = _compile(state, phase, boundary, groups)
    step: TrainingStep = state.steps[key]
    step.reset()
    rates = [rate for _, rate in groups]
    return step, np.array(rates + [max(rates)] * bool(step.helpers), dtype=np.float32)


def _compile(
    state: SupervisedState, phase: Phase, boundary: Boundary, groups: list[tuple[list[str], float]]
) -> TrainingStep:
    import tensorflow as tf

    network = state.network
    objective = phase.objective
    helper = None if objective is None else _helper(state, objective)
    helpers = [] if helper is None else list(helper.trainable_variables)
    teacher = None if objective is None else _teacher(state, groups, objective)
    trained = [([network.variables[path] for path in paths], rate) for paths, rate in groups]
    trained += [(helpers, max(rate for _, rate in groups))] if helpers else []
    optimizer = make_optimizer(
        state.setup.optimizer,
        trained,
        Regularization(phase.weight_decay, phase.clip_norm, phase.ema, phase.accumulate),
        scale_loss=network.backbone.model.dtype_policy.name == "mixed_float16",
    )
    loss, penalty = state.criterion.loss(phase.label_smoothing), _towards_pretrained(state, phase, groups)
    rates = tf.TensorSpec((len(trained),), tf.float32)
    beside = () if objective is None else objective_signature(objective, boundary)
    return TrainingStep(
        descend=_descend_loss(boundary, loss, penalty)
        if objective is None
        else descend_objective(objective, boundary, network, loss, penalty, helper, teacher),
        variables=[variable for variables, _ in trained for variable in variables],
        optimizer=optimizer,
        signature=(boundary.signature, *state.truth_signature, rates, beside),
        held=[network.variables[path] for path in sorted(moving_statistics(network))],
        helpers=helpers,
        teacher=teacher,
    )


def _teacher(state: SupervisedState, groups: list[tuple[list[str], float]], objective: Objective) -> Teacher | None:
    """Return the present network with copies of all changeable variables, or the loaded one with copies of all."""
    if not objective.teacher:
        return None
    if objective.teacher_weights == "loaded":
        return Teacher(state.network.variables, state.checkpoints.initial)
    changing = {path for paths, _ in groups for path in paths} | moving_statistics(state.network)
    return Teacher({path: state.network.variables[path] for path in sorted(changing)})


def _descend_loss(boundary: Boundary, loss: Callable[..., Any], penalty: Callable[[], Any]) -> Callable[..., Any]:
    """Return the default training loss: the weighted mean of the task's loss, plus the penalty."""
    import tensorflow as tf

    def descend(tensors: Any, targets: tf.Tensor, weights: tf.Tensor, _: Any) -> tuple[tf.Tensor, tf.Tensor]:
        outputs = boundary.forward(tensors, training=True)
        return tf.reduce_mean(weights * loss(targets, outputs)) + penalty(), outputs

    return descend


def _helper(state: SupervisedState, objective: Objective) -> keras.Model | None:
    features, outputs = (int(tensor.shape[-1]) for tensor in state.network.head_with_features().outputs)
    return objective.helper(features, outputs, derive(state.setup.seed, "helper") % _SEEDS)


def _towards_pretrained(
    state: SupervisedState, phase: Phase, groups: list[tuple[list[str], float]]
) -> Callable[[], Any]:
    """Return the L2-SP penalty (Li et al. 2018, arXiv 1802.01483, eq. 3, without the head's own term).

    It is half of ``l2_sp`` times the squared distance of the backbone's trained variables from their state before
    the first phase.
    """
    import tensorflow as tf

    if not phase.l2_sp:
        return lambda: 0.0
    initial: Mapping[str, np.ndarray] = state.checkpoints.initial
    pairs = [
        (state.network.variables[path], tf.constant(initial[path]))
        for paths, _ in groups
        for path in paths
        if path not in state.network.parts.head
    ]
    return lambda: 0.5 * phase.l2_sp * tf.add_n([tf.reduce_sum(tf.square(now.value - then)) for now, then in pairs])
