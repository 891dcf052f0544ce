"""What a run fits after training on samples that its weights were not fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import UsageError
from tlzoo.tasks import PLAIN, Decision
from tlzoo.tasks.calibration import fit_calibration
from tlzoo.tasks.conformal import limits, measured_coverage, needed_samples, sorted_scores
from tlzoo.tasks.thresholds import read_rule
from tlzoo.training.held_out import HeldOut
from tlzoo.training.planning import is_worth_caching
from tlzoo.training.solving.cross_fitting import cross_fitted
from tlzoo.training.solving.cross_validation import folds_of

if TYPE_CHECKING:
    from tlzoo.tasks import Labels, MeasuredCoverage
    from tlzoo.training.contract import Setup
    from tlzoo.training.state import Domain, SupervisedState

__all__ = ["check_held_out", "check_validation", "coverage_of", "decision_of", "held_out", "unchanged_cut"]


def held_out(state: SupervisedState, split: str) -> HeldOut:
    """Return labels and outputs of a split with the present weights. Cached outputs of frozen parts are reused."""
    if split == "validation" and state.held_out is not None:
        return state.held_out
    found = _computed(state, split)
    if split == "validation" and state.setup.data.task.output_form == "vector":
        state.held_out = found
    return found


def _computed(state: SupervisedState, split: str) -> HeldOut:
    domain: Domain = "target test" if split == "target" else "source"
    data = state.domain(domain).data
    indices = {"train": data.train, "validation": data.validation}.get(split, data.test)
    cut = unchanged_cut(state)
    kept = cut is not None and is_worth_caching(state.network, state.setup, cut)
    boundary = state.boundary(cut, kept=kept, domain=domain)
    labels = data.task.placed_labels(data.labels[indices], state.setup.backbone.preprocessing)
    return HeldOut(labels, boundary.logits(indices, state.setup.batch_size))


def decision_of(state: SupervisedState) -> Decision:
    """Return the decision of a finished run, or the one for the present weights, which is fitted once.

    Calibration uses the validation split and the out-of-fold outputs of the training split. Thresholds use only the
    validation split, because the best ones of other heads need not be those of this head.

    Raises:
        UsageError: If there are no held-out samples.
    """
    if state.setup.decision is not None:
        return state.setup.decision
    if state.decision is None:
        state.decision = _with_scores(state, _with_thresholds(state, _calibrated(state)))
    return state.decision


def _calibrated(state: SupervisedState) -> Decision:
    setup = state.setup
    if setup.calibrate == "none":
        return PLAIN
    parts = [held_out(state, "validation")] if len(setup.data.validation) else []
    if (others := _cross_fitted(state)) is not None:
        parts.append(others)
    if not parts:
        raise UsageError(*_WITHOUT)
    labels = np.concatenate([each.labels for each in parts])
    outputs = np.concatenate([each.outputs for each in parts])
    if not np.isfinite(outputs).all():  # the metrics say so
        return PLAIN
    scale, shift = fit_calibration(setup.data.task.log_loss(labels), outputs, setup.calibrate)
    return Decision(scale=scale, shift=shift)


def _with_thresholds(state: SupervisedState, decision: Decision) -> Decision:
    rule = read_rule(state.setup.thresholds)
    if rule is None:
        return decision
    found = held_out(state, "validation")
    answers = state.criterion.answers(decision.calibrated(found.outputs))
    return decision.model_copy(
        update={"thresholds": state.setup.data.task.best_thresholds(found.labels, answers, rule)}
    )


def _with_scores(state: SupervisedState, decision: Decision) -> Decision:
    """Add the nonconformity scores of the validation split, which the head was not fitted to.

    Scores of other heads, such as out-of-fold ones, would not promise the coverage of this one.
    """
    setup = state.setup
    if not setup.data.task.cover_name or not len(setup.data.validation):
        return decision
    found = held_out(state, "validation")
    answers = state.criterion.answers(decision.calibrated(found.outputs))
    if not np.isfinite(answers).all():
        return decision
    scores = sorted_scores(setup.data.task.nonconformity(found.labels, answers), setup.seed, setup.coverage)
    return decision.model_copy(update={"scores": scores, "coverage": setup.coverage})


def coverage_of(state: SupervisedState, split: str, labels: Labels, answers: np.ndarray) -> MeasuredCoverage | None:
    """Return the coverage on a split: that of all predictions, or of 90 %.

    None for the samples that the head or the scores come from, and for too few scores.
    """
    decision, task = decision_of(state), state.setup.data.task
    asked = decision.coverage or _USUAL_COVERAGE
    if split in {"train", "validation"} or not decision.scores or not np.isfinite(answers).all():
        return None
    if len(decision.scores[0]) < needed_samples(asked):
        return None
    return measured_coverage(task, labels, answers, limits(decision.scores, asked, "the run"), asked)


def _cross_fitted(state: SupervisedState) -> HeldOut | None:
    """Return out-of-fold outputs of the training split; None unless the solver fitted the present head."""
    cut = unchanged_cut(state)
    if state.solved is None or cut != len(state.setup.backbone.stages) - 1:
        return None
    found = cross_fitted(state, state.boundary(cut, kept=is_worth_caching(state.network, state.setup, cut)))
    return None if found is None else HeldOut(state.labels(found[0]), found[1])


def unchanged_cut(state: SupervisedState) -> int | None:
    """Return the highest cut with only pretrained weights below, if it is the top or worth caching.

    It must not depend on the phases run by this process: a resumed run evaluates exactly like an uninterrupted one.
    """
    changed = state.checkpoints.changed()
    cut = state.network.highest_cut(frozenset(changed))
    top = len(state.setup.backbone.stages) - 1
    return cut if cut is not None and (cut == top or is_worth_caching(state.network, state.setup, cut)) else None


_USUAL_COVERAGE = 0.9

_WITHOUT = (
    "no validation split to calibrate on",
    "leave calibrate out, add data, or train only a linear head (-S feature-extraction), which is cross-fitted",
)


def check_validation(setup: Setup) -> None:
    """Raise UsageError if thresholds or the coverage of a new run need more samples in the validation split."""
    count, coverage = len(setup.data.validation), setup.coverage
    if setup.decision is not None:
        return
    if setup.thresholds != "half" and not count:
        raise UsageError("no validation split to tune thresholds on", "leave thresholds out, or add data")
    if coverage is not None and count < (needed := needed_samples(coverage)):
        what = f"a coverage of {100 * coverage:g} % needs at least {needed} samples in the validation split"
        raise UsageError(f"{what}; it has {count}", "add labels, or use a lower coverage")


def check_held_out(setup: Setup, *, is_solved: bool) -> None:
    """Raise UsageError before a phase if nothing could be calibrated after it.

    ``is_solved`` says whether the solver fits the head, so that the training split has out-of-fold outputs.
    """
    if setup.calibrate == "none" or len(setup.data.validation):
        return
    if not is_solved or folds_of(setup.data, setup.seed, 0) is None:
        raise UsageError(*_WITHOUT)
