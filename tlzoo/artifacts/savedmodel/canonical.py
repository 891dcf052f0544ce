"""Canonical bytes that TensorFlow receives instead of ``saved_model.pb``: only the inspected part."""

from __future__ import annotations

from typing import Any

from .pruning import NODES, VARIABLES, node_of, prune, variables_in
from .rules.attributes import keep_known_attributes
from .schema import message

__all__ = ["canonical_bytes"]

_STRING = 7


def canonical_bytes(saved_model: Any) -> bytes:
    """Return a serialized ``SavedModel`` message with only the loaded part of another one.

    Unreachable nodes and functions, the saver, debugging information and unknown attributes are removed. The bytes come
    from the inspected message, so TensorFlow cannot interpret them differently.
    """
    found = message("SavedModel")(saved_model_schema_version=saved_model.saved_model_schema_version)
    for meta in saved_model.meta_graphs:
        _add(meta, found.meta_graphs.add())
    data: bytes = found.SerializeToString(deterministic=True)
    return data


def _add(meta: Any, kept: Any) -> None:
    part = prune(meta)
    info = meta.meta_info_def
    kept.meta_info_def.tags.extend(info.tags)
    kept.meta_info_def.tensorflow_version = info.tensorflow_version
    kept.meta_info_def.tensorflow_git_version = info.tensorflow_git_version
    kept.graph_def.versions.CopyFrom(meta.graph_def.versions)
    kept.graph_def.node.extend(part.nodes)
    kept.graph_def.library.function.extend(part.functions.values())
    kept.graph_def.library.registered_gradients.extend(meta.graph_def.library.registered_gradients)
    kept.asset_file_def.extend(meta.asset_file_def)
    if part.by_objects:
        kept.object_graph_def.CopyFrom(meta.object_graph_def)
        for each in kept.object_graph_def.nodes:
            each.user_object.ClearField("metadata") if each.HasField("user_object") else None
    else:
        _add_first_format(meta, kept)
    for node in kept.graph_def.node:
        _clean(node)
    for function in kept.graph_def.library.function:
        keep_known_attributes(function.attr, of_node=False)
        for each in function.arg_attr.values():
            keep_known_attributes(each.attr, of_node=False)
        for node in function.node_def:
            _clean(node)


def _clean(node: Any) -> None:
    keep_known_attributes(node.attr, of_node=True)
    node.ClearField("experimental_debug_info")


def _add_first_format(meta: Any, kept: Any) -> None:
    """Add signatures, variables and the initializer. Assets become placeholders that TensorFlow feeds."""
    for name, signature in meta.signature_def.items():
        kept.signature_def[name].CopyFrom(signature)
        kept.signature_def[name].ClearField("defaults")
    for name in VARIABLES:
        for each in variables_in(meta, [name]):
            kept.collection_def[name].bytes_list.value.append(each.SerializeToString(deterministic=True))
    for name in NODES:
        if name in meta.collection_def:
            kept.collection_def[name].node_list.value.extend(meta.collection_def[name].node_list.value)
    assets = {node_of(each.tensor_info.name) for each in meta.asset_file_def}
    for node in kept.graph_def.node:
        if node.name in assets:
            node.op = "Placeholder"
            node.ClearField("input")
            node.ClearField("attr")
            node.attr["dtype"].type = _STRING
            node.attr["shape"].shape.SetInParent()
