"""Checks of an entry's source head, with the classes of its training data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.testing.checks.backbone.declared import features_as_declared
from tlzoo.testing.outcome import SkippedError, expect
from tlzoo.testing.session import check
from tlzoo.testing.tensors import SAME

if TYPE_CHECKING:
    from tlzoo.testing.subject import BackboneSubject

__all__ = ["source_head_gives_probabilities"]

_CLOSE = 1e-3


@check(features_as_declared)
def source_head_gives_probabilities(subject: BackboneSubject) -> None:
    """Check that the source head maps pooled features to probabilities of the source classes, and uses its input.

    Each row sums to 1 without negative values, has ``training.classes`` columns, and rows are not all alike.
    """
    import keras

    from tlzoo.backbones import pool

    backbone = subject.backbone
    head = backbone.source_head
    if head is None:
        raise SkippedError(
            "the entry has no source head" if not subject.missing else "the files are not on this machine"
        )
    pooled = keras.Model(backbone.model.inputs, pool(backbone.features, list(backbone.model.outputs), "declared"))
    features = np.asarray(pooled(subject.ready(backbone), training=False))
    came = np.asarray(head(features, training=False))
    said = f"for features of shape {features.shape}, the source head returns {came.dtype} {came.shape}"
    expect(came.ndim == 2 and len(came) == len(features) and came.shape[1] > 1, said)  # noqa: PLR2004 - rank
    low, off = float(came.min()), float(np.abs(came.sum(axis=1) - 1).max())
    expect(low >= 0, f"the source head returns {low:.3g}: it must return probabilities (softmax), not logits")
    expect(off <= _CLOSE, f"row sums of the source head differ from 1 by up to {off:.3g}: it must return probabilities")
    declared = None if subject.entry.training is None else subject.entry.training.classes
    expect(
        declared in {None, came.shape[1]},
        f"training.classes is {declared} in the registry, but the source head has {came.shape[1]}",
    )
    apart = float(np.abs(came - came[:1]).max())
    expect(apart > SAME, "the source head returns the same for every input: its weights were not loaded")
