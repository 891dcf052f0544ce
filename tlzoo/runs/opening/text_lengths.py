"""Text length statistics, reported before training."""

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
    """Return a line with token counts and the share of texts that are cut; None for data other than texts."""
    facts = count_tokens("", backbone, examples, progress)
    if facts is None:
        return None
    lengths, length, total = facts.tokens, facts.sequence_length, len(examples)
    of = "texts" if facts.counted == total else f"{facts.counted:,} of {total:,} texts"
    cut = f"{facts.truncated:.1%} are cut to {length}" if facts.truncated else f"none are cut to {length}"
    return (
        f"{of} have {lengths.min} to {lengths.max} tokens {lengths.bars(length)}, median {lengths.quartiles[1]:g}, "
        f"95 % have at most {lengths.most_of_them:g}; {cut}"
    )


def count_tokens(
    name: str, backbone: Backbone, examples: Examples, progress: Progress, most: int = _MOST
) -> TokenFacts | None:
    """Return the token counts of texts for a backbone.

    Args:
        name: Name of the backbone, for the result.
        backbone: The backbone.
        examples: The texts.
        progress: Receives progress.
        most: Maximum number of texts to count; of more texts, an evenly spaced sample is counted.

    Returns:
        The counts; None if the backbone takes no texts or there are none.
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
