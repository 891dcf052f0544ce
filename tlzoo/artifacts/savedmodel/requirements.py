"""Requirements of a SavedModel and its use of randomness, read from its operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .pruning import prune
from .reading import read_saved_model
from .rules.operations import allowed_text

__all__ = ["draws_at_random", "text_operations", "text_operations_in"]

_RANDOM = {
    "Multinomial", "ParameterizedTruncatedNormal", "RandomGamma", "RandomPoisson", "RandomPoissonV2", "RandomShuffle",
    "RandomStandardNormal", "RandomUniform", "RandomUniformInt", "RngReadAndSkip", "RngSkip", "StatefulRandomBinomial",
    "StatefulStandardNormal", "StatefulStandardNormalV2", "StatefulTruncatedNormal", "StatefulUniform",
    "StatefulUniformFullInt", "StatefulUniformInt", "TruncatedNormal",
}  # fmt: skip


def text_operations(folder: Path, what: str) -> tuple[str, ...]:
    """Return the operations of tensorflow-text that a SavedModel uses.

    Args:
        folder: Folder with ``saved_model.pb``.
        what: Start of messages.

    Returns:
        Names of operations.
    """
    return text_operations_in(read_saved_model(folder, what))


def text_operations_in(saved_model: Any) -> tuple[str, ...]:
    """Return the operations of tensorflow-text that a ``SavedModel`` message uses."""
    return tuple(sorted(set(_operations(saved_model)) & allowed_text()))


def draws_at_random(folder: Path, what: str) -> bool:
    """Return whether a SavedModel uses unseeded random numbers, as dropout does in training.

    Args:
        folder: Folder with ``saved_model.pb``.
        what: Start of messages.

    Returns:
        True if it has such operations.
    """
    return not _RANDOM.isdisjoint(_operations(read_saved_model(folder, what)))


def _operations(saved_model: Any) -> Iterator[str]:
    for meta in saved_model.meta_graphs:
        part = prune(meta)
        yield from (node.op for node in part.nodes)
        for function in part.functions.values():
            yield from (node.op for node in function.node_def)
