"""Experience replay (Lin 1992, Machine Learning 8, 293)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

__all__ = ["Memory"]

_MOST_BYTES = 400_000_000


class Memory:
    """A ring buffer of steps: observation, action, reward, next observation, and whether the episode terminated.

    It stores ``size`` steps, or fewer if these need more than 400 MB.
    """

    def __init__(self, size: int, shape: tuple[int, ...], dtype: str) -> None:
        row = 2 * int(np.prod(shape)) * np.dtype(dtype).itemsize
        self.size = min(size, max(1, _MOST_BYTES // row))
        self.columns = {
            "observations": np.zeros((self.size, *shape), dtype),
            "actions": np.zeros(self.size, np.int32),
            "rewards": np.zeros(self.size, np.float32),
            "following": np.zeros((self.size, *shape), dtype),
            "terminated": np.zeros(self.size, np.float32),
        }
        self.seen = 0

    def add(self, **rows: np.ndarray) -> None:
        """Add steps (N, …); a full memory overwrites the oldest ones."""
        count = len(rows["actions"])
        places = (self.seen + np.arange(count)) % self.size
        for name, values in rows.items():
            self.columns[name][places] = values
        self.seen += count

    def __len__(self) -> int:
        return min(self.seen, self.size)

    def slots(self) -> dict[str, np.ndarray]:
        """Return the arrays for a checkpoint."""
        held = len(self)
        return {f"memory/{name}": each[:held] for name, each in self.columns.items()} | {
            "memory/seen": np.array(self.seen)
        }

    def take(self, slots: Mapping[str, np.ndarray]) -> None:
        """Restore the arrays of a checkpoint."""
        self.seen = int(slots["memory/seen"])
        for name, each in self.columns.items():
            kept = slots[f"memory/{name}"]
            each[: len(kept)] = kept
