"""Our declaration of TensorFlow's messages is TensorFlow's, but for what is left out on purpose."""

from __future__ import annotations

from tlzoo.artifacts.savedmodel.schema import fields

LEFT_OUT = {("AttrValue", "placeholder"), ("TensorProto", "resource_handle_val"), ("TensorProto", "variant_val")}
OPAQUE = {
    ("GraphDef", "debug_info"),
    ("MetaInfoDef", "any_info"),
    ("MetaInfoDef", "stripped_op_list"),
    ("NodeDef", "experimental_debug_info"),
    ("OpDef", "attr"),
    ("OpDef", "deprecation"),
    ("SavedObject", "serialized_user_proto"),
}
"""Messages that are never given on, and so are bytes to us."""


def test_fields_are_tensorflows() -> None:
    from tensorflow.core.framework import variable_pb2
    from tensorflow.core.protobuf import saved_model_pb2

    real: dict[str, list[tuple[int, str, str]]] = {}
    waiting = [saved_model_pb2.SavedModel.DESCRIPTOR, variable_pb2.VariableDef.DESCRIPTOR]
    while waiting:
        message = waiting.pop()
        if named(message) not in real:
            kept = [each for each in message.fields if (named(message), each.name) not in LEFT_OUT]
            real[named(message)] = sorted(declared(message, each) for each in kept)
            waiting.extend(
                inner
                for each in kept
                if (named(message), each.name) not in OPAQUE
                for inner in (each.message_type, each.message_type and value_of(each).message_type)
                if inner and not inner.GetOptions().map_entry
            )
    assert {name: sorted(listed) for name, listed in fields().items()} == real


def named(message) -> str:
    return "AttrList" if message.full_name == "tensorflow.AttrValue.ListValue" else message.name


def value_of(field):
    return field.message_type.fields_by_name.get("value", field) if field.message_type.GetOptions().map_entry else field


def kind(field) -> str:
    return named(field.message_type) if field.message_type else _TYPES[field.type]


_TYPES = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 8: "bool", 9: "string"}
_TYPES |= {12: "bytes", 13: "uint32", 14: "enum", 18: "sint64"}


def declared(message, field) -> tuple[int, str, str]:
    name = f"{field.containing_oneof.name}/{field.name}" if field.containing_oneof else field.name
    if (named(message), field.name) in OPAQUE:
        return field.number, name, "bytes*" if field.is_repeated else "bytes"
    if field.message_type and field.message_type.GetOptions().map_entry:
        key, value = field.message_type.fields
        return field.number, name, f"map<{kind(key)},{kind(value)}>"
    return field.number, name, kind(field) + ("*" if field.is_repeated else "")
