"""The web application of a served model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tlzoo.errors import BytesRefusedError, DataError, UsageError
from tlzoo.process.memory import format_bytes, share
from tlzoo.runs.results.raw_inputs import check_offsets
from tlzoo.runs.serving.batching import Answer, Batcher, FullError, Item
from tlzoo.runs.serving.http.bodies import read_body, read_values
from tlzoo.runs.serving.http.model_facts import metadata
from tlzoo.runs.serving.http.openapi import openapi
from tlzoo.runs.serving.http.page import render_reference, render_try_page
from tlzoo.runs.serving.http.request_inputs import LARGE_BODY, input_form, raw_input
from tlzoo.runs.serving.http.responses import RequestError, json_response
from tlzoo.runs.serving.http.tensorflow_serving import instances, model_status, rest_answer, signature
from tlzoo.runs.serving.metrics import ServerMetrics

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from tlzoo.runs.serving.model import ServedModel
    from tlzoo.runs.serving.options import ServerOptions

__all__ = ["Application"]

_MOST_REASONS = 4
"""Number of unreadable inputs of a request that get a reason: examination takes longer than a prediction."""


class Application:
    """Answers requests with a served model. ``report`` receives one line for an unexpected error."""

    def __init__(
        self, model: ServedModel, options: ServerOptions, report: Callable[[str], None] = lambda _line: None
    ) -> None:
        self.model = model
        self.stopping = False
        self._options = options
        self._report = report
        self._form = input_form(model.raw)
        self._memory = share("decoding")
        self._held, self._most_held = 0, share("data")
        self.metrics = ServerMetrics(lambda: self.batcher.waiting)
        self.batcher = Batcher(model.compute, options, self.metrics, most=model.most, memory=self._memory)
        self._document = openapi(model, options)
        self._pages = {"/": render_try_page(model), "/docs": render_reference(model, self._document)}

    def starlette(self) -> Starlette:
        """Return the application for an ASGI server."""
        from starlette.applications import Starlette
        from starlette.exceptions import HTTPException
        from starlette.routing import Route

        async def refuse(request: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            what = {
                404: f"no path {request.url.path}; /docs lists all",
                405: f"{request.method} is not allowed for {request.url.path}; /docs lists the methods",
            }
            self.metrics.requests.labels("other", str(error.status_code)).inc()
            return json_response({"error": what.get(error.status_code, error.detail)}, error.status_code, error.headers)

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
            yield
            await asyncio.to_thread(self.batcher.close)

        rest = f"/v1/models/{self.model.name}"
        version = f"{rest}/versions/1"
        routes: dict[str, tuple[str, Callable[[Request], Awaitable[Response]]]] = {
            "/predict": ("POST", self._with_body(self._predict)),
            "/health": ("GET", self._health),
            "/ready": ("GET", self._ready),
            "/metrics": ("GET", self._metrics),
            "/metadata": ("GET", self._metadata),
            "/openapi.json": ("GET", self._openapi),
            **dict.fromkeys(self._pages, ("GET", self._page)),
            **dict.fromkeys((rest + ":predict", version + ":predict"), ("POST", self._with_body(self._rest_predict))),
            **dict.fromkeys((rest + "/metadata", version + "/metadata"), ("GET", self._rest_metadata)),
            **dict.fromkeys((rest, version), ("GET", self._rest_status)),
        }
        return Starlette(
            routes=[Route(path, self._measured(path, do), methods=[how]) for path, (how, do) in routes.items()],
            exception_handlers={HTTPException: refuse},
            lifespan=lifespan,
        )

    def _measured(
        self, path: str, do: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler that counts requests and turns errors into responses."""

        async def handle(request: Request) -> Response:
            began = time.perf_counter()
            try:
                response = await do(request)
            except RequestError as error:
                response = json_response(error.body, error.status, error.headers)
            except FullError as error:
                response = json_response(
                    {"error": f"{error}; try again later"}, 503, {"Retry-After": str(error.seconds)}
                )
            except UsageError as error:
                response = json_response({"error": str(error)}, 400)
            except TimeoutError:
                response = json_response(
                    {"error": f"no answer within {self._options.timeout:g} s; send fewer inputs, or try again later"},
                    504,
                )
            except Exception as error:  # noqa: BLE001 - the server goes on
                said = " ".join(f"{type(error).__name__}: {error}".split())
                self._report(f"{request.method} {path} failed: {said:.500}")
                response = json_response({"error": "the model failed; the server's log has the reason"}, 500)
            self.metrics.requests.labels(path, str(response.status_code)).inc()
            self.metrics.seconds.labels(path).observe(time.perf_counter() - began)
            return response

        return handle

    # --- predictions ---

    async def _predict(self, request: Request, deadline: float, body: bytes) -> Response:
        with_files = self._wants_files(request)
        reading = read_values(request, body, self._form, self._options.max_queue)
        values = await (asyncio.to_thread(asyncio.run, reading) if len(body) > LARGE_BODY else reading)
        items, errors = await self._items(values, len(body))
        answers = await self._answers(items, deadline)
        predictions = [
            {"error": errors[at]} if at in errors else answer and self.model.answer(answer.outputs, answer.row)
            for at, answer in enumerate(answers)
        ]
        unreadable = [at for at, each in enumerate(predictions) if each is None]
        for number, at in enumerate(unreadable):
            errors[at] = (
                await self._why(items[at]) if number < _MOST_REASONS else "cannot be read; send it alone for the reason"
            )
            predictions[at] = {"error": errors[at]}
        self._count(len(predictions), len(errors))
        if len(errors) == len(predictions):
            raise RequestError(422, f"no input can be read: {errors[0]}", more={"predictions": predictions})
        if with_files:
            await asyncio.to_thread(self._add_files, predictions, items, answers)
        return json_response({"predictions": predictions})

    def _wants_files(self, request: Request) -> bool:
        asked = request.query_params.get("files", "false")
        if asked not in {"true", "false"}:
            raise UsageError(f"files={asked:.20} is neither true nor false", "use files=true, or leave it out")
        if asked == "true" and not self.model.has_files:
            raise UsageError(f"predictions of {self.model.task.kind} are not files", "leave out files=true")
        return asked == "true"

    def _add_files(
        self, predictions: Sequence[Any], items: Sequence[Item | None], answers: Sequence[Answer | None]
    ) -> None:
        """Add ``file`` to the prediction of each readable input."""
        for prediction, item, answer in zip(predictions, items, answers, strict=True):
            if item is not None and answer is not None and "error" not in prediction:
                prediction["file"] = self.model.file(answer.outputs, answer.row, item.read)

    async def _rest_predict(self, _request: Request, deadline: float, body: bytes) -> Response:
        given = body, self.model.raw.argument, self._options.max_queue
        values, columns = await asyncio.to_thread(instances, *given) if len(body) > LARGE_BODY else instances(*given)
        items, errors = await self._items(values, len(body))
        answers = [each for each in await self._answers(items, deadline) if each is not None]
        for at, each in enumerate(answers if not errors else ()):
            if self.model.answer(each.outputs, each.row) is None:
                errors[at] = await self._why(items[at])
                break
        self._count(len(values), len(values) if errors else 0)
        if errors:
            at, error = next(iter(sorted(errors.items())))
            raise RequestError(400, f"input {at} cannot be read: {error}")
        return json_response(rest_answer(answers, columns=columns))

    def _with_body(
        self, do: Callable[[Request, float, bytes], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a handler that reads the body, and calls ``do`` with the time when the request must be answered.

        The bodies of all running requests together take at most their share of the memory limit.
        """

        async def handle(request: Request) -> Response:
            self._refuse_full()
            deadline, held = time.monotonic() + self._options.timeout, 0

            def hold(count: int) -> None:
                nonlocal held
                if self._held + count > self._most_held:
                    raise FullError(f"running requests use the memory for bodies ({format_bytes(self._most_held)})", 1)
                self._held += count
                held += count

            try:
                body = await read_body(request, self._options.most_bytes, self._options.timeout, hold)
                return await do(request, deadline, body)
            finally:
                self._held -= held

        return handle

    async def _items(self, values: Sequence[Any], size: int) -> tuple[list[Item | None], dict[int, str]]:
        """Return the read inputs, and the errors of unreadable ones by position."""
        if size > LARGE_BODY:
            return await asyncio.to_thread(self._read, values)
        return self._read(values)

    def _read(self, values: Sequence[Any]) -> tuple[list[Item | None], dict[int, str]]:
        raw, items, errors = self.model.raw, list[Item | None](), dict[int, str]()
        for at, value in enumerate(values):
            given = raw_input(value, raw)
            try:
                check_offsets(self.model.task, given)
                read = raw.read(given)
            except (DataError, BytesRefusedError) as error:
                errors[at] = str(error)
                items.append(None)
                continue
            memory = raw.memory(read)
            if memory > self._memory:
                needed, most = format_bytes(memory), format_bytes(self._memory)
                raise RequestError(
                    413, f"input {at} takes {needed} when it is decoded, but the limit is {most}; send a smaller one"
                )
            items.append(Item(read, memory))
        return items, errors

    async def _answers(self, items: Sequence[Item | None], deadline: float) -> list[Answer | None]:
        """Return the answer of each readable input, and None for others."""
        readable = [each for each in items if each is not None]
        answers = iter(await self.batcher.answers(readable, deadline - time.monotonic()) if readable else ())
        return [None if each is None else next(answers) for each in items]

    async def _why(self, item: Item | None) -> str:
        assert item is not None
        return await asyncio.to_thread(self.model.raw.why, item.read)

    def _count(self, inputs: int, failed: int) -> None:
        self.metrics.inputs.labels("unreadable").inc(failed)
        self.metrics.inputs.labels("predicted").inc(inputs - failed)

    def _refuse_full(self) -> None:
        """Raise FullError before the body is read, if its inputs have no room."""
        if self.stopping:
            raise FullError("the server is stopping", 1)
        self.batcher.refuse_full()

    # --- the server itself ---

    async def _health(self, _request: Request) -> Response:
        return json_response({"status": "ok"})

    async def _ready(self, _request: Request) -> Response:
        if self.stopping:
            raise FullError("the server is stopping", 1)
        return json_response({"status": "ready"})

    async def _metrics(self, _request: Request) -> Response:
        from starlette.responses import Response

        text, kind = self.metrics.text()
        return Response(text, headers={"Content-Type": kind})

    async def _metadata(self, _request: Request) -> Response:
        return json_response(metadata(self.model))

    async def _openapi(self, _request: Request) -> Response:
        return json_response(self._document)

    async def _page(self, request: Request) -> Response:
        from starlette.responses import HTMLResponse

        return HTMLResponse(self._pages[request.url.path], headers={"X-Content-Type-Options": "nosniff"})

    async def _rest_status(self, _request: Request) -> Response:
        return json_response(model_status(stopping=self.stopping))

    async def _rest_metadata(self, _request: Request) -> Response:
        return json_response(signature(self.model))
