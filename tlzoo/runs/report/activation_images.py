"""The pictures of a report with what the network looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.evaluation import Prediction, Report
    from tlzoo.training.state import SupervisedState

__all__ = ["with_activation_maps"]

_MAPS_AT_ONCE = 8


def with_activation_maps(report: Report, state: Any) -> Report:
    """Return the report with a class activation map of the predicted class beside each of its pictures.

    ``state`` is the trainer's. The report stays as it is where the run was not one of classifying images, and where
    the backbone has no map to look at.
    """
    from tlzoo.modalities import require_modality
    from tlzoo.training.state import SupervisedState

    if not isinstance(state, SupervisedState) or not state.setup.data.task.class_logits:
        return report
    if not require_modality(state.setup.data.examples.modality).is_pictures:  # what is shown is not what goes in
        return report
    return replace(
        report,
        samples=_with_maps(report.samples, state),
        most_wrong=_with_maps(report.most_wrong, state),
    )


def _with_maps(predictions: tuple[Prediction, ...], state: SupervisedState) -> tuple[Prediction, ...]:
    from tlzoo.evaluation import activation_maps, shaded
    from tlzoo.training.costs.peak_memory import forward_batch

    if not predictions or any(each.image is None for each in predictions):
        return predictions
    prepare, names = state.setup.backbone.preprocessing.prepare, state.setup.data.task.names
    samples = [np.asarray(prepare(each.image)) for each in predictions]
    outputs = [names.index(each.label) for each in predictions]
    maps = activation_maps(state.network, samples, outputs, forward_batch(state.setup, "graph", _MAPS_AT_ONCE))
    if maps is None:
        return predictions
    return tuple(
        replace(each, activation=shaded(sample, heat))
        for each, sample, heat in zip(predictions, samples, maps, strict=True)
    )
