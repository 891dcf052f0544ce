"""Boundaries of stages: after a named layer of Keras, or before one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlzoo.backbones import Stage, stages_by_layers
from tlzoo.errors import EntryError, did_you_mean

if TYPE_CHECKING:
    import keras

__all__ = ["Before", "Boundaries", "Table", "cut"]


@dataclass(frozen=True, slots=True)
class Before:
    """The last layer on all paths to ``layer``.

    For last layers with an automatic name, such as ``add_7``, which depends on previously built layers.
    """

    layer: str


Boundaries = Sequence[tuple[str, str | Before]]
"""Stages from input to output, each with its last layer; the final stage includes all remaining layers."""

Table = Mapping[str, Boundaries]
"""The stages of a family's networks, by constructor."""


def cut(model: keras.Model, boundaries: Boundaries) -> tuple[Stage, ...]:
    """Return the stages of a network; raise EntryError for a layer that it does not have."""
    return stages_by_layers(model, [(stage, _name(model, last)) for stage, last in boundaries])


def _name(model: keras.Model, last: str | Before) -> str:
    return last if isinstance(last, str) else _layer_before(model, last.layer)


def _layer_before(model: keras.Model, layer: str) -> str:
    """Return the last layer before ``layer`` whose output is the only one still in use, from the input on.

    Every layer of these networks is called once, so its inputs and outputs are unique.
    """
    parents = _parents(model)
    if layer not in parents:
        raise EntryError(f"a stage ends before {layer!r}, which the model lacks", did_you_mean(layer, parents))
    above = _ancestors(parents, layer)
    order = [name for name in parents if name in above]
    last_use = {parent: name for name in order for parent in parents[name]}
    waiting: set[str] = set()
    found = ""
    for name in order[:-1]:
        waiting = {each for each in waiting if last_use[each] != name} | {name}
        if waiting == {name}:
            found = name
    return found


def _parents(model: keras.Model) -> dict[str, list[str]]:
    """Return the layers in topological order, with the input layers of each."""
    from keras import layers, tree

    maker: dict[int, str] = {}
    parents: dict[str, list[str]] = {}
    for operation in model.operations:
        inputs: list[Any] = [] if isinstance(operation, layers.InputLayer) else tree.flatten(operation.input)
        parents[operation.name] = [maker[id(tensor)] for tensor in inputs]
        maker.update((id(tensor), operation.name) for tensor in tree.flatten(operation.output))
    return parents


def _ancestors(parents: Mapping[str, Sequence[str]], layer: str) -> set[str]:
    """Return the layer and all its ancestors."""
    seen: set[str] = set()
    waiting = [layer]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(parents[name])
    return seen
