"""Baselines: the most frequent class, raw inputs, and the network with random weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlzoo.errors import EntryError
from tlzoo.modalities import require_modality
from tlzoo.process.threads import limited_threads
from tlzoo.scores import Score, outcomes_of
from tlzoo.zoo.ranking.contender import sample_features
from tlzoo.zoo.ranking.result import Baseline, Ranked

if TYPE_CHECKING:
    from tlzoo.data import Samples
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry

__all__ = ["better_baselines", "majority_class", "random_weights", "raw_input_features"]

_SHOWN = 3


def better_baselines(ranked: Sequence[Ranked], baselines: Sequence[Baseline], by: str) -> Iterator[str]:
    """Yield a note for each baseline that scores above an entry, which then brings no benefit."""
    for baseline in baselines:
        limit = baseline.scores.get(by, float("nan"))
        below = [each for each in ranked if each.scores.get(by, float("nan")) < limit]
        if below:
            shown = ", ".join(f"{each.id} ({each.scores[by]:.3f})" for each in below[:_SHOWN])
            more = f" and {len(below) - _SHOWN} more" if len(below) > _SHOWN else ""
            yield f"the baseline {baseline.name!r} ({by} {limit:.3f}) scores higher than {shown}{more}"


def majority_class(scores: Mapping[str, Score], labels: np.ndarray) -> Baseline:
    """Return the accuracy of always predicting the most frequent class, for the scores that are accuracies."""
    share = float(np.bincount(labels).max() / len(labels))
    return Baseline("commonest class", {name: share for name, score in scores.items() if outcomes_of(score)})


def raw_input_features(
    scores: Mapping[str, Score], samples: Samples, order: np.ndarray, labels: np.ndarray
) -> Baseline | None:
    """Return the scores without a network, from pixels or word frequencies; None if the modality has none."""
    found = require_modality(samples.examples.modality).baseline_features(samples.examples, order)
    return None if found is None else Baseline(found[0], _accuracies(scores, found[1], labels))


def random_weights(
    scores: Mapping[str, Score],
    entry: Entry,
    samples: Samples,
    order: np.ndarray,
    labels: np.ndarray,
    seed: int,
    progress: Progress,
) -> Baseline:
    """Return the scores of an entry's network with random weights; its features are cached, too.

    Raises EntryError if its loader does not support random weights.
    """
    from tlzoo.backbones import LoadRequest, load_backbone

    request = LoadRequest(weights="random", seed=seed, input_shape=samples.input_shape)
    backbone = load_backbone(entry, request)
    if not backbone.model.weights:
        raise EntryError(f"{entry.id} has no weights to draw at random")
    loaded = sample_features(backbone, samples, order, len(order), progress)
    return Baseline(f"{entry.id}, random weights", _accuracies(scores, loaded.features, labels))


def _accuracies(scores: Mapping[str, Score], features: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the scores that are means over samples; other scores are not comparable between kinds of features."""
    dense = np.unique(labels, return_inverse=True)[1]
    of_features = {name: score for name, score in scores.items() if outcomes_of(score)}
    with limited_threads(features):
        return {name: float(score(features, dense)) for name, score in of_features.items()}
