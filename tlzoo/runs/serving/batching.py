"""Micro-batches: inputs of several requests are computed together."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tlzoo.runs.serving.metrics import ServerMetrics
    from tlzoo.runs.serving.model import Outputs
    from tlzoo.runs.serving.options import ServerOptions

__all__ = ["Answer", "Batcher", "FullError", "Item"]

_LONGEST_RETRY = 60


class FullError(Exception):
    """The queue is full, or the server stops. ``seconds`` is when to try again."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(what)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Item:
    """One read input, and the bytes that it takes when it is decoded."""

    read: Any
    memory: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The outputs of a batch, and the row of one input in it."""

    outputs: Outputs
    row: int


@dataclass(slots=True)
class _Waiting:
    item: Item
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Answer]
    since: float = field(default_factory=time.perf_counter)


class Batcher:
    """Computes queued inputs in batches, in a thread of its own.

    The thread takes the next batch as soon as the last one is computed. It waits for a fuller batch for at most
    ``max_wait``. A batch has at most ``most`` inputs, and those fit ``memory`` bytes when they are decoded.
    """

    def __init__(
        self,
        compute: Callable[[Sequence[Any]], Outputs],
        options: ServerOptions,
        metrics: ServerMetrics,
        *,
        most: int,
        memory: int,
    ) -> None:
        self.most = most
        self._compute = compute
        self._options = options
        self._metrics = metrics
        self._memory = memory
        self._queue: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._seconds_per_input = 0.0
        self._thread = threading.Thread(target=self._work, name="tlzoo-model", daemon=True)
        self._thread.start()

    def refuse_full(self, count: int = 1) -> None:
        """Raise FullError if there is no room for ``count`` inputs."""
        if self._closed:
            raise FullError("the server is stopping", 1)
        waiting = len(self._queue)
        if waiting + count > self._options.max_queue:
            seconds = math.ceil(waiting * self._seconds_per_input)
            raise FullError(f"{waiting} inputs are waiting", min(max(seconds, 1), _LONGEST_RETRY))

    async def answers(self, items: Sequence[Item], seconds: float) -> list[Answer]:
        """Queue inputs and return their answers, in order.

        Raises:
            FullError: If there is no room for all of them.
            TimeoutError: If they are not computed in time; those that still wait are removed.
        """
        loop = asyncio.get_running_loop()
        waiting = [_Waiting(item, loop, loop.create_future()) for item in items]
        with self._changed:
            self.refuse_full(len(waiting))
            self._queue.extend(waiting)
            self._changed.notify()
        async with asyncio.timeout(seconds):
            return list(await asyncio.gather(*(each.future for each in waiting)))

    def close(self) -> None:
        """Compute what is queued, refuse more, and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(self._options.timeout)

    @property
    def waiting(self) -> int:
        """The number of queued inputs."""
        return len(self._queue)

    def _work(self) -> None:
        while batch := self._next_batch():
            began = time.perf_counter()
            for each in batch:
                self._metrics.queue_seconds.observe(began - each.since)
            self._answer(batch)
            seconds = time.perf_counter() - began
            self._metrics.batch_size.observe(len(batch))
            self._metrics.model_seconds.observe(seconds)
            self._seconds_per_input = 0.9 * self._seconds_per_input + 0.1 * seconds / len(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Return the next batch; empty at the end."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if not self._queue:
                    return []
                full = self._queue[0].since + self._options.max_wait / 1000
                while len(self._queue) < self.most and not self._closed and (left := full - time.perf_counter()) > 0:
                    self._changed.wait(left)
                if batch := self._taken():
                    return batch

    def _taken(self) -> list[_Waiting]:
        """Take a batch from the queue; inputs of requests that timed out are dropped."""
        batch: list[_Waiting] = []
        memory = 0
        while self._queue and len(batch) < self.most:
            memory += self._queue[0].item.memory
            if batch and memory > self._memory:
                break
            each = self._queue.popleft()
            if each.future.cancelled():
                memory -= each.item.memory
            else:
                batch.append(each)
        return batch

    def _answer(self, batch: Sequence[_Waiting]) -> None:
        """Compute a batch; if that fails, each input alone, so that one does not harm the others."""
        try:
            outputs = self._compute([each.item.read for each in batch])
        except Exception as error:  # noqa: BLE001 - of any runtime
            if len(batch) > 1:
                for each in batch:
                    self._answer([each])
            else:
                _call_soon(batch[0].loop, _fail, batch[0].future, error)
            return
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer]]] = {}
        for row, each in enumerate(batch):
            by_loop.setdefault(each.loop, []).append((each.future, Answer(outputs, row)))
        for loop, answers in by_loop.items():
            _call_soon(loop, _resolve, answers)


def _call_soon(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: Any) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function, *arguments)


def _resolve(answers: Sequence[tuple[asyncio.Future[Answer], Answer]]) -> None:
    for future, answer in answers:
        if not future.done():
            future.set_result(answer)


def _fail(future: asyncio.Future[Answer], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
