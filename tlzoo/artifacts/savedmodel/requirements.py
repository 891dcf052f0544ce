"""What a SavedModel needs to run, and whether it draws at random: read from its operations."""

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
    """Return the operations of tensorflow-text that the SavedModel in a folder uses; messages begin with ``what``."""
    return text_operations_in(read_saved_model(folder, what))


def text_operations_in(saved_model: Any) -> tuple[str, ...]:
    """Return the operations of tensorflow-text that a ``SavedModel`` message uses."""
    return tuple(sorted(set(_operations(saved_model)) & allowed_text()))


def draws_at_random(folder: Path, what: str) -> bool:
    """Return whether it draws at random from a state that nobody can set, as dropout does in training."""
    return not _RANDOM.isdisjoint(_operations(read_saved_model(folder, what)))


def _operations(saved_model: Any) -> Iterator[str]:
    for meta in saved_model.meta_graphs:
        part = prune(meta)
        yield from (node.op for node in part.nodes)
        for function in part.functions.values():
            yield from (node.op for node in function.node_def)
