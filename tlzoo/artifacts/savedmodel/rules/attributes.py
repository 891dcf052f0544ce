"""Attributes of nodes and functions: those passed to TensorFlow, and those refused.

Parts of TensorFlow communicate through attributes that start with ``_``. Only those listed here are kept. Others, known
or not, are removed before the SavedModel is loaded, so that none can change the program.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["keep_known_attributes", "refused_attributes"]

_KEPT = {
    "_construction_context", "_gradient_op_type", "_has_manual_control_dependencies", "_lower_using_switch_merge",
    "_num_original_outputs", "_output_shapes", "_read_only_resource_inputs", "_user_specified_name",
    "_XlaMustCompile", "_noinline", "_tf_data_function",
}  # fmt: skip
_SETTINGS = {"config", "config_proto", "executor_type"}
"""For calls: settings of a session and the name of an executor. Calls then use those of this process."""
_REMOVED_FROM_FUNCTIONS = {
    "api_implements", "api_preferred_device", "backward_function_name", "forward_function_name", "go_backwards",
    "time_major",
}  # fmt: skip
"""With these, recurrent layers of older Keras let TensorFlow run another function instead of the called one."""
_GRADIENT = re.compile(rb"CustomGradient-\d+")


def refused_attributes(attributes: Mapping[str, Any], *, of_node: bool) -> Iterator[tuple[str, str]]:
    """Yield the names of refused attributes, with reasons."""
    for name, value in attributes.items():
        functions = (value.func, *value.list.func)
        if any(each.attr.keys() - {"_tf_data_function"} for each in functions):
            yield name, "it passes attributes to a function"
        elif not of_node and any(each.name for each in functions):
            yield name, "it names a function"
        elif not of_node and not name.startswith("_") and name not in _REMOVED_FROM_FUNCTIONS:
            yield name, "it is unknown"
        elif name.startswith("_") and any(each.name for each in functions):
            yield name, "it names a function"
        elif name == "_gradient_op_type" and not _GRADIENT.fullmatch(value.s):
            yield name, "it is not the name of a custom gradient"


def keep_known_attributes(attributes: Any, *, of_node: bool) -> None:
    """Remove, in place, the attributes that are not passed to TensorFlow."""
    for name in list(attributes):
        if name not in _KEPT and (name.startswith("_") or not of_node):
            del attributes[name]
        elif of_node and name in _SETTINGS and attributes[name].HasField("s"):
            attributes[name].s = b""
