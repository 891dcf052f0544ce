"""Two-dimensional map of samples in an entry's feature space."""

from __future__ import annotations

import numpy as np

from tlzoo.process.threads import limited_threads

__all__ = ["MAPPED", "project"]

MAPPED = 400
"""Maximum number of samples on a map: more points overlap, and t-SNE becomes slow."""

_COMPONENTS = 30
_ENOUGH = 30
_STEPS = 500


def project(features: np.ndarray) -> np.ndarray:
    """Return features (n, D) projected to a plane, float (n, 2) between 0 and 1.

    t-SNE (van der Maaten and Hinton 2008) of the first thirty principal components, initialized with the first two, so
    the result is reproducible. With fewer than thirty samples, only principal components are used. Distances between
    distant groups and sizes of groups have no meaning.
    """
    with limited_threads(features):
        return _projected(features)


def _projected(features: np.ndarray) -> np.ndarray:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler

    scaled = StandardScaler().fit_transform(features.astype(np.float64))
    components = PCA(min(_COMPONENTS, *scaled.shape), random_state=0).fit_transform(scaled)
    plane = components[:, :2]
    if plane.shape[1] == 1:
        plane = np.column_stack([plane, np.zeros(len(plane))])
    if len(features) >= _ENOUGH:
        perplexity = min(30.0, (len(features) - 1) / 3)
        plane = TSNE(init=_begun(plane), perplexity=perplexity, max_iter=_STEPS, random_state=0).fit_transform(
            components
        )
    low, high = plane.min(axis=0), plane.max(axis=0)
    return np.asarray((plane - low) / np.maximum(high - low, 1e-12))


def _begun(plane: np.ndarray) -> np.ndarray:
    """Return an initial layout with the small spread that t-SNE needs."""
    return np.asarray(plane / max(float(plane[:, 0].std()), 1e-12) * 1e-4, np.float32)
