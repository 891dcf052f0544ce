"""Timing of forward passes."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tlzoo.zoo.benching.timing import time_run


@pytest.mark.parametrize(("pass_seconds", "passes"), [(0.02, 2), (0.001, 5)])
def test_a_batch_that_takes_longer_than_asked_is_timed_once(pass_seconds: float, passes: int) -> None:
    sizes: list[int] = []

    def run(batch: np.ndarray) -> None:
        sizes.append(len(batch))
        time.sleep(pass_seconds)

    timing = time_run(run, np.zeros((1, 4)), [8], 0.01)
    assert sizes.count(8) >= passes
    assert (sizes.count(8) == 2) == (passes == 2)
    assert timing.batch == 8
    assert timing.latency_ms >= 1000 * pass_seconds
