"""The head of the source's own classes, where an entry keeps it."""

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
    """Prove that a kept source head takes pooled features to probabilities of the source's classes, from what they say.

    Each row sums to 1, none is below 0, there are as many as ``training.classes`` says, and rows are not all alike.
    """
    import keras

    from tlzoo.backbones import pool

    backbone = subject.backbone
    head = backbone.source_head
    if head is None:
        raise SkippedError("it keeps no source head" if not subject.missing else "its files are not on this machine")
    pooled = keras.Model(backbone.model.inputs, pool(backbone.features, list(backbone.model.outputs), "declared"))
    features = np.asarray(pooled(subject.ready(backbone), training=False))
    came = np.asarray(head(features, training=False))
    said = f"the source head, given features of {features.shape}, gives {came.dtype} {came.shape}"
    expect(came.ndim == 2 and len(came) == len(features) and came.shape[1] > 1, said)  # noqa: PLR2004 - rank
    low, off = float(came.min()), float(np.abs(came.sum(axis=1) - 1).max())
    expect(low >= 0, f"the source head gives {low:.3g}: give probabilities (a softmax's), not logits")
    expect(off <= _CLOSE, f"the source head's rows are off a sum of 1 by up to {off:.3g}: give probabilities")
    declared = None if subject.entry.training is None else subject.entry.training.classes
    expect(
        declared in {None, came.shape[1]},
        f"training.classes is {declared} in the registry, the source head has {came.shape[1]}",
    )
    apart = float(np.abs(came - came[:1]).max())
    expect(apart > SAME, "the source head gives the same for every input: its weights were not loaded")
