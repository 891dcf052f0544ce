"""The compiled step of a phase: phases that differ only in rates, schedule or length share one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.training.intents import moving_statistics
from tlzoo.training.optimization import Regularization, TrainingStep, make_optimizer
from tlzoo.training.planning import rates_of

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training.boundary import Boundary
    from tlzoo.training.contract import Plan
    from tlzoo.training.supervised import SupervisedState

__all__ = ["compiled_step"]


def compiled_step(
    state: SupervisedState, phase: Phase, boundary: Boundary, plan: Plan
) -> tuple[TrainingStep, np.ndarray]:
    """Return the step for a phase, its optimizer as new, and the learning rates (groups,) float32 of its variables."""
    statistics = moving_statistics(state.network)
    groups = [
        (learned, rate)
        for paths, rate in rates_of(phase, state.network)
        if (learned := [path for path in paths if path not in statistics])
    ]
    key = repr(
        (
            (plan.mode, plan.cut, [paths for paths, _ in groups], phase.statistics),
            (phase.weight_decay, phase.label_smoothing, phase.l2_sp, phase.clip_norm, phase.ema, phase.accumulate),
        )
    )
    if key not in state.steps:
        state.steps[key] = _compile(state, phase, boundary, groups)
    step: TrainingStep = state.steps[key]
    step.reset()
    return step, np.array([rate for _, rate in groups], dtype=np.float32)


def _compile(
    state: SupervisedState, phase: Phase, boundary: Boundary, groups: list[tuple[list[str], float]]
) -> TrainingStep:
    import tensorflow as tf

    network = state.network
    batch = (tf.TensorSpec((None, network.task.outputs), tf.float32), tf.TensorSpec((None,), tf.float32))
    optimizer = make_optimizer(
        state.setup.optimizer,
        [([network.variables[path] for path in paths], rate) for paths, rate in groups],
        Regularization(phase.weight_decay, phase.clip_norm, phase.ema, phase.accumulate),
        scale_loss=network.backbone.model.dtype_policy.name == "mixed_float16",
    )
    return TrainingStep(
        forward=lambda tensors: boundary.forward(tensors, training=True),
        loss=state.criterion.loss(phase.label_smoothing),
        penalty=_towards_pretrained(state, phase, groups),
        variables={path: network.variables[path] for paths, _ in groups for path in paths},
        optimizer=optimizer,
        signature=(boundary.signature, *batch, tf.TensorSpec((len(groups),), tf.float32)),
        held=[network.variables[path] for path in sorted(moving_statistics(network))],
    )


def _towards_pretrained(state: SupervisedState, phase: Phase, groups: list[tuple[list[str], float]]) -> Any:
    """Return the L2-SP penalty (Li et al. 2018, arXiv 1802.01483, eq. 3, without the head's own term).

    It is half of ``l2_sp`` times the squared distance of the backbone's trained variables from what they were before
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
