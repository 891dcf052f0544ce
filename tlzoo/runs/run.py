"""A finished run, opened from its folder: its result, evaluation on other data, predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tlzoo.errors import RunError, UsageError
from tlzoo.progress import Progress, Silent
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.recipe import Recipe, read_recipe
from tlzoo.runs.result import read_result
from tlzoo.runs.results.raw_inputs import Input
from tlzoo.runs.verification import inspect_file

__all__ = ["Run", "find_runs"]


@dataclass(frozen=True)
class Run:
    """A run folder. Cheap to make: everything is read when it is asked for."""

    path: Path

    def __post_init__(self) -> None:
        """Take a folder's name as a string, too."""
        object.__setattr__(self, "path", Path(self.path))

    @cached_property
    def result(self) -> Mapping[str, Any]:
        """Return what ``tlzoo train --json`` printed; raise RunError for a run that is not finished.

        The file is inspected, not compared with its hash: whatever opens more of the run does that.
        """
        folder = RunFolder.find(self.path)
        try:
            result = read_result(folder.result)
        except FileNotFoundError as error:
            raise RunError(f"{self.path} is not finished", f"`tlzoo resume {self.path}` goes on with it") from error
        return result | {"run": str(self.path)}

    @property
    def recipe(self) -> Recipe:
        """The resolved recipe; raise BytesRefusedError or UsageError for a file that is not one."""
        folder = RunFolder.find(self.path)
        inspect_file(folder, folder.recipe.name)
        return read_recipe(folder.recipe, {})

    @property
    def test(self) -> Mapping[str, Any]:
        """The metrics on the test split."""
        test: Mapping[str, Any] = self.result.get("test", {})
        return test

    def evaluate(
        self,
        data: str | None = None,
        *,
        split: str | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        """Return metrics on a split of the run's own data (default ``test``), or on all of other data.

        Other data has the same classes, or some of them. Here and below ``trust`` is consent to execute code that the
        run names, and to load its SavedModel whatever its operations. Raises BytesRefusedError for a folder that was
        changed, or that holds what is refused without such trust.
        """
        from tlzoo.runs.results.evaluate import evaluate_run

        with self._trusting(trust):
            return evaluate_run(self, data, split, progress or Silent())

    def predict(
        self,
        inputs: Input | int | Iterable[Input | int | Sequence[float]],
        *,
        video: str | Path | None = None,
        trust: bool = False,
        progress: Progress | None = None,
    ) -> list[dict[str, Any]]:
        """Return ``input``, ``label`` and ``probabilities`` of each input.

        A string, a path or bytes are one input. An input is an image's path or its bytes, a text, or a tuple of two
        texts; of a run that did not learn from labels, what its trainer takes. ``video`` names a file for a video of
        the answer to the only input, in the format of its ending, if the run's trainer makes videos.
        """
        from tlzoo.runs.results.predict import predict_run
        from tlzoo.runs.results.raw_inputs import as_inputs
        from tlzoo.runs.results.trainer_answers import write_run_video

        given = as_inputs(inputs)
        if video is not None and len(given) != 1:
            raise UsageError(f"a video shows the answer to one input; received {len(given)}", "give one input")
        with self._trusting(trust):
            if video is not None:
                return [write_run_video(self, given[0], Path(video), progress or Silent())]
            return predict_run(self, given, progress or Silent())

    def _trusting(self, trust: bool) -> AbstractContextManager[Any]:  # noqa: FBT001
        if not trust:
            return nullcontext()
        from tlzoo.artifacts import using
        from tlzoo.runs.consent.trust import trust_named

        return using(trusted=trust_named([self.path]))


def find_runs(parent: Path) -> Sequence[Run]:
    """Return the runs right under a folder, the newest last."""
    if not parent.is_dir():
        return []
    return [Run(path) for path in sorted(parent.iterdir()) if _is_run(path)]


def _is_run(path: Path) -> bool:
    """Say whether a folder looks like a run; one that may not be read does, and is told of by who reads it."""
    try:
        return RunFolder(path).recipe.is_file()
    except OSError:
        return True
