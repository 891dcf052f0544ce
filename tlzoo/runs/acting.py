"""Runs that act in an environment: measured in another one, episodes on demand, and what one looks like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlzoo.errors import RunError, UsageError
from tlzoo.runs.cache import usable_cache
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.journal import Journal
from tlzoo.runs.opening import open_environment, open_recipe
from tlzoo.runs.recipe import read_recipe

if TYPE_CHECKING:
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run
    from tlzoo.training import Trainer

__all__ = ["evaluate_elsewhere", "film_run", "predict_acting"]


def evaluate_elsewhere(run: Run, source: str, progress: Progress) -> dict[str, Any]:
    """Return what a run's policy is worth in another environment, whose spaces are those of its own.

    Raises UsageError where what is to be chosen is something else.
    """
    trainer, state = _reopened(run, source, progress)
    return trainer.evaluate(state, "test").metrics.to_json()


def predict_acting(run: Run, inputs: Sequence[Any], progress: Progress) -> list[dict[str, Any]]:
    """Return an episode for each input that is a whole number, its seed, and an action for each observation.

    Observations are lists of numbers, or such a list as JSON text.
    """
    read = [_read(each) for each in inputs]
    trainer, state = _reopened(run, None, progress)
    answers: list[dict[str, Any]] = []
    with progress.track("acting", len(read), "inputs") as advance:
        for each in read:
            answers += trainer.predict(state, [each])
            advance(1)
    return answers


def film_run(run: Run, seed: int, path: Path, progress: Progress) -> dict[str, Any]:
    """Write an episode in the format that the path's ending names, and return it as ``predict`` does.

    Raises UsageError where the trainer does not write that format, RunError where it films nothing.
    """
    trainer, state = _reopened(run, None, progress)
    film = getattr(trainer, "film", None)
    if film is None:
        raise RunError(f"{run.path} shows nothing", "it does not act in an environment that can be drawn")
    filmed: dict[str, Any] = film(state, seed, path)
    return filmed


def _reopened(run: Run, source: str | None, progress: Progress) -> tuple[Trainer, Any]:
    """Return a trainer with the weights that a finished run kept, in its own environment or another one."""
    assert run.result  # a run that is not finished is refused here
    folder = RunFolder.open(run.path)
    recipe = read_recipe(folder.recipe, {})
    with usable_cache(progress):
        if source is not None:
            own = open_environment(recipe.data, progress).task
            other = open_environment(source, progress).task
            if own != other:
                raise UsageError(
                    f"{source} wants {other}, and the run learned {own} in {recipe.data}",
                    "name an environment with the same actions",
                )
            recipe = recipe.model_copy(update={"data": source})
        opened = open_recipe(recipe, progress, target=False)
        trainer = opened.trainer()
        state = trainer.prepare(opened.setup(folder.checkpoints, progress))
        kept = Journal(folder.journal).find("kept")
        trainer.restore(state, kept["checkpoint"] if kept else "initial")
    return trainer, state


def _read(given: Any) -> Any:
    """Return a whole number or an observation. Raises UsageError for what is neither."""
    if not isinstance(given, str):
        return given
    try:
        read = json.loads(given)
    except ValueError:
        read = None
    if isinstance(read, bool) or not isinstance(read, int | list):
        raise UsageError(
            f"{given!r} is nothing to act on", "give an episode's seed, or an observation: '[0.1, 0, 0, 0]'"
        )
    return read
