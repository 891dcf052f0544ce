"""Pictures or texts of the samples with changed answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlzoo.modalities import require_modality
from tlzoo.runs.comparison.subgroups import open_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.progress import Progress
    from tlzoo.runs.comparison.changes import ChangedSample
    from tlzoo.runs.comparison.comparison import RunComparison

__all__ = ["SeenSample", "seen_samples"]


class SeenSample(NamedTuple):
    """A changed sample with its picture (height, width, channels) or its text, if it has one."""

    sample: ChangedSample
    image: np.ndarray | None = None
    text: str | None = None


def seen_samples(found: RunComparison, limit: int, progress: Progress) -> Sequence[SeenSample]:
    """Return the samples whose answers changed most, as a person sees them. The data are opened for them.

    Raises TlzooError if the data have changed or cannot be read.
    """
    shown = found.changes.samples[:limit]
    if not shown:
        return []
    samples, positions = open_samples(found.runs[0], progress)
    places = positions[[each.position for each in shown]]
    glimpses = map(require_modality(samples.modality).glimpse, samples.examples.stream(places))
    return [
        SeenSample(sample, each.image, "\n".join(each.texts) if each.texts else None)
        for sample, each in zip(shown, glimpses, strict=True)
    ]
