"""The part of TensorFlow's protos that says what a SavedModel does: field numbers and names as in its ``.proto`` files.

Read with the package protobuf, which TensorFlow brings, and with descriptors of our own in a pool of our own, so that
TensorFlow is not imported. Maps are declared as repeated entries: what stands twice under one key is seen twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

__all__ = ["message"]

_MESSAGES: Mapping[str, Mapping[int, str]] = {
    "SavedModel": {1: "schema_version int64", 2: "meta_graphs *MetaGraphDef"},
    "MetaGraphDef": {
        2: "graph_def GraphDef",
        3: "saver_def SaverDef",
        5: "signature_def *SignatureEntry",
        6: "asset_file_def *AssetFileDef",
        7: "object_graph_def SavedObjectGraph",
    },
    "GraphDef": {1: "node *NodeDef", 2: "library FunctionDefLibrary"},
    "FunctionDefLibrary": {1: "function *FunctionDef", 2: "gradient *GradientDef", 3: "registered *RegisteredGradient"},
    "GradientDef": {2: "gradient_func string"},
    "RegisteredGradient": {1: "gradient_func string"},
    "FunctionDef": {1: "signature OpDef", 3: "node_def *NodeDef", 5: "attr *AttrEntry"},
    "OpDef": {1: "name string", 2: "input_arg *ArgDef"},
    "ArgDef": {1: "name string"},
    "NodeDef": {1: "name string", 2: "op string", 3: "input *string", 5: "attr *AttrEntry"},
    "AttrEntry": {1: "key string", 2: "value AttrValue"},
    "AttrValue": {1: "list ListValue", 2: "s bytes", 8: "tensor TensorProto", 10: "func NameAttrList"},
    "ListValue": {9: "func *NameAttrList"},
    "NameAttrList": {1: "name string", 2: "attr *AttrEntry"},
    "TensorProto": {8: "string_val *bytes"},
    "SaverDef": {1: "filename_tensor_name string"},
    "AssetFileDef": {1: "tensor_info TensorInfo", 2: "filename string"},
    "TensorInfo": {1: "name string", 2: "dtype int32", 3: "tensor_shape TensorShapeProto"},
    "TensorShapeProto": {2: "dim *Dim", 3: "unknown_rank bool"},
    "Dim": {1: "size int64"},
    "SignatureEntry": {1: "key string", 2: "value SignatureDef"},
    "SignatureDef": {1: "inputs *TensorInfoEntry", 2: "outputs *TensorInfoEntry"},
    "TensorInfoEntry": {1: "key string", 2: "value TensorInfo"},
    "SavedObjectGraph": {1: "nodes *SavedObject", 2: "concrete_functions *ConcreteEntry"},
    "ConcreteEntry": {1: "key string", 2: "value SavedConcreteFunction"},
    "SavedConcreteFunction": {
        2: "bound_inputs *int32",
        3: "canonicalized_input_signature StructuredValue",
        4: "output_signature StructuredValue",
    },
    "SavedObject": {
        1: "children *ObjectReference",
        5: "asset SavedAsset",
        6: "function SavedFunction",
        7: "variable SavedVariable",
    },
    "ObjectReference": {1: "node_id int32", 2: "local_name string"},
    "SavedFunction": {1: "concrete_functions *string"},
    "SavedVariable": {2: "shape TensorShapeProto", 3: "trainable bool", 6: "name string"},
    "StructuredValue": {
        33: "tensor_spec_value TensorSpecProto",
        51: "list_value StructuredList",
        52: "tuple_value StructuredList",
        53: "dict_value StructuredDict",
    },
    "StructuredList": {1: "values *StructuredValue"},
    "StructuredDict": {1: "fields *StructuredEntry"},
    "StructuredEntry": {1: "key string", 2: "value StructuredValue"},
    "TensorSpecProto": {2: "shape TensorShapeProto", 3: "dtype int32"},
    "SavedAsset": {1: "asset_file_def_index int32"},
}


def message(name: str) -> Any:
    """Return the class of a message: ``message("SavedModel").FromString(data)``."""
    return _classes()[name]


@cache
def _classes() -> Mapping[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file: Any = descriptor_pb2.FileDescriptorProto(name="saved_model", package="tlzoo", syntax="proto3")
    for name, fields in _MESSAGES.items():
        made = file.message_type.add(name=name)
        for number, text in fields.items():
            field_name, _, kind = text.partition(" ")
            field = made.field.add(name=field_name, number=number)
            field.label = field.LABEL_REPEATED if kind.startswith("*") else field.LABEL_OPTIONAL
            plain = kind.lstrip("*")
            if plain in _MESSAGES:
                field.type, field.type_name = field.TYPE_MESSAGE, f".tlzoo.{plain}"
            else:
                field.type = getattr(field, f"TYPE_{plain.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tlzoo.{name}")) for name in _MESSAGES}
