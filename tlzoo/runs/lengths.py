"""How long the texts of a run are, told before it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.data import Dataset
    from tlzoo.progress import Progress

__all__ = ["describe_lengths"]

_MOST = 5000
"""Texts that are counted: evenly spread over all of them, where there are more."""
_AT_ONCE = 256


def describe_lengths(backbone: Backbone, data: Dataset, progress: Progress) -> str | None:
    """Return how many tokens the texts have and which share of them is cut, in a line; None where nothing is cut."""
    from tlzoo.data import lengths_of

    count = backbone.preprocessing.count_tokens
    if count is None or not len(data.examples):
        return None
    import tensorflow as tf

    total = len(data.examples)
    some = np.unique(np.linspace(0, total - 1, min(total, _MOST)).astype(np.int64))
    stream = data.examples.stream(some).map(count, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
    counts: list[int] = []
    with progress.track("counting tokens", len(some), "texts") as advance:
        for batch in stream.batch(_AT_ONCE).as_numpy_iterator():
            counts += batch.tolist()
            advance(len(batch))
    lengths = lengths_of(counts)
    length = backbone.model.inputs[0].shape[1] or lengths.max
    share = float(np.mean(np.array(counts) > length))
    of = "texts" if len(some) == total else f"{len(some):,} of {total:,} texts"
    cut = f"{share:.1%} are cut at {length}" if share else f"none is cut at {length}"
    return (
        f"{of} have {lengths.min} to {lengths.max} tokens, median {lengths.quartiles[1]:g}, "
        f"95 % up to {lengths.most_of_them:g}; {cut}"
    )
