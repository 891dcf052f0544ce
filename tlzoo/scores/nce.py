"""NCE: conditional entropy of the label given the source's predicted class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.scores.contract import of_predictions

if TYPE_CHECKING:
    from tlzoo.scores.contract import Labels, Predictions

__all__ = ["nce"]


@of_predictions
def nce(predictions: Predictions, labels: Labels) -> float:
    """Negative conditional entropy -H(Y | Z), in nats (Tran et al. 2019, arXiv 1908.08142, eq. 4).

    Y is the label and Z the most likely source class: sum_{y,z} P(y, z) log P(y, z) / P(z), all empirical.
    """
    _, positions = np.unique(labels, return_inverse=True)
    joint = np.zeros((positions.max() + 1, predictions.shape[1]))
    np.add.at(joint, (positions, predictions.argmax(axis=1)), 1 / len(labels))
    marginal = np.broadcast_to(joint.sum(axis=0), joint.shape)
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / marginal[seen])).sum())
