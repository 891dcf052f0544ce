"""Search for exact and near duplicates, and for those across splits."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from tlzoo.data.duplicates.clusters import Cluster, equal_rows
from tlzoo.modalities import require_modality

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tlzoo.data.contract import Array, Dataset, Samples


_known: WeakKeyDictionary[Samples, list[tuple[str, list[Cluster]]]] = WeakKeyDictionary()


def exact_duplicates(samples: Samples) -> list[Cluster]:
    """Return the sets of samples with the same content, byte for byte, in the order of their first."""
    return equal_rows(samples.digests)


def near_duplicates(samples: Samples, advance: Callable[[int], None] = lambda _done: None) -> list[Cluster]:
    """Return the sets of near duplicates that are not all exact, by the comparison of their modality."""
    found = require_modality(samples.examples.modality).near_duplicates(samples.examples, advance)
    return [each for each in found if len(np.unique(samples.digests[each], axis=0)) > 1]


def leaks(data: Dataset) -> Iterator[str]:
    """Yield a warning if test or validation samples are copies of training samples."""
    samples = data.samples
    kinds = _compared(samples)
    side = np.full(len(samples.examples), -1, np.int64)
    for at, part in enumerate((data.train, data.validation, data.test)):
        side[part] = at
    for name, at in (("test", 2), ("validation", 1)):
        for kind, clusters in kinds:
            mixed = [each for each in clusters if (side[each] == 0).any() and (side[each] == at).any()]
            if mixed:
                yield _said(samples, side, mixed, at, name, kind)


def _compared(samples: Samples) -> list[tuple[str, list[Cluster]]]:
    """Return the exact and the near duplicates of samples; they are found once, for all splits."""
    if samples not in _known:
        kinds = [("exact", exact_duplicates(samples))]
        most = require_modality(samples.examples.modality).most_compared
        if most is None or len(samples.examples) <= most:
            kinds.append(("near", near_duplicates(samples)))
        _known[samples] = kinds
    return _known[samples]


def _said(samples: Samples, side: Array, clusters: list[Cluster], at: int, name: str, kind: str) -> str:
    count = sum(int((side[each] == at).sum()) for each in clusters)
    first = clusters[0]
    tested, trained = (samples.examples.name(int(first[side[first] == which][0])) for which in (at, 0))
    many = count > 1
    sample, copy = (f"{count} {name} samples are", "duplicates") if many else (f"1 {name} sample is", "duplicate")
    article, of_what = ("", "training samples") if many else ("an " if kind == "exact" else "a ", "a training sample")
    same = f"{tested} and {trained}"
    return f"{sample} {article}{kind} {copy} of {of_what} ({same}); the {name} score is too optimistic"
