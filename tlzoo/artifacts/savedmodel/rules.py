"""Which operations a SavedModel may use, and which of them only with certain file names.

Allowed anywhere is what ``operations.txt`` lists. Operations on files are allowed in two places: an initializer may
read an asset, which lies in the SavedModel's folder and has a hash, and a saver may use the name that it is given. So
where a file name comes from is followed through functions; what comes from elsewhere, a constant or an input, is
refused, and so is every operation that nobody has listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from .graphs import Graph, Node, function_graphs, main_graph

__all__ = ["Refusal", "allowed_text", "refusals"]

Origin = Literal["asset", "saver", "suffix", "other"]
"""Where a tensor's value comes from: an asset's name, the name given to a saver, a constant that may be appended to
one, or anything else."""

_FILE_OPERATIONS: Mapping[str, tuple[Origin, tuple[int, ...]]] = {
    "InitializeTableFromTextFile": ("asset", (1,)),
    "InitializeTableFromTextFileV2": ("asset", (1,)),
    "ReadFile": ("asset", (0,)),
    "MatchingFiles": ("asset", (0,)),
    "Restore": ("saver", (0,)),
    "RestoreSlice": ("saver", (0,)),
    "RestoreV2": ("saver", (0,)),
    "Save": ("saver", (0,)),
    "SaveSlices": ("saver", (0,)),
    "SaveV2": ("saver", (0,)),
    "MergeV2Checkpoints": ("saver", (0, 1)),
}
"""Which inputs are file names, and where these have to come from."""

_CALLS = {"PartitionedCall", "StatefulPartitionedCall"}
_SAME = {"Identity", "IdentityN", "StopGradient", "EnsureShape", "Reshape", "Squeeze", "ExpandDims"}
_JOINS = {"StringJoin", "Pack", "Select", "SelectV2", "ShardedFilename", "ConcatV2"}
_SUFFIX = re.compile(rb"[A-Za-z0-9_./-]{0,64}")
_STREAM = re.compile(rb"stdout|stderr|log\([a-z]+\)")
_DEEPEST = 64
_MOST_CONTEXTS = 50_000


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """An operation that is refused: its name, the function that has it (or ``the graph``), and why."""

    operation: str
    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.operation} in {self.where} ({self.why})"


def refusals(saved_model: Any) -> list[Refusal]:
    """Return what a SavedModel's proto does that it may not; nothing where it is only computation."""
    found: set[Refusal] = set()
    for meta_graph in saved_model.meta_graphs:
        # Only then are its objects loaded; else its main graph is run, as TensorFlow 1 does.
        by_objects = len(saved_model.meta_graphs) == 1 and meta_graph.HasField("object_graph_def")
        found.update(_Analysis(meta_graph, by_objects=by_objects).run())
    if not saved_model.meta_graphs:
        found.add(Refusal("none", "the file", "it has no graph"))
    return sorted(found)


@cache
def allowed() -> frozenset[str]:
    """Return the operations that are allowed anywhere."""
    return _listed("operations.txt") | allowed_text()


@cache
def allowed_text() -> frozenset[str]:
    """Return those of them that are of the package tensorflow-text, which has to be imported first."""
    return _listed("text_operations.txt")


def _listed(name: str) -> frozenset[str]:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


class _Analysis:
    """Follows one meta graph: from its main graph, and from the functions that loading binds to objects."""

    def __init__(self, meta_graph: Any, *, by_objects: bool) -> None:
        self._meta, self._by_objects = meta_graph, by_objects
        self._functions = function_graphs(meta_graph.graph_def)
        self._contexts: set[tuple[str, tuple[Origin, ...]]] = set()
        self._waiting: list[tuple[str, tuple[Origin, ...]]] = []

    def run(self) -> Iterator[Refusal]:
        """Yield what is refused, some of it more than once."""
        yield from _asset_names(self._meta)
        yield from self._graph(main_graph(self._meta.graph_def), self._given(), "the graph")
        for entry in self._meta.object_graph_def.concrete_functions:
            self._call(entry.key, self._bound(entry.key, entry.value.bound_inputs))
        yield from self._drain()
        for name in sorted(self._functions.keys() - {name for name, _ in self._contexts}):
            self._call(name, ())
        yield from self._drain()

    def _drain(self) -> Iterator[Refusal]:
        while self._waiting:
            name, origins = self._waiting.pop()
            graph = self._functions[name]
            given = dict(zip(graph.arguments, origins, strict=False))
            yield from self._graph(graph, given, name)
            if len(self._contexts) > _MOST_CONTEXTS:
                yield Refusal("too many calls", name, "they are not followed further")
                return

    def _given(self) -> dict[str, Origin]:
        """Return where the values of the main graph's placeholders come from."""
        given: dict[str, Origin] = {}
        saver = self._meta.saver_def.filename_tensor_name
        if saver:
            given[saver.partition(":")[0]] = "saver"
        for asset in self._meta.asset_file_def:
            given[asset.tensor_info.name.partition(":")[0]] = "asset"
        return given

    def _bound(self, name: str, bound: Sequence[int]) -> tuple[Origin, ...]:
        """Return where a function's arguments come from: the last ones are objects that loading binds to it."""
        if name not in self._functions:
            return ()
        nodes = self._meta.object_graph_def.nodes
        kinds: list[Origin] = [
            "asset" if 0 <= each < len(nodes) and nodes[each].HasField("asset") else "other" for each in bound
        ]
        free = len(self._functions[name].arguments) - len(kinds)
        none: list[Origin] = ["other"]
        return (*none * free, *kinds) if free >= 0 else ()

    def _call(self, name: str, origins: tuple[Origin, ...]) -> None:
        if name in self._functions:
            context = (name, origins if set(origins) - {"other"} else ())
            if context not in self._contexts:
                self._contexts.add(context)
                self._waiting.append(context)

    def _graph(self, graph: Graph, given: Mapping[str, Origin], where: str) -> Iterator[Refusal]:
        flow = _Flow(graph, given, follows_variables=where == "the graph" and self._by_objects)
        for node in graph.nodes.values():
            yield from self._node(node, flow, where)
        for name in graph.mentioned & self._functions.keys():
            self._call(name, ())  # as a gradient, with arguments that are not known
        yield from (Refusal(name, where, "two nodes have this name") for name in graph.repeated)

    def _node(self, node: Node, flow: _Flow, where: str) -> Iterator[Refusal]:
        for name in node.functions:
            if name not in self._functions:
                yield Refusal(node.operation, where, f"it calls {name!r}, which is not there")
        if node.operation in self._functions or node.operation in _CALLS:
            origins = tuple(flow.origin(each) for each in node.inputs)
            for name in {*node.functions, node.operation} & self._functions.keys():
                self._call(name, origins if len(origins) == len(self._functions[name].arguments) else ())
        else:
            for name in node.functions:
                self._call(name, ())
        yield from self._operation(node, flow, where)

    def _operation(self, node: Node, flow: _Flow, where: str) -> Iterator[Refusal]:
        name = node.operation
        if name in self._functions or name in allowed():
            return
        if name in _FILE_OPERATIONS:
            needed, positions = _FILE_OPERATIONS[name]
            if any(at >= len(node.inputs) or flow.origin(node.inputs[at]) != needed for at in positions):
                which = "an asset" if needed == "asset" else "the file that a saver is given"
                yield Refusal(name, where, f"its file name is not that of {which}")
        elif name == "PrintV2":
            if not all(_STREAM.fullmatch(each) for each in node.texts("output_stream")):
                yield Refusal(name, where, "it prints into a file")
        else:
            yield Refusal(name, where, "it is not on the list")


