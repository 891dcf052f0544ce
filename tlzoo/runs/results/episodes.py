"""Runs that act in an environment: measured in another one, episodes on demand, and what one looks like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlzoo.errors import RunError, UsageError
from tlzoo.runs.executing.temporary_cache import usable_cache
from tlzoo.runs.folder import RunFolder
from tlzoo.runs.journal import Journal
from tlzoo.runs.opening.data_changes import refuse_changed_backbone
from tlzoo.runs.opening.open_recipe import open_environment, open_recipe
from tlzoo.runs.recipe import read_recipe

if TYPE_CHECKING:
    from tlzoo.data import Environment
    from tlzoo.progress import Progress
    from tlzoo.runs.run import Run
    from tlzoo.training import Trainer

__all__ = ["evaluate_environment", "predict_episodes", "record_video"]


def evaluate_environment(run: Run, source: str, progress: Progress) -> dict[str, Any]:
    """Return what a run's policy is worth in another environment, whose spaces are those of its own.

    Raises UsageError where what is to be chosen is something else.
    """
    trainer, state = _reopened(run, source, progress)
    return trainer.evaluate(state, "test").metrics.to_json()


def predict_episodes(run: Run, inputs: Sequence[Any], progress: Progress) -> list[dict[str, Any]]:
    """Return an episode for each input that is a whole number, its seed, and an action for each observation.

    Observations are lists of finite numbers, or such a list as JSON text. Raises UsageError for what is neither.
    """
    read = [_read(each) for each in inputs]
    trainer, state = _reopened(run, None, progress)
    answers: list[dict[str, Any]] = []
    with progress.track("acting", len(read), "inputs") as advance:
        for each in read:
            answers += trainer.predict(state, [each])
            advance(1)
    return answers


def record_video(run: Run, seed: int, path: Path, progress: Progress) -> dict[str, Any]:
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
    folder = RunFolder.open(run.path, "checkpoints")
    assert run.result  # a run that is not finished is refused here
    recipe = read_recipe(folder.recipe, {})
    with usable_cache(progress):
        if source is not None:
            _check_spaces(open_environment(recipe.data, progress), open_environment(source, progress))
            recipe = recipe.model_copy(update={"data": source})
        opened = open_recipe(recipe, progress, training=False)
        journal = Journal(folder.journal)
        refuse_changed_backbone(journal.find("backbone"), opened.entry, opened.recipe, run.path)
        trainer = opened.trainer()
        state = trainer.prepare(opened.setup(folder.checkpoints, progress))
        kept = journal.find("kept")
        trainer.restore(state, kept["checkpoint"] if kept else "initial")
    return trainer, state


def _check_spaces(own: Environment, other: Environment) -> None:
    """Refuse an environment whose actions or observations are not those that the run learned."""
    if own.task != other.task:
        raise UsageError(
            f"{other.source} wants {other.task}, and the run learned {own.task} in {own.source}",
            "name an environment with the same actions",
        )
    shapes = [getattr(each, "observation_shape", None) for each in (own, other)]
    if shapes[0] != shapes[1]:
        raise UsageError(
            f"{other.source} gives observations of shape {shapes[1]}, and the run learned from {shapes[0]} in "
            f"{own.source}",
            "name an environment with observations of the same shape",
        )


def _read(given: Any) -> Any:
    """Return a whole number or an observation. Raises UsageError for what is neither."""
    read = given
    if isinstance(given, str):
        try:
            read = json.loads(given)
        except ValueError:
            read = None
    if not (_is_seed(read) or _is_observation(read)):
        raise UsageError(
            f"{given!r} is nothing to act on", "give an episode's seed, or an observation: '[0.1, 0, 0, 0]'"
        )
    return int(read) if _is_seed(read) else read


def _is_seed(read: Any) -> bool:
    return isinstance(read, int | np.integer) and not isinstance(read, bool) and int(read) >= 0


def _is_observation(read: Any) -> bool:
    """Say whether these are nested lists of one shape, or an array, of numbers that single precision can hold."""
    try:
        numbers = np.asarray(read)
    except ValueError:  # lists of several lengths
        return False
    if not numbers.ndim or numbers.dtype.kind not in "biuf":
        return False
    return bool((np.abs(numbers) <= np.finfo(np.float32).max).all())
