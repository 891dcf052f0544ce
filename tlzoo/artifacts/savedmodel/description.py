"""Inputs, outputs and variables of a SavedModel, read from its file without running it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tlzoo.errors import BytesRefusedError

from .reading import read_saved_model

__all__ = ["ModuleDescription", "TensorKind", "describe"]

_TYPES = {1: "float32", 2: "float64", 3: "int32", 4: "uint8", 7: "string", 9: "int64", 10: "bool", 14: "bfloat16"}
_TYPES[19] = "float16"
"""Types of module inputs and outputs, by TensorFlow's numbers."""


class TensorKind(NamedTuple):
    """Type and shape of a tensor; None for an unknown dimension, or an unknown rank."""

    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, slots=True)
class ModuleDescription:
    """Facts of a module before it is loaded."""

    kind: Literal["reusable", "module", "export", "signature"]
    """As in ``OpenModule``: the last two are not trainable."""
    inputs: Mapping[str, TensorKind]
    """By name, or "" for a single tensor."""
    outputs: Mapping[str, TensorKind]
    """By name, elements of lists as ``name/0``, or "" for a single tensor."""
    endpoints: tuple[str, ...]
    signatures: tuple[str, ...]
    parameters: int
    """Number of values in all variables."""
    trainable: int
    """Number of values in trainable variables."""
    variables: tuple[str, ...]
    """Names of trainable variables."""


def describe(folder: Path, what: str) -> ModuleDescription:
    """Describe the SavedModel in a folder without running it.

    Args:
        folder: Folder with ``saved_model.pb``.
        what: Start of messages.

    Returns:
        Inputs, outputs, variables and signatures.

    Raises:
        BytesRefusedError: If the file is damaged, or does not describe its functions.
    """
    saved_model = read_saved_model(folder, what)
    try:
        return _describe(saved_model.meta_graphs[0])
    except IndexError as error:
        raise BytesRefusedError(
            f"{what}: {folder} does not describe the inputs of its functions", "use another module"
        ) from error


def _describe(meta: Any) -> ModuleDescription:
    nodes = meta.object_graph_def.nodes
    functions = {name: node.function for name, node in _children(nodes, 0) if node.function.concrete_functions}
    signatures = {name: each for name, each in meta.signature_def.items() if not name.startswith("__")}
    named = [name for name, _ in _children(nodes, 0)]
    kind: Literal["reusable", "module", "export", "signature"] = "signature"
    if "__call__" in functions:
        kind = "reusable" if "trainable_variables" in named else "module"
    elif "serve" in functions:
        kind = "export"
    if kind == "signature":
        chosen = signatures.get("serving_default") or next((signatures[each] for each in sorted(signatures)), None)
        inputs, outputs = ({}, {}) if chosen is None else (_infos(chosen.inputs), _infos(chosen.outputs))
        inputs = {"": next(iter(inputs.values()))} if len(inputs) == 1 else inputs
        outputs = {"": next(iter(outputs.values()))} if len(outputs) == 1 else outputs
    else:
        function = functions["serve" if kind == "export" else "__call__"]
        first = meta.object_graph_def.concrete_functions[function.concrete_functions[0]]
        inputs = _tensors(first.canonicalized_input_signature.tuple_value.values[0].tuple_value.values[0])
        outputs = _tensors(first.output_signature)
    trained, every = _listed(nodes, "trainable_variables", kind), _listed(nodes, "variables", kind)
    return ModuleDescription(
        kind=kind,
        inputs=inputs,
        outputs=outputs,
        endpoints=tuple(sorted(name for name in functions if not name.startswith("_"))),
        signatures=tuple(sorted(signatures)),
        parameters=sum(map(_size, every)),
        trainable=sum(map(_size, trained)),
        variables=tuple(node.variable.name.partition(":")[0] for node in trained),
    )


def _children(nodes: Any, number: int) -> Iterator[tuple[str, Any]]:
    for each in nodes[number].children if number < len(nodes) else ():
        if 0 <= each.node_id < len(nodes):
            yield each.local_name, nodes[each.node_id]


def _listed(nodes: Any, attribute: Literal["variables", "trainable_variables"], kind: str) -> list[Any]:
    """Return the variables in this attribute of a module; otherwise all variables, or the trainable ones."""
    trains = attribute == "trainable_variables"
    number = next((each.node_id for each in nodes[0].children if each.local_name == attribute), None) if nodes else None
    if trains and kind in {"export", "signature"}:
        return []
    if number is not None and kind != "module":
        return [node for _, node in _children(nodes, number) if node.variable.name]
    return [node for node in nodes if node.variable.name and (node.variable.trainable or not trains)]


def _size(node: Any) -> int:
    return math.prod(each.size for each in node.variable.shape.dim)


def _infos(entries: Any) -> dict[str, TensorKind]:
    return {name: TensorKind(_type(each.dtype), _shape(each.tensor_shape)) for name, each in entries.items()}


def _tensors(value: Any, name: str = "") -> dict[str, TensorKind]:
    """Return the tensors of a nested structure by path."""
    if value.HasField("tensor_spec_value"):
        spec = value.tensor_spec_value
        return {name: TensorKind(_type(spec.dtype), _shape(spec.shape))}
    if value.HasField("dict_value"):
        parts = list(value.dict_value.fields.items())
    else:
        several = [*value.list_value.values, *value.tuple_value.values]
        parts = [(str(number), each) for number, each in enumerate(several)]
    return {
        path: each
        for part, inner in sorted(parts, key=lambda pair: pair[0])
        for path, each in _tensors(inner, f"{name}/{part}" if name else part).items()
    }


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    return None if shape.unknown_rank else tuple(None if each.size < 0 else each.size for each in shape.dim)


def _type(number: int) -> str:
    return _TYPES.get(number, f"type {number}")
