"""The part of a graph that TensorFlow loads: everything reachable from objects, signatures, initializer and variables.

Other parts, such as the saver's subgraph and its functions, are removed. TensorFlow restores the variables of objects
with its own checkpoint reader. For the first format it builds a saver if the file has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .reading import parse

__all__ = ["Part", "ancestors", "called_functions", "node_of", "prune", "tensor_names", "variables_in"]

VARIABLES = ("variables", "trainable_variables", "local_variables")
"""Collections of the first format with variables."""
NODES = ("table_initializer", "saved_model_main_op", "legacy_init_op")
"""Collections of the first format with nodes that run at loading."""


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes of the main graph and functions: loaded ones and removed ones."""

    by_objects: bool
    """Whether TensorFlow loads objects, rather than the main graph as in the first format."""
    nodes: tuple[Any, ...]
    functions: Mapping[str, Any]
    left_nodes: tuple[Any, ...]
    left_functions: Mapping[str, Any]


def prune(meta: Any) -> Part:
    """Return the nodes and functions of a ``MetaGraphDef`` that ``tf.saved_model.load`` loads."""
    graph, by_objects = meta.graph_def, meta.HasField("object_graph_def")
    named = ancestors(graph.node, () if by_objects else _roots(meta))
    named |= {each.constant.operation for each in meta.object_graph_def.nodes if each.HasField("constant")}
    nodes = tuple(each for each in graph.node if each.name in named)
    library = {each.signature.name: each for each in graph.library.function}
    names = {each.gradient_func for each in graph.library.registered_gradients}
    names |= set(_functions_of_objects(meta.object_graph_def))
    names |= {name for node in nodes for name in called_functions(node.attr)}
    reached = _closure(names, library)
    return Part(
        by_objects,
        nodes,
        {name: each for name, each in library.items() if name in reached},
        tuple(each for each in graph.node if each.name not in named),
        {name: each for name, each in library.items() if name not in reached},
    )


def called_functions(attributes: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the functions in a node's attributes."""
    for value in attributes.values():
        for each in (value.func, *value.list.func):
            if each.name:
                yield each.name


def ancestors(nodes: Iterable[Any], roots: Iterable[str]) -> set[str]:
    """Return the names of all nodes that ``roots`` depend on, including the roots."""
    inputs = {each.name: each.input for each in nodes}
    found: set[str] = set()
    waiting = [name for name in roots if name in inputs]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(source for each in inputs[name] if (source := node_of(each)) in inputs)
    return found


def node_of(tensor: str) -> str:
    """Return the node of a tensor or control input: ``"a/b"`` for ``"a/b:1"`` and ``"^a/b"``."""
    return tensor.removeprefix("^").partition(":")[0]


def tensor_names(info: Any) -> Iterator[str]:
    """Yield the tensors that a ``TensorInfo`` names."""
    if info.HasField("name"):
        yield info.name
    elif info.HasField("coo_sparse"):
        sparse = info.coo_sparse
        yield from (sparse.values_tensor_name, sparse.indices_tensor_name, sparse.dense_shape_tensor_name)
    else:
        for each in info.composite_tensor.components:
            yield from tensor_names(each)


def variables_in(meta: Any, collections: Iterable[str] = VARIABLES) -> Iterator[Any]:
    """Yield the ``VariableDef`` messages in collections of the first format."""
    for name in collections:
        if name in meta.collection_def:
            for data in meta.collection_def[name].bytes_list.value:
                yield parse(data, f"a variable in the collection {name!r}", "VariableDef")


def _roots(meta: Any) -> Iterator[str]:
    for signature in meta.signature_def.values():
        for info in (*signature.inputs.values(), *signature.outputs.values()):
            yield from map(node_of, tensor_names(info))
    for each in variables_in(meta):
        names = (each.variable_name, each.initializer_name, each.snapshot_name, each.initial_value_name)
        yield from map(node_of, names)
    for name in NODES:
        if name in meta.collection_def:
            yield from map(node_of, meta.collection_def[name].node_list.value)
    for asset in meta.asset_file_def:
        yield node_of(asset.tensor_info.name)


def _functions_of_objects(objects: Any) -> Iterator[str]:
    yield from objects.concrete_functions
    for each in objects.nodes:
        yield from each.function.concrete_functions
        yield each.bare_concrete_function.concrete_function_name
        yield each.captured_tensor.concrete_function


def _closure(names: Iterable[str], library: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    waiting = [name for name in names if name in library]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            called = (each for node in library[name].node_def for each in called_functions(node.attr))
            waiting.extend(each for each in called if each in library)
    return found
