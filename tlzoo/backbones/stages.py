"""Stages of a functional Keras model, with the tensors across each cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.backbones.contract import Stage
from tlzoo.errors import EntryError, did_you_mean

if TYPE_CHECKING:
    import keras

__all__ = ["stages_by_layers", "stages_by_variables"]


def stages_by_layers(model: keras.Model, boundaries: Sequence[tuple[str, str]]) -> tuple[Stage, ...]:
    """Cut a functional model after the named layers.

    ``boundaries`` are pairs (stage name, name of the stage's last layer), from input to output. A stage has all layers
    on which its last layer depends and that no earlier stage has; the final stage also has the rest. A variable
    used by several stages belongs to the lowest.

    A cut has every tensor from below it, or from the input, that is used above it: one for a plain network, two
    for NASNet, and a padding mask in addition to the tokens. It is None if one of these tensors has an implicit Keras
    mask, which would be lost in storage. The last cut is the model's outputs.

    Raises:
        EntryError: For an unknown layer, or a boundary without new layers.
    """
    operations = list(model.operations)
    by_name = {operation.name: operation for operation in operations}
    calls = _calls(model)
    below = {_maker(tensor) for tensor in model.inputs}
    taken: set[str] = set()
    stages: list[Stage] = []
    for position, (stage, last_layer) in enumerate(boundaries):
        if last_layer not in by_name:
            raise EntryError(
                f"stage {stage!r} ends at {last_layer!r}, which is not a layer of the model",
                did_you_mean(last_layer, by_name),
            )
        final = position == len(boundaries) - 1
        held = {id(each) for each in operations} if final else _ancestors(calls, by_name[last_layer])
        fresh = [each for each in operations if id(each) in held - below]
        if not fresh:
            raise EntryError(f"stage {stage!r} has no layers beyond earlier stages")
        below |= held
        variables = frozenset(variable.path for each in fresh for variable in _variables(each)) - taken
        taken |= variables
        cut = tuple(model.outputs) if final else _cut(model, calls, below)
        stages.append(Stage(stage, variables, cut))
    return tuple(stages)


def stages_by_variables(model: keras.Model, groups: Sequence[tuple[str, Sequence[str]]]) -> tuple[Stage, ...]:
    """Group the variables of a model that cannot be cut, such as a SavedModel.

    ``groups`` are pairs (stage name, glob patterns over variable paths); a variable belongs to the first group that
    matches it. Raises EntryError for a pattern without matches and for a variable without a group.
    """
    from fnmatch import fnmatchcase

    left = {variable.path for variable in _variables(model)}
    stages = []
    for stage, patterns in groups:
        taken: set[str] = set()
        for pattern in patterns:
            matched = {path for path in left if fnmatchcase(path, pattern)}
            if not matched:
                raise EntryError(f"stage {stage!r}: the pattern {pattern!r} matches no variable")
            taken |= matched
        left -= taken
        stages.append(Stage(stage, frozenset(taken), None))
    if left:
        raise EntryError(f"variables without a stage: {', '.join(sorted(left)[:5])}", "add a pattern for them")
    return tuple(stages)


def _variables(owner: Any) -> list[keras.Variable]:
    """All state of a layer except its random seeds."""
    return [] if not hasattr(owner, "weights") else list(owner.weights)


def _calls(model: keras.Model) -> dict[int, list[Any]]:
    """Return each operation's calls in this model, by the id of the operation, which other models may share.

    Keras has no public way to walk a graph; these names have been the same since Keras 3.0.
    """
    calls: dict[int, list[Any]] = {}
    for nodes in model._nodes_by_depth.values():
        for node in nodes:
            calls.setdefault(id(node.operation), []).append(node)
    return calls


def _ancestors(calls: dict[int, list[Any]], operation: Any) -> set[int]:
    """Return ids of the operation and of all operations before it."""
    seen: set[int] = set()
    waiting = [operation]
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        for node in calls.get(id(current), ()):
            waiting.extend(parent.operation for parent in node.parent_nodes)
    return seen


def _cut(model: keras.Model, calls: dict[int, list[Any]], below: set[int]) -> tuple[Any, ...] | None:
    """Return the tensors across a cut, or None if one of them has an implicit mask.

    Some layers take such a mask as an argument, which is then a tensor of the graph like any other; others (attention,
    layers without a mask argument) read it off the tensor, and would silently compute something else without it.
    """
    crossing = _crossing(model, calls, below)
    masked = any(getattr(tensor, "_keras_mask", None) is not None for tensor in crossing)
    return None if masked else crossing


def _crossing(model: keras.Model, calls: dict[int, list[Any]], below: set[int]) -> tuple[Any, ...]:
    """Return the tensors from below that are used above, in the order of their computation."""
    needed: dict[int, Any] = {id(tensor): tensor for tensor in model.outputs if _maker(tensor) in below}
    for operation in model.operations:
        if id(operation) in below:
            continue
        for node in calls.get(id(operation), ()):
            needed.update({id(tensor): tensor for tensor in node.input_tensors if _maker(tensor) in below})
    order = {id(operation): position for position, operation in enumerate(model.operations)}
    return tuple(sorted(needed.values(), key=lambda tensor: order[_maker(tensor)]))


def _maker(tensor: Any) -> int:
    return id(tensor._keras_history.operation)
