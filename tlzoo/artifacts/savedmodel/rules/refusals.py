"""Rules that a SavedModel must meet before it is loaded.

``docs/explanation/saved-models.md`` states them for users.

No rule tries to prove that a file name is harmless. Operations that write are refused, and an operation that reads a
file must take its name directly from an asset. The rules on names, attributes and objects ensure that TensorFlow runs
exactly the inspected program.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tlzoo.artifacts.savedmodel.pruning import ancestors, called_functions, node_of, prune, tensor_names, variables_in

from .assets import AssetTensors, data_inputs
from .attributes import refused_attributes
from .objects import object_refusals
from .operations import RESTORES, SAVER, TEXT_FILE_INPUT, allowed

__all__ = ["Refusal", "refusals"]

_STREAM = re.compile(rb"stdout|stderr|log\((info|warning|error)\)")
_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.\\/>-]*")
"""For nodes and arguments. With a colon, an argument could have the name of another node's output."""
_LONGEST = 100
_HANDLES = {20, 21}
"""``DT_RESOURCE`` and ``DT_VARIANT``: pointers into this process, which bytes must not forge."""
_PARSERS = {"DeserializeManySparse", "DeserializeSparse", "ParseTensor"}


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """A refused operation or part: its name, its function (or ``the graph``), and the reason."""

    operation: str
    where: str
    why: str

    def __str__(self) -> str:
        return _printable(f"{_short(self.operation)} in {_short(self.where)} ({self.why})")


def refusals(saved_model: Any) -> list[Refusal]:
    """Return the refused parts of a ``SavedModel`` message; an empty list if it may be loaded."""
    if len(saved_model.meta_graphs) != 1:
        return [Refusal(f"{len(saved_model.meta_graphs)} graphs", "the file", "TensorFlow loads only files with one")]
    meta = saved_model.meta_graphs[0]
    unclear = sorted({*_names(meta), *_signatures_of_functions(meta)})
    return unclear or sorted({*_operations(meta), *_first_format(meta), *(Refusal(*each) for each in _objects(meta))})


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"


def _printable(text: str) -> str:
    """Return a text with control characters escaped: names come from the file and are shown in a terminal."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _names(meta: Any) -> Iterator[Refusal]:
    """Refuse ambiguous names."""
    library = meta.graph_def.library.function
    for name in _repeated(each.signature.name for each in library):
        yield Refusal(repr(name), "the graph", "two functions have this name")
    for name in {each.signature.name for each in library} & {*allowed(), *TEXT_FILE_INPUT, *SAVER, "PrintV2"}:
        yield Refusal(repr(name), "the graph", "a function has the name of an operation")
    for where, arguments, nodes in _graphs(meta):
        names = [*arguments, *(node.name for node in nodes)]
        for name in _repeated(names):
            yield Refusal(repr(name), where, "two nodes have this name")
        for name in names:
            if not _NAME.fullmatch(name):
                yield Refusal(repr(name), where, "it is not a valid name for a node")


def _signatures_of_functions(meta: Any) -> Iterator[Refusal]:
    """Refuse functions whose arguments depend on the call."""
    for each in meta.graph_def.library.function:
        signature = each.signature
        arguments = (*signature.input_arg, *signature.output_arg)
        if signature.attr or any(
            one.type_attr or one.number_attr or one.type_list_attr or one.is_ref for one in arguments
        ):
            yield Refusal(repr(signature.name), "the graph", "a function whose arguments are not plain tensors")


def _operations(meta: Any) -> Iterator[Refusal]:
    part = prune(meta)
    assets = AssetTensors(meta, part)
    library = {*part.functions, *part.left_functions}
    for name, function in part.functions.items():
        yield from _nodes(function.node_def, name, library, assets)
        selects = bool(function.attr.keys() & {"api_implements", "_implements"})
        if selects and any(node.op in TEXT_FILE_INPUT for node in function.node_def):
            yield Refusal("api_implements", name, "TensorFlow may run it instead of another function")
    yield from _nodes(part.nodes, None, library, assets)
    for name, function in part.left_functions.items():
        yield from _nodes(function.node_def, name, library, None)
    yield from _nodes(part.left_nodes, None, library, None)
    for function in (*part.functions.values(), *part.left_functions.values()):
        for attributes in (function.attr, *(each.attr for each in function.arg_attr.values())):
            for name, why in refused_attributes(attributes, of_node=False):
                yield Refusal(f"attribute {name!r}", function.signature.name, why)


def _nodes(
    nodes: Iterable[Any], function: str | None, library: set[str], assets: AssetTensors | None
) -> Iterator[Refusal]:
    """Refuse nodes of the main graph or of a function; without ``assets``, of a part that is not loaded."""
    where = function or "the graph"
    for node in nodes:
        for key, why in refused_attributes(node.attr, of_node=True):
            yield Refusal(f"attribute {key!r} of {node.op}", where, why)
        for each in called_functions(node.attr):
            if each not in library:
                yield Refusal(node.op, where, f"it calls {each!r}, which does not exist")
        reason = _refused_operation(node, function, assets)
        if reason:
            yield Refusal(node.op, where, reason)


def _refused_operation(node: Any, function: str | None, assets: AssetTensors | None) -> str | None:
    """Return why a node's operation is refused, or None."""
    name, values = node.op, node.attr.values()
    if any(each.dtype in _HANDLES for value in values for each in (value.tensor, *value.list.tensor)):
        return "its value is a handle"
    if name in _PARSERS and any(value.type in _HANDLES for value in values):
        return "it creates a handle from bytes"
    if name == "PrintV2":
        stream = node.attr["output_stream"].s if "output_stream" in node.attr else b"stderr"
        return None if _STREAM.fullmatch(stream) else "it prints into a file"
    if name in TEXT_FILE_INPUT:
        at, inputs = TEXT_FILE_INPUT[name], data_inputs(node)
        bound = assets is not None and at < len(inputs) and assets.is_asset(function, inputs[at])
        return None if bound else "its file name does not come directly from an asset"
    if name in SAVER:
        return None if assets is None else "it is not part of a saver"
    return None if name in allowed() else "it is not on the list of allowed operations"


