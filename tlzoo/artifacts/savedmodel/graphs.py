"""Graphs of a SavedModel, the main one and its functions, in one form: nodes with their inputs and what they call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Graph", "Node", "function_graphs", "main_graph"]


@dataclass(frozen=True, slots=True)
class Node:
    """One operation; ``inputs`` are names of nodes or arguments, without control inputs."""

    operation: str
    inputs: tuple[str, ...]
    functions: tuple[str, ...]
    """All functions that its attributes name."""
    attributes: tuple[Any, ...]

    def texts(self, key: str) -> tuple[bytes, ...]:
        """Return a text among its attributes: several, where the key stands there several times."""
        return tuple(each.value.s for each in self.attributes if each.key == key)

    def strings(self, key: str) -> tuple[bytes, ...]:
        """Return the texts of a tensor among its attributes."""
        return tuple(text for each in self.attributes if each.key == key for text in each.value.tensor.string_val)


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by name, and the names of a function's arguments in order."""

    nodes: Mapping[str, Node]
    arguments: tuple[str, ...]
    repeated: tuple[str, ...]
    """Names that several nodes, or functions, have: which of them is meant is not known."""
    mentioned: frozenset[str]
    """Texts that may name functions, such as those of gradients."""


def main_graph(graph_def: Any) -> Graph:
    """Return the graph outside of functions."""
    times = Counter(each.signature.name for each in graph_def.library.function)
    gradients = (*graph_def.library.gradient, *graph_def.library.registered)
    made = _graph(graph_def.node, (), tuple(sorted(name for name, count in times.items() if count > 1)))
    return replace(made, mentioned=made.mentioned | {each.gradient_func for each in gradients})


def function_graphs(graph_def: Any) -> dict[str, Graph]:
    """Return the functions by name."""
    return {
        each.signature.name: _graph(
            each.node_def, tuple(argument.name for argument in each.signature.input_arg), attributes=each.attr
        )
        for each in graph_def.library.function
    }


def _graph(
    nodes: Iterable[Any],
    arguments: tuple[str, ...],
    repeated: tuple[str, ...] = (),
    attributes: Iterable[Any] = (),
) -> Graph:
    made: dict[str, Node] = {}
    given = set(arguments)
    again = [*repeated]
    for node in nodes:
        if node.name in made or node.name in given:
            again.append(node.name)
        inputs = tuple(each.partition(":")[0] for each in node.input if not each.startswith("^"))
        functions = tuple(_functions(node.attr))
        made[node.name if node.name not in made else f"{node.name}#{len(made)}"] = Node(
            node.op, inputs, functions, tuple(node.attr)
        )
    everywhere = [*attributes, *(each for node in made.values() for each in node.attributes)]
    texts = {each.value.s for each in everywhere if each.value.s}
    mentioned = {text.decode(errors="replace") for text in texts} | set(_functions(attributes))
    return Graph(made, arguments, tuple(again), frozenset(mentioned))


def _functions(attributes: Iterable[Any]) -> Iterator[str]:
    """Yield the names of all functions in attributes, and in the attributes that these are given."""
    waiting = list(attributes)
    while waiting:
        value = waiting.pop().value
        for each in (value.func, *value.list.func):
            if each.name:
                yield each.name
            waiting.extend(each.attr)
