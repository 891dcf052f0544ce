"""The pictures of a report with what the network looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tlzoo.evaluation import Prediction, Report
    from tlzoo.training.network import Network

__all__ = ["with_activation_maps"]


def with_activation_maps(report: Report, state: Any) -> Report:
    """Return the report with a class activation map of the predicted class beside each of its pictures.

    ``state`` is the trainer's. The report stays as it is where the run was not one of classifying images, and where
    the backbone has no map to look at.
    """
    from tlzoo.training.supervised import SupervisedState

    if not isinstance(state, SupervisedState) or state.setup.data.task.kind != "classification":
        return report
    names = state.setup.data.task.names
    return replace(
        report,
        samples=_with_maps(report.samples, state.network, names),
        most_wrong=_with_maps(report.most_wrong, state.network, names),
    )


def _with_maps(predictions: tuple[Prediction, ...], network: Network, names: tuple[str, ...]) -> tuple[Prediction, ...]:
    from tlzoo.evaluation import activation_maps, shaded

    if not predictions or any(each.image is None for each in predictions):
        return predictions
    prepare = network.backbone.preprocessing.prepare
    samples = [np.asarray(prepare(each.image)) for each in predictions]
    maps = activation_maps(network, samples, [names.index(each.label) for each in predictions])
    if maps is None:
        return predictions
    return tuple(
        replace(each, activation=shaded(sample, heat))
        for each, sample, heat in zip(predictions, samples, maps, strict=True)
    )
