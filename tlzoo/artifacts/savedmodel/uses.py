"""What a SavedModel needs to run, and whether it draws at random: read off its operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .graphs import function_graphs, main_graph
from .reading import read_saved_model
from .rules import allowed_text

__all__ = ["draws_at_random", "text_operations"]

_RANDOM = {
    "Multinomial", "ParameterizedTruncatedNormal", "RandomGamma", "RandomPoisson", "RandomPoissonV2", "RandomShuffle",
    "RandomStandardNormal", "RandomUniform", "RandomUniformInt", "RngReadAndSkip", "RngSkip", "StatefulRandomBinomial",
    "StatefulStandardNormal", "StatefulStandardNormalV2", "StatefulTruncatedNormal", "StatefulUniform",
    "StatefulUniformFullInt", "StatefulUniformInt", "TruncatedNormal",
}  # fmt: skip


def text_operations(folder: Path, what: str) -> tuple[str, ...]:
    """Return the operations of tensorflow-text that the SavedModel in a folder uses; messages begin with ``what``."""
    return tuple(sorted(set(_operations(folder, what)) & allowed_text()))


def draws_at_random(folder: Path, what: str) -> bool:
    """Return whether it draws at random from a state that nobody can set, as dropout in it does while it trains."""
    return not _RANDOM.isdisjoint(_operations(folder, what))


def _operations(folder: Path, what: str) -> Iterator[str]:
    for meta_graph in read_saved_model(folder, what).meta_graphs:
        for graph in (main_graph(meta_graph.graph_def), *function_graphs(meta_graph.graph_def).values()):
            yield from (node.operation for node in graph.nodes.values())
