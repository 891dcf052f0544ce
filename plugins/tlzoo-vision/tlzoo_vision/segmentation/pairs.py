"""Images with the paths of their masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.data import ChosenColumns

if TYPE_CHECKING:
    from tlzoo.data import SampleColumns, SetAside

__all__ = ["Chosen", "Pairs"]


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """Readable images with columns and the path of each mask; ``splits`` are declared ones, as positions."""

    examples: Any
    digests: np.ndarray
    masks: Sequence[Path]
    splits: Mapping[str, np.ndarray]
    columns: SampleColumns
    set_aside: tuple[SetAside, ...] = ()
    notes: tuple[str, ...] = ()

    def only(self, kept: np.ndarray) -> Pairs:
        """Return the pairs at these positions, int64 (N,), which are sorted."""
        if len(kept) == len(self.masks):
            return self
        splits = {name: np.flatnonzero(np.isin(kept, part)) for name, part in self.splits.items()}
        examples, paths = Chosen(self.examples, kept), [self.masks[at] for at in kept]
        columns = ChosenColumns(self.columns, kept)
        return Pairs(examples, self.digests[kept], paths, splits, columns, self.set_aside, self.notes)


class Chosen:
    """Some of the examples of another source, with its attributes."""

    def __init__(self, examples: Any, positions: np.ndarray) -> None:
        self._examples = examples
        self._positions = positions
        self.modality = examples.modality
        self.formats = examples.formats
        self.background = examples.background
        self.bits = getattr(examples, "bits", 8)
        self.input_maximum = getattr(examples, "input_maximum", None)
        self.shapes = examples.shapes[positions]
        self.hashes = examples.hashes[positions]

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self._positions)

    def name(self, index: int) -> str:
        """Return the name of an example."""
        return str(self._examples.name(int(self._positions[index])))

    def stream(self, indices: np.ndarray) -> Any:
        """Return the raw inputs at ``indices``."""
        return self._examples.stream(self._positions[indices])
