"""Facts about a served model: its inputs, its answers, and an example of a request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tlzoo.runs.serving.http.request_inputs import input_form

if TYPE_CHECKING:
    from tlzoo.runs.serving.model import ServedModel

__all__ = ["example_input", "metadata"]

_LONGEST = 64
"""Numbers in an example."""


def metadata(model: ServedModel) -> dict[str, Any]:
    """Return the JSON of ``/metadata``."""
    from importlib.metadata import version

    return {
        "name": model.name,
        "task": model.task.kind,
        "names": list(model.task.names),
        "input": {
            "argument": model.raw.argument,
            "form": input_form(model.raw),
            "dtype": model.dtype,
            "shape": list(model.shape),
        },
        "outputs": dict(model.task.serving_outputs),
        "runtime": model.runtime,
        "tlzoo": version("tlzoo"),
    }


def example_input(model: ServedModel) -> Any:
    """Return an input for examples, in the form of JSON."""
    match input_form(model.raw):
        case "file":
            return {"b64": "iVBORw0KGgo..."}
        case "text":
            return "a fine book"
        case "texts":
            return ["a fine book"] * (model.shape[0] or 2)
    if math.prod(each or 1 for each in model.shape) > _LONGEST:
        return [["..."]]
    value: Any = 0.5 if model.dtype.startswith("float") else 1
    for size in reversed(model.shape):
        value = [value] * (size or 4)
    return value
