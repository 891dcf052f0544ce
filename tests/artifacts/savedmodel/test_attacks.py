"""SavedModels changed by hand, as an attacker would: each is refused with exit code 4 and one line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tlzoo.artifacts import check_saved_model
from tlzoo.errors import BytesRefusedError

CANARY = b"/etc/passwd"
STRING = 7


def proto_of(folder: Path) -> Any:
    from tensorflow.core.protobuf import saved_model_pb2

    return saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())


@pytest.fixture
def copied(benign, tmp_path: Path) -> Callable[[str], Path]:
    return lambda kind: Path(shutil.copytree(benign(kind), tmp_path / "model"))


def refused(folder: Path, said: str) -> None:
    with pytest.raises(BytesRefusedError, match=said) as caught:
        check_saved_model(folder, "acme/net: module")
    assert caught.value.exit_code == 4
    assert str(caught.value).isprintable()


def changed(folder: Path, change: Callable[[Any], None]) -> Path:
    proto = proto_of(folder)
    change(proto.meta_graphs[0])
    (folder / "saved_model.pb").write_bytes(proto.SerializeToString())
    return folder


def with_operation(meta: Any, operation: str) -> tuple[Any, Any]:
    """Return the function, or the main graph, that has an operation, and its node."""
    for function in meta.graph_def.library.function:
        for node in function.node_def:
            if node.op == operation:
                return function, node
    return meta.graph_def, next(node for node in meta.graph_def.node if node.op == operation)


def add(graph: Any, name: str, operation: str, *inputs: str, **types: int) -> Any:
    node = (graph.node_def if hasattr(graph, "node_def") else graph.node).add(name=name, op=operation, input=inputs)
    for key, value in types.items():
        node.attr[key].type = value
    return node


def constant(graph: Any, name: str, text: bytes = CANARY) -> Any:
    node = add(graph, name, "Const", dtype=STRING)
    node.attr["value"].tensor.dtype = STRING
    node.attr["value"].tensor.tensor_shape.SetInParent()
    node.attr["value"].tensor.string_val.append(text)
    return node


def of(node: str, output: str = "output") -> str:
    """Return how a function names an output."""
    return f"{node}:{output}:0"


def function_like(meta: Any, other: Any, name: str) -> Any:
    made = meta.graph_def.library.function.add()
    made.CopyFrom(other)
    made.signature.name = name
    return made


def output_of_an_identity(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    constant(graph, "evil")
    between = add(graph, "between", "IdentityN", node.input[0], of("evil"))
    between.attr["T"].list.type.extend([STRING, STRING])
    node.input[0] = "between:output:1"


def identity_of_the_asset(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    add(graph, "between", "Identity", node.input[0], T=STRING)
    node.input[0] = of("between")


def argument_with_the_name_of_an_output(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    constant(graph, "evil")
    next(each for each in graph.signature.input_arg if each.name == node.input[0]).name = of("evil")
    node.input[0] = of("evil")


def another_output_of_the_argument(meta: Any) -> None:
    _, node = with_operation(meta, "ReadFile")
    node.input[0] += ":0"


def control_input_as_the_name(meta: Any) -> None:
    _, node = with_operation(meta, "ReadFile")
    node.input[0] = f"^{node.input[0]}"


def parts_of_a_path(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    constant(graph, "up", b"/../../secret")
    joined = add(graph, "joined", "StringJoin", node.input[0], of("up"))
    joined.attr["N"].i = 2
    node.input[0] = of("joined")


def name_from_the_caller(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    node.input[0] = next(each.name for each in graph.signature.input_arg if each.name != node.input[0])


def unbound_asset(meta: Any) -> None:
    for node in meta.object_graph_def.nodes:
        if node.HasField("asset"):
            node.constant.operation = "x"


def asset_of_another_number(meta: Any) -> None:
    for node in meta.object_graph_def.nodes:
        if node.HasField("asset"):
            node.asset.asset_file_def_index = -1


def path_as_a_child_of_the_asset(meta: Any) -> None:
    """TensorFlow sets children as attributes: this one replaces the path of the Python object."""
    constant(meta.graph_def, "evil")
    meta.object_graph_def.nodes.add().constant.operation = "evil"
    number = len(meta.object_graph_def.nodes) - 1
    for node in meta.object_graph_def.nodes:
        if node.HasField("asset"):
            node.children.add(node_id=number, local_name="_path")


def asset_as_a_slot_variable(meta: Any) -> None:
    number = next(n for n, node in enumerate(meta.object_graph_def.nodes) if node.HasField("asset"))
    meta.object_graph_def.nodes[0].slot_variables.add(slot_variable_node_id=number, slot_name="m")


def asset_of_a_registered_class(meta: Any) -> None:
    for node in meta.object_graph_def.nodes:
        if node.HasField("asset"):
            node.registered_name = "tf.TrackableConstant"


def class_that_someone_registered(meta: Any) -> None:
    meta.object_graph_def.nodes[0].registered_name = "Custom.Evil"


def saver_that_someone_registered(meta: Any) -> None:
    meta.object_graph_def.nodes[0].registered_saver = "Custom.Evil"


def more_bound_objects_than_arguments(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    bound = meta.object_graph_def.concrete_functions[graph.signature.name].bound_inputs
    bound.extend([bound[0]] * 3)


def bound_to_an_object_from_the_end(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    meta.object_graph_def.concrete_functions[graph.signature.name].bound_inputs[0] = -1


def call_of_the_reader(operation: str, attribute: str) -> Callable[[Any], None]:
    """A function that hands a constant to the function that reads the asset."""

    def change(meta: Any) -> None:
        graph, _ = with_operation(meta, "ReadFile")
        caller = function_like(meta, graph, "caller")
        del caller.node_def[:]
        constant(caller, "evil")
        arguments = [of("evil")] * len(graph.signature.input_arg)
        add(caller, "call", operation, *arguments).attr[attribute].func.name = graph.signature.name
        bound = meta.object_graph_def.concrete_functions[graph.signature.name]
        meta.object_graph_def.concrete_functions["caller"].CopyFrom(bound)

    return change


def call_of_the_reader_in_a_list(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    node = add(graph, "call", "Case", graph.signature.input_arg[0].name)
    node.attr["branches"].list.func.add(name=graph.signature.name)


def call_of_the_reader_by_its_name(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    add(graph, "call", graph.signature.name, graph.signature.input_arg[0].name)


def reader_with_the_name_of_an_operation(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    function_like(meta, graph, "Identity")


def reader_as_a_gradient(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    meta.graph_def.library.registered_gradients.add(
        gradient_func=graph.signature.name, registered_op_type="CustomGradient-1"
    )


def reader_as_a_gradient_of_a_function(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    meta.graph_def.library.gradient.add(function_name="x", gradient_func=graph.signature.name)


def gradient_of_python(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    add(graph, "x", "Identity", node.input[0], T=STRING).attr["_gradient_op_type"].s = b"EagerPyFunc"


def implementation_chosen_by_the_optimizer(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    for name in (graph.signature.name, "decoy"):
        function = graph if name != "decoy" else function_like(meta, graph, "decoy")
        function.attr["api_implements"].s = b"same"
        function.attr["api_preferred_device"].s = b"CPU" if name != "decoy" else b"GPU"
    decoy = meta.graph_def.library.function[-1]
    del decoy.node_def[:]


def implementation_by_its_other_name(meta: Any) -> None:
    with_operation(meta, "ReadFile")[0].attr["_implements"].s = b"same"


def unknown_attribute_of_a_function(meta: Any) -> None:
    with_operation(meta, "ReadFile")[0].attr["selects_another"].s = b"same"


def attributes_handed_to_a_function(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    call = add(graph, "call", "PartitionedCall", graph.signature.input_arg[0].name)
    call.attr["f"].func.name = graph.signature.name
    call.attr["f"].func.attr["T"].type = STRING


def placeholder_for_a_function(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    add(graph, "call", "PartitionedCall", graph.signature.input_arg[0].name).attr["f"].placeholder = "F"


def list_typed_argument(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    graph.signature.input_arg[0].type_list_attr = "T"


def generic_function(meta: Any) -> None:
    with_operation(meta, "ReadFile")[0].signature.attr.add(name="T", type="type")


def signature_that_is_not_loaded(meta: Any) -> None:
    meta.signature_def["evil"].CopyFrom(meta.signature_def["serving_default"])


def forged_handle(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    add(graph, "x", "Const", dtype=20).attr["value"].tensor.dtype = 20


def parsed_handle(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    add(graph, "x", "ParseTensor", node.input[0], out_type=20)


def any_operation(operation: str) -> Callable[[Any], None]:
    return lambda meta: add(with_operation(meta, "ReadFile")[0], "evil", operation) and None


def print_into_a_file(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    add(graph, "x", "PrintV2", node.input[0]).attr["output_stream"].s = b"file:///tmp/x"


def function_that_nothing_calls(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    function_like(meta, graph, "hidden")


def saver_in_a_function_of_objects(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    add(graph, "x", "SaveV2", node.input[0])


def saver_called_by_an_initializer(meta: Any) -> None:
    saving, _ = with_operation(meta, "SaveV2")
    graph, node = with_operation(meta, "ReadFile")
    arguments = [node.input[0]] * len(saving.signature.input_arg)
    add(graph, "x", "StatefulPartitionedCall", *arguments).attr["f"].func.name = saving.signature.name


def two_functions_of_a_name(meta: Any) -> None:
    function_like(meta, meta.graph_def.library.function[0], meta.graph_def.library.function[0].signature.name)


def node_with_the_name_of_an_argument(meta: Any) -> None:
    graph, node = with_operation(meta, "ReadFile")
    add(graph, node.input[0], "NoOp")


def escape_sequence(meta: Any) -> None:
    add(function_like(meta, with_operation(meta, "ReadFile")[0], "\x1b]0;title\x07\u202e\n"), "x", "Evil\x1b[31m")


def call_of_what_is_not_there(meta: Any) -> None:
    add(meta.graph_def, "evil", "PartitionedCall").attr["f"].func.name = "ReadFile"


def ten_thousand_calls_deep(meta: Any) -> None:
    graph, _ = with_operation(meta, "ReadFile")
    name, argument = graph.signature.name, graph.signature.input_arg[0].name
    del meta.object_graph_def.concrete_functions[name].bound_inputs[:]
    for number in range(10_000):
        caller = meta.graph_def.library.function.add()
        caller.signature.name = f"caller{number}"
        caller.signature.input_arg.extend(graph.signature.input_arg)
        call = add(caller, "call", "PartitionedCall", *(each.name for each in graph.signature.input_arg))
        call.attr["f"].func.name, name = name, caller.signature.name
    assert argument


ON_OBJECTS: dict[Callable[[Any], None], str] = {
    output_of_an_identity: r"ReadFile in .* does not come directly from an asset",
    identity_of_the_asset: r"ReadFile in .* does not come directly",
    argument_with_the_name_of_an_output: "'evil:output:0' in .*not a valid name",
    another_output_of_the_argument: r"ReadFile in .* does not come directly",
    control_input_as_the_name: r"ReadFile in .* does not come directly",
    parts_of_a_path: r"ReadFile in .* does not come directly",
    name_from_the_caller: r"ReadFile in .* does not come directly",
    unbound_asset: r"ReadFile in .* does not come directly",
    asset_of_another_number: "an asset without a file",
    path_as_a_child_of_the_asset: "an asset with other objects",
    asset_as_a_slot_variable: "slot variable",
    asset_of_a_registered_class: "created by the class",
    class_that_someone_registered: "created by the class 'Custom.Evil'",
    saver_that_someone_registered: "created by the class 'Custom.Evil'",
    more_bound_objects_than_arguments: r"ReadFile in .* does not come directly",
    bound_to_an_object_from_the_end: "bound to a missing object",
    call_of_the_reader("PartitionedCall", "f"): r"ReadFile in .* does not come directly",
    call_of_the_reader("StatefulPartitionedCall", "f"): r"ReadFile in .* does not come directly",
    call_of_the_reader("StatefulPartitionedCall", "_f"): "it names a function",
    call_of_the_reader("SymbolicGradient", "f"): r"ReadFile in .* does not come directly",
    call_of_the_reader("MapDefun", "f"): r"ReadFile in .* does not come directly",
    call_of_the_reader("While", "body"): r"ReadFile in .* does not come directly",
    call_of_the_reader("If", "then_branch"): r"ReadFile in .* does not come directly",
    call_of_the_reader("StatelessIf", "else_branch"): r"ReadFile in .* does not come directly",
    call_of_the_reader("For", "body"): r"ReadFile in .* does not come directly",
    call_of_the_reader("RemoteCall", "f"): "RemoteCall in .* not on the list",
    call_of_the_reader("MapDataset", "f"): "MapDataset in .* not on the list",
    call_of_the_reader_in_a_list: r"ReadFile in .* does not come directly",
    call_of_the_reader_by_its_name: "not on the list",
    reader_with_the_name_of_an_operation: "'Identity' in the graph .a function has the name of an operation",
    reader_as_a_gradient: r"ReadFile in .* does not come directly",
    reader_as_a_gradient_of_a_function: r"ReadFile in .* does not come directly",
    gradient_of_python: "not the name of a custom gradient",
    implementation_chosen_by_the_optimizer: "api_implements in .*instead of another function",
    implementation_by_its_other_name: "api_implements in .*instead of another function",
    unknown_attribute_of_a_function: "attribute 'selects_another' in .*it is unknown",
    attributes_handed_to_a_function: "passes attributes to a function",
    placeholder_for_a_function: "unknown fields",
    list_typed_argument: "arguments are not plain tensors",
    generic_function: "arguments are not plain tensors",
    signature_that_is_not_loaded: "signature 'evil' in .* not among the objects",
    forged_handle: "its value is a handle",
    parsed_handle: "creates a handle from bytes",
    any_operation("WriteFile"): "WriteFile in .* not on the list",
    any_operation("MatchingFiles"): "MatchingFiles in .* not on the list",
    any_operation("EagerPyFunc"): "EagerPyFunc in .* not on the list",
    any_operation("DebugIdentityV2"): "DebugIdentityV2 in .* not on the list",
    any_operation("CreateSummaryFileWriter"): "CreateSummaryFileWriter in .* not on the list",
    any_operation("RestoreV2"): "RestoreV2 in .* not part of a saver",
    any_operation("MergeV2Checkpoints"): "MergeV2Checkpoints in .* not part of a saver",
    any_operation("AcmeCustom"): "AcmeCustom in .* not on the list",
    print_into_a_file: "it prints into a file",
    function_that_nothing_calls: "ReadFile in hidden",
    saver_in_a_function_of_objects: "SaveV2 in .* not part of a saver",
    saver_called_by_an_initializer: "SaveV2 in .* not part of a saver",
    two_functions_of_a_name: "two functions have this name",
    node_with_the_name_of_an_argument: "two nodes have this name",
    escape_sequence: r"Evil\\x1b.31m in \\x1b.*\\u202e\\n",
    call_of_what_is_not_there: "it calls 'ReadFile', which does not exist",
    ten_thousand_calls_deep: "ReadFile in .* does not come directly",
}


@pytest.mark.parametrize(
    ("change", "said"), ON_OBJECTS.items(), ids=lambda each: getattr(each, "__qualname__", "")[:40]
)
def test_changed_objects_and_functions_are_refused(copied, change: Callable[[Any], None], said: str) -> None:
    refused(changed(copied("read_asset"), change), said)


def node_named(meta: Any, operation: str) -> Any:
    return next(each for each in meta.graph_def.node if each.op == operation)


def asset_of(meta: Any) -> Any:
    from tensorflow.core.protobuf import meta_graph_pb2

    return meta_graph_pb2.AssetFileDef.FromString(meta.collection_def["saved_model_assets"].any_list.value[0].value)


def asset_node(meta: Any) -> str:
    return str(asset_of(meta).tensor_info.name.partition(":")[0])


def constant_as_the_vocabulary(meta: Any) -> None:
    constant(meta.graph_def, "evil")
    node_named(meta, "InitializeTableFromTextFileV2").input[1] = "evil"


def second_output_in_the_first_format(meta: Any) -> None:
    node_named(meta, "InitializeTableFromTextFileV2").input[1] += ":1"


def identity_in_the_first_format(meta: Any) -> None:
    add(meta.graph_def, "between", "Identity", asset_node(meta), T=STRING)
    node_named(meta, "InitializeTableFromTextFileV2").input[1] = "between"


def asset_by_another_output(meta: Any) -> None:
    asset = asset_of(meta)
    asset.tensor_info.name = f"{asset_node(meta)}:1"
    meta.collection_def["saved_model_assets"].any_list.value[0].value = asset.SerializeToString()


def signature_that_feeds_the_asset(output: str) -> Callable[[Any], None]:
    """TensorFlow reads the number of an output with ``int``, which takes several texts for zero."""

    def change(meta: Any) -> None:
        add(meta.graph_def, "read", "ReadFile", asset_node(meta))
        signature = meta.signature_def["evil"]
        signature.inputs["file"].CopyFrom(asset_of(meta).tensor_info)
        signature.inputs["file"].name = f"{asset_node(meta)}{output}"
        signature.outputs["content"].name = "read:0"

    return change


def reading_in_a_signature(meta: Any) -> None:
    constant(meta.graph_def, "evil")
    add(meta.graph_def, "read", "ReadFile", "evil")
    meta.signature_def["evil"].outputs["content"].name = "read:0"


def writing_when_restored(meta: Any) -> None:
    constant(meta.graph_def, "evil")
    add(meta.graph_def, "write", "Save", "evil", "evil", "evil")
    restore = next(each for each in meta.graph_def.node if each.name == meta.saver_def.restore_op_name)
    restore.input.append("^write")


def saver_run_by_the_initializer(meta: Any) -> None:
    meta.collection_def["saved_model_main_op"].node_list.value[:] = [meta.saver_def.save_tensor_name.partition(":")[0]]


def saver_as_a_table_initializer(meta: Any) -> None:
    meta.collection_def["table_initializer"].node_list.value.append(meta.saver_def.save_tensor_name.partition(":")[0])


def saver_in_a_signature(meta: Any) -> None:
    meta.signature_def["evil"].outputs["saved"].name = meta.saver_def.save_tensor_name


def saver_as_the_initializer_of_a_variable(meta: Any) -> None:
    from tensorflow.core.framework import variable_pb2

    values = meta.collection_def["variables"].bytes_list.value
    variable = variable_pb2.VariableDef.FromString(values[0])
    variable.initializer_name = meta.saver_def.save_tensor_name
    values[0] = variable.SerializeToString()


def saver_of_other_names(meta: Any) -> None:
    names = next(each for each in meta.graph_def.node if each.name.endswith("RestoreV2/tensor_names"))
    names.attr["value"].tensor.string_val[0] = b"another"


def two_kinds_in_a_variable(meta: Any) -> None:
    meta.collection_def["variables"].bytes_list.value[0] += b"\x0a\x01x"


ON_THE_FIRST_FORMAT: dict[Callable[[Any], None], str] = {
    constant_as_the_vocabulary: "InitializeTableFromTextFileV2 in the graph .its file name does not come directly",
    second_output_in_the_first_format: "InitializeTableFromTextFileV2 in the graph .its file name does not come",
    identity_in_the_first_format: "InitializeTableFromTextFileV2 in the graph .its file name does not come directly",
    asset_by_another_output: "is not output 0 of a node",
    signature_that_feeds_the_asset(":0"): "a signature lets its caller choose another file",
    signature_that_feeds_the_asset(":00"): "a signature lets its caller choose another file",
    signature_that_feeds_the_asset(""): "a signature lets its caller choose another file",
    reading_in_a_signature: "ReadFile in the graph .its file name does not come directly",
    writing_when_restored: "Save in the graph .it writes when variables are restored",
    saver_run_by_the_initializer: "in the graph .it is not part of a saver",
    saver_as_a_table_initializer: "in the graph .it is not part of a saver",
    saver_in_a_signature: "in the graph .it is not part of a saver",
    saver_as_the_initializer_of_a_variable: "in the graph .it is not part of a saver",
    saver_of_other_names: "the saver in the graph .it does not restore exactly the variables",
    two_kinds_in_a_variable: "several values for one field",
}


@pytest.mark.parametrize(
    ("change", "said"), ON_THE_FIRST_FORMAT.items(), ids=lambda each: getattr(each, "__name__", "")[:40]
)
def test_changed_graphs_of_the_first_format_are_refused(copied, change: Callable[[Any], None], said: str) -> None:
    refused(changed(copied("table_of_version_1"), change), said)


@pytest.mark.parametrize("default", [b"", b"thesis.tex", b"/tmp/../etc"])
def test_a_saver_with_another_default_is_not_loaded(copied, default: bytes) -> None:
    from tlzoo.artifacts.savedmodel.inspection import inspect
    from tlzoo.artifacts.savedmodel.schema import message

    def set_default(meta: Any) -> None:
        node = next(each for each in meta.graph_def.node if each.name == "save/filename/input")
        node.attr["value"].tensor.string_val[0] = default

    folder = changed(copied("table_of_version_1"), set_default)
    loaded = message("SavedModel").FromString(inspect(folder, "x").data).meta_graphs[0]
    assert not [each.name for each in loaded.graph_def.node if each.name.startswith("save/")]
    assert not loaded.HasField("saver_def")


def tagged(field: int, content: bytes) -> bytes:
    """Return a length-delimited field of a message."""
    size, digits = len(content), b""
    while size > 127:
        digits, size = digits + bytes([size & 127 | 128]), size >> 7
    return bytes([field << 3 | 2]) + digits + bytes([size]) + content


def spliced(folder: Path, field: int, number: int, more: bytes, within: str) -> None:
    """Append bytes to one of the repeated messages in the object graph or in the graph."""
    proto = proto_of(folder)
    meta = proto.meta_graphs[0]
    holder = getattr(meta, within)
    repeated = holder.nodes if within == "object_graph_def" else holder.node
    parts = [each.SerializeToString() for each in repeated]
    parts[number] += more
    del repeated[:]
    inner = holder.SerializeToString() + b"".join(tagged(1, each) for each in parts)
    meta.ClearField(within)
    whole = meta.SerializeToString() + tagged(field, inner)
    (folder / "saved_model.pb").write_bytes(b"\x08\x01" + tagged(2, whole))


@pytest.mark.parametrize(
    ("more", "within"),
    [
        (tagged(9, tagged(1, b"evil")), "object_graph_def"),  # a constant after the asset
        (tagged(4, b""), "object_graph_def"),  # an empty object after the asset
        (tagged(2, b"ReadFile"), "graph_def"),  # a second operation
        (tagged(1, b"another"), "graph_def"),  # a second name
        (b"\x98\x06\x01", "graph_def"),  # field 99
        (tagged(5, tagged(1, b"dtype") + tagged(2, b"\x30\x07")), "graph_def"),  # an attribute twice
        (tagged(5, tagged(1, b"x") + tagged(2, b"\x30\x07" + tagged(10, tagged(1, b"f")))), "graph_def"),
    ],
)
def test_duplicate_values_are_refused(copied, more: bytes, within: str) -> None:
    folder = copied("read_asset")
    meta = proto_of(folder).meta_graphs[0]
    objects = [n for n, each in enumerate(meta.object_graph_def.nodes) if each.HasField("asset")]
    constants = [n for n, each in enumerate(meta.graph_def.node) if each.op == "Const"]
    number = (objects if within == "object_graph_def" else constants)[0]
    spliced(folder, 7 if within == "object_graph_def" else 2, number, more, within)
    refused(folder, "unknown fields, or several values for one field")


def test_the_splice_itself_changes_nothing(copied) -> None:
    folder = copied("read_asset")
    spliced(folder, 7, 0, b"", "object_graph_def")
    check_saved_model(folder, "x")


def test_several_graphs_are_refused(copied) -> None:
    folder = copied("read_asset")
    proto = proto_of(folder)
    proto.meta_graphs.add().CopyFrom(proto.meta_graphs[0])
    (folder / "saved_model.pb").write_bytes(proto.SerializeToString())
    refused(folder, "2 graphs in the file")


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd", "a/../../b", "", "a\\b", "c:x", "a\0b", "a\n"])
def test_an_asset_lies_in_its_folder(copied, name: str) -> None:
    def rename(meta: Any) -> None:
        meta.asset_file_def[0].filename = name

    refused(changed(copied("read_asset"), rename), "is not in the folder of assets")


@pytest.mark.parametrize("kind", ["link", "linked folder", "missing", "pipe", "folder"])
def test_an_asset_is_a_regular_file(copied, tmp_path: Path, kind: str) -> None:
    folder = copied("read_asset")
    (asset,) = (folder / "assets").iterdir()
    if kind == "linked folder":
        (folder / "assets").rename(tmp_path / "elsewhere")
        (folder / "assets").symlink_to(tmp_path / "elsewhere")
    else:
        asset.unlink()
    if kind == "link":
        asset.symlink_to("/etc/passwd")
    elif kind == "pipe":
        os.mkfifo(asset)
    elif kind == "folder":
        asset.mkdir()
    refused(folder, "the asset .* cannot be used")


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_the_program_is_a_regular_file(copied, kind: str) -> None:
    path = copied("read_asset") / "saved_model.pb"
    path.rename(path.with_suffix(".away"))
    if kind == "link":
        path.symlink_to(path.with_suffix(".away"))
    else:
        os.mkfifo(path)
    refused(path.parent, "cannot be read")


@pytest.mark.parametrize("name", ["saved_model.pbtxt", "saved_model.cpb"])
def test_other_forms_are_refused(copied, name: str) -> None:
    folder = copied("read_asset")
    (folder / name).touch()
    refused(folder, rf"{name} is not supported")


def test_the_command_line_reports_it_in_one_line(copied, capsys: pytest.CaptureFixture[str]) -> None:
    import tlzoo.cli

    folder = changed(copied("read_asset"), escape_sequence)
    assert tlzoo.cli.main(["show", str(folder)]) == 4
    (line,) = [each for each in capsys.readouterr().err.splitlines() if "is refused" in each]
    assert line.isprintable()
