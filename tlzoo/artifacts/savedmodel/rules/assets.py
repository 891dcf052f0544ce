"""Tensors that can only be the path of an asset, a file in the SavedModel's own folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tlzoo.artifacts.savedmodel.pruning import Part, called_functions, node_of

__all__ = ["AssetTensors", "data_inputs"]

_CALLS = {"PartitionedCall", "StatefulPartitionedCall"}
_DEEPEST = 64
"""Maximum number of calls between the objects and the operation."""


class AssetTensors:
    """Answers whether an input of an operation is directly the path of an asset.

    In the main graph of the first format, that is output 0 of an asset's node, which loading feeds. In a function it is
    an argument that the object graph binds to an asset, or that every call of the function, all of them plain calls,
    sets to an asset.
    """

    def __init__(self, meta: Any, part: Part) -> None:
        self._objects, self._functions = meta.object_graph_def, part.functions
        assets = () if part.by_objects else meta.asset_file_def
        self._nodes = {node_of(each.tensor_info.name) for each in assets}
        self._arguments: dict[str, dict[str, int]] = {
            name: {each.name: number for number, each in enumerate(function.signature.input_arg)}
            for name, function in part.functions.items()
        }
        self._calls: dict[str, list[tuple[str | None, Any, list[str]]]] = {}
        callers: Mapping[str | None, Any] = {
            None: part.nodes,
            **{name: each.node_def for name, each in part.functions.items()},
        }
        for caller, nodes in callers.items():
            for node in nodes:
                for name in called_functions(node.attr):
                    self._calls.setdefault(name, []).append((caller, node, data_inputs(node)))
        library = meta.graph_def.library
        self._gradients = {each.gradient_func for each in (*library.registered_gradients, *library.gradient)}
        self._gradients |= {each.function_name for each in library.gradient}
        self._known: dict[tuple[str, int], bool] = {}

    def is_asset(self, function: str | None, tensor: str, depth: int = 0) -> bool:
        """Return whether a tensor is an asset's path, named as in this function, or in the main graph if it is None."""
        if function is None:
            return node_of(tensor) in self._nodes and tensor in {node_of(tensor), f"{node_of(tensor)}:0"}
        number = self._arguments[function].get(tensor)
        return number is not None and depth < _DEEPEST and self._is_bound(function, number, depth + 1)

    def _is_bound(self, function: str, number: int, depth: int) -> bool:
        key = (function, number)
        if key not in self._known:
            self._known[key] = False  # for cycles
            calls, made = self._calls.get(function, []), function in self._objects.concrete_functions
            self._known[key] = (
                (made or bool(calls))
                and (not made or self._is_bound_by_objects(function, number))
                and all(self._hands_on(*call, number, function, depth) for call in calls)
                and function not in self._gradients
            )
        return self._known[key]

    def _is_bound_by_objects(self, function: str, number: int) -> bool:
        """Return whether the object graph binds the argument to an asset: bound arguments are the last ones."""
        bound, nodes = self._objects.concrete_functions[function].bound_inputs, self._objects.nodes
        at = number - (len(self._arguments[function]) - len(bound))
        return (
            len(bound) <= len(self._arguments[function])
            and at >= 0
            and 0 <= bound[at] < len(nodes)
            and nodes[bound[at]].HasField("asset")
        )

    def _hands_on(
        self, caller: str | None, node: Any, inputs: list[str], number: int, function: str, depth: int
    ) -> bool:
        return (
            node.op in _CALLS
            and [*called_functions(node.attr)] == [function]
            and "f" in node.attr
            and node.attr["f"].func.name == function
            and len(inputs) == len(self._arguments[function])
            and self.is_asset(caller, inputs[number], depth)
        )


def data_inputs(node: Any) -> list[str]:
    """Return the inputs of a node without control inputs."""
    return [each for each in node.input if not each.startswith("^")]
