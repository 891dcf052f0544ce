"""The OpenAPI document of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.runs.serving.http.model_facts import example_input
from tlzoo.runs.serving.http.request_inputs import input_form

if TYPE_CHECKING:
    from tlzoo.runs.serving.model import ServedModel
    from tlzoo.runs.serving.options import ServerOptions

__all__ = ["openapi"]

_ERROR = {"$ref": "#/components/schemas/Error"}
_BUSY = {
    "description": "The queue is full, or the server is stopping; try again after the seconds in Retry-After.",
    "headers": {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
    "content": {"application/json": {"schema": _ERROR}},
}
_REASONS = {
    400: "The request is invalid.",
    404: "There is no such model.",
    408: "The body was not received in time.",
    413: "The body or an input is too large.",
    422: "No input can be read.",
    500: "The model failed.",
    504: "There was no answer in time.",
}


def openapi(model: ServedModel, options: ServerOptions) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a server with this model."""
    from importlib.metadata import version

    rest = f"/v1/models/{model.name}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"tlzoo serve {model.name}",
            "version": version("tlzoo"),
            "description": f"Predictions of a run of tlzoo: {model.task.kind}, with {len(model.task.names)} names.",
        },
        "paths": {
            "/predict": {"post": _predict(model, options)},
            f"{rest}:predict": {"post": _rest_predict(model, options)},
            rest: {"get": _read("modelStatus", "Status of the model, as of TensorFlow Serving")},
            f"{rest}/metadata": {"get": _read("modelSignature", "Signature of the model, as of TensorFlow Serving")},
            "/metadata": {"get": _read("metadata", "Names, inputs and outputs of the model")},
            "/health": {"get": _read("health", "Whether the process answers")},
            "/ready": {"get": _read("ready", "Whether the server takes requests", busy=True)},
            "/metrics": {"get": _read("metrics", "Metrics in Prometheus's text format", kind="text/plain")},
        },
        "components": {
            "schemas": {
                "Input": _input(model),
                "Prediction": _prediction(model),
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string", "description": "what happened, and how to fix it"}},
                },
            }
        },
    }


def _predict(model: ServedModel, options: ServerOptions) -> dict[str, Any]:
    inputs = {"type": "array", "minItems": 1, "maxItems": options.max_queue, "items": _ref("Input")}
    body: dict[str, Any] = {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["inputs"],
                "additionalProperties": False,
                "properties": {"inputs": inputs},
            },
            "example": {"inputs": [example_input(model)]},
        }
    }
    if input_form(model.raw) == "file":
        files = {"type": "array", "items": {"contentMediaType": "application/octet-stream"}}
        body["multipart/form-data"] = {"schema": {"type": "object", "properties": {"file": files}}}
        body["application/octet-stream"] = {"schema": {"type": "string", "format": "binary"}}
    answer = {
        "type": "object",
        "required": ["predictions"],
        "properties": {"predictions": {"type": "array", "items": _ref("Prediction")}},
    }
    files_too = {
        "name": "files",
        "in": "query",
        "description": "add predictions as files",
        "schema": {"type": "boolean"},
    }
    return {
        "operationId": "predict",
        "summary": "Predictions for one or several inputs, in order",
        **({"parameters": [files_too]} if model.has_files else {}),
        "requestBody": {"required": True, "content": body},
        "responses": _responses(answer, 400, 408, 413, 422, 500, 504, busy=True),
    }


def _rest_predict(model: ServedModel, options: ServerOptions) -> dict[str, Any]:
    inputs = {"type": "array", "minItems": 1, "maxItems": options.max_queue, "items": _ref("Input")}
    schema = {
        "oneOf": [
            {
                "type": "object",
                "required": [key],
                "additionalProperties": False,
                "properties": {key: inputs, "signature_name": {"const": "serving_default"}},
            }
            for key in ("instances", "inputs")
        ]
    }
    answer = {"type": "object", "properties": {"predictions": {"type": "array", "items": {"type": "object"}}}}
    content = {"application/json": {"schema": schema, "example": {"instances": [example_input(model)]}}}
    return {
        "operationId": "modelPredict",
        "summary": "Predictions in the REST form of TensorFlow Serving",
        "requestBody": {"required": True, "content": content},
        "responses": _responses(answer, 400, 404, 408, 413, 500, 504, busy=True),
    }


def _read(name: str, summary: str, *, kind: str = "application/json", busy: bool = False) -> dict[str, Any]:
    schema = {"type": "object" if kind == "application/json" else "string"}
    return {"operationId": name, "summary": summary, "responses": _responses(schema, busy=busy, kind=kind)}


def _responses(answer: Mapping[str, Any], *errors: int, busy: bool, kind: str = "application/json") -> dict[str, Any]:
    found: dict[str, Any] = {"200": {"description": "Done.", "content": {kind: {"schema": dict(answer)}}}}
    for status in errors:
        found[str(status)] = {"description": _REASONS[status], "content": {"application/json": {"schema": _ERROR}}}
    return found | ({"503": _BUSY} if busy else {})


def _input(model: ServedModel) -> dict[str, Any]:
    encoded = {
        "type": "object",
        "required": ["b64"],
        "additionalProperties": False,
        "properties": {"b64": {"type": "string", "contentEncoding": "base64"}},
    }
    match input_form(model.raw):
        case "file":
            return {"description": "a file, encoded in base64", **encoded}
        case "text":
            return {"description": "a text", "type": "string", "pattern": r"\S"}
        case "texts":
            count = model.shape[0] or 2
            return {
                "type": "array",
                "minItems": count,
                "maxItems": count,
                "items": {"type": "string", "pattern": r"\S"},
            }
    found: dict[str, Any] = {"type": ["number", "boolean"], **_range(model.dtype)}
    for size in reversed(model.shape):
        found = {"type": "array", "items": found} | ({"minItems": size, "maxItems": size} if size else {"minItems": 1})
    return found


def _range(dtype: str) -> dict[str, Any]:
    """Return the range of the numbers of a type, as JSON schema. Other numbers round to infinity or do not fit."""
    if np.dtype(dtype).kind in "iu":
        whole = np.iinfo(dtype)
        return {"minimum": int(whole.min), "maximum": int(whole.max), "multipleOf": 1}
    limits = np.finfo(dtype)
    overflow = 2.0**limits.maxexp * (1 - float(limits.epsneg) / 2) if limits.bits < 64 else None  # noqa: PLR2004
    return {} if overflow is None else {"exclusiveMinimum": -overflow, "exclusiveMaximum": overflow}


def _prediction(model: ServedModel) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"as of `tlzoo predict --json`: {', '.join(model.task.serving_outputs)}; or an error",
        "properties": {"error": {"type": "string", "description": "why the input cannot be read"}},
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
