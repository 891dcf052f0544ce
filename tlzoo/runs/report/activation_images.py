"""Class activation maps for the images of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.evaluation import Prediction, Report
    from tlzoo.training import Trainer

__all__ = ["with_activation_maps"]


def with_activation_maps(report: Report, trainer: Trainer, state: Any) -> Report:
    """Return the report with an activation map of the predicted label next to each image.

    ``state`` is the trainer's. The report is not changed if the trainer has no maps.
    """
    return replace(
        report,
        samples=_with_maps(report.samples, trainer, state),
        most_wrong=_with_maps(report.most_wrong, trainer, state),
    )


def _with_maps(predictions: tuple[Prediction, ...], trainer: Trainer, state: Any) -> tuple[Prediction, ...]:
    pictures = [each.image for each in predictions if each.image is not None]
    if not predictions or len(pictures) < len(predictions):
        return predictions
    maps = trainer.activation_maps(state, pictures, [each.label for each in predictions])
    if maps is None:
        return predictions
    return tuple(replace(each, activation=picture) for each, picture in zip(predictions, maps, strict=True))