def _objects(meta: Any) -> Iterator[tuple[str, str, str]]:
    for asset in meta.asset_file_def:
        name = asset.filename
        if not name.isprintable() or set(name) & {"\\", ":"} or {"", ".", ".."} & set(name.split("/")):
            yield f"asset {name!r}", "the file", "it is not in the folder of assets"
    if meta.HasField("object_graph_def"):
        yield from object_refusals(meta)


def _first_format(meta: Any) -> Iterator[Refusal]:
    """Refuse additions of the first format: a saver of more than variables, and assets named by a caller."""
    if meta.HasField("object_graph_def"):
        return
    inputs = [info for each in meta.signature_def.values() for info in each.inputs.values()]
    fed = {node_of(name) for info in inputs for name in tensor_names(info)}
    operations = {each.name: each for each in meta.graph_def.node}
    for asset in meta.asset_file_def:
        name = asset.tensor_info.name
        if not asset.tensor_info.HasField("name") or name != f"{node_of(name)}:0" or node_of(name) not in operations:
            yield Refusal(f"asset {asset.filename!r}", "the graph", f"its tensor {name!r} is not output 0 of a node")
        if node_of(name) in fed:
            yield Refusal(f"asset {asset.filename!r}", "the graph", "a signature lets its caller choose another file")
    if meta.HasField("saver_def"):
        saver = ancestors(meta.graph_def.node, [node_of(meta.saver_def.restore_op_name)])
        writing = sorted(each for each in saver if operations[each].op in SAVER - RESTORES)
        if writing:
            yield Refusal(operations[writing[0]].op, "the graph", "it writes when variables are restored")
        restored = {name for each in saver if operations[each].op in RESTORES for name in _texts(operations, each)}
        known = {_saved_name(each) for each in variables_in(meta, ["variables"])}
        if restored != known:
            odd = sorted(restored ^ known)[0]
            yield Refusal("the saver", "the graph", f"it does not restore exactly the variables: {odd!r} differs")


def _texts(operations: dict[str, Any], restoring: str) -> list[str]:
    inputs = data_inputs(operations[restoring])
    names = operations.get(node_of(inputs[1])) if len(inputs) > 1 else None
    if names is None or names.op != "Const" or "value" not in names.attr:
        return [restoring]
    return [each.decode(errors="replace") for each in names.attr["value"].tensor.string_val]


def _saved_name(variable: Any) -> str:
    """Return the name that TensorFlow's saver uses for a variable."""
    return str(variable.save_slice_info_def.full_name or node_of(variable.variable_name))


def _graphs(meta: Any) -> Iterator[tuple[str, list[str], Any]]:
    yield "the graph", [], meta.graph_def.node
    for each in meta.graph_def.library.function:
        yield each.signature.name, [one.name for one in each.signature.input_arg], each.node_def


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
