"""Bodies of requests: read within limits, and split into inputs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from tlzoo.runs.serving.http.request_inputs import parse_json
from tlzoo.runs.serving.http.responses import RequestError

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["read_body", "read_values"]


async def read_body(request: Request, most: int, seconds: float, hold: Callable[[int], None]) -> bytes:
    """Return the body of a request. ``hold`` is called with the bytes of each part, and may refuse them.

    Raises:
        RequestError: If it is larger than ``most`` bytes (413), too slow (408), incomplete or compressed (400).
    """
    from starlette.requests import ClientDisconnect

    if (encoding := request.headers.get("content-encoding", "identity").strip().lower()) != "identity":
        raise RequestError(400, f"the body has the encoding {encoding!r:.40}; send it without Content-Encoding")
    too_large = RequestError(413, f"the body is larger than {most:,} bytes; send fewer or smaller inputs")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise too_large
                hold(len(chunk))
    except TimeoutError as error:
        raise RequestError(
            408, f"the body was not received within {seconds:g} s; send fewer or smaller inputs"
        ) from error
    except ClientDisconnect as error:
        raise RequestError(400, "the body is incomplete: the connection ended early; send it again") from error
    return bytes(body)


async def read_values(request: Request, body: bytes, form: str, most: int) -> list[Any]:
    """Return the inputs in a body of ``/predict``, as JSON values or bytes.

    JSON has them under ``inputs``. Each part of ``multipart/form-data`` is one: a file, or a field with a text or, if
    the run does not take texts, with JSON. Any other body is one file.

    Raises:
        UsageError: For invalid JSON.
        RequestError: For another invalid body, or more than ``most`` inputs (400).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        document = parse_json(body)
        values = document.get("inputs") if isinstance(document, dict) else None
        if not isinstance(values, list) or len(document) != 1:
            raise RequestError(400, 'the body is not an object with a list of inputs; send {"inputs": [...]}')
    elif kind == "multipart/form-data":
        values = await _parts(request, body, form, most)
    else:
        values = [body] if body else []
    if not values:
        raise RequestError(400, "the request has no inputs; send at least one")
    if len(values) > most:
        raise RequestError(400, f"the request has {len(values)} inputs; send at most {most} in one request")
    return values


async def _parts(request: Request, body: bytes, form: str, most: int) -> list[Any]:
    from python_multipart.multipart import parse_options_header
    from starlette.formparsers import MultiPartException, MultiPartParser

    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    charset = parse_options_header(request.headers["content-type"])[1].get(b"charset", b"utf-8").decode("latin-1")
    if charset.lower() not in {"utf-8", "utf8"}:  # decoders such as punycode take minutes for a few megabytes
        raise RequestError(400, f"the body has the charset {charset[:40]!r}; send UTF-8")
    limit = len(body) + 1
    parser = MultiPartParser(request.headers, whole(), max_files=most, max_fields=most, max_part_size=limit)
    parser.spool_max_size = limit  # files stay in memory
    try:
        parts = await parser.parse()
    except MultiPartException as error:
        raise RequestError(
            400, f"the body is not multipart/form-data: {error.message}; send each input as a part"
        ) from error
    values: list[Any] = []
    for _name, value in parts.multi_items():
        if not isinstance(value, str):
            values.append(await value.read())
            await value.close()
        else:
            values.append(value if form == "text" else parse_json(value.encode("utf-8", "surrogatepass")))
    return values
