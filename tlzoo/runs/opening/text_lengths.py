"""How long the texts of a run are, told before it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tlzoo.backbones import Backbone
    from tlzoo.data import Examples, TokenFacts
    from tlzoo.progress import Progress

__all__ = ["count_tokens", "describe_lengths"]

_MOST = 5000
_AT_ONCE = 256


def describe_lengths(backbone: Backbone, examples: Examples, progress: Progress) -> str | None:
    """Return how many tokens the texts have and which share of them is cut, in a line; None for what is no text."""
    facts = count_tokens("", backbone, examples, progress)
    if facts is None:
        return None
    lengths, length, total = facts.tokens, facts.sequence_length, len(examples)
    of = "texts" if facts.counted == total else f"{facts.counted:,} of {total:,} texts"
    cut = f"{facts.truncated:.1%} are cut at {length}" if facts.truncated else f"none is cut at {length}"
    return (
        f"{of} have {lengths.min} to {lengths.max} tokens {lengths.bars(length)}, median {lengths.quartiles[1]:g}, "
        f"95 % up to {lengths.most_of_them:g}; {cut}"
    )


def count_tokens(
    name: str, backbone: Backbone, examples: Examples, progress: Progress, most: int = _MOST
) -> TokenFacts | None:
    """Return how many tokens texts have for a backbone of this name; None where it takes none, or there are none.

    Of more than ``most`` texts so many are counted, evenly spread.
    """
    count = backbone.preprocessing.count_tokens
    if count is None or not len(examples):
        return None
    from tlzoo.data import TokenFacts, in_parallel, lengths_of

    total = len(examples)
    some = np.unique(np.linspace(0, total - 1, min(total, most)).astype(np.int64))
    stream = in_parallel(examples.stream(some), count)
    counts: list[int] = []
    with progress.track("counting tokens", len(some), "texts") as advance:
        for batch in stream.batch(_AT_ONCE).as_numpy_iterator():
            counts += batch.tolist()
            advance(len(batch))
    length = backbone.model.inputs[0].shape[1] or max(counts)
    share = float(np.mean(np.array(counts) > length))
    return TokenFacts(name, lengths_of(counts), length, share, len(some))
