"""JSON responses, and errors of requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["RequestError", "json_response"]


class RequestError(Exception):
    """A request is answered with an error. ``status`` is that of HTTP; ``more`` are other fields of the response."""

    def __init__(
        self,
        status: int,
        what: str,
        *,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(what)
        self.status = status
        self.headers = dict(headers or {})
        self.body = {"error": what, **(more or {})}


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response of plain ASCII: names may have surrogates, which UTF-8 cannot express."""
    from starlette.responses import Response

    return Response(
        json.dumps(value, allow_nan=False, separators=(",", ":")),
        status,
        {"X-Content-Type-Options": "nosniff", **(headers or {})},
        "application/json",
    )
