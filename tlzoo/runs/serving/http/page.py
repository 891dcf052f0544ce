"""HTML pages of a server: one to try the model, and one with the reference of its paths."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tlzoo.runs.serving.http.model_facts import example_input
from tlzoo.runs.serving.http.request_inputs import input_form

if TYPE_CHECKING:
    from tlzoo.runs.serving.model import ServedModel

__all__ = ["render_reference", "render_try_page"]

_SHOWN = 40
"""Largest number of names in a summary."""


def render_try_page(model: ServedModel) -> str:
    """Return the page where a user drops a file or types an input, and sees the prediction."""
    from tlzoo.evaluation.page import environment, page_script

    script, script_hash = page_script("serve.js")
    names = model.task.names
    return (
        environment()
        .get_template("serve.html.jinja")
        .render(
            name=model.name,
            created=_created(model),
            task=model.task.kind,
            names=names[:_SHOWN],
            more=max(0, len(names) - _SHOWN),
            form=input_form(model.raw),
            argument=model.raw.argument,
            parts=range(model.shape[0] or 2) if input_form(model.raw) == "texts" else range(1),
            example=json.dumps(example_input(model)),
            script=script,
            script_hash=script_hash,
        )
    )


def render_reference(model: ServedModel, document: Mapping[str, Any]) -> str:
    """Return the page of the OpenAPI document, without external resources."""
    from tlzoo.evaluation.page import environment

    return (
        environment()
        .get_template("openapi.html.jinja")
        .render(
            name=model.name,
            created=_created(model),
            description=document["info"]["description"],
            operations=[
                {
                    "path": path,
                    "method": method.upper(),
                    "summary": each["summary"],
                    "example": _example(path, each, is_file=path == "/predict" and input_form(model.raw) == "file"),
                    "responses": each["responses"].items(),
                }
                for path, methods in document["paths"].items()
                for method, each in methods.items()
            ],
            schemas={
                name: json.dumps(each, indent=2, ensure_ascii=False)
                for name, each in document["components"]["schemas"].items()
            },
        )
    )


def _example(path: str, operation: Mapping[str, Any], *, is_file: bool) -> str:
    """Return a command that sends a request."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    address = f"http://127.0.0.1:8000{path}"
    if is_file:
        return f"curl {address} -F file=@FILE"
    if content is None:
        return f"curl {address}"
    data = json.dumps(content["example"], ensure_ascii=False).replace("'", "'\\''")
    return f"curl {address} -H 'Content-Type: application/json' -d '{data}'"


def _created(model: ServedModel) -> str:
    return f"runtime {model.runtime}"
