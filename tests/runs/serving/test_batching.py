"""Micro-batches: sizes, limits, failures and the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from made_servers import Model

pytest.importorskip("prometheus_client", reason="the extra tlzoo[serve] is not installed")

from tlzoo.runs.serving.batching import Batcher, FullError, Item
from tlzoo.runs.serving.metrics import ServerMetrics
from tlzoo.runs.serving.options import ServerOptions


@contextmanager
def batcher(model: Model, memory: int = 1000, **options: Any) -> Iterator[Batcher]:
    chosen = ServerOptions.checked(**options)
    made = Batcher(model.compute, chosen, ServerMetrics(), most=chosen.max_batch, memory=memory)
    try:
        yield made
    finally:
        model.go.set()
        made.close()


def items(*texts: bytes, memory: int = 1) -> list[Item]:
    return [Item(text, memory) for text in texts]


async def labels(made: Batcher, given: list[Item], seconds: float = 10.0) -> list[bytes]:
    return [each.outputs["label"][each.row] for each in await made.answers(given, seconds)]


def test_answers_are_in_the_order_of_their_inputs() -> None:
    with batcher(Model()) as made:
        found = asyncio.run(labels(made, items(b"a", b"abcdef", b"b", b"bcdefg")))
    assert found == [b"few", b"many", b"few", b"many"]


def test_requests_share_a_batch() -> None:
    model = Model()

    async def several(made: Batcher) -> None:
        await asyncio.gather(*(labels(made, items(b"a")) for _ in range(5)))

    with batcher(model, max_wait=1000, max_batch=5) as made:
        asyncio.run(several(made))
    assert model.batches == [5]


def test_a_batch_is_not_larger_than_its_limits() -> None:
    model = Model()
    with batcher(model, max_batch=3) as made:
        asyncio.run(labels(made, items(*[b"a"] * 7)))
    assert model.batches == [3, 3, 1]
    model = Model()
    with batcher(model, memory=1000) as made:
        asyncio.run(labels(made, items(*[b"a"] * 5, memory=400)))
    assert model.batches == [2, 2, 1]


def test_a_failing_input_does_not_harm_its_neighbours() -> None:
    async def three(made: Batcher) -> list[Any]:
        each = [labels(made, items(text)) for text in (b"a", b"fail", b"abcdef")]
        return await asyncio.gather(*each, return_exceptions=True)

    with batcher(Model(), max_wait=1000, max_batch=3) as made:
        one, two, three_ = asyncio.run(three(made))
    assert (one, three_) == ([b"few"], [b"many"])
    assert isinstance(two, RuntimeError)


def test_a_full_queue_refuses_all_inputs_of_a_request() -> None:
    model = Model()
    model.go.clear()

    async def overload(made: Batcher) -> None:
        running = asyncio.create_task(labels(made, items(b"a")))
        await asyncio.to_thread(model.began.wait, 20)
        waiting = asyncio.create_task(labels(made, items(b"a", b"b", b"c")))
        await asyncio.sleep(0.01)
        with pytest.raises(FullError, match="3 inputs are waiting") as refused:
            await labels(made, items(b"a", b"b"))
        assert refused.value.seconds >= 1
        model.go.set()
        assert await running == [b"few"]
        assert len(await waiting) == 3
        assert await labels(made, items(b"a", b"b")) == [b"few", b"few"]

    with batcher(model, max_queue=4) as made:
        asyncio.run(overload(made))


def test_inputs_that_are_too_late_are_not_computed() -> None:
    model = Model()
    model.go.clear()

    async def late(made: Batcher) -> None:
        running = asyncio.create_task(labels(made, items(b"a")))
        await asyncio.to_thread(model.began.wait, 20)
        with pytest.raises(TimeoutError):
            await labels(made, items(b"b", b"c"), 0.02)
        model.go.set()
        await running
        await labels(made, items(b"d"))

    with batcher(model) as made:
        asyncio.run(late(made))
    assert model.batches == [1, 1]


def test_the_end_computes_what_waits_and_refuses_more() -> None:
    model = Model()
    model.go.clear()

    async def end(made: Batcher) -> None:
        waiting = asyncio.create_task(labels(made, items(b"a", b"abcdef")))
        await asyncio.sleep(0.01)
        closing = asyncio.create_task(asyncio.to_thread(made.close))
        await asyncio.sleep(0.01)
        with pytest.raises(FullError, match="stopping"):
            await labels(made, items(b"b"))
        model.go.set()
        assert await waiting == [b"few", b"many"]
        await closing

    with batcher(model) as made:
        asyncio.run(end(made))
