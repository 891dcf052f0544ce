"""Splits that keep groups together: no patient, author or scene is in two splits.

scikit-learn's StratifiedGroupKFold gives folds of one size and needs as many groups as folds. Here shares differ, and a
few groups must suffice. Groups are assigned with its greedy method, each to the split that needs it most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tlzoo.data.contract import Array


def deal_groups(groups: Array, strata: Array, shares: Sequence[float], seed: int) -> Array:
    """Return the part of each sample, int64 (N,): whole ``groups``, about ``shares`` of every stratum.

    Groups are taken in a seeded order, the largest first, each to the part where the sum over strata of
    (share so far - wanted)^2 / wanted grows least. Every part with a share gets at least one group if there are enough,
    the first one first.
    """
    _, of_group = np.unique(groups, return_inverse=True)
    count = int(of_group.max()) + 1 if len(groups) else 0
    table = np.zeros((count, int(strata.max()) + 1 if len(strata) else 0))
    np.add.at(table, (of_group, strata), 1)
    relative = table / np.maximum(table.sum(axis=0), 1)
    order = np.random.default_rng((seed, 2)).permutation(count)
    order = order[np.argsort(-table[order].sum(axis=1), kind="stable")]
    parts = np.array([at for at, share in enumerate(shares) if share > 0])
    wanted = np.array([shares[at] for at in parts])
    short = -np.repeat(wanted[:, np.newaxis], table.shape[1], axis=1)
    goes = np.zeros(count, np.int64)
    for group in order:
        own = relative[group]
        cost = ((2 * short * own + own**2).sum(axis=1)) / wanted
        best = int(cost.argmin())
        short[best] += own
        goes[group] = parts[best]
    _give_each_one(goes, table.sum(axis=1), parts)
    return goes[of_group]


def _give_each_one(goes: Array, sizes: np.ndarray[tuple[int, ...], np.dtype[np.float64]], parts: Array) -> None:
    """Move the smallest group of the first part to a part that has none, the last part first."""
    for part in parts[:0:-1]:
        inside = np.flatnonzero(goes == parts[0])
        if not (goes == part).any() and len(inside) > 1:
            goes[inside[sizes[inside].argmin()]] = part
