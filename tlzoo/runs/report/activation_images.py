"""Class activation maps for the images of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.evaluation import Report
    from tlzoo.training import Trainer

__all__ = ["with_activation_maps"]


def with_activation_maps(report: Report, trainer: Trainer, state: Any) -> Report:
    """Return the report with an activation map of the predicted label next to each image.

    ``state`` is the trainer's. The report is not changed if the trainer has no maps.
    """
    shown = (*report.samples, *report.most_wrong)
    pictures = [each.image for each in shown if each.image is not None]
    if not shown or len(pictures) < len(shown):
        return report
    maps = trainer.activation_maps(state, pictures, [each.label for each in shown])
    if maps is None:
        return report
    mapped = tuple(replace(each, activation=picture) for each, picture in zip(shown, maps, strict=True))
    number = len(report.samples)
    return replace(report, samples=mapped[:number], most_wrong=mapped[number:])
