"""Out-of-fold outputs of a solved head: each training sample is predicted by a head that was fitted without it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import BytesRefusedError
from tlzoo.process.threads import limited_threads
from tlzoo.training.solving.cross_validation import FOLDS, folds_of
from tlzoo.training.solving.fit import fit
from tlzoo.training.solving.layers import Scaling
from tlzoo.training.solving.objective import Objective, Samples

if TYPE_CHECKING:
    from tlzoo.strategies import Phase
    from tlzoo.training.contract import Plan
    from tlzoo.training.frozen.boundary import Boundary
    from tlzoo.training.state import SupervisedState

__all__ = ["SOLVED", "cross_fitted", "head_fit", "read_head_fit"]

SOLVED = "solved"
"""The figure of a checkpoint that describes the fit of its head."""

_NUMBERS = ("penalty", "label_smoothing", "position")
_BATCH = 1024
_FEW, _FOLDS_OF_FEW = 1000, 20


def head_fit(phase: Phase, position: int, plan: Plan, figures: Mapping[str, float]) -> dict[str, float] | None:
    """Return how the solver fitted the head in a phase, as figures of its checkpoint.

    None for a phase by gradients, or on other features than those of a finished run.
    """
    if plan.solver != "lbfgs" or plan.image_size is not None or plan.augment is not None:
        return None
    return {"penalty": figures["penalty"], "label_smoothing": phase.label_smoothing, "position": position}


def read_head_fit(about: Mapping[str, Any]) -> dict[str, float] | None:
    """Return ``head_fit`` from the figures of a checkpoint. Raises BytesRefusedError if they are damaged."""
    found = about.get(SOLVED)
    if found is None:
        return None
    numbers = [found.get(name) for name in _NUMBERS] if isinstance(found, dict) else [None]
    if not all(isinstance(each, int | float) and math.isfinite(each) and each >= 0 for each in numbers):
        raise BytesRefusedError(f"a checkpoint has a damaged description of its head: {found!r:.80}", "train again")
    return dict(found)


def cross_fitted(state: SupervisedState, boundary: Boundary) -> tuple[np.ndarray, np.ndarray] | None:
    """Return training samples (M,), and their outputs (M, outputs) by heads that were fitted without their fold.

    ``boundary`` gives the features of the frozen backbone. The chosen penalty is used again. Up to 1,000 samples have
    20 folds: a head that lacks a fifth of few labels is less sure than the final one. Only the scaling of features is
    that of all samples; it has no labels. None if the present head was not fitted by the solver, or there are too few
    samples.
    """
    data, solved = state.setup.data, state.solved
    found = (
        None
        if solved is None
        else folds_of(data, state.setup.seed, int(solved["position"]), _number_of_folds(len(data.train)))
    )
    if solved is None or found is None:
        return None
    taken, folds = found
    indices = data.train[taken]
    every = _features(boundary, data.train)
    inputs = Scaling.of(every)(every)[taken]
    targets, weights = state.truth(indices)
    loss = state.criterion.loss(float(solved["label_smoothing"]))
    objective = Objective(loss, inputs.shape[1], targets.shape[1])
    outputs = np.empty(targets.shape, np.float32)
    with limited_threads(inputs):
        for fold in np.unique(folds):
            others, held = folds != fold, folds == fold
            samples = Samples(inputs[others], targets[others], weights[others])
            outputs[held] = fit(objective, samples, float(solved["penalty"])).outputs(inputs[held])
    return indices, outputs


def _number_of_folds(samples: int) -> int:
    return _FOLDS_OF_FEW if samples <= _FEW else FOLDS


def _features(boundary: Boundary, indices: np.ndarray) -> np.ndarray:
    return np.concatenate([np.asarray(tensors[0], np.float32) for tensors in boundary.feed.batches(indices, _BATCH)])
