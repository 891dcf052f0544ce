"""Training samples that calibrate a quantization."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from tlzoo.export.contract import Arrays

__all__ = ["single_samples"]


def single_samples(samples: Arrays, count: int) -> Iterator[dict[str, np.ndarray]]:
    """Yield up to ``count`` samples as batches of one, by the names of the inputs."""
    for position in range(min(count, len(next(iter(samples.values()))))):
        yield {name: values[position : position + 1] for name, values in samples.items()}
