"""What a score is, and what a plugin that brings one has to give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    Features: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]
    Labels: TypeAlias = np.ndarray[tuple[int], np.dtype[np.integer[Any]]]

__all__ = ["Score"]


class Score(Protocol):
    """An estimate of how well an entry will transfer to given data, without fine-tuning it.

    The hook ``tlzoo_scores`` returns ``{name: score}``. A score's docstring gives its formula and its source.
    """

    def __call__(self, features: Features, labels: Labels) -> float:
        """Return the score, higher for better: features (N, D) float32, pooled; labels (N,), positions in the classes.

        Scores are compared only between entries on the same samples: neither their scale nor their zero means anything.
        """
        ...
