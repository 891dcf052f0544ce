"""Data of a recipe: opened, checked against the entry, and split."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tlzoo.errors import UsageError
from tlzoo.modalities import check_data
from tlzoo.runs.opening.sources import note_set_aside, open_any

if TYPE_CHECKING:
    from tlzoo.data import Dataset, RunData, Samples, TrainerData
    from tlzoo.progress import Progress
    from tlzoo.registry import Entry
    from tlzoo.runs.recipe import Recipe

__all__ = ["open_data"]

_OF_SAMPLES = ("per_class", "fold", "target", "target_test")
"""Recipe fields that apply only to labelled samples, with any trainer."""


def open_data(recipe: Recipe, entry: Entry, progress: Progress, given: Dataset | Samples | None = None) -> RunData:
    """Open the data of a recipe: labelled samples are split, data for a trainer are not.

    ``given`` are other data, or the samples of the recipe's data if they have been read already.

    Raises UsageError if the entry takes another modality, or the data have another task or lack something that the
    recipe asks for.
    """
    from tlzoo.data import Dataset, Samples

    if isinstance(given, Dataset):
        check_data(entry, given.examples, given.source)
        return given
    opened = open_any(recipe.data, progress, recipe.missing) if given is None else given
    if recipe.task not in {None, opened.task.kind}:
        raise UsageError(
            f"the data {opened.source} have the task {opened.task.kind!r}, not {recipe.task!r}",
            f"remove the task, or add task={recipe.task} to the source if its adapter has this option",
        )
    if isinstance(opened, Samples):
        check_data(entry, opened.examples, recipe.data)
    else:
        check_data(entry, opened, recipe.data, opened.fix_for(entry.modality))
    data = _split(opened, recipe, progress) if isinstance(opened, Samples) else _checked(opened, recipe, entry)
    for note in data.notes:
        progress.note(note)
    return data


def _split(samples: Samples, recipe: Recipe, progress: Progress) -> Dataset:
    from tlzoo.data import Fold, describe_imbalance, leaks, split
    from tlzoo.tasks import TaskOptions

    note_set_aside(samples, progress)
    samples.task.check_options(
        TaskOptions(recipe.balance, recipe.named_loss, recipe.thresholds, recipe.calibrate, recipe.coverage),
        samples.source,
    )
    fold = None if recipe.fold is None else Fold.parse(recipe.fold)
    data = split(samples, seed=recipe.seed, per_class=recipe.per_class, fold=fold)
    imbalance = describe_imbalance(data, recipe.balance)
    return replace(data, notes=(*data.notes, *([imbalance] if imbalance else []), *leaks(data)))


def _checked(data: TrainerData, recipe: Recipe, entry: Entry) -> TrainerData:
    for name in _OF_SAMPLES:
        if getattr(recipe, name) is not None:
            raise UsageError(f"{recipe.data} has no labels, so {name} has no effect", f"remove {name}")
    data.check(entry)
    return data
