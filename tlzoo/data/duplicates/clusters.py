"""Clusters of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.data.contract import Array

Cluster: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.int64]]"


def equal_rows(rows: np.ndarray) -> list[Cluster]:
    """Return the positions of equal rows (N, …), two or more per set, in the order of their first."""
    if not len(rows):
        return []
    flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
    keys = flat.view(np.dtype((np.void, flat.dtype.itemsize * flat.shape[1]))).reshape(-1)
    _, group, sizes = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.cumsum(sizes)[:-1])
    return sorted((part for part in parts if len(part) > 1), key=lambda part: int(part[0]))


def connected_sets(count: int, pairs: Array) -> list[Cluster]:
    """Return the sets of two or more of ``count`` positions that ``pairs`` (P, 2) connect, in order of their first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(pairs):
        return []
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return equal_rows(connected_components(graph, directed=False)[1])


def candidate_pairs(keys: Sequence[np.ndarray], most: int = 64) -> Array:
    """Return pairs (P, 2) of positions with an equal key in one of several ``keys``, each (N,), the lower one first.

    In a set with equal keys, every position is paired with the next few, so a set of ``m`` gives at most ``most`` x m
    pairs: sets of copies stay connected, and a key that many share by chance costs little.
    """
    found = [np.empty((0, 2), np.int64)]
    for key in keys:
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        for step in range(1, most + 1):
            same = ordered[step:] == ordered[:-step]
            if not same.any():
                break
            found.append(np.stack([order[:-step][same], order[step:][same]], axis=1))
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
