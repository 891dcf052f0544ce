"""A finished run, opened from its folder: its result, evaluation on other data, predictions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tlzoo.errors import RunError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.raw_inputs import Input

__all__ = ["Run", "find_runs"]


@dataclass(frozen=True)
class Run:
    """A run folder. Cheap to make: everything is read when it is asked for."""

    path: Path

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Return what ``tlzoo train --json`` printed; raise RunError for a run that is not finished."""
        folder = RunFolder.open(self.path)
        try:
            result: dict[str, Any] = json.loads(folder.result.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise RunError(f"{self.path} is not finished", f"`tlzoo resume {self.path}` goes on with it") from error
        return result | {"run": str(self.path)}

    @property
    def test(self) -> Mapping[str, Any]:
        """The metrics on the test split."""
        test: Mapping[str, Any] = self.result["test"]
        return test

    def evaluate(
        self, data: str | None = None, *, split: str | None = None, progress: Progress | None = None
    ) -> dict[str, Any]:
        """Return metrics on a split of the run's own data (default ``test``), or on all of other data.

        Other data has the same classes, or some of them.
        """
        from tlzoo.runs.evaluating import evaluate_run

        return evaluate_run(self, data, split, progress or Silent())

    def predict(
        self, inputs: Input | Iterable[Input | int | Sequence[float]], *, progress: Progress | None = None
    ) -> list[dict[str, Any]]:
        """Return ``input``, ``label`` and ``probabilities`` of each input.

        A string, a path or bytes are one input. An input is an image's path or its bytes, a text, or a tuple of two
        texts; for a run that acts in an environment an episode's seed, answered by ``return``, ``steps`` and
        ``actions``, or an observation, answered by ``action``.
        """
        from tlzoo.runs.predicting import predict_run
        from tlzoo.runs.raw_inputs import as_inputs

        return predict_run(self, as_inputs(inputs), progress or Silent())

    def film(self, seed: int, path: str | Path, *, progress: Progress | None = None) -> dict[str, Any]:
        """Film an episode of a run that acts; return ``input``, ``return``, ``steps`` and ``actions``.

        The seed is the episode's. The path's ending says how it is written: ``.gif`` or ``.mp4``; for MP4
        there is the extra ``tlzoo-rl[mp4]``.
        """
        from tlzoo.runs.acting import film_run

        return film_run(self, seed, Path(path), progress or Silent())


def find_runs(parent: Path) -> Sequence[Run]:
    """Return the runs right under a folder, the newest last."""
    if not parent.is_dir():
        return []
    return [Run(path) for path in sorted(parent.iterdir()) if RunFolder(path).recipe.is_file()]
