"""Predictions of large images by tiles, for runs that learned from tiles."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tlzoo.errors import DataError
from tlzoo.runs.files.folder import RunFolder
from tlzoo.runs.files.journal import Journal
from tlzoo.runs.results.predictors import Predictor, Rows

if TYPE_CHECKING:
    from tlzoo.modalities import RawInputs
    from tlzoo.runs.run import Run
    from tlzoo.tasks import Task

__all__ = ["TiledPredictor", "tile_of", "tiled_compute"]


def tile_of(run: Run) -> int | None:
    """Return the side of the tiles, in pixels, that the run learned from; None for whole inputs."""
    found = (Journal(RunFolder.find(run.path).journal).find("data") or {}).get("tile")
    return found if isinstance(found, int) and found > 0 else None


@final
class TiledPredictor(Predictor):
    """Predicts each input by overlapping tiles with another predictor, and blends their maps."""

    __slots__ = ("_tile", "_whole")

    def __init__(self, whole: Predictor, tile: int, maximum: float | None) -> None:
        """Take the predictor of tiles, their side, and the maximum of values that the model learned from, if known."""
        super().__init__(whole.raw.of_maximum(maximum), whole.batch_size, whole.task)
        self._whole, self._tile = whole, tile

    def predict(self, batch: Sequence[Any], unread: Collection[int]) -> Rows:
        """Predict the readable inputs. Raises NeedsTensorFlow if a tile cannot be prepared without it."""

        def predicted(tiles: Sequence[Any]) -> list[np.ndarray]:
            rows = self._whole.predict(tiles, ())
            return [next(iter(row.values())) for row in rows if row is not None]

        (name,) = self.task.serving_outputs
        found: Rows = [None] * len(batch)
        for row, data in enumerate(batch):
            if (
                row not in unread
                and (blended := _blended(data, self.raw, self._tile, self.batch_size, predicted)) is not None
            ):
                found[row] = {name: blended}
        return found


def tiled_compute(
    compute: Callable[[Sequence[Any]], Mapping[str, np.ndarray]], raw: RawInputs, task: Task, tile: int, at_once: int
) -> Callable[[Sequence[Any]], Mapping[str, Any]]:
    """Return the function from read inputs to a list of maps by the name of the output, of any height and width.

    ``compute`` maps at most ``at_once`` tiles to arrays by name. Maps of unreadable inputs are NaN.
    """
    (name,) = task.serving_outputs

    def predicted(tiles: Sequence[Any]) -> list[np.ndarray]:
        return list(compute(tiles)[name])

    def compute_tiled(batch: Sequence[Any]) -> Mapping[str, Any]:
        unreadable = np.full((1, 1, len(task.names)), np.nan, np.float32)
        maps = (_blended(data, raw, tile, at_once, predicted) for data in batch)
        return {name: [unreadable if each is None else each for each in maps]}

    return compute_tiled


def _blended(
    data: Any, raw: RawInputs, tile: int, at_once: int, predicted: Callable[[Sequence[Any]], list[np.ndarray]]
) -> np.ndarray | None:
    """Return the map of one input; None if it cannot be read."""
    try:
        grid, tiles = raw.tiles(data, tile)
    except DataError:
        return None

    def maps() -> Iterator[np.ndarray]:
        while some := list(itertools.islice(tiles, at_once)):
            yield from predicted(some)

    return grid.blended(maps())
