"""Rules for the object graph: Python objects that TensorFlow creates, and their bindings to functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["object_refusals"]

_REGISTERED = {"": None, "tf.StaticHashTable": "resource", "tf.TrackableConstant": "constant"}
"""Names of classes that TensorFlow may instantiate, with the required kind of object."""
_WHERE = "the object graph"


def object_refusals(meta: Any) -> Iterator[tuple[str, str, str]]:
    """Yield refused parts of a ``MetaGraphDef`` with objects: the part, its place, and the reason."""
    objects, count = meta.object_graph_def, len(meta.object_graph_def.nodes)
    for number, node in enumerate(objects.nodes):
        kind = node.WhichOneof("kind")
        name = f"object {number}"
        if (
            node.registered_saver
            or node.serialized_user_proto
            or (node.registered_name and _REGISTERED.get(node.registered_name) != kind)
        ):
            yield name, _WHERE, f"it is created by the class {node.registered_name or node.registered_saver!r}"
        if kind == "asset":
            yield from _asset(meta, node, name)
        for slot in node.slot_variables:
            at = slot.slot_variable_node_id
            if not (0 <= at < count and objects.nodes[at].HasField("variable")):
                yield name, _WHERE, f"its slot variable, object {at}, is not a variable"
        if any(not 0 <= each.node_id < count for each in (*node.children, *node.dependencies)):
            yield name, _WHERE, "it refers to a missing object"
    library = {each.signature.name for each in meta.graph_def.library.function}
    for name, function in objects.concrete_functions.items():
        if name not in library:
            yield repr(name), _WHERE, "there is no function of this name"
        if any(not 0 <= each < count for each in function.bound_inputs):
            yield repr(name), _WHERE, "it is bound to a missing object"
    yield from _signatures(meta)


def _asset(meta: Any, node: Any, name: str) -> Iterator[tuple[str, str, str]]:
    """Refuse an asset that is more than a path: an object of its own could replace the path."""
    if node.children or node.dependencies or node.slot_variables or node.saveable_objects or node.registered_name:
        yield name, _WHERE, "an asset with other objects"
    if not 0 <= node.asset.asset_file_def_index < len(meta.asset_file_def):
        yield name, _WHERE, "an asset without a file"


def _signatures(meta: Any) -> Iterator[tuple[str, str, str]]:
    """Refuse signatures missing in the objects, as the described program would differ from the loaded one."""
    nodes = meta.object_graph_def.nodes
    root = {each.local_name: each.node_id for each in nodes[0].children} if nodes else {}
    at = root.get("signatures", -1)
    loaded = {each.local_name for each in nodes[at].children} if 0 <= at < len(nodes) else set()
    for name in meta.signature_def:
        if not name.startswith("__saved_model_") and name not in loaded:
            yield f"signature {name!r}", _WHERE, "it is not among the objects"