class _Flow:
    """Where the values of one graph's tensors come from."""

    def __init__(self, graph: Graph, given: Mapping[str, Origin], *, follows_variables: bool) -> None:
        self._graph, self._given = graph, given
        self._known: dict[str, Origin] = {}
        self._assigned: dict[str, list[str]] = {}
        if follows_variables:
            for node in graph.nodes.values():
                if node.operation == "AssignVariableOp" and len(node.inputs) > 1:
                    self._assigned.setdefault(node.inputs[0], []).append(node.inputs[1])

    def origin(self, source: str, depth: int = 0) -> Origin:
        """Return where the value of the node or argument of that name comes from."""
        if depth > _DEEPEST:
            return "other"
        if source not in self._known:
            self._known[source] = "other"  # what leads back to itself
            self._known[source] = self._found(source, depth + 1)
        return self._known[source]

    def _found(self, source: str, depth: int) -> Origin:
        node = self._graph.nodes.get(source)
        if source in self._given and self._is_fed(node):
            return self._given[source]
        if node is None or not node.inputs:
            return "suffix" if node is not None and _is_suffix(node) else "other"
        if node.operation in _SAME:
            return self.origin(node.inputs[0], depth)
        if node.operation == "ReadVariableOp":
            origins = {self.origin(each, depth) for each in self._assigned.get(node.inputs[0], ())}
            return "asset" if origins == {"asset"} else "other"
        return self._joined(node, depth) if node.operation in _JOINS else "other"

    def _is_fed(self, node: Node | None) -> bool:
        """Return whether the value can only be the one that is given, or that of no file where none is."""
        if node is None or node.operation == "Placeholder":
            return True
        for _ in range(_DEEPEST):
            if node is None or node.operation != "PlaceholderWithDefault" or not node.inputs:
                break
            node = self._graph.nodes.get(node.inputs[0])
        return node is not None and _is_suffix(node) and all(b"/" not in each for each in node.strings("value"))

    def _joined(self, node: Node, depth: int) -> Origin:
        """Return the origin of what is made of a saver's name and of what may be appended to it."""
        if node.operation == "ShardedFilename":
            return self.origin(node.inputs[0], depth)
        parts = node.inputs[1:] if node.operation.startswith("Select") else node.inputs
        parts = parts[:-1] if node.operation == "ConcatV2" else parts
        origins = [self.origin(each, depth) for each in parts]
        if set(origins) == {"suffix"} and node.operation != "StringJoin":
            return "suffix"
        if node.operation == "StringJoin":
            begins, rest = origins[:1] == ["saver"], set(origins[1:])
            plain = all(_is_plain(each) for each in node.texts("separator"))
            return "saver" if begins and plain and rest <= {"suffix"} else "other"
        return "saver" if set(origins) == {"saver"} else "other"


def _is_suffix(node: Node) -> bool:
    """Return whether a node is a constant that leads nowhere else when it is appended to a file name."""
    texts = node.strings("value")
    return node.operation == "Const" and bool(texts) and all(map(_is_plain, texts))


def _is_plain(text: bytes) -> bool:
    return _SUFFIX.fullmatch(text) is not None and b".." not in text


def _asset_names(meta_graph: Any) -> Iterator[Refusal]:
    for asset in meta_graph.asset_file_def:
        name = asset.filename
        if not name or name.startswith("/") or "\\" in name or ":" in name or {"", ".", ".."} & set(name.split("/")):
            yield Refusal(f"asset {name!r}", "the file", "it does not lie in the folder of assets")
