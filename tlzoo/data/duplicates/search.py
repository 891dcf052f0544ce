"""Samples that are the same, or nearly so; and those among them that are on both sides of a split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tlzoo.data.contract import Hashed, Samples
from tlzoo.data.duplicates.clusters import Cluster, equal_rows
from tlzoo.data.duplicates.images import near_images
from tlzoo.data.duplicates.texts import near_texts
from tlzoo.data.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tlzoo.data.contract import Array, Dataset

LOOKED_AT = 20_000
"""Of how many texts near duplicates are looked for before training: more take longer than a few seconds."""

MOST_TEXTS = 200_000
"""Among how many texts they are looked for at all: more take too much memory."""


def exact_duplicates(samples: Samples) -> list[Cluster]:
    """Return the sets of samples with the same content, byte for byte, in the order of their first."""
    return equal_rows(samples.digests)


def near_duplicates(samples: Samples, advance: Callable[[int], None] = lambda _done: None) -> list[Cluster]:
    """Return the sets of samples that are nearly, and not all exactly, the same: images, and the first 200,000 texts.

    Nothing is found among inputs of other kinds, nor among images of less than 32 pixels a side.
    """
    examples = samples.examples
    if isinstance(examples, Texts):
        texts = ("\n".join(examples.text(index)) for index in range(min(len(examples), MOST_TEXTS)))
        found = near_texts(texts, advance)
    elif isinstance(examples, Hashed):
        found = near_images(examples.hashes)
    else:
        found = []
    return [each for each in found if len(np.unique(samples.digests[each], axis=0)) > 1]


def leaks(data: Dataset) -> Iterator[str]:
    """Yield a line where samples of the test or the validation split are copies of some that are trained on."""
    samples = data.samples
    kinds = [("a copy", exact_duplicates(samples))]
    if not isinstance(samples.examples, Texts) or len(samples.examples) <= LOOKED_AT:
        kinds.append(("nearly a copy", near_duplicates(samples)))
    side = np.full(len(samples.examples), -1, np.int64)
    for at, part in enumerate((data.train, data.validation, data.test)):
        side[part] = at
    for name, at in (("test", 2), ("validation", 1)):
        for kind, clusters in kinds:
            mixed = [each for each in clusters if (side[each] == 0).any() and (side[each] == at).any()]
            if mixed:
                yield _said(samples, side, mixed, at, name, kind)


def _said(samples: Samples, side: Array, clusters: list[Cluster], at: int, name: str, kind: str) -> str:
    count = sum(int((side[each] == at).sum()) for each in clusters)
    first = clusters[0]
    tested, trained = (samples.examples.name(int(first[side[first] == which][0])) for which in (at, 0))
    samples_are = "1 sample" if count == 1 else f"{count} samples"
    of_what = "of one that is trained on" if count == 1 else "each of one that is trained on"
    return f"{name} has {samples_are}, {kind} {of_what}, such as {tested} of {trained}: it looks easier than it is"
