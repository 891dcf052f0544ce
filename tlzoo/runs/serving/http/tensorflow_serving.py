"""The REST form of TensorFlow Serving, for its clients: https://www.tensorflow.org/tfx/serving/api_rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tlzoo.runs.serving.http.request_inputs import parse_json
from tlzoo.runs.serving.http.responses import RequestError
from tlzoo.tasks.serving import word

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.runs.serving.batching import Answer
    from tlzoo.runs.serving.model import ServedModel
    from tlzoo.tasks.contract import ServingForm

__all__ = ["instances", "model_status", "rest_answer", "signature"]

_SIGNATURE = "serving_default"
_TYPES = {"string": "DT_STRING", "float32": "DT_FLOAT", "uint8": "DT_UINT8", "int32": "DT_INT32", "int64": "DT_INT64"}
_DTYPES_OF_FORMS = {"words": "string", "offsets": "int32"}
"""Types of the forms of outputs that are not float32."""


def instances(body: bytes, argument: str, most: int) -> tuple[list[Any], bool]:
    """Return the inputs of a request, and whether they are in columns.

    Rows are ``{"instances": [...]}``, columns ``{"inputs": [...]}``. An input may be in an object with the name of the
    signature's argument.

    Raises:
        UsageError: If the body is not JSON.
        RequestError: If it has another form, or more than ``most`` inputs (400).
    """
    document = parse_json(body)
    known = {"instances", "inputs", "signature_name"}
    if (
        not isinstance(document, dict)
        or not document.keys() <= known
        or ("instances" in document) == ("inputs" in document)
    ):
        raise RequestError(400, 'the body has no inputs; send {"instances": [...]}, or {"inputs": [...]} for columns')
    if (name := document.get("signature_name", _SIGNATURE)) != _SIGNATURE:
        raise RequestError(400, f"no signature {name!r:.80}; use {_SIGNATURE!r}")
    columns = "inputs" in document
    values = document["inputs"] if columns else document["instances"]
    if columns:
        values = _named(values, argument)
    if not isinstance(values, list) or not values:
        raise RequestError(400, "the inputs are not a list, or the list is empty; send at least one input")
    if len(values) > most:
        raise RequestError(400, f"the request has {len(values)} inputs; send at most {most} in one request")
    return values if columns else [_named(each, argument) for each in values], columns


def rest_answer(answers: Sequence[Answer], *, columns: bool) -> dict[str, Any]:
    """Return the outputs of the signature, by row or by column."""
    rows = [{key: _plain(value[each.row]) for key, value in each.outputs.items()} for each in answers]
    if columns:
        return {"outputs": {key: [row[key] for row in rows] for key in rows[0]}}
    return {"predictions": rows}


def model_status(*, stopping: bool) -> dict[str, Any]:
    """Return the status of the only version."""
    state = "UNLOADING" if stopping else "AVAILABLE"
    status = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": "1", "state": state, "status": status}]}


def signature(model: ServedModel) -> dict[str, Any]:
    """Return the signature of the model."""
    names = len(model.task.names)
    outputs = {
        name: _tensor(name, _DTYPES_OF_FORMS.get(form, "float32"), _shape(form, names))
        for name, form in model.task.serving_outputs.items()
    }
    inputs = {model.raw.argument: _tensor(model.raw.argument, model.dtype, model.shape)}
    definition = {"inputs": inputs, "outputs": outputs, "method_name": "tensorflow/serving/predict"}
    return {
        "model_spec": {"name": model.name, "signature_name": "", "version": "1"},
        "metadata": {"signature_def": {"signature_def": {_SIGNATURE: definition}}},
    }


def _shape(form: ServingForm, names: int) -> tuple[int | None, ...]:
    """Return the shape of an output of a serving signature, without the batch axis."""
    shapes: Mapping[ServingForm, tuple[int | None, ...]] = {
        "numbers": (names,),
        "words": (),
        "maps": (None, None, names),
        "boxes": (None, None),
        "sequences": (None, names),
        "offsets": (None,),
    }
    return shapes[form]


def _tensor(name: str, dtype: str, shape: Sequence[int | None]) -> dict[str, Any]:
    sizes = [{"size": str(-1 if each is None else each), "name": ""} for each in (None, *shape)]
    return {"dtype": _TYPES.get(dtype, dtype), "tensor_shape": {"dim": sizes, "unknown_rank": False}, "name": name}


def _named(value: Any, argument: str) -> Any:
    """Return the value of an object with the argument's name only; other values as they are."""
    return value[argument] if isinstance(value, dict) and value.keys() == {argument} else value


def _plain(value: np.ndarray | bytes) -> Any:
    if isinstance(value, bytes):
        return word(value)
    found = value.tolist()
    return [word(each) if isinstance(each, bytes) else each for each in found] if isinstance(found, list) else found
